import Tensors

/// A trained tensor with the name it has in a checkpoint.
///
/// Written only by initialisation, loading and the optimizer, never while a tape that holds it is in use.
public final class Parameter: @unchecked Sendable {
    /// How the memory order here relates to the PyTorch order in a checkpoint.
    public enum Layout: Sendable, Equatable {
        /// `[C]`, the same in both.
        case vector
        /// 3×3: `[3, 3, I, O]` here, `[O, I, 3, 3]` in a checkpoint, where this parameter may be only a range of the
        /// input channels of a larger weight.
        case convolution(inputs: Range<Int>, of: Int)
        /// 1×1: `[I, O]` here, `[O, I, 1, 1]` in a checkpoint.
        case pointwise
        /// Transposed 2×2: `[I, 2, 2, O]` here, `[I, O, 2, 2]` in a checkpoint.
        case transposedConvolution
    }

    /// Name in a checkpoint, such as `encoder.levels.0.conv1.weight`. Two halves of one weight share it.
    public let name: String
    /// Also fixes the rank of `value`.
    public let layout: Layout
    /// In the shape that `layout` names; the shape never changes.
    public internal(set) var value: Tensor

    init(_ name: String, _ layout: Layout, shape: [Int], repeating value: Float = 0) {
        self.name = name
        self.layout = layout
        self.value = Tensor(shape, repeating: value)
    }

    /// Number of elements.
    public var count: Int { value.count }
}

/// PyTorch's default initialisation of convolutions: weights and biases uniform on ±1/√fan_in
/// (`kaiming_uniform_` with a = √5), where fan_in counts the taps that feed one output element; for a transposed
/// convolution PyTorch counts output channels × taps.
struct Initializer {
    let seed: UInt64
    private var index = 0

    init(seed: UInt64) { self.seed = seed }

    /// Each call takes the next stream, so the values depend on the order in which layers are made.
    mutating func fill(_ parameter: Parameter, fanIn: Int) {
        var stream = RandomStream(seed: seed, purpose: .initialisation, image: index)
        index += 1
        let bound = 1 / Double(fanIn).squareRoot()
        parameter.value.withUnsafeMutableBuffer { values in
            for i in values.indices { values[i] = Float((2 * stream.uniform() - 1) * bound) }
        }
    }
}
