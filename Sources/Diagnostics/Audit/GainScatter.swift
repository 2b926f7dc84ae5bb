import Fields

/// Means of two captures over a block of 8×8 pixels that are all measured, with its place: v and u are -½ to ½ down and right.
struct GainBlock {
    let x, y: Double
    let v, u: Double
    let row, column: Int

    static let side = 8

    static func blocks(_ first: Plane, _ second: Plane, _ mask: ImageMask) -> [GainBlock] {
        var blocks: [GainBlock] = []
        for top in stride(from: 0, through: first.height - side, by: side) {
            next: for left in stride(from: 0, through: first.width - side, by: side) {
                var (x, y) = (0.0, 0.0)
                for row in top..<top + side {
                    for column in left..<left + side {
                        if mask[row * first.width + column] { continue next }
                        x += first[row, column]
                        y += second[row, column]
                    }
                }
                let count = Double(side * side), half = Double(side) / 2
                blocks.append(
                    GainBlock(
                        x: x / count, y: y / count, v: (Double(top) + half) / Double(first.height) - 0.5,
                        u: (Double(left) + half) / Double(first.width) - 0.5, row: top / side, column: left / side))
            }
        }
        return blocks
    }
}

/// What changes over the frame in all pairs alike: second = offset + slope · x + p · v + q · u + (r · v + s · u) · x, by least squares over
/// all blocks. It is one question, `gain_frame`, and gains that differ from pair to pair are another.
struct FrameDrift {
    /// p, q, r, s.
    private var terms = [0.0, 0, 0, 0]

    init(_ blocks: [GainBlock]) {
        var equations = NormalEquations(terms: 6)
        let centre = blocks.reduce(0) { $0 + $1.x } / Double(max(1, blocks.count))
        for block in blocks {
            let m = block.x - centre
            equations.add([1, m, block.v, block.u, m * block.v, m * block.u], block.y)
        }
        guard blocks.count > 60, let fit = equations.solution else { return }
        terms = [fit[2] - fit[4] * centre, fit[3] - fit[5] * centre, fit[4], fit[5]]
    }

    /// What the drift adds to the second capture.
    func callAsFunction(_ block: GainBlock) -> Double {
        (terms[0] + terms[2] * block.x) * block.v + (terms[1] + terms[3] * block.x) * block.u
    }
}

/// Gain and offset of one capture of an image against the other: second = offset + slope · first.
struct CaptureGain {
    let slope: Double
    let offset: Double
    let standardError: Double
    /// Of `standardError`.
    let degreesOfFreedom: Double

    /// A straight line through the means of blocks of 8×8 pixels, with errors in both (W. E. Deming, Statistical Adjustment of Data,
    /// 1943), whose ratio of powers the difference of the captures shows. Its error is that of its residuals, whatever their power: with
    /// blocks, rows of blocks and columns of blocks as units, the largest, for noise may be one number along a line.
    ///
    /// `nil` where fewer than 16 blocks are not masked, or where content does not dominate their means.
    ///
    /// - Parameters:
    ///   - beta: `UnselectedIntensity.beta`, half the relative difference of the powers; -½ for a first capture without noise.
    ///   - drift: taken away from the second capture first.
    init?(_ blocks: [GainBlock], beta: Double, drift: FrameDrift) {
        let means = blocks.map { (x: $0.x, y: $0.y - drift($0)) }
        guard means.count >= 16 else { return nil }
        let count = Double(means.count)
        let centre = (x: means.reduce(0) { $0 + $1.x } / count, y: means.reduce(0) { $0 + $1.y } / count)
        var (xx, xy, yy) = (0.0, 0.0, 0.0)
        for mean in means {
            xx += (mean.x - centre.x) * (mean.x - centre.x)
            xy += (mean.x - centre.x) * (mean.y - centre.y)
            yy += (mean.y - centre.y) * (mean.y - centre.y)
        }
        guard xy > 0.5 * (xx * yy).squareRoot(), xx > 0 else { return nil }
        // σ₂²/σ₁² = (1 + 2β)/(1 - 2β).
        let r = min(0.98, max(-0.98, 2 * beta)), ratio = (1 + r) / (1 - r)
        let difference = yy - ratio * xx
        let slope = (difference + (difference * difference + 4 * ratio * xy * xy).squareRoot()) / (2 * xy)
        let offset = centre.y - slope * centre.x
        let scores = means.map { ($0.x - centre.x) * ($0.y - offset - slope * $0.x) }
        func scatter(_ unit: (GainBlock) -> Int) -> (variance: Double, freedom: Double)? {
            let sums = Dictionary(zip(blocks, scores).map { (unit($0), $1) }, uniquingKeysWith: +)
            let units = Double(sums.count)
            // In one order, so that a run repeats to the bit.
            let squares = sums.sorted { $0.key < $1.key }.reduce(0) { $0 + $1.value * $1.value }
            return units > 4 ? (squares * units / (units - 1), units - 1) : nil
        }
        let independent = (variance: scores.reduce(0) { $0 + $1 * $1 } * count / (count - 2), freedom: count - 2)
        let widest = [scatter(\.row), scatter(\.column)].compactMap(\.self).reduce(independent) {
            $1.variance > $0.variance ? $1 : $0
        }
        let error = widest.variance.squareRoot() / xy * slope
        degreesOfFreedom = widest.freedom
        guard slope.isFinite, slope > 0, error > 0, error < 0.1 * slope else { return nil }
        (self.slope, self.offset, standardError) = (slope, offset, error)
    }
}

