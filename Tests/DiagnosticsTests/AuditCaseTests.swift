import Foundation
import Testing

@testable import Diagnostics
@testable import Engine
@testable import Fields
@testable import Tensors

/// Faults that people met with their own data, made again with other seeds and sizes: each is named, and nothing else is.
@Suite struct AuditCaseTests {
    private static let side = 96, count = 8

    private static func stream(_ seed: UInt64, _ index: Int) -> RandomStream {
        RandomStream(seed: seed, purpose: .test, image: index)
    }

    /// Soft ellipses on grey, moved by parts of pixels.
    private static func scene(_ index: Int, dy: Double = 0, dx: Double = 0) -> [Double] {
        var stream = stream(77, index)
        let side = Double(side)
        let shapes = (0..<12).map { _ in
            [
                stream.uniform() * side, stream.uniform() * side, 6 + stream.uniform() * side / 4,
                6 + stream.uniform() * side / 4, 0.6 * stream.uniform() - 0.3,
            ]
        }
        return (0..<Self.side * Self.side).map { k in
            let (y, x) = (Double(k / Self.side) - dy, Double(k % Self.side) - dx)
            let value = shapes.reduce(0.4) { sum, s in
                let radius = hypot((y - s[0]) / s[2], (x - s[1]) / s[3])
                return sum + s[4] / (1 + exp(min(50, max(-50, 2 * (radius - 1) * min(s[2], s[3])))))
            }
            return min(0.95, max(0.05, value))
        }
    }

    private static func tensor(_ values: [Double], channels: Int = 1) -> Tensor {
        let side = Int((Double(values.count / channels)).squareRoot())
        return Tensor([side, side, channels], values.map { Float($0) })
    }

    /// - Parameter captures: image, capture (0 a, 1 b, 2 a', 3 b') to pixels.
    private static func audit(
        _ count: Int = count, captures number: Int = 2, channels: Int = 1, clean: Bool = false,
        _ captures: (Int, Int) -> [Double]
    ) throws -> Audit {
        let pairs = (0..<count).map { index in
            let all = (0..<number).map { tensor(captures(index, $0), channels: channels) }
            let content = tensor(scene(index))
            return ImagePair(
                id: "s\(index)", source: "made", index: index, clean: clean ? DomainPair(a: content, b: content) : nil,
                noisy: DomainPair(a: all[0], b: all[1]), repeats: number > 2 ? [DomainPair(a: all[2], b: all[3])] : [])
        }
        let configuration = DataConfiguration(source: "made", heldOut: .fraction(0), noise: nil)
        return try Audit(try PairedDataset(pairs, configuration, seed: 1), sameContent: true, seed: 1)
    }

    private static func white(_ index: Int, _ capture: Int, sigma: Double = 0.1, count: Int? = nil) -> [Double] {
        var stream = stream(1000 + UInt64(capture), index)
        return (0..<(count ?? side * side)).map { _ in sigma * stream.gaussian() }
    }

    private static func noisy(_ index: Int, _ capture: Int, sigma: Double = 0.1) -> [Double] {
        zip(scene(index), white(index, capture, sigma: sigma)).map(+)
    }

    private static func row(_ audit: Audit, _ id: String) throws -> CheckResult {
        try #require(audit.rows.first { $0.id == "audit.\(id)" })
    }

    private static func faults(_ audit: Audit) -> Set<String> {
        Set(audit.rows.filter { $0.status == .fail || $0.status == .warn }.map(\.id))
    }

