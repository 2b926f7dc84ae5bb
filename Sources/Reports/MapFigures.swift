import Diagnostics
import Fields
import Figures
import Tensors

extension ReportFigures {
    /// Residual of the first image, autocorrelation and two-dimensional spectrum of the residuals of all, a row for each model and
    /// one scale for each column; above them c - x, the residual of a perfect denoiser, where the clean images are
    /// known. `nil` where no model has a residual large enough.
    ///
    /// - Parameters:
    ///   - galleries: the pictures of each model, b→a; the same pairs for each.
    ///   - names: of the models.
    ///   - side: images are cut to this many pixels around their middle.
    static func residualMaps(_ galleries: [[GalleryImage]], names: [String], side: Int = 128) -> FigureRecord? {
        // One size for all, so that spectra can be averaged.
        let sizes = galleries.joined().map { ($0.output.shape[0], $0.output.shape[1]) }
        guard let height = sizes.map({ min($0.0, side) }).min(), let width = sizes.map({ min($0.1, side) }).min() else {
            return nil
        }
        // Lag 0 is 1 by definition and would leave no colours to the others; it takes the end's.
        var largest = 1e-3
        let perfect = (galleries.first { !$0.isEmpty } ?? []).compactMap { image in
            image.clean.map { (output: $0, noisy: image.noisy) }
        }
        let subjects = zip(names, galleries).map { name, gallery in (name, gallery.map { ($0.output, $0.noisy) }) }
        let rows = ([("perfect denoiser", perfect)] + subjects).compactMap { name, images -> ImagePanels.Row? in
            let residuals = images.flatMap { output, noisy in
                zip(Plane.channels(of: output), Plane.channels(of: noisy)).map { output, noisy in
                    (output - noisy).middle(height: height, width: width)
                }
            }
            guard let first = residuals.first, let maps = try? ResidualMaps(residuals) else { return nil }
            let lags = 2 * maps.lag + 1
            var others = maps.autocorrelation
            others.remove(at: others.count / 2)
            largest = others.reduce(largest) { max($0, $1.magnitude) }
            return ImagePanels.Row(
                title: name,
                panels: [
                    .init(Tensor([height, width, 1], first.values.map { Float($0) })),
                    .init(
                        Tensor([lags, lags, 1], maps.autocorrelation.map { Float($0) }),
                        caption: "lags ±\(maps.lag) pixels"),
                    .init(Tensor([height, width, 1], maps.logPower.map { Float($0) }), caption: "±0.5 cycles/pixel"),
                ])
        }
        guard !rows.isEmpty else { return nil }
        let figure = ImagePanels(
            title: "Residuals of b→a, their autocorrelation and their power spectrum",
            groups: [
                .init(
                    titles: ["output − noisy"], colorMap: .diverging, extent: .clipped(0.005),
                    quantity: "intensity, 0.5 % clipped"),
                .init(
                    titles: ["autocorrelation"], colorMap: .diverging, extent: .fixed(-largest...largest),
                    quantity: "correlation"),
                .init(
                    titles: ["power spectrum"], colorMap: .sequential, extent: .clipped(0.005),
                    quantity: "log₁₀ power, 1 % clipped"),
            ], rows: rows)
        return FigureRecord(
            file: "figures/maps.png", title: "Residual maps",
            caption: """
                Residual of the first image; autocorrelation (1 at lag 0 by definition) and power at each spatial frequency \
                (intensity²·pixel²) of the residuals of the first images. Each column has one scale; the first row, where there is \
                one, is the noise of the target. Without leakage the residual contains this noise with all its power; a residual \
                that is weak at all frequencies has lost it to the output. Lines and dots are patterns: row noise on the axes, \
                checkerboards of upsampling at the middles and corners of the edges.
                """, figure: figure)
    }
}

extension Plane {
    /// The rows and columns around the middle, at most so many.
    fileprivate func middle(height: Int, width: Int) -> Plane {
        let (height, width) = (min(height, self.height), min(width, self.width))
        return cropped(
            top: (self.height - height) / 2, left: (self.width - width) / 2, height: height, width: width)
    }
}
