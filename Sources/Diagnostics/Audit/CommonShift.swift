import Fields
import Foundation

/// How far second images are displaced against first ones, by the phase of their cross spectrum summed over images.
///
/// Independent noises have no cross spectrum in the mean, so that low signal makes the shift uncertain and not small. Modes count by
/// `ModeWeights` where γ is above ½, or 4 times its spread under independence. Second images are moved back by the shift so far before they
/// are windowed.
struct CommonShift {
    /// One axis of the shift.
    struct Axis {
        /// Pixels; NaN where it is not measurable.
        var value = Double.nan
        var standardError = Double.nan
        var isMeasurable: Bool { value.isFinite && standardError.isFinite }
    }

    /// Rows down and columns right.
    let dy, dx: Axis
    /// Of each pair, against the common one.
    let own: [OwnShift]

    /// `nil` for pairs of different sizes, of less than 16 pixels a side, or without a peak in their correlation.
    init?(_ pairs: [CrossSpectrum.Pair]) {
        guard let size = pairs.first?.first.first, min(size.height, size.width) >= 16,
            pairs.allSatisfy({
                ($0.first + $0.second).allSatisfy { $0.height == size.height && $0.width == size.width }
            })
        else { return nil }
        let first = pairs.map { $0.first.map { Window.hann.spectrum(of: $0) } }
        let modes = ShiftModes(height: size.height, width: size.width)
        for smallest in [0.5, 0.0] {
            guard let found = Search(pairs, first, modes, smallest: smallest), let (dy, dx) = found.result else {
                continue
            }
            (self.dy, self.dx) = (dy, dx)
            own = OwnShift.all(pairs, first, modes, found)
            return
        }
        return nil
    }

    /// The shift at which the phases of all pairs have no slope.
    struct Search {
        private(set) var place = (y: 0.0, x: 0.0)
        /// Axes with enough curvature.
        private(set) var axes = ShiftAxes()
        private(set) var weights: ModeWeights
        /// Of each pair, moved back by (almost) `place`.
        private(set) var spectra: [CrossSpectrum] = []
        private let modes: ShiftModes

        fileprivate init?(
            _ pairs: [CrossSpectrum.Pair], _ first: [[HalfSpectrum]], _ modes: ShiftModes, smallest: Double
        ) {
            self.modes = modes
            let threshold = max(smallest, 4 * ModeWeights.spread(images: pairs.count))
            func moved(_ place: (y: Double, x: Double)) -> [CrossSpectrum] {
                zip(pairs, first).map { CrossSpectrum($1, $0.second, movedBack: place) }
            }
            func weights(_ spectra: [CrossSpectrum], aligned: Bool) -> ModeWeights {
                ModeWeights(CrossSpectrum(sum: spectra), images: pairs.count, modes, above: threshold, aligned: aligned)
            }
            spectra = moved((0, 0))
            self.weights = weights(spectra, aligned: false)
            guard let start = peak else { return nil }
            place = start
            for _ in 0..<6 {
                spectra = moved(place)
                self.weights = weights(spectra, aligned: true)
                let sums = slopes.reduce(PhaseSlope()) { $0.adding($1) }
                // The curvature along an axis has to exceed what noise of this size in its modes makes of it.
                axes.y = sums.yy > 8 * self.weights.curvatureNoise(spectra, modes.down)
                axes.x = sums.xx > 8 * self.weights.curvatureNoise(spectra, modes.right)
                guard axes.count > 0, axes.count == 1 || !sums.isOneDirection else { return nil }
                let step = sums.solution(axes)
                guard step.y.isFinite, step.x.isFinite else { return nil }
                place = (place.y + step.y, place.x + step.x)
                if max(abs(step.y), abs(step.x)) < 2e-3 { break }
            }
            guard abs(place.y) < Double(modes.height) / 4, abs(place.x) < Double(modes.width) / 4 else { return nil }
        }

        private var slopes: [PhaseSlope] { spectra.map { PhaseSlope($0, weights, modes) } }

        private var peak: (y: Double, x: Double)? {
            var product = [Double](repeating: 0, count: 2 * modes.isKept.count), square = 0.0
            for spectrum in spectra {
                for k in weights.used {
                    product[2 * k] += weights.factor[k] * spectrum.cross[2 * k]
                    product[2 * k + 1] += weights.factor[k] * spectrum.cross[2 * k + 1]
                    square += weights.factor[k] * weights.factor[k] * spectrum.power[k] * spectrum.power[k] / 2
                }
            }
            return LagCorrelation(product, square: square, modes).peak
        }

        /// With standard errors, the larger of two: by leaving out pairs, and by the scatter of phases within them, which holds with few.
        /// `nil` where neither axis is measurable.
        fileprivate var result: (dy: Axis, dx: Axis)? {
            let slopes = slopes, sums = slopes.reduce(PhaseSlope()) { $0.adding($1) }
            let leftOut = slopes.map { sums.adding($0, sign: -1).solution(axes) }, variance = sums.variance(axes)
            func axis(_ isUsed: Bool, _ value: Double, _ variance: Double, _ leftOut: [Double]) -> Axis {
                guard isUsed else { return Axis() }
                let jackknife = leftOut.count > 2 ? Jackknife.standardError(leaveOneOut: leftOut) : 0
                return Axis(value: value, standardError: max(jackknife, variance.squareRoot()))
            }
            let dy = axis(axes.y, place.y, variance.y, leftOut.map(\.y))
            let dx = axis(axes.x, place.x, variance.x, leftOut.map(\.x))
            return dy.isMeasurable || dx.isMeasurable ? (dy, dx) : nil
        }
    }
}
