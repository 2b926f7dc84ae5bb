import Engine
import Tensors

extension EvaluationSet {
    /// The pairs of a data set as a model is tested on them.
    ///
    /// Redrawn observations come from draws that training never uses.
    /// - Parameter unseen: every pair counts as held out: data that the model was not trained on.
    public init(_ dataset: PairedDataset, name: String, unseen: Bool = false) {
        let pairs = dataset.heldOut.map { ($0, Split.heldout) } + dataset.training.map { ($0, Split.training) }
        // Where each epoch had noise of its own, memory is looked for in that of the first, in as many pairs as are held out.
        let isFresh = dataset.realisation == .fresh && !unseen
        let remembered = dataset.heldOut.count..<(isFresh ? 2 * dataset.heldOut.count : dataset.heldOut.count)
        self.init(
            name: name,
            pairs: pairs.enumerated().map { index, entry in
                let (pair, split) = entry
                return EvaluationPair(
                    id: pair.id, subject: pair.subject, split: unseen ? .heldout : split,
                    noisy: remembered.contains(index) ? dataset.observation(of: pair, draw: 1) : pair.noisy,
                    clean: pair.clean, repeats: pair.repeats, dataRange: pair.dataRange(of: dataset))
            },
            dataRange: dataset.dataRange, black: EvaluationSet.black(of: dataset, pairs.map(\.0)),
            noiseVariance: dataset.nominalVariance,
            noisesAreIndependent: dataset.noisesAreIndependent, noiseIsGaussian: dataset.noiseIsGaussian,
            trainingNoiseIsKnown: !unseen,
            redraw: dataset.noise == nil ? nil : EvaluationSet.redraw(dataset, pairs.map(\.0)))
        noiseIsAdded = dataset.noise != nil
        couplingDomains = Set(Domain.allCases.filter { dataset.normalisation.dependsOnNoise(ofTarget: $0) })
        guard dataset.noise != nil, !couplingDomains.isEmpty else { return }
        // Divisors may be made from both images: the other one must keep its noise.
        let images: @Sendable (Int, Domain, Int) -> DomainPair<Tensor> = { index, domain, draw in
            let shown = remembered.contains(index) ? 1 : 0
            let draws = DomainPair { $0 == domain ? EvaluationSet.firstDraw + draw : shown }
            return dataset.observation(of: pairs[index].0, draws: draws).images
        }
        redraw = { images($0, $1, $2)[$1] }
        companion = { images($0, $1, $2)[$1.other] }
    }

    /// Arrays do not say what their black is: real ones with clean values below 0 are centred like pictures. Of complex numbers
    /// the magnitude is shown, whose black is 0.
    private static func black(of dataset: PairedDataset, _ pairs: [ImagePair]) -> Double {
        let clean = pairs.compactMap(\.clean).flatMap { [$0.a, $0.b] }
        guard dataset.black == 0, clean.allSatisfy({ $0.shape[2] != 2 }) else { return dataset.black }
        let isCentred = clean.contains { $0.values.contains { Double($0) < -0.01 * dataset.dataRange } }
        return isCentred ? -dataset.dataRange / 2 : 0
    }

    private static func redraw(_ dataset: PairedDataset, _ pairs: [ImagePair]) -> Redraw {
        { index, domain, draw in dataset.observation(of: pairs[index], draw: firstDraw + draw)[domain] }
    }

    /// Training counts its draws up from 0; this is beyond any number of epochs.
    private static let firstDraw = 1 << 30
}
