import Foundation
import TestSupport
import Testing

@testable import Diagnostics
@testable import Engine
@testable import Fields
@testable import Formats
@testable import Studies
@testable import Tensors

/// Rules, runs and rows of the ledger of claims.
@Suite struct LedgerTests {
    // MARK: Rules

    @Test func anIntervalIsJudgedByWhereAllOfItLies() {
        #expect(Bound.above(1).judge(1.1, 2) == .supported)
        #expect(Bound.above(1).judge(0, 1) == .contradicted)
        #expect(Bound.above(1).judge(0.5, 1.5) == .open)
        #expect(Bound.below(1).judge(0, 0.9) == .supported)
        #expect(Bound.below(1).judge(1, 2) == .contradicted)
        #expect(Bound.within(0.1).judge(-0.1, 0.1) == .supported)
        #expect(Bound.within(0.1).judge(0.2, 0.3) == .contradicted)
        #expect(Bound.within(0.1).judge(-0.3, 0.05) == .open)
        #expect(Bound.equal(0).judge(0, 0) == .supported && Bound.equal(0).judge(0, 1e-9) == .contradicted)
        #expect(Bound.above(1).judge(.nan, .nan) == .open)
    }

    /// Seeds 1, 2, 3: mean 2, standard deviation 1, t at 0.975 with two degrees of freedom 4.3027.
    @Test func anIntervalOverSeeds() throws {
        let finding = ClaimFinding("q", .above(0), seeds: [1, 2, 3])
        let interval = try #require(finding.ci95)
        #expect(finding.value == 2 && abs(interval[0] - (2 - 4.302653 / 3.0.squareRoot())) < 1e-6)
        #expect(finding.status == .open)
        #expect(ClaimFinding("q", .above(0), seeds: [2]).status == .supported)
        #expect(ClaimFinding("q", nil, seeds: [1, 2]).status == .shown)
    }

    /// A number that is 0 is taken for one above 0 in 2.5 % of the cases: with three seeds, too.
    @Test func falseAlarmsOfARule() {
        var stream = RandomStream(seed: 3, purpose: .test)
        let alarms = (0..<4000).count { _ in
            ClaimFinding("q", .above(0), seeds: (0..<3).map { _ in stream.gaussian() }).status == .supported
        }
        #expect(BinomialDistribution(trials: 4000, probability: 0.025).band(confidence: 0.999).contains(alarms))
    }

    @Test func verdictsOfParts() {
        func findings(_ statuses: ClaimFinding.Status...) -> [ClaimFinding] {
            statuses.map {
                var finding = ClaimFinding("q", nil, seeds: [0])
                finding.status = $0
                return finding
            }
        }
        for rule in [ClaimRule.everyPart, .anyPart] {
            #expect(rule.verdict(findings(.supported, .supported, .shown)) == .holds)
            #expect(rule.verdict(findings(.contradicted, .contradicted)) == .doesNotHold)
            #expect(rule.verdict(findings(.open, .open)) == .undecided)
            var premise = findings(.open, .supported)
            premise[0].isPremise = true
            #expect(rule.verdict(premise) == .undecided)
            premise[0].status = .supported
            #expect(rule.verdict(premise) == .holds)
            // What follows the next premise has that one alone.
            var two = findings(.contradicted, .contradicted, .supported, .supported)
            two[0].isPremise = true
            two[2].isPremise = true
            #expect(rule.verdict(two) == (rule == .everyPart ? .undecided : .holdsWithLimits))
        }
        #expect(ClaimRule.everyPart.verdict(findings(.supported, .contradicted)) == .doesNotHold)
        #expect(ClaimRule.anyPart.verdict(findings(.supported, .contradicted)) == .holdsWithLimits)
        #expect(ClaimRule.everyPart.verdict(findings(.supported, .open)) == .undecided)
        #expect(ClaimRule.anyPart.verdict(findings(.contradicted, .open)) == .undecided)
    }

    // MARK: Claims

    @Test func everyClaimIsThereWithARuleAndArmsThatCanBeConfigured() throws {
        #expect(Ledger.ids == (1...14).map { "C\($0)" })
        let runs = ClaimRuns(
            URL(fileURLWithPath: "/nowhere"), configurations: Fixtures.root.appending(path: "configs"),
            shouldStop: { false }, report: { _, _, _ in })
        for claim in Ledger.claims {
            #expect(claim.parts.contains { $0.bound != nil && !$0.isPremise }, "\(claim.id)")
            for arm in claim.arms {
                let configuration = try runs.configuration(arm, 1)
                if case .gaussian? = configuration.data.noise?.model { continue }
                Issue.record("\(arm.name): the ledger's noise is Gaussian")
            }
        }
        // One name, one configuration: otherwise two rows would speak of different runs as if they were one.
        let arms = Set(Ledger.claims.flatMap(\.arms))
        #expect(Set(arms.map(\.name)).count == arms.count)
    }

    @Test func unrestIsTheSumOfRises() {
        #expect(ClaimsOnWeights.unrest([4, 3, 2]) == 0)
        #expect(ClaimsOnWeights.unrest([4, 5, 3, 3.5, 2]) == 0.75)
    }

    // MARK: Runs

