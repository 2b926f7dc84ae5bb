import Fields
import Figures
import Formats
import Tensors

/// White noise through every spectral estimator, and a filter through the transfer function.
struct SpectralOracles: Experiment {
    let number = 8
    let id = "spectra"
    let title = "Spectra, coherence and tests of whiteness"
    let derivation = """
        Of white noise with its mean removed, the mean of |U|² over all frequencies is σ²(1 - 1/N), under a window too if it is divided by \
        Σw² (Parseval). Unrelated fields have E γ² = 1/K over K modes. A filter's output has the transfer function H(ν). Tests of \
        whiteness at the level 0.05 reject white noise in 5 % of the cases.
        """
    private static let rings = 1.0 / 16

    func run(_ laboratory: Laboratory) throws -> Outcome {
        var predictions = try powers(laboratory) + coherence(laboratory)
        let (transfer, figure) = try transfer(laboratory)
        predictions += transfer
        predictions += try whiteness(laboratory)
        return Outcome(
            predictions: predictions, figure: figure,
            caption: "The ring averages of an estimated transfer function lie on those of the filter itself.")
    }

    private func powers(_ laboratory: Laboratory) throws -> [Prediction] {
        let sigma = Laboratory.sigma.a, pixels = Double(Laboratory.side * Laboratory.side)
        let measured = try laboratory.repeated(number) { stream in
            let field = laboratory.white(sigma: sigma, &stream)
            return Window.allCases.map { laboratory.spectrum(field, $0).meanPower }
        }
        return zip(Window.allCases, measured).map {
            Prediction("mean power, \($0.rawValue) window", sigma * sigma * (1 - 1 / pixels), $1)
        }
    }

    private func coherence(_ laboratory: Laboratory) throws -> [Prediction] {
        let template = SpectralAccumulator(fields: ["u", "v"], ringWidth: Self.rings, window: .boxcar)
        let bins = 0..<template.layout.ringCount
        let measured = try laboratory.repeated(number + 100) { stream in
            var spectra = template
            spectra.add(unit: [[laboratory.white(sigma: 1, &stream), laboratory.white(sigma: 2, &stream)]])
            let found = spectra.spectra
            return bins.map { found.coherence("u", "v", $0) ?? 0 } + bins.map { found.effectiveModeCount($0) }
        }
        return bins.compactMap { bin in
            let modes = measured[bins.count + bin].mean
            return modes > 1
                ? Prediction("E γ² in ring \(bin + 1), K = \(NumberText.significant(modes))", 1 / modes, measured[bin])
                : nil
        }
    }

    private func transfer(_ laboratory: Laboratory) throws -> ([Prediction], LinePlot) {
        let template = SpectralAccumulator(fields: ["n", "f"], ringWidth: Self.rings, window: .boxcar)
        let bins = 0..<template.layout.ringCount
        @Sendable func response(_ noise: Plane, _ rest: Plane) -> RingSpectra {
            var spectra = template
            spectra.add(unit: [[noise, Laboratory.filtered(noise, ClosedFormDenoisers.binomial) + rest]])
            return spectra.spectra
        }
        // An impulse has every frequency with one amplitude: its ring averages are those of the filter.
        let zero = Plane(height: Laboratory.side, width: Laboratory.side) { _, _ in 0 }
        let impulse = response(
            Plane(height: Laboratory.side, width: Laboratory.side) { y, x in y == 0 && x == 0 ? 1 : 0 }, zero)
        let measured = try laboratory.repeated(number + 200) { stream in
            let found = response(laboratory.white(sigma: 1, &stream), laboratory.content(&stream))
            return bins.map { found.transfer(from: "n", to: "f", $0)?.real ?? 0 }
        }
        let expected = bins.map { impulse.transfer(from: "n", to: "f", $0)?.real ?? 0 }
        let places = bins.map { impulse.frequency($0) ?? 0 }
        return (
            bins.map { Prediction("T in ring \($0 + 1)", expected[$0], measured[$0]) },
            LinePlot(
                title: "Transfer function of the binomial filter", xLabel: "spatial frequency (cycles/pixel)",
                yLabel: "T", columns: 1,
                panels: [
                    .init(curves: [
                        .init(
                            label: "predicted", x: places, y: expected,
                            style: SeriesStyle(color: Palette.vermilion, dash: [6, 3])),
                        .init(
                            label: "measured", x: places, y: measured.map(\.mean),
                            style: SeriesStyle(color: Palette.blue), drawing: .points),
                    ])
                ])
        )
    }

    private func whiteness(_ laboratory: Laboratory) throws -> [Prediction] {
        let level = 0.05
        let measured = try laboratory.repeated(number + 300) { stream in
            let field = laboratory.white(sigma: 1, &stream)
            var box = LjungBox(rowLag: 2, columnLag: 2)
            try box.add(field)
            return [
                try CumulativePeriodogram.test(try PowerMap(of: field)).pValue, try box.test().pValue,
                try MoranI.test(field, .queen).pValue,
            ].map { $0.value < level ? 1.0 : 0 }
        }
        // The error that the predicted rate has, so that a test which never rejects is no exact match.
        let error = (level * (1 - level) / Double(laboratory.repetitions)).squareRoot()
        return zip(["cumulative periodogram", "Ljung-Box", "Moran's I"], measured).map {
            Prediction("rate of rejections at 0.05, \($0)", level, Estimate(mean: $1.mean, standardError: error))
        }
    }
}

extension HalfSpectrum {
    /// Mean of |U|² over all height × width frequencies.
    var meanPower: Double {
        var total = 0.0
        for k in 0..<values.count / 2 {
            let column = k % columns
            let weight: Double = column == 0 || 2 * column == width ? 1 : 2
            total += weight * (values[2 * k] * values[2 * k] + values[2 * k + 1] * values[2 * k + 1])
        }
        return total / Double(height * width)
    }
}
