import Foundation

@testable import Engine

/// One way in which noise of the target reaches an output: g of the noise, before it is scaled to an energy.
struct VerdictLeak: Sendable {
    /// As the command line and the results name it.
    let name: String
    /// What kind of leak it is, for a table.
    let group: String
    var channels = 1
    /// The row by which the scope of regressions claims to see such leaks; `nil` where the scope says that it does not.
    let row: String?
    let field: @Sendable (LeakSite) -> [Double]

    init(
        _ name: String, _ group: String, channels: Int = 1, by row: String? = nil,
        _ field: @escaping @Sendable (LeakSite) -> [Double]
    ) {
        self.name = name
        self.group = group
        self.channels = channels
        self.row = row.map { "leakage.\($0)" }
        self.field = field
    }

    /// The one of this name.
    static func named(_ name: String) -> VerdictLeak? { all.first { $0.name == name } }

    static let all = linear + placed + signed + filtered + parts + nonlinear

    /// λ0 n_a, as it is.
    static func inPlace(_ share: Double) -> VerdictLeak {
        VerdictLeak("in place", "in place") { $0.noise.map { share * $0 } }
    }

    private static let linear = [
        VerdictLeak("in-place", "in place", by: "target.observed") { $0.noise },
        displaced(0, 1), displaced(3, 0), displaced(0, 20),
        VerdictLeak("displaced-by-image", "displaced") { site in
            var stream = site.stream(image: site.image)
            let (dy, dx) = (Int(stream.uniform() * 24) - 12, 1 + Int(stream.uniform() * 12))
            return site.noise { ($0 + dy, $1 + dx) }
        },
        VerdictLeak("border", "border", by: "target.observed") { site in site.noise { isBorder($0, site) } },
        VerdictLeak("border-displaced", "border", by: "displaced") { site in
            let moved = site.noise { ($0, $1 + 1) }
            return moved.indices.map { isBorder($0, site) ? moved[$0] : 0 }
        },
    ]

    private static let placed = [
        VerdictLeak("mirrored-left-right", "mirrored, rotated", by: "symmetry") { site in
            site.noise { ($0, site.filter.width - 1 - $1) }
        },
        VerdictLeak("mirrored-up-down", "mirrored, rotated", by: "symmetry") { site in
            site.noise { (site.filter.height - 1 - $0, $1) }
        },
        VerdictLeak("rotated-90", "mirrored, rotated", by: "symmetry") { site in
            site.noise { (site.filter.width - 1 - $1, $0) }
        },
        VerdictLeak("rotated-180", "mirrored, rotated", by: "symmetry") { site in
            site.noise { (site.filter.height - 1 - $0, site.filter.width - 1 - $1) }
        },
        VerdictLeak("transposed", "mirrored, rotated", by: "symmetry") { $0.noise { ($1, $0) } },
    ]

    private static let signed = [
        VerdictLeak("sign-by-image", "sign", by: "by_place") { site in
            var stream = site.stream(image: site.image)
            let sign = stream.uniform() < 0.5 ? -1.0 : 1
            return site.noise.map { sign * $0 }
        },
        VerdictLeak("sign-checkerboard", "sign", by: "by_parity") { site in
            site.noise.indices.map {
                (site.filter.row($0) + site.filter.column($0)).isMultiple(of: 2) ? site.noise[$0] : -site.noise[$0]
            }
        },
        VerdictLeak("sign-by-pixel", "sign") { $0.noise(signsOf: 0) },
        VerdictLeak("sign-by-pixel-and-image", "sign") { $0.noise(signsOf: $0.image) },
        VerdictLeak("sign-by-channel", "sign", channels: 3, by: "by_parity") { site in
            site.noise.indices.map { site.noise[$0] * [1, -1, 0][site.filter.channel($0)] }
        },
        VerdictLeak("other-channel", "sign", channels: 3, by: "moments") { site in
            site.filter.field { y, x, channel in site.noise[site.filter.index(y, x, (channel + 1) % 3)] }
        },
    ]

