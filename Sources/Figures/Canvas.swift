import CCairo
import Foundation

/// A white surface to draw on: anti-aliased lines, areas, text in DejaVu Sans, pixel images. The one file that calls
/// Cairo.
///
/// Nothing of the machine's display settings enters (no hinting, no subpixel order), so that bytes repeat elsewhere.
public final class Canvas {
    /// Such as `1.16.0`.
    package static var libraryVersion: String { String(cString: cairo_version_string()) }

    /// A line's look; `dash` holds lengths of strokes and gaps in turn, empty for a solid line.
    struct Pen: Equatable, Sendable {
        var color: Color
        var width = 1.0
        var dash: [Double] = []
    }

    enum Alignment: Sendable { case leading, center, trailing }

    private let surface: OpaquePointer
    private let context: OpaquePointer
    private let format: FigureFormat
    private let sink = Sink()

    /// - Precondition: both sides in 1...32767, Cairo's own limit.
    init(width: Int, height: Int, format: FigureFormat = .png) {
        precondition(
            (1...32767).contains(width) && (1...32767).contains(height),
            "Canvas: expected sides in 1...32767, got \(width) × \(height)")
        self.format = format
        let closure = Unmanaged.passUnretained(sink).toOpaque()
        let made: OpaquePointer?
        switch format {
        case .png:
            made = cairo_image_surface_create(CAIRO_FORMAT_RGB24, Int32(width), Int32(height))
        case .svg:
            made = cairo_svg_surface_create_for_stream(appendToSink, closure, Double(width), Double(height))
            cairo_svg_surface_set_document_unit(made, CAIRO_SVG_UNIT_PX)
        case .pdf:
            made = cairo_pdf_surface_create_for_stream(appendToSink, closure, Double(width), Double(height))
            cairo_pdf_surface_set_metadata(made, CAIRO_PDF_METADATA_CREATE_DATE, "2000-01-01T00:00:00Z")
        }
        guard let made, let context = cairo_create(made), cairo_status(context) == CAIRO_STATUS_SUCCESS else {
            preconditionFailure("Canvas: no memory for \(width) × \(height) pixels")
        }
        surface = made
        self.context = context
        let options = cairo_font_options_create()
        cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY)
        cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE)
        cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF)
        cairo_set_font_options(context, options)
        cairo_font_options_destroy(options)
        fill(Rectangle(x: 0, y: 0, width: Double(width), height: Double(height)), .white)
    }

    deinit {
        cairo_destroy(context)
        cairo_surface_finish(surface)
        cairo_surface_destroy(surface)
    }

    /// The whole file. Nothing can be drawn afterwards.
    func finish() -> Data {
        if format == .png {
            cairo_surface_write_to_png_stream(surface, appendToSink, Unmanaged.passUnretained(sink).toOpaque())
        }
        cairo_surface_finish(surface)
        let status = cairo_surface_status(surface)
        precondition(status == CAIRO_STATUS_SUCCESS, "Canvas.finish: Cairo reports status \(status.rawValue)")
        return format == .svg ? Self.renumbered(sink.bytes) : sink.bytes
    }

    /// Cairo numbers an SVG's surfaces and images through the whole process; here they count from 1 in every file.
    private static func renumbered(_ svg: Data) -> Data {
        var numbers: [Substring: Int] = [:]
        let text = String(decoding: svg, as: UTF8.self).replacing(/(["#])(image|surface)([0-9]+)/) { match in
            let number = numbers[match.3, default: numbers.count + 1]
            numbers[match.3] = number
            return "\(match.1)\(match.2)\(number)"
        }
        return Data(text.utf8)
    }

    // MARK: Areas and lines

    func fill(_ area: Rectangle, _ color: Color, opacity: Double = 1) {
        setColor(color, opacity)
        cairo_rectangle(context, area.x, area.y, area.width, area.height)
        cairo_fill(context)
    }

    func fill(polygon points: [Point], _ color: Color, opacity: Double = 1) {
        trace(points)
        cairo_close_path(context)
        setColor(color, opacity)
        cairo_fill(context)
    }

    func stroke(_ points: [Point], _ pen: Pen, closed: Bool = false) {
        trace(points)
        if closed { cairo_close_path(context) }
        apply(pen)
        cairo_stroke(context)
    }

    func stroke(_ area: Rectangle, _ pen: Pen) {
        cairo_rectangle(context, area.x, area.y, area.width, area.height)
        apply(pen)
        cairo_stroke(context)
    }

    func disc(at center: Point, radius: Double, fill: Color, outline: Pen) {
        cairo_new_path(context)
        cairo_arc(context, center.x, center.y, radius, 0, 2 * Double.pi)
        setColor(fill, 1)
        cairo_fill_preserve(context)
        apply(outline)
        cairo_stroke(context)
    }

    /// Draws only what lies inside `area`.
    func clipped(to area: Rectangle, _ body: () -> Void) {
        cairo_save(context)
        cairo_rectangle(context, area.x, area.y, area.width, area.height)
        cairo_clip(context)
        body()
        cairo_restore(context)
    }

    // MARK: Text

    /// Draws one line of text. `y` is the middle of the capitals; `x` the start, middle or end of the line.
    ///
    /// - Parameters:
    ///   - upward: reads from bottom to top, turned about (x, y).
    ///   - halo: a white rim, for text that stands on lines.
    func text(
        _ string: String, at place: Point, _ alignment: Alignment = .leading, font: Font = .body, color: Color = .black,
        upward: Bool = false, halo: Bool = false
    ) {
        cairo_save(context)
        cairo_translate(context, place.x, place.y)
        if upward { cairo_rotate(context, -Double.pi / 2) }
        select(font)
        let advance = Self.advance(of: string, context)
        let start = alignment == .leading ? 0 : alignment == .center ? -advance / 2 : -advance
        cairo_new_path(context)
        cairo_move_to(context, start, font.size * 0.365)  // DejaVu Sans: capitals are 0.729 em high
        if halo {
            cairo_text_path(context, string)
            apply(Pen(color: .white, width: 4))
            cairo_set_line_join(context, CAIRO_LINE_JOIN_ROUND)
            cairo_stroke(context)
            cairo_move_to(context, start, font.size * 0.365)
        }
        setColor(color, 1)
        cairo_show_text(context, string)
        cairo_restore(context)
    }

    /// Advance width of one line of text, in pixels; independent of any canvas.
    static func width(of string: String, font: Font) -> Double {
        let canvas = Canvas(width: 1, height: 1)
        canvas.select(font)
        return advance(of: string, canvas.context)
    }

    // MARK: Images

    /// Draws pixels as squares of equal size, without smoothing.
    ///
    /// - Parameter colors: row after row from the top, `columns` in each.
    func image(_ colors: [Color], columns: Int, in area: Rectangle) {
        precondition(columns > 0 && colors.count % columns == 0 && !colors.isEmpty, "Canvas.image: ragged image")
        let rows = colors.count / columns
        let picture = cairo_image_surface_create(CAIRO_FORMAT_RGB24, Int32(columns), Int32(rows))
        defer { cairo_surface_destroy(picture) }
        guard let bytes = cairo_image_surface_get_data(picture) else {
            preconditionFailure("Canvas.image: no memory for \(columns) × \(rows) pixels")
        }
        let stride = Int(cairo_image_surface_get_stride(picture))
        for row in 0..<rows {
            let line = UnsafeMutableRawPointer(bytes + row * stride).bindMemory(to: UInt32.self, capacity: columns)
            for column in 0..<columns {
                let (red, green, blue) = colors[row * columns + column].bytes
                line[column] = UInt32(red) << 16 | UInt32(green) << 8 | UInt32(blue)
            }
        }
        cairo_surface_mark_dirty(picture)
        cairo_save(context)
        cairo_translate(context, area.x, area.y)
        cairo_scale(context, area.width / Double(columns), area.height / Double(rows))
        cairo_set_source_surface(context, picture, 0, 0)
        cairo_pattern_set_filter(cairo_get_source(context), CAIRO_FILTER_NEAREST)
        cairo_paint(context)
        cairo_restore(context)
    }

    // MARK: -

    private func trace(_ points: [Point]) {
        cairo_new_path(context)
        for point in points { cairo_line_to(context, point.x, point.y) }
    }

    private func setColor(_ color: Color, _ opacity: Double) {
        cairo_set_source_rgba(context, color.red, color.green, color.blue, opacity)
    }

    private func apply(_ pen: Pen) {
        setColor(pen.color, 1)
        cairo_set_line_width(context, pen.width)
        cairo_set_dash(context, pen.dash, Int32(pen.dash.count), 0)
        cairo_set_line_join(context, CAIRO_LINE_JOIN_ROUND)
    }

    private func select(_ font: Font) {
        let weight = font.bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL
        cairo_select_font_face(context, "DejaVu Sans", CAIRO_FONT_SLANT_NORMAL, weight)
        cairo_set_font_size(context, font.size)
    }

    private static func advance(of string: String, _ context: OpaquePointer) -> Double {
        var extents = cairo_text_extents_t()
        cairo_text_extents(context, string, &extents)
        return extents.x_advance
    }
}

/// Where Cairo's stream functions put the bytes of a file.
private final class Sink {
    var bytes = Data()
}

private let appendToSink: cairo_write_func_t = { closure, bytes, count in
    guard let closure, let bytes else { return CAIRO_STATUS_WRITE_ERROR }
    Unmanaged<Sink>.fromOpaque(closure).takeUnretainedValue().bytes.append(bytes, count: Int(count))
    return CAIRO_STATUS_SUCCESS
}
