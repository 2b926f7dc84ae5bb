import Tensors

/// The direct 3×3 convolution for fewer than 8 outputs: a vector of outputs would be mostly empty, so the vectors lie along the
/// sum instead. An output is three dot products of 3C consecutive numbers, one for each row of the weight.
enum Convolution3x3Narrow {
    static func isBetter(inputs: Int, outputs: Int) -> Bool { outputs < 8 && inputs >= 3 }

    /// `[3, 3, C, O]` as `[O, 3, 3C up to a multiple of 8]`, filled up with zeros.
    static func rearranged(_ weight: Tensor) -> Tensor {
        let (channels, outputs) = (weight.shape[2], weight.shape[3])
        let length = paddedLength(channels)
        return weight.withUnsafeBuffer { source in
            Tensor([outputs, 3, length]) { target in
                target.update(repeating: 0)
                for row in 0..<3 {
                    for index in 0..<3 * channels {
                        for o in 0..<outputs {
                            target[(o * 3 + row) * length + index] = source[(row * 3 * channels + index) * outputs + o]
                        }
                    }
                }
            }
        }
    }

    /// Adds the convolution of (unfolded) padded rows to outputs `[rows, W, O]`, or to the bias if it is given. Reads up to 7
    /// numbers past their end, which it multiplies by 0.
    static func accumulate(
        _ block: UnsafePointer<Float>, _ padded: PaddedRows, rows: Int, from bias: Tensor?,
        weight: UnsafePointer<Float>, outputs: Int,
        into target: UnsafeMutablePointer<Float>
    ) {
        let (channels, stride, length) = (padded.channels, padded.rowStride, paddedLength(padded.channels))
        for row in 0..<rows {
            for output in 0..<outputs {
                let start = bias?.withUnsafeBuffer { $0[output] }
                let weight = weight + output &* 3 &* length
                var place = target + (row &* padded.width &* outputs &+ output)
                var pixels = block + row &* stride
                func step(_ count: Int) {
                    place += count &* outputs
                    pixels += count &* channels
                }
                var remaining = padded.width
                while remaining >= 8 {
                    let sums: InlineArray<8, Float> = dots(pixels, stride, channels, weight, length)
                    for pixel in 0..<8 {
                        place[pixel &* outputs] = (start ?? place[pixel &* outputs]) + sums[pixel]
                    }
                    step(8)
                    remaining -= 8
                }
                while remaining > 0 {
                    let sums: InlineArray<1, Float> = dots(pixels, stride, channels, weight, length)
                    place[0] = (start ?? place[0]) + sums[0]
                    step(1)
                    remaining -= 1
                }
            }
        }
    }

    /// One output of each of `count` neighbouring pixels.
    @inline(__always)
    private static func dots<let count: Int>(
        _ pixels: UnsafePointer<Float>, _ stride: Int, _ channels: Int, _ weight: UnsafePointer<Float>, _ length: Int
    ) -> InlineArray<count, Float> {
        var sums = InlineArray<count, SIMD8<Float>>(repeating: SIMD8())
        for row in 0..<3 {
            var weight = weight + row &* length
            var pixels = pixels + row &* stride
            for _ in 0..<length / 8 {
                let factor = SIMD8<Float>(at: weight)
                for pixel in 0..<count {
                    sums[pixel] = sums[pixel].adding(factor, times: SIMD8(at: pixels + pixel &* channels))
                }
                weight += 8
                pixels += 8
            }
        }
        var totals = InlineArray<count, Float>(repeating: 0)
        for pixel in 0..<count {
            let four = sums[pixel].lowHalf + sums[pixel].highHalf
            let two = four.lowHalf + four.highHalf
            totals[pixel] = two.x + two.y
        }
        return totals
    }

    private static func paddedLength(_ channels: Int) -> Int { (3 * channels + 7) / 8 * 8 }
}
