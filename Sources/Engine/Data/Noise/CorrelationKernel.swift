import Formats
import Foundation
import Tensors

/// What white noise is filtered with to be correlated in space: a square of weights h, scaled to Σh² = 1.
public enum CorrelationKernel: Sendable, Equatable {
    /// exp(-r²/2w²) out to 4w: noise of a Gaussian power spectrum, correlated by exp(-r²/4w²). w in pixels.
    case blur(Double)
    /// Rows of a square of odd side, one after the other, not all 0.
    case weights([Double])

    /// The scaled rows.
    public var scaled: [Double] {
        let rows: [Double]
        switch self {
        case .blur(let width):
            let reach = Int((4 * width).rounded(.up))
            rows = (-reach...reach).flatMap { y in
                (-reach...reach).map { x in exp(-Double(x * x + y * y) / (2 * width * width)) }
            }
        case .weights(let weights): rows = weights
        }
        // Divided by the largest first, so that no square overflows or vanishes.
        let largest = rows.reduce(0) { max($0, abs($1)) }
        let norm = rows.reduce(0) { $0 + ($1 / largest) * ($1 / largest) }.squareRoot()
        return rows.map { $0 / largest / norm }
    }

    /// `image + σ·(h ∗ g)`, `[H, W, C]`, each channel with its own white noise, which reaches beyond the borders: so noise is
    /// as strong and as correlated there as elsewhere.
    func addNoise(to image: Tensor, sigma: Double, from stream: inout RandomStream) -> Tensor {
        precondition(image.shape.count == 3, "CorrelationKernel: image of shape \(image.shape)")
        let (height, width, channels) = (image.shape[0], image.shape[1], image.shape[2])
        let kernel = scaled.map { Float($0 * sigma) }
        let side = Int(Double(kernel.count).squareRoot())
        let length = (width + side - 1) * channels
        let white = (0..<(height + side - 1) * length).map { _ in Float(stream.gaussian()) }
        var result = image
        result.withUnsafeMutableBuffer { out in
            white.withUnsafeBufferPointer { white in
                for y in 0..<height {
                    for (index, weight) in kernel.enumerated() where weight != 0 {
                        let from = (y + index / side) * length + index % side * channels
                        for k in 0..<width * channels { out[y * width * channels + k] += weight * white[from + k] }
                    }
                }
            }
        }
        return result
    }
}

extension CorrelationKernel: Encodable {
    private enum Key: String, CodingKey { case blur, kernel }

    /// Reads `blur` (pixels) or `kernel` (a list).
    ///
    /// - Throws: `InputError`: none or both of them, not a square of odd side, all 0.
    init(from reader: ConfigurationReader) throws {
        guard reader.has(Key.kernel.rawValue) else {
            self = .blur(try reader.double(Key.blur.rawValue, in: 0.1...8))
            return
        }
        func error(_ problem: String, _ remedy: String) -> InputError {
            reader.error(Key.kernel.rawValue, problem, remedy)
        }
        if reader.has(Key.blur.rawValue) { throw error("is given beside blur", "give one of them") }
        let weights = try reader.doubles(Key.kernel.rawValue, in: -1e6...1e6)
        let side = Int(Double(weights.count).squareRoot())
        guard side * side == weights.count, side % 2 == 1, side <= 65 else {
            throw error(
                "has \(weights.count) numbers",
                "expected the rows of a square of odd side, 9 for 3 by 3, up to 65 by 65")
        }
        guard weights.contains(where: { $0 != 0 }) else { throw error("is 0 everywhere", "a weight must not be 0") }
        self = .weights(weights)
    }

    /// Encodes the key that is read.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        switch self {
        case .blur(let width): try container.encode(width, forKey: .blur)
        case .weights(let weights): try container.encode(weights, forKey: .kernel)
        }
    }
}

/// Noise that is the same along each line of an image.
enum LineNoise {
    enum Lines { case rows, columns }

    /// `[H, W, C]` plus σ·g, one number per line and channel.
    static func add(to image: Tensor, _ lines: Lines, sigma: Double, from stream: inout RandomStream) -> Tensor {
        precondition(image.shape.count == 3, "LineNoise: image of shape \(image.shape)")
        let (height, width, channels) = (image.shape[0], image.shape[1], image.shape[2])
        let noise = (0..<(lines == .rows ? height : width) * channels).map { _ in Float(sigma * stream.gaussian()) }
        var result = image
        result.withUnsafeMutableBuffer { out in
            for index in out.indices {
                let pixel = index / channels
                let line = lines == .rows ? pixel / width : pixel % width
                out[index] += noise[line * channels + index % channels]
            }
        }
        return result
    }
}
