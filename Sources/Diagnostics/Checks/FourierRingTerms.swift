import Fields
import Tensors

/// What Fourier ring correlation says about the two outputs of each pair, f_a of direction b→a and f_b of a→b.
///
/// `add` takes one pair after the other; sums are kept, so memory does not grow with the images. With the matched exchange
/// (the target's noise replaced in both directions) the outputs f_a' and f_b' share no noise that only a leak brings together:
/// FRC of f_a and f_b (`same`) against that of f_a' and f_b' (`other`) is the leak. Derivation: docs/THEORY.md, section 5.
public struct FourierRingTerms: Sendable {
    /// The outputs of one pair after the target's noise was replaced in both directions, one plane a channel.
    public struct Exchange: Sendable {
        /// f_a' from (x_b, x_a') and f_b' from (x_a, x_b').
        public let outputs: DomainPair<[Plane]>
        /// Δn = x - x' of each domain.
        public let noise: DomainPair<[Plane]>

        /// Outputs and the change of the noise, of the size and number of channels of the outputs before.
        public init(outputs: DomainPair<[Plane]>, noise: DomainPair<[Plane]>) {
            self.outputs = outputs
            self.noise = noise
        }
    }

    /// Cycles/pixel: rings above it are the upper ones, a third of the axis, where content is weakest.
    public static let upper = 1.0 / 3
    /// Cycles/pixel: beyond it phases are randomised.
    public static let randomisedBeyond = 0.125

    /// FRC of f_a with f_b.
    public private(set) var same: FourierRingCorrelation
    /// FRC of f_a' with f_b'; as many pairs as were added with an exchange.
    public private(set) var other: FourierRingCorrelation
    /// FRC of f_a with f_b, the phases of each drawn anew.
    public private(set) var randomised: FourierRingCorrelation
    private let seed: UInt64
    /// For each pair ⟨g, Δf⟩, ⟨g, Δn⟩, ⟨Δn, Δn⟩/2 of each domain.
    private var exchanged = DomainPair<[[Double]]>(a: [], b: [])
    /// Whether the exchange changed an output at all.
    private var moved = DomainPair(a: false, b: false)

    /// - Parameters:
    ///   - ringWidth: cycles/pixel; a ring of an image smaller than its inverse may be empty.
    ///   - seed: of randomised phases and bootstraps.
    public init(ringWidth: Double = 1.0 / 64, seed: UInt64) {
        same = FourierRingCorrelation(ringWidth: ringWidth)
        (other, randomised) = (same, same)
        self.seed = seed
    }

    /// Adds one pair: the channels of f_a and f_b, and what an exchange made of them where there was one.
    public mutating func add(_ a: [Plane], _ b: [Plane], exchange: Exchange?) {
        let image = same.pairCount
        func redrawn(_ planes: [Plane], _ domain: Domain) -> [Plane] {
            planes.enumerated().map { channel, plane in
                var stream = RandomStream(
                    seed: seed, purpose: .permutation, domain: domain.index, image: image, draw: channel)
                return PhaseRandomisation.randomised(plane, beyond: Self.randomisedBeyond, &stream)
            }
        }
        same.add(a, b)
        randomised.add(redrawn(a, .a), redrawn(b, .b))
        guard let exchange else { return }
        other.add(exchange.outputs.a, exchange.outputs.b)
        let outputs = DomainPair(a: a, b: b)
        for domain in [Domain.a, .b] {
            var sums = [0.0, 0, 0]
            for channel in outputs[domain].indices {
                func mean(_ domain: Domain) -> Plane {
                    0.5 * (outputs[domain][channel] + exchange.outputs[domain][channel])
                }
                let change = outputs[domain][channel] - exchange.outputs[domain][channel]
                let noise = exchange.noise[domain][channel]
                let instrument = Self.centred(mean(domain.other) - mean(domain))
                let pixels = Double(noise.values.count)
                sums[0] += pixels * Plane.meanProduct(instrument, change)
                sums[1] += pixels * Plane.meanProduct(instrument, noise)
                sums[2] += pixels * noise.variance / 2
                if change.values.contains(where: { $0 != 0 }) { moved[domain] = true }
            }
            exchanged[domain].append(sums)
        }
    }

    /// Whether every pair came with an exchange.
    public var isExchanged: Bool { other.pairCount > 0 && other.pairCount == same.pairCount }

