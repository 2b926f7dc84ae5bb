import Formats
import Foundation
import Tensors

/// A model of which nothing is known but what it made of given inputs. Inputs are known again by their bits.
struct RecordedPredictor: Predictor {
    /// An input in one direction.
    struct Input: Hashable {
        private let digest: String

        /// - Parameter readsTarget: a model that is never given its target makes the same of every target.
        init(_ x: DomainPair<Tensor>, _ direction: Direction, readsTarget: Bool = true) {
            var digest = SHA256()
            digest.update(Data("\(direction.rawValue) \(x[direction.source].shape)\n".utf8))
            x[direction.source].withUnsafeBuffer { digest.update(Data(buffer: $0)) }
            if readsTarget { x[direction.target].withUnsafeBuffer { digest.update(Data(buffer: $0)) } }
            self.digest = digest.hex()
        }
    }

    let name: String
    var strategy: String? { nil }
    let readsTarget: Bool
    /// Whether outputs depend on the target, so that it is part of what an input is known by.
    var distinguishesTargets = true
    var outputs: [Input: Tensor] = [:]

    mutating func record(_ output: Tensor, of x: DomainPair<Tensor>, _ direction: Direction) {
        outputs[Input(x, direction, readsTarget: distinguishesTargets)] = output
    }

    func output(of x: DomainPair<Tensor>, _ direction: Direction) -> Tensor? {
        outputs[Input(x, direction, readsTarget: distinguishesTargets)]
    }

    func predict(_ x: DomainPair<Tensor>, _ direction: Direction) throws -> Tensor {
        guard let output = output(of: x, direction) else {
            throw SampleError.notSaved("in direction \(direction.rawValue)", array: "output for this input")
        }
        return output
    }
}

extension OutputsManifest {
    /// The pairs with everything that the manifest says of them.
    ///
    /// A further capture of the target is `swapped_noisy` for the exchange, `repeat` for the fresh capture, or `swapped_noisy` for it
    /// too where there is no `repeat`: both are independent of the observation that the model saw.
    public var evaluation: EvaluationSet {
        let pairs = pairs
        let directions = pairs[0][.prediction, .b] == nil ? [Direction.bToA] : Direction.allCases
        let variances = sigma.mapValues { $0 * $0 }
        var variance: DomainPair<Double>?
        if directions.allSatisfy({ variances[$0.target] != nil }) {
            // A σ of a domain that is no target is asked for by nothing.
            variance = DomainPair { variances[$0] ?? variances[$0.other] ?? 0 }
        }
        var set = EvaluationSet(
            name: name,
            pairs: pairs.map { pair in
                let noisy = DomainPair { pair[.noisy, $0] ?? Tensor(pair[.noisy, .a]?.shape ?? []) }
                let known = Domain.allCases.filter { pair[.clean, $0] != nil }
                var result = EvaluationPair(
                    id: pair.id, subject: pair.subject, split: pair.split, noisy: noisy,
                    clean: known.isEmpty ? nil : DomainPair { pair[.clean, $0] ?? noisy[$0] })
                result.cleanDomains = Set(known)
                result.noisyDomains = Set(Domain.allCases.filter { pair[.noisy, $0] != nil })
                return result
            },
            dataRange: dataRange, noiseVariance: variance, noisesAreIndependent: noisesAreIndependent,
            trainingNoiseIsKnown: pairs.contains { $0.split == .training },
            redraw: { index, domain, draw in
                let pair = pairs[index]
                if draw == Sample.Capture.swap.rawValue {
                    guard let noisy = pair[.swappedNoisy, domain] else {
                        throw SampleError.notSaved(
                            pair.id,
                            array: "\(Array.swappedNoisy.key(domain)) and \(Array.swappedPrediction.key(domain))")
                    }
                    return noisy
                }
                guard draw == Sample.Capture.fresh.rawValue,
                    let fresh = pair[.repeat, domain] ?? pair[.swappedNoisy, domain]
                else { throw SampleError.notSaved(pair.id, array: Array.repeat.key(domain)) }
                return fresh
            })
        set.directions = directions
        return set
    }

    /// The model, known by its saved outputs, with a row that says which arrays would have let more be measured.
    public var model: ModelUnderTest {
        let evaluation = evaluation
        let predictor = recorded(
            named: name, known: evaluation.pairs, at: pairs.indices.map { $0 }, evaluation.directions)
        var model = ModelUnderTest(predictor, source: file.relativePath, sha256: sha256)
        model.remarks = evaluation.directions.map { OutputsAdvice(self, $0).row }
        return model
    }
}
