import Foundation
import TestSupport
import Testing

@testable import Engine
@testable import Formats
@testable import Tensors

/// Decoder levels that add their skip (Tests/Fixtures/merge/make_merge.py).
@Suite struct ModelMergeTests {
    let architecture = Architecture(channels: 1, features: [6, 4], latentChannels: 8, merge: .add)

    @Test(arguments: [SkipStrategy.noSkip, .mixedSkip])
    func outputsAndGradientsAsPyTorch(strategy: SkipStrategy) throws {
        let golden = try SafetensorsFile.read(Fixtures.url("merge/\(strategy.rawValue).safetensors")).tensors
        func image(_ name: String) -> Tensor { TwinParityTests.Golden.channelsLast(golden[name]) }
        func error(_ ours: Tensor, _ theirs: Tensor) -> Float {
            let scale = theirs.values.reduce(0) { max($0, abs($1)) }
            return ours.shape == theirs.shape
                ? zip(ours.values, theirs.values).reduce(0) { max($0, abs($1.0 - $1.1)) } / scale : .infinity
        }
        let network = C2CNetwork(architecture, seed: 0)
        let parameters = network.parameters
        var weights: [String: Tensor] = [:]
        for (name, tensor) in golden where name.hasPrefix("weight.") { weights[String(name.dropFirst(7))] = tensor }
        #expect(Set(weights.keys) == Set(parameters.map(\.name)))
        for (parameter, value) in zip(parameters, TwinLayout.import(weights, parameters)) { parameter.value = value }

        let tape = Tape()
        let x = DomainPair(a: tape.constant(image("xa")), b: tape.constant(image("xb")))
        let outputs = network(x, .init(strategy))
        #expect(error(outputs.same.a.value, image("same_a")) < 1e-5)
        #expect(error(outputs.same.b.value, image("same_b")) < 1e-5)
        #expect(error(outputs.cross.a.value, image("cross_a")) < 1e-5)
        #expect(error(outputs.cross.b.value, image("cross_b")) < 1e-5)

        let losses = TwinParityTests.objective(outputs, x)
        #expect(abs(losses.total.value.scalar - (try #require(golden["loss"])).scalar) < 1e-5)
        let gradients = tape.gradients(of: losses.total)
        let named = TwinLayout.export(parameters, parameters.map { gradients[$0] ?? Tensor($0.value.shape) })
        let largest = named.values.flatMap(\.values).reduce(0) { max($0, abs($1)) }
        for (name, gradient) in named {
            let theirs = try #require(golden["grad.\(name)"])
            // The bias before a normalisation with one channel per group has gradient 0: both sides hold rounding noise.
            if theirs.values.allSatisfy({ abs($0) < 1e-6 * largest }) {
                #expect(name.hasSuffix(".bias") && gradient.values.allSatisfy { abs($0) < 1e-6 * largest })
            } else {
                #expect(error(gradient, theirs) < 1e-4, "\(name)")
            }
        }
    }

    /// By the decoder's latent and both skips, finest first.
    @Test(arguments: Architecture.Merge.allCases)
    func gradients(merge: Architecture.Merge) {
        var architecture = architecture
        architecture.merge = merge
        var initializer = Initializer(seed: 2)
        let decoder = DomainDecoder(.a, architecture, &initializer)
        let inputs = [[2, 3, 2, 8], [2, 12, 8, 4], [2, 6, 4, 6]].enumerated().map {
            GradientCheck.random($1, seed: UInt64($0))
        }
        #expect(GradientCheck.error(inputs) { decoder($0[0], skips: [$0[1], $0[2]]) } < 5e-3)
    }

    /// The batch of both domains gives the bits of each path by itself, for convolutions of both kinds.
    @Test(arguments: SkipStrategy.allCases, Architecture.Merge.allCases)
    func pathsOfABatchAreThePathsAlone(strategy: SkipStrategy, merge: Architecture.Merge) {
        for features in [[6, 4], [16, 16]] {
            let network = C2CNetwork(
                Architecture(channels: 1, features: features, latentChannels: 16, merge: merge), seed: 3)
            let tape = Tape(recording: false)
            let x = DomainPair { tape.constant(GradientCheck.random([2, 16, 16, 1], seed: UInt64($0.index))) }
            let alone = x.map(network.encode)
            for useSkip in [true, false] {
                let wiring = C2CNetwork.Wiring(strategy, mixedSkipAlpha: 0.3, sameDomainUseSkip: useSkip)
                let outputs = network(x, wiring)
                for domain in Domain.allCases {
                    let (target, source) = (alone[domain], alone[domain.other])
                    #expect(outputs.encodings[domain].latent.value == target.latent.value)
                    #expect(
                        outputs.same[domain].value == network.same(domain, target, useSkip: useSkip).value)
                    #expect(
                        outputs.cross[domain].value
                            == network.cross(to: domain, target: target, source: source, wiring).value)
                }
            }
        }
    }

    @Test func anAbsentSkipIsASkipOfZeros() {
        var initializer = Initializer(seed: 2)
        let decoder = DomainDecoder(.b, architecture, &initializer)
        let tape = Tape(recording: false)
        let latent = tape.constant(GradientCheck.random([1, 2, 3, 8]))
        let zeros = [[1, 8, 12, 4], [1, 4, 6, 6]].map { tape.constant(Tensor($0)) }
        let absent = decoder(latent, skips: nil).value
        #expect(absent == decoder(latent, skips: zeros).value)
        #expect(absent == decoder(latent, skips: [nil, zeros[1]]).value)
        #expect(absent != decoder(latent, skips: [nil, tape.constant(Tensor([1, 4, 6, 6], repeating: 1))]).value)
    }

    /// Half the input channels in every decoder level's first convolution, and nothing else.
    @Test func parameterCounts() {
        func count(_ merge: Architecture.Merge) -> Int {
            let network = C2CNetwork(
                Architecture(channels: 1, features: [6, 4], latentChannels: 8, merge: merge), seed: 0)
            return network.parameters.reduce(0) { $0 + $1.count }
        }
        #expect(count(.concat) - count(.add) == 2 * 9 * (6 * 6 + 4 * 4))
        #expect(Architecture(channels: 1, features: [6, 4], latentChannels: 8).merge == .concat)
    }
}
