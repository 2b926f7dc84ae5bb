import Fields
import Tensors

/// Functions of the target's noise in the output, beyond a share of it: its size, its square, its sign, its largest values, its products
/// with neighbouring noise and with the noise of the source, and the noise of the other channels.
///
/// Each function g of z = n_a is taken minus its mean at like intensity and its plane in tiles of 16 pixels: where σ varies over the frame,
/// |n_a| would otherwise follow the errors that vary with it. It is scaled to the power of z, so that its coefficient λ_g = Σ g·e / Σ z² is
/// in units of noise amplitude like λ_target. In products with the source's noise, e is taken minus its regression on that noise in each
/// tile: σ_a² and the passed power of n_b may vary alike. Null: e is independent of n_a given the content, and within a tile the distribution
/// of n_a at like intensity varies at most linearly. Reported is the function farthest beyond ±ε; p-value and intervals hold for all
/// (`RatioFamily`).
struct LeakageMoments: Check {
    let id = "leakage.moments"
    let title = "Functions of the target's noise in the output"
    let role = Role.leakage
    let evidence = Evidence.regression
    let margin: Double
    private static let tiling = Tiling(side: 16)
    private static let names =
        [
            "size |n|", "square n²", "cube n³", "sign of n", "values beyond 3σ", "n · n of the source",
            "sign of n · n of the source", "|n| · n of the source",
        ] + neighbours.map { "n · n of the pixel \($0.name)" }
    /// Of these, the products with the source's noise.
    private static let ofSource = 5..<8
    /// Products with opposite neighbours are products with one neighbour, seen from either pixel.
    private static let neighbours: [(name: String, rows: Int, columns: Int)] = [
        ("at the right", 0, 1), ("at the left", 0, -1), ("below", 1, 0), ("above", -1, 0), ("below at the right", 1, 1),
        ("above at the left", -1, -1), ("below at the left", 1, -1), ("above at the right", -1, 1),
    ]
    private var products = UnitTerms()
    private var powers = UnitTerms()

    init(margin: Double) { self.margin = margin }

    mutating func observe(_ sample: Sample) throws {
        _ = try sample.clean()
        let z = try sample.centredNoise(of: sample.target), error = try sample.linear().error
        let scaled = try sample.likeIntensity(of: sample.target).scaled(z)
        let source = try? sample.centredNoise(of: sample.target.other)
        let channels = sample.shape[2]
        func product(with other: [Double]) -> [Double] { zip(z, other).map(*) }
        let pixels = try sample.likeIntensity(of: sample.target)
        func centred(_ values: [Double]) -> [Double] {
            Self.tiling.levelled(pixels.centred(values), shape: sample.shape)
        }
        let centredSign = centred(z.map { $0 > 0 ? 1 : $0 < 0 ? -1 : 0 }), centredSize = centred(z.map(\.magnitude))
        var functions: [[Double]?] = [
            centredSize, centred(z.map { $0 * $0 }), centred(z.map { $0 * $0 * $0 }), centredSign,
            centred(zip(z, scaled).map { $1.magnitude > 3 ? $0 : 0 }), source.map { product(with: $0) },
            source.map { zip(centredSign, $0).map(*) }, source.map { zip(centredSize, $0).map(*) },
        ]
        functions += Self.neighbours.map {
            centred(product(with: displaced(z, by: ($0.rows, $0.columns), shape: sample.shape)))
        }
        functions += (1..<max(1, channels)).map { step in
            z.indices.map { z[$0 - $0 % channels + ($0 + step) % channels] }
        }
        let power = dot(z, z)
        let own = source.map { Self.tiling.remainder(of: error, on: $0, shape: sample.shape) } ?? error
        products.add(
            functions.enumerated().map { number, function -> ([Double], [Double]) in
                guard let function else { return (error, [Double](repeating: 0, count: error.count)) }
                let size = dot(function, function)
                let scale = size > 0 ? (power / size).squareRoot() : 0
                return (Self.ofSource.contains(number) ? own : error, function.map { scale * $0 })
            }, of: sample)
        powers.add([(z, z)], of: sample)
    }

    func measurements(_ scope: Scope) throws -> [Measurement] {
        guard !products.isEmpty else { throw Undetermined(description: "there is no noise to relate") }
        let found = try RatioFamily(numerators: products.units, denominators: powers.units).strongest(beyond: margin)
        let name = found.member < Self.names.count ? Self.names[found.member] : "n of another channel"
        return [
            row(
                found.estimate, "λ of \(name)", unit: products.unit, .within(margin), scope,
                pValue: found.pValue, reading: "the strongest of \(products.units[0].count) functions")
        ]
    }
}
