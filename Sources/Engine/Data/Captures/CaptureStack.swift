import Formats
import Foundation
import Tensors

/// A file of repeated captures, sorted into scenes.
///
/// The arrays that are taken for one:
///
///     [K, H, W] or [K, H, W, C]           K captures of one scene
///     [K, M, H, W] or [K, M, H, W, C]     K captures of each of M scenes (slices, fields of view)
///     [H, W]                              one capture of one scene, for counts that are thinned
///
/// C, 2 or 3, is told from W by being less than 4. With `CaptureRule.count` the images of all leading axes are one row of
/// images, and so many in a row show one scene. Complex numbers are two channels.
struct CaptureStack {
    /// At least one scene; all have the same number of captures, 2 or more, `[H, W, C]` each.
    let scenes: [[Tensor]]

    /// - Parameter name: which array of a file that holds several.
    /// - Throws: `InputError` naming the file: not an array of these shapes, another count, fewer than two captures, counts
    ///   that are none, numbers that are not finite.
    init(_ url: URL, array name: String? = nil, _ rule: CaptureRule, seed: UInt64) throws {
        let array = try StackFile.read(url, array: name)
        let file = url.relativePath
        @Sendable func fail(_ problem: String, _ remedy: String) -> InputError {
            InputError(file: file, problem: problem, remedy: remedy)
        }
        let hasChannels = array.shape.count > 3 && (array.shape.last ?? 0) < 4
        let imageRank = hasChannels ? 3 : 2
        let leading = Array(array.shape.dropLast(imageRank))
        let shape = Array(array.shape.suffix(imageRank)) + (hasChannels ? [] : [1])
        guard array.shape.count >= 2, leading.count <= 2, array.shape.allSatisfy({ $0 > 0 }) else {
            throw fail(
                "has the shape \(array.shape)",
                "captures are [K, H, W] of one scene or [K, M, H, W] of M scenes, with a last axis of 2 or 3 channels if any"
            )
        }
        let images = leading.reduce(1, *), size = shape.reduce(1, *)
        let captures = rule.count ?? leading.first ?? 1
        guard images % captures == 0 else {
            throw fail("holds \(images) images", "captures.count is \(captures), which does not divide that")
        }
        guard captures * rule.thinning >= 2 else {
            throw fail(
                "holds one capture of each scene",
                "Noise2Noise needs two; one of counts can be split with captures.thinning")
        }
        let count = images / captures
        scenes = try Parallel.map(count) { scene in
            var found = try (0..<captures).map { capture in
                // In a row, or the captures outermost.
                let image = rule.count == nil ? capture * count + scene : scene * captures + capture
                let values = array.values[image * size..<(image + 1) * size].map { Float($0) }
                if let bad = values.firstIndex(where: { !$0.isFinite }) {
                    throw fail(
                        "is not finite at \(Self.place(bad, shape)) of image \(image)", "captures are finite numbers")
                }
                return Tensor(shape, values)
            }
            if rule.thinning > 1 {
                for (capture, image) in found.enumerated() {
                    guard let bad = BinomialThinning.firstNonCount(image) else { continue }
                    throw fail(
                        "holds \(image.values[bad]) at \(Self.place(bad, shape)) of capture \(capture)",
                        "only whole numbers of events can be thinned")
                }
                for level in 0..<rule.thinning.trailingZeroBitCount {
                    found = BinomialThinning.halved(found, seed: seed, scene: scene, level: level)
                }
            }
            return found.map { $0.divided(by: rule.unit) }
        }
    }

    /// `row 3, column 7`.
    private static func place(_ index: Int, _ shape: [Int]) -> String {
        "row \(index / shape[2] / shape[1]), column \(index / shape[2] % shape[1])"
    }

    /// Every scene cut into whole squares of `side` pixels, row by row from the upper left; what is left over at the lower and
    /// right borders is not used.
    static func tiles(_ captures: [Tensor], side: Int) -> [[Tensor]] {
        let (height, width, channels) = (captures[0].shape[0], captures[0].shape[1], captures[0].shape[2])
        return (0..<height / side).flatMap { row in
            (0..<width / side).map { column in
                captures.map { image in
                    Tensor([side, side, channels]) { out in
                        image.withUnsafeBuffer { pixels in
                            for y in 0..<side {
                                let start = ((row * side + y) * width + column * side) * channels
                                for x in 0..<side * channels { out[y * side * channels + x] = pixels[start + x] }
                            }
                        }
                    }
                }
            }
        }
    }
}
