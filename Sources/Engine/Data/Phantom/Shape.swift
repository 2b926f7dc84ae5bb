import Foundation

/// A region of the plane, known by the distance to its edge. x points right, y down.
indirect enum Shape {
    /// |u/r_x|^p + |v/r_y|^p < 1 with (u, v) the place relative to the centre, turned by `angle` (radians, clockwise as seen).
    case superellipse(centre: SIMD2<Double>, radii: SIMD2<Double>, exponent: Double = 2, angle: Double = 0)
    /// Between two curves that go down the picture: |x - middle(y)| < halfWidth(y).
    case column(middle: Curve, halfWidth: Curve)
    /// Below the line y = `from`.
    case below(Double)
    /// Above the line y = `to`.
    case above(Double)
    case union([Shape])
    case intersection([Shape])
    case difference(Shape, Shape)
    /// Wider by this much on every side; narrower where negative.
    case grown(Shape, by: Double)

    /// About the distance of a place to the edge, negative inside: exact to first order at the edge itself, which is what
    /// soft edges and thin layers need.
    func distance(_ place: SIMD2<Double>) -> Double {
        switch self {
        case .superellipse(let centre, let radii, let exponent, let angle):
            var p = place - centre
            if angle != 0 {
                let (c, s) = (cos(angle), sin(angle))
                p = SIMD2(c * p.x + s * p.y, c * p.y - s * p.x)
            }
            return Self.superellipseDistance(p / radii, radii, exponent)
        case .column(let middle, let halfWidth): return abs(place.x - middle(place.y)) - halfWidth(place.y)
        case .below(let line): return line - place.y
        case .above(let line): return place.y - line
        case .union(let parts): return parts.reduce(.infinity) { min($0, $1.distance(place)) }
        case .intersection(let parts): return parts.reduce(-.infinity) { max($0, $1.distance(place)) }
        case .difference(let shape, let hole): return max(shape.distance(place), -hole.distance(place))
        case .grown(let shape, let amount): return shape.distance(place) - amount
        }
    }

    /// (F - 1)/|∇F| with F = (|u|^p + |v|^p)^{1/p}, the place's share of the radius in its direction.
    private static func superellipseDistance(
        _ unit: SIMD2<Double>, _ radii: SIMD2<Double>, _ exponent: Double
    ) -> Double {
        let u = abs(unit.x), v = abs(unit.y)
        guard u + v > 1e-9 else { return -min(radii.x, radii.y) }
        // Far from the box around it, the distance to the box does, and saves most of the powers.
        let fromBox = max((u - 1) * radii.x, (v - 1) * radii.y)
        if fromBox > 0.1 { return fromBox }
        let share: Double
        let gradient: SIMD2<Double>
        if exponent == 2 {
            share = (u * u + v * v).squareRoot()
            gradient = SIMD2(u, v) / share / radii
        } else {
            share = pow(pow(u, exponent) + pow(v, exponent), 1 / exponent)
            gradient = SIMD2(pow(u / share, exponent - 1), pow(v / share, exponent - 1)) / radii
        }
        return (share - 1) / (gradient * gradient).sum().squareRoot()
    }
}

/// A smooth function of y through given points: between two of them a cubic that is level at both, so that it never
/// overshoots.
struct Curve {
    private let knots: [SIMD2<Double>]

    /// - Precondition: points (y, value), y rising.
    init(_ knots: [SIMD2<Double>]) {
        precondition(
            !knots.isEmpty && zip(knots, knots.dropFirst()).allSatisfy { $0.x < $1.x }, "Curve: knots \(knots)")
        self.knots = knots
    }

    /// Constant beyond the ends.
    func callAsFunction(_ y: Double) -> Double {
        guard let next = knots.firstIndex(where: { $0.x > y }) else { return knots[knots.count - 1].y }
        guard next > 0 else { return knots[0].y }
        let (p, q) = (knots[next - 1], knots[next])
        let t = (y - p.x) / (q.x - p.x)
        return p.y + (q.y - p.y) * t * t * (3 - 2 * t)
    }
}
