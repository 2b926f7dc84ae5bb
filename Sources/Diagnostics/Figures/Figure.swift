import Engine
import Foundation

/// A picture that knows its size and how to draw itself.
public protocol Figure: Sendable {
    /// Pixels (PNG, SVG) or points (PDF).
    var width: Int { get }
    /// Pixels (PNG, SVG) or points (PDF).
    var height: Int { get }
    /// Draws into the rectangle from (0, 0) to (`width`, `height`), which is white before.
    func draw(on canvas: Canvas)
    /// The plotted numbers as comma-separated values, the first line naming the columns.
    var numbers: String { get }
}

/// The file formats a figure can be had in.
public enum FigureFormat: String, Sendable, CaseIterable {
    case png, svg, pdf
}

extension Figure {
    /// The file's bytes: the same bytes for the same figure with the same Cairo and fonts.
    public func data(as format: FigureFormat = .png) -> Data {
        let canvas = Canvas(width: width, height: height, format: format)
        draw(on: canvas)
        return canvas.finish()
    }

    /// Writes the figure in each format, and its numbers, beside each other: `NAME.png`, `NAME.pdf`, `NAME.csv`. A file of
    /// that name is replaced only when the new one is complete.
    ///
    /// - Parameter file: its ending is left out.
    /// - Throws: `InputError` of kind `.cannotWrite`.
    public func write(to file: URL, as formats: [FigureFormat] = [.png]) throws {
        let base = file.deletingPathExtension()
        for format in formats {
            try AtomicFile.write(data(as: format), to: base.appendingPathExtension(format.rawValue))
        }
        try AtomicFile.write(Data(numbers.utf8), to: base.appendingPathExtension("csv"))
    }
}
