import Diagnostics

/// Words for regimes.
enum VerdictText {
    /// What a regime is, in a few words.
    static func meaning(_ regime: Regime) -> String {
        switch regime {
        case .r0: "held-out pairs, independent noise, the target is no input"
        case .r1: "training pairs with the noise that was trained on"
        case .r2: "the noises of the two domains are correlated"
        case .r3: "the target is an input of the path"
        case .r4: "the target reaches the output through the preprocessing"
        }
    }
}
