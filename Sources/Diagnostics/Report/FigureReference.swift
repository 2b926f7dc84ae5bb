/// A figure's file with the words that go with it.
public struct FigureReference: Sendable {
    /// Relative to the report: `figures/loss.png`.
    public var path: String
    /// The file of its numbers, beside it.
    var numbers: String { path.replacing(/\.[a-z]+$/, with: ".csv") }
    /// Its heading, and the words in its place where images are not shown.
    public var title: String
    /// How to read it.
    public var caption: String

    /// Any figure.
    public init(path: String, title: String, caption: String) {
        self.path = path
        self.title = title
        self.caption = caption
    }

    /// `ReportFigures.leakageDots`.
    public static func leakageDots(path: String) -> FigureReference {
        FigureReference(
            path: path, title: "Leakage coefficient by three independent routes",
            caption: """
                Each dot is the share of the target's noise that reaches the output, with its 95 % interval. Inside \
                the shaded band it is too small to matter. The three routes measure it in different ways, so \
                leakage that all three show is no artefact of one of them.
                """)
    }

    /// `ReportFigures.lossCurves`.
    public static func lossCurves(path: String) -> FigureReference {
        FigureReference(
            path: path, title: "Training and held-out loss",
            caption: """
                The dotted line is the noise floor: the loss of a perfect denoiser against noisy targets. A held-out \
                cross-domain loss below it proves that the output contains noise of the target. A training loss \
                below it, with the held-out loss above, shows memorised noise.
                """)
    }

    /// `ReportFigures.imagePanels`.
    public static func imagePanels(path: String, name: String) -> FigureReference {
        FigureReference(
            path: path, title: "Images: \(name)",
            caption: """
                Clean target, noisy target, output and absolute residual for each strategy, all rows on the same two \
                scales. A residual that is dark everywhere means that the output follows the noisy target pixel by \
                pixel: leakage. Outlines of objects in the residual are blur, not leakage.
                """)
    }

    /// `ReportFigures.residualSpectra`.
    public static func residualSpectra(path: String, direction: Direction) -> FigureReference {
        FigureReference(
            path: path, title: "Residual spectra, \(direction.arrow)",
            caption: """
                The power of the residual at every spatial frequency is the sum of signal error, target noise and \
                leakage term. Without leakage the residual cannot lie below the noise. Filled triangles mark leaked \
                noise that takes power out of the residual; scattered, low triangles of both kinds are chance.
                """)
    }

    /// `ReportFigures.transferMagnitude`.
    public static func transferMagnitude(path: String, direction: Direction) -> FigureReference {
        FigureReference(
            path: path, title: "Transfer of the target's noise, \(direction.arrow)",
            caption: """
                How much of the target's noise reaches the output at each spatial frequency: 0 is none, 1 is all. A \
                curve that falls with frequency leaks coarse noise and filters fine noise. Magnitudes are never \
                negative, so a curve without leakage still stands a little above 0.
                """)
    }
}
