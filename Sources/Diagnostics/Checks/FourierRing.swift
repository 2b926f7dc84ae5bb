import Fields
import Formats
import Tensors

/// Fourier ring correlation of the outputs of both directions of a pair (docs/THEORY.md, section 5).
///
/// - `leakage.frc.exchange`: λ from the matched exchange, `FourierRingTerms.leak`. Decides, by the margin of all leakage rows.
/// - `leakage.frc.difference`: D in the upper rings. A description.
/// - `leakage.frc.curve`: FRC in the upper rings. A description that excludes or suspects, and proves nothing.
///
/// The last two and the curves belong to both directions together; they are made in b→a alone. Without an exchange the last row is the only one.
struct FourierRing: Check {
    let id = "leakage.frc"
    let title = "Fourier ring correlation of the outputs of both directions"
    let role = Role.leakage
    let evidence = Evidence.matched
    private let margin: Double
    private var terms: FourierRingTerms
    private var contrastsDiffer = false

    /// - Parameter margin: ε.
    init(margin: Double, seed: UInt64 = 0) {
        self.margin = margin
        terms = FourierRingTerms(seed: seed)
    }

    mutating func observe(_ sample: Sample) throws {
        guard let opposite = sample.opposite else {
            throw SampleError.outOfScope(
                "Fourier ring correlation compares the outputs of both directions; one was tested")
        }
        let samples = DomainPair { sample.target == $0 ? sample : opposite }
        guard samples.a.shape == samples.b.shape else {
            throw SampleError.outOfScope("the outputs of pair \(sample.pair.id) have different shapes")
        }
        if let clean = sample.pair.clean, sample.pair.cleanDomains.count == 2 {
            let (a, b) = (Plane.channels(of: clean.a), Plane.channels(of: clean.b))
            contrastsDiffer = contrastsDiffer || zip(a, b).contains { ($0 - $1).variance > 0.01 * $0.variance }
        }
        let outputs = samples.map { $0.planes($0.output) }
        terms.add(outputs.a, outputs.b, exchange: try exchange(samples, outputs))
    }

    /// `nil` where the noise of a target cannot be exchanged.
    private func exchange(_ samples: DomainPair<Sample>, _ outputs: DomainPair<[Plane]>) throws
        -> FourierRingTerms.Exchange?
    {
        do {
            let swaps = try samples.map { try $0.swap() }
            func planes(_ field: KeyPath<Sample.Swap, [Double]>, _ domain: Domain) -> [Plane] {
                samples[domain].planes(swaps[domain][keyPath: field])
            }
            return FourierRingTerms.Exchange(
                outputs: DomainPair { domain in zip(outputs[domain], planes(\.output, domain)).map { $0 - $1 } },
                noise: DomainPair { planes(\.noise, $0) })
        } catch let error as SampleError where error.isMissingEvidence { return nil }
    }

    func measurements(_ scope: Scope) throws -> [Measurement] {
        var rows: [Measurement] = []
        if terms.isExchanged {
            rows.append(
                row(
                    try terms.leak(of: scope.direction.target), "λ_target (FRC)", unit: .scene, .within(margin), scope,
                    id: "\(id).exchange", title: "Target noise shared by the outputs of both directions",
                    reading: "a displaced leak may be missed"))
        }
        guard scope.direction == .bToA else { return rows }
        func described(
            _ estimate: IntervalEstimate, _ name: String, _ title: String, _ quantity: String, _ reading: String
        ) {
            var result = row(
                estimate, quantity, unit: .scene, .none, scope, id: "\(id).\(name)", title: title, role: .description,
                reading: reading)
            result.direction = nil
            rows.append(result)
        }
        if terms.isExchanged {
            let difference = try terms.upperDifference()
            described(
                difference, "difference", "Fourier ring correlation that the exchange takes away",
                "D beyond 1/3 cycles/pixel",
                "a linear leak of λ/H = \(NumberText.significant(FourierRingCriteria.leakRatio(difference.estimate))) makes it, "
                    + "H the response to the source's noise there")
        }
        let correlation = try terms.upperCorrelation()
        described(
            correlation, "curve", "Fourier ring correlation of the outputs of both directions",
            "FRC beyond 1/3 cycles/pixel", reading(correlation))
        return rows
    }

    func series(_ scope: Scope) -> [String: Series] { scope.direction == .bToA ? terms.series : [:] }

    /// What FRC in the upper rings alone can say of a leak: at most λ/H, because content that both outputs show only raises it.
    private func reading(_ correlation: IntervalEstimate) -> String {
        let content = contrastsDiffer ? "; the domains show different contrasts, which lowers FRC by itself" : ""
        let common = "; this is no resolution, and high is not good\(content)"
        guard let interval = correlation.interval95 else { return "too few pairs for an interval" + common }
        let lower = FourierRingCriteria.leakRatio(interval.lower)
        let upper = FourierRingCriteria.leakRatio(interval.upper)
        func text(_ ratio: Double) -> String { NumberText.significant(ratio, digits: 2) }
        if upper <= margin && lower >= -margin {
            return
                "a linear leak in phase is at most \(text(max(upper, -lower))) of the response to the source's noise, unless the "
                + "output holds no noise of the source" + common
        }
        if lower > margin {
            return
                "a leak of \(text(lower)) to \(text(upper)) of the response to the source's noise would make it, and so would content "
                + "and invented edges, which reach 0.5 to 0.7 without a leak: a reason to exchange the noise, and no proof"
                + common
        }
        return "neither excludes nor suggests a leak: λ/H between \(text(lower)) and \(text(upper))" + common
    }
}
