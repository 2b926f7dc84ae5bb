import CCairo
import Foundation
import Testing

@testable import Diagnostics
@testable import Engine
@testable import Figures
@testable import Formats

/// A PNG as Cairo itself reads it back.
struct DecodedPNG {
    var width: Int
    var height: Int
    private var pixels: [UInt32]

    init(_ data: Data) throws {
        final class Source { var rest: Data; init(_ data: Data) { rest = data } }
        let source = Source(data)
        let surface = withExtendedLifetime(source) {
            cairo_image_surface_create_from_png_stream(
                { closure, bytes, count in
                    guard let closure, let bytes else { return CAIRO_STATUS_READ_ERROR }
                    let source = Unmanaged<Source>.fromOpaque(closure).takeUnretainedValue()
                    guard source.rest.count >= Int(count) else { return CAIRO_STATUS_READ_ERROR }
                    source.rest.copyBytes(to: bytes, count: Int(count))
                    source.rest = source.rest.dropFirst(Int(count))
                    return CAIRO_STATUS_SUCCESS
                }, Unmanaged.passUnretained(source).toOpaque())
        }
        defer { cairo_surface_destroy(surface) }
        try #require(cairo_surface_status(surface) == CAIRO_STATUS_SUCCESS)
        width = Int(cairo_image_surface_get_width(surface))
        height = Int(cairo_image_surface_get_height(surface))
        let bytes = try #require(cairo_image_surface_get_data(surface))
        let stride = Int(cairo_image_surface_get_stride(surface))
        pixels = []
        for row in 0..<height {
            let line = UnsafeRawPointer(bytes + row * stride).assumingMemoryBound(to: UInt32.self)
            pixels += (0..<width).map { line[$0] & 0xFFFFFF }
        }
    }

    /// `0xRRGGBB`.
    subscript(x: Int, y: Int) -> UInt32 { pixels[y * width + x] }

    func contains(_ color: UInt32) -> Bool { pixels.contains(color) }
}

@Suite struct FiguresCanvasTests {
    @Test func pngHasTheSizeAndColoursThatWereDrawn() throws {
        let canvas = Canvas(width: 40, height: 30)
        canvas.fill(Rectangle(x: 10, y: 5, width: 20, height: 10), Color(hex: 0xD55E00))
        canvas.fill(Rectangle(x: 10, y: 15, width: 20, height: 10), .black, opacity: 0.5)
        let picture = try DecodedPNG(canvas.finish())
        #expect(picture.width == 40 && picture.height == 30)
        #expect(picture[0, 0] == 0xFFFFFF && picture[9, 10] == 0xFFFFFF && picture[30, 10] == 0xFFFFFF)
        #expect(picture[10, 5] == 0xD55E00 && picture[29, 14] == 0xD55E00)
        #expect(picture[20, 20] == 0x7F7F7F || picture[20, 20] == 0x808080)
        #expect(picture[20, 25] == 0xFFFFFF)
    }

    @Test func imagesAreEnlargedWithoutSmoothing() throws {
        let canvas = Canvas(width: 12, height: 12)
        let colors = [Color(hex: 0x112233), Color(hex: 0x445566), Color(hex: 0x778899), Color(hex: 0xAABBCC)]
        canvas.image(colors, columns: 2, in: Rectangle(x: 2, y: 2, width: 8, height: 8))
        let picture = try DecodedPNG(canvas.finish())
        for y in 0..<12 {
            for x in 0..<12 {
                let inside = (2..<10).contains(x) && (2..<10).contains(y)
                let expected = inside ? colors[(y - 2) / 4 * 2 + (x - 2) / 4].bytes : (255, 255, 255)
                let pixel = picture[x, y]
                #expect(pixel == UInt32(expected.0) << 16 | UInt32(expected.1) << 8 | UInt32(expected.2))
            }
        }
    }

