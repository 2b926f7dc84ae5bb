import Engine

/// What a data set shows of its noise without any model: noise fields with the intensity below each pixel.
///
/// The noise of a domain comes from the best source there is:
///
///     clean reference          n = x - c                intensity c
///     a further capture        n = (x - x')/√2          intensity of x and x', `UnselectedIntensity`
///     the other domain         n = (x_a - x_b)/√2       intensity of x_a and x_b, where both show one content
///
/// each of which has the noise's variance, in the mean of both captures.
struct AuditEvidence {
    /// How noise was told from content.
    enum Source { case clean, repeats, difference }

    /// The fields of one domain, or of the difference of both.
    struct Channel {
        /// `a`, `b` or `a - b`.
        let name: String
        let fields: [VarianceFunction.Field]
        /// The mask of each field.
        let masks: [ImageMask]
        /// Of each field, the intensity around each pixel, in which its own noise is not: `UnselectedIntensity.around`.
        let places: [Plane]
        let variance: VarianceFunction
        /// Gain of the second capture against the first, or of the capture against the clean image, one for each pair.
        let gains: GainScatter
    }

    let source: Source
    /// Which pairs belong together and which way up.
    let match: ContentMatch
    /// Pairs whose content fits, those held out first: all rows are about them.
    let pairs: [ImagePair]
    let masks: [ImageMask]
    /// One for each domain, or one alone for the difference; empty where `missing` says why.
    let channels: [Channel]
    /// Why there is nothing to measure.
    let missing: Undetermined?
    /// Whether both domains are known to show one content in one contrast.
    let sameContent: Bool
    /// Whether gains differ so much from pair to pair that they were taken out of the noise fields.
    let gainsTakenOut: Bool
    /// What one counted event is: the step of the values where all are multiples of it, none below 0.
    /// `nil` where they are not counts: the variance of the noise must lie between half and twice unit times mean, as that of
    /// counted events does, for grey values are whole, too.
    let countUnit: Double?
    /// The unit of events, and the value that stands for none, where values less the smallest are counts (`countUnit`): 0 of counts, or
    /// what was added to them.
    let lattice: (unit: Double, zero: Double)?
    /// Of intervals.
    let seed: UInt64

    /// - Parameter sameContent: as declared; taken for granted where the clean images are equal.
    /// - Throws: `Undetermined` where nothing tells the noise from the content.
    init(_ dataset: PairedDataset, sameContent declared: Bool, seed: UInt64) throws {
        let all = dataset.heldOut + dataset.training
        self.seed = seed
        let hasClean = all.allSatisfy { $0.clean != nil }
        // An odd last capture repeats both domains: it is no second observation of each.
        let hasRepeats = all.allSatisfy { pair in pair.repeats.first.map { $0.a != $0.b } ?? false }
        sameContent = declared || (hasClean && all.allSatisfy { $0.clean?.a == $0.clean?.b })
        source = hasClean ? .clean : hasRepeats ? .repeats : .difference
        match = ContentMatch(all, heldOutCount: dataset.heldOut.count, sameContent: sameContent)
        guard source != .difference || sameContent || !match.sameObservation.isEmpty else {
            throw Undetermined(
                description:
                    "nothing tells the noise from the content: there is neither a clean image nor a second capture, "
                    + "and a and b are not known to show one content (--same-content)")
        }
        pairs = match.usable.map { all[$0] }
        guard !pairs.isEmpty else {
            let reason =
                match.sameObservation.count == all.count
                ? "a and b are one observation, so there is no noise to compare"
                : "no pair has content that fits"
            (channels, masks, gainsTakenOut, countUnit, lattice) = ([], [], false, nil, nil)
            missing = Undetermined(description: reason)
            return
        }
        let observations: [(name: String, captures: (ImagePair) -> (Tensor, Tensor))]
        switch source {
        case .clean:
            observations = Domain.allCases.map { domain in
                (domain.rawValue, { ($0.noisy[domain], $0.clean?[domain] ?? $0.noisy[domain]) })
            }
        case .repeats:
            observations = Domain.allCases.map { domain in
                (domain.rawValue, { ($0.noisy[domain], $0.repeats[0][domain]) })
            }
        case .difference: observations = [("a - b", { ($0.noisy.a, $0.noisy.b) })]
        }
        let usable = pairs
        let smallest = usable.reduce(Float.infinity) {
            $1.noisy.b.values.reduce($1.noisy.a.values.reduce($0, min), min)
        }
        countUnit =
            smallest < 0 ? nil : Self.countUnit(usable, observations.map(\.captures), isClean: hasClean, zero: 0)
        lattice =
            countUnit.map { ($0, 0) }
            ?? Self.countUnit(usable, observations.map(\.captures), isClean: hasClean, zero: Double(smallest))
            .map { ($0, Double(smallest)) }
        masks = ImageMask.masks(of: usable, areCounts: lattice != nil)
        let masks = masks
        do {
            channels = try observations.map { name, captures in
                try Channel(
                    name, usable.map(captures), isClean: hasClean, masks, pairIDs: usable.map(\.id))
            }
            gainsTakenOut = channels.contains { $0.gains.isWide }
            missing = nil
        } catch let reason as Undetermined {
            (channels, gainsTakenOut, missing) = ([], false, reason)
        }
    }

