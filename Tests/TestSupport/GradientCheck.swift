import Engine
import Tensors

/// Compares tape gradients with central differences of a random projection of the output.
public enum GradientCheck {
    /// The largest |analytic - numeric| over all inputs and probed elements, relative to the largest gradient.
    ///
    /// The projection is summed in Float64; with Float32 inside, a step of 1e-2 leaves about 1e-3 of truncation and
    /// rounding, far below the factor that a wrong formula gives.
    public static func error(
        _ inputs: [Tensor], seed: UInt64 = 1, step: Float = 1e-2, probes: Int = 40,
        _ function: ([Variable]) -> Variable
    ) -> Double {
        let tape = Tape()
        let variables = inputs.map(tape.leaf)
        let output = function(variables)
        var stream = RandomStream(seed: seed, purpose: .test)
        let projection = Tensor(output.shape, (0..<output.value.count).map { _ in Float(stream.gaussian()) })
        let gradients = tape.gradients(of: output, seed: projection)
        func projected(_ inputs: [Tensor]) -> Double {
            let tape = Tape(recording: false)
            let values = function(inputs.map(tape.constant)).value.values
            return zip(values, projection.values).reduce(0) { $0 + Double($1.0) * Double($1.1) }
        }
        var worst = 0.0, largest = 0.0
        for (k, input) in inputs.enumerated() {
            guard let analytic = gradients[variables[k]] else { return .infinity }
            for _ in 0..<min(probes, input.count) {
                let element = Int(stream.next32()) % input.count
                var values = input.values
                values[element] += step
                let up = values[element]
                var moved = inputs
                moved[k] = Tensor(input.shape, values)
                let upper = projected(moved)
                values[element] = input.values[element] - step
                moved[k] = Tensor(input.shape, values)
                let numeric = (upper - projected(moved)) / Double(up - values[element])
                worst = max(worst, abs(numeric - Double(analytic.values[element])))
                largest = max(largest, abs(numeric))
            }
        }
        return worst / largest
    }

    /// Standard normal values.
    public static func random(_ shape: [Int], seed: UInt64 = 7) -> Tensor {
        var stream = RandomStream(seed: seed, purpose: .test, domain: 1)
        return Tensor(shape, (0..<shape.reduce(1, *)).map { _ in Float(stream.gaussian()) })
    }
}
