import Engine

/// Functions of the target's noise in the output, beyond a share of it: its size, its square, its sign, its largest values, and its products
/// with neighbouring noise and with the noise of the source.
///
/// Each function g of z = n_a is taken minus its mean at like intensity and in tiles of 16 pixels (where σ varies over the frame, |n_a| would
/// otherwise follow the errors that vary with it), and scaled to the power of z, so that its coefficient λ_g = Σ g·e / Σ z² is in units of
/// noise amplitude like λ_target. Null: e is independent of n_a given the content, and the distribution of n_a is the same within a tile at
/// like intensity. Reported is the function farthest beyond ±ε; p-value and intervals hold for all (`RatioFamily`).
struct LeakageMoments: Check {
    let id = "leakage.moments"
    let title = "Functions of the target's noise in the output"
    let role = Role.leakage
    let evidence = Evidence.regression
    let margin: Double
    private static let tiling = Tiling(side: 16)
    private static let names = [
        "size |n|", "square n²", "cube n³", "sign of n", "values beyond 3σ", "n · n one pixel right",
        "n · n one pixel below",
        "n · n of the source", "sign of n · n of the source", "|n| · n of the source",
    ]
    private var products = UnitTerms()
    private var powers = UnitTerms()

    init(margin: Double) { self.margin = margin }

    mutating func observe(_ sample: Sample) throws {
        _ = try sample.clean()
        let z = try sample.centredNoise(of: sample.target), error = try sample.linear().error
        let scaled = try sample.likeIntensity(of: sample.target).scaled(z)
        let source = try? sample.centredNoise(of: sample.target.other)
        let (width, channels) = (sample.shape[1], sample.shape[2])
        func product(with other: [Double]) -> [Double] { zip(z, other).map(*) }
        func shifted(by step: Int) -> [Double] { z.indices.map { $0 + step < z.count ? z[$0 + step] : 0 } }
        let pixels = try sample.likeIntensity(of: sample.target)
        func centred(_ values: [Double]) -> [Double] {
            Self.tiling.centred(pixels.centred(values), shape: sample.shape)
        }
        let centredSign = centred(z.map { $0 > 0 ? 1 : $0 < 0 ? -1 : 0 }), centredSize = centred(z.map(\.magnitude))
        var functions: [[Double]?] = [
            centredSize, centred(z.map { $0 * $0 }), centred(z.map { $0 * $0 * $0 }), centredSign,
            centred(zip(z, scaled).map { $1.magnitude > 3 ? $0 : 0 }),
            centred(product(with: shifted(by: channels))), centred(product(with: shifted(by: width * channels))),
        ]
        functions += [
            source.map { product(with: $0) }, source.map { zip(centredSign, $0).map(*) },
            source.map { zip(centredSize, $0).map(*) },
        ]
        let power = dot(z, z)
        products.add(
            functions.map { function -> ([Double], [Double]) in
                guard let function else { return (error, [Double](repeating: 0, count: error.count)) }
                let own = dot(function, function)
                let scale = own > 0 ? (power / own).squareRoot() : 0
                return (error, function.map { scale * $0 })
            }, of: sample)
        powers.add([(z, z)], of: sample)
    }

    func measurements(_ scope: Scope) throws -> [Measurement] {
        guard !products.isEmpty else { throw Undetermined(description: "there is no noise to relate") }
        let found = try RatioFamily(numerators: products.units, denominators: powers.units).strongest(beyond: margin)
        return [
            row(
                found.estimate, "λ of \(Self.names[found.member])", unit: products.unit, .within(margin), scope,
                pValue: found.pValue, reading: "the strongest of \(Self.names.count) functions")
        ]
    }
}
