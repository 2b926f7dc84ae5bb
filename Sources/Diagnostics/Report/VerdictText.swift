/// The words of a report about a verdict row: chosen by what was measured, without any arithmetic.
enum VerdictText {
    /// One sentence that says what a row means for someone who wants to denoise.
    static func meaning(_ row: VerdictRow) -> String {
        var parts = [reason(row)]
        if let ratio = row.lossOverFloor, (ratio.interval?.upper ?? ratio.value) < 1 {
            parts.append(
                "its held-out loss, \(ratio.text) of the noise floor, is lower than any path without leakage can reach")
        }
        if let gain = row.gain {
            let decibels = NumberText.fixed(gain, decimals: 2, signed: true)
            parts.append("against the clean image it gains \(decibels) dB over the noisy input")
        }
        if row.status == .pass, let source = row.passThrough {
            parts.append("what noise remains is the input's own (λ_source = \(source.text)), not leakage")
        }
        return parts.joined(separator: "; ")
    }

    private static func reason(_ row: VerdictRow) -> String {
        switch (row.status, row.regime) {
        case (.fail, .r3):
            "the target image is an input of this path and its noise reaches the output, so a low loss rewards copying"
        case (.fail, .r1): "the network has memorised noise of the targets it was trained on"
        case (.fail, .r2):
            "the noises of the two domains are correlated, so the network learns to predict part of the target's noise"
        case (.fail, .r4): "the target's noise reaches the output through the preprocessing"
        case (.fail, .r0):
            "the target's noise is in the output although no route is known: the noises are dependent, or this is a bug"
        case (.pass, .r0):
            "the output sees the source image alone and carries none of the target's noise, so its loss can be trusted"
        case (.pass, _):
            "there is a route for the target's noise (\(meaning(row.regime))), but too little comes through to matter"
        case (.warn, _): "no clear leakage, but at least one check asks for a closer look"
        case (.inconclusive, _):
            "the interval holds both no leakage and leakage that matters; more images or noise draws would decide"
        case (.error, _): "at least one check could not run, so nothing can be concluded"
        case (.info, _), (.notApplicable, _): "the data given allow no statement about leakage"
        }
    }

    /// What a regime is, in a few words.
    static func meaning(_ regime: Regime) -> String {
        switch regime {
        case .r0: "held-out pairs, independent noise, the target is no input: nothing can leak"
        case .r1: "training pairs with stored noise: the network can memorise it"
        case .r2: "the noises of the two domains are correlated"
        case .r3: "the target image is an input of the path"
        case .r4: "the target reaches the output through the preprocessing"
        }
    }
}
