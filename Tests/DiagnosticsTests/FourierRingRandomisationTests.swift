import Testing

@testable import Diagnostics
@testable import Engine
@testable import Fields
@testable import Tensors

@Suite struct FourierRingRandomisationTests {
    private func randomised(_ plane: Plane, beyond frequency: Double, draw: Int = 0) -> Plane {
        var stream = RandomStream(seed: 4, purpose: .permutation, draw: draw)
        return PhaseRandomisation.randomised(plane, beyond: frequency, &stream)
    }

    @Test(arguments: [(8, 8), (7, 9), (6, 9), (9, 6), (1, 10), (10, 1), (1, 1), (2, 2)])
    func keepsPowerAndWhatLiesBelow(height: Int, width: Int) {
        let plane = whiteNoise(height, width, image: 3)
        let before = FourierTransform.forward(plane)
        let after = FourierTransform.forward(randomised(plane, beyond: 0.2))
        for ky in 0..<height {
            for kx in 0..<before.columns {
                let fy = Double(min(ky, height - ky)) / Double(height)
                let fx = Double(kx) / Double(width)
                let mode = 2 * (ky * before.columns + kx)
                let (old, new) = (
                    Phasor(real: before.values[mode], imaginary: before.values[mode + 1]),
                    Phasor(real: after.values[mode], imaginary: after.values[mode + 1])
                )
                #expect((old.amplitude - new.amplitude).magnitude < 1e-10)
                if (fy * fy + fx * fx).squareRoot() <= 0.2 {
                    #expect(
                        (old.real - new.real).magnitude < 1e-10 && (old.imaginary - new.imaginary).magnitude < 1e-10)
                }
            }
        }
    }

    @Test func isAFunctionOfTheStream() {
        let plane = whiteNoise(16, 12, image: 3)
        #expect(randomised(plane, beyond: 0.1) == randomised(plane, beyond: 0.1))
        #expect(randomised(plane, beyond: 0.1) != randomised(plane, beyond: 0.1, draw: 1))
    }

    /// An image and itself: FRC 1 as it is, about 0 once the phases of each are drawn apart.
    @Test func breaksTheCorrelationOfAnImageWithItself() {
        let plane = whiteNoise(64, 64, image: 3)
        var correlation = FourierRingCorrelation(ringWidth: 1.0 / 16)
        correlation.add([randomised(plane, beyond: 0.125)], [randomised(plane, beyond: 0.125, draw: 1)])
        for ring in correlation.rings {
            if ring.index < 2 {
                #expect(ring.correlation > 0.9)
            } else if ring.index > 2 {
                #expect(ring.correlation.magnitude < 5 / ring.modeCount.squareRoot())
            }
        }
    }
}
