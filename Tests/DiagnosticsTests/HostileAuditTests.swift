import Foundation
import Testing

@testable import Diagnostics
@testable import Engine
@testable import Fields
@testable import Formats
@testable import Reports
@testable import Tensors

/// Fit pairs of an awkward kind that an audit has to leave alone, over seeds, and the fault that looks like each of them, which it has to name.
@Suite struct HostileAuditTests {
    private static let height = 48, width = 64, count = 8, seeds = 20

    private static func stream(_ seed: Int, _ capture: Int, _ index: Int) -> RandomStream {
        RandomStream(seed: UInt64(1000 * seed + capture + 1), purpose: .test, image: index)
    }

    /// Soft ellipses on grey, 0.05 to 0.95.
    private static func scene(_ seed: Int, _ index: Int, right: Double = 0) -> [Double] {
        var stream = stream(seed, 900, index)
        let shapes = (0..<10).map { _ in
            [
                stream.uniform() * Double(height), stream.uniform() * Double(width), 3 + 13 * stream.uniform(),
                3 + 18 * stream.uniform(), 0.6 * stream.uniform() - 0.3,
            ]
        }
        return (0..<height * width).map { k in
            let (y, x) = (Double(k / width), Double(k % width) - right)
            let value = shapes.reduce(0.4) { sum, s in
                let radius = hypot((y - s[0]) / s[2], (x - s[1]) / s[3])
                return sum + s[4] / (1 + exp(min(50, max(-50, 2 * (radius - 1) * min(s[2], s[3])))))
            }
            return min(0.95, max(0.05, value))
        }
    }

    /// The audit of captures a, b and, where there are four, a' and b'.
    private static func audit(_ seed: Int, captures number: Int = 2, _ capture: (Int, Int) -> [Double]) throws -> Audit
    {
        let pairs = (0..<count).map { index in
            let all = (0..<number).map { Tensor([height, width, 1], capture(index, $0).map { Float($0) }) }
            return ImagePair(
                id: "s\(index)", source: "made", index: index, clean: nil, noisy: DomainPair(a: all[0], b: all[1]),
                repeats: number > 2 ? [DomainPair(a: all[2], b: all[3])] : [])
        }
        let configuration = DataConfiguration(source: "made", heldOut: .fraction(0), noise: nil)
        return try Audit(
            try PairedDataset(pairs, configuration, seed: UInt64(seed)), sameContent: true, seed: UInt64(seed))
    }

    private static func white(_ seed: Int, _ index: Int, _ capture: Int, sigma: Double = 0.1) -> [Double] {
        var stream = stream(seed, capture, index)
        return (0..<height * width).map { _ in sigma * stream.gaussian() }
    }

    private static func noisy(_ seed: Int, _ index: Int, _ capture: Int, sigma: Double = 0.1) -> [Double] {
        zip(scene(seed, index), white(seed, index, capture, sigma: sigma)).map(+)
    }

    private static func poisson(_ mean: Double, _ stream: inout RandomStream) -> Double {
        var (count, product) = (0.0, stream.uniform())
        while product > exp(-mean) {
            product *= stream.uniform()
            count += 1
        }
        return count
    }

    private static func counts(_ seed: Int, _ index: Int, _ capture: Int, _ mean: Double) -> [Double] {
        var stream = stream(seed, capture, index)
        return scene(seed, index).map { poisson(mean * $0, &stream) }
    }

    private static func masked(_ values: [Double]) -> [Double] {
        values.enumerated().map { k, value in
            (8..<40).contains(k / width) && (10..<54).contains(k % width) ? value : 0
        }
    }

    /// Statuses of the rows of a name.
    private static func statuses(_ audit: Audit, _ id: String) -> [Status] {
        audit.rows.filter { $0.id == "audit.\(id)" }.map(\.status)
    }

    /// Of how many seeds a row of any of these names has one of these statuses.
    private static func alarms(
        _ ids: [String], _ statuses: Set<Status> = [.fail, .warn], _ make: (Int) throws -> Audit
    ) rethrows -> Int {
        try (1...seeds).count { seed in
            let audit = try make(seed)
            return ids.contains { !statuses.isDisjoint(with: Self.statuses(audit, $0)) }
        }
    }

    /// Student's t with 3 degrees of freedom, of two powers: the intensity that pixels are sorted by must not hold their noise.
    @Test func heavyTailsAreNoBias() throws {
        func capture(_ seed: Int, _ index: Int, _ number: Int, offset: Double = 0) -> [Double] {
            var stream = Self.stream(seed, number, index)
            return Self.scene(seed, index).map { value in
                let chi = (0..<3).reduce(0.0) { sum, _ in
                    let z = stream.gaussian()
                    return sum + z * z
                }
                let t = stream.gaussian() / (chi / 3).squareRoot()
                return value + (number == 1 ? 0.1 * t + offset : 0.05 * t)
            }
        }
        let found = try Self.alarms(["bias"], [.fail]) { seed in try Self.audit(seed) { capture(seed, $0, $1) } }
        #expect(found == 0)
        let planted = try Self.audit(1) { capture(1, $0, $1, offset: 0.08) }
        #expect(!Set(Self.statuses(planted, "bias")).isDisjoint(with: [.fail, .warn]))
    }

