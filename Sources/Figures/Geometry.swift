/// A place on a canvas: x to the right, y down.
package struct Point: Equatable, Sendable {
    var x: Double
    var y: Double
}

/// An upright rectangle on a canvas.
struct Rectangle: Equatable, Sendable {
    var x: Double
    var y: Double
    var width: Double
    var height: Double

    var maxX: Double { x + width }
    var maxY: Double { y + height }
    var midX: Double { x + width / 2 }
    var midY: Double { y + height / 2 }

    /// Whether the two share area; touching edges do not count.
    func intersects(_ other: Rectangle) -> Bool {
        x < other.maxX && other.x < maxX && y < other.maxY && other.y < maxY
    }

    func contains(_ point: Point) -> Bool { x <= point.x && point.x <= maxX && y <= point.y && point.y <= maxY }

    func contains(_ other: Rectangle) -> Bool {
        x <= other.x && other.maxX <= maxX && y <= other.y && other.maxY <= maxY
    }

    /// Grown by `margin` on every side; shrunk where it is negative.
    func outset(by margin: Double) -> Rectangle {
        Rectangle(x: x - margin, y: y - margin, width: width + 2 * margin, height: height + 2 * margin)
    }
}

/// An opaque sRGB colour, components in 0...1.
package struct Color: Equatable, Sendable {
    var red: Double
    var green: Double
    var blue: Double

    init(red: Double, green: Double, blue: Double) {
        self.red = red
        self.green = green
        self.blue = blue
    }

    /// For example `0xD55E00`.
    init(hex: UInt32) {
        self.init(
            red: Double(hex >> 16 & 255) / 255, green: Double(hex >> 8 & 255) / 255, blue: Double(hex & 255) / 255)
    }

    package static let black = Color(hex: 0x000000)
    static let white = Color(hex: 0xFFFFFF)
    /// Axes and secondary text: contrast 7.5 to 1 on white.
    package static let darkGrey = Color(hex: 0x555555)
    /// Grid lines.
    static let paleGrey = Color(hex: 0xDDDDDD)
    /// Shading behind every second group.
    static let faintGrey = Color(hex: 0xF4F4F4)

    /// Components as bytes, rounded.
    var bytes: (UInt8, UInt8, UInt8) {
        func byte(_ component: Double) -> UInt8 { UInt8((min(max(component, 0), 1) * 255).rounded()) }
        return (byte(red), byte(green), byte(blue))
    }
}

/// Size and weight of DejaVu Sans.
struct Font: Equatable, Sendable {
    var size: Double
    var bold = false

    static let title = Font(size: 16, bold: true)
    static let heading = Font(size: 14, bold: true)
    static let body = Font(size: 13)
    static let tick = Font(size: 12)

    /// Distance between baselines.
    var lineHeight: Double { (size * 1.35).rounded(.up) }
}
