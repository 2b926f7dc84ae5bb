import Engine

/// λ_target on training pairs, with the noise that was trained on, less λ_target on held-out pairs: noise of the targets that the
/// weights remember (regime R1).
///
/// Where the model reads its target, λ_target differs between scenes without any memory. There each of the two is taken less what
/// the exchange of the noise finds on the same tiles: given weights that do not know the noise, E⟨f(n) - f(n'), n - n'⟩ =
/// 2E⟨f(n), n⟩, so that regression and exchange differ by memory alone. For other models the exchange gives exactly 0.
///
/// Looks at as many training pairs as there are held-out ones, the first in their order. Needs clean references, and a set that
/// holds the training pairs with noise that was trained on: the stored one, or that of the first epoch where each had its own. Out of scope for noise
/// whose mean follows the signal (`NoiseTerms`).
struct Memorisation: Check {
    let id = "leakage.memorised"
    let title = "Memorised noise: leakage on training pairs beyond that on held-out pairs"
    let condition: any Condition
    private var heldOut = NoiseTerms()
    /// Per tile of the training pairs: Σ⟨e, n⟩ and Σ⟨n, n⟩ first, then those of the exchange where it is needed.
    private(set) var training: NoiseTerms?

    init(margin: Double) { condition = PracticallyZero(margin: margin) }

    mutating func observe(_ sample: Sample) throws {
        let evaluation = sample.evaluation, indices = evaluation.remembered
        guard sample.pair.split == .heldout, !indices.isEmpty else {
            throw SampleError.noStoredTrainingNoise(evaluation.name)
        }
        if training == nil {
            var terms = NoiseTerms()
            for index in indices {
                let trained = try Sample(
                    sample.predictor, evaluation, index: index, sample.direction, seed: sample.seed)
                try terms.add(try Self.products(trained), of: trained)
            }
            training = terms
        }
        try heldOut.add(try Self.products(sample), of: sample)
    }

    private static func products(_ sample: Sample) throws -> [([Double], [Double])] {
        let noise = try sample.targetNoise()
        let observed = [(try sample.error(), noise), (noise, noise)]
        guard sample.predictor.readsTarget else { return observed }
        let swap = try sample.swap()
        return observed + [(swap.output, swap.noise), (swap.noise, swap.noise)]
    }

    /// What the weights remember, with its interval.
    func difference(_ scope: Scope) throws -> IntervalEstimate {
        guard let training else { throw Undetermined(description: "no training pair was observed") }
        func beyondExchange(_ s: [Double]) -> Double { s[0] / s[1] - (s.count > 2 ? s[2] / s[3] : 0) }
        return try training.estimate(scope, beyondExchange).less(heldOut.estimate(scope, beyondExchange))
    }

    func measure(_ scope: Scope) throws -> Measurement {
        var result = measurement(try difference(scope), "λ_target (training - held out)", unit: heldOut.unit, scope)
        if scope.regime == .r0 { result.regime = .r1 }
        result.split = .training
        return result
    }
}

extension EvaluationSet {
    /// Training pairs whose noise was trained on: as many as there are held-out pairs, the first in their order.
    var remembered: [Int] {
        guard trainingNoiseIsKnown else { return [] }
        let heldOut = pairs.count { $0.split == .heldout }
        return Array(pairs.indices.filter { pairs[$0].split == .training }.prefix(heldOut))
    }
}
