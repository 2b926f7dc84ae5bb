/// Why a run stopped by itself. The checkpoint of the last good epoch stays.
public enum TrainingError: Error, CustomStringConvertible {
    /// A loss or the gradients' norm is NaN or infinite.
    case notFinite(epoch: Int, step: Int, losses: [String: Double])
    /// The total loss is a thousand times that of the first step.
    case exploding(epoch: Int, step: Int, loss: Double, first: Double)

    /// One sentence with the losses and the step.
    public var description: String {
        let kept = "the checkpoint of the last good epoch is kept; a smaller learning rate may help"
        switch self {
        case .notFinite(let epoch, let step, let losses):
            let names = losses.filter { !$0.value.isFinite }.keys.sorted().joined(separator: ", ")
            return "\(names) is not finite at step \(step) (epoch \(epoch)); \(kept)"
        case .exploding(let epoch, let step, let loss, let first):
            return
                "loss/total is \(Float(loss)) at step \(step) (epoch \(epoch)), from \(Float(first)) at the first; \(kept)"
        }
    }
}
