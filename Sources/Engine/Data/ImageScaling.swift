import Tensors

/// Between the values of image files, 0...1, and the units of the data.
///
/// Centred images are ±dataRange/2, black being -dataRange/2; where magnitudes count (`Normalisation`), images are 0...dataRange
/// instead and black is 0.
public enum ImageScaling {
    /// `[H, W, 1 or 3]` in 0...1 to `[H, W, C]` in ±dataRange/2, or in 0...dataRange if not `centred`; C by `colour`.
    public static func scaled(
        _ image: Tensor, colour: DataConfiguration.Colour, dataRange: Float, centred: Bool
    ) -> Tensor {
        let stored = image.shape[2]
        let zero: Float = centred ? 0.5 : 0
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
                    out[index] = (value - zero) * dataRange
                }
            }
        }
    }

    /// The inverse: ±dataRange/2 to 0...1, or 0...dataRange if not `centred`. What lies outside is cut off when a file is
    /// written, not here.
    public static func restored(_ image: Tensor, dataRange: Float, centred: Bool = true) -> Tensor {
        Elementwise.map(image) { $0 / dataRange + (centred ? 0.5 : 0) }
    }
}
