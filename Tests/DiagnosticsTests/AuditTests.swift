import Foundation
import Testing

@testable import Diagnostics
@testable import Engine
@testable import Fields
@testable import Tensors

/// Data with one planted fault each: the row for it must find it, and the other premises must stay as they are.
@Suite struct AuditTests {
    private static let images = 8, side = 96
    private static let sigma = DomainPair(a: 0.1, b: 0.12)

    /// Discs of random place, size and brightness on a slope, in 0...1; the same in both domains, `offset` pixels apart.
    private func content(_ index: Int, offset: (Double, Double) = (0, 0)) -> Tensor {
        var stream = RandomStream(seed: 99, purpose: .test, image: index)
        let discs = (0..<12).map { _ in
            (stream.uniform(), stream.uniform(), 0.04 + 0.12 * stream.uniform(), stream.uniform())
        }
        let side = Self.side
        return Tensor([side, side, 1]) { out in
            for y in 0..<side {
                for x in 0..<side {
                    let (v, u) = ((Double(y) - offset.0) / Double(side), (Double(x) - offset.1) / Double(side))
                    var value = 0.3 + 0.2 * u
                    for disc in discs {
                        let distance = hypot(v - disc.0, u - disc.1) - disc.2
                        // Edges three pixels wide, so that a shift by part of a pixel is one of a band-limited image.
                        value += (0.05 + 0.95 * disc.3 - value) / (1 + exp(distance * Double(side) / 0.8))
                    }
                    out[y * side + x] = Float(value)
                }
            }
        }
    }

    private func audit(
        _ noise: NoiseModel, seed: UInt64 = 1, clean: Bool = true, repeats: Int = 0, shift: (Double, Double) = (0, 0),
        sameContent: Bool = true, change: (Int, DomainPair<Tensor>) -> DomainPair<Tensor> = { $1 }
    ) throws -> Audit {
        let pairs = (0..<Self.images).map { index in
            let content = DomainPair(a: content(index), b: content(index, offset: shift))
            func observed(_ draw: Int) -> DomainPair<Tensor> {
                change(index, noise.observe(content, seed: seed, image: index, draw: draw))
            }
            return ImagePair(
                id: "image\(index)", source: "made", index: index, clean: clean ? content : nil, noisy: observed(0),
                repeats: (0..<repeats).map { observed(1 + $0) })
        }
        let configuration = DataConfiguration(source: "made", heldOut: .fraction(0.25), noise: nil)
        return try Audit(try PairedDataset(pairs, configuration, seed: 1), sameContent: sameContent, seed: 1)
    }

    private func status(_ audit: Audit, _ id: String) -> [Status] {
        audit.rows.filter { $0.id == "audit.\(id)" }.map(\.status)
    }

    @Test func whiteIndependentNoiseIsFit() throws {
        for (clean, repeats) in [(true, 0), (false, 1)] {
            let audit = try audit(.gaussian(sigma: Self.sigma), clean: clean, repeats: repeats)
            // Spots alone may leave registration unmeasured; nothing else limits.
            #expect(audit.reasons.allSatisfy { $0.id == "audit.registration" }, "\(audit.reasons.map(\.because))")
            let variance = audit.rows.filter { $0.id == "audit.variance" }
            #expect(variance.count == 2)
            #expect(audit.rows.allSatisfy { $0.because.hasSuffix(".") })
        }
    }

