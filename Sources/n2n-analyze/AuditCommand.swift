import ArgumentParser
import Diagnostics
import Engine
import Foundation
import Reports

struct AuditCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Say whether pairs of noisy images are fit for Noise2Noise, before anyone trains.",
        discussion: """
            Asks whether pairs belong together and are registered, noises are independent with mean zero, gains and brightness agree, values \
            are cut off or rounded, scenes share a pattern, and pixels are interpolated. Exit code 0: fit, perhaps with limits; 1: unfit.
            """)

    @Argument(
        help: ArgumentHelp(
            "A directory with a/ and b/ (and clean_a/ … or a2/ …), a file of captures, or a configuration file (.json).",
            valueName: "data"))
    var data: String

    @Option(
        name: .long,
        help: ArgumentHelp("Images in a row of a file that show one scene; default: its first axis.", valueName: "k"))
    var captures: Int?

    @Flag(name: .long, help: "a and b show one content in one contrast: their difference is noise.")
    var sameContent = false

    @OptionGroup var report: ReportOptions
    @OptionGroup var common: CommonOptions

    func run() throws {
        common.apply()
        let (configuration, isOneContrast) = try source()
        let directory = try AuditReport(report.out)
        let dataset = try PairedDataset.load(configuration, seed: report.seed)
        let bar = ProgressBar("audit")
        let audit = try Audit(dataset, sameContent: sameContent || isOneContrast, seed: report.seed) {
            bar.show($0, of: $1)
        }
        let set = EvaluationSet(dataset, name: data, unseen: true)
        let results = try directory.write(audit, of: data, report.provenance(dataSHA256: set.sha256))
        try ReportDirectory(report.out).complete(audit, results, report.figures)
        if common.json {
            print(String(decoding: try results.json(), as: UTF8.self), terminator: "")
        } else {
            for row in audit.rows where row.status != .notApplicable {
                let status = row.status.rawValue.padding(toLength: 14, withPad: " ", startingAt: 0)
                print("\(status)  \(row.title): \(row.because)")
            }
            print("\(data): \(audit.headline)")
        }
        Terminal.note("report: \(directory.url.relativePath)/report.md")
        if audit.fitness == .unfit { throw ExitCode(ExitStatus.checkFailed.rawValue) }
    }

    /// What is audited, and whether its two domains are known to be captures of one contrast.
    private func source() throws -> (DataConfiguration, Bool) {
        if data.hasSuffix(".json") {
            let configuration = try RunConfiguration(contentsOf: URL(fileURLWithPath: data)).data
            return (configuration, configuration.isCaptureFile)
        }
        let configuration = DataConfiguration(
            source: data, captures: CaptureRule(count: captures), heldOut: .fraction(0), noise: nil)
        return (configuration, configuration.isCaptureFile)
    }
}