    /// The step of the values above `zero`. It is measured before anything is called a count: twice as many as were counted have a
    /// variance of twice their mean, but also steps of 2.
    private static func countUnit(
        _ pairs: [ImagePair], _ observations: [(ImagePair) -> (Tensor, Tensor)], isClean: Bool, zero: Double
    ) -> Double? {
        let images = pairs.flatMap { [$0.noisy.a, $0.noisy.b] }
        var levels: Set<Float> = [Float(zero)]
        for image in images {
            levels.formUnion(image.values)
            // Counts repeat; real numbers do not.
            guard levels.count <= mostLevels else { return nil }
        }
        let sorted = levels.sorted()
        guard let last = sorted.last,
            let step = zip(sorted.dropFirst(), sorted).map({ Double($0) - Double($1) }).min(), step > 0
        else { return nil }
        // The whole range holds a whole number of steps: their length to Float's rounding of the range.
        let unit = (Double(last) - zero) / ((Double(last) - zero) / step).rounded()
        let moments = observations.map { observe in
            pairs.reduce(into: (power: 0.0, mean: 0.0)) { sums, pair in
                let (first, second) = observe(pair)
                for (a, b) in zip(first.values, second.values) {
                    let difference = Double(a) - Double(b)
                    sums.power += difference * difference / (isClean ? 1 : 2)
                    sums.mean += Double(b) - zero
                }
            }
        }
        let areCounts =
            moments.allSatisfy { $0.mean > 0 && (0.5...2).contains($0.power / (unit * $0.mean)) }
            && sorted.allSatisfy { value in
                // Float's rounding of the value and of the unit.
                let events = (Double(value) - zero) / unit
                return abs(events - events.rounded())
                    <= min(0.1, 1e-6 * max(events, 1) + 2.4e-7 * abs(Double(value)) / unit)
            }
        return areCounts ? unit : nil
    }

    /// Different values beyond which there is no lattice of counts.
    private static let mostLevels = 65536
}

extension AuditEvidence.Channel {
    fileprivate init(
        _ name: String, _ captures: [(Tensor, Tensor)], isClean: Bool, _ masks: [ImageMask], pairIDs: [String]
    ) throws {
        var planes: [(pair: Int, first: Plane, second: Plane)] = []
        for (index, (first, second)) in captures.enumerated() {
            planes += zip(Plane.channels(of: first), Plane.channels(of: second)).map { (index, $0, $1) }
        }
        let pixels = planes.reduce(0) { $0 + $1.first.values.count }
        let stride = max(1, pixels / 250_000)
        let selection = UnselectedIntensity(isClean ? [] : planes.map { ($0.first, $0.second) }, stride: stride)
        gains = GainScatter(
            planes.map { (pairIDs[$0.pair], $0.first, $0.second, masks[$0.pair]) }, isClean: isClean, selection)
        if gains.isWide {
            for index in planes.indices {
                guard let gain = gains.gains[index] else { continue }
                if isClean {
                    planes[index].first = planes[index].first.calibrated(gain)
                } else {
                    planes[index].second = planes[index].second.calibrated(gain)
                }
            }
        }
        self.name = name
        self.masks = planes.map { masks[$0.pair] }
        fields = planes.map { pair, first, second in
            VarianceFunction.Field(
                pair: pair, noise: isClean ? first - second : 0.5.squareRoot() * (first - second),
                intensity: isClean ? second : selection(first, second))
        }
        places =
            isClean
            ? fields.map(\.intensity)
            : zip(fields, self.masks).map { UnselectedIntensity.around($0.intensity, $1) }
        // Only what was measured: a mask would be an intensity of its own.
        variance = try VarianceFunction(
            zip(fields, self.masks).compactMap { field, mask in
                guard !mask.isMasked.isEmpty else { return field }
                let kept = field.noise.values.indices.filter { !mask[$0] }
                guard !kept.isEmpty else { return nil }
                return VarianceFunction.Field(
                    pair: field.pair,
                    noise: Plane(height: 1, width: kept.count, values: kept.map { field.noise.values[$0] }),
                    intensity: Plane(height: 1, width: kept.count, values: kept.map { field.intensity.values[$0] }))
            })
    }

