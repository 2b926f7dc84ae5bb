import Foundation

@testable import Diagnostics
@testable import Engine
@testable import Fields
@testable import Tensors

/// What is known beside the noisy pairs.
enum VerdictEvidence: String, CaseIterable, Sendable {
    /// Clean images, and noise that can be drawn anew.
    case exchange
    /// Clean images alone.
    case clean
    /// A repeat of each pair alone, and outputs that were saved.
    case fresh
}

/// One data set of a case, all of whose truth is known.
struct VerdictData: Sendable {
    let kind: VerdictCase
    let seed: UInt64
    let clean: [Tensor]
    let noisy: [DomainPair<Tensor>]

    init(_ kind: VerdictCase, seed: UInt64) {
        self.kind = kind
        self.seed = seed
        clean = (0..<kind.pairs).map { image in
            let (height, width) = kind.sizes[image % kind.sizes.count]
            return kind.content.image(
                seed: seed, subject: image / kind.slices,
                slice: Double(image % kind.slices) / Double(kind.slices), height: height, width: width,
                channels: kind.channels)
        }
        noisy = clean.enumerated().map { image, content in
            DomainPair { Self.observe(kind, content, seed, image, $0, draw: 0) }
        }
    }

    /// The same pairs with one kind of evidence.
    func evaluation(_ evidence: VerdictEvidence) -> EvaluationSet {
        let pairs = clean.indices.map { image in
            EvaluationPair(
                id: "\(image)", subject: kind.slices > 1 ? "\(image / kind.slices)" : nil, split: .heldout,
                noisy: noisy[image],
                clean: evidence == .fresh ? nil : DomainPair(a: clean[image], b: clean[image]),
                repeats: evidence == .fresh ? [DomainPair { observe(image, $0, draw: Self.repeatDraw) }] : [])
        }
        let redraw: EvaluationSet.Redraw = { observe($0, $1, draw: $2) }
        return EvaluationSet(
            name: kind.name, pairs: pairs, dataRange: 2, black: kind.black, noiseVariance: kind.variance,
            noisesAreIndependent: true, noiseIsGaussian: kind.isGaussian,
            redraw: evidence == .exchange ? redraw : nil)
    }

    /// The pair that an input is of. An exchange leaves one of its images as it was; the source is looked at first.
    func index(of x: DomainPair<Tensor>, _ direction: Direction) -> Int? {
        noisy.firstIndex { $0[direction.source] == x[direction.source] }
            ?? noisy.firstIndex { $0[direction.target] == x[direction.target] }
    }

    /// Beyond the draws that a check asks for.
    private static let repeatDraw = 1000

    private func observe(_ image: Int, _ domain: Domain, draw: Int) -> Tensor {
        Self.observe(kind, clean[image], seed, image, domain, draw: draw)
    }

    private static func observe(
        _ kind: VerdictCase, _ clean: Tensor, _ seed: UInt64, _ image: Int, _ domain: Domain, draw: Int
    ) -> Tensor {
        let place = NoisePlace(seed: seed, image: image, subject: image / kind.slices, domain: domain, draw: draw)
        return Tensor(clean.shape, zip(clean.values, kind.noise(clean, place)).map { Float(Double($0) + $1) })
    }
}

extension VerdictData {
    /// Mean, power and correlation of the noises over some data sets of a case: they are what the case says, or the program stops.
    static func check(_ kind: VerdictCase, seed: UInt64) {
        var count = 0.0, cross = 0.0
        var sum = DomainPair(a: 0.0, b: 0.0), power = sum
        for set in 0..<max(4, 400 / kind.pairs) {
            let data = VerdictData(kind, seed: seed + UInt64(set) + 1 << 20)
            for (content, noisy) in zip(data.clean, data.noisy) {
                let noise = noisy.map { difference($0, content) }
                count += Double(content.count)
                cross += zip(noise.a, noise.b).reduce(0) { $0 + $1.0 * $1.1 }
                for domain in Domain.allCases {
                    sum[domain] += noise[domain].reduce(0, +)
                    power[domain] += noise[domain].reduce(0) { $0 + $1 * $1 }
                }
            }
        }
        for domain in Domain.allCases {
            let sigma = (power[domain] / count).squareRoot()
            if let variance = kind.variance {
                let ratio = power[domain] / count / variance[domain]
                precondition(
                    abs(ratio - 1) < kind.tolerance, "\(kind.name): noise \(domain) has \(ratio) of its stated power")
            }
            let mean = sum[domain] / count / sigma
            precondition(!kind.isUnbiased || abs(mean) < 0.03, "\(kind.name): noise \(domain) has a mean of \(mean) σ")
            precondition((0.1...0.6).contains(sigma), "\(kind.name): σ of noise \(domain) is \(sigma)")
        }
        // A mean that follows the signal is the same in both.
        let bound = kind.isUnbiased ? 0.02 : 0.3
        let correlation = (cross - sum.a * sum.b / count) / (power.a * power.b).squareRoot()
        precondition(abs(correlation) < bound, "\(kind.name): the two noises correlate \(correlation)")
    }
}
