import ArgumentParser
import Diagnostics
import Engine
import Formats
import Foundation
import Tensors

extension Domain: ExpressibleByArgument {}

struct DenoiseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "denoise",
        abstract: "Apply a checkpoint's cross-domain path to PNG or .npy files of any size.",
        discussion: """
            Each image is encoded as one of domain --from and decoded by the other domain's decoder, in strips of rows but with \
            group statistics of the whole image, so that there are no seams. Scaling, normalisation and representation are those \
            of the training; outputs have the format and the units of their files.
            """)

    @Argument(help: "A checkpoint file, or a run directory, whose last checkpoint is taken.")
    var checkpoint: String

    @Argument(help: "PNG files, or .npy files: [H, W], [H, W, C] or complex [H, W].")
    var images: [String]

    @Option(
        name: .long, help: ArgumentHelp("Directory for the denoised files, under their own names.", valueName: "dir"))
    var out: String

    @Option(name: .long, help: ArgumentHelp("Domain of the images: a or b.", valueName: "domain"))
    var from: Domain = .b

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Rows of a strip: more need more memory; results differ by rounding only.", valueName: "rows"))
    var tile = C2CNetwork.defaultStripRows

    @OptionGroup var weights: WeightsOptions
    @OptionGroup var common: CommonOptions

    func validate() throws {
        if tile < 1 { throw ValidationError("--tile is \(tile); expected at least 1.") }
    }

    func run() throws {
        common.apply()
        let model = try weights.load(checkpoint)
        let (network, wiring) = (model.predictor.network, model.predictor.wiring)
        guard !model.predictor.readsTarget else {
            throw InputError(
                file: checkpoint,
                problem: "its cross-domain path (\(wiring.strategy.rawValue)) reads the target image",
                remedy: "a checkpoint trained with no_skip, zero_skip or use_source_skip can denoise a single image")
        }
        let directory = try OutputDirectory(out)
        for (index, (input, output)) in try files(in: directory.url).enumerated() {
            let bar = ProgressBar(images.count > 1 ? "denoise \(index + 1)/\(images.count)" : "denoise")
            let image = try ImageFile(
                input, model.checkpoint.configuration?.data, channels: network.architecture.channels)
            let denoised = network.denoise(image.tensor, to: from.other, wiring, stripRows: tile) { done, total in
                bar.show(done, of: total, input.relativePath)
            }
            guard denoised.withUnsafeBuffer({ $0.allSatisfy(\.isFinite) }) else {
                throw InputError(
                    file: checkpoint, problem: "made values that are not finite for \(input.relativePath)",
                    remedy: "a checkpoint of a training that converged is expected")
            }
            try directory.make()
            try image.write(denoised, to: output)
            Terminal.detail("\(input.relativePath) -> \(output.path)")
        }
        Terminal.note("\(images.count) image(s) denoised into \(out)")
    }

    /// The images and where they go.
    private func files(in directory: URL) throws -> [(input: URL, output: URL)] {
        let files = images.map { path in
            let input = URL(fileURLWithPath: path)
            return (input: input, output: directory.appending(path: input.lastPathComponent))
        }
        if let twice = Dictionary(grouping: files, by: \.output.path).values.first(where: { $0.count > 1 }) {
            throw InputError(
                .usage, file: twice[0].output.lastPathComponent, problem: "is the name of several images",
                remedy: "denoise them into different directories")
        }
        for (input, output) in files where input.resolvingSymlinksInPath() == output.resolvingSymlinksInPath() {
            throw InputError(
                .usage, file: input.relativePath, problem: "would be replaced by its denoised image",
                remedy: "choose another directory with --out")
        }
        return files
    }
}
