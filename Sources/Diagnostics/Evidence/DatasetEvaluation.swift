import Engine

extension EvaluationSet {
    /// The pairs of a data set as a model is tested on them.
    ///
    /// Redrawn observations come from draws that training never uses.
    /// - Parameter unseen: every pair counts as held out: data that the model was not trained on.
    public init(_ dataset: PairedDataset, name: String, unseen: Bool = false) {
        let pairs = dataset.heldOut.map { ($0, Split.heldout) } + dataset.training.map { ($0, Split.training) }
        self.init(
            name: name,
            pairs: pairs.map { pair, split in
                EvaluationPair(
                    id: pair.id, subject: pair.subject, split: unseen ? .heldout : split, noisy: pair.noisy,
                    clean: pair.clean, repeats: pair.repeats, dataRange: pair.dataRange(of: dataset))
            },
            dataRange: dataset.dataRange, black: dataset.black, noiseVariance: dataset.nominalVariance,
            noisesAreIndependent: dataset.noisesAreIndependent, noiseIsGaussian: dataset.noiseIsGaussian,
            trainingNoiseIsStored: dataset.realisation == .stored,
            redraw: dataset.noise == nil ? nil : EvaluationSet.redraw(dataset, pairs.map(\.0)))
    }

    private static func redraw(_ dataset: PairedDataset, _ pairs: [ImagePair]) -> Redraw {
        { index, domain, draw in dataset.observation(of: pairs[index], draw: firstDraw + draw)[domain] }
    }

    /// Training counts its draws up from 0; this is beyond any number of epochs.
    private static let firstDraw = 1 << 30
}
