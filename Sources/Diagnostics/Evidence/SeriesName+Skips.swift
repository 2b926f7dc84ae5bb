extension SeriesName {
    /// φ of each level, finest first (the level in `frequency`), with the other levels patched so: share of the target's noise.
    public static func skipShapley(_ patch: SkipPatch, _ direction: Direction) -> String {
        "skips.shapley.\(patch.rawValue).\(direction.rawValue)"
    }
    /// λ_target with the skip of that level alone on.
    public static func skipAlone(_ patch: SkipPatch, _ direction: Direction) -> String {
        "skips.alone.\(patch.rawValue).\(direction.rawValue)"
    }
    /// λ_target with the skip of that level alone off.
    public static func skipOff(_ patch: SkipPatch, _ direction: Direction) -> String {
        "skips.off.\(patch.rawValue).\(direction.rawValue)"
    }
}
