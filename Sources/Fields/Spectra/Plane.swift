import Tensors

/// A real field on a pixel grid: one channel of an image, an error, a noise. Float64, row by row.
///
/// Fields are made from images before any arithmetic: a difference taken here and then squared keeps sixteen digits,
/// where Float32 sums of squares lose 2e-4 at an offset of 1000.
public struct Plane: Sendable, Equatable {
    /// Number of rows.
    public let height: Int
    /// Number of columns.
    public let width: Int
    /// Pixel (y, x) at `y * width + x`.
    public var values: [Double]

    /// - Precondition: both sides are positive and `values` has height × width elements.
    public init(height: Int, width: Int, values: [Double]) {
        precondition(
            height > 0 && width > 0 && values.count == height * width,
            "Plane: \(height) × \(width) does not hold \(values.count) values")
        self.height = height
        self.width = width
        self.values = values
    }

    /// A plane whose pixel (y, x) is what `pixel` returns.
    public init(height: Int, width: Int, _ pixel: (_ y: Int, _ x: Int) throws -> Double) rethrows {
        precondition(height > 0 && width > 0, "Plane: \(height) × \(width)")
        let values = try [Double](unsafeUninitializedCapacity: height * width) { values, initialised in
            for y in 0..<height {
                for x in 0..<width {
                    values[initialised] = try pixel(y, x)
                    initialised += 1
                }
            }
        }
        self.init(height: height, width: width, values: values)
    }

    /// The channels of one image, `[H, W, C]` or `[1, H, W, C]`, one plane each.
    public static func channels(of image: Tensor) -> [Plane] {
        let shape = image.shape.count == 4 && image.shape[0] == 1 ? Array(image.shape.dropFirst()) : image.shape
        precondition(shape.count == 3, "Plane.channels: expected [H, W, C] or [1, H, W, C], got \(image.shape)")
        let (height, width, channels) = (shape[0], shape[1], shape[2])
        return image.withUnsafeBuffer { pixels in
            (0..<channels).map { channel in
                let values = [Double](unsafeUninitializedCapacity: height * width) { values, initialised in
                    if channels == 1 {
                        // The same loop with a distance that the compiler knows, for several pixels at once.
                        for pixel in 0..<height * width { values[pixel] = Double(pixels[pixel]) }
                    } else {
                        for pixel in 0..<height * width { values[pixel] = Double(pixels[pixel * channels + channel]) }
                    }
                    initialised = height * width
                }
                return Plane(height: height, width: width, values: values)
            }
        }
    }

    /// Pixel (y, x).
    public subscript(y: Int, x: Int) -> Double {
        get { values[y * width + x] }
        set { values[y * width + x] = newValue }
    }

    /// Pixel by pixel.
    public static func - (a: Plane, b: Plane) -> Plane { combine(a, b, -) }

    /// Pixel by pixel.
    public static func + (a: Plane, b: Plane) -> Plane { combine(a, b, +) }

    /// Every pixel times a number.
    public static func * (factor: Double, plane: Plane) -> Plane {
        Plane(height: plane.height, width: plane.width, values: plane.values.map { factor * $0 })
    }

    /// Whether two pixels differ.
    package var varies: Bool { values.contains { $0 != values[0] } }

    /// ⟨u⟩.
    public var mean: Double { values.reduce(0, +) / Double(values.count) }

    /// ⟨(u - ⟨u⟩)²⟩.
    public var variance: Double {
        let mean = mean
        return values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
    }

    /// ⟨u, v⟩, the mean over pixels of u·v.
    public static func meanProduct(_ u: Plane, _ v: Plane) -> Double {
        requireSameSize(u, v, "meanProduct")
        return zip(u.values, v.values).reduce(0) { $0 + $1.0 * $1.1 } / Double(u.values.count)
    }

    /// The part whose first pixel is (top, left).
    public func cropped(top: Int, left: Int, height: Int, width: Int) -> Plane {
        precondition(
            top >= 0 && left >= 0 && top + height <= self.height && left + width <= self.width,
            "Plane.cropped: \(height) × \(width) at (\(top), \(left)) leaves the \(self.height) × \(self.width) plane")
        return Plane(height: height, width: width) { self[top + $0, left + $1] }
    }

    private static func combine(_ a: Plane, _ b: Plane, _ operation: (Double, Double) -> Double) -> Plane {
        requireSameSize(a, b, "arithmetic")
        return Plane(height: a.height, width: a.width, values: zip(a.values, b.values).map(operation))
    }

    private static func requireSameSize(_ a: Plane, _ b: Plane, _ operation: String) {
        precondition(
            a.height == b.height && a.width == b.width,
            "Plane \(operation): \(a.height) × \(a.width) against \(b.height) × \(b.width)")
    }
}
