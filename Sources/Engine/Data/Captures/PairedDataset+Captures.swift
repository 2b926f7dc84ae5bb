import Formats
import Foundation
import Tensors

extension PairedDataset {
    /// The pairs of a file of captures: a is each scene's first capture, b its second, and those that follow are repeats of a and b
    /// in turn. Where their number is odd, the last one repeats both.
    ///
    /// Tiles of the only scene are subjects of their own, so that some can be held out: they share no noise, but they do
    /// show one specimen. Tiles of one scene among several stay on one side of the split.
    ///
    /// - Throws: `InputError` as `CaptureStack`; made noise on top of recorded noise; clean statistics; tiles larger than a scene.
    static func captured(_ configuration: DataConfiguration, seed: UInt64) throws -> [ImagePair] {
        let path = configuration.source, rule = configuration.captures
        let (file, array) = StackFile.split(path), url = URL(filePath: file)
        if configuration.noise != nil {
            throw InputError(
                file: path, problem: "holds noisy captures, but the configuration makes noise", remedy: "drop noise")
        }
        let normalisation = configuration.normalisation
        guard normalisation == .none || normalisation.usesNoisyImages else {
            throw InputError(
                file: path, problem: "has no clean images to take the median magnitude of",
                remedy: "divide by a constant, data.captures.unit")
        }
        let scenes = try CaptureStack(url, array: array, rule, seed: seed).scenes
        let stem = StackFile.stem(url.lastPathComponent)
        var pairs: [ImagePair] = []
        for (scene, captures) in scenes.enumerated() {
            let images = try captures.map { try ImageFolder.represented($0, configuration.representation, url) }
            let name = scenes.count == 1 ? stem : "\(stem)-\(number(scene, of: scenes.count))"
            guard let side = rule.tile else {
                pairs.append(pair(images, id: name, subject: name, path, index: pairs.count))
                continue
            }
            let tiles = CaptureStack.tiles(images, side: side)
            guard !tiles.isEmpty else {
                throw InputError(
                    file: path,
                    problem: "has scenes of \(images[0].shape[1])×\(images[0].shape[0]) pixels (width × height)",
                    remedy: "captures.tile is \(side), which does not fit in")
            }
            for (place, tile) in tiles.enumerated() {
                let id = "\(name)-\(number(place, of: tiles.count))"
                pairs.append(
                    pair(tile, id: id, subject: scenes.count == 1 ? id : name, path, index: pairs.count))
            }
        }
        return pairs.map { $0.divided(by: normalisation.scale(ofNoisy: $0.noisy)) }
    }

    private static func pair(_ captures: [Tensor], id: String, subject: String, _ source: String, index: Int)
        -> ImagePair
    {
        let further = captures.dropFirst(2)
        return ImagePair(
            id: id, subject: subject, source: source, index: index, clean: nil,
            noisy: DomainPair(a: captures[0], b: captures[1]),
            repeats: stride(from: further.startIndex, to: further.endIndex, by: 2).map {
                DomainPair(a: further[$0], b: further[min($0 + 1, further.endIndex - 1)])
            })
    }
}
