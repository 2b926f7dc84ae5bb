import Fields
import Formats
import RealModule
import Tensors

/// Coherence γ²(ν) of the output's error with the target's noise, ring by ring: at which spatial frequency noise leaks.
///
/// Reports the ring least compatible with no leakage. Null: γ² of unrelated fields exceeds g with probability
/// (1-g)^(K-1), K the ring's effective number of modes; the p-value is Bonferroni's over the rings. It rejects "exactly nothing" however
/// small the leak and decides nothing. Error and noise are taken less their means at like intensity. Out of scope for noise that
/// runs along rows or columns, whose power is in few modes of a ring; rings with less than a thousandth of the strongest
/// ring's noise power are left out.
///
/// `spectrum.coherence.partial` is the same with what the source's noise explains taken out of both (`RingSpectra.partialCoherence`),
/// where that noise is known: shared noise (R2) shows in the first row alone, a leak in both. Also makes the curves of both, of the power split
/// P_rr = P_ee + P_nn - 2 Re P_en and of |T(ν)|.
struct SpectralCoherence: Check {
    let id = "spectrum.coherence"
    let title = "Coherence of the error with the target's noise"
    let role = Role.description
    /// Wide enough that a ring of a 256² image holds a hundred modes beyond the lowest frequencies.
    private static let ringWidth = 1.0 / 64
    /// Of the strongest ring's power. Below it a ring of smooth noise holds what the Hann window lets through from other rings,
    /// and its modes are not independent: 80 % false alarms for noise blurred by 2 pixels.
    private static let leastPower = 1e-3
    private var accumulator = SpectralAccumulator(
        fields: ["e", "n", "r", "m", "whole e", "whole n"], ringWidth: SpectralCoherence.ringWidth, window: .hann)

    private var noise = LongCorrelation()

    mutating func observe(_ sample: Sample) throws {
        noise.add(sample.longCorrelation())
        _ = try sample.clean()
        let linear = try sample.linear()
        // No field at all where the source's noise is not known: it then explains nothing and makes no row.
        let source =
            (try? sample.centredNoise(of: sample.target.other)) ?? [Double](repeating: 0, count: linear.error.count)
        let fields = [
            linear.error, linear.noise, sample.residual(), source, try sample.error(), try sample.targetNoise(),
        ].map { sample.planes($0) }
        accumulator.add(unit: sample.channelIndices.map { channel in fields.map { $0[channel] } })
    }

    func measurements(_ scope: Scope) throws -> [Measurement] {
        guard !noise.runsAlongLines else { throw SampleError.linesInNoise }
        guard let whole = try leastLikely(scope, "γ²", spent: 1, { $0.coherence("e", "n", $1) }) else {
            throw Undetermined(description: "no ring holds enough modes, or there is no error or no noise")
        }
        var rows = [whole]
        let partial = try leastLikely(scope, "partial γ²", spent: 2) {
            $0.partialCoherence("e", "n", given: "m", $1)
        }
        if var partial {
            partial.check = "\(id).partial"
            partial.title = "\(title), beyond what the source's noise explains"
            rows.append(partial)
        }
        return rows
    }

    /// The ring whose coherence is least compatible with unrelated fields, of which γ² > g has probability (1-g)^(K-spent).
    private func leastLikely(
        _ scope: Scope, _ quantity: String, spent: Double, _ value: (RingSpectra, Int) -> Double?
    ) throws -> Measurement? {
        let spectra = accumulator.spectra
        let powers = spectra.rings.map { spectra.power("n", $0) ?? 0 }
        let least = Self.leastPower * (powers.max() ?? 0)
        let rings = zip(spectra.rings, powers).compactMap {
            ring, power -> (ring: Int, coherence: Double, logP: Double)? in
            guard power > least else { return nil }
            let modes = spectra.effectiveModeCount(ring)
            guard modes > spent, let coherence = value(spectra, ring) else { return nil }
            return (ring, coherence, (modes - spent) * Double.log(max(1 - coherence, .leastNormalMagnitude)))
        }
        guard let worst = rings.min(by: { $0.logP < $1.logP }), let frequency = spectra.frequency(worst.ring) else {
            return nil
        }
        let name = "\(quantity) at \(NumberText.fixed(frequency, decimals: 3)) cycles/pixel"
        // Far out the probability underflows; it is never 0.
        let pValue = PValue(min(1, max(1e-300, Double(rings.count) * Double.exp(worst.logP))))
        return row(
            exactly: worst.coherence, name, count: rings.count, .none, scope, pValue: pValue,
            reading: "the probability is that of unrelated fields; how much energy that is, `leakage.spectrum` says")
    }

    func series(_ scope: Scope) -> [String: Series] {
        let spectra = accumulator.spectra
        func curve(_ value: (Int) -> Double?) -> Series {
            let points = spectra.rings.compactMap { ring in
                value(ring).flatMap { value in spectra.frequency(ring).map { ($0, value) } }
            }
            return Series(frequency: points.map(\.0), value: points.map(\.1))
        }
        func split(_ part: @escaping (ResidualSplit) -> Double) -> Series {
            curve { spectra.residualSplit(error: "whole e", noise: "whole n", $0).map(part) }
        }
        let direction = scope.direction
        return [
            SeriesName.powerError(direction): split(\.signalError), SeriesName.powerNoise(direction): split(\.noise),
            SeriesName.powerCross(direction): split(\.leakage),
            SeriesName.powerResidual(direction): curve { spectra.power("r", $0) },
            SeriesName.transfer(direction): transfer(spectra),
            SeriesName.coherence(direction): curve { spectra.coherence("e", "n", $0) },
            SeriesName.partialCoherence(direction): curve { spectra.partialCoherence("e", "n", given: "m", $0) },
            SeriesName.coherenceThreshold(direction): curve {
                spectra.coherenceThreshold(falseAlarmRate: 0.05, $0)
            },
        ]
    }

    /// |T| with T ± 1.96·√(var/2): var T = (1-γ²) P_ee / (K P_nn) (Bendat and Piersol, Random Data, section 9.2).
    private func transfer(_ spectra: RingSpectra) -> Series {
        var result = Series(frequency: [], value: [])
        for ring in spectra.rings {
            guard let frequency = spectra.frequency(ring), let transfer = spectra.transfer(from: "n", to: "e", ring),
                let coherence = spectra.coherence("e", "n", ring), let error = spectra.power("e", ring),
                let noise = spectra.power("n", ring)
            else { continue }
            let modes = max(1, spectra.effectiveModeCount(ring))
            let half = 1.96 * (max(0, 1 - coherence) * error / noise / modes / 2).squareRoot()
            result.frequency.append(frequency)
            result.value.append(transfer.amplitude)
            result.ci95.append([max(0, transfer.amplitude - half), transfer.amplitude + half])
        }
        return result
    }
}
