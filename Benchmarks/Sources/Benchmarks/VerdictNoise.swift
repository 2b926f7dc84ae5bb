import Foundation

@testable import Engine
@testable import Tensors

/// Which noise field is drawn.
struct NoisePlace: Sendable {
    let seed: UInt64
    let image: Int
    /// Index of the subject; the image's own where images have none.
    let subject: Int
    let domain: Domain
    /// 0 is the stored one.
    let draw: Int

    /// Random numbers of this image; each part of a noise has its own.
    func stream(_ part: Int = 0) -> RandomStream {
        RandomStream(seed: seed, purpose: .noise, domain: domain.index + 2 * part, image: image, draw: draw)
    }

    /// Random numbers that all images of a subject share.
    var ofSubject: RandomStream {
        RandomStream(seed: seed, purpose: .noise, domain: domain.index + 200, image: 1 << 20 + subject, draw: draw)
    }
}

/// The noises of the twenty cases, as fields that are added to a clean image. σ is 0.2 in a and 0.25 in b unless said otherwise.
enum VerdictNoise {
    /// n of one image `[H, W, C]` in memory order.
    typealias Field = @Sendable (_ clean: Tensor, _ place: NoisePlace) -> [Double]

    static let sigma = DomainPair(a: 0.2, b: 0.25)

    /// Independent at every value.
    static let white: Field = { clean, place in
        var stream = place.stream()
        return (0..<clean.count).map { _ in sigma[place.domain] * stream.gaussian() }
    }

    /// σ² grows with the signal, from a quarter of the nominal one at -1 to seven quarters at 1.
    static let ofSignal: Field = { clean, place in
        zip(white(clean, place), clean.values).map { $0 * (0.25 + 0.75 * (Double($1) + 1)).squareRoot() }
    }

    /// Student t with 3 degrees of freedom, which has a variance and no fourth moment.
    static let student: Field = { clean, place in
        var stream = place.stream()
        return (0..<clean.count).map { _ in
            let normal = stream.gaussian()
            let chiSquare = (0..<3).reduce(0.0) { sum, _ in
                let g = stream.gaussian()
                return sum + g * g
            }
            return sigma[place.domain] * normal / chiSquare.squareRoot()
        }
    }

    /// White, with one row or column that reads black or white, another one in every image and draw.
    static let dead: Field = { clean, place in
        var field = white(clean, place)
        var stream = place.stream(1)
        let (height, width, channels) = (clean.shape[0], clean.shape[1], clean.shape[2])
        let isRow = stream.uniform() < 0.5
        let value = stream.uniform() < 0.5 ? -1.0 : 1
        let line = Int(stream.uniform() * Double(isRow ? height : width))
        clean.withUnsafeBuffer { clean in
            for i in field.indices where (isRow ? i / channels / width : i / channels % width) == line {
                field[i] = value - Double(clean[i])
            }
        }
        return field
    }

    /// Half of the power is one number for each row.
    static let rows: Field = { clean, place in
        mixed(clean, place, share: 0.5) { y, _ in y }
    }

    /// A quarter of the power is one number for each block of 8 × 8.
    static let blocks: Field = { clean, place in
        mixed(clean, place, share: 0.25) { y, x in y / 8 * 4096 + x / 8 }
    }

    /// White, and one number for each image, of this many σ.
    static func offset(_ size: Double) -> Field {
        { clean, place in
            var stream = place.stream(1)
            let offset = size * sigma[place.domain] * stream.gaussian()
            return white(clean, place).map { $0 + offset }
        }
    }

    /// σ grows from the centre of the frame to its corners, fivefold.
    static let coil: Field = { clean, place in
        let (height, width, channels) = (clean.shape[0], clean.shape[1], clean.shape[2])
        return white(clean, place).enumerated().map { i, n in
            let y = 2 * Double(i / channels / width) / Double(height - 1) - 1
            let x = 2 * Double(i / channels % width) / Double(width - 1) - 1
            return n * (0.4 + 0.8 * (y * y + x * x))
        }
    }

    /// σ from half to three halves of the nominal one in one wave over the frame, another one for each image.
    static let varying: Field = { clean, place in
        // A property of the image, so of neither the domain nor the draw.
        var map = RandomStream(seed: place.seed, purpose: .control, domain: 1, image: place.image)
        let (phase, turn) = (map.uniform(), map.uniform())
        let (height, width, channels) = (clean.shape[0], clean.shape[1], clean.shape[2])
        return white(clean, place).enumerated().map { i, n in
            let y = Double(i / channels / width) / Double(height), x = Double(i / channels % width) / Double(width)
            return n * (1 + 0.5 * cos(2 * .pi * (y * turn + x + phase)))
        }
    }

    /// White, with this correlation between the channels of a pixel.
    static func channels(_ correlation: Double) -> Field {
        { clean, place in
            var own = place.stream(), common = place.stream(1)
            let channels = clean.shape[2]
            let (weight, rest) = (correlation.squareRoot(), (1 - correlation).squareRoot())
            return (0..<clean.count / channels).flatMap { _ in
                let shared = weight * common.gaussian()
                return (0..<channels).map { _ in sigma[place.domain] * (shared + rest * own.gaussian()) }
            }
        }
    }

    /// A quarter of the power is one field for all images of a subject.
    static let patterned: Field = { clean, place in
        var own = place.stream(), common = place.ofSubject
        return (0..<clean.count).map { _ in
            sigma[place.domain] * (0.5 * common.gaussian() + 0.75.squareRoot() * own.gaussian())
        }
    }

    /// A noise of the library; black is -1.
    static func library(_ model: NoiseModel) -> Field {
        { clean, place in
            let noisy = model.observe(
                DomainPair(a: clean, b: clean), black: -1, seed: place.seed, image: place.image, draw: place.draw)
            return zip(noisy[place.domain].values, clean.values).map { Double($0) - Double($1) }
        }
    }

    /// White noise, of whose power this share is one number for each group of pixels.
    private static func mixed(
        _ clean: Tensor, _ place: NoisePlace, share: Double, _ group: (_ y: Int, _ x: Int) -> Int
    ) -> [Double] {
        var own = place.stream(), common = place.stream(1)
        var shared: [Int: Double] = [:]
        let (width, channels) = (clean.shape[1], clean.shape[2])
        return (0..<clean.count).map { i in
            let key = group(i / channels / width, i / channels % width) * channels + i % channels
            if shared[key] == nil { shared[key] = common.gaussian() }
            return sigma[place.domain]
                * (share.squareRoot() * (shared[key] ?? 0) + (1 - share).squareRoot() * own.gaussian())
        }
    }
}
