import Formats
import Tensors

/// A program as a model under test. Everything that the checks will ask for is computed beforehand, in batches, because a program may
/// take seconds to start.
public struct ExternalPredictor: Predictor {
    /// As reports and errors name it.
    public let name: String
    /// `nil`: nothing is known of its insides.
    public var strategy: String? { nil }
    /// Whether its command line names the target.
    public var readsTarget: Bool { program.readsTarget }

    private let program: ExternalProgram
    private var recorded: RecordedPredictor
    private let shouldStop: @Sendable () -> Bool

    /// Outputs for the observations and for those with the target's noise exchanged, in all directions of `evaluation`.
    ///
    /// A program that is not given its target is not run again for an exchanged one: its output is the same by construction.
    /// - Parameters:
    ///   - name: as reports name it; the program's own unless given.
    ///   - batch: images of one shape that one start of the program gets at most.
    ///   - shouldStop: asked all the time; ends the program.
    ///   - progress: called with the number of images done and of all.
    /// - Throws: what `ExternalProgram` throws; `InputError` for a program that does not give the same output for the same input.
    public init(
        _ program: ExternalProgram, named name: String? = nil, on evaluation: EvaluationSet, batch: Int = 16,
        shouldStop: @escaping @Sendable () -> Bool = { false }, progress: (Int, Int) -> Void = { _, _ in }
    ) throws {
        self.program = program
        self.shouldStop = shouldStop
        self.name = name ?? program.name
        recorded = RecordedPredictor(name: self.name, readsTarget: program.readsTarget)
        recorded.distinguishesTargets = program.readsTarget
        let inputs = try evaluation.directions.map { ($0, try Self.inputs(evaluation, $0, program)) }
        let total = inputs.reduce(0) { $0 + $1.1.count }
        var done = 0
        for (direction, all) in inputs {
            var position = 0
            while position < all.count {
                let shape = all[position].a.shape
                let group = Array(all[position...].prefix(batch).prefix { $0.a.shape == shape })
                progress(done, total)
                let outputs = try run(group, direction)
                for (x, output) in zip(group, outputs) { recorded.record(output, of: x, direction) }
                if position == 0 { try requireRepeatable(group[0], outputs[0], direction) }
                position += group.count
                done += group.count
            }
        }
        progress(total, total)
    }

    /// What was recorded; an input that was not foreseen starts the program again.
    public func predict(_ x: DomainPair<Tensor>, _ direction: Direction) throws -> Tensor {
        try recorded.output(of: x, direction) ?? run([x], direction)[0]
    }

    private func run(_ x: [DomainPair<Tensor>], _ direction: Direction) throws -> [Tensor] {
        try program.run(
            x.map { (source: $0[direction.source], target: $0[direction.target]) }, direction, shouldStop: shouldStop)
    }

    private static func inputs(_ evaluation: EvaluationSet, _ direction: Direction, _ program: ExternalProgram) throws
        -> [DomainPair<Tensor>]
    {
        evaluation.pairs.indices.flatMap { index in
            let pair = evaluation.pairs[index]
            // Without a clean image what passes of the source's noise is seen by its exchange, too.
            let further = pair.clean == nil ? pair.repeats.prefix(1) : []
            let known =
                [pair.noisy]
                + further.map { capture in DomainPair { $0 == direction.source ? capture[$0] : pair.noisy[$0] } }
            guard program.readsTarget || evaluation.couplingDomains.contains(direction.target),
                let swapped = try? evaluation.exchanged(index, direction.target)
            else { return known }
            return known + [swapped.images]
        }
    }

    /// The first image by itself must come out as it did among others: neither drawn at random nor dependent on its batch.
    private func requireRepeatable(_ x: DomainPair<Tensor>, _ output: Tensor, _ direction: Direction) throws {
        let again = try run([x], direction)[0]
        let largest = output.values.reduce(0) { max($0, abs($1)) }
        let difference = zip(output.values, again.values).reduce(0) { max($0, abs($1.0 - $1.1)) }
        guard difference <= 1e-4 * largest else {
            throw InputError(
                file: program.name,
                problem:
                    "gives another output for the same image, by up to \(NumberText.significant(Double(difference)))",
                remedy:
                    "fix its seed, and put the model in evaluation mode, so that an image does not depend on its batch")
        }
    }
}