    private static let filtered = [
        VerdictLeak("low-pass", "filtered", by: "spectrum") { $0.filter.mean5($0.filter.mean5($0.noise)) },
        VerdictLeak("high-pass", "filtered", by: "spectrum") { site in
            zip(site.noise, site.filter.binomial(site.noise)).map { $0 - $1 }
        },
        VerdictLeak("pooled", "filtered", by: "spectrum") { $0.filter.pooled($0.noise, side: 8) },
        VerdictLeak("image-mean", "filtered") { site in
            let mean = site.noise.reduce(0, +) / Double(site.noise.count)
            return site.noise.map { _ in mean }
        },
    ]

    private static let parts = [
        VerdictLeak("square", "a part") { site in
            var stream = site.stream(image: site.image)
            let side = Int((0.05 * Double(site.filter.height * site.filter.width)).squareRoot().rounded())
            let top = Int(stream.uniform() * Double(site.filter.height - side))
            let left = Int(stream.uniform() * Double(site.filter.width - side))
            let (rows, columns) = (top..<top + side, left..<left + side)
            return site.noise { rows.contains(site.filter.row($0)) && columns.contains(site.filter.column($0)) }
        },
        VerdictLeak("scattered", "a part") { site in
            var stream = site.stream(image: site.image)
            let chosen = site.noise.map { _ in stream.uniform() < 0.05 }
            return site.noise { chosen[$0] }
        },
        VerdictLeak("edges", "a part", by: "by_edges") { site in
            let gradient = site.filter.gradient(site.clean)
            let least = site.upperTenth(gradient)
            return site.noise { gradient[$0] >= least }
        },
        VerdictLeak("bright", "a part", by: "by_intensity") { site in
            let least = site.upperTenth(site.clean)
            return site.noise { site.clean[$0] >= least }
        },
        VerdictLeak("one-image", "a part", by: "by_place") { site in site.noise { _ in site.image == 7 } },
        VerdictLeak("beyond-3-sigma", "a part", by: "moments") { site in
            site.noise { abs(site.noise[$0]) > 3 * site.sigma }
        },
    ]

    private static let nonlinear = [
        VerdictLeak("absolute", "not linear", by: "moments") { site in
            site.noise.map { abs($0) - site.sigma * (2 / Double.pi).squareRoot() }
        },
        VerdictLeak("square-of-noise", "not linear", by: "moments") { site in
            site.noise.map { $0 * $0 - site.sigma * site.sigma }
        },
        VerdictLeak("sign-of-noise", "not linear", by: "moments") { site in site.noise.map { $0 < 0 ? -1 : 1 } },
        VerdictLeak("sign-times-source", "not linear", by: "moments") { site in
            zip(site.noise, site.source).map { $0 < 0 ? -$1 : $1 }
        },
        VerdictLeak("times-source", "not linear", by: "moments") { site in zip(site.noise, site.source).map { $0 * $1 }
        },
        VerdictLeak("times-neighbour", "not linear", by: "moments") { site in
            zip(site.noise, site.noise { ($0, $1 + 1) }).map { $0 * $1 }
        },
        VerdictLeak("contrast", "not linear") { site in
            let power = site.noise.reduce(0) { $0 + $1 * $1 } / Double(site.noise.count)
            let excess = power.squareRoot() / site.sigma - 1
            return site.output.map { excess * $0 }
        },
    ]

    private static func displaced(_ dy: Int, _ dx: Int) -> VerdictLeak {
        VerdictLeak("displaced-\(max(dy, dx))", "displaced", by: "displaced") { site in
            site.noise { ($0 + dy, $1 + dx) }
        }
    }

    /// Whether a value lies among the outer 16 pixels.
    private static func isBorder(_ i: Int, _ site: LeakSite) -> Bool {
        let (y, x) = (site.filter.row(i), site.filter.column(i))
        return min(y, x) < 16 || y >= site.filter.height - 16 || x >= site.filter.width - 16
    }
}
