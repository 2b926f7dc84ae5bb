/// Largest |∂⟨v, f⟩/∂x_a| over random probes v: is there a path from the target to the output at all?
///
/// Exactly 0.0, not merely small, where no operation connects the two: then nothing of n_a can reach the output on pairs
/// that were not trained on.
public struct TargetPath: Check {
    public let id = "structure.target_path"
    public let title = "A path from the target to the output"
    public let condition: any Condition = ExactlyZero(otherwise: "the target observation is an input of the path")
    private var largest = 0.0
    private var probes = 0

    public init() {}

    public mutating func observe(_ sample: Sample) throws {
        for probe in try sample.probes() {
            largest = probe.targetGradient.reduce(largest) { max($0, $1.magnitude) }
            probes += 1
        }
    }

    public func measure(_ scope: Scope) throws -> Measurement {
        guard probes > 0 else { throw Undetermined(description: "no probe was sent") }
        return measurement(largest, "max |∂f/∂x_target|", units: probes, scope)
    }
}