    /// (n - ⟨n⟩)/√(⟨n²⟩ - ⟨n⟩²) of every field, with both means at the intensity of the pixel: noise of one power and of mean 0
    /// everywhere, for a mean has a row of its own, `bias`. 0 where there is no noise, as in a masked background.
    var standardised: [Plane] {
        zip(fields, masks).map { field, mask in
            Plane(height: field.noise.height, width: field.noise.width) { y, x in
                guard !mask[y * field.noise.width + x] else { return 0 }
                let (mean, power) = variance.moments(field.intensity[y, x])
                let square = power - mean * mean
                return square > 1e-12 * power ? (field.noise[y, x] - mean) / square.squareRoot() : 0
            }
        }
    }

    /// `standardised` less the mean of each field over the pixels that hold noise: what its pixels and other fields are compared by, in which
    /// an offset of one capture is no likeness.
    var centred: [Plane] {
        standardised.map { field in
            let held = field.values.reduce(into: (sum: 0.0, count: 0.0)) { sums, value in
                sums.sum += value
                sums.count += value == 0 ? 0 : 1
            }
            let mean = held.count > 0 ? held.sum / held.count : 0
            return Plane(height: field.height, width: field.width, values: field.values.map { $0 == 0 ? 0 : $0 - mean })
        }
    }

    /// The bin of a pixel; `nil` where it is masked or silent.
    func bin(_ field: Int, _ pixel: Int) -> Int? {
        masks[field][pixel] ? nil : variance.bin(of: fields[field].intensity.values[pixel])
    }

    /// The bin of the intensity around a pixel, which does not select its noise; `nil` where it is masked or silent.
    func place(_ field: Int, _ pixel: Int) -> Int? {
        bin(field, pixel) == nil ? nil : variance.bin(of: places[field].values[pixel])
    }

    /// Mean noise power.
    var power: Double {
        let bins = variance.bins
        return bins.reduce(0) { $0 + $1.variance * Double($1.count) } / bins.reduce(0) { $0 + Double($1.count) }
    }

    /// Σ n² over unit · Σ intensity: 1 for Poisson counts, events of one unit each. `nil` where it is not finite.
    func varianceOverMean(unit: Double, seed: UInt64, _ statistic: @escaping (Double) -> Double = { $0 })
        -> IntervalEstimate?
    {
        var tiles = PlaneTiles()
        for field in fields {
            let one = Plane(height: field.noise.height, width: field.noise.width) { _, _ in unit }
            tiles.add([(field.noise, field.noise), (field.intensity, one)])
        }
        return tiles.estimate(seed: seed) { statistic($0[0] / $0[1]) }
    }
}

/// Sums of products over the tiles of fields, for intervals that resample tiles.
struct PlaneTiles {
    private(set) var rows: [[Double]] = []

    /// Noise is resampled in squares of 32 pixels, as in the suite; border pixels count here, since no network blurs them.
    static let tiling = Tiling(side: 32)

    mutating func add(_ products: [(Plane, Plane)]) {
        guard let first = products.first?.0 else { return }
        rows += Self.tiling.sums(
            products.map { ($0.values, $1.values) }, shape: [first.height, first.width, 1])
    }

    /// Makes one unit of all tiles that `count` names.
    mutating func merge(last count: Int) {
        let tail = rows.suffix(count)
        guard let first = tail.first, count > 1 else { return }
        let sum = tail.dropFirst().reduce(first) { zip($0, $1).map(+) }
        rows.removeLast(count)
        rows.append(sum)
    }

    /// `nil` where the statistic is not finite.
    func estimate(seed: UInt64, _ statistic: @escaping SumStatistic) -> IntervalEstimate? {
        rows.isEmpty ? nil : IntervalEstimator(unitSums: rows, seed: seed).estimate(of: statistic)
    }
}
