import Fields

/// Largest |∂⟨v, f⟩/∂x_a| over random probes v: is there a path from the target to the output at all?
///
/// Exactly 0.0, not merely small, where no operation connects the two: then nothing of n_a can reach the output on pairs
/// that were not trained on. A path that is there leaks nothing by itself; how much comes through, other rows say.
struct TargetPath: Check {
    let id = "structure.target_path"
    let title = "A path from the target to the output"
    let role = Role.leakage
    let evidence = Evidence.path
    private var largest = 0.0
    private var probes = 0

    mutating func observe(_ sample: Sample) throws {
        for probe in try sample.probes() {
            largest = probe.targetGradient.reduce(largest) { max($0, $1.magnitude) }
            probes += 1
        }
    }

    func measurements(_ scope: Scope) throws -> [Measurement] {
        guard probes > 0 else { throw Undetermined(description: "no probe was sent") }
        return [
            row(
                exactly: largest, "max |∂f/∂x_target|", count: probes, .exactlyZero, scope,
                reading: largest == 0
                    ? "no path leads from the target to the output"
                    : "the target is an input of the path; how much of its noise arrives, the other rows say")
        ]
    }
}
