import Fields

/// λ_target on training pairs, with the noise that was trained on, minus λ_target on held-out pairs: noise of the targets that the
/// weights remember (regime R1).
///
/// Where the model reads its target, λ_target differs between scenes without any memory. There each of the two is taken minus what
/// the exchange of the noise finds on the same units: given weights that do not know the noise, E⟨f(n) - f(n'), n - n'⟩ =
/// 2E⟨f(n), n⟩, so that regression and exchange differ by memory alone. For other models the exchange gives exactly 0.
///
/// Looks at as many training pairs as there are held-out ones, the first in their order. Where nothing was held out it looks at all, and
/// subtracts nothing: λ of independent noise that the network has neither seen nor reads is 0 in expectation. Needs training pairs with the
/// noise that was trained on (the stored one, or that of the first epoch where each had its own), and of each pair a clean image or a
/// further capture (`LinearEvidence`).
struct Memorisation: Check {
    let id = "leakage.memorised"
    let title = "Memorised noise: leakage on training pairs beyond that on held-out pairs"
    let role = Role.leakage
    let evidence = Evidence.memory
    let margin: Double
    private var heldOut = UnitTerms()
    /// Of each unit of the training pairs: Σ z·e and Σ z·y first, then those of the exchange where it is needed.
    private(set) var training: UnitTerms?

    init(margin: Double) { self.margin = margin }

    mutating func observe(_ sample: Sample) throws {
        let evaluation = sample.evaluation, indices = evaluation.remembered
        guard !indices.isEmpty else { throw SampleError.noStoredTrainingNoise(evaluation.name) }
        guard sample.pair.split == .heldout else {
            var terms = training ?? UnitTerms()
            terms.add(try Self.products(sample), of: sample)
            training = terms
            return
        }
        if training == nil {
            var terms = UnitTerms()
            for index in indices {
                let trained = try Sample(
                    sample.predictor, evaluation, index: index, sample.direction, seed: sample.seed)
                terms.add(try Self.products(trained), of: trained)
            }
            training = terms
        }
        heldOut.add(try Self.products(sample), of: sample)
    }

    private static func products(_ sample: Sample) throws -> [([Double], [Double])] {
        let linear = try sample.linear()
        let observed = [(linear.instrument, linear.error), (linear.instrument, linear.noise)]
        guard sample.predictor.readsTarget, let swap = try? sample.swap() else { return observed }
        return observed + [(swap.output, swap.noise), (swap.noise, swap.noise)]
    }

    /// What the weights remember, with its interval.
    func difference(_ scope: Scope) throws -> IntervalEstimate {
        guard let training else { throw Undetermined(description: "no training pair was observed") }
        func beyondExchange(_ s: [Double]) -> Double { s[0] / s[1] - (s.count > 2 ? s[2] / s[3] : 0) }
        let trained = try training.estimate(scope, beyondExchange)
        return heldOut.isEmpty ? trained : try trained.less(heldOut.estimate(scope, beyondExchange))
    }

    func measurements(_ scope: Scope) throws -> [Measurement] {
        var result = row(
            try difference(scope), heldOut.isEmpty ? "λ_target (training)" : "λ_target (training - held out)",
            unit: training?.unit ?? .noise, .within(margin),
            scope)
        if scope.regime == .r0 { result.regime = .r1 }
        result.split = .training
        return [result]
    }
}

extension EvaluationSet {
    /// Training pairs whose noise was trained on: as many as there are held-out pairs, the first in their order, or all.
    var remembered: [Int] {
        guard trainingNoiseIsKnown else { return [] }
        // Where nothing was held out, all training pairs are tested.
        return Array(pairs.indices.filter { pairs[$0].split == .training }.prefix(tested.count))
    }
}
