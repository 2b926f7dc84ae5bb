/// What a plateau schedule remembers between epochs, part of a run's state.
///
/// PyTorch's `ReduceLROnPlateau` (mode min, relative threshold, no cool-down), without its rule that a reduction of the
/// rate by less than 1e-8 is not made.
public struct PlateauState: Sendable, Codable, Equatable {
    /// The smallest loss that counted as better; `nil` before the first.
    public private(set) var best: Double?
    /// Epochs in a row that were not better.
    public private(set) var badEpochs = 0
    /// Product of the reductions so far.
    public private(set) var scale = 1.0

    /// Before the first epoch.
    public init() {}

    /// Takes the loss of one epoch: better is loss < best·(1 - threshold); after more than `patience` epochs that are not,
    /// the rate is multiplied by `factor` and counting starts again. A loss that is NaN is not better.
    ///
    /// - Returns: whether the rate was reduced.
    public mutating func advance(_ loss: Double, _ configuration: ScheduleConfiguration) -> Bool {
        if loss < (best.map { $0 * (1 - configuration.threshold) } ?? .infinity) {
            best = loss
            badEpochs = 0
        } else {
            badEpochs += 1
        }
        guard badEpochs > configuration.patience else { return false }
        badEpochs = 0
        scale *= configuration.factor
        return true
    }
}
