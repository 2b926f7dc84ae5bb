import Foundation
import Testing

@testable import Engine
@testable import Formats
@testable import Tensors

@Suite struct DataTrainingEpochTests {
    /// Images whose value at (y, x) tells image, row and column; domain b is domain a plus 0.5. No noise.
    private func dataset(
        images: Int = 3, height: Int = 12, width: Int = 10, cropsPerImage: Int? = nil, noise: NoiseModel? = nil,
        realisation: DataConfiguration.Realisation = .stored,
        augmentation: DataConfiguration.Augmentation = .init(flips: true, rotations: true)
    ) throws -> PairedDataset {
        let pairs = (0..<images).map { image in
            let values = (0..<height * width).map { Float(image * 10_000 + $0 / width * 100 + $0 % width) }
            let a = Tensor([height, width, 1], values)
            let pair = DomainPair(a: a, b: Tensor([height, width, 1], values.map { $0 + 0.5 }))
            let noisy = noise?.observe(pair, seed: 5, image: image, draw: 0) ?? pair
            return ImagePair(id: "i\(image)", source: "i\(image).png", index: image, clean: pair, noisy: noisy)
        }
        let configuration = DataConfiguration(
            source: "test", dataRange: 2, heldOut: .names([]), noise: noise.map { .init($0, realisation) },
            augmentation: augmentation, cropsPerImage: cropsPerImage)
        return try PairedDataset(pairs, configuration, seed: 5)
    }

