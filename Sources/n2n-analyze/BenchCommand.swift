import ArgumentParser
import Engine
import Foundation
import Tensors

extension StepBenchmark.Case: ExpressibleByArgument {}

struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Time what can be compared with PyTorch on this machine.",
        subcommands: [StepCommand.self])

    struct StepCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "step",
            abstract: "Time the training step that Benchmarks/peers/torch_step.py times in PyTorch.",
            discussion: "One line a case: median and fastest of the steps after two warm-up steps.")

        @Option(name: .long, help: "small, medium or wide; all three if left out.")
        var `case`: StepBenchmark.Case?

        @Option(name: .long, help: ArgumentHelp("Timed steps.", valueName: "n"))
        var steps = 9

        @Option(name: .long, help: ArgumentHelp("Side of the square images, a multiple of 8.", valueName: "pixels"))
        var crop = 64

        @Option(
            name: .long,
            help: ArgumentHelp("Images of one domain in a step; the case's own if left out.", valueName: "n"))
        var batch: Int?

        @OptionGroup var common: CommonOptions

        func validate() throws {
            if !(1...10_000).contains(steps) { throw ValidationError("--steps is \(steps); expected 1 to 10000.") }
            if !(8...4096).contains(crop) || crop % 8 != 0 {
                throw ValidationError("--crop is \(crop); expected a multiple of 8 from 8 to 4096.")
            }
            if let batch, !(1...4096).contains(batch) {
                throw ValidationError("--batch is \(batch); expected 1 to 4096.")
            }
        }

        func run() throws {
            common.apply()
            for kind in `case`.map({ [$0] }) ?? StepBenchmark.Case.allCases {
                let benchmark = StepBenchmark(kind, batch: batch, crop: crop)
                for _ in 0..<2 { _ = benchmark.step() }
                let seconds = (0..<steps).map { _ in benchmark.step() }.sorted()
                let timing = Timing(
                    case: kind.rawValue, crop: crop, batch: batch ?? kind.batch, threads: Parallel.threadCount,
                    secondsMedian: seconds[steps / 2], secondsMin: seconds[0], peakMiB: Timing.peak)
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
        let crop: Int
        let batch: Int
        let threads: Int
        let secondsMedian: Double
        let secondsMin: Double
        let peakMiB: Int

        enum CodingKeys: String, CodingKey {
            case `case`, crop, batch, threads
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
