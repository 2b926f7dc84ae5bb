import Engine

/// What a data set shows of its noise without any model: noise fields with the intensity below each pixel.
///
/// The noise of a domain comes from the best source there is:
///
///     clean reference          n = x - c                intensity c
///     a further capture        n = (x - x')/√2          intensity (x + x')/2
///     the other domain         n = (x_a - x_b)/√2       intensity (x_a + x_b)/2, where both show one content
///
/// each of which has the noise's variance. Differences of captures are independent of their sum for Gaussian noise of one power, and
/// given the sum they have its variance for Poisson noise, so that sorting pixels by it selects nothing.
struct AuditEvidence {
    /// How noise was told from content.
    enum Source { case clean, repeats, difference }

    /// The fields of one domain, or of the difference of both.
    struct Channel {
        /// `a`, `b` or `a - b`.
        let name: String
        let fields: [VarianceFunction.Field]
        let variance: VarianceFunction
    }

    let source: Source
    /// Every pair, those held out first.
    let pairs: [ImagePair]
    /// How many of them are held out.
    let heldOutCount: Int
    /// One for each domain, or one alone for the difference.
    let channels: [Channel]
    /// Whether both domains are known to show one content in one contrast.
    let sameContent: Bool
    /// What one counted event is: 1 for whole numbers, or the smallest positive number where all are multiples of it, none below 0.
    /// `nil` where they are not counts: the variance of the noise must lie between half and twice unit times mean, as that of
    /// counted events does, for grey values are whole, too.
    let countUnit: Double?
    /// Of intervals.
    let seed: UInt64

    /// - Parameter sameContent: as declared; taken for granted where the clean images are equal.
    /// - Throws: `Undetermined` where nothing tells the noise from the content.
    init(_ dataset: PairedDataset, sameContent declared: Bool, seed: UInt64) throws {
        pairs = dataset.heldOut + dataset.training
        heldOutCount = dataset.heldOut.count
        self.seed = seed
        let hasClean = pairs.allSatisfy { $0.clean != nil }
        // An odd last capture repeats both domains: it is no second observation of each.
        let hasRepeats = pairs.allSatisfy { pair in pair.repeats.first.map { $0.a != $0.b } ?? false }
        sameContent = declared || (hasClean && pairs.allSatisfy { $0.clean?.a == $0.clean?.b })
        source = hasClean ? .clean : hasRepeats ? .repeats : .difference
        guard source != .difference || sameContent else {
            throw Undetermined(
                description:
                    "nothing tells the noise from the content: there is neither a clean image nor a second capture, "
                    + "and a and b are not known to show one content (--same-content)")
        }
        let observations: [(String, (ImagePair) -> (Tensor, Tensor))]
        switch source {
        case .clean:
            observations = Domain.allCases.map { domain in
                (domain.rawValue, { ($0.noisy[domain], $0.clean?[domain] ?? $0.noisy[domain]) })
            }
        case .repeats:
            observations = Domain.allCases.map { domain in
                (domain.rawValue, { ($0.noisy[domain], $0.repeats[0][domain]) })
            }
        case .difference: observations = [("a - b", { ($0.noisy.a, $0.noisy.b) })]
        }
        let isClean = hasClean, images = pairs
        channels = try observations.map { name, observe in
            let fields = images.enumerated().flatMap { index, pair in
                let (first, second) = observe(pair)
                return zip(Plane.channels(of: first), Plane.channels(of: second)).map { x, reference in
                    VarianceFunction.Field(
                        pair: index, noise: isClean ? x - reference : 0.5.squareRoot() * (x - reference),
                        intensity: isClean ? reference : 0.5 * (x + reference))
                }
            }
            return Channel(name: name, fields: fields, variance: try VarianceFunction(fields))
        }
        countUnit = Self.countUnit(pairs.flatMap { [$0.noisy.a, $0.noisy.b] }, channels)
    }

    private static func countUnit(_ images: [Tensor], _ channels: [Channel]) -> Double? {
        let smallest = images.reduce(Float.infinity) { $1.values.reduce($0) { $1 > 0 ? min($0, $1) : $0 } }
        return [1, Double(smallest)].first { unit in
            let isAlike = channels.allSatisfy { channel in
                let power = channel.fields.reduce(0) { $0 + Plane.meanProduct($1.noise, $1.noise) }
                let mean = channel.fields.reduce(0) { $0 + $1.intensity.mean }
                return mean > 0 && (0.5...2).contains(power / (unit * mean))
            }
            return isAlike
                && images.allSatisfy { image in
                    image.values.allSatisfy { value in
                        // Float's rounding of the value and of the unit.
                        let events = Double(value) / unit
                        return events >= 0 && abs(events - events.rounded()) <= min(0.1, 1e-6 * max(events, 1))
                    }
                }
        }
    }
}

extension AuditEvidence.Channel {
    /// n/σ(intensity) of every field: noise of one power everywhere. 0 where there is no noise, as in a masked background.
    var standardised: [Plane] {
        fields.map { field in
            Plane(height: field.noise.height, width: field.noise.width) { y, x in
                let variance = variance(field.intensity[y, x])
                return variance > 0 ? field.noise[y, x] / variance.squareRoot() : 0
            }
        }
    }
}

extension AuditEvidence.Channel {
    /// Σ n² over unit · Σ intensity: 1 for Poisson counts, events of one unit each. `nil` where it is not finite.
    func varianceOverMean(unit: Double, seed: UInt64, _ statistic: @escaping (Double) -> Double = { $0 })
        -> IntervalEstimate?
    {
        var tiles = PlaneTiles()
        for field in fields {
            let one = Plane(height: field.noise.height, width: field.noise.width) { _, _ in unit }
            tiles.add([(field.noise, field.noise), (field.intensity, one)])
        }
        return tiles.estimate(seed: seed) { statistic($0[0] / $0[1]) }
    }
}

/// Sums of products over the tiles of fields, for intervals that resample tiles.
struct PlaneTiles {
    private(set) var rows: [[Double]] = []

    /// Noise is resampled in squares of 32 pixels, as in the suite; border pixels count here, since no network blurs them.
    static let tiling = Tiling(side: 32)

    mutating func add(_ products: [(Plane, Plane)]) {
        guard let first = products.first?.0 else { return }
        rows += Self.tiling.sums(
            products.map { ($0.values, $1.values) }, shape: [first.height, first.width, 1])
    }

    /// `nil` where the statistic is not finite.
    func estimate(seed: UInt64, _ statistic: @escaping SumStatistic) -> IntervalEstimate? {
        rows.isEmpty ? nil : IntervalEstimator(unitSums: rows, seed: seed).estimate(of: statistic)
    }
}

extension CheckResult {
    /// A row of an audit, which has neither model nor direction.
    init(
        audit id: String, _ title: String, _ status: Status, estimate: Double? = nil, quantity: String? = nil,
        interval: ConfidenceInterval? = nil, units: Int? = nil, images: Int? = nil, threshold: Double? = nil,
        because: String
    ) {
        self.init(id: "audit.\(id)", title: title, direction: nil, status: status, because: because)
        self.estimate = estimate.flatMap { $0.isFinite ? $0 : nil }
        self.quantity = quantity
        ci95 = interval.map { [$0.lower, $0.upper] }
        unit = interval == nil ? nil : .noise
        unitCount = units
        imageCount = images
        if let threshold { criterion = .within(threshold) }
    }
}
