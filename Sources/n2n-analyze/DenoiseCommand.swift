import ArgumentParser
import Diagnostics
import Engine
import Foundation

extension Domain: ExpressibleByArgument {}

struct DenoiseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "denoise",
        abstract: "Apply a checkpoint's cross-domain path to PNG files of any size.",
        discussion: """
            Each image is encoded as one of domain --from and decoded by the other domain's decoder. It is processed whole, so \
            that group normalisation sees it as in testing and there are no seams.
            """)

    @Argument(help: "A checkpoint file, or a run directory, whose last checkpoint is taken.")
    var checkpoint: String

    @Argument(help: "PNG files.")
    var images: [String]

    @Option(
        name: .long, help: ArgumentHelp("Directory for the denoised files, under their own names.", valueName: "dir"))
    var out: String

    @Option(name: .long, help: ArgumentHelp("Domain of the images: a or b.", valueName: "domain"))
    var from: Domain = .b

    @OptionGroup var common: CommonOptions

    func run() throws {
        common.apply()
        let model = try TrainedModel(checkpoint)
        guard !model.predictor.readsTarget else {
            throw InputError(
                file: checkpoint,
                problem: "its cross-domain path (\(model.predictor.wiring.strategy.rawValue)) reads the target image",
                remedy: "a checkpoint trained with no_skip, zero_skip or use_source_skip can denoise a single image")
        }
        let scaling = model.checkpoint.configuration?.data
        let colour = scaling?.colour ?? .grey
        let range = Float(scaling?.dataRange ?? 2)
        let directory = try OutputDirectory(out)
        let outputs = images.map { directory.url.appending(path: URL(fileURLWithPath: $0).lastPathComponent) }
        if let twice = Dictionary(grouping: outputs, by: \.lastPathComponent).first(where: { $0.value.count > 1 }) {
            throw InputError(
                .usage, file: twice.key, problem: "is the name of several images",
                remedy: "denoise them into different directories")
        }
        let bar = ProgressBar("denoise")
        for (index, (path, output)) in zip(images, outputs).enumerated() {
            bar.show(index, of: images.count, path)
            let image = try PNGFile.read(URL(fileURLWithPath: path))
            let x = ImageScaling.centred(image.tensor, colour: colour, dataRange: range)
            let pair = DomainPair(a: x, b: x)
            let direction: Direction = from == .b ? .bToA : .aToB
            let denoised = model.predictor.predict(pair, direction)
            try directory.make()
            try PNGFile.write(
                Image(ImageScaling.restored(denoised, dataRange: range), bitDepth: image.bitDepth), to: output)
            Terminal.detail("\(path) -> \(output.path)")
        }
        Terminal.note("\(images.count) image(s) denoised into \(out)")
    }
}
