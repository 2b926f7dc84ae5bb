import Engine
import Tensors

/// The pixels of a pair that no capture measured: a background that was set to one value. One mask serves all rows.
struct ImageMask {
    /// Whether a pixel is masked, row by row; empty where none is.
    let isMasked: [Bool]

    subscript(index: Int) -> Bool { isMasked.isEmpty ? false : isMasked[index] }

    /// The masks of all pairs.
    ///
    /// A value is that of a mask where more than 1 % of the pixels have it in every capture, and nine of ten that have it in one capture
    /// have it in all: noise that is cut off at a value is not cut off twice at one place. Looked for are the smallest value and 0.
    static func masks(of pairs: [ImagePair], areCounts: Bool) -> [ImageMask] {
        let none = pairs.map { _ in ImageMask(isMasked: []) }
        guard !areCounts else { return none }
        let smallest = pairs.reduce(Float.infinity) { $1.noisy.a.values.reduce($0, min) }
        for value in smallest == 0 ? [0] : [smallest, 0] {
            var one = 0, all = 0, total = 0
            let found = pairs.map { pair in
                let captures = ([pair.noisy] + pair.repeats).flatMap { [$0.a.values, $0.b.values] }
                let channels = pair.noisy.a.shape[2], count = captures[0].count / channels
                let flags = (0..<count).map { pixel in
                    let range = pixel * channels..<(pixel + 1) * channels
                    guard captures[0][range].allSatisfy({ $0 == value }) else { return false }
                    one += 1
                    return captures.dropFirst().allSatisfy { $0[range].allSatisfy { $0 == value } }
                }
                all += flags.count { $0 }
                total += count
                return ImageMask(isMasked: flags)
            }
            if all * 100 > total && all * 10 > one * 9 && all < total { return found }
        }
        return none
    }
}
