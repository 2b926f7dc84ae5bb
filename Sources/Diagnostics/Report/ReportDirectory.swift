import Engine
import Foundation

/// Writes `report.md`, `junit.xml`, `results.json`, and `figures/*.png` with their numbers as `.csv`, into a directory, the
/// results last: whoever finds `results.json` finds a whole report.
public struct ReportDirectory {
    /// Where the report is written.
    public var url: URL { directory.url }
    private let directory: OutputDirectory

    /// Makes nothing yet: a test that fails leaves no empty report behind.
    ///
    /// - Throws: `InputError` of kind `.cannotWrite` if the directory cannot be made.
    public init(_ path: String) throws { directory = try OutputDirectory(path) }

    /// - Parameters:
    ///   - galleries: the pictures of each subject, in the subjects' order; the same pairs for each.
    ///   - margin: ε, drawn into the figure of λ_target.
    ///   - lossName: what the loss curves show, with its unit.
    ///   - pixel: the side of a pixel, where the data say it.
    ///   - formats: in which every figure is written beside PNG, which the report shows.
    /// - Throws: `InputError` of kind `.cannotWrite`.
    public func write(
        _ results: Results, title: String, galleries: [[GalleryImage]], margin: Double, lossName: String,
        pixel: PixelSize? = nil, formats: [FigureFormat] = []
    ) throws {
        try directory.make("figures")
        let kinds = Set([.png] + formats)
        var references: [FigureReference] = []
        func add(_ figure: (any Figure)?, _ reference: FigureReference) throws {
            guard let figure else { return }
            try figure.write(to: url.appending(path: reference.path), as: FigureFormat.allCases.filter(kinds.contains))
            references.append(reference)
        }
        let subjects = results.subjects
        try add(ReportFigures.leakageDots(subjects, equivalence: margin), .leakageDots(path: "figures/leakage.png"))
        try add(ReportFigures.lossCurves(subjects, lossName: lossName), .lossCurves(path: "figures/loss.png"))
        try add(ReportFigures.leakHistory(subjects), .leakHistory(path: "figures/history.png"))
        try add(ReportFigures.riskHistory(subjects), .riskHistory(path: "figures/history-risk.png"))
        try add(ReportFigures.skipAttribution(subjects), .skipAttribution(path: "figures/skips.png"))
        for (index, image) in (galleries.first { !$0.isEmpty } ?? []).enumerated() {
            let rows = zip(subjects, galleries).compactMap { subject, gallery in
                gallery.indices.contains(index) ? gallery[index].row(subject.name) : nil
            }
            try add(
                ReportFigures.imagePanels(
                    rows, title: image.id, direction: .bToA, dataRange: image.intensities),
                .imagePanels(path: "figures/images-\(image.id).png", name: image.id))
        }
        try add(
            ReportFigures.residualMaps(galleries, names: subjects.map(\.name)), .residualMaps(path: "figures/maps.png"))
        for direction in Direction.allCases {
            let suffix = "\(direction.source.rawValue)-to-\(direction.target.rawValue).png"
            try add(
                ReportFigures.residualSpectra(subjects, direction: direction),
                .residualSpectra(path: "figures/spectra-\(suffix)", direction: direction))
            try add(
                ReportFigures.coherence(subjects, direction: direction),
                .coherence(path: "figures/coherence-\(suffix)", direction: direction))
            try add(
                ReportFigures.transferMagnitude(subjects, direction: direction),
                .transferMagnitude(path: "figures/transfer-\(suffix)", direction: direction))
        }
        try add(ReportFigures.noisePower(subjects, pixel: pixel), .noisePower(path: "figures/noise-power.png"))
        let report = MarkdownReport(title: title, results: results, rows: VerdictRow.rows(results), figures: references)
        try AtomicFile.write(Data(report.text().utf8), to: url.appending(path: "report.md"))
        try AtomicFile.write(Data(JUnitReport(results).text.utf8), to: url.appending(path: "junit.xml"))
        try AtomicFile.write(try results.json(), to: url.appending(path: "results.json"))
    }
}

extension GalleryImage {
    /// `nil` without a clean reference.
    fileprivate func row(_ subject: String) -> ReportFigures.ImageRow? {
        guard let clean else { return nil }
        func decibels(_ image: Tensor) -> String {
            let value = ImageQuality.peakSignalToNoiseRatio(
                Plane.channels(of: image), reference: Plane.channels(of: clean), dataRange: dataRange)
            return "\(NumberText.fixed(value, decimals: 1)) dB"
        }
        return ReportFigures.ImageRow(
            strategy: subject, clean: GalleryImage.shown(clean), noisy: GalleryImage.shown(noisy),
            output: GalleryImage.shown(output), absoluteResidual: GalleryImage.shown(crossAbs),
            noisyCaption: decibels(noisy), outputCaption: decibels(output))
    }

    /// Two channels are one complex number, of which the magnitude can be drawn.
    private static func shown(_ image: Tensor) -> Tensor {
        guard image.shape[2] == 2 else { return image }
        return Tensor([image.shape[0], image.shape[1], 1], Magnitude.ofPixels(image).map { Float($0) })
    }
}

extension VerdictRow {
    /// One row per subject: the direction with the larger λ_target, with the subject's verdict.
    public static func rows(_ results: Results) -> [VerdictRow] {
        results.subjects.compactMap { subject in
            func check(_ id: String, _ direction: Direction) -> CheckResult? {
                subject.checks.first { $0.id == id && $0.direction == direction }
            }
            func number(_ id: String, _ direction: Direction) -> Number? {
                check(id, direction).flatMap { row in
                    row.estimate.map {
                        Number($0, row.ci95.map { ConfidenceInterval(lower: $0[0], upper: $0[1], confidence: 0.95) })
                    }
                }
            }
            /// By regression, or by the next route where that is out of scope or needs a clean image that there is not.
            func leakage(_ direction: Direction) -> Number? {
                ["swap", "observed", "fresh", "jacobian"].lazy
                    .compactMap { number("leakage.target.\($0)", direction) }.first
            }
            let direction =
                Direction.allCases.max {
                    abs(leakage($0)?.value ?? 0) < abs(leakage($1)?.value ?? 0)
                } ?? .bToA
            let regime =
                subject.checks.first { $0.direction == direction && $0.split == .heldout }?.regime
                ?? subject.checks.compactMap(\.regime).first ?? .r0
            return VerdictRow(
                subject: subject.name, strategy: subject.strategy, direction: direction, regime: regime,
                leakage: leakage(direction), passThrough: number("passthrough.source", direction),
                crossTerm: number("decomposition.cross_term", direction),
                lossOverFloor: number("leakage.noise_floor", direction),
                psnr: check("quality.psnr", direction)?.estimate, ssim: check("quality.ssim", direction)?.estimate,
                gain: check("quality.psnr_gain", direction)?.estimate,
                verdict: subject.verdict, scope: subject.scope)
        }
    }
}
