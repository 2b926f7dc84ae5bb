import Tensors

/// What saved outputs leave unmeasured in one direction, for want of which arrays, and what would help most.
struct OutputsAdvice {
    /// Arrays that not all tested pairs have, with what they would unlock.
    let missing: [(array: String, unlocks: String)]
    /// The one addition that would tell most.
    let best: String?
    /// Whether any route to λ is open.
    let canTell: Bool
    private let direction: Direction

    init(_ manifest: OutputsManifest, _ direction: Direction) {
        self.direction = direction
        let target = direction.target, letter = target.rawValue
        let pairs = manifest.evaluation.tested.map { manifest.pairs[$0] }
        func has(_ array: OutputsManifest.Array, _ domain: Domain) -> Bool {
            pairs.allSatisfy { $0[array, domain] != nil }
        }
        let hasClean = has(.clean, target), hasSwap = has(.swappedPrediction, target)
        let hasRepeat = has(.repeat, target) || hasSwap
        canTell = hasClean || hasSwap || hasRepeat
        var missing: [(String, String)] = []
        if !hasClean {
            missing.append(
                ("clean_\(letter)", "λ by regression, the decomposition, the coherence, PSNR and SSIM, the controls"))
        }
        if !has(.clean, target.other) || !has(.noisy, target.other) {
            missing.append(
                ("noisy_\(target.other.rawValue) and clean_\(target.other.rawValue)", "λ_source, the joint regression"))
        }
        if !hasRepeat { missing.append(("repeat_\(letter)", "λ by a fresh capture, which needs no clean image")) }
        if !hasSwap {
            missing.append(
                (
                    "swapped_noisy_\(letter) with swapped_prediction_\(letter)",
                    "λ and all leaked energy by exchanging the noise"
                ))
        }
        if manifest.evaluation.noiseVariance == nil {
            missing.append(("sigma_\(letter)", "the noise floor, the noise power, the risk"))
        }
        if !manifest.pairs.contains(where: { $0.split == .training }) {
            missing.append(("pairs of split \"training\"", "memorised noise"))
        }
        self.missing = missing
        best =
            if !canTell {
                "a second capture of every target, repeat_\(letter): it needs neither clean image nor the model"
            } else if !hasSwap {
                "no capture but a second run of the model, with another capture of the target in place of its own "
                    + "(swapped_noisy_\(letter), swapped_prediction_\(letter)): an intervention, exact where the target is not read"
            } else if !hasClean {
                "a clean image of every target, clean_\(letter), such as the mean of 16 or more captures without noisy_\(letter)"
            } else {
                nil
            }
    }

    /// Not applicable, since it measures nothing; inconclusive where no route to λ is open, so that silence is no pass.
    var row: CheckResult {
        let list = missing.map { "\($0.array) (\($0.unlocks))" }.joined(separator: "; ")
        let lacking = list.isEmpty ? "Every array is there" : "Not measured for want of \(list)"
        let help = best.map { ". What would help most: \($0)." } ?? "."
        return CheckResult(
            id: "evidence.outputs", title: "What the saved arrays leave open", direction: direction,
            status: canTell ? .notApplicable : .inconclusive,
            because: (canTell ? "" : "No array shows leakage either way. ") + lacking + help)
    }
}
