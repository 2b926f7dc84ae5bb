import Engine

/// Does the error know anything about the target's noise, linear or not? Distance correlation of e and n_a over tiles.
///
/// T is the mean over tiles of the bias-corrected dCor² between the pixels of e and those of n_a, of which the rank among
/// pixels of like clean intensity is taken (`ConditionalRanks`): a noise level that follows the signal is not independent of
/// an error that follows it too, and is no leak. Null: e is independent of the noise, whose tiles are alike; noise tiles are
/// then re-paired with the error tiles of all images, which keeps the spatial correlation inside both.
///
/// Two more rows ask the same with other measures, which see other kinds of dependence, on the first 16 of these tiles and the same 256
/// random pixels of each: `leakage.dependence.hsic`, the kernel alignment of HSIC, and `leakage.dependence.information`, mutual
/// information in nats. Their null is that of the first.
///
/// At most 64 tiles of the standard size, as many of each image, because all pairs of them are measured; images without such
/// a tile count as one where none has one, and those of another size are left out. Undetermined below 6. Out of scope for noise that
/// reaches from tile to tile, whose tiles are no longer exchangeable.
struct LeakageDependence: Check {
    let id = "leakage.dependence"
    let title = "The error is independent of the target's noise"
    let condition: any Condition = Unlikely(units: "tiles")
    private static let largestTileCount = 64
    private let draws: Int
    /// Of HSIC and mutual information, which cost the square of it.
    private static let kernelTileCount = 16
    private static let kernelPixelCount = 256
    private var errors: [DistanceCorrelation] = []
    private var noises: [DistanceCorrelation] = []
    /// Pixels of e and of ranked n_a.
    private var samples: [(error: [Double], noise: [Double])] = []
    private var reach = LongCorrelation()

    /// - Parameter draws: re-pairings; the smallest p-value is 1/(draws + 1).
    init(draws: Int = 9999) { self.draws = draws }

    mutating func observe(_ sample: Sample) throws {
        let e = try sample.error()
        let n = try sample.likeIntensity(of: sample.target).ranks(of: sample.targetNoise())
        let tiles = Tiling.standard.tiles(height: sample.shape[0], width: sample.shape[1])
        reach.add(sample.longCorrelation())
        let images = sample.evaluation.pairs.count { $0.split == sample.pair.split }
        let share = min(
            tiles.count, (Self.largestTileCount + images - 1) / images, Self.largestTileCount - errors.count)
        for k in 0..<max(0, share) {
            let tile = tiles[k * tiles.count / share]
            // A tile without noise, or without an error, has nothing to relate.
            let pixels = (error: sample.pixels(e, tile), noise: sample.pixels(n, tile))
            guard let error = try? DistanceCorrelation(pixels.error),
                let noise = try? DistanceCorrelation(pixels.noise)
            else { continue }
            errors.append(error)
            noises.append(noise)
            if samples.count < Self.kernelTileCount { samples.append(pixels) }
        }
    }

    func measure(_ scope: Scope) throws -> Measurement {
        let sizes = Dictionary(grouping: self.errors.map(\.count)) { $0 }.mapValues(\.count)
        // The commonest size; tiles cut from larger images have one.
        guard let size = sizes.max(by: { ($0.value, $0.key) < ($1.value, $1.key) })?.key else {
            throw SampleError.outOfScope("there is no error or no noise in any tile")
        }
        guard !reach.isLong else { throw SampleError.longNoise }
        let kept = self.errors.indices.filter { self.errors[$0].count == size }
        let (errors, noises) = (kept.map { self.errors[$0] }, kept.map { self.noises[$0] })
        try scope.require(errors.count, of: IntervalEstimator.fewestForInterval, "tiles", for: "re-pairing")
        let pairs = try Parallel.map(errors.count) { i in noises.map { DistanceCorrelation.squared(errors[i], $0) } }
        return try repaired(pairs, "dCor² of error and ranked target noise, bias-corrected", scope)
    }

    func measurements(_ scope: Scope) throws -> [Measurement] {
        var rows = [try measure(scope)]
        let chosen = samples.filter { $0.error.count == samples[0].error.count }
        guard chosen.count >= IntervalEstimator.fewestForInterval else { return rows }
        // One set of pixels for all, so that re-paired tiles are compared place by place.
        let fields = KernelIndependence.fieldSample(
            chosen.map(\.error) + chosen.map(\.noise), seed: scope.seed, count: Self.kernelPixelCount)
        let (errors, noises) = (Array(fields[..<chosen.count]), Array(fields[chosen.count...]))
        func add(_ name: String, _ title: String, _ quantity: String, _ pairs: [[Double]]) throws {
            var row = try repaired(pairs, quantity, scope)
            row.check = "\(id).\(name)"
            row.title = title
            rows.append(row)
        }
        // Values that repeat (a masked tile, 8-bit images) have no such number; the first row stands alone then.
        if let first = try? errors.map({ try KernelIndependence($0) }),
            let second = try? noises.map({ try KernelIndependence($0) })
        {
            try add(
                "hsic", "The error is independent of the target's noise, by kernels", "HSIC alignment",
                Parallel.map(first.count) { i in second.map { KernelIndependence.alignment(first[i], $0) } })
        }
        let information = try? Parallel.map(errors.count) { i in
            try noises.map { try MutualInformation.estimate(errors[i], $0) }
        }
        if let information {
            try add(
                "information", "The error is independent of the target's noise, by mutual information",
                "mutual information in nats", information)
        }
        return rows
    }

    /// The mean over tiles of a measure of each error tile against each noise tile, against its value with the noise re-paired.
    private func repaired(_ pairs: [[Double]], _ quantity: String, _ scope: Scope) throws -> Measurement {
        let test = try PermutationTest(
            repairing: pairs, count: draws, seed: scope.seed, domain: scope.direction.target.index)
        let mean = pairs.indices.reduce(0) { $0 + pairs[$1][$1] } / Double(pairs.count)
        return Measurement(
            check: id, title: title, direction: scope.direction, regime: scope.regime, split: scope.split,
            value: .effect(Effect(mean, quantity)), unitCount: pairs.count, imageCount: scope.imageCount,
            pValue: test.pValue())
    }
}

extension Sample {
    /// The values of a field inside a tile, all channels.
    fileprivate func pixels(_ field: [Double], _ tile: (rows: Range<Int>, columns: Range<Int>)) -> [Double] {
        let (width, channels) = (shape[1], shape[2])
        return tile.rows.flatMap { row in
            field[
                (row * width + tile.columns.lowerBound) * channels..<(row * width + tile.columns.upperBound) * channels
            ]
        }
    }
}
