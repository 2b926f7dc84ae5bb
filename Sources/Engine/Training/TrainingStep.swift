import Tensors

/// One update of a network, the step that `Trainer`, `TrainingDiagnosis` and `StepBenchmark` take:
///
///     batch → network → objective → gradients → clipping → optimizer
struct TrainingStep {
    let network: C2CNetwork
    let wiring: C2CNetwork.Wiring
    let optimizer: Optimizer
    /// Largest Euclidean norm of all gradients together; `nil` for no clipping.
    let clipNorm: Double?

    /// What a step made on its way.
    struct Outcome {
        /// Of the weights before the update.
        let outputs: C2CNetwork.Outputs
        /// `loss/total` and so on, of the weights before the update.
        let losses: [String: Double]
        let gradients: Gradients
        /// Of all gradients together, before clipping. If it is not finite the weights have not been changed.
        let gradientNorm: Double
    }

    /// - Parameter accept: sees the losses before anything is changed; what it throws leaves the weights alone.
    func callAsFunction(
        _ batch: DomainPair<Tensor>, _ objective: Objective, learningRate: Double,
        accept: ([String: Double]) throws -> Void
    ) rethrows -> Outcome {
        let tape = Tape()
        let x = batch.map(tape.constant)
        let outputs = network(x, wiring)
        let losses = objective(outputs, x), values = losses.metrics
        try accept(values)
        let gradients = tape.gradients(of: losses.total)
        let norm = optimizer.update(gradients, learningRate: learningRate, clipNorm: clipNorm)
        return Outcome(outputs: outputs, losses: values, gradients: gradients, gradientNorm: norm)
    }
}
