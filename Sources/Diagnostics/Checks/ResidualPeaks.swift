import Fields
import Formats
import Tensors

/// Periodic artefacts of the output: the mode of the residual r = f - x_a that stands out most of its neighbourhood.
///
/// Spectra of 64 × 64 tiles under a Hann window, each divided by its own power and then averaged, so that an artefact adds up
/// whatever its phase. A mode counts only where it is at least as prominent in the output as in the target image: what
/// the data bring along, such as JPEG blocks, is not the model's. The p-value is Bonferroni's over all modes; the quantity names the
/// frequency and what makes peaks there, upsampling by 2, 4 or 8 above all. Needs no clean reference. Null: the spectrum of the
/// residual is smooth over 15 modes (`SpectralPeaks`). Images less than 64 pixels wide or high are left out.
struct ResidualPeaks: Check {
    let id = "residual.peaks"
    let title = "Periodic artefact in the output"
    /// A pattern that the network makes says nothing about noise of the target.
    let role = Role.quality
    private static let side = 64
    private var residual = PowerMap(height: side, width: side, window: .hann)
    private var output = PowerMap(height: side, width: side, window: .hann)
    private var target = PowerMap(height: side, width: side, window: .hann)
    private var imageCount = 0
    private var tooSmall: String?

    mutating func observe(_ sample: Sample) throws {
        guard min(sample.shape[0], sample.shape[1]) >= Self.side else {
            tooSmall = tooSmall ?? sample.pair.id
            return
        }
        imageCount += 1
        let r = try sample.squareTiles(sample.residual(), side: Self.side)
        let f = try sample.squareTiles(sample.output.values.map(Double.init), side: Self.side)
        let x = try sample.squareTiles(sample.pair.noisy[sample.target].values.map(Double.init), side: Self.side)
        for tile in r.indices where r[tile].varies {
            try residual.add(r[tile])
            if f[tile].varies { try output.add(f[tile]) }
            if x[tile].varies { try target.add(x[tile]) }
        }
    }

    func measurements(_ scope: Scope) throws -> [Measurement] {
        if imageCount == 0, let tooSmall { throw SampleError.tooSmall(tooSmall, side: Self.side) }
        guard residual.fieldCount > 0 else {
            throw SampleError.outOfScope("the output is its target, or off by a constant")
        }
        guard output.fieldCount > 0 else { throw SampleError.outOfScope("the output is constant") }
        let output = try SpectralPeaks(output)
        let target = target.fieldCount > 0 ? try SpectralPeaks(target) : nil
        let all = try SpectralPeaks(residual).all
        let own = all.filter { peak in
            let (ky, kx) = (peak.mode.ky, peak.mode.kx)
            return (output.prominence(ky, kx) ?? 0) >= (target?.prominence(ky, kx) ?? 0)
        }
        guard let worst = own.min(by: { $0.pValue.value < $1.pValue.value }) else {
            throw Undetermined(description: "every mode is more prominent in the target than in the output")
        }
        var result = row(
            exactly: worst.prominence, "prominence of the mode at \(worst.place) (\(worst.cause))", count: all.count,
            .pBelow(0.01), scope, pValue: worst.pValue,
            reading: "a pattern of the network's own, which is no leakage")
        result.imageCount = imageCount
        return [result]
    }
}

extension SpectralPeaks.Peak {
    /// `(0.500, 0.000) cycles/pixel`, ν_y first.
    var place: String {
        let y = NumberText.fixed(mode.frequencyY, decimals: 3), x = NumberText.fixed(mode.frequencyX, decimals: 3)
        return "(\(y), \(x)) cycles/pixel"
    }
}
