import Tensors

/// Splits one image of counts into two independent ones.
///
/// Where k is Poisson with mean μ and each of the k counts goes to either half with probability ½, both halves are Poisson with
/// mean μ/2 and independent of each other (J. F. C. Kingman, Poisson Processes, 1993, section 5.1): one capture
/// becomes two at half the exposure. Counts that are not Poisson give halves whose correlation has the sign of
/// var k - mean k; `audit` measures that ratio.
enum BinomialThinning {
    /// Both halves of each image: first halves of all, then second halves, so that what was captured apart stays next to
    /// each other.
    ///
    /// - Parameters:
    ///   - captures: `[H, W, C]`, whole numbers not below 0 (`firstNonCount` finds others).
    ///   - scene: index of the scene; with the seed, `level` and the capture's place it names the random numbers.
    ///   - level: which halving of the same captures this is.
    static func halved(_ captures: [Tensor], seed: UInt64, scene: Int, level: Int) -> [Tensor] {
        let first = captures.enumerated().map { place, capture in
            var stream = RandomStream(
                seed: seed, purpose: .thinning, domain: place, image: scene, draw: level)
            return Tensor(capture.shape, capture.values.map { Float(half(UInt64($0), &stream)) })
        }
        return first
            + zip(captures, first).map { whole, half in
                Tensor(whole.shape, zip(whole.values, half.values).map { $0 - $1 })
            }
    }

    /// Position of the first number that is no count below 2²⁴, beyond which Float32 has gaps.
    static func firstNonCount(_ image: Tensor) -> Int? {
        image.values.firstIndex { !($0 >= 0 && $0 <= 0x1p24 && $0 == $0.rounded()) }
    }

    /// Binomial(count, ½): the number of ones among so many random bits.
    private static func half(_ count: UInt64, _ stream: inout RandomStream) -> Int {
        var left = count, ones = 0
        while left >= 64 {
            ones += stream.next().nonzeroBitCount
            left -= 64
        }
        return left == 0 ? ones : ones + (stream.next() >> (64 - left)).nonzeroBitCount
    }
}
