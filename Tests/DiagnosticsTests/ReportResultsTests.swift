import Foundation
import Testing

@testable import Diagnostics
@testable import Fields

@Suite struct ReportResultsTests {
    private func json(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    private func row(_ value: Double, upper: Double = 0.5) -> CheckResult {
        CheckResult(
            Measurement(
                check: "leakage.target.swap", title: "swap", role: .leakage, criterion: .within(0.01), direction: .bToA,
                regime: .r3, split: .heldout, value: .effect(Effect(value, "share")),
                interval95: ConfidenceInterval(lower: 0.25, upper: upper, confidence: 0.95), unit: .noise,
                unitCount: 64, imageCount: 4),
            Judgement(.fail, pValue: PValue(0.75), adjustedPValue: PValue(1), because: "b"))
    }

    @Test func finiteNumbersAreWrittenAsTheyAre() throws {
        #expect(
            try json(row(0.375)) == """
                {"because":"b","ci95":[0.25,0.5],"criterion":{"bound":0.01,"kind":"within"},"direction":"b->a",\
                "estimate":0.375,"id":"leakage.target.swap","n_images":4,"n_units":64,"p_adjusted":1,"p_value":0.75,\
                "quantity":"share","regime":"R3","role":"leakage","split":"heldout","status":"fail","title":"swap",\
                "unit":"noise"}
                """)
        #expect(
            try json(Series(frequency: [0.1, 0.2], value: [1, -3e-7], ci95: [[0, 2], [-1, 1]]))
                == #"{"ci95":[[0,2],[-1,1]],"frequency":[0.1,0.2],"value":[1,-3e-07]}"#)
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity])
    func oneNumberThatIsNotFiniteIsNullAndNothingIsLost(bad: Double) throws {
        var check = row(0.375, upper: bad)
        check.estimate = bad
        check.predicted = bad
        check.minimumDetectableEffect = bad
        check.pValue = bad
        let series = Series(frequency: [0.1, 0.2], value: [bad, 2], ci95: [[bad, bad], [1, 3]])
        let results = Results(
            verdict: .fail, scope: .none, findings: [],
            provenance: Provenance(version: "0", commit: nil, command: "c", seed: 1),
            subjects: [
                Subject(
                    name: "s", strategy: nil, verdict: .fail, scope: .none, checks: [check],
                    series: ["transfer.b->a": series])
            ])
        let data = try results.json()
        let text = String(decoding: data, as: UTF8.self)
        for key in ["estimate", "predicted", "mde", "p_value", "ci95"] { #expect(text.contains("\"\(key)\" : null")) }

        let subject = try #require(try JSONDecoder().decode(Results.self, from: data).subjects.first)
        let read = try #require(subject.checks.first)
        #expect(read.estimate == nil && read.predicted == nil && read.minimumDetectableEffect == nil)
        #expect(read.pValue == nil && read.ci95 == nil && read.unitCount == 64 && read.because == "b")
        let curve = try #require(subject.series["transfer.b->a"])
        #expect(curve.frequency == [0.1, 0.2] && curve.value[0].isNaN && curve.value[1] == 2)
        #expect(curve.ci95[0].allSatisfy(\.isNaN) && curve.ci95[1] == [1, 3])
    }

    @Test func keysWithoutAValueAreLeftOut() throws {
        let bare = CheckResult(id: "i", title: "t", direction: nil, status: .notApplicable, because: "b")
        #expect(
            try json(bare)
                == #"{"because":"b","criterion":{"kind":"none"},"id":"i","role":"description","status":"not-applicable","title":"t"}"#
        )
    }

    @Test func ranksFollowTheOrderOfDeclaration() {
        #expect(Status.allCases.map(\.rank) == Array(0..<7))
        #expect(Status.allCases.first == .error && Status.fail.rank < Status.pass.rank)
        #expect(Status.pass.rank < Status.info.rank)
    }
}
