import Foundation

@testable import Diagnostics
@testable import Engine
@testable import Reports
@testable import Tensors

/// Times parts of the libraries and prints one JSON object a line; `bench.py` makes the tables.
///
///     Benchmarks kernels              each kernel over the shapes of the training steps
///     Benchmarks inference            one image through a network
///     Benchmarks denoise-data DIR CASE  writes the weights and the image of the next
///     Benchmarks denoise DIR CASE     denoising of a large image, as torch_denoise.py does it
///     Benchmarks libraries            versions of the numerical libraries
///     Benchmarks spectra-data DIR     writes what the spectra are timed on
///     Benchmarks spectra DIR RINGS    spectra and bootstrap of it, as numpy_spectra.py does them
///     Benchmarks calibrate PART N     false alarms and coverage of the checks under a noise, or their power
///     Benchmarks calibrate NOISE N ROW...    of these rows alone, on other data sets
///     Benchmarks calibration-figures FILE DIR    pictures of its results
///     Benchmarks verdict-parts        names of the cases and leaks of the next three
///     Benchmarks verdict-check        stops where a noise of these cases is not what it is said to be
///     Benchmarks verdict-null CASE N      verdicts on N data sets without a leak
///     Benchmarks verdict-leaks LEAK N     verdicts on N data sets with a leak of each of two energies
///     Benchmarks verdict-coverage CASE N  intervals of a known leak
///
/// The environment variable THREADS sets the number of threads.
@main
struct Main {
    static func main() throws {
        if let threads = ProcessInfo.processInfo.environment["THREADS"].flatMap({ Int($0) }) {
            Parallel.threadCount = threads
        }
        let arguments = Array(CommandLine.arguments.dropFirst())
        switch (arguments.first, arguments.count) {
        case ("kernels", 1): try KernelBenchmarks.run()
        case ("inference", 1): try InferenceBenchmark.run()
        case ("libraries", 1): try print(LibraryVersions.all)
        case ("denoise-data", 3):
            try DenoiseBenchmark.writeData(kind(arguments[2]), to: URL(filePath: arguments[1]))
        case ("denoise", 3):
            try DenoiseBenchmark.run(kind(arguments[2]), in: URL(filePath: arguments[1]))
        case ("spectra-data", 2): try SpectraBenchmark.writeData(to: URL(filePath: arguments[1]))
        case ("spectra", 3):
            guard let rings = Int(arguments[2]), rings > 0 else { fallthrough }
            try SpectraBenchmark.run(on: URL(filePath: arguments[1]), rings: rings)
        case ("calibrate", 3...):
            guard Calibration.parts.contains(arguments[1]), let trials = Int(arguments[2]), trials > 0 else {
                fallthrough
            }
            try Calibration.run(part: arguments[1], trials: trials, again: Set(arguments.dropFirst(3)))
        case ("calibration-figures", 3):
            try CalibrationFigures.write(URL(filePath: arguments[1]), to: URL(filePath: arguments[2]))
        case ("verdict-parts", 1): try print(VerdictCalibration.Parts())
        case ("verdict-check", 1): VerdictCase.all.forEach { VerdictData.check($0, seed: 1) }
        case ("verdict-null", 3):
            try VerdictCalibration.null(verdictCase(arguments[1]), trials: trials(arguments[2]))
        case ("verdict-coverage", 3):
            try VerdictCalibration.coverage(verdictCase(arguments[1]), trials: trials(arguments[2]))
        case ("verdict-leaks", 3):
            guard let leak = VerdictLeak.named(arguments[1]) else { refuse("a leak of verdict-parts") }
            try VerdictCalibration.leaks(leak, trials: trials(arguments[2]))
        case ("audit", 2): try AuditCalibration.run(trials: trials(arguments[1]))
        case ("registration", 2): try RegistrationCalibration.run(trials: trials(arguments[1]))
        case ("frc", 2): try FourierRingCalibration.run(trials: trials(arguments[1]))
        default:
            refuse(
                "kernels, inference, denoise-data DIR CASE, denoise DIR CASE, libraries, spectra-data DIR, spectra DIR RINGS, "
                    + "calibrate PART N, calibration-figures FILE DIR, verdict-parts, verdict-check, verdict-null CASE N, verdict-leaks LEAK N or "
                    + "verdict-coverage CASE N")
        }
    }

    private static func kind(_ name: String) -> StepBenchmark.Case {
        guard let kind = StepBenchmark.Case(rawValue: name) else { refuse("small, medium or wide") }
        return kind
    }

    private static func verdictCase(_ name: String) -> VerdictCase {
        guard let kind = VerdictCase.named(name) else { refuse("a case of verdict-parts") }
        return kind
    }

    private static func trials(_ text: String) -> Int {
        guard let count = Int(text), count > 0 else { refuse("a number of data sets above 0") }
        return count
    }

    private static func refuse(_ expected: String) -> Never {
        FileHandle.standardError.write(Data("Benchmarks: expected \(expected)\n".utf8))
        exit(64)
    }

    static func print(_ line: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        FileHandle.standardOutput.write(try encoder.encode(line) + Data("\n".utf8))
    }
}
