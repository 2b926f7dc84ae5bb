import ArgumentParser
import Diagnostics
import Foundation
import Studies

struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check the derivation of Noise2Noise and of the leakage tests numerically.",
        discussion: """
            Derives each number in closed form, measures it by simulation with the estimators that test models, and compares. Nothing is \
            trained. Exit code 0: everything holds; 1: a prediction fails.

            With --claims: trains small networks and decides what was argued about skips, weights and losses, claim by claim \
            (report.md, ledger.json). Run it where configs/claims and data/photos are. Interrupted, the same command goes on; exit code 0 \
            when every claim has its verdict, whatever it is.
            """)

    @Flag(name: .long, help: "A twentieth of the repetitions: seconds instead of minutes.")
    var quick = false

    @Flag(name: .long, help: "The ledger of claims in place of the derivation.")
    var claims = false

    @Option(
        name: .long,
        help: ArgumentHelp(
            "With --claims: only this claim, such as C5; may be repeated. Other rows in the report's directory stay.",
            valueName: "id"))
    var only: [String] = []

    @Option(
        name: .long,
        help: ArgumentHelp("With --claims: directory of the training runs, which claims share.", valueName: "dir"))
    var runDir = "runs/claims"

    @OptionGroup var report: ReportOptions
    @OptionGroup var common: CommonOptions

    func validate() throws {
        if claims && quick { throw ValidationError("--quick and --claims exclude each other.") }
        if !only.isEmpty && !claims { throw ValidationError("--only is for --claims.") }
    }

    func run() throws {
        common.apply()
        guard !claims else { return try decideClaims() }
        let directory = try VerificationReport(report.out)
        let bar = ProgressBar("verify")
        var last = 0
        let verification = try Verification(Laboratory(seed: report.seed, quick: quick)) { title, done, total in
            last = total
            bar.show(done, of: total, title)
        }
        bar.show(last, of: last)
        let results = try directory.write(verification, report.provenance(), report.figures)
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

    private func decideClaims() throws {
        Interrupt.watch()
        let ledger = try Ledger(only: only, out: report.out, runs: runDir)
        var bar = ProgressBar(""), run = ""
        do {
            let verdicts = try ledger.perform(
                report.provenance(), row: { "n2n-analyze verify --claims --only \($0) --out \(report.out)" },
                formats: report.format,
                shouldStop: { Interrupt.isRequested },
                progress: { progress in
                    if progress.run != run {
                        run = progress.run
                        bar = ProgressBar("\(progress.claim) \(run)")
                    }
                    bar.show(progress.step, of: progress.stepCount)
                })
            if common.json {
                let file = ledger.url.appending(path: "ledger.json")
                print(String(decoding: try Data(contentsOf: file), as: UTF8.self), terminator: "")
            } else {
                for (id, verdict) in verdicts { print("\(id)  \(verdict.rawValue)") }
            }
        } catch is Ledger.Interrupted {
            Terminal.note("interrupted; the same command goes on from here")
            throw ExitCode(ExitStatus.interrupted.rawValue)
        }
        Terminal.note("report: \(ledger.url.relativePath)/report.md")
    }
}
