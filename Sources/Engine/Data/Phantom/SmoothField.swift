import Foundation
import Tensors

/// A random smooth function of the plane and of the slice: cubic B-splines on a lattice of independent normal numbers.
///
/// Mean 0 and, averaged over places, variance 1; twice continuously differentiable; hardly any power at wavelengths below
/// twice the lattice's spacing. From slice to slice it turns: slices z and z' correlate by cos(turn·(z - z')).
struct SmoothField {
    /// Places may lie this far from the centre.
    static let reach = 1.5

    private let spacing: Double
    private let side: Int
    private let coefficients: [Double]

    /// - Parameters:
    ///   - spacing: of the lattice; the picture is 2 wide.
    ///   - z: the slice.
    ///   - turn: radians per unit of z.
    ///   - stream: all slices of a field read the same numbers.
    init(spacing: Double, z: Double, turn: Double, from stream: RandomStream) {
        var stream = stream
        self.spacing = spacing
        side = Int((2 * Self.reach / spacing).rounded(.up)) + 3
        let (here, beyond) = (cos(turn * z) / Self.deviation, sin(turn * z) / Self.deviation)
        coefficients = (0..<side * side).map { _ in here * stream.gaussian() + beyond * stream.gaussian() }
    }

    /// The value at a place; places beyond the reach have that of the nearest place within.
    func callAsFunction(_ x: Double, _ y: Double) -> Double {
        let (column, u) = cell(x), (row, v) = cell(y)
        let (across, down) = (Self.weights(u), Self.weights(v))
        var sum = 0.0
        for i in 0..<4 {
            let start = (row + i) * side + column
            let line =
                across[0] * coefficients[start] + across[1] * coefficients[start + 1]
                + across[2] * coefficients[start + 2] + across[3] * coefficients[start + 3]
            sum += down[i] * line
        }
        return sum
    }

    private func cell(_ place: Double) -> (index: Int, fraction: Double) {
        let position = (min(max(place, -Self.reach), Self.reach) + Self.reach) / spacing
        let index = min(Int(position), side - 4)
        return (index, position - Double(index))
    }

    /// The four cubic B-splines that reach fraction t of a cell.
    static func weights(_ t: Double) -> SIMD4<Double> {
        let s = 1 - t
        return SIMD4(s * s * s, 4 - 6 * t * t + 3 * t * t * t, 4 - 6 * s * s + 3 * s * s * s, t * t * t) / 6
    }

    /// Root of the mean over places of Σ weights², which is 151/315 per axis.
    private static let deviation = 151.0 / 315
}
