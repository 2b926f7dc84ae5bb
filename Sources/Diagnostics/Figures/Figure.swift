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

    /// Writes the figure, replacing a file of that name only when the new one is complete.
    ///
    /// - Throws: `InputError` of kind `.cannotWrite`.
    public func write(to file: URL, as format: FigureFormat = .png) throws {
        try AtomicFile.write(data(as: format), to: file)
    }
}