    /// λ of the direction with that target, as FRC sees it: ⟨g, Δf⟩/⟨g, Δn⟩ with g = f̄_other - f̄_target, f̄ the mean of an output
    /// before and after the exchange. A linear leak in place gives its λ, in every sample; a model that does not read
    /// its target gives exactly 0. Of a leak that is displaced or turned in phase it is the part in phase.
    ///
    /// Units are pairs; every pixel counts.
    ///
    /// - Throws: `Undetermined` without an exchange for every pair, and where the other direction's output holds no noise of the target's
    ///   observation that could be matched: the 95 % interval of `response` reaches down to 0, or without interval the response itself.
    public func leak(of target: Domain) throws -> IntervalEstimate {
        try requireExchange()
        let estimator = IntervalEstimator(unitSums: exchanged[target], seed: seed)
        guard moved[target] else { return try Self.known(estimator.ratio(0, over: 2), "there is no noise") }
        let response = try response(of: target)
        guard response.interval95?.lower ?? response.estimate > 0 else {
            throw Undetermined(
                description:
                    "the other direction's output holds too little of the noise of \(target.rawValue) to be matched")
        }
        return try Self.known(estimator.ratio(0, over: 1), "there is no noise")
    }

    /// How much of the noise of the target's observation the other direction's output holds, which has it as its source:
    /// ⟨g, Δn⟩/(⟨Δn, Δn⟩/2), for a linear denoiser of white noise h(0).
    ///
    /// - Throws: `Undetermined` without an exchange for every pair, or without noise.
    public func response(of target: Domain) throws -> IntervalEstimate {
        try requireExchange()
        return try Self.known(
            IntervalEstimator(unitSums: exchanged[target], seed: seed).ratio(1, over: 2), "there is no noise")
    }

    /// FRC of f_a and f_b over the upper rings together, with an interval over pairs.
    ///
    /// - Throws: `Undetermined` without pairs, or where an output has no power there.
    public func upperCorrelation() throws -> IntervalEstimate {
        guard same.pairCount > 0 else { throw Undetermined(description: "there is no pair") }
        return try Self.known(
            IntervalEstimator(unitSums: same.sums(above: Self.upper), seed: seed)
                .estimate { FourierRingCorrelation.correlation($0) }, "an output has no power in the upper rings")
    }

    /// D = (FRC_same - FRC_other)/(1 - FRC_other) over the upper rings together, with an interval over pairs.
    ///
    /// - Throws: `Undetermined` without an exchange for every pair, or where an output has no power there.
    public func upperDifference() throws -> IntervalEstimate {
        try requireExchange()
        let rows = zip(same.sums(above: Self.upper), other.sums(above: Self.upper)).map { $0 + $1 }
        return try Self.known(
            IntervalEstimator(unitSums: rows, seed: seed).estimate {
                FourierRingCriteria.corrected(
                    FourierRingCorrelation.correlation($0[..<3]),
                    randomised: FourierRingCorrelation.correlation($0[3...]))
            }, "an output has no power in the upper rings, or both outputs are one there")
    }

    private func requireExchange() throws {
        guard isExchanged else {
            throw Undetermined(
                description: "the noise was exchanged for \(other.pairCount) of \(same.pairCount) pairs")
        }
    }

    private static func known(_ estimate: IntervalEstimate?, _ otherwise: String) throws -> IntervalEstimate {
        guard let estimate else { throw Undetermined(description: otherwise) }
        return estimate
    }

    private static func centred(_ plane: Plane) -> Plane {
        let mean = plane.mean
        return Plane(height: plane.height, width: plane.width, values: plane.values.map { $0 - mean })
    }
}

extension FourierRingTerms {
    /// The curves of the figure under the names of `SeriesName`; those of an exchange only where every pair has one.
    public var series: [String: Series] {
        let same = same.rings
        let randomised = Dictionary(uniqueKeysWithValues: randomised.rings.map { ($0.index, $0.correlation) })
        func curve(_ value: (FourierRingCorrelation.Ring) -> Double?) -> Series {
            let points = same.compactMap { ring in value(ring).map { (ring.frequency, $0) } }
            return Series(frequency: points.map(\.0), value: points.map(\.1))
        }
        // A ring that begins below holds modes with the phases that they had.
        func isRandomised(_ ring: FourierRingCorrelation.Ring) -> Bool {
            Double(ring.index) * self.same.ringWidth >= Self.randomisedBeyond - 1e-12
        }
        var curves = [
            SeriesName.ringCorrelation: curve(\.correlation),
            SeriesName.ringHalfBit: curve { FourierRingCriteria.halfBit(modeCount: $0.modeCount) },
            SeriesName.ringRandomised: curve { isRandomised($0) ? randomised[$0.index] : nil },
            SeriesName.ringCorrected: curve { ring in
                guard isRandomised(ring) else { return ring.correlation }
                return randomised[ring.index].map { FourierRingCriteria.corrected(ring.correlation, randomised: $0) }
            },
        ]
        guard isExchanged else { return curves }
        let other = Dictionary(uniqueKeysWithValues: other.rings.map { ($0.index, $0.correlation) })
        curves[SeriesName.ringOther] = curve { other[$0.index] }
        curves[SeriesName.ringDifference] = curve { ring in
            other[ring.index].map { FourierRingCriteria.corrected(ring.correlation, randomised: $0) }
        }
        return curves
    }
}
