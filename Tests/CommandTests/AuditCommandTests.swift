import Foundation
import TestSupport
import Testing

@testable import Diagnostics
@testable import Engine
@testable import Formats
@testable import Tensors

/// `audit` on the real captures that come with the project and on data with a fault.
@Suite(.serialized) struct AuditCommandTests {
    let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    private func audit(_ data: String, _ further: [String] = []) throws -> (Program.Outcome, Results?) {
        let out = folder.url.appending(path: "report-\(UUID().uuidString)")
        let outcome = try Program.run(["audit", data, "--out", out.path, "--json"] + further)
        let results = try? JSONDecoder().decode(Results.self, from: Data(outcome.output.utf8))
        if results != nil {
            #expect(try Data(contentsOf: out.appending(path: "results.json")) == Data(outcome.output.utf8))
            let report = try String(contentsOf: out.appending(path: "report.md"), encoding: .utf8)
            for match in report.matches(of: /\]\((figures\/[^)]+)\)/) {
                #expect(FileManager.default.fileExists(atPath: out.appending(path: String(match.1)).path))
            }
        } else {
            #expect(!FileManager.default.fileExists(atPath: out.path))
        }
        return (outcome, results)
    }

    /// Two captures made from the photons of one acquisition are Poisson and share nothing.
    @Test func photonCountsAreFit() throws {
        let (outcome, results) = try audit("data/captures/receptacle_2x512x512_counts.npz")
        #expect(outcome.status == 0, "\(outcome.errors)")
        let rows = try #require(results).subjects[0].checks
        let fano = try #require(rows.first { $0.id == "audit.fano" }?.estimate)
        #expect(abs(fano - 1) < 0.02)
        #expect(rows.allSatisfy { [.pass, .info, .notApplicable].contains($0.status) })
    }

    /// Two volumes of one brain: correlated from pixel to pixel, and what they share cannot be seen in two captures.
    @Test func brainVolumesHaveLimits() throws {
        let (outcome, results) = try audit("data/captures/epi_2x24x96x128.npz")
        #expect(outcome.status == 0, "\(outcome.errors)")
        let rows = try #require(results).subjects[0].checks
        let autocorrelation = try #require(rows.first { $0.id == "audit.autocorrelation" })
        #expect(autocorrelation.status == .warn && (autocorrelation.estimate ?? 0) > 0.2)
        #expect(rows.first { $0.id == "audit.independence" }?.status == .inconclusive)
    }

    @Test func equalCapturesAndClippedOnesAreUnfit() throws {
        var stream = RandomStream(seed: 1, purpose: .test)
        let image = (0..<64 * 64).map { 10 + Double($0 % 64) + stream.gaussian() }
        let again = image.map { $0 + stream.gaussian() }
        let clipped = (image + again).map { min($0, 40) }
        for captures in [image + image, clipped] {
            let file = folder.url.appending(path: "same.npy")
            try NumPyFile.write(NumPyArray([captures.count / 4096, 64, 64], captures), to: file)
            let (outcome, _) = try audit(file.path)
            #expect(outcome.status == 1, "\(outcome.errors)")
        }
    }

    @Test func badInput() throws {
        let (missing, _) = try audit("nowhere.npz")
        #expect(
            missing.status == 65 && missing.errors == "Error: nowhere.npz: there is no such file\n", "\(missing.errors)"
        )
        let file = folder.url.appending(path: "one.npy")
        try NumPyFile.write(NumPyArray([8, 8], [Double](repeating: 1, count: 64)), to: file)
        let (single, _) = try audit(file.path)
        #expect(single.status == 65 && single.errors.contains("one capture of each scene"))
    }
}
