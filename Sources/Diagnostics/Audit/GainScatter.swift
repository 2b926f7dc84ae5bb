import Fields

/// Gain and offset of one capture of an image against the other: second = offset + slope · first.
struct CaptureGain {
    let slope: Double
    let offset: Double
    let standardError: Double

    private static let block = 8

    /// A straight line through the means of blocks of 8×8 pixels, with errors in both (W. E. Deming, Statistical Adjustment of Data,
    /// 1943), whose ratio of powers the difference of the captures shows; its error is that of its residuals, whatever their power.
    ///
    /// `nil` where fewer than 16 blocks are not masked, or where content does not dominate their means.
    ///
    /// - Parameter beta: `UnselectedIntensity.beta`, half the relative difference of the powers; -½ for a first capture without noise.
    init?(_ first: Plane, _ second: Plane, _ mask: ImageMask, beta: Double) {
        let side = Self.block
        var means: [(x: Double, y: Double)] = []
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
                means.append((x / Double(side * side), y / Double(side * side)))
            }
        }
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
        let scatter = means.reduce(0) { sum, mean in
            let rest = mean.y - offset - slope * mean.x
            return sum + (mean.x - centre.x) * (mean.x - centre.x) * rest * rest
        }
        let error = (scatter * count / (count - 2)).squareRoot() / xy * slope
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
    /// Σ (slope - mean)²/variance, with one degree of freedom less than there are gains.
    let chiSquared: Double
    let count: Int

    /// Scatter that counts as none: 1 %, the bias it makes being a hundredth of the brightest content.
    static let margin = 0.01

    init(
        _ fields: [(id: String, first: Plane, second: Plane, mask: ImageMask)], isClean: Bool,
        _ selection: UnselectedIntensity
    ) {
        names = fields.map(\.id)
        gains = fields.map { field in
            // The clean image has no noise: it is the first, and the capture is what has a gain.
            isClean
                ? CaptureGain(field.second, field.first, field.mask, beta: 0.49)
                : CaptureGain(field.first, field.second, field.mask, beta: selection.beta(field.first.mean))
        }
        let known = gains.compactMap(\.self)
        let number = known.count
        count = number
        let weights = known.map { 1 / ($0.standardError * $0.standardError) }
        let total = weights.reduce(0, +)
        let centre = zip(known, weights).reduce(0) { $0 + $1.0.slope * $1.1 } / total
        chiSquared = zip(known, weights).reduce(0) { $0 + $1.1 * ($1.0.slope - centre) * ($1.0.slope - centre) }
        // R. DerSimonian and N. Laird, Controlled Clinical Trials 7, 1986.
        let squares = weights.reduce(0) { $0 + $1 * $1 }
        let variance = max(0, (chiSquared - Double(number - 1)) / (total - squares / total))
        scatter = number > 1 ? variance.squareRoot() : .nan
        let both = weights.map { 1 / (1 / $0 + (number > 1 ? variance : 0)) }
        let sum = both.reduce(0, +)
        mean = zip(known, both).reduce(0) { $0 + $1.0.slope * $1.1 } / sum
        standardError = 1 / sum.squareRoot()
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
