/// Between the values of image files, 0...1, and the units of the data, ±dataRange/2.
public enum ImageScaling {
    /// `[H, W, 1 or 3]` in 0...1 to `[H, W, C]` in ±dataRange/2; C by `colour`.
    public static func centred(_ image: Tensor, colour: DataConfiguration.Colour, dataRange: Float) -> Tensor {
        let stored = image.shape[2]
        return Tensor([image.shape[0], image.shape[1], colour.channels]) { out in
            image.withUnsafeBuffer { values in
                for index in out.indices {
                    let value: Float
                    switch (colour, stored) {
                    case (.grey, 3):
                        value =
                            0.299 * values[3 * index] + 0.587 * values[3 * index + 1] + 0.114 * values[3 * index + 2]
                    case (.rgb, 1): value = values[index / 3]
                    default: value = values[index]
                    }
                    out[index] = (value - 0.5) * dataRange
                }
            }
        }
    }

    /// The inverse: ±dataRange/2 to 0...1. What lies outside is cut off when a file is written, not here.
    public static func restored(_ image: Tensor, dataRange: Float) -> Tensor {
        Elementwise.map(image) { $0 / dataRange + 0.5 }
    }
}
