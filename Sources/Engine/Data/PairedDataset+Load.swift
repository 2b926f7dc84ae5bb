import Formats
import Foundation
import Tensors

extension PairedDataset {
    /// Loads the configuration's source:
    ///
    /// - `phantom`: a made knee in two contrasts (`KneePhantom`), clean; noise is made;
    /// - `photos`: the directory `data/photos` under the current one;
    /// - a directory of clean images (`ImageFolder`): both domains show the same content, noise is made;
    /// - a directory with `clean_a/` and `clean_b/`, registered images of equal names: noise is made;
    /// - a directory with `a/` and `b/`, noisy as recorded, and perhaps `clean_a/` and `clean_b/`, and `a2/` and `b2/`, a
    ///   second capture of each. `pd` and `pdfs` may stand for `a` and `b` in all these names;
    /// - a file of repeated captures of one contrast (`CaptureStack`): the first capture is a, the second b, the others are repeats.
    ///
    /// - Throws: `InputError` naming the file: not an image, truncated, of another size than its partner, without partner;
    ///   a noise model where there is noise already (none where there is not) or that does not fit complex images; statistics of
    ///   clean images where there are none; repeats that would have to be recorded.
    public static func load(_ configuration: DataConfiguration, seed: UInt64) throws -> PairedDataset {
        var configuration = configuration
        if configuration.source == KneePhantom.name {
            configuration.dataRange = KneePhantom.dataRange
            let pairs = try madeNoisy(try contents(of: configuration, seed: seed), configuration, black: 0, seed: seed)
            return try PairedDataset(pairs, configuration, seed: seed)
        }
        if configuration.isCaptureFile {
            return try PairedDataset(try captured(configuration, seed: seed), configuration, seed: seed)
        }
        let path = configuration.source == photos ? "data/photos" : configuration.source
        let root = URL(filePath: path)
        let noisy = try PairFolders(root, "", "", configuration)
        let clean = try PairFolders(root, "clean_", "", configuration)
        let second = try PairFolders(root, "", "2", configuration)
        if let noisy {
            if configuration.noise != nil {
                throw InputError(
                    file: path, problem: "holds noisy pairs, but the configuration makes noise", remedy: "drop noise")
            }
            if configuration.repeats > 0 && second == nil {
                throw InputError(
                    file: path, problem: "holds no second captures, but the configuration wants repeats",
                    remedy: "they would be in a2/ and b2/")
            }
            return try PairedDataset(try recorded(noisy, clean, second, configuration), configuration, seed: seed)
        }
        if let second {
            throw InputError(
                file: path, problem: "has second captures without first ones",
                remedy: "\(second.a.url.lastPathComponent)/ repeats what is in a/ or pd/")
        }
        let folders = try clean ?? { PairFolders(both: try ImageFolder(root, configuration)) }()
        let contents = folders.a.images.indices.map { index in
            let images = folders.images(index)
            let first = folders.a.images[index]
            return Content(id: first.name, subject: first.subject, source: first.file, clean: images)
        }
        let black = configuration.isCentred && !folders.a.isArrays ? -configuration.dataRange / 2 : 0
        let pairs = try madeNoisy(contents, configuration, black: black, seed: seed)
        return try PairedDataset(pairs, configuration, seed: seed, black: black)
    }

    /// Clean images of one content, in the units of the source.
    private struct Content {
        let id: String
        var subject: String?
        let source: String
        let clean: DomainPair<Tensor>
    }

    /// Counted from 1, with as many digits as the last: names in order are numbers in order.
    static func number(_ index: Int, of count: Int) -> String {
        let digits = "\(index + 1)"
        return String(repeating: "0", count: "\(count)".count - digits.count) + digits
    }

    /// The slices of all knees.
    private static func contents(of configuration: DataConfiguration, seed: UInt64) throws -> [Content] {
        let phantom = configuration.phantom
        return try Parallel.map(phantom.subjects * phantom.slices) { index in
            let (subject, slice) = index.quotientAndRemainder(dividingBy: phantom.slices)
            let images = phantom.image(subject: subject, slice: slice, seed: seed)
            let knee = "knee" + number(subject, of: phantom.subjects)
            return Content(
                id: "\(knee)-\(number(slice, of: phantom.slices))", subject: knee, source: configuration.source,
                clean: configuration.representation == .magnitude ? images.map { Magnitude.ofPairs($0) } : images)
        }
    }

    private static func madeNoisy(
        _ contents: [Content], _ configuration: DataConfiguration, black: Double, seed: UInt64
    ) throws -> [ImagePair] {
        guard let noise = configuration.noiseOfRepresentation else {
            throw InputError(
                file: configuration.source, problem: "holds clean images, but the configuration has no noise",
                remedy: "give noise, or a directory with a/ and b/")
        }
        if noise.needsIntensity && contents[0].clean.a.shape[2] == 2 {
            throw InputError(
                file: configuration.source, problem: "has complex images, and the noise is of intensities",
                remedy: "data.representation \"magnitude\" has intensities")
        }
        let normalisation = configuration.normalisation
        return try Parallel.map(contents.count) { index in
            let content = contents[index]
            let scale = normalisation.scale(ofClean: content.clean)
            let clean = DomainPair { content.clean[$0].divided(by: scale[$0]) }
            func observed(_ draw: Int) -> DomainPair<Tensor> {
                noise.observe(clean, black: black, seed: seed, image: index, draw: draw)
            }
            let noisy = observed(0)
            return ImagePair(
                id: content.id, subject: content.subject, source: content.source, index: index, clean: clean,
                noisy: noisy,
                repeats: (0..<configuration.repeats).map { observed(firstRepeat + $0) }, scale: scale
            ).divided(by: normalisation.scale(ofNoisy: noisy))
        }
    }

    /// Training counts its draws up from 0; this is beyond any number of epochs.
    private static let firstRepeat = 1 << 29

    private static func recorded(
        _ noisy: PairFolders, _ clean: PairFolders?, _ second: PairFolders?, _ configuration: DataConfiguration
    ) throws -> [ImagePair] {
        try clean?.require(partnersOf: noisy)
        try second?.require(partnersOf: noisy)
        let normalisation = configuration.normalisation
        guard clean != nil || normalisation == .none || normalisation.usesNoisyImages else {
            throw InputError(
                file: configuration.source, problem: "has no clean images to take the median magnitude of",
                remedy: "set data.normalisation_statistics to \"own\", \"a\", \"b\" or \"both\"")
        }
        return noisy.a.images.indices.map { index in
            let first = noisy.a.images[index], images = noisy.images(index), clean = clean?.images(index)
            let pair = ImagePair(
                id: first.name, subject: first.subject, source: first.file, index: index, clean: clean, noisy: images,
                repeats: second.map { [$0.images(index)] } ?? [])
            guard let clean, !normalisation.usesNoisyImages else {
                return pair.divided(by: normalisation.scale(ofNoisy: images))
            }
            return pair.divided(by: normalisation.scale(ofClean: clean))
        }
    }
}

extension DataConfiguration {
    /// The noise of the images as they are represented: of magnitudes, where the model speaks of complex images.
    var noiseOfRepresentation: NoiseModel? {
        representation == .magnitude ? noise?.model.ofMagnitudes : noise?.model
    }
}
