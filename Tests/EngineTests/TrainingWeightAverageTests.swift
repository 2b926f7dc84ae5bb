import TestSupport
import Testing

@testable import Engine
@testable import Tensors

@Suite struct TrainingWeightAverageTests {
    func parameter(_ values: [Float]) -> Parameter {
        let parameter = Parameter("p", .vector, shape: [values.count])
        parameter.value = Tensor([values.count], values)
        return parameter
    }

    /// d = 1/2 and p = 8, 2, 6 after a start of 100: 8; (8/2 + 2)/(3/2) = 4; (8/4 + 2/2 + 6)/(7/4) = 36/7.
    @Test func byHand() {
        let parameter = parameter([100])
        let average = WeightAverage([parameter], decay: 0.5)
        #expect(average.values[0].values == [100])
        for (value, expected) in [(8, 8), (2, 4), (6, 36.0 / 7)] as [(Float, Float)] {
            parameter.value = Tensor([1], [value])
            average.update()
            #expect(abs(average.values[0].scalar - expected) < 1e-5)
        }
        #expect(average.step == 3)
    }

    /// The definition, summed in Float64, over random walks.
    @Test(arguments: [0, 0.9, 0.999])
    func theDefinition(decay: Double) {
        let parameters = [parameter([0, 0, 0]), parameter([0])]
        let average = WeightAverage(parameters, decay: decay)
        var stream = RandomStream(seed: 5, purpose: .test)
        var history: [[Double]] = []
        for _ in 0..<200 {
            for parameter in parameters {
                parameter.value = Elementwise.map(parameter.value) { $0 + Float(stream.gaussian()) }
            }
            history.append(parameters.flatMap(\.value.values).map(Double.init))
            average.update()
        }
        var weight = 1.0, total = 0.0, sums = [Double](repeating: 0, count: 4)
        for values in history.reversed() {
            for (index, value) in values.enumerated() { sums[index] += weight * value }
            total += weight
            weight *= decay
        }
        for (ours, sum) in zip(average.values.flatMap(\.values), sums) {
            #expect(abs(Double(ours) - sum / total) < 1e-4)
        }
    }

    @Test func anAverageOfEqualsIsThatAndOfOneIsExact() {
        let parameter = parameter([0.1, -3e7, 0])
        let average = WeightAverage([parameter], decay: 0.999)
        for _ in 0..<50 {
            average.update()
            #expect(average.values[0] == parameter.value)
        }
    }

    @Test func swapsInAndOut() {
        struct Stop: Error {}
        let parameter = parameter([1])
        let average = WeightAverage([parameter], decay: 0.5)
        average.update()
        parameter.value = Tensor([1], [2])
        #expect(average.applied { parameter.value.values } == [1])
        #expect(parameter.value.values == [2])
        #expect(throws: Stop.self) { try average.applied { throw Stop() } }
        #expect(parameter.value.values == [2])
        #expect(average.values[0].values == [1])
    }

    @Test func resumesWhereItWas() {
        let parameter = parameter([1])
        let whole = WeightAverage([parameter], decay: 0.9), first = WeightAverage([parameter], decay: 0.9)
        func go(_ range: ClosedRange<Int>, _ averages: [WeightAverage]) {
            for step in range {
                parameter.value = Tensor([1], [Float(step * step)])
                for average in averages { average.update() }
            }
        }
        go(1...4, [whole, first])
        let resumed = WeightAverage([parameter], decay: 0.9)
        resumed.restore(first.values, step: first.step)
        go(5...9, [whole, resumed])
        #expect(whole.values == resumed.values && whole.step == resumed.step)
    }
}
