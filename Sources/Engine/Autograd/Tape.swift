import Tensors

/// A value on a tape, with or without a way for gradients to reach it.
public struct Variable {
    /// The result of the forward pass.
    public let value: Tensor
    /// Whether a gradient of what is computed from this variable can reach a leaf.
    public let requiresGradient: Bool
    let id: Int
    let tape: Tape

    /// Length of each axis of the value.
    public var shape: [Int] { value.shape }
}

/// Records operations in the order they run and plays them back in reverse: reverse-mode automatic differentiation.
///
/// A tape lives for one forward pass. It belongs to the thread that made it.
public final class Tape {
    private struct Operation {
        let output: Int
        let inputs: [Int]
        /// From the output's gradient to one gradient per input; `nil` where that input needs none.
        let backward: (Tensor) -> [Tensor?]
    }

    private var operations: [Operation] = []
    private var count = 0
    /// Not the variables themselves: they hold the tape, and a tape that holds them is never freed, nor are the weights of
    /// its step.
    private var parameterIDs: [ObjectIdentifier: Int] = [:]
    /// Without recording nothing is kept for a backward pass, so intermediate values are freed as soon as they are used.
    private let isRecording: Bool

    /// - Parameter recording: `false` for a forward pass only: leaves are constants, and `gradients` finds none.
    public init(recording: Bool = true) { isRecording = recording }

    /// A value that gradients do not reach.
    public func constant(_ value: Tensor) -> Variable { make(value, requiresGradient: false) }

    /// A value whose gradient can be asked for.
    public func leaf(_ value: Tensor) -> Variable { make(value, requiresGradient: isRecording) }

    /// The variable of a parameter: the same one however often a layer is used.
    public func variable(_ parameter: Parameter) -> Variable {
        let key = ObjectIdentifier(parameter)
        if let id = parameterIDs[key] {
            return Variable(value: parameter.value, requiresGradient: isRecording, id: id, tape: self)
        }
        let variable = leaf(parameter.value)
        parameterIDs[key] = variable.id
        return variable
    }

    /// Puts the result of an operation on the tape.
    ///
    /// - Parameter backward: from ∂L/∂output to ∂L/∂input for each of `inputs`, in their order; `nil` for an input
    ///   that does not require one.
    func record(_ value: Tensor, from inputs: [Variable], backward: @escaping (Tensor) -> [Tensor?]) -> Variable {
        precondition(inputs.allSatisfy { $0.tape === self }, "Tape: an operation mixes variables of two tapes")
        let requiresGradient = inputs.contains { $0.requiresGradient }
        let output = make(value, requiresGradient: requiresGradient)
        if requiresGradient {
            operations.append(
                Operation(
                    output: output.id, inputs: inputs.map { $0.requiresGradient ? $0.id : -1 }, backward: backward))
        }
        return output
    }

    /// ∂⟨seed, output⟩/∂leaf for every leaf and parameter on the tape.
    ///
    /// - Parameters:
    ///   - seed: same shape as the output; 1 for a scalar if left out.
    ///   - keepingTape: the tape can be played back again; otherwise it is used up, and memory is freed on the way.
    public func gradients(of output: Variable, seed: Tensor? = nil, keepingTape: Bool = false) -> Gradients {
        let seed = seed ?? Tensor(output.shape, repeating: 1)
        precondition(
            seed.shape == output.shape && (output.value.count == 1 || seed.count > 1),
            "Tape.gradients: seed \(seed.shape) for output \(output.shape)")
        var gradients = [Tensor?](repeating: nil, count: count)
        gradients[output.id] = seed
        var remaining = operations
        if !keepingTape { operations = [] }
        while let operation = remaining.popLast() {
            guard let gradient = gradients[operation.output] else { continue }
            gradients[operation.output] = nil
            let parts = operation.backward(gradient)
            precondition(parts.count == operation.inputs.count, "Tape: backward made \(parts.count) gradients")
            for (input, part) in zip(operation.inputs, parts) where input >= 0 {
                guard let part else { continue }
                if gradients[input] == nil {
                    gradients[input] = part
                } else {
                    // Taken out first, so that it is the only reference and is added to in place.
                    var total = gradients[input].take() ?? part
                    Elementwise.add(part, to: &total)
                    gradients[input] = total
                }
            }
        }
        return Gradients(byID: gradients, parameters: parameterIDs)
    }

    private func make(_ value: Tensor, requiresGradient: Bool) -> Variable {
        defer { count += 1 }
        return Variable(value: value, requiresGradient: requiresGradient, id: count, tape: self)
    }
}

/// What a backward pass found.
public struct Gradients {
    fileprivate let byID: [Tensor?]
    fileprivate let parameters: [ObjectIdentifier: Int]

    /// Gradient of a leaf, in its shape; `nil` if no path leads from it to the output.
    public subscript(variable: Variable) -> Tensor? { byID[variable.id] }

    /// Gradient of a parameter, in its shape; `nil` if no path leads from it to the output.
    public subscript(parameter: Parameter) -> Tensor? { parameters[ObjectIdentifier(parameter)].flatMap { byID[$0] } }
}
