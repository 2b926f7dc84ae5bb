import Foundation
import Tensors

/// Magnitudes of images. Two channels are the real and imaginary part of one complex number.
public enum Magnitude {
    /// √Σ x² over the channels of each pixel, `[H, W, C]` to H·W values: |x| of a real image, that of a complex one, the
    /// length of a colour.
    public static func ofPixels(_ image: Tensor) -> [Double] {
        let channels = image.shape[2]
        return image.withUnsafeBuffer { values in
            stride(from: 0, to: values.count, by: channels).map { start in
                (start..<start + channels).reduce(0) { $0 + Double(values[$1]) * Double(values[$1]) }.squareRoot()
            }
        }
    }

    /// The median of the magnitudes that are above 5 % of the largest one: of the pixels that show something and not air.
    ///
    /// 1 for an image that is 0 everywhere, so that it can be divided by.
    public static func median(of image: Tensor) -> Double {
        let magnitudes = ofPixels(image)
        let threshold = 0.05 * (magnitudes.max() ?? 0)
        return magnitudes.filter { $0 > threshold }.median ?? 1
    }

    /// `[H, W, C]` of intensities to `[H, W, 2C]`: each less black as a real part, and imaginary part 0.
    static func asComplex(_ image: Tensor, black: Double) -> Tensor {
        Tensor(image.shape.dropLast() + [2 * (image.shape.last ?? 1)]) { out in
            image.withUnsafeBuffer { values in
                for index in values.indices {
                    out[2 * index] = values[index] - Float(black)
                    out[2 * index + 1] = 0
                }
            }
        }
    }

    /// `[H, W, 2C]` to `[H, W, C]`: black plus the magnitude of each pair of channels.
    static func ofPairs(_ image: Tensor, black: Double = 0) -> Tensor {
        Tensor(image.shape.dropLast() + [(image.shape.last ?? 2) / 2]) { out in
            image.withUnsafeBuffer { values in
                for index in out.indices {
                    let (re, im) = (values[2 * index], values[2 * index + 1])
                    out[index] = Float(black) + (re * re + im * im).squareRoot()
                }
            }
        }
    }
}
