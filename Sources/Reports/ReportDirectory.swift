import Diagnostics
import Figures
import Formats
import Foundation

/// The one writer of reports: `report.md`, `junit.xml`, `results.json`, and `figures/*.png` with their numbers, into a directory, the
/// results last: whoever finds `results.json` finds a whole report.
public struct ReportDirectory {
    /// Where the report is written.
    public var url: URL { directory.url }
    private let directory: OutputDirectory

    /// How figures are written.
    public struct Options: Sendable {
        /// Formats apart from PNG, which the report shows.
        public var formats: [FigureFormat]
        /// Whether the numbers of pictures are written, a line for each pixel.
        public var pixels: Bool

        /// PNG and no numbers of pixels unless said otherwise.
        public init(formats: [FigureFormat] = [], pixels: Bool = false) {
            self.formats = formats
            self.pixels = pixels
        }
    }

    /// Makes nothing yet: a test that fails leaves no empty report behind.
    ///
    /// - Throws: `InputError` of kind `.cannotWrite` if the directory cannot be made.
    public init(_ path: String) throws { directory = try OutputDirectory(path) }

    /// Any report.
    ///
    /// - Throws: `InputError` of kind `.cannotWrite`.
    public func write(_ results: Results, text: String, figures: [FigureRecord], _ options: Options = Options()) throws
    {
        try write(figures, options)
        try AtomicFile.write(Data(text.utf8), to: url.appending(path: "report.md"))
        try AtomicFile.write(Data(JUnitReport(results).text.utf8), to: url.appending(path: "junit.xml"))
        try AtomicFile.write(try results.json(), to: url.appending(path: "results.json"))
    }

    /// The report of tested models.
    ///
    /// - Parameters:
    ///   - galleries: the pictures of each subject, in the subjects' order; the same pairs for each.
    ///   - margin: ε, drawn into the figures of leakage.
    ///   - lossName: what the loss curves show, with its unit.
    ///   - pixel: the side of a pixel, where the data say it.
    /// - Throws: `InputError` of kind `.cannotWrite`.
    public func write(
        _ results: Results, title: String, galleries: [[GalleryImage]], margin: Double, lossName: String,
        pixel: PixelSize? = nil, _ options: Options = Options()
    ) throws {
        let figures = ReportFigures.all(
            results.subjects, galleries: galleries, margin: margin, lossName: lossName, pixel: pixel)
        let report = MarkdownReport(
            title: title, results: results, rows: VerdictRow.rows(results), figures: figures, theory: theory,
            showsPixels: options.pixels)
        try write(results, text: report.text(), figures: figures, options)
    }

    /// Writes figures alone.
    func write(_ figures: [FigureRecord], _ options: Options) throws {
        try directory.make("figures")
        let kinds = Set([.png] + options.formats), formats = FigureFormat.allCases.filter(kinds.contains)
        for record in figures {
            try record.figure.write(to: url.appending(path: record.file), as: formats, pixels: options.pixels)
        }
    }

    /// The way from the report to docs/THEORY.md, for a report inside the project's directory.
    private var theory: String? {
        var folder = url.standardizedFileURL, way = ""
        for _ in 0..<6 where folder.pathComponents.count > 1 {
            folder = folder.deletingLastPathComponent()
            way += "../"
            let file = folder.appending(path: "docs/THEORY.md")
            if FileManager.default.fileExists(atPath: file.path) { return "\(way)docs/THEORY.md" }
        }
        return nil
    }
}
