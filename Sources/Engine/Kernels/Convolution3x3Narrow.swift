/// The direct 3×3 convolution for fewer than 8 outputs: a vector of outputs would be mostly empty, so the vectors lie along the
/// sum instead. An output is three dot products of 3C consecutive numbers, one for each row of the weight.
enum Convolution3x3Narrow {
    /// How many numbers past the end of the image are read (and multiplied by 0).
    static let overrun = 8

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

    /// Adds the convolution of padded rows (`stride` apart) to outputs `[rows, width, O]`.
    static func accumulate(
        _ padded: UnsafePointer<Float>, stride: Int, rows: Int, width: Int, channels: Int, weight: UnsafePointer<Float>,
        outputs: Int, into target: UnsafeMutablePointer<Float>
    ) {
        let length = paddedLength(channels)
        for row in 0..<rows {
            for output in 0..<outputs {
                let weight = weight + output &* 3 &* length
                var place = target + (row &* width &* outputs &+ output)
                var pixels = padded + row &* stride
                func step(_ count: Int) {
                    place += count &* outputs
                    pixels += count &* channels
                }
                var remaining = width
                while remaining >= 8 {
                    let sums: InlineArray<8, Float> = dots(pixels, stride, channels, weight, length)
                    for pixel in 0..<8 { place[pixel &* outputs] += sums[pixel] }
                    step(8)
                    remaining -= 8
                }
                while remaining > 0 {
                    let sums: InlineArray<1, Float> = dots(pixels, stride, channels, weight, length)
                    place[0] += sums[0]
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
                for pixel in 0..<count { sums[pixel].add(factor, SIMD8(at: pixels + pixel &* channels)) }
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