    @Test func textIsDrawnWhereItIsPut() throws {
        let canvas = Canvas(width: 100, height: 40)
        canvas.text("|T(ν)| λ", at: Point(x: 50, y: 20), .center, font: Font(size: 14, bold: true))
        let picture = try DecodedPNG(canvas.finish())
        let width = Canvas.width(of: "|T(ν)| λ", font: Font(size: 14, bold: true))
        let inked = (0..<100).filter { x in (0..<40).contains { picture[x, $0] != 0xFFFFFF } }
        let first = try #require(inked.first)
        let last = try #require(inked.last)
        #expect(abs(Double(first) - (50 - width / 2)) < 3 && abs(Double(last) - (50 + width / 2)) < 3)
        let rows = (0..<40).filter { y in (0..<100).contains { picture[$0, y] != 0xFFFFFF } }
        #expect(rows.first ?? 0 >= 10 && rows.last ?? 99 <= 30)
    }

    @Test func widthsGrowWithTextAndSize() {
        #expect(Canvas.width(of: "", font: .body) == 0)
        let one = Canvas.width(of: "noise", font: Font(size: 10))
        #expect(one > 20 && one < 40)
        #expect(abs(Canvas.width(of: "noise", font: Font(size: 20)) - 2 * one) < 0.5)
    }

    @Test(arguments: FigureFormat.allCases) func sameFigureSameBytes(format: FigureFormat) {
        let first = PlotData.plot.data(as: format)
        #expect(first == PlotData.plot.data(as: format))
        #expect(PlotData.images.data(as: format) == PlotData.images.data(as: format))
        let magic: [FigureFormat: String] = [.png: "PNG", .svg: "<?xml", .pdf: "%PDF"]
        #expect(first.prefix(8).range(of: Data(magic[format, default: ""].utf8)) != nil)
    }

    @Test func writesTheFileAndSaysWhenItCannot() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "figures-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try PlotData.plot.write(to: folder.appending(path: "plot.png"))
        #expect(try Data(contentsOf: folder.appending(path: "plot.png")) == PlotData.plot.data())
        #expect(throws: InputError.self) { try PlotData.plot.write(to: folder.appending(path: "no/such/plot.png")) }
    }
}

@Suite struct FiguresColorMapTests {
    /// Relative luminance of sRGB, which decides how a map reads in grey.
    private func luminance(_ color: Color) -> Double {
        func linear(_ c: Double) -> Double { c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4) }
        return 0.2126 * linear(color.red) + 0.7152 * linear(color.green) + 0.0722 * linear(color.blue)
    }

    @Test func greyIsTheByteItself() {
        #expect(ColorMap.grey.color(0) == .black && ColorMap.grey.color(1) == .white)
        #expect(ColorMap.grey.color(0.2).bytes == (51, 51, 51))
        #expect(ColorMap.grey.color(-3) == .black && ColorMap.grey.color(7) == .white)
    }

    @Test func sequentialRisesInLightnessWithoutClipping() {
        let colors = (0...100).map { ColorMap.sequential.color(Double($0) / 100) }
        let luminances = colors.map(luminance)
        #expect(zip(luminances, luminances.dropFirst()).allSatisfy { $0 < $1 })
        // Equal steps: neighbours never differ by more than a few bytes, so there is no visible edge.
        for (one, next) in zip(colors, colors.dropFirst()) {
            #expect(
                abs(one.red - next.red) < 0.03 && abs(one.green - next.green) < 0.03 && abs(one.blue - next.blue) < 0.03
            )
        }
    }

    @Test func divergingIsSymmetricInLightness() {
        #expect(ColorMap.diverging.color(0.5).bytes.0 > 245)
        let low = ColorMap.diverging.color(0)
        let high = ColorMap.diverging.color(1)
        #expect(low.blue > low.red && high.red > high.blue)
        #expect(abs(luminance(low) - luminance(high)) < 0.05)
    }

    @Test func nanStandsOut() {
        for map in [ColorMap.grey, .sequential, .diverging] { #expect(map.color(.nan) == Color(hex: 0xFF00FF)) }
    }
}