    @Test func everyImageEquallyOftenInShuffledOrder() throws {
        let dataset = try dataset(cropsPerImage: 7)
        let epoch = try dataset.epoch(0, batchSize: 4, cropSize: 4)
        #expect(epoch.count == 6)
        #expect(epoch.map { $0.a.shape } == [Int](repeating: 4, count: 5).map { [$0, 4, 4, 1] } + [[1, 4, 4, 1]])
        let order = epoch.indices.flatMap { epoch.images(inBatch: $0) }
        for image in 0..<3 { #expect(order.count { $0 == image } == 7) }
        #expect(order != order.sorted())
        let next = try dataset.epoch(1, batchSize: 4, cropSize: 4)
        #expect(order != next.indices.flatMap { next.images(inBatch: $0) })
    }

    @Test func theDefaultCoversAnAverageImageOnce() throws {
        // 12·10 / 4² = 7.5
        #expect(try dataset().epoch(0, batchSize: 1, cropSize: 4).count == 3 * 7)
        #expect(try dataset().epoch(0, batchSize: 1, cropSize: 10).count == 3)
    }

    /// Every crop is a square of one image, turned; the same place and turn in both domains.
    @Test(arguments: [(false, false, 1), (true, false, 4), (false, true, 4), (true, true, 8)])
    func cropsAreTurnedSquaresAlikeInBothDomains(flips: Bool, rotations: Bool, turns: Int) throws {
        let dataset = try dataset(
            cropsPerImage: 300, augmentation: .init(flips: flips, rotations: rotations))
        let epoch = try dataset.epoch(0, batchSize: 100, cropSize: 3)
        var seenTurns = Set<[Float]>()
        var seenPlaces = Set<Float>()
        for (index, batch) in epoch.enumerated() {
            for (position, image) in epoch.images(inBatch: index).enumerated() {
                let a = Array(batch.a.values[position * 9..<position * 9 + 9])
                let b = Array(batch.b.values[position * 9..<position * 9 + 9])
                #expect(b == a.map { $0 + 0.5 })
                let corner = try #require(a.min())
                seenTurns.insert(a.map { $0 - corner })
                seenPlaces.insert(corner)
                #expect(Int(corner) / 10_000 == image)
                #expect(Set(a.map { $0 - corner }) == [0, 1, 2, 100, 101, 102, 200, 201, 202])
            }
        }
        #expect(seenTurns.count == turns)
        // All 10·8 places of 3 images: 300 draws miss a given one with probability (79/80)^300 = 2.3 %.
        #expect(seenPlaces.count > 3 * 80 * 9 / 10)
    }

    @Test func aBatchDependsOnSeedAndEpochAlone() throws {
        let dataset = try dataset()
        let epoch = try dataset.epoch(3, batchSize: 4, cropSize: 4)
        let all = Array(epoch)
        // Backwards, from a new epoch, on one thread: the same bytes.
        let threads = Parallel.threadCount
        defer { Parallel.threadCount = threads }
        Parallel.threadCount = 1
        let again = try self.dataset().epoch(3, batchSize: 4, cropSize: 4)
        for index in again.indices.reversed() { #expect(again[index] == all[index]) }
    }

    @Test func freshNoiseIsOneDrawAnEpochAndStoredNoiseIsOneForAll() throws {
        let noise = NoiseModel.gaussian(sigma: DomainPair(a: 0.1, b: 0.2))
        // A crop of the whole image, not turned, shows the observation itself.
        func shown(_ realisation: DataConfiguration.Realisation, epoch: Int) throws -> DomainPair<Tensor> {
            let dataset = try dataset(
                images: 1, height: 6, width: 6, cropsPerImage: 1, noise: noise, realisation: realisation,
                augmentation: .init())
            #expect(dataset.distinctRealisations(epochs: 9) == (realisation == .fresh ? 9 : 1))
            let batch = try dataset.epoch(epoch, batchSize: 1, cropSize: 6)[0].map { $0.reshaped([6, 6, 1]) }
            #expect(batch == dataset.observation(of: dataset.training[0], draw: realisation == .fresh ? epoch + 1 : 0))
            return batch
        }
        #expect(try shown(.stored, epoch: 0) == shown(.stored, epoch: 1))
        #expect(try shown(.fresh, epoch: 0) != shown(.fresh, epoch: 1))
        #expect(try shown(.fresh, epoch: 0) != shown(.stored, epoch: 0))
    }

    /// Rotations alone are rotations: no mirror image is among them.
    @Test func aRotationKeepsTheHand() throws {
        let dataset = try dataset(cropsPerImage: 40, augmentation: .init(rotations: true))
        for batch in try dataset.epoch(0, batchSize: 1, cropSize: 2) {
            // Row and column steps of 100 and 1, seen clockwise from the upper left.
            let v = batch.a.values
            let (right, down) = (v[1] - v[0], v[2] - v[0])
            #expect([[1, 100], [-100, 1], [-1, -100], [100, -1]].contains([right, down]), "\(v)")
        }
    }

    @Test func brightnessAndContrastAreOneLineForBothDomains() throws {
        let plain = try dataset(cropsPerImage: 50, augmentation: .init()).epoch(1, batchSize: 1, cropSize: 4)
        let augmented = try dataset(cropsPerImage: 50, augmentation: .init(brightness: 2, contrast: 0.3))
            .epoch(1, batchSize: 1, cropSize: 4)
        var lines: [(gain: Float, offset: Float)] = []
        for (before, after) in zip(plain, augmented) {
            // b is a + 0.5 before, so the gain is what it is afterwards; values near 20000 leave it three digits.
            let steps = zip(after.a.values, after.b.values).map { ($0.1 - $0.0) * 2 }
            let gain = (after.a.values[15] - after.a.values[0]) / (before.a.values[15] - before.a.values[0])
            #expect(steps.allSatisfy { abs($0 - gain) < 0.01 })
            let offset = after.a.values[0] - gain * before.a.values[0]
            lines.append((gain, offset))
            #expect(abs(gain - 1) <= 0.3001)
            // Images that begin near 0 show the offset.
            if before.a.values[0] < 1000 { #expect(abs(offset) <= 2.01) }
        }
        #expect((lines.map(\.gain).max() ?? 0) > 1.2 && (lines.map(\.gain).min() ?? 2) < 0.8)
    }

    @Test func aRandomPhaseTurnsBothDomainsAlike() throws {
        let image = Tensor([4, 4, 2], (0..<32).map { Float($0) - 11 })
        let pair = DomainPair(a: image, b: Tensor([4, 4, 2], image.values.map { $0 * 2 + 1 }))
        let pairs = [ImagePair(id: "i", source: "i", index: 0, clean: nil, noisy: pair)]
        let configuration = DataConfiguration(
            source: "test", heldOut: .names([]), noise: nil, augmentation: .init(randomPhase: true), cropsPerImage: 30)
        var angles: [Double] = []
        for batch in try PairedDataset(pairs, configuration, seed: 1).epoch(0, batchSize: 1, cropSize: 4) {
            func turn(_ before: Tensor, _ after: Tensor) -> [Double] {
                stride(from: 0, to: before.count, by: 2).map { index in
                    let (x, y) = (before.values, after.values)
                    #expect(
                        abs(
                            x[index] * x[index] + x[index + 1] * x[index + 1] - y[index] * y[index] - y[index + 1]
                                * y[index + 1]) < 1e-2)
                    // The angle of y·conj(x).
                    return Double(
                        atan2(
                            y[index + 1] * x[index] - y[index] * x[index + 1],
                            y[index] * x[index] + y[index + 1] * x[index + 1]))
                }
            }
            let all = turn(pair.a, batch.a) + turn(pair.b, batch.b)
            #expect(all.allSatisfy { abs(remainder($0 - all[0], 2 * .pi)) < 1e-4 })
            angles.append(all[0])
        }
        // Uniform on the circle: 30 of them leave no half empty, and their mean vector is shorter than 5/√30.
        #expect((angles.min() ?? 0) < 0 && (angles.max() ?? 0) > 0)
        let (c, s) = (angles.reduce(0) { $0 + cos($1) } / 30, angles.reduce(0) { $0 + sin($1) } / 30)
        #expect((c * c + s * s).squareRoot() < 5 / 30.0.squareRoot())
    }

    /// What is switched on does not change what else is drawn.
    @Test func cropsStayWhereTheyAre() throws {
        var stream = RandomStream(seed: 1, purpose: .test)
        for _ in 0..<50 {
            var (first, second) = (stream, stream)
            let all = Crop(
                of: [30, 40, 2], size: 8,
                .init(flips: true, rotations: true, randomPhase: true, brightness: 1, contrast: 0.5), from: &first)
            let none = Crop(of: [30, 40, 2], size: 8, .init(), from: &second)
            #expect((all.top, all.left) == (none.top, none.left) && first.next() == second.next())
            #expect(none.gain == 1 && none.offset == 0 && none.phase == SIMD2(1, 0) && !none.transposes)
            _ = stream.next()
        }
    }

    @Test func anImageSmallerThanTheCropIsNamed() throws {
        let error = #expect(throws: InputError.self) { try dataset().epoch(0, batchSize: 1, cropSize: 11) }
        #expect(error?.description == "i0.png: has 10×12 pixels (width × height); it must hold a crop of 11×11")
    }
}
