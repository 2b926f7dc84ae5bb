import Foundation
import Tensors

/// Exponential moving average of the parameters over the steps of a run (Polyak and Juditsky 1992), bias-corrected: after t
/// updates
///
///     average = Σ_i d^(t-i)·p_i / Σ_i d^(t-i),   i = 1…t,  d the decay
///
/// so that the weights of the initialisation have no part in it, however large d is. It remembers about 1/(1-d) steps. The
/// sum is kept in its mean form, average += (1-d)/(1-d^t)·(p_t - average).
public final class WeightAverage {
    /// d, at least 0 and below 1; 0 follows the parameters exactly.
    public let decay: Double
    /// Number of updates t.
    public private(set) var step = 0
    /// The averages, in the order of the parameters; the parameters of the start before the first update.
    public private(set) var values: [Tensor]
    private let parameters: [Parameter]

    /// - Parameter parameters: those of the network, as in its optimizer.
    public init(_ parameters: [Parameter], decay: Double) {
        precondition((0..<1).contains(decay), "WeightAverage: decay \(decay) is not in 0..<1")
        self.parameters = parameters
        self.decay = decay
        values = parameters.map(\.value)
    }

    /// Takes in the parameters as they are now; once after each step of the optimizer.
    public func update() {
        step += 1
        let share = Float((1 - decay) / (1 - pow(decay, Double(step))))
        for (index, parameter) in parameters.enumerated() {
            // The first average is the parameters themselves, not themselves to rounding.
            values[index] =
                share == 1
                ? parameter.value : Elementwise.map(values[index], parameter.value) { $0 + ($1 - $0) * share }
        }
    }

    /// Runs `body` with the averages in place of the parameters: validation, or a checkpoint of the averages. They are put
    /// back whatever happens. `body` must not train.
    public func applied<R>(_ body: () throws -> R) rethrows -> R {
        let trained = parameters.map(\.value)
        for (parameter, value) in zip(parameters, values) { parameter.value = value }
        defer { for (parameter, value) in zip(parameters, trained) { parameter.value = value } }
        return try body()
    }

    /// Goes on from a checkpoint.
    ///
    /// - Precondition: one value per parameter, of its shape.
    func restore(_ values: [Tensor], step: Int) {
        precondition(
            values.map(\.shape) == parameters.map(\.value.shape) && step >= 0,
            "WeightAverage: \(values.count) values for \(parameters.count) parameters, or other shapes")
        self.values = values
        self.step = step
    }
}
