import ArgumentParser
import Diagnostics
import Engine
import Foundation

struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check the derivation of Noise2Noise and of the leakage tests numerically.",
        discussion: """
            Derives each number in closed form, measures it by simulation with the estimators that test models, and compares. Nothing is \
            trained. Exit code 0: everything holds; 1: a prediction fails.
            """)

    @Flag(name: .long, help: "A twentieth of the repetitions: seconds instead of minutes.")
    var quick = false

    @OptionGroup var report: ReportOptions
    @OptionGroup var common: CommonOptions

    func run() throws {
        common.apply()
        let directory = try VerificationReport(report.out)
        let bar = ProgressBar("verify")
        var last = 0
        let verification = try Verification(Laboratory(seed: report.seed, quick: quick)) { title, done, total in
            last = total
            bar.show(done, of: total, title)
        }
        bar.show(last, of: last)
        let provenance = Provenance(
            version: Version.current, commit: nil, command: CommandLineText.current, seed: report.seed,
            threads: report.stamp ? Parallel.threadCount : nil, libraries: LibraryVersions.all,
            finishedAt: report.stamp ? Date().ISO8601Format() : nil)
        let results = try directory.write(verification, provenance)
        if common.json {
            print(String(decoding: try results.json(), as: UTF8.self), terminator: "")
        } else {
            let rows = results.subjects[0].checks
            for row in rows where row.status != .pass { print("fails  \(row.title): \(row.because)") }
            print("\(rows.count { $0.status == .pass }) of \(rows.count) predictions hold")
        }
        Terminal.note("report: \(directory.url.relativePath)/report.md")
        try ExitStatus(results.verdict).throwIfNotPass()
    }
}
