import Testing

@testable import Diagnostics
@testable import Engine
@testable import Fields
@testable import Tensors

@Suite struct ResidualMapsTests {
    private func noise(_ draw: Int, side: Int = 64, sigma: Double = 0.2) -> Plane {
        var stream = RandomStream(seed: 9, purpose: .noise, draw: draw)
        return Plane(height: side, width: side) { _, _ in sigma * Double(stream.gaussian()) }
    }

    /// White noise: no correlation beside lag 0, and σ² = 0.04 at every frequency.
    @Test func whiteNoise() throws {
        let maps = try ResidualMaps((0..<16).map { noise($0) })
        #expect(maps.lag == 15 && maps.autocorrelation.count == 31 * 31)
        #expect(abs(maps.autocorrelation[15 * 31 + 15] - 1) < 1e-12)
        let others = maps.autocorrelation.enumerated().filter { $0.offset != 15 * 31 + 15 }.map(\.element.magnitude)
        // SE 1/√(16 · 49²) ≈ 0.005.
        #expect((others.max() ?? 1) < 0.03)
        let powers = maps.logPower.filter(\.isFinite)
        #expect(powers.count == 64 * 64 - 1 && maps.logPower[32 * 64 + 32] == -.infinity)
        let mean = powers.reduce(0) { $0 + .exp(2.302585092994046 * $1) } / Double(powers.count)
        #expect(abs(mean - 0.04) < 0.001, "\(mean)")
    }

    /// Row noise has power at ν_x = 0 alone, in the middle column; it correlates along the row.
    @Test func rowsShowOnTheVerticalAxis() throws {
        var stream = RandomStream(seed: 9, purpose: .noise)
        let rows = (0..<64).map { _ in Double(stream.gaussian()) }
        let maps = try ResidualMaps([Plane(height: 64, width: 64) { y, _ in rows[y] } + 1e-3 * noise(1)])
        #expect(abs(maps.autocorrelation[15 * 31 + 30] - 1) < 1e-3)
        #expect(maps.autocorrelation[20 * 31 + 15] < 0.5)
        #expect(maps.logPower[20 * 64 + 32] > maps.logPower[20 * 64 + 10] + 4)
    }

    @Test func degenerate() {
        #expect(throws: Undetermined.self) { try ResidualMaps([]) }
        #expect(throws: Undetermined.self) { try ResidualMaps([noise(1, side: 7)]) }
        #expect(throws: Undetermined.self) { try ResidualMaps([Plane(height: 9, width: 9) { _, _ in 1 }]) }
        #expect(throws: Undetermined.self) {
            try ResidualMaps([Plane(height: 9, width: 9) { y, _ in y == 3 ? .nan : 1 }])
        }
    }
}
