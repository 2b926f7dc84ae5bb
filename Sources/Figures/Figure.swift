import Formats
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
    /// Whether the numbers are those of pixels, a line for each: long, and written where they are asked for.
    var numbersAreOfPixels: Bool { get }
}

/// The file formats a figure can be had in.
public enum FigureFormat: String, Sendable, CaseIterable {
    case png, svg, pdf
}

extension Figure {
    /// Curves and dots are few.
    public var numbersAreOfPixels: Bool { false }

    /// The file's bytes: the same bytes for the same figure with the same Cairo and fonts.
    public func data(as format: FigureFormat = .png) -> Data {
        let canvas = Canvas(width: width, height: height, format: format)
        draw(on: canvas)
        return canvas.finish()
    }

    /// Writes the figure in each format and its numbers into one directory: `NAME.png`, `NAME.pdf`, `NAME.csv`. A file of
    /// that name is replaced only when the new one is complete.
    ///
    /// - Parameters:
    ///   - file: its ending is left out.
    ///   - pixels: whether numbers of pixels are written, too.
    /// - Throws: `InputError` of kind `.cannotWrite`.
    public func write(to file: URL, as formats: [FigureFormat] = [.png], pixels: Bool = false) throws {
        let base = file.deletingPathExtension()
        for format in formats {
            try AtomicFile.write(data(as: format), to: base.appendingPathExtension(format.rawValue))
        }
        guard pixels || !numbersAreOfPixels else { return }
        try AtomicFile.write(Data(numbers.utf8), to: base.appendingPathExtension("csv"))
    }
}
