/// [β_a β_b]ᵀ = G⁻¹[⟨e, n_a⟩ ⟨e, n_b⟩]ᵀ with G the Gram matrix of the noises: direct leakage apart from shared noise.
///
/// Where n_a and n_b are correlated, λ_target also counts what the source's noise says of the target's; β_a does not. With
/// independent noises β_a is λ_target and β_b is λ_source. Undetermined where the noises are one field or where there is none;
/// out of scope where the mean of the noise that is asked about follows the signal (`NoiseTerms`).
struct JointRegression: Check {
    let id: String
    let title: String
    let condition: any Condition
    private let ofTarget: Bool
    private var terms: NoiseTerms

    /// β_a, which must vanish.
    static func target(margin: Double) -> JointRegression {
        JointRegression(
            "leakage.joint.target", "Target noise in the output beyond what the source's noise explains",
            PracticallyZero(margin: margin), ofTarget: true)
    }

    /// β_b, to know.
    static var source: JointRegression {
        JointRegression(
            "leakage.joint.source", "Source noise in the output beyond what the target's noise explains",
            Informative(
                meaning: "the share of the input's own noise that passes, apart from noise it shares with the target"),
            ofTarget: false)
    }

    private init(_ id: String, _ title: String, _ condition: any Condition, ofTarget: Bool) {
        self.id = id
        self.title = title
        self.condition = condition
        self.ofTarget = ofTarget
        terms = NoiseTerms(ofSource: !ofTarget)
    }

    mutating func observe(_ sample: Sample) throws {
        let e = try sample.error(), a = try sample.targetNoise(), b = try sample.sourceNoise()
        try terms.add([(e, a), (e, b), (a, a), (a, b), (b, b)], of: sample)
    }

    func measure(_ scope: Scope) throws -> Measurement {
        let ofTarget = ofTarget
        func coefficient(_ s: [Double]) -> Double {
            let determinant = s[2] * s[4] - s[3] * s[3]
            // Nearly one field: the two coefficients exist only as a sum.
            guard determinant > 1e-6 * s[2] * s[4] else { return .nan }
            return (ofTarget ? s[0] * s[4] - s[1] * s[3] : s[1] * s[2] - s[0] * s[3]) / determinant
        }
        let name = ofTarget ? "β of the target's noise" : "β of the source's noise"
        return measurement(try terms.estimate(scope, coefficient), name, unit: terms.unit, scope)
    }
}
