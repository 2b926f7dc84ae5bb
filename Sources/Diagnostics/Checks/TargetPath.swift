/// Largest |∂⟨v, f⟩/∂x_a| over random probes v: is there a path from the target to the output at all?
///
/// Exactly 0.0, not merely small, where no operation connects the two: then nothing of n_a can reach the output on pairs
/// that were not trained on.
struct TargetPath: Check {
    let id = "structure.target_path"
    let title = "A path from the target to the output"
    let condition: any Condition = ExactlyZero(otherwise: "the target observation is an input of the path")
    private var largest = 0.0
    private var probes = 0

    mutating func observe(_ sample: Sample) throws {
        for probe in try sample.probes() {
            largest = probe.targetGradient.reduce(largest) { max($0, $1.magnitude) }
            probes += 1
        }
    }

    func measure(_ scope: Scope) throws -> Measurement {
        guard probes > 0 else { throw Undetermined(description: "no probe was sent") }
        return measurement(largest, "max |∂f/∂x_target|", units: probes, scope)
    }
}
