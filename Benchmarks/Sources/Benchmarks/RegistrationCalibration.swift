import Foundation

@testable import Diagnostics
@testable import Tensors

/// What `audit` says of the registration from pair to pair where one pair is displaced, or none. One JSON object a line.
enum RegistrationCalibration {
    private struct Displaced: Encodable {
        let kind = "audit-displaced"
        let content: String
        let images: Int
        /// Pixels, in a random direction; 0 for registered pairs.
        let shift: Double
        let trials: Int
        /// Data sets whose common shift was measured.
        var measured = 0
        /// Data sets whose displaced pair is named with its shift, to a quarter of a pixel or the two digits that are printed.
        var named = 0
        /// Data sets that warn or fail; those that fail, corrected for the two premises of the registration alone.
        var alarms = 0
        var failed = 0
        /// Data sets in which nothing is displaced, and a pair matches nowhere.
        var open = 0
        /// Data sets that name a pair which is registered.
        var wrong = 0

        mutating func count(_ rows: [CheckResult]) {
            measured += rows.contains { $0.id == "audit.registration" && $0.estimate != nil } ? 1 : 0
            guard let row = rows.first(where: { $0.id == "audit.jitter" }) else { return }
            alarms += row.status == .warn || row.status == .fail ? 1 : 0
            failed += row.status == .fail ? 1 : 0
            open += row.status == .inconclusive ? 1 : 0
            let said = row.because.matches(of: /image(\d+)(?: by ([\d.]+) pixels)?/).map {
                (image: String($0.1), shift: $0.2.flatMap { Double($0) })
            }
            named +=
                said.contains { $0.image == "0" && abs(($0.shift ?? .infinity) - shift) < max(0.25, 0.051 * shift) }
                ? 1 : 0
            wrong += said.contains { $0.image != "0" || shift == 0 } ? 1 : 0
        }
    }

    /// Pairs that differ in what shows a shift.
    private static let contents: [AuditCalibration.Content] = {
        let names = ["texture", "smooth", "blurred", "edges", "stripes", "complex", "zero-filled"]
        let known = names.compactMap { name in AuditCalibration.contents.first { $0.name == name } }
        var shared = known[0], faint = known[0], heavy = known[0]
        shared.name = "texture, shared noise"
        shared.shared = 0.1 * 0.7.squareRoot()
        shared.capture = AuditCalibration.gaussian([0.1 * 0.3.squareRoot(), 0.1 * 0.3.squareRoot()])
        // The content's standard deviation is 0.12.
        faint.name = "texture, half as strong as the noise"
        faint.capture = AuditCalibration.gaussian([0.24, 0.24])
        heavy.name = "texture, Student t with 3 degrees"
        heavy.capture = { scene, _, draws in
            scene.map { value in
                let z = draws.gaussian(), square = (0..<3).reduce(0.0) { sum, _ in sum + pow(draws.gaussian(), 2) }
                return value + 0.1 * z / square.squareRoot()
            }
        }
        return known + [shared, faint, heavy]
    }()

    private static func rows(_ content: AuditCalibration.Content, seed: UInt64, shift: Double) -> [CheckResult] {
        var draws = AuditCalibration.Draws(seed: seed, image: content.images)
        let angle = content.isLines ? 0 : 2 * Double.pi * draws.uniform()
        let place = (y: shift * cos(angle), x: shift * sin(angle))
        guard
            let dataset = AuditCalibration.dataset(
                content, seed: seed, shift: { $0 == 0 && shift != 0 ? place : nil }),
            let evidence = try? AuditEvidence(dataset, sameContent: true, seed: seed),
            let answer = try? RegistrationAudit().answer(evidence)
        else { return [] }
        return AuditRow.judged(answer.rows)
    }

    /// Writes the lines of all contents, numbers of images and shifts.
    ///
    /// - Precondition: `trials` is positive.
    static func run(trials: Int) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        for (number, content) in contents.enumerated() {
            for images in [6, 12, 24] {
                var content = content
                content.images = images
                let pairs = content
                for shift in [0, 0.5, 1, 3, 10, 20] {
                    var line = Displaced(content: content.name, images: images, shift: shift, trials: trials)
                    try Parallel.map(trials) { trial in
                        rows(pairs, seed: UInt64(number + 100) << 32 + UInt64(trial), shift: shift)
                    }.forEach { line.count($0) }
                    print(String(decoding: try encoder.encode(line), as: UTF8.self))
                }
            }
        }
    }
}
