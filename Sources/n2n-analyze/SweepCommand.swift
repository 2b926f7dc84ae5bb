import ArgumentParser
import Engine
import Formats
import Foundation
import Synchronization
import Tensors

struct SweepCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sweep",
        abstract: "Train several configurations and print one table.",
        discussion: """
            Each runs as a process of its own, several at once within the cores. A failed run does not stop the others; the exit \
            code is then 1.
            """)

    @Argument(help: ArgumentHelp("Configuration files.", valueName: "config"))
    var configs: [String]

    @Option(name: .long, help: ArgumentHelp("Number of epochs instead of the configured one.", valueName: "n"))
    var epochs: Int?

    @Option(name: .long, help: ArgumentHelp("Runs at the same time. Default: one per core.", valueName: "j"))
    var jobs: Int?

    @Option(name: .long, help: ArgumentHelp("Directory of the run directories.", valueName: "dir"))
    var runDir = "runs/sweep"

    @OptionGroup var changes: OverrideOptions

    @OptionGroup var common: CommonOptions

    func validate() throws {
        if let jobs, !(1...64).contains(jobs) { throw ValidationError("--jobs is \(jobs); expected 1 to 64.") }
    }

    func run() throws {
        common.apply()
        let names = configs.map { URL(fileURLWithPath: $0).deletingPathExtension().lastPathComponent }
        if let twice = Dictionary(grouping: names, by: { $0 }).first(where: { $0.value.count > 1 })?.key {
            throw InputError(
                .usage, file: twice, problem: "is the name of several configurations",
                remedy: "their run directories would be the same")
        }
        // Read all first: a misspelt key in the last file should not cost the hours of the first.
        let configurations = try configs.map {
            try RunConfiguration(contentsOf: URL(fileURLWithPath: $0), overrides: overrides)
        }
        let rows = Mutex([SweepRow?](repeating: nil, count: configs.count))
        // A run that starts from another's weights waits for those that start from none.
        let starters = configurations.indices.filter { configurations[$0].checkpoint == nil }
        let followers = configurations.indices.filter { configurations[$0].checkpoint != nil }
        for group in [starters, followers] where !group.isEmpty {
            let workers = min(jobs ?? Parallel.threadCount, group.count)
            let threads = max(1, Parallel.threadCount / workers)
            let next = Atomic<Int>(0)
            DispatchQueue.concurrentPerform(iterations: workers) { _ in
                while true {
                    let position = next.wrappingAdd(1, ordering: .relaxed).oldValue
                    guard position < group.count else { return }
                    let index = group[position]
                    let row = train(index, names[index], configurations[index], threads: threads)
                    rows.withLock { $0[index] = row }
                }
            }
        }
        let table = rows.withLock { $0.compactMap { $0 } }
        if common.json {
            for row in table { try row.printJSON(onOneLine: true) }
        } else {
            print(SweepRow.table(table), terminator: "")
        }
        if table.contains(where: { $0.error != nil }) { throw ExitCode(ExitStatus.checkFailed.rawValue) }
    }

    private var overrides: [String] { changes.set + (epochs.map { ["epochs=\($0)"] } ?? []) }

    private func train(_ index: Int, _ name: String, _ configuration: RunConfiguration, threads: Int) -> SweepRow {
        let run = "\(runDir)/\(name)"
        let process = Process()
        process.executableURL = Bundle.main.executableURL
        process.arguments =
            ["train", "--config", configs[index], "--run-dir", run, "--threads", "\(threads)", "--quiet"]
            + overrides.flatMap { ["--set", $0] }
        let errors = Pipe()
        process.standardError = errors
        process.standardOutput = FileHandle.nullDevice
        var row = SweepRow(name: name, configuration: configuration)
        let start = Date()
        do {
            try process.run()
            let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            process.waitUntilExit()
            if process.terminationStatus != 0 {
                row.error =
                    text.split(separator: "\n").last.map(String.init) ?? "exit code \(process.terminationStatus)"
            } else {
                row.last = try RunDirectory.metrics(in: URL(fileURLWithPath: "\(run)/metrics.jsonl")).last
            }
        } catch {
            row.error = "\(error)"
        }
        row.seconds = Date().timeIntervalSince(start)
        Terminal.note("\(name): \(row.error ?? "done in \(Duration(row.seconds))")")
        return row
    }
}

/// One configuration's line in the table.
struct SweepRow: Encodable {
    let name: String
    let weights: LossWeights
    let latent: Int
    let features: [Int]
    let strategy: String
    let epochs: Int
    var last: EpochRecord?
    var seconds = 0.0
    var error: String?

    init(name: String, configuration: RunConfiguration) {
        self.name = name
        weights = configuration.lossWeights
        latent = configuration.latentChannels
        features = configuration.features
        strategy = configuration.wiring.strategy.rawValue
        epochs = configuration.epochs
    }

    /// What was configured, then what was measured in the last epoch.
    static func table(_ rows: [SweepRow]) -> String {
        let titles = [
            "configuration", "content", "recon", "cross", "edge", "latent", "features", "strategy", "epochs",
            "content loss", "recon loss", "cross loss", "held-out cross", "floor", "PSNR a", "PSNR b", "λ_target",
            "time",
        ]
        let cells = rows.map { row -> [String] in
            func measured(_ key: String, _ format: String = "%.4f") -> String {
                row.last?.values[key].map { String(format: format, $0) } ?? "-"
            }
            let weights = [row.weights.content, row.weights.recon, row.weights.cross, row.weights.edge].map { "\($0)" }
            let configured =
                [row.name] + weights
                + [
                    "\(row.latent)", row.features.map(String.init).joined(separator: ","), row.strategy,
                    "\(row.epochs)",
                ]
            if let error = row.error { return configured + [error] }
            return configured + [
                measured("loss/content"), measured("loss/recon"), measured("loss/cross"), measured("val/cross"),
                measured("noise/floor"), measured("val/psnr_a", "%.2f"), measured("val/psnr_b", "%.2f"),
                measured("val/lambda_target", "%.3f"), "\(Duration(row.seconds))",
            ]
        }
        let all = [titles] + cells
        let widths = titles.indices.map { column in
            // A failed run's message is its last cell and may be long.
            all.compactMap { $0.count == titles.count && column < $0.count ? $0[column].count : nil }.max() ?? 0
        }
        return all.map { line in
            zip(line, widths).map { $0.padding(toLength: max($1, $0.count), withPad: " ", startingAt: 0) }
                .joined(separator: "  ") + "\n"
        }.joined()
    }
}
