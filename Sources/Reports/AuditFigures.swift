import Diagnostics
import Figures
import Tensors

/// The pictures of an audit.
enum AuditFigures {
    static func all(_ audit: Audit) -> [(any Figure, FigureReference)] {
        [variance(audit), autocorrelation(audit), correlation(audit)].compactMap(\.self)
    }

    /// σ² against intensity, measured and fitted, a panel for each domain.
    private static func variance(_ audit: Audit) -> (any Figure, FigureReference)? {
        let names = names(audit, "variance.fit.")
        let panels = names.compactMap { name -> LinePlot.Panel? in
            guard let points = audit.series["variance.\(name)"], let line = audit.series["variance.fit.\(name)"] else {
                return nil
            }
            return LinePlot.Panel(
                title: name,
                curves: [
                    .init(
                        label: "σ₀² + g·intensity", x: line.frequency, y: line.value,
                        style: SeriesStyle(color: Palette.vermilion, dash: [9, 4])),
                    .init(
                        label: "measured", x: points.frequency, y: points.value, band: points.ci95,
                        style: SeriesStyle(color: Palette.blue), drawing: .points),
                ])
        }
        guard !panels.isEmpty else { return nil }
        return (
            LinePlot(
                title: "Noise power against intensity", xLabel: "intensity", yLabel: "noise variance", columns: 2,
                panels: panels),
            FigureReference(
                path: "figures/variance.png", title: "Noise power against intensity",
                caption:
                    "A horizontal line is noise that does not depend on the signal, a straight one through 0 is that of counted photons. Where the "
                    + "points bend down at an end, values are cut off.")
        )
    }

    /// Correlation of the noise with itself along rows and columns.
    private static func autocorrelation(_ audit: Audit) -> (any Figure, FigureReference)? {
        let names = names(audit, "autocorrelation.").compactMap { $0.hasSuffix(".x") ? String($0.dropLast(2)) : nil }
        let panels = names.map { name in
            LinePlot.Panel(
                title: name,
                curves: [("x", Palette.blue, Marker.circle), ("y", Palette.vermilion, .triangle)].compactMap {
                    axis, color, marker in
                    audit.series["autocorrelation.\(name).\(axis)"].map {
                        .init(
                            label: "along \(axis)", x: $0.frequency, y: $0.value,
                            style: SeriesStyle(color: color, marker: marker))
                    }
                }, references: [.init(value: 0, label: "")])
        }
        guard !panels.isEmpty else { return nil }
        return (
            LinePlot(
                title: "Autocorrelation of the noise", xLabel: "lag (pixels)", yLabel: "correlation", columns: 2,
                panels: panels),
            FigureReference(
                path: "figures/autocorrelation.png", title: "Autocorrelation of the noise",
                caption:
                    "White noise is 1 at lag 0 and 0 beyond. Noise that is not white does not break Noise2Noise; it breaks methods and tests "
                    + "that take pixels for independent.")
        )
    }

    /// Correlation of n_a with n_b at all small lags.
    private static func correlation(_ audit: Audit) -> (any Figure, FigureReference)? {
        guard let map = audit.correlation else { return nil }
        let side = 2 * NoiseDependenceAudit.farthestLag + 1
        let largest = max(map.map(abs).max() ?? 0, 0.01)
        let panel = ImagePanels.Panel(Tensor([side, side], map.map { Float($0) }))
        return (
            ImagePanels(
                title: "Correlation of the noise of a and b",
                groups: [
                    .init(
                        titles: ["lags from -8 to 8 pixels"], colorMap: .diverging, extent: .fixed(-largest...largest),
                        quantity: "correlation")
                ], rows: [.init(title: "", panels: [panel])]),
            FigureReference(
                path: "figures/correlation.png", title: "Correlation of the noise of a and b",
                caption:
                    "Independent noises show nothing but chance. A dot in the middle is noise shared pixel by pixel, a dot beside it noise "
                    + "shared after a shift (resampling, registration), a line noise of the read-out.")
        )
    }

    /// What follows `prefix` in the names of the series, in order.
    private static func names(_ audit: Audit, _ prefix: String) -> [String] {
        audit.series.keys.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }.sorted()
    }
}
