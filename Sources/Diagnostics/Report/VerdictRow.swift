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
    /// PSNR of the output less PSNR of the noisy input, dB.
    public var gain: Double?
    /// The subject's verdict.
    public var verdict: Results.Verdict
    /// What it covers.
    public var scope: LeakScope

    /// A row; what was not measured stays `nil` and is shown as a dash.
    public init(
        subject: String, strategy: String?, direction: Direction, regime: Regime, leakage: Number? = nil,
        passThrough: Number? = nil, crossTerm: Number? = nil, lossOverFloor: Number? = nil, psnr: Double? = nil,
        ssim: Double? = nil, gain: Double? = nil, verdict: Results.Verdict, scope: LeakScope
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
        "subject", "verdict", "λ_target", "regime", "λ_source", "X / V", "loss / floor", "PSNR (dB)", "gain (dB)",
        "SSIM",
    ]

    /// The row as text; the direction stands with the name.
    var cells: [String] {
        [
            "\(subject), \(direction.arrow)", verdict.rawValue, Self.text(leakage), regime.rawValue,
            Self.text(passThrough), Self.text(crossTerm), Self.text(lossOverFloor), Self.text(psnr, decimals: 2),
            Self.text(gain, decimals: 2, signed: true), Self.text(ssim, decimals: 3),
        ]
    }

    private static func text(_ number: Number?) -> String { number?.text ?? NumberText.missing }

    private static func text(_ value: Double?, decimals: Int, signed: Bool = false) -> String {
        value.map { NumberText.fixed($0, decimals: decimals, signed: signed) } ?? NumberText.missing
    }
}