    @Test func twoCapturesAloneCannotShowWhatTheyShare() throws {
        let audit = try audit(.gaussian(sigma: Self.sigma), clean: false)
        #expect(status(audit, "independence") == [.inconclusive])
        #expect(audit.fitness == .limited)
        #expect(throws: Undetermined.self) {
            try self.audit(.gaussian(sigma: Self.sigma), clean: false, sameContent: false)
        }
    }

    @Test func sharedNoiseIsUnfit() throws {
        let audit = try audit(.shared(sigma: Self.sigma, correlation: 0.15))
        let row = try #require(audit.rows.first { $0.id == "audit.independence" })
        #expect(row.status == .fail && audit.fitness == .unfit)
        #expect(abs((row.estimate ?? 0) - 0.15) < 0.02)
        #expect(row.ci95.map { $0[0] < 0.15 && 0.15 < $0[1] } == true)
        #expect((row.adjustedPValue ?? 1) < 0.01 && row.role == .premise)
        // ρ² of the power is coherent.
        let shared = try #require(audit.rows.first { $0.id == "audit.shared_spectrum" })
        #expect(abs((shared.estimate ?? 0) - 0.15 * 0.15) < 0.01)
    }

    /// Rows of false alarms over null data sets, with every row but those whose rate is not that of a test.
    @Test func nullDataSetsRarelyAlarm() throws {
        var alarms = 0
        let sets = 20
        for seed in 1...UInt64(sets) {
            let audit = try audit(.gaussian(sigma: Self.sigma), seed: seed, clean: false, repeats: 1)
            alarms += audit.rows.count { $0.status == .fail }
        }
        // Every failing row needs an interval that excludes 0 and a size above its margin: far rarer than 5 %.
        #expect(alarms == 0)
    }

    @Test func correlatedNoiseIsALimitAndNoMore() throws {
        let audit = try audit(.correlated(sigma: Self.sigma, .blur(1)))
        #expect(status(audit, "autocorrelation") == [.warn, .warn])
        #expect(status(audit, "independence") != [.fail])
        #expect(audit.fitness == .limited)
        // e^{-1/4} between neighbours of white noise blurred by one pixel.
        let row = try #require(audit.rows.first { $0.id == "audit.autocorrelation" })
        #expect(abs((row.estimate ?? 0) - exp(-0.25)) < 0.03)
    }

    @Test func clippedNoiseIsUnfit() throws {
        let audit = try audit(.clipped(.gaussian(sigma: DomainPair(a: 0.3, b: 0.3)), to: 0.25...0.75))
        #expect(status(audit, "clipping") == [.fail, .fail])
        #expect(!status(audit, "bias").contains(.pass))
        #expect(audit.fitness == .unfit)
    }

    @Test func magnitudesAreBiased() throws {
        let audit = try audit(.rician(of: .gaussian(sigma: DomainPair(a: 0.3, b: 0.3))))
        #expect(status(audit, "bias") == [.fail, .fail])
    }

    @Test func coarseRoundingIsUnfit() throws {
        let fine = try audit(.quantised(.gaussian(sigma: Self.sigma), levels: 65, over: -1...2))
        #expect(status(fine, "quantisation") == [.pass, .pass])
        let coarse = try audit(.quantised(.gaussian(sigma: DomainPair(a: 0.02, b: 0.02)), levels: 16, over: -1...2))
        #expect(status(coarse, "quantisation") == [.fail, .fail])
    }

    @Test func reusedNoiseIsUnfit() throws {
        let same = try audit(.gaussian(sigma: Self.sigma)) { _, pair in DomainPair(a: pair.a, b: pair.a) }
        #expect(status(same, "one_observation") == [.fail] && same.fitness == .unfit)
        #expect(same.headline.contains("one observation in both places"))
        // One sensor pattern in all images.
        let pattern = NoiseModel.gaussian(sigma: Self.sigma).observe(
            DomainPair { _ in Tensor([Self.side, Self.side, 1], repeating: 0) }, seed: 5, image: 0, draw: 0)
        let fixed = try audit(.gaussian(sigma: Self.sigma)) { _, pair in
            DomainPair { domain in Tensor(pair[domain].shape, zip(pair[domain].values, pattern[domain].values).map(+)) }
        }
        #expect(status(fixed, "reused_noise") == [.fail])
    }

    @Test(arguments: [0.0, 0.3, 1.0, 2.6]) func shiftsAreMeasuredToATenthOfAPixel(shift: Double) throws {
        let audit = try audit(.gaussian(sigma: Self.sigma), shift: (shift, -shift / 2), sameContent: true)
        let row = try #require(audit.rows.first { $0.id == "audit.registration" })
        #expect(abs((row.estimate ?? -1) - hypot(shift, shift / 2)) < 0.1, "\(row.because)")
        #expect(shift == 0 ? row.status == .pass : shift < 0.4 ? row.status != .pass : row.status == .fail)
    }

    @Test func brightnessThatDriftsIsSeen() throws {
        let audit = try audit(.gaussian(sigma: Self.sigma), clean: false) { _, pair in
            DomainPair(a: pair.a, b: Tensor(pair.b.shape, pair.b.values.map { $0 + 0.022 }))
        }
        // 0.022 is 0.2 of the σ of one capture, √((0.1² + 0.12²)/2).
        let sigma = ((0.01 + 0.0144) / 2).squareRoot()
        let drift = try #require(audit.rows.first { $0.id == "audit.drift" })
        #expect(drift.status == .warn && abs((drift.estimate ?? 0) - 0.022 / sigma) < 0.01)
        let bias = try #require(audit.rows.first { $0.id == "audit.bias" })
        // Measured in one bin of half of the images: within a third of it, and inside the interval.
        let (size, bounds) = (abs(bias.estimate ?? 0), (try #require(bias.ci95)).map(abs).sorted())
        #expect(abs(size - 0.022 / sigma) < 0.06 && bounds[0] <= 0.022 / sigma && 0.022 / sigma <= bounds[1])
    }

    @Test func noiseThatGrowsOverTheFrameIsNotStationary() throws {
        let audit = try audit(.gaussian(sigma: Self.sigma)) { index, pair in
            let clean = self.content(index)
            return DomainPair { domain in
                Tensor(pair[domain].shape) { out in
                    for k in out.indices {
                        let gain = 1 + Float(k / Self.side) / Float(Self.side)
                        out[k] = clean.values[k] + gain * (pair[domain].values[k] - clean.values[k])
                    }
                }
            }
        }
        #expect(status(audit, "stationarity") == [.warn, .warn])
    }

    @Test func anImageOnBothSidesOfTheSplitIsSeen() throws {
        func similarity(_ share: Float) throws -> CheckResult? {
            let twin = content(0)
            return try audit(.gaussian(sigma: Self.sigma), clean: false, repeats: 1) { _, pair in
                DomainPair { domain in
                    Tensor(
                        pair[domain].shape, zip(pair[domain].values, twin.values).map { share * $0 + (1 - share) * $1 })
                }
            }.rows.first { $0.id == "audit.split" }
        }
        #expect(try similarity(1)?.status == .pass)
        #expect(try similarity(0.05)?.status == .warn)
    }

    /// Counts, as whole numbers or in some unit: σ² is the mean, two captures alone show that they share nothing, and a background in
    /// which nothing was counted is not cut off.
    @Test(arguments: [Float(1), 37]) func photonCountsAreRecognised(unit: Float) throws {
        var pairs: [ImagePair] = []
        for index in 0..<Self.images {
            var stream = RandomStream(seed: 4, purpose: .test, image: index)
            let mean = content(index)
            func capture() -> Tensor {
                Tensor(
                    mean.shape,
                    mean.values.indices.map {
                        Float(Self.poisson($0 >= 72 * Self.side ? 0.3 : 40 * Double(mean.values[$0]), &stream)) / unit
                    })
            }
            pairs.append(
                ImagePair(
                    id: "image\(index)", source: "made", index: index, clean: nil,
                    noisy: DomainPair(a: capture(), b: capture())))
        }
        let configuration = DataConfiguration(source: "made", heldOut: .fraction(0.25), noise: nil)
        let audit = try Audit(try PairedDataset(pairs, configuration, seed: 1), sameContent: true, seed: 1)
        let fano = try #require(audit.rows.first { $0.id == "audit.fano" })
        #expect(abs((fano.estimate ?? 0) - 1) < 0.02 && fano.status == .pass)
        #expect(status(audit, "independence") == [.pass] && status(audit, "clipping") == [.pass, .pass])
        // Spots alone may leave registration unmeasured; nothing else limits.
        #expect(audit.reasons.allSatisfy { $0.id == "audit.registration" }, "\(audit.reasons.map(\.because))")
    }

    /// By summing waiting times.
    private static func poisson(_ mean: Double, _ stream: inout RandomStream) -> Int {
        var time = 0.0, count = -1
        while time < mean {
            time -= log(stream.uniform())
            count += 1
        }
        return count
    }

    @Test func dataWithoutNoiseAreOneObservation() throws {
        let audit = try audit(.gaussian(sigma: DomainPair(a: 0, b: 0)))
        #expect(status(audit, "one_observation") == [.fail] && status(audit, "independence") == [.notApplicable])
    }
}
