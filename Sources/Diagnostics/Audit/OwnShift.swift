import Fields
import Foundation

/// How far the second image of one pair is displaced against the first, beyond the shift that all pairs share.
///
/// Phases are followed from two starts, the common shift and the lag at which the pair's own correlation of phases stands out most, and the
/// end with the larger coherence is taken. A displacement counts where its coherence is no chance: a correlation r of m independent modes,
/// t = r √(2m - 1)/√(1 - r²), below `chance` for all lags that were searched: the correlation holds two numbers for every mode.
struct OwnShift {
    enum State {
        /// The pair matches at `dy`, `dx`.
        case measured
        /// The pair has structure in both images, and matches at no shift.
        case unmatched
        /// The pair shows too little to tell.
        case vague
    }

    private(set) var state: State
    /// Pixels against the common shift; 0 along an axis that shows no shift.
    private(set) var dy = 0.0, dx = 0.0
    /// Their variances by the scatter of the pair's own phases, pixels².
    private(set) var varianceY = 0.0, varianceX = 0.0
    /// Independent modes in these variances.
    private(set) var modeCount = 1.0

    /// Lags are searched up to this share of the frame along each axis: beyond, windows hold little in common.
    static let farthest = 0.375
    /// That unlike images have a coherence which counts; that any of all registered pairs is called unmatched, or moved to another lag.
    private static let chance = 0.001

    /// The shifts of all pairs about a common one.
    static func all(
        _ pairs: [CrossSpectrum.Pair], _ first: [[HalfSpectrum]], _ modes: ShiftModes, _ common: CommonShift.Search
    ) -> [OwnShift] {
        pairs.indices.map { index in
            OwnShift(
                Matcher(
                    first: first[index], second: pairs[index].second, modes: modes, common: common, pairs: pairs.count),
                common.spectra[index])
        }
    }

    private init(_ matcher: Matcher, _ spectrum: CrossSpectrum) {
        let near = matcher.followed(from: (0, 0))
        let start = matcher.peak(spectrum), searched = 2 * Double(matcher.common.weights.used.count)
        // Structure that repeats matches at several lags: the near one, unless another is better than noise makes any.
        let far = hypot(start.y, start.x) > 1 ? matcher.followed(from: start) : nil
        let better = far.flatMap { matcher.isBetter($0, than: near, searched) ? $0 : nil }
        guard let best = better ?? near,
            matcher.probability(ofUnlike: best) * (better == nil ? 1 : searched) < Self.chance
        else {
            state = better != nil || matcher.isUnlike(spectrum) ? .unmatched : .vague
            return
        }
        state = .measured
        (dy, dx) = best.shift
        (varianceY, varianceX) = best.slope.variance(matcher.common.axes)
        modeCount = matcher.errorModes(best.spectrum)
    }

    /// One pair under the weights of all.
    private struct Matcher {
        let first: [HalfSpectrum]
        let second: [Plane]
        let modes: ShiftModes
        let common: CommonShift.Search
        let pairs: Int
        private var weights: ModeWeights { common.weights }

        struct End {
            /// Against the common shift.
            let shift: (y: Double, x: Double)
            let spectrum: CrossSpectrum
            let slope: PhaseSlope
            /// Σ w Re C / Σ w P.
            let coherence: Double
            /// Independent modes in it.
            let modeCount: Double
        }

        /// Gauss and Newton's steps of no more than a pixel; `nil` where they do not end, or phases have no slope.
        func followed(from start: (y: Double, x: Double)) -> End? {
            var shift = start
            for _ in 0..<12 {
                let spectrum = CrossSpectrum(
                    first, second, movedBack: (common.place.y + shift.y, common.place.x + shift.x))
                let slope = PhaseSlope(spectrum, weights, modes), axes = common.axes
                guard !axes.y || slope.yy > 0, !axes.x || slope.xx > 0, axes.count == 1 || !slope.isOneDirection
                else { return nil }
                var step = slope.solution(axes)
                let length = hypot(step.y, step.x)
                if length < 5e-3 { return end(shift, spectrum, slope) }
                if length > 1 { step = (step.y / length, step.x / length) }
                shift = (shift.y + step.y, shift.x + step.x)
                guard abs(shift.y) <= farthest * Double(modes.height), abs(shift.x) <= farthest * Double(modes.width)
                else { return nil }
            }
            return nil
        }

