import Engine

/// λ_target on training pairs, with the noise that was trained on, less λ_target on held-out pairs: noise of the targets that the
/// weights remember (regime R1).
///
/// Looks at as many training pairs as there are held-out ones, the first in their order. Needs clean references, and a set that
/// holds the training pairs with their stored noise; fresh noise in each epoch cannot be memorised.
struct Memorisation: Check {
    let id = "leakage.memorised"
    let title = "Memorised noise: leakage on training pairs beyond that on held-out pairs"
    let condition: any Condition
    private var heldOut = TileTerms()
    private var training: TileTerms?

    init(margin: Double) { condition = PracticallyZero(margin: margin) }

    mutating func observe(_ sample: Sample) throws {
        guard sample.pair.split == .heldout else { throw SampleError.noStoredTrainingNoise("the training split alone") }
        if training == nil { training = try Self.trainingTerms(sample) }
        let noise = try sample.targetNoise()
        heldOut.add([(try sample.error(), noise), (noise, noise)], of: sample)
    }

    private static func trainingTerms(_ sample: Sample) throws -> TileTerms {
        let evaluation = sample.evaluation
        let indices = evaluation.remembered
        guard !indices.isEmpty else { throw SampleError.noStoredTrainingNoise(evaluation.name) }
        var terms = TileTerms()
        for index in indices {
            let trained = try Sample(
                sample.predictor, evaluation, index: index, sample.direction, seed: sample.seed)
            let noise = try trained.targetNoise()
            terms.add([(try trained.error(), noise), (noise, noise)], of: trained)
        }
        return terms
    }

    func measure(_ scope: Scope) throws -> Measurement {
        guard let training else { throw Undetermined(description: "no training pair was observed") }
        let trained = try training.estimate(scope) { $0[0] / $0[1] }
        let held = try heldOut.estimate(scope) { $0[0] / $0[1] }
        var result = measurement(trained.less(held), "λ_target (training - held out)", unit: .noise, scope)
        if scope.regime == .r0 { result.regime = .r1 }
        result.split = .training
        return result
    }
}

extension EvaluationSet {
    /// Training pairs whose noise was trained on: as many as there are held-out pairs, the first in their order.
    var remembered: [Int] {
        guard trainingNoiseIsStored else { return [] }
        let heldOut = pairs.count { $0.split == .heldout }
        return Array(pairs.indices.filter { pairs[$0].split == .training }.prefix(heldOut))
    }
}
