import Figures

/// A figure with its file and its words: all that the writer of a report takes.
public struct FigureRecord: Sendable {
    /// Relative to the report: `figures/loss.png`.
    public var file: String
    /// Its heading, and the words in its place where images are not shown.
    public var title: String
    /// How to read it. Records that follow each other with one caption share it in the report.
    public var caption: String
    /// The picture and its numbers.
    public var figure: any Figure

    /// Any figure.
    public init(file: String, title: String, caption: String, figure: any Figure) {
        self.file = file
        self.title = title
        self.caption = caption
        self.figure = figure
    }

    /// A figure whose words stand elsewhere.
    init(_ figure: any Figure, _ reference: FigureReference) {
        self.init(file: reference.path, title: reference.title, caption: reference.caption, figure: figure)
    }

    /// The file of its numbers.
    var numbers: String { file.replacing(/\.[a-z]+$/, with: ".csv") }
}

/// A figure's file with the words that go with it.
public struct FigureReference: Sendable {
    /// Relative to the report: `figures/loss.png`.
    public var path: String
    /// Its heading.
    public var title: String
    /// How to read it.
    public var caption: String

    /// Any figure.
    public init(path: String, title: String, caption: String) {
        self.path = path
        self.title = title
        self.caption = caption
    }
}
