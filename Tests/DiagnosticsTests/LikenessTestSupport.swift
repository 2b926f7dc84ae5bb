@testable import Diagnostics
@testable import Engine
@testable import Fields
@testable import Tensors

/// Tests/Fixtures/likeness/likeness.json.
struct LikenessGolden: Decodable {
    struct ChiSquared: Decodable { let degreesOfFreedom, x, upperTail: Double }
    struct F: Decodable { let numerator, denominator, x, upperTail: Double }
    struct Kolmogorov: Decodable { let z, upperTail: Double }
    struct Distributions: Decodable {
        let chiSquared: [ChiSquared]
        let f: [F]
        let kolmogorov: [Kolmogorov]
    }
    struct FisherTail: Decodable {
        let x: Double
        let modes: Int
        let upperTail: Double
    }
    struct Moran: Decodable { let i, expectation, deviation, z, p: Double }
    struct LjungBox: Decodable { let q, p: Double }
    struct Distance: Decodable { let d, p: Double }
    struct Field: Decodable {
        let height, width, modes: Int
        let values, other, autoOpen, crossOpen, crossCircular: [Double]
        let flatness, flatnessP, fisherG, fisherP, fisherRadius: Double
        let rook, queen: Moran
        let ljungBox: LjungBox
        let kolmogorov: Distance
        var plane: Plane { Plane(height: height, width: width, values: values) }
        var otherPlane: Plane { Plane(height: height, width: width, values: other) }
    }
    struct Row: Decodable {
        let values, shares, q, qP: [Double]
        let lags: [Int]
        let d, p: Double
    }
    struct Family: Decodable { let p, bonferroni, holm, benjaminiHochberg, benjaminiYekutieli: [Double] }
    let distributions: Distributions
    let fisherTail: [FisherTail]
    let fields: [Field]
    let rows: [Row]
    let multiplicity: [Family]

    static func load() throws -> LikenessGolden { try fixture("likeness/likeness.json") }
}

/// White Gaussian noise of variance 1.
func gaussianField(_ height: Int, _ width: Int, image: Int = 0, draw: Int = 0) -> Plane {
    var stream = RandomStream(seed: 4242, purpose: .test, image: image, draw: draw)
    return Plane(height: height, width: width) { _, _ in stream.gaussian() }
}

/// Blurred by [1 2 1]ᵀ[1 2 1]/16, wrapped around.
func blurred(_ plane: Plane) -> Plane {
    func along(_ u: Plane, _ dy: Int, _ dx: Int) -> Plane {
        0.25 * u.shifted(dy: dy, dx: dx) + 0.5 * u + 0.25 * u.shifted(dy: -dy, dx: -dx)
    }
    return along(along(plane, 1, 0), 0, 1)
}

/// Fields that no test of noise can say anything about, with the reason that is expected.
let degenerateFields: [(plane: Plane, reason: String)] = [
    (Plane(height: 32, width: 32) { _, _ in 0.1 }, "equal"),
    (Plane(height: 32, width: 32) { _, _ in 1e9 }, "equal"),
    (Plane(height: 32, width: 32) { y, x in y == 3 && x == 5 ? .nan : Double(y * x) }, "finite"),
    (Plane(height: 32, width: 32) { y, x in y == 3 && x == 5 ? .infinity : Double(y * x) }, "finite"),
    (Plane(height: 40, width: 1) { y, _ in Double(y % 7) }, "40 × 1"),
    (Plane(height: 1, width: 40) { _, x in Double(x % 7) }, "1 × 40"),
    (Plane(height: 1, width: 1) { _, _ in 3 }, "1 × 1"),
]

/// How many of `count` trials raise an alarm, two threads at a time.
func alarms(_ count: Int, _ isRaised: @Sendable (Int) throws -> Bool) throws -> Int {
    try Parallel.map(count, isRaised).count { $0 }
}

extension Plane {
    /// u(y - dy, x - dx), wrapped around.
    func shifted(dy: Int, dx: Int) -> Plane {
        Plane(height: height, width: width) { y, x in
            self[((y - dy) % height + height) % height, ((x - dx) % width + width) % width]
        }
    }
}