    /// Half a count a pixel, in units of which each is 2: whole numbers, but no counts of 1.
    @Test func countsInAnotherUnitShareNothing() throws {
        let found = try Self.alarms(["independence"]) { seed in
            try Self.audit(seed) { Self.counts(seed, $0, $1, 0.5).map { 2 * $0 } }
        }
        #expect(found == 0)
        let planted = try Self.audit(1) { index, capture in
            zip(Self.counts(1, index, capture, 0.5), Self.counts(1, index, 7, 0.3)).map { 2 * ($0 + $1) }
        }
        #expect(Self.statuses(planted, "independence") == [.fail])
    }

    /// The lowest level of counts is no end that they were cut off at.
    @Test func zeroCountsAreNotCutOff() throws {
        let found = try Self.alarms(["clipping", "quantisation"]) { seed in
            try Self.audit(seed) { Self.counts(seed, $0, $1, 0.5).map { 0.37 * $0 + 1 } }
        }
        // At 1 % for each set of rows one alarm in all seeds is not unlikely.
        #expect(found <= 1)
        let planted = try Self.audit(1) { Self.noisy(1, $0, $1).map { max(0.35, $0) } }
        #expect(!Set(Self.statuses(planted, "clipping")).isDisjoint(with: [.fail, .warn]))
    }

    /// An offset has one name, `bias`, whatever else a mean would look like.
    @Test func anOffsetIsNoLikeness() throws {
        func capture(_ seed: Int, _ index: Int, _ number: Int) -> [Double] {
            Self.noisy(seed, index, number).map { $0 + (number == 1 ? 0.1 : 0) }
        }
        let found = try Self.alarms(["reused_noise", "autocorrelation"]) { seed in
            try Self.audit(seed) { capture(seed, $0, $1) }
        }
        #expect(found == 0)
        #expect(Self.statuses(try Self.audit(1) { capture(1, $0, $1) }, "bias") == [.fail])
        let planted = try Self.audit(1) { index, number in
            zip(Self.scene(1, index), Self.white(1, index == 3 ? 2 : index, number)).map(+)
        }
        #expect(Self.statuses(planted, "reused_noise") == [.fail])
    }

    /// The border of a mask that scenes share is neither a pattern nor a block.
    @Test func masksAreNoPattern() throws {
        let found = try Self.alarms(["blocks", "fixed_pattern"]) { seed in
            try Self.audit(seed) { Self.masked(Self.noisy(seed, $0, $1)) }
        }
        #expect(found == 0)
    }

    /// Noise of whole rows: images are what is independent.
    @Test func rowNoiseIsNoGain() throws {
        func capture(_ seed: Int, _ index: Int, _ number: Int, gain: Double = 0) -> [Double] {
            var stream = Self.stream(seed, 50 + number, index)
            let rows = (0..<Self.height).map { _ in 0.05 * stream.gaussian() }
            let own = 1 + gain * stream.gaussian()
            return zip(Self.scene(seed, index), Self.white(seed, index, number)).enumerated().map { k, pixel in
                own * pixel.0 + pixel.1 + rows[k / Self.width]
            }
        }
        let found = try Self.alarms(["gain", "gain_frame"]) { seed in
            try Self.audit(seed, captures: 4) { capture(seed, $0, $1) }
        }
        // 95 % intervals of six effects beyond 1 % of the gain.
        #expect(found <= 4)
        let planted = try Self.audit(1, captures: 4) { capture(1, $0, $1, gain: 0.4) }
        #expect(Self.statuses(planted, "gain").contains(.warn))
    }

    /// A gain that changes along x in all pairs is one of the frame, not one of each pair.
    @Test func aGainOfTheFrameIsNoneOfPairs() throws {
        let audit = try Self.audit(1) { index, capture in
            zip(Self.scene(1, index), Self.white(1, index, capture, sigma: 0.03)).enumerated().map { k, pixel in
                pixel.0 * (capture == 1 ? 1 + 0.2 * (Double(k % Self.width) / Double(Self.width) - 0.5) : 1) + pixel.1
            }
        }
        #expect(Self.statuses(audit, "gain") == [.pass])
        #expect(Self.statuses(audit, "gain_frame") == [.warn])
    }

    /// Magnitudes that are nowhere dark cannot be told, which is no pass.
    @Test func magnitudesWithoutBackgroundAreOpen() throws {
        let audit = try Self.audit(1) { index, capture in
            zip(Self.scene(1, index), zip(Self.white(1, index, capture), Self.white(1, index, capture + 20))).map {
                hypot(0.4 + 0.4 * $0 + $1.0, $1.1)
            }
        }
        #expect(Self.statuses(audit, "magnitude") == [.inconclusive])
    }
}
