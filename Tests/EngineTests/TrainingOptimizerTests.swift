import Foundation
import TestSupport
import Testing

@testable import Engine
@testable import Formats
@testable import Tensors

/// What Tests/Fixtures/optimizer/make_optimizer.py wrote.
struct OptimizerGolden: Decodable {
    struct Run: Decodable {
        let after: [[Float]]
        let mean: [Float]?
        let square: [Float]?
    }

    let start: [Float]
    let gradients: [[Float]]
    let optimizers: [String: Run]
    let schedules: [String: [Double]]
    let losses: [Double?]

    static func read() throws -> OptimizerGolden {
        try JSONDecoder().decode(
            OptimizerGolden.self, from: Data(contentsOf: Fixtures.url("optimizer/optimizer.json")))
    }
}

@Suite struct TrainingOptimizerTests {
    static let adam = OptimizerConfiguration(type: .adam, learningRate: 0.01, weightDecay: 0.1, betas: [0.8, 0.95])
    static let sgd = OptimizerConfiguration(type: .sgd, learningRate: 0.01, weightDecay: 0.1, momentum: 0.9)

    /// Gradients by seeding the parameter itself: ∂⟨seed, p⟩/∂p = seed.
    func gradients(_ parameter: Parameter, _ values: [Float]) -> Gradients {
        let tape = Tape()
        return tape.gradients(of: tape.variable(parameter), seed: Tensor(parameter.value.shape, values))
    }

    func parameter(_ values: [Float]) -> Parameter {
        let parameter = Parameter("p", .vector, shape: [values.count])
        parameter.value = Tensor([values.count], values)
        return parameter
    }

    /// Rounding of Float32 over five steps; the closest two rules differ by 1e-4 and more.
    func distance(_ ours: Tensor, _ theirs: [Float]) -> Float {
        zip(ours.values, theirs).map { abs($0 - $1) / max(1, abs($1)) }.max() ?? .infinity
    }

    @Test(
        arguments: [
            ("adam", adam),
            ("adamw", OptimizerConfiguration(type: .adamw, learningRate: 0.01, weightDecay: 0.1, betas: [0.8, 0.95])),
            ("sgd", sgd),
            ("sgd_plain", OptimizerConfiguration(type: .sgd, learningRate: 0.01, weightDecay: 0, momentum: 0)),
            (
                "sgd_nesterov",
                OptimizerConfiguration(
                    type: .sgd, learningRate: 0.01, weightDecay: 0.1, momentum: 0.9, nesterov: true)
            ),
        ])
    func fiveStepsAsPyTorch(name: String, configuration: OptimizerConfiguration) throws {
        let golden = try OptimizerGolden.read()
        let theirs = try #require(golden.optimizers[name])
        let parameter = parameter(golden.start)
        let optimizer = Optimizer(configuration, [parameter])
        #expect(theirs.after.count == 5 && theirs.after.allSatisfy { $0.count == parameter.count })
        for (gradient, after) in zip(golden.gradients, theirs.after) {
            _ = optimizer.update(gradients(parameter, gradient), learningRate: 0.01, clipNorm: nil)
            #expect(distance(parameter.value, after) < 1e-6)
        }
        if let mean = theirs.mean { #expect(distance(optimizer.means[0], mean) < 1e-6) }
        #expect(distance(optimizer.squares[0], theirs.square ?? [Float](repeating: 0, count: 35)) < 1e-6)
    }

    /// p = 1, g = 1, µ = 0.5, λ = 1, lr = 0.1: g + p = 2, b = 2, p = 0.8; then g + p = 1.8, b = 2.8, p = 0.52.
    /// Nesterov: p = 1 - 0.1·(2 + 0.5·2) = 0.7; then g + p = 1.7, b = 2.7, p = 0.7 - 0.1·(1.7 + 0.5·2.7) = 0.395.
    @Test(arguments: [(false, [0.8, 0.52]), (true, [0.7, 0.395])])
    func momentumByHand(nesterov: Bool, expected: [Float]) {
        let parameter = parameter([1])
        let optimizer = Optimizer(
            .init(type: .sgd, weightDecay: 1, momentum: 0.5, nesterov: nesterov), [parameter])
        for value in expected {
            _ = optimizer.update(gradients(parameter, [1]), learningRate: 0.1, clipNorm: nil)
            #expect(abs(parameter.value.scalar - value) < 1e-6)
        }
    }

    /// A gradient (3, 4) of norm 5, clipped to 1: a step of lr·(0.6, 0.8).
    @Test func clipping() {
        let parameter = parameter([0, 0])
        let optimizer = Optimizer(.init(type: .sgd, weightDecay: 0, momentum: 0), [parameter])
        #expect(optimizer.update(gradients(parameter, [3, 4]), learningRate: 1, clipNorm: 1) == 5)
        #expect(distance(parameter.value, [-0.6, -0.8]) < 1e-6)
    }

    /// Without a gradient the buffer goes on by itself: 1, then 0.9 and 0.81 of it.
    @Test func noGradientIsAGradientOfZeros() {
        let parameter = parameter([0])
        let optimizer = Optimizer(.init(type: .sgd, weightDecay: 0, momentum: 0.9), [parameter])
        _ = optimizer.update(gradients(parameter, [1]), learningRate: 1, clipNorm: nil)
        let tape = Tape()
        let nothing = tape.gradients(of: tape.leaf(Tensor(scalar: 1)))
        _ = optimizer.update(nothing, learningRate: 1, clipNorm: nil)
        _ = optimizer.update(nothing, learningRate: 1, clipNorm: nil)
        #expect(distance(parameter.value, [-2.71]) < 1e-6)
    }

    @Test(arguments: [adam, sgd])
    func nothingChangesWhenTheGradientIsNotFinite(configuration: OptimizerConfiguration) {
        let parameter = parameter([1, 2])
        let optimizer = Optimizer(configuration, [parameter])
        #expect(!optimizer.update(gradients(parameter, [1, .nan]), learningRate: 1, clipNorm: 1).isFinite)
        #expect(parameter.value.values == [1, 2] && optimizer.step == 0 && optimizer.means[0].values == [0, 0])
    }

    @Test func configurations() throws {
        func read(_ text: String) throws -> OptimizerConfiguration {
            let reader = try ConfigurationReader(parsing: Data(text.utf8), file: "f.json")
            let configuration = try OptimizerConfiguration(reading: reader.section("optimizer"), shorthand: reader)
            try reader.finish()
            return configuration
        }
        #expect(try read("{}") == OptimizerConfiguration())
        let written = OptimizerConfiguration(
            type: .sgd, learningRate: 0.1, weightDecay: 0.2, betas: [0.5, 0.6], momentum: 0.7, nesterov: true)
        let text = String(decoding: try JSONEncoder().encode(["optimizer": written]), as: UTF8.self)
        #expect(try read(text) == written)
        #expect(try read(#"{ "learning_rate": 0.5, "optimizer": { "type": "sgd" } }"#).learningRate == 0.5)
        let error = #expect(throws: InputError.self) {
            try read(#"{ "optimizer": { "type": "sgd", "momentum": 0, "nesterov": true } }"#)
        }
        #expect(error?.place == "optimizer.nesterov")
        #expect(throws: InputError.self) { try read(#"{ "optimizer": { "type": "lion" } }"#) }
    }
}
