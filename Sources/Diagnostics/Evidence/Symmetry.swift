/// The eight symmetries of the square, the identity first.
enum Symmetry: Int, CaseIterable, Sendable {
    case identity, upsideDown, mirrored, turnedHalf, transposed, turnedLeft, turnedRight, antitransposed

    /// Whether a rectangle keeps its height and width.
    var keepsShape: Bool { rawValue < 4 }

    /// "upside down (rows reversed)": what the image is.
    var name: String {
        switch self {
        case .identity: "as it is"
        case .upsideDown: "upside down (rows reversed)"
        case .mirrored: "mirrored left to right (columns reversed)"
        case .turnedHalf: "turned by 180°"
        case .transposed: "transposed (rows and columns exchanged)"
        case .turnedLeft: "turned by 90° to the left"
        case .turnedRight: "turned by 90° to the right"
        case .antitransposed: "transposed along the other diagonal"
        }
    }

    /// Where the pixel at (y, x) of the result comes from.
    private func source(_ y: Int, _ x: Int, _ height: Int, _ width: Int) -> (Int, Int) {
        switch self {
        case .identity: (y, x)
        case .upsideDown: (height - 1 - y, x)
        case .mirrored: (y, width - 1 - x)
        case .turnedHalf: (height - 1 - y, width - 1 - x)
        case .transposed: (x, y)
        case .turnedLeft: (x, width - 1 - y)
        case .turnedRight: (height - 1 - x, y)
        case .antitransposed: (height - 1 - x, width - 1 - y)
        }
    }

    /// The field `[H, W, C]` moved by the symmetry.
    ///
    /// - Precondition: a square field unless `keepsShape`.
    func applied(to field: [Double], shape: [Int]) -> [Double] {
        let (height, width, channels) = (shape[0], shape[1], shape[2])
        precondition(keepsShape || height == width, "Symmetry: \(self) of \(height) × \(width)")
        guard self != .identity else { return field }
        var result = field
        for y in 0..<height {
            for x in 0..<width {
                let (row, column) = source(y, x, height, width)
                let (to, from) = ((y * width + x) * channels, (row * width + column) * channels)
                for channel in 0..<channels { result[to + channel] = field[from + channel] }
            }
        }
        return result
    }
}
