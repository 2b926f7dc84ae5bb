// A check of one's own: what another package needs, and no more. `scripts/check-example.sh` compiles it as such.

import Diagnostics
import Fields

/// λ_target in the outermost pixels of the frame, where padding may bring the target in.
struct BorderLeakage: Check {
    let id = "leakage.border"
    let title = "Linear leakage at the border of the frame"
    let role = Role.leakage
    let evidence = Evidence.regression
    private let margin: Double
    private let width: Int
    private var terms = UnitTerms()

    /// - Parameters:
    ///   - margin: ε, the share of the target's noise that counts as none.
    ///   - width: of the border, pixels.
    init(margin: Double = Suite.defaultMargin, width: Int = 2) {
        self.margin = margin
        self.width = width
    }

    mutating func observe(_ sample: Sample) throws {
        let linear = try sample.linear()
        let (height, wide, channels) = (sample.shape[0], sample.shape[1], sample.shape[2])
        let z = linear.instrument.indices.map { i in
            let (y, x) = (i / channels / wide, i / channels % wide)
            let depth = min(y, x, height - 1 - y, wide - 1 - x)
            return depth < width ? linear.instrument[i] : 0
        }
        terms.add([(z, linear.error), (z, linear.noise)], of: sample)
    }

    func measurements(_ scope: Scope) throws -> [Measurement] {
        [
            row(
                try terms.estimate(scope) { $0[0] / $0[1] }, "λ_target at the border", unit: terms.unit,
                .within(margin), scope)
        ]
    }
}

extension Suite {
    /// The standard checks and the one of the border, judged together at one error rate.
    static func withBorder(seed: UInt64) -> Suite {
        var suite = Suite(seed: seed)
        suite.makeChecks = { Suite.standardChecks(margin: Suite.defaultMargin) + [BorderLeakage()] }
        return suite
    }
}
