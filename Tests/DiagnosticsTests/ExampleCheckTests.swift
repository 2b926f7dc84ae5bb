import Testing

@testable import Diagnostics
@testable import Engine
@testable import Tensors

/// The check of `Examples/`, in the suite: a leak at the border alone is found with its size, and none is found where none is.
@Suite struct ExampleCheckTests {
    private static let evaluation = Scenes(imageCount: 8, height: 96, width: 80).evaluation

    /// Half of the noise in the outermost pixel: a quarter of the noise in two pixels, since inner and outer ring are nearly as long.
    @Test(arguments: [0, 0.5]) func leakAtTheBorder(leak: Float) throws {
        let evaluation = Self.evaluation
        let model = OraclePredictor(name: "padded", readsTarget: true) { x, direction in
            let smooth = binomial(x[direction.source])
            let clean = evaluation.clean(of: x, direction)
            var f = smooth
            for y in 0..<96 {
                for column in 0..<80 where y == 0 || y == 95 || column == 0 || column == 79 {
                    f[y, column, 0] += leak * (x[direction.target][y, column, 0] - clean[y, column, 0])
                }
            }
            return f
        }
        let found = try Suite.withBorder(seed: 3).run(model, on: evaluation)
        let rows = found.subject.checks.filter { $0.id == "leakage.border" }
        #expect(rows.count == 2)
        for row in rows {
            let ring = Double(leak) * 348 / (348 + 340), interval = try #require(row.ci95)
            #expect(interval[0] < ring && ring < interval[1], "\(row.because)")
            // Without a path regression can only find what the observations share.
            #expect(
                leak > 0 ? row.status == .fail && row.role == .leakage : row.status != .fail && row.role == .premise)
        }
    }
}
