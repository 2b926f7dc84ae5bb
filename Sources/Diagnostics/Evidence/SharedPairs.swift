import Formats
import Foundation
import Tensors

/// Saved outputs beside other models: all are about the same noisy images, whoever made what became of them.
extension OutputsManifest {
    /// `base` with the clean images and the sources that it lacks and this manifest has.
    ///
    /// - Throws: `InputError` that names the pair, the array and what would be right, where this manifest's held-out pairs are not those
    ///   of `base`: other noisy images, other clean ones, pairs too many or too few, or another data range.
    public func completing(_ base: EvaluationSet) throws -> EvaluationSet {
        let own = evaluation, places = try matching(base)
        var set = base
        for (index, place) in places {
            for domain in Domain.allCases {
                if !set.pairs[index].noisyDomains.contains(domain), own.pairs[place].noisyDomains.contains(domain) {
                    set.pairs[index].noisy[domain] = own.pairs[place].noisy[domain]
                    set.pairs[index].noisyDomains.insert(domain)
                }
                guard set.pairs[index].clean(of: domain) == nil, let clean = own.pairs[place].clean(of: domain) else {
                    continue
                }
                if set.pairs[index].clean == nil {
                    set.pairs[index].clean = set.pairs[index].noisy
                    set.pairs[index].cleanDomains = []
                }
                set.pairs[index].clean?[domain] = clean
                set.pairs[index].cleanDomains.insert(domain)
            }
        }
        return set
    }

    /// The model on the held-out pairs of `base`, which `completing` made, with this manifest's further captures and training pairs.
    ///
    /// - Throws: as `completing`.
    public func model(named name: String, on base: EvaluationSet) throws -> ModelUnderTest {
        let own = evaluation, places = try matching(base)
        let training = own.pairs.indices.filter { own.pairs[$0].split == .training }
        var set = base
        set.pairs = places.map { base.pairs[$0.index] } + training.map { own.pairs[$0] }
        set.name = own.name
        set.directions = own.directions
        set.noiseVariance = own.noiseVariance ?? base.noiseVariance
        set.noisesAreIndependent = own.noisesAreIndependent && base.noisesAreIndependent
        set.trainingNoiseIsKnown = own.trainingNoiseIsKnown
        set.companion = nil
        let order = places.map(\.place) + training
        let mine = own.redraw, others = base.redraw
        set.redraw = { index, domain, draw in
            do {
                guard let mine else { throw SampleError.cannotRedraw(own.pairs[order[index]].id) }
                return try mine(order[index], domain, draw)
            } catch let error as SampleError where draw != Sample.Capture.swap.rawValue && index < places.count {
                // What the model was not run on it has not seen either, whoever drew it.
                if let others { return try others(places[index].index, domain, draw) }
                guard let capture = base.pairs[places[index].index].repeats.first else { throw error }
                return capture[domain]
            }
        }
        var result = ModelUnderTest(
            recorded(named: name, known: set.pairs, at: order, set.directions), source: file.relativePath,
            sha256: sha256)
        result.remarks = set.directions.map { OutputsAdvice(self, $0).row }
        result.knownOn = set
        return result
    }

    /// `base`, made of this manifest's pairs, as a program is tested on it: exchanged for the further captures of all its targets where
    /// there are any, and otherwise by added noise.
    ///
    /// - Throws: `InputError` where a pair has no source.
    public func pairsForRunning(_ base: EvaluationSet) throws -> EvaluationSet {
        var set = base
        set.pairs.removeAll { $0.split == .training }
        set.trainingNoiseIsKnown = false
        set.redraw = nil
        if let pair = set.pairs.first(where: { $0.noisyDomains.count < 2 }) {
            throw InputError(
                file: file.relativePath, place: "pair \(pair.id)", problem: "has no noisy_b",
                remedy: "a program is run on the source of every pair")
        }
        let heldOut = pairs.filter { $0.split == .heldout }
        let isRepeated = base.directions.map(\.target).allSatisfy { target in
            heldOut.allSatisfy { $0[.swappedNoisy, target] != nil || $0[.repeat, target] != nil }
        }
        guard isRepeated else { return set }
        set.redraw = { index, domain, draw in
            let (swapped, fresh) = (heldOut[index][.swappedNoisy, domain], heldOut[index][.repeat, domain])
            let chosen = draw == Sample.Capture.swap.rawValue ? swapped ?? fresh : fresh ?? swapped
            guard let chosen else { throw SampleError.cannotRedraw(heldOut[index].id) }
            return chosen
        }
        return set
    }

