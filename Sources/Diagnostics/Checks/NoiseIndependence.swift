import Fields
import Tensors

/// ρ(n_a, n_b): are the noises of the two observations correlated? Shared noise is predicted from the source without any path from the
/// target (regime R2).
///
/// With clean images of both domains, else with a further capture of both, where ρ is that of the differences. Noises are taken less their
/// means at like intensity. Not applicable with neither; the independence of recorded captures is then an assumption. Observations that
/// are equal to the bit are one, and need no noise to tell.
struct NoiseIndependence: Check {
    let id = "premise.independence"
    let title = "The noises of target and source are uncorrelated"
    let role = Role.premise
    let evidence = Evidence.independence
    /// ρ that counts as none, as in the audit.
    static let margin = 0.02
    private var terms = UnitTerms()
    private var repeated: [String] = []
    private var basis: Basis = []

    mutating func observe(_ sample: Sample) throws {
        let fields: DomainPair<[Double]>
        if sample.pair.noisyDomains.count == 2, sample.targetVaries, sample.pair.noisy.a == sample.pair.noisy.b {
            repeated.append(sample.pair.id)
            return
        }
        if Domain.allCases.allSatisfy({ sample.pair.clean(of: $0) != nil }) {
            fields = try DomainPair { try sample.centredNoise(of: $0) }
            if !sample.evaluation.noiseIsAdded { basis = .reference }
        } else if let capture = sample.pair.repeats.first {
            fields = DomainPair { difference(sample.pair.noisy[$0], capture[$0]) }
        } else if let redraw = sample.evaluation.redraw, sample.pair.noisyDomains.count == 2 {
            fields = try DomainPair {
                difference(sample.pair.noisy[$0], try redraw(sample.index, $0, Sample.Capture.fresh.rawValue))
            }
        } else {
            throw SampleError.cannotRedraw(sample.pair.id)
        }
        terms.add([(fields.a, fields.b), (fields.a, fields.a), (fields.b, fields.b)], of: sample)
    }

    func measurements(_ scope: Scope) throws -> [Measurement] {
        guard repeated.isEmpty else {
            let names = repeated.prefix(4).joined(separator: ", ") + (repeated.count > 4 ? ", …" : "")
            return [
                row(
                    exactly: Double(repeated.count) / Double(scope.imageCount),
                    "share of pairs with equal observations",
                    count: scope.imageCount, .below(0), scope, pValue: PValue(0),
                    reading: "one observation stands in both places of \(names)")
            ]
        }
        let estimate = try terms.estimate(scope) { $0[0] / ($0[1] * $0[2]).squareRoot() }
        var result = row(estimate, "ρ(n_a, n_b)", unit: terms.unit, .within(Self.margin), scope)
        result.basis = basis
        return [result]
    }
}
