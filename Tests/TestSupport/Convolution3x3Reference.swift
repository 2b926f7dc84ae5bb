import Engine
import Tensors

/// The 3×3 convolution written as its definition, in Float64: the slow twin every fast kernel is compared with.
public enum Convolution3x3Reference {
    /// y[n,i,j,o] = b[o] + Σ_k,u,v,c x_k[n,i+u-1,j+v-1,c] · w_k[u,v,c,o], elements in memory order.
    public static func forward(_ inputs: [Tensor], weights: [Tensor], bias: Tensor?) -> [Double] {
        let (count, height, width) = (inputs[0].shape[0], inputs[0].shape[1], inputs[0].shape[2])
        let outputs = weights[0].shape[3]
        var result = [Double](repeating: 0, count: count * height * width * outputs)
        for (index, _) in result.enumerated() { result[index] = bias.map { Double($0.values[index % outputs]) } ?? 0 }
        for (input, weight) in zip(inputs, weights) {
            let (x, w, channels) = (input.values, weight.values, input.shape[3])
            forEachPair(count, height, width) { pixel, neighbour, tap in
                for o in 0..<outputs {
                    var sum = 0.0
                    for c in 0..<channels {
                        sum += Double(x[neighbour * channels + c]) * Double(w[(tap * channels + c) * outputs + o])
                    }
                    result[pixel * outputs + o] += sum
                }
            }
        }
        return result
    }

    /// ∂L/∂x of one input `[N, H, W, C]`.
    public static func inputGradient(_ outputGradient: Tensor, weight: Tensor) -> [Double] {
        let shape = outputGradient.shape
        let (channels, outputs) = (weight.shape[2], weight.shape[3])
        let (g, w) = (outputGradient.values, weight.values)
        var result = [Double](repeating: 0, count: shape[0] * shape[1] * shape[2] * channels)
        forEachPair(shape[0], shape[1], shape[2]) { pixel, neighbour, tap in
            for c in 0..<channels {
                var sum = 0.0
                for o in 0..<outputs {
                    sum += Double(g[pixel * outputs + o]) * Double(w[(tap * channels + c) * outputs + o])
                }
                result[neighbour * channels + c] += sum
            }
        }
        return result
    }

    /// ∂L/∂w `[3, 3, C, O]`.
    public static func weightGradient(input: Tensor, outputGradient: Tensor) -> [Double] {
        let shape = input.shape
        let (channels, outputs) = (shape[3], outputGradient.shape[3])
        let (x, g) = (input.values, outputGradient.values)
        var result = [Double](repeating: 0, count: 9 * channels * outputs)
        forEachPair(shape[0], shape[1], shape[2]) { pixel, neighbour, tap in
            for c in 0..<channels {
                for o in 0..<outputs {
                    result[(tap * channels + c) * outputs + o] +=
                        Double(x[neighbour * channels + c]) * Double(g[pixel * outputs + o])
                }
            }
        }
        return result
    }

    /// Every pixel with each of its neighbours inside the image; `tap` is 3u + v.
    private static func forEachPair(
        _ count: Int, _ height: Int, _ width: Int, _ body: (_ pixel: Int, _ neighbour: Int, _ tap: Int) -> Void
    ) {
        for image in 0..<count {
            for row in 0..<height {
                for column in 0..<width {
                    for tap in 0..<9 {
                        let (y, x) = (row + tap / 3 - 1, column + tap % 3 - 1)
                        guard (0..<height).contains(y), (0..<width).contains(x) else { continue }
                        body((image * height + row) * width + column, (image * height + y) * width + x, tap)
                    }
                }
            }
        }
    }
}
