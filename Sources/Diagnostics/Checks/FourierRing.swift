import Engine

/// Fourier ring correlation of the outputs of both directions of a pair (docs/THEORY.md, section 5).
///
/// - `leakage.frc.exchange`: λ from the matched exchange, `FourierRingTerms.leak`. Decides, by the margin of all leakage rows.
/// - `leakage.frc.difference`: D in the upper rings. A description.
/// - `leakage.frc.curve`: FRC in the upper rings. A description that excludes or suspects, and proves nothing.
///
/// The last two and the curves belong to both directions together; they are made in b→a alone. Without an exchange the last row is the only one.
struct FourierRing: Check {
    /// A measurement with what it may decide and what it means.
    struct Row {
        let measurement: Measurement
        let role: Role
        let criterion: Criterion
        let reading: String
    }

    let id = "leakage.frc"
    let title = "Fourier ring correlation of the outputs of both directions"
    let condition: any Condition
    private let margin: Double
    private let opposite: (Sample) throws -> Sample?
    private var terms: FourierRingTerms
    private var contrastsDiffer = false

    /// - Parameters:
    ///   - margin: ε.
    ///   - opposite: the sample of the other direction of the same pair, run already; `nil` where only one is tested.
    init(margin: Double, seed: UInt64, opposite: @escaping (Sample) throws -> Sample?) {
        condition = PracticallyZero(margin: margin)
        self.margin = margin
        self.opposite = opposite
        terms = FourierRingTerms(seed: seed)
    }

    mutating func observe(_ sample: Sample) throws {
        guard let opposite = try opposite(sample) else {
            throw SampleError.outOfScope(
                "Fourier ring correlation compares the outputs of both directions; one was tested")
        }
        let samples = DomainPair { sample.target == $0 ? sample : opposite }
        guard samples.a.shape == samples.b.shape else {
            throw SampleError.outOfScope("the outputs of pair \(sample.pair.id) have different shapes")
        }
        if let clean = sample.pair.clean {
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

    func measure(_ scope: Scope) throws -> Measurement {
        row(try terms.leak(of: scope.direction.target), "exchange", "λ_target (FRC)", scope)
    }

    func measurements(_ scope: Scope) throws -> [Measurement] { try rows(scope).map(\.measurement) }

    /// All rows with their roles.
    ///
    /// - Throws: `Undetermined`, as the terms.
    func rows(_ scope: Scope) throws -> [Row] {
        var rows: [Row] = []
        if terms.isExchanged {
            rows.append(
                Row(
                    measurement: try measure(scope), role: .leakage, criterion: .within(margin),
                    reading:
                        "Share of the target's noise that reaches the output in phase, by the noise that the "
                        + "outputs of both directions share. 0 where the target is not read. A displaced leak may be missed."
                ))
        }
        guard scope.direction == .bToA else { return rows }
        let correlation = try terms.upperCorrelation()
        if terms.isExchanged {
            let difference = try terms.upperDifference()
            rows.append(
                Row(
                    measurement: row(difference, "difference", "D beyond 1/3 cycles/pixel", scope), role: .description,
                    criterion: .none,
                    reading:
                        "Share of the output's noise beyond 1/3 cycles/pixel that both directions hold because of "
                        + "a leak; a linear leak of "
                        + "λ/H = \(NumberText.significant(FourierRingCriteria.leakRatio(difference.estimate))) "
                        + "makes it, H the response to the source's noise there."))
        }
        rows.append(
            Row(
                measurement: row(correlation, "curve", "FRC beyond 1/3 cycles/pixel", scope), role: .description,
                criterion: .none, reading: reading(correlation)))
        return rows
    }

    func series(_ scope: Scope) -> [String: Series] { scope.direction == .bToA ? terms.series : [:] }

    /// What FRC in the upper rings alone can say of a leak: at most λ/H, because content that both outputs show only raises it.
    private func reading(_ correlation: IntervalEstimate) -> String {
        let content = contrastsDiffer ? " The two domains show different contrasts, which lowers FRC by itself." : ""
        let common = "This is no resolution, and high is not good." + content
        guard let interval = correlation.interval95 else { return "Too few pairs for an interval. " + common }
        let lower = FourierRingCriteria.leakRatio(interval.lower)
        let upper = FourierRingCriteria.leakRatio(interval.upper)
        func text(_ ratio: Double) -> String { NumberText.significant(ratio, digits: 2) }
        if upper <= margin && lower >= -margin {
            return
                "The outputs share next to nothing there. A linear leak in phase is at most "
                + "\(text(max(upper, -lower))) of the response to the source's noise, unless the output holds no noise of the source at all. "
                + common
        }
        if lower > margin {
            return
                "The outputs share something there. A leak of \(text(lower)) to \(text(upper)) of the response to the "
                + "source's noise would do it, and so would content and invented edges, which reach 0.5 to 0.7 "
                + "without a leak: a reason to exchange the noise, and no proof. "
                + common
        }
        return "Neither excludes nor suggests a leak: λ/H between \(text(lower)) and \(text(upper)). " + common
    }

    private func row(_ estimate: IntervalEstimate, _ name: String, _ quantity: String, _ scope: Scope) -> Measurement {
        var result = measurement(estimate, quantity, unit: .scene, scope)
        result.check = "\(id).\(name)"
        if name != "exchange" { result.direction = nil }
        return result
    }
}