    /// Known outputs under the inputs that `known` has them for.
    func recorded(named name: String, known: [EvaluationPair], at places: [Int], _ directions: [Direction])
        -> RecordedPredictor
    {
        var predictor = RecordedPredictor(name: name, readsTarget: readsTarget)
        for (place, known) in zip(places, known) {
            let pair = pairs[place]
            for direction in directions {
                let target = direction.target
                if let output = pair[.prediction, target] { predictor.record(output, of: known.noisy, direction) }
                if let noisy = pair[.swappedNoisy, target], let output = pair[.swappedPrediction, target] {
                    var swapped = known.noisy
                    swapped[target] = noisy
                    predictor.record(output, of: swapped, direction)
                }
            }
        }
        return predictor
    }

    /// Which pair of this manifest each held-out pair of `base` is, by the bits of the noisy images.
    private func matching(_ base: EvaluationSet) throws -> [(index: Int, place: Int)] {
        func wrong(_ pair: String?, _ problem: String, _ remedy: String) -> InputError {
            InputError(file: file.relativePath, place: pair.map { "pair \($0)" }, problem: problem, remedy: remedy)
        }
        guard (dataRange - base.dataRange).magnitude <= 1e-6 * base.dataRange else {
            throw wrong(
                nil,
                "data_range is \(NumberText.shortest(dataRange)), that of \(base.name) is \(NumberText.shortest(base.dataRange))",
                "all models are compared in the same units")
        }
        let own = evaluation
        let candidates = own.pairs.indices.filter { own.pairs[$0].split == .heldout }
        var byImage: [RecordedPredictor.Input: [Int]] = [:]
        func key(_ pair: EvaluationPair) -> RecordedPredictor.Input {
            RecordedPredictor.Input(DomainPair(a: pair.noisy.a, b: pair.noisy.a), .bToA, readsTarget: false)
        }
        for place in candidates { byImage[key(own.pairs[place]), default: []].append(place) }
        let sameImages = "all outputs must be made from the same noisy images"
        var result: [(index: Int, place: Int)] = []
        for (index, pair) in base.pairs.enumerated() where pair.split == .heldout {
            let same = byImage[key(pair)] ?? []
            func hasSource(_ place: Int) -> Bool {
                let both = pair.noisyDomains.contains(.b) && own.pairs[place].noisyDomains.contains(.b)
                return !both || pair.noisy.b == own.pairs[place].noisy.b
            }
            guard let place = same.first(where: hasSource) else {
                if let place = same.first {
                    throw wrong(
                        own.pairs[place].id, "its noisy_b is not that of pair \(pair.id) of \(base.name)", sameImages)
                }
                let isNamed = candidates.contains { own.pairs[$0].id == pair.id }
                throw isNamed
                    ? wrong(pair.id, "its noisy_a is not that of \(base.name)", sameImages)
                    : wrong(nil, "has no output for pair \(pair.id) of \(base.name)", sameImages)
            }
            for domain in Domain.allCases {
                guard let clean = pair.clean(of: domain), let other = own.pairs[place].clean(of: domain) else {
                    continue
                }
                let largest = zip(clean.values, other.values).reduce(0) { max($0, abs($1.0 - $1.1)) }
                // Rounding of pictures that were brought into the units of the data.
                guard Double(largest) <= 1e-5 * base.dataRange else {
                    throw wrong(
                        own.pairs[place].id, "its clean_\(domain) is not that of \(base.name)",
                        "errors are measured against one clean image")
                }
            }
            result.append((index, place))
        }
        let matched = Set(result.map(\.place))
        if let extra = candidates.first(where: { !matched.contains($0) }) {
            throw wrong(own.pairs[extra].id, "is not among the pairs of \(base.name)", sameImages)
        }
        return result
    }
}
