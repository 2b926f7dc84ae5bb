import Foundation
import Testing

@testable import Diagnostics
@testable import Engine
@testable import Tensors

/// The checks on networks as they are initialised: what the skip strategy allows is there before any training.
@Suite struct ChecksNetworkTests {
    private static let network = C2CNetwork(Architecture(channels: 1, features: [16, 8], latentChannels: 16), seed: 3)

    private static func predictor(_ strategy: SkipStrategy) -> NetworkPredictor {
        NetworkPredictor(name: strategy.rawValue, network: network, wiring: .init(strategy))
    }

    /// An odd size: padding and cropping make no path either.
    @Test(arguments: SkipStrategy.allCases, Direction.allCases)
    func thePathIsThereOrExactlyNot(strategy: SkipStrategy, direction: Direction) throws {
        let evaluation = Scenes(imageCount: 2, height: 49, width: 38).evaluation
        let observed = try Observed(Self.predictor(strategy), evaluation, direction)
        let path = try observed.judge(TargetPath())
        let exchanged = try observed.measure(TargetLeakageSwap(margin: 0.01)).value.number
        switch strategy {
        case .noSkip, .zeroSkip, .sourceSkip:
            #expect(path.status == .pass && path.estimate == 0)
            #expect(exchanged == 0)
            #expect(path.regime == .r0)
        case .targetSkip, .mixedSkip:
            #expect(path.status == .info && (path.estimate ?? 0) > 1e-4)
            #expect(exchanged != 0)
            #expect(path.regime == .r3)
        }
    }

    /// The swap is a secant over one σ, the derivative its tangent, the regression what correlates: for noise that is small
    /// against the network's curvature all three are one number.
    @Test func threeRoutesToOneNumber() throws {
        let evaluation = Scenes(imageCount: 4, sigma: DomainPair(a: 0.05, b: 0.05)).evaluation
        for direction in Direction.allCases {
            let observed = try Observed(Self.predictor(.targetSkip), evaluation, direction)
            let measurements = try [
                observed.measure(TargetLeakageObserved(margin: 0.01)),
                observed.measure(TargetLeakageSwap(margin: 0.01)),
                observed.measure(TargetLeakageJacobian(margin: 0.01)),
            ]
            for measured in measurements { #expect(measured.interval95?.contains(0) == false, "\(measured)") }
            let values = measurements.map(\.value.number)
            let spread = (values.max() ?? 1) - (values.min() ?? 0)
            #expect(spread < 0.25 * abs(values[1]), "\(values)")
            let agreement = try observed.measure(LeakageAgreement())
            #expect(agreement.interval95?.contains(0) == true, "\(agreement)")
        }
    }
}
