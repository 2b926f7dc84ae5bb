@testable import Engine
@testable import Tensors

/// One of the kinds of data without a leak on which a verdict is tried: how many images of which size, and which noise.
struct VerdictCase: Sendable {
    /// As the command line and the results name it.
    let name: String
    /// In words, for a table.
    let title: String
    /// Height and width; images take turns.
    var sizes = [(64, 64)]
    var pairs = 24
    var channels = 1
    /// Slices of one subject, which follow each other.
    var slices = 1
    var content = VerdictContent.mixed
    /// Of the intensities: -1, but 0 for the two parts of complex numbers.
    var black = -1.0
    /// σ² as the data's owner would state it; `nil` where it differs from pixel to pixel.
    var variance: DomainPair<Double>? = VerdictNoise.sigma.map { $0 * $0 }
    /// Whether it is a normal number at every pixel.
    var isGaussian = true
    /// Whether its mean is 0 at every pixel.
    var isUnbiased = true
    var noise: VerdictNoise.Field = VerdictNoise.white
    /// By how much the power of some million values may miss `variance`.
    var tolerance = 0.015

    /// The one of this name.
    static func named(_ name: String) -> VerdictCase? { all.first { $0.name == name } }

    /// VERDICT's list; offsets of three sizes are three cases.
    static let all: [VerdictCase] =
        [
            VerdictCase(name: "white", title: "white"),
            VerdictCase(
                name: "signal", title: "variance follows the signal", variance: nil, isGaussian: false,
                noise: VerdictNoise.ofSignal),
            VerdictCase(
                name: "student", title: "Student t, 3 degrees", isGaussian: false, noise: VerdictNoise.student,
                tolerance: 0.2),
            VerdictCase(
                name: "dead", title: "a dead row or column in each image", variance: nil, isGaussian: false,
                isUnbiased: false, noise: VerdictNoise.dead),
            VerdictCase(name: "rows", title: "row noise, half of the power", noise: VerdictNoise.rows),
            VerdictCase(
                name: "coil", title: "σ over the frame as of coils", variance: nil, isGaussian: false,
                noise: VerdictNoise.coil),
            VerdictCase(name: "blocks", title: "blocks of 8 × 8, a quarter of the power", noise: VerdictNoise.blocks),
        ] + offsets + frames + several + counts

    private static let offsets = [0.1, 0.2, 0.3].map { size in
        VerdictCase(
            name: "offset-\(size)", title: "an offset of its own in each image, \(size) σ",
            variance: VerdictNoise.sigma.map { $0 * $0 * (1 + size * size) }, noise: VerdictNoise.offset(size))
    }

    private static let frames = [
        VerdictCase(name: "sizes", title: "sizes mixed, 64² and 96 × 128", sizes: [(64, 64), (96, 128)]),
        VerdictCase(name: "regions", title: "large flat regions", content: .mostlyFlat),
        VerdictCase(
            name: "flat", title: "flat, with varying σ", content: .flat, variance: nil, isGaussian: false,
            noise: VerdictNoise.varying),
        VerdictCase(name: "six", title: "6 pairs", pairs: 6),
        VerdictCase(name: "two", title: "2 pairs of 128²", sizes: [(128, 128)], pairs: 2),
        VerdictCase(
            name: "eight-student", title: "8 pairs, Student t, 3 degrees", pairs: 8, isGaussian: false,
            noise: VerdictNoise.student, tolerance: 0.2),
    ]

    private static let several = [
        VerdictCase(name: "rgb", title: "RGB, independent", channels: 3, noise: VerdictNoise.channels(0)),
        VerdictCase(name: "rgb-0.7", title: "RGB, correlated 0.7", channels: 3, noise: VerdictNoise.channels(0.7)),
        VerdictCase(
            name: "complex", title: "complex, independent", channels: 2, black: 0, noise: VerdictNoise.channels(0)),
        VerdictCase(
            name: "complex-0.8", title: "complex, correlated 0.8", channels: 2, black: 0,
            noise: VerdictNoise.channels(0.8)),
        VerdictCase(name: "subjects", title: "6 subjects of ten slices", pairs: 60, slices: 10),
        VerdictCase(
            name: "subjects-pattern", title: "6 subjects of ten slices, a pattern of each", pairs: 60, slices: 10,
            noise: VerdictNoise.patterned),
    ]

    private static let counts = [
        VerdictCase(
            name: "poisson", title: "Poisson", variance: nil, isGaussian: false,
            noise: VerdictNoise.library(.poisson(peak: DomainPair(a: 25, b: 16)))),
        VerdictCase(
            name: "rician", title: "Rician", variance: nil, isGaussian: false, isUnbiased: false,
            noise: VerdictNoise.library(.rician(of: .gaussian(sigma: VerdictNoise.sigma)))),
    ]

    /// What leaks are planted into: 24 pairs of 128² with white noise.
    static func ofLeaks(channels: Int) -> VerdictCase {
        VerdictCase(
            name: "leaks", title: "24 pairs of 128²", sizes: [(128, 128)], channels: channels,
            noise: channels == 1 ? VerdictNoise.white : VerdictNoise.channels(0))
    }
}
