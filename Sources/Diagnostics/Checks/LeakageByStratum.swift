import Fields
import Tensors

/// Energy of target noise in the output where its size or sign differs between strata: leaks at one place of the
/// frame, where it is bright, on edges, with a sign that changes from pixel to pixel or from channel to channel.
///
/// E = Σ_s V_s λ_s² / V over the strata of one kind, without the part that chance makes (`StratumEnergy`). A leak of λ in 5 % of the
/// pixels has the energy 0.05 λ², where λ_target over all pixels is 0.05 λ.
struct LeakageByStratum: Check {
    /// What the strata are.
    enum Kind: String, CaseIterable {
        /// 16 × 16 cells of the frame: the same place in every image.
        case frame
        /// Parity of row and column, by channel.
        case parity
        /// Sixteen bins of intensity.
        case intensity
        /// Sixteen bins of the gradient's magnitude.
        case edges
    }

    let kind: Kind
    let margin: Double
    let role = Role.leakage
    let evidence = Evidence.regression
    var id: String { "leakage.by_\(kind.rawValue)" }
    var title: String { "Energy of target noise in the output, \(kind.words)" }
    private var products = UnitTerms()
    private var powers: [Double] = []

    /// - Parameter margin: ε, a share of amplitude.
    init(_ kind: Kind, margin: Double) {
        self.kind = kind
        self.margin = margin * margin
    }

    mutating func observe(_ sample: Sample) throws {
        let linear = try sample.linear()
        let strata = kind.strata(of: sample)
        let count = kind.count(channels: sample.shape[2])
        if powers.count < count { powers += [Double](repeating: 0, count: count - powers.count) }
        let (width, channels) = (sample.shape[1], sample.shape[2])
        var sums: [[Double]] = []
        for part in sample.parts {
            var products = [Double](repeating: 0, count: count)
            for row in part.rows {
                for i in (row * width + part.columns.lowerBound) * channels..<(row * width + part.columns.upperBound)
                    * channels
                {
                    let stratum = Int(strata[i])
                    products[stratum] += linear.instrument[i] * linear.error[i]
                    powers[stratum] += linear.instrument[i] * linear.noise[i]
                }
            }
            sums.append(products)
        }
        products.add(sums: sums, of: sample)
    }

    func measurements(_ scope: Scope) throws -> [Measurement] {
        guard !products.isEmpty else { throw Undetermined(description: "there is no noise to relate") }
        let energy = try StratumEnergy(units: products.units, power: powers, total: powers.reduce(0, +))
        return [
            row(
                energy.interval, "energy/noise power", unit: products.unit, .below(margin), scope,
                pValue: energy.pValue(beyond: margin), reading: kind.reading)
        ]
    }
}

extension LeakageByStratum.Kind {
    fileprivate static let frameCells = 16
    fileprivate static let bins = 16

    fileprivate var words: String {
        switch self {
        case .frame: "by place in the frame"
        case .parity: "by parity of the pixel and channel"
        case .intensity: "by intensity"
        case .edges: "by strength of edges"
        }
    }

    fileprivate var reading: String {
        switch self {
        case .frame: "a leak at the border or at any other place of the frame"
        case .parity: "a leak whose sign changes between neighbouring pixels or channels"
        case .intensity: "a leak where it is bright or dark"
        case .edges: "a leak on edges or off them"
        }
    }

    fileprivate func count(channels: Int) -> Int {
        switch self {
        case .frame: Self.frameCells * Self.frameCells
        case .parity: 4 * channels
        case .intensity, .edges: Self.bins
        }
    }

    /// The stratum of each value, `[H, W, C]` in memory order.
    fileprivate func strata(of sample: Sample) -> [UInt16] {
        let (height, width, channels) = (sample.shape[0], sample.shape[1], sample.shape[2])
        func byPlace(_ stratum: (_ y: Int, _ x: Int, _ channel: Int) -> Int) -> [UInt16] {
            (0..<height * width * channels).map {
                UInt16(stratum($0 / channels / width, $0 / channels % width, $0 % channels))
            }
        }
        switch self {
        case .frame:
            let cells = Self.frameCells
            return byPlace { y, x, _ in y * cells / height * cells + x * cells / width }
        case .parity: return byPlace { y, x, channel in channel * 4 + y % 2 * 2 + x % 2 }
        case .intensity: return Self.bins(of: sample.intensity)
        case .edges:
            let image = sample.intensity
            func at(_ y: Int, _ x: Int, _ channel: Int) -> Float {
                image[(min(max(y, 0), height - 1) * width + min(max(x, 0), width - 1)) * channels + channel]
            }
            let gradient = (0..<image.count).map { i -> Float in
                let (y, x, channel) = (i / channels / width, i / channels % width, i % channels)
                let (gy, gx) = (
                    at(y + 1, x, channel) - at(y - 1, x, channel), at(y, x + 1, channel) - at(y, x - 1, channel)
                )
                return gy * gy + gx * gx
            }
            return Self.bins(of: gradient)
        }
    }

    /// Which of equally filled bins of one image each value is in.
    private static func bins(of values: [Float]) -> [UInt16] {
        ConditionalRanks(given: values).bins(bins).map { UInt16($0) }
    }
}

extension Sample {
    /// What strata of intensity refer to: the clean target, or the output where there is none.
    var intensity: [Float] { (pair.clean(of: target) ?? output).values }
}
