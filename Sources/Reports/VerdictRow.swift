import Diagnostics
import Fields
import Formats

/// One strategy's line in the verdict table: numbers ready to be shown, computed elsewhere.
public struct VerdictRow: Sendable {
    /// A number with its 95 % interval where it has one.
    public struct Number: Sendable, Equatable {
        /// In the column's own unit.
        public var value: Double
        /// `nil` where the number is exact or there were too few units.
        public var interval: ConfidenceInterval?

        /// A number, with an interval or without.
        public init(_ value: Double, _ interval: ConfidenceInterval? = nil) {
            self.value = value
            self.interval = interval
        }

        /// `0.921 [0.910, 0.932]`.
        var text: String {
            interval.map { NumberText.interval(value, $0.lower, $0.upper) } ?? NumberText.significant(value)
        }
    }

    /// The subject's name, as in `Results`.
    public var subject: String
    /// The skip strategy by its configuration name; `nil` for a subject without one, such as saved arrays.
    public var strategy: String?
    /// Which way the cross-domain path was read.
    public var direction: Direction
    /// Where leakage could be seen at all.
    public var regime: Regime
    /// λ_target, share of the target's noise in the output.
    public var leakage: Number?
    /// λ_source, share of the input's own noise in the output.
    public var passThrough: Number?
    /// X/V = ⟨e, n⟩/⟨n, n⟩.
    public var crossTerm: Number?
    /// Held-out loss divided by the noise floor; below 1 proves leakage.
    public var lossOverFloor: Number?
    /// Output against clean, dB.
    public var psnr: Double?
    /// Output against clean.
    public var ssim: Double?
    /// PSNR of the output minus PSNR of the noisy input, dB.
    public var gain: Double?
    /// The subject's verdict.
    public var verdict: Verdict
    /// What it covers.
    public var scope: LeakScope

    /// A row; what was not measured stays `nil` and is shown as a dash.
    public init(
        subject: String, strategy: String?, direction: Direction, regime: Regime, leakage: Number? = nil,
        passThrough: Number? = nil, crossTerm: Number? = nil, lossOverFloor: Number? = nil, psnr: Double? = nil,
        ssim: Double? = nil, gain: Double? = nil, verdict: Verdict, scope: LeakScope
    ) {
        self.subject = subject
        self.strategy = strategy
        self.direction = direction
        self.regime = regime
        self.leakage = leakage
        self.passThrough = passThrough
        self.crossTerm = crossTerm
        self.lossOverFloor = lossOverFloor
        self.psnr = psnr
        self.ssim = ssim
        self.gain = gain
        self.verdict = verdict
        self.scope = scope
    }
}

extension VerdictRow {
    /// Column titles of the verdict table, in the order of `cells`.
    static let titles = [
        "model", "verdict", "scope", "λ_target", "gain (dB)", "λ_source", "regime", "X / V", "loss / floor",
        "PSNR (dB)", "SSIM",
    ]

    /// The row as text; the direction stands with the name.
    var cells: [String] {
        [
            "\(subject), \(direction.arrow)", verdict.rawValue, scope.rawValue, Self.text(leakage),
            Self.text(gain, decimals: 2, signed: true), Self.text(passThrough), regime.rawValue, Self.text(crossTerm),
            Self.text(lossOverFloor), Self.text(psnr, decimals: 2), Self.text(ssim, decimals: 3),
        ]
    }

    private static func text(_ number: Number?) -> String { number?.text ?? NumberText.missing }

    static func text(_ value: Double?, decimals: Int, signed: Bool = false) -> String {
        value.map { NumberText.fixed($0, decimals: decimals, signed: signed) } ?? NumberText.missing
    }

    /// One row per subject: the direction with the larger λ_target, with the subject's verdict.
    public static func rows(_ results: Results) -> [VerdictRow] { results.subjects.map(VerdictRow.init) }

    init(_ subject: Subject) {
        func check(_ id: String, _ direction: Direction) -> CheckResult? {
            subject.checks.first { $0.id == id && $0.direction == direction }
        }
        func number(_ id: String, _ direction: Direction) -> Number? {
            check(id, direction).flatMap { row in
                row.estimate.map {
                    Number($0, row.ci95.map { ConfidenceInterval(lower: $0[0], upper: $0[1], confidence: 0.95) })
                }
            }
        }
        /// By the strongest evidence that there is.
        func leakage(_ direction: Direction) -> Number? {
            ["swap", "observed", "fresh", "jacobian"].lazy.compactMap { number("leakage.target.\($0)", direction) }
                .first
        }
        // Where noise is memorised and nothing else leaks, the verdict is about the training pairs.
        let failing = subject.checks.filter { $0.role == .leakage && $0.status == .fail }
        let memory = failing.filter { $0.id == "leakage.memorised" && failing.allSatisfy { $0.split == .training } }
            .max { ($0.estimate ?? 0).magnitude < ($1.estimate ?? 0).magnitude }
        let direction =
            memory?.direction ?? Direction.allCases.max { abs(leakage($0)?.value ?? 0) < abs(leakage($1)?.value ?? 0) }
            ?? .bToA
        let regime =
            memory?.regime ?? subject.checks.first {
                $0.direction == direction && $0.split != nil && $0.id != "leakage.memorised"
            }?
            .regime
            ?? subject.checks.compactMap(\.regime).first ?? .r0
        self.init(
            subject: subject.name, strategy: subject.strategy, direction: direction, regime: regime,
            leakage: memory == nil ? leakage(direction) : number("leakage.memorised", direction),
            passThrough: number("passthrough.source", direction),
            crossTerm: number("decomposition.cross_term", direction),
            lossOverFloor: number("leakage.noise_floor", direction), psnr: check("quality.psnr", direction)?.estimate,
            ssim: check("quality.ssim", direction)?.estimate, gain: check("quality.psnr_gain", direction)?.estimate,
            verdict: subject.verdict, scope: subject.scope)
    }
}