/// How gains differ from pair to pair.
struct GainScatter {
    /// One for each field, `nil` where the content does not say.
    let gains: [CaptureGain?]
    /// Names of the images of the fields.
    let names: [String]
    /// Mean, weighted by precision; its standard error; the standard deviation beyond what noise explains; NaN with fewer than 2.
    let mean, standardError, scatter: Double
    /// Σ z², with z the normal deviate that is as likely as Student's t = (slope - mean)/error, and one degree of freedom less than there
    /// are gains.
    let chiSquared: Double
    let count: Int

    /// Scatter that counts as none: 1 %, the bias it makes being a hundredth of the brightest content.
    static let margin = 0.01

    init(
        _ fields: [(id: String, first: Plane, second: Plane, mask: ImageMask)], isClean: Bool,
        _ selection: UnselectedIntensity
    ) {
        names = fields.map(\.id)
        // The clean image has no noise: it is the first, and the capture is what has a gain.
        let blocks = fields.map { field in
            isClean
                ? GainBlock.blocks(field.second, field.first, field.mask)
                : GainBlock.blocks(field.first, field.second, field.mask)
        }
        let drift = FrameDrift(Array(blocks.joined()))
        gains = zip(fields, blocks).map { field, blocks in
            CaptureGain(blocks, beta: isClean ? 0.49 : selection.beta(field.first.mean), drift: drift)
        }
        let known = gains.compactMap(\.self)
        let number = known.count
        count = number
        // t² has the mean ν/(ν - 2).
        let weights = known.map {
            ($0.degreesOfFreedom - 2) / ($0.degreesOfFreedom * $0.standardError * $0.standardError)
        }
        let total = weights.reduce(0, +)
        let centre = zip(known, weights).reduce(0) { $0 + $1.0.slope * $1.1 } / total
        chiSquared = known.reduce(0) { sum, gain in
            let t = abs(gain.slope - centre) / gain.standardError
            let z = NormalDistribution.quantile(
                max(1e-15, StudentT(degreesOfFreedom: gain.degreesOfFreedom).cdf(-t)))
            return sum + z * z
        }
        let spread = zip(known, weights).reduce(0) { $0 + $1.1 * ($1.0.slope - centre) * ($1.0.slope - centre) }
        // R. DerSimonian and N. Laird, Controlled Clinical Trials 7, 1986.
        let squares = weights.reduce(0) { $0 + $1 * $1 }
        let variance = max(0, (spread - Double(number - 1)) / (total - squares / total))
        scatter = number > 1 ? variance.squareRoot() : .nan
        let both = weights.map { 1 / (1 / $0 + (number > 1 ? variance : 0)) }
        let sum = both.reduce(0, +)
        let average = zip(known, both).reduce(0) { $0 + $1.0.slope * $1.1 } / sum
        mean = average
        // With images as units (J. Hartung and G. Knapp, Statistics in Medicine 20, 2001), and no less than their own errors say.
        let rest = zip(known, both).reduce(0) { $0 + $1.1 * ($1.0.slope - average) * ($1.0.slope - average) }
        standardError = max(1, number > 1 ? rest / Double(number - 1) : 1).squareRoot() / sum.squareRoot()
    }

    /// Of gains that are all equal.
    var pValue: Double { count > 1 ? ChiSquared(degreesOfFreedom: Double(count - 1)).upperTail(chiSquared) : 1 }

    /// More than noise explains, and more than the margin.
    var isWide: Bool { count > 2 && pValue < 1e-4 && scatter > Self.margin }

    var range: ClosedRange<Double>? {
        let slopes = gains.compactMap { $0?.slope }
        guard let low = slopes.min(), let high = slopes.max() else { return nil }
        return low...high
    }
}

extension Plane {
    /// (u - offset)/slope.
    func calibrated(_ gain: CaptureGain) -> Plane {
        Plane(height: height, width: width, values: values.map { ($0 - gain.offset) / gain.slope })
    }
}