    @Test func pairsInAnotherOrder() throws {
        let audit = try Self.audit { index, capture in Self.noisy(capture == 1 ? (index + 7) % 8 : index, capture) }
        let row = try Self.row(audit, "pairing")
        #expect(
            row.status == .fail && row.because.contains("cyclic") && row.because.contains("k - 1"), "\(row.because)")
        #expect(Self.faults(audit) == ["audit.pairing"])
    }

    @Test func turnedPairsAreNamedAndSetAside() throws {
        let side = Self.side
        let audit = try Self.audit { index, capture in
            let values = Self.noisy(index, capture)
            guard capture == 1, index % 2 == 1 else { return values }
            return (0..<side * side).map { values[(side - 1 - $0 / side) * side + $0 % side] }
        }
        let row = try Self.row(audit, "orientation")
        #expect(
            row.status == .fail && row.estimate == 4 && row.because.contains("upside down")
                && row.because.contains("s1"))
        #expect(try Self.row(audit, "pairs").estimate == 4)
        #expect(Self.faults(audit) == ["audit.orientation"])
    }

    @Test(arguments: [0.05, 0.09]) func exposuresMayDiffer(sigma: Double) throws {
        let audit = try Self.audit { Self.noisy($0, $1, sigma: $1 == 0 ? sigma : 0.1) }
        #expect(Self.faults(audit).isEmpty, "\(audit.reasons.map(\.because))")
    }

    /// ρ = 0.707, which two captures cannot show.
    @Test func secondIsFirstPlusNoise() throws {
        func capture(_ index: Int, _ capture: Int) -> [Double] {
            capture == 1 ? zip(Self.noisy(index, 0), Self.white(index, 1)).map(+) : Self.noisy(index, capture)
        }
        let two = try Self.audit(2 * Self.count, capture)
        #expect(try Self.row(two, "independence").status == .inconclusive)
        #expect(Self.faults(two).isEmpty, "\(two.reasons.map(\.because))")
        let clean = try Self.audit(clean: true, capture)
        let row = try Self.row(clean, "independence")
        #expect(row.status == .fail && abs((row.estimate ?? 0) - 0.707) < 0.02)
    }

    @Test func driftBetweenHalvesIsMeasured() throws {
        let audit = try Self.audit(16) { index, capture in
            zip(Self.scene(index, dx: capture == 1 ? 0.64 : 0), Self.white(index, capture, sigma: 0.14)).map(+)
        }
        let row = try Self.row(audit, "registration"), interval = try #require(row.ci95)
        #expect(row.status == .fail && interval[0] < 0.64 && interval[1] > 0.64, "\(row.because)")
        #expect(row.because.contains("interleave"))
    }

    /// One pair of twelve; the rest of the rows see nothing.
    @Test func oneDisplacedPairMakesTheSetUnfit() throws {
        let audit = try Self.audit(12) { index, capture in
            zip(Self.scene(index, dx: capture == 1 && index == 4 ? 8 : 0), Self.white(index, capture)).map(+)
        }
        let row = try Self.row(audit, "jitter")
        #expect(row.status == .fail && row.because.contains("s4 by 8"), "\(row.because)")
        #expect(audit.fitness == .unfit)
    }

    @Test func sharedRowsAreNamed() throws {
        let audit = try Self.audit(16, captures: 4) { index, capture in
            var stream = Self.stream(capture < 2 ? 50 : 51, index)
            let rows = (0..<Self.side).map { _ in 0.05 * stream.gaussian() }
            return Self.noisy(index, capture).enumerated().map { $1 + rows[$0 / Self.side] }
        }
        let row = try Self.row(audit, "independence")
        #expect(row.status == .fail && row.because.contains("whole rows"), "\(row.because)")
        #expect(try Self.row(audit, "registration").status != .fail)
    }

    @Test func fixedRowsAreSeenOverScenes() throws {
        var stream = Self.stream(52, 0)
        let rows = (0..<Self.side).map { _ in 0.05 * stream.gaussian() }
        let size = (rows.reduce(0) { $0 + $1 * $1 } / Double(rows.count)).squareRoot()
        let audit = try Self.audit(16) { index, capture in
            Self.noisy(index, capture).enumerated().map { $1 + rows[$0 / Self.side] }
        }
        let row = try Self.row(audit, "fixed_pattern")
        #expect(
            row.status == .warn && row.because.contains("rows") && abs((row.estimate ?? 0) * 0.1 - size) < 0.01,
            "\(row.because)")
        #expect(Self.faults(audit) == ["audit.fixed_pattern"])
    }

    /// Half of the content is in all scenes, and magnitudes are biased where it is dark: with clean images neither is a pattern.
    @Test(arguments: [0.0, 0.04]) func contentThatScenesShareIsNoPattern(pattern: Double) throws {
        var stream = Self.stream(54, 0)
        let rows = (0..<Self.side).map { _ in pattern * stream.gaussian() }
        let shared = Self.scene(0)
        let pairs = (1...12).map { index in
            let content = zip(shared, Self.scene(index)).map { max(0, $0 + $1 - 0.6) }
            func capture(_ number: Int) -> Tensor {
                let parts = zip(Self.white(index, number), Self.white(index, number + 2))
                return Self.tensor(
                    zip(content, parts).enumerated().map { k, value in
                        hypot(value.0 + value.1.0, value.1.1) + rows[k / Self.side]
                    })
            }
            return ImagePair(
                id: "s\(index)", source: "made", index: index,
                clean: DomainPair(a: Self.tensor(content), b: Self.tensor(content)),
                noisy: DomainPair(a: capture(0), b: capture(1)))
        }
        let configuration = DataConfiguration(source: "made", heldOut: .fraction(0), noise: nil)
        let audit = try Audit(try PairedDataset(pairs, configuration, seed: 1), sameContent: true, seed: 1)
        let found = audit.rows.filter { $0.id == "audit.fixed_pattern" }
        #expect(
            found.map(\.status) == (pattern == 0 ? [.pass, .pass] : [.warn, .warn]), "\(found.map(\.because))")
        #expect(try Self.row(audit, "bias").status != .pass)
    }

    @Test func aWaveInOneDomainIsNamed() throws {
        let audit = try Self.audit(12) { index, capture in
            Self.noisy(index, capture).enumerated().map { k, value in
                capture == 1 ? value + 0.03 * sin(2 * Double.pi * Double(k % Self.side) / 6) : value
            }
        }
        let rows = audit.rows.filter { $0.id == "audit.fixed_pattern" }
        #expect(rows.map(\.status) == [.pass, .warn], "\(rows.map(\.because))")
    }

    @Test func gainsThatDifferFromPairToPair() throws {
        let audit = try Self.audit(16, captures: 4) { index, capture in
            var stream = Self.stream(60 + UInt64(capture), index)
            let gain = 0.9 + 0.2 * stream.uniform()
            return Self.noisy(index, capture, sigma: 0.05).map { gain * $0 }
        }
        let row = try Self.row(audit, "gain")
        #expect(row.status == .warn && (0.05...0.12).contains(row.estimate ?? 0), "\(row.because)")
        #expect(try Self.row(audit, "independence").status != .fail)
        #expect(try Self.row(audit, "reused_noise").status == .pass)
    }

    @Test func aBrighterLowerHalfIsShading() throws {
        let audit = try Self.audit(12) { index, capture in
            Self.noisy(index, capture, sigma: 0.05).enumerated().map { k, value in
                capture == 1 ? value * (1 + 0.06 * (Double(k / Self.side) / Double(Self.side) - 0.5)) : value
            }
        }
        let row = try Self.row(audit, "gain_frame")
        // Halves of the frame: their means differ by half of what the ends do, and a little more by a slope.
        #expect(row.status == .warn && (0.025...0.065).contains(row.estimate ?? 0), "\(row.because)")
    }

    @Test func halfAPixelOfInterpolation() throws {
        let audit = try Self.audit(captures: 4) { index, capture in
            let noise = Self.white(index, capture)
            return zip(Self.scene(index), noise.indices).map { $0 + 0.5 * (noise[$1] + noise[($1 + 1) % noise.count]) }
        }
        let row = try Self.row(audit, "predictable")
        #expect(row.status == .warn && abs((row.estimate ?? 0) - 0.5) < 0.02 && row.because.contains("along x"))
        #expect(row.because.contains("1×3"), "\(row.because)")
        #expect(audit.fitness == .limited, "\(audit.reasons.map(\.because))")
    }

    /// Complex noise that ends at a quarter of a cycle a pixel, and its magnitudes.
    @Test func zeroFilledAndMagnitudes() throws {
        func part(_ index: Int, _ seed: Int) -> Plane {
            var spectrum = FourierTransform.forward(
                Plane(height: Self.side, width: Self.side, values: Self.white(index, seed, sigma: 0.16)))
            for k in 0..<spectrum.values.count / 2 {
                let row = k / spectrum.columns, y = min(row, Self.side - row)
                if max(y, k % spectrum.columns) > Self.side / 4 {
                    (spectrum.values[2 * k], spectrum.values[2 * k + 1]) = (0, 0)
                }
            }
            return FourierTransform.inverse(spectrum)
        }
        func capture(_ index: Int, _ capture: Int) -> [(Double, Double)] {
            let scene = Self.scene(index), real = part(index, 10 * capture + 3),
                imaginary = part(index, 10 * capture + 4)
            return scene.indices.map {
                ((scene[$0] > 0.42 ? 2 * scene[$0] : 0) + real.values[$0], imaginary.values[$0])
            }
        }
        let complex = try Self.audit(captures: 4, channels: 2) { capture($0, $1).flatMap { [$0.0, $0.1] } }
        #expect(complex.fitness == .limited, "\(complex.headline)")
        let support = try Self.row(complex, "support")
        #expect(support.status == .warn && support.because.contains("zero-filled"), "\(support.because)")
        let magnitude = try Self.audit(captures: 4) { capture($0, $1).map { hypot($0.0, $0.1) } }
        let named = try Self.row(magnitude, "magnitude")
        #expect(named.status == .fail, "\(named.because)")
    }

    @Test func blocksOfEightAreNamed() throws {
        let audit = try Self.audit { index, capture in
            let noise = Self.white(index, capture), side = Self.side
            // Noise that is smooth inside blocks and jumps between them.
            return zip(Self.scene(index), noise.indices).map { value, k in
                let right = k % side % 8 == 7 ? k : k + 1, down = k / side % 8 == 7 ? k : k + side
                return value + (noise[k] + noise[right] + noise[down]) / 3
            }
        }
        #expect(try Self.row(audit, "blocks").status == .warn)
    }

    /// An offset of 2.2 σ is brightness, not noise: σ is that about it.
    @Test func offsetsAreNoNoiseOfTheDrift() throws {
        let audit = try Self.audit(12) { index, capture in
            Self.noisy(index, capture).map { $0 + (capture == 1 ? 0.22 : 0) }
        }
        let row = try Self.row(audit, "drift")
        #expect(abs((row.estimate ?? 0) - 2.2) < 0.03, "\(row.because)")
    }

    /// Three quarters of the frame are masked.
    @Test func aPatternIsSeenUnderALargeMask() throws {
        var stream = Self.stream(53, 0)
        let rows = (0..<Self.side).map { _ in 0.05 * stream.gaussian() }
        func capture(_ index: Int, _ capture: Int, _ pattern: Double) -> [Double] {
            Self.noisy(index, capture).enumerated().map { k, value in
                let (y, x) = (k / Self.side, k % Self.side)
                return hypot(Double(y) - 48, Double(x) - 48) > 27 ? 0 : value + 1 + pattern * rows[y]
            }
        }
        let size = (rows[22...74].reduce(0) { $0 + $1 * $1 } / 53).squareRoot()
        let found = try Self.audit(16) { capture($0, $1, 1) }.rows.filter { $0.id == "audit.fixed_pattern" }
        for row in found {
            #expect(
                row.status == .warn && row.because.contains("rows") && row.because.contains("the same in a and b"),
                "\(row.because)")
            #expect(abs((row.estimate ?? 0) * 0.1 - size) < 0.015)
        }
        let none = try Self.audit(16) { capture($0, $1, 0) }
        #expect(none.rows.filter { $0.id == "audit.fixed_pattern" }.map(\.status) == [.pass, .pass])
    }

    @Test func aMaskServesAllRows() throws {
        let audit = try Self.audit(captures: 4) { index, capture in
            Self.noisy(index, capture).enumerated().map { k, value in
                hypot(Double(k / Self.side) - 48, Double(k % Self.side) - 48) > 40 ? 0 : value - 0.4
            }
        }
        #expect(Self.faults(audit).isEmpty, "\(audit.reasons.map(\.because))")
        #expect(try Self.row(audit, "variance").because.contains("masked"))
    }
}
