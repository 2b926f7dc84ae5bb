import ArgumentParser
import Engine
import Foundation

extension StepBenchmark.Case: ExpressibleByArgument {}

struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Time what can be compared with PyTorch on this machine.",
        subcommands: [StepCommand.self])

    struct StepCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "step",
            abstract: "Time the training step that torch_twin.py time times: same network, batch and optimizer.",
            discussion: "One line a case: median and fastest of the steps after two warm-up steps.")

        @Option(name: .long, help: "small, medium or wide; all three if left out.")
        var `case`: StepBenchmark.Case?

        @Option(name: .long, help: ArgumentHelp("Timed steps.", valueName: "n"))
        var steps = 9

        @OptionGroup var common: CommonOptions

        func validate() throws {
            if !(1...10_000).contains(steps) { throw ValidationError("--steps is \(steps); expected 1 to 10000.") }
        }

        func run() throws {
            common.apply()
            for kind in `case`.map({ [$0] }) ?? StepBenchmark.Case.allCases {
                let benchmark = StepBenchmark(kind)
                for _ in 0..<2 { _ = benchmark.step() }
                let seconds = (0..<steps).map { _ in benchmark.step() }.sorted()
                let timing = Timing(
                    case: kind.rawValue, threads: Parallel.threadCount, secondsMedian: seconds[steps / 2],
                    secondsMin: seconds[0], peakMiB: Timing.peak)
                if common.json {
                    try timing.printJSON(onOneLine: true)
                } else {
                    print(
                        "\(kind.rawValue): \(String(format: "%.4f s median, %.4f s fastest", timing.secondsMedian, timing.secondsMin)), "
                            + "\(timing.threads) threads, peak \(timing.peakMiB) MiB")
                }
            }
        }
    }

    private struct Timing: Encodable {
        let `case`: String
        let threads: Int
        let secondsMedian: Double
        let secondsMin: Double
        let peakMiB: Int

        enum CodingKeys: String, CodingKey {
            case `case`, threads
            case secondsMedian = "seconds_median"
            case secondsMin = "seconds_min"
            case peakMiB = "peak_mib"
        }

        /// Largest resident size of this process so far.
        static var peak: Int {
            var usage = rusage()
            getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
            return usage.ru_maxrss / 1024
        }
    }
}
