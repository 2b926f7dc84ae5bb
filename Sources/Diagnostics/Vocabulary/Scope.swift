/// Where a measurement was made: printed with it and given to the estimators.
public struct Scope: Sendable {
    /// The one direction that all samples were taken in.
    public let direction: Direction
    /// What can leak here, as declared.
    public let regime: Regime
    /// The split that all samples came from.
    public let split: Split
    /// Number of samples: pairs of the split.
    public let imageCount: Int
    /// Seed of the bootstrap.
    public let seed: UInt64
    /// What regressions take the noise from.
    package var basis: Basis = []

    package init(direction: Direction, regime: Regime, split: Split, imageCount: Int, seed: UInt64, basis: Basis = []) {
        self.direction = direction
        self.regime = regime
        self.split = split
        self.imageCount = imageCount
        self.seed = seed
        self.basis = basis
    }
}