        private func end(_ shift: (y: Double, x: Double), _ spectrum: CrossSpectrum, _ slope: PhaseSlope) -> End {
            var (real, all, square) = (0.0, 0.0, 0.0)
            for k in weights.used {
                let term = weights.factor[k] * spectrum.power[k]
                real += weights.factor[k] * spectrum.cross[2 * k]
                all += term
                square += term * term
            }
            return End(
                shift: shift, spectrum: spectrum, slope: slope, coherence: real / all,
                modeCount: max(1, all * all / square / ShiftModes.perIndependentOne))
        }

        /// Where phases, weighted by γ alone, agree best: amplitudes of few modes do not decide.
        func peak(_ spectrum: CrossSpectrum) -> (y: Double, x: Double) {
            var product = [Double](repeating: 0, count: 2 * modes.isKept.count)
            for k in weights.used {
                let (real, imaginary) = (spectrum.cross[2 * k], spectrum.cross[2 * k + 1])
                let amplitude = hypot(real, imaginary)
                guard amplitude > 0 else { continue }
                product[2 * k] = weights.coherence[k] * real / amplitude
                product[2 * k + 1] = weights.coherence[k] * imaginary / amplitude
            }
            return LagCorrelation(product, square: 0, modes).mostUnlikely(upTo: farthest, common.axes)
        }

        /// Whether the coherence is larger than noise makes it at any lag of any pair.
        func isBetter(_ far: End, than near: End?, _ searched: Double) -> Bool {
            let z = NormalDistribution.quantile(1 - chance / Double(pairs) / searched)
            return far.coherence - (near?.coherence ?? 0) > z * (1 - far.coherence) / (2 * far.modeCount).squareRoot()
        }

        /// That the images of one lag have so large a coherence where they are unlike.
        func probability(ofUnlike end: End) -> Double {
            let degrees = 2 * end.modeCount - 1, r = min(end.coherence, 1 - 1e-9)
            guard r > 0 else { return 1 }
            return StudentT(degreesOfFreedom: degrees).cdf(-r * (degrees / (1 - r * r)).squareRoot())
        }

        /// Whether both images differ by more than the noise of all pairs, and by more than half of what structure they hold.
        ///
        /// ½|U - V|² of noises of one power N is N times a chi-squared of two degrees over 2 in every independent mode.
        func isUnlike(_ spectrum: CrossSpectrum) -> Bool {
            var (difference, structure, noise, square) = (0.0, 0.0, 0.0, 0.0)
            for k in weights.used {
                let w = weights.factor[k]
                difference += w * (spectrum.power[k] - spectrum.cross[2 * k])
                structure += w * (spectrum.power[k] - weights.noise[k])
                noise += w * weights.noise[k]
                square += w * w * weights.noise[k] * weights.noise[k]
            }
            guard noise > 0, difference - noise > structure / 2 else { return false }
            let degrees = 2 * noise * noise / square / ShiftModes.perIndependentOne
            return ChiSquared(degreesOfFreedom: degrees).upperTail(degrees * difference / noise) * Double(pairs)
                < chance
        }

        /// Degrees of freedom of the variance: one for each independent mode, by its share.
        ///
        /// (Im C)² has the mean N (P - N/2) where the images hold one structure, with N the noise of all pairs.
        func errorModes(_ spectrum: CrossSpectrum) -> Double {
            func modes(_ phase: [Double]) -> Double {
                var (sum, square) = (0.0, 0.0)
                for k in weights.used {
                    let noise = weights.noise[k], w = weights.factor[k] * phase[k]
                    let term = w * w * noise * max(spectrum.power[k] - noise / 2, noise / 2)
                    sum += term
                    square += term * term
                }
                return square > 0 ? sum * sum / square / ShiftModes.perIndependentOne : 1
            }
            let axes = common.axes
            return max(
                1, min(axes.y ? modes(self.modes.down) : .infinity, axes.x ? modes(self.modes.right) : .infinity))
        }
    }
}
