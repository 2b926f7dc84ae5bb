import Foundation
import TestSupport
import Testing

@testable import Engine
@testable import Tensors

/// How much a latent depends on the image, and the content loss that counts on it.
@Suite struct TrainingLatentLifeTests {
    private func random(_ shape: [Int], _ seed: UInt64) -> Tensor { GradientCheck.random(shape, seed: seed) }
    private func scaled(_ x: Tensor, by factor: Float, plus constant: Tensor? = nil) -> Tensor {
        Elementwise.map(x, constant ?? Tensor(x.shape)) { $0 * factor + $1 }
    }
    private func relative(_ x: Tensor, _ y: Tensor) -> Double {
        let tape = Tape(recording: false)
        return Double(relativeDistance(tape.constant(x), tape.constant(y)).value.scalar)
    }

    /// Two images at two places: 1 and 3 at the first (variance 1), 5 and 5 at the second: 1/2.
    @Test func varianceOverImages() {
        #expect(LatentLife.variance(of: Tensor([2, 2, 1, 1], [1, 5, 3, 5])) == 0.5)
        #expect(LatentLife.variance(of: Tensor([2, 1, 1, 3], [1, 2, 3, 1, 2, 3])) == 0)
        #expect(LatentLife.variance(of: Tensor([1, 2, 2, 1], [1, 2, 3, 4])) == nil)
        #expect(LatentLife.variance(of: Tensor([0, 2, 2, 1])) == nil)
        // (1/8)², beside a mean whose square has no room for it in Float32.
        #expect(LatentLife.variance(of: Tensor([2, 1, 1, 1], [10_000, 10_000.25])) == 0.015625)
    }

    /// Variance 1/2 and mean square (1 + 25 + 9 + 25)/4 = 15 in one domain, 0 and 5 in the other: 1/40.
    @Test func shareByHand() {
        let a = Tensor([2, 2, 1, 1], [1, 5, 3, 5]), b = Tensor([2, 2, 1, 1], [1, 3, 1, 3])
        #expect(LatentLife.share(of: DomainPair(a: a, b: b)) == 0.025)
        // Constants, of each domain its own, are no life; nor are zeros. One image says nothing.
        let other = Tensor([2, 2, 1, 1], [7, 7, 7, 7])
        #expect(LatentLife.share(of: DomainPair(a: other, b: b)) == 0)
        let zeros = Tensor([2, 2, 1, 1])
        #expect(LatentLife.share(of: DomainPair(a: zeros, b: zeros)) == 0)
        #expect(LatentLife.share(of: DomainPair { _ in Tensor([1, 2, 1, 1], [1, 2]) }) == nil)
        let broken = LatentLife.share(of: DomainPair(a: Tensor([2, 1, 1, 1], [.nan, 1]), b: Tensor([2, 1, 1, 1])))
        #expect(broken?.isNaN == true)
    }

    /// A latent that is scaled by 1e-3 or 1e3 is as alive and as far from its partner as before.
    @Test(arguments: [Float(1e-3), 1e3]) func scaleChangesNothing(factor: Float) throws {
        let z = DomainPair { random([4, 5, 3, 6], UInt64(1 + $0.index)) }
        let far = z.map { scaled($0, by: factor) }
        let life = try #require(LatentLife.share(of: z)), scaledLife = try #require(LatentLife.share(of: far))
        #expect(abs(scaledLife / life - 1) < 1e-5)
        #expect(abs(relative(far.a, far.b) / relative(z.a, z.b) - 1) < 1e-5)
        // The absolute distance is not so.
        let tape = Tape(recording: false)
        let absolute = [z, far].map { meanDistance(tape.constant($0.a), tape.constant($0.b), .l1).value.scalar }
        #expect(abs(absolute[1] / absolute[0] / factor - 1) < 1e-5)
    }