    /// Nine small pictures and the smallest network, where the ledger looks for its configurations.
    private func project() throws -> TemporaryDirectory {
        let folder = try TemporaryDirectory()
        let images = folder.url.appending(path: "images"), claims = folder.url.appending(path: "configs/claims")
        for directory in [images, claims] {
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        }
        for index in 0..<5 {
            let values: [Float] = (0..<1024).map { pixel in
                let (y, x) = (Double(pixel / 32), Double(pixel % 32))
                let wave: Double = sin(y * Double(index + 1) / 9) * cos(x / 7)
                return Float(0.5 + 0.3 * wave)
            }
            let picture = Tensor([32, 32, 1], values)
            try PNGFile.write(Image(picture), to: images.appending(path: "image\(index).png"))
        }
        let text = """
            { "seed": 1, "data": { "source": "\(images.path)", "data_range": 2, "held_out": ["image0", "image1"] },
              "noise": { "type": "gaussian", "sigma_a": 0.2, "sigma_b": 0.2, "realisation": "stored" },
              "features": [6, 4], "latent_channels": 6, "cross_domain_strategy": "no_skip",
              "batch_size": 2, "crop_size": 16, "epochs": 2, "logging": { "image_interval": 0, "tensorboard": false } }
            """
        try Data(text.utf8).write(to: claims.appending(path: "photos.json"))
        return folder
    }

    private func perform(
        _ only: [String], in folder: URL, out: String, runs: String, shouldStop: @escaping () -> Bool = { false }
    ) throws -> LedgerFile {
        let ledger = try Ledger(
            only: only, out: folder.appending(path: out).path, runs: folder.appending(path: runs).path,
            configurations: folder.appending(path: "configs").path)
        let provenance = Provenance(version: "1", commit: nil, command: "verify", seed: 1, libraries: [:])
        let verdicts = try ledger.perform(provenance, row: { "verify \($0)" }, shouldStop: shouldStop)
        #expect(verdicts.map(\.id) == only)
        return try LedgerFile.read(in: ledger.url, provenance)
    }

    @Test func anInterruptedLedgerGoesOnToTheSameNumbersAndOtherRowsStay() throws {
        let folder = try project()
        let whole = try perform(["C1"], in: folder.url, out: "whole", runs: "runs")
        #expect(whole.rows.map(\.id) == ["C1"] && whole.rows[0].findings.allSatisfy { $0.seeds.count == 3 })
        var steps = 0
        #expect(throws: Ledger.Interrupted.self) {
            _ = try perform(
                ["C1"], in: folder.url, out: "parts", runs: "parts-runs",
                shouldStop: {
                    steps += 1
                    return steps == 7
                })
        }
        let resumed = try perform(["C1"], in: folder.url, out: "parts", runs: "parts-runs")
        #expect(resumed.rows == whole.rows)

        let both = try perform(["C11"], in: folder.url, out: "whole", runs: "runs")
        #expect(both.rows.map(\.id) == ["C1", "C11"] && both.rows[0] == whole.rows[0])
        // The regimes of C11, and what holds of any evidence: the swap of a target that is not read changes nothing.
        let regimes = both.rows[1].regimes
        #expect(regimes.map(\.skips) == ["no skips", "source skips", "target skips"])
        #expect(regimes[0].cells[1].seeds == [0, 0, 0] && regimes[2].cells[1].seeds.allSatisfy { $0 != 0 })
        let report = try String(contentsOf: folder.url.appending(path: "whole/report.md"), encoding: .utf8)
        #expect(report.contains("| C1 |") && report.contains("| C11 |") && report.contains("figures/C11.png"))
        #expect(FileManager.default.fileExists(atPath: folder.url.appending(path: "whole/figures/C1.png").path))
    }

    @Test func evidenceKeepsTheIdentity() throws {
        let folder = try project()
        let runs = ClaimRuns(
            folder.url.appending(path: "runs"), configurations: folder.url.appending(path: "configs"),
            shouldStop: { false }, report: { _, _, _ in })
        let evidence = try runs.evidence(.target, seed: 2)
        for terms in [evidence.heldOut, evidence.training, evidence.shared] {
            #expect(abs(terms.loss - terms.risk - terms.noise + 2 * terms.cross) < 1e-9 * terms.loss)
            #expect(abs(terms.target - terms.cross / terms.noise) < 1e-12)
        }
        // c + n/2 holds half of the noise, and its residual is pure noise, with no structure of the image.
        #expect(abs(evidence.halfLeak - 0.5) < 1e-6 && abs(evidence.halfLeakStructure) < 0.1)
        #expect(evidence.zeroSkipDifference == 0 && evidence.probe.count == 3 && evidence.bands.count == 3)
        #expect(evidence.crossLosses.count == 2)
    }

    @Test func aLedgerThatIsNoneIsNotReplaced() throws {
        let folder = try TemporaryDirectory()
        try Data("{}".utf8).write(to: folder.url.appending(path: "ledger.json"))
        #expect(throws: InputError.self) {
            try LedgerFile.read(
                in: folder.url, Provenance(version: "1", commit: nil, command: "", seed: 1, libraries: [:]))
        }
        #expect(throws: InputError.self) { try Ledger(only: ["C99"], out: folder.url.path, runs: "runs") }
    }
}