    /// Independent normal latents are 2/√π apart; a constant that both share changes nothing; equal latents are 0 apart.
    @Test func relativeDistances() {
        let x = random([16, 8, 8, 16], 1), y = random([16, 8, 8, 16], 2)
        // The spread about the mean of 16 images is √(15/16) of that about the true one.
        let expected = 2 / Double.pi.squareRoot() / (15.0 / 16).squareRoot()
        #expect(abs(relative(x, y) - expected) < 0.02)
        let image = random([1, 8, 8, 16], 3).values
        let constant = Tensor(x.shape, (0..<x.count).map { image[$0 % image.count] * 10 })
        #expect(
            abs(relative(scaled(x, by: 1, plus: constant), scaled(y, by: 1, plus: constant)) - relative(x, y)) < 1e-4)
        #expect(relative(x, x) == 0)
        // As everything shrinks toward one constant, the absolute distance goes to 0 and this one stays.
        let dying = [Float(0.1), 1e-3].map { share in
            relative(scaled(x, by: share, plus: constant), scaled(y, by: share, plus: constant))
        }
        #expect(dying.allSatisfy { abs($0 - relative(x, y)) < 1e-2 }, "\(dying)")
    }

    @Test(arguments: [[2, 3, 4, 1], [5, 2, 2, 3]]) func gradientOfTheRelativeDistance(shape: [Int]) {
        let error = GradientCheck.error([random(shape, 1), random(shape, 2)], step: 1e-3) {
            relativeDistance($0[0], $0[1])
        }
        #expect(error < 5e-3, "\(error)")
    }

    /// The gradient has no component along the latents themselves: no step shrinks them. With the spread held fixed it has: that loss
    /// over the spread is Σ g·z itself (Euler), which is the distance.
    @Test func theGradientDoesNotShrink() throws {
        let tape = Tape()
        let z = DomainPair { tape.leaf(random([4, 3, 3, 5], UInt64(1 + $0.index))) }
        let gradients = tape.gradients(of: relativeDistance(z.a, z.b))
        let along = try Domain.allCases.reduce(0.0) { sum, domain in
            let gradient = try #require(gradients[z[domain]])
            return sum + Elementwise.sum(gradient, z[domain].value) { $0 * $1 }
        }
        #expect(abs(along) < 1e-5)
    }

    /// One image, or one image twice, says nothing: 0, and no gradient.
    @Test(arguments: [1, 2]) func aBatchThatSaysNothing(images: Int) throws {
        let image = random([1, 3, 3, 2], 1)
        let batch = (1..<images).reduce(image) { batch, _ in .concatenated(batch, image) }
        let tape = Tape()
        let u = tape.leaf(batch), v = tape.leaf(Elementwise.map(batch) { $0 * 2 })
        let distance = relativeDistance(u, v)
        #expect(distance.value.scalar == 0)
        let gradient = try #require(tape.gradients(of: distance)[u])
        #expect(gradient.values.allSatisfy { $0 == 0 })
        #expect(relative(Tensor([2, 1], [.nan, 1]), Tensor([2, 1], [1, 2])).isNaN)
    }

    /// 300 steps with skips, which make the latent unnecessary, and all the weight that a run may have on content: by the absolute
    /// loss the latent comes to ignore the image, by the relative one it does not.
    @Test func aConstantSatisfiesTheAbsoluteLossOnly() throws {
        func life(_ contentLoss: ContentLoss) throws -> Double {
            let network = C2CNetwork(Architecture(channels: 1, features: [16, 8], latentChannels: 16), seed: 1)
            let step = TrainingStep(
                network: network, wiring: .init(.sourceSkip), optimizer: Optimizer(.init(), network.parameters),
                clipNorm: 1)
            let objective = Objective(
                weights: LossWeights(content: 1, recon: 0.2, cross: 1, edge: 0), distance: .l1, contentLoss: contentLoss
            )
            var life: Double?
            for index in 0..<300 {
                let outcome = step(Self.waves(index), objective, learningRate: 2e-3) { _ in }
                life = LatentLife.share(of: outcome.outputs.encodings.map(\.latent.value))
            }
            return try #require(life)
        }
        let absolute = try life(.absolute), relative = try life(.relative)
        #expect(absolute < LatentLife.smallest, "\(absolute)")
        #expect(relative > 100 * LatentLife.smallest, "\(relative)")
    }

    /// Four images of random waves, with noise; inverse and half as bright in the second domain.
    private static func waves(_ index: Int) -> DomainPair<Tensor> {
        var stream = RandomStream(seed: UInt64(index), purpose: .test)
        let phases = (0..<8).map { _ in Float(stream.uniform() * 6) }
        let image = (0..<1024).map { index in
            let (row, column) = (Float(index / 16 % 16), Float(index % 16))
            return sin(row * 0.3 + phases[index / 256]) * cos(column * 0.2 + phases[4 + index / 256])
        }
        return DomainPair { domain in
            Tensor(
                [4, 16, 16, 1],
                image.map { (domain == .a ? $0 : -0.5 * $0) + 0.1 * Float(stream.gaussian()) })
        }
    }
}
