import Diagnostics
import Engine
import Fields
import Figures
import Formats
import Tensors

extension ReportFigures {
    /// The pair of an index of all galleries, b→a; `nil` without one.
    ///
    /// - Parameters:
    ///   - names: of the models.
    ///   - galleries: their pictures; the same pairs for each.
    static func images(_ names: [String], _ galleries: [[GalleryImage]], index: Int) -> FigureRecord? {
        let outputs = zip(names, galleries).compactMap { name, gallery in
            gallery.indices.contains(index) ? (name: name, image: gallery[index]) : nil
        }
        guard let first = outputs.first?.image else { return nil }
        return images(
            id: first.id, clean: first.clean, noisy: first.noisy, outputs: outputs.map { ($0.name, $0.image.output) },
            dataRange: first.dataRange, intensities: first.intensities)
    }

    /// One pair, each image once: the clean and the noisy target and the output of every model, with a magnified detail, the error against
    /// the clean image and the residual against the noisy one.
    ///
    /// - Parameters:
    ///   - dataRange: what PSNR refers to.
    ///   - intensities: drawn as black and as white.
    ///   - side: images are cut to this many pixels around their middle, so that single pixels stay visible.
    static func images(
        id: String, clean reference: Tensor?, noisy observation: Tensor, outputs: [(name: String, image: Tensor)],
        dataRange: Double, intensities: ClosedRange<Double>, side: Int = 128
    ) -> FigureRecord {
        let clean = reference.map { middle(of: shown($0), side: side) }
        let noisy = middle(of: shown(observation), side: side)
        let place = detail(of: clean ?? noisy, side: min(32, min(noisy.shape[0], noisy.shape[1]) / 2))
        func row(_ title: String, _ image: Tensor, caption: String, isOutput: Bool = true) -> ImagePanels.Row {
            let error = clean.map { ImagePanels.Panel(greyDifference(image, $0)) }
            var panels: [ImagePanels.Panel?] = [
                .init(image, caption: caption), place.map { .init(cut(image, $0)) },
            ]
            if clean != nil { panels.append(title == "clean" ? nil : error) }
            panels.append(isOutput ? .init(greyDifference(image, noisy)) : nil)
            return ImagePanels.Row(title: title, panels: panels)
        }
        func decibels(_ image: Tensor) -> String {
            guard let reference else { return "" }
            let value = ImageQuality.peakSignalToNoiseRatio(
                Plane.channels(of: image), reference: Plane.channels(of: reference), dataRange: dataRange)
            return "\(NumberText.fixed(value, decimals: 1)) dB"
        }
        var rows = clean.map { [row("clean", $0, caption: "", isOutput: false)] } ?? []
        rows.append(row("noisy", noisy, caption: decibels(observation), isOutput: false))
        rows += outputs.map { row($0.name, middle(of: shown($0.image), side: side), caption: decibels($0.image)) }
        let differences = clean == nil ? ["output − noisy"] : ["error: output − clean", "residual: output − noisy"]
        let figure = ImagePanels(
            title: "\(id), b→a",
            groups: [
                .init(titles: ["image", "detail"], extent: .fixed(intensities), quantity: "intensity"),
                .init(
                    titles: differences, colorMap: .diverging, extent: .clipped(0.005),
                    quantity: "difference, 0.5 % clipped"),
            ], rows: rows)
        return FigureRecord(
            file: "figures/images-\(id).png", title: "Images: \(id)",
            caption: """
                The target and the output of each model, b→a, with a detail; all rows on the same scales. The error of a good denoiser is faint, and its \
                residual is the noise (the error of the noisy image with the sign turned). A residual that is faint everywhere follows the noisy \
                target pixel by pixel: leakage. Outlines of objects in error and residual are blur, not leakage.
                """ + drawn(observation.shape[2]), figure: figure)
    }

    /// One and three channels as they are; two are one complex number, of which the magnitude can be drawn; of others the first.
    private static func shown(_ image: Tensor) -> Tensor {
        let channels = image.shape[2]
        switch channels {
        case 1, 3: return image
        case 2: return Tensor([image.shape[0], image.shape[1], 1], Magnitude.ofPixels(image).map { Float($0) })
        default:
            let values = image.values
            let first = stride(from: 0, to: values.count, by: channels).map { values[$0] }
            return Tensor([image.shape[0], image.shape[1], 1], first)
        }
    }

    /// What of so many channels is drawn, where it is not all.
    private static func drawn(_ channels: Int) -> String {
        switch channels {
        case 1, 3: ""
        case 2: " Of the two channels the magnitude is drawn."
        default: " Of the \(channels) channels the first is drawn; dB are of all."
        }
    }

    /// Rows and columns around the middle, at most `side` of each.
    private static func middle(of image: Tensor, side: Int) -> Tensor {
        let (height, width) = (min(image.shape[0], side), min(image.shape[1], side))
        let (top, left) = ((image.shape[0] - height) / 2, (image.shape[1] - width) / 2)
        return cut(image, (top..<top + height, left..<left + width))
    }

    private static func cut(_ image: Tensor, _ place: (rows: Range<Int>, columns: Range<Int>)) -> Tensor {
        let (width, channels) = (image.shape[1], image.shape[2])
        let values = image.values
        let kept = place.rows.flatMap { row in
            values[
                (row * width + place.columns.lowerBound) * channels..<(row * width + place.columns.upperBound)
                    * channels]
        }
        return Tensor([place.rows.count, place.columns.count, channels], kept)
    }

    /// The square with the strongest edges; `nil` for an image too small to have one.
    private static func detail(of image: Tensor, side: Int) -> (rows: Range<Int>, columns: Range<Int>)? {
        guard side >= 8 else { return nil }
        let (height, width, channels) = (image.shape[0], image.shape[1], image.shape[2]), values = image.values
        func edges(_ top: Int, _ left: Int) -> Float {
            (top..<top + side - 1).reduce(0) { sum, y in
                (left..<left + side - 1).reduce(sum) { sum, x in
                    let here = values[(y * width + x) * channels]
                    let right = values[(y * width + x + 1) * channels], below = values[((y + 1) * width + x) * channels]
                    return sum + (right - here) * (right - here) + (below - here) * (below - here)
                }
            }
        }
        let places = stride(from: 0, through: height - side, by: 8).flatMap { top in
            stride(from: 0, through: width - side, by: 8).map { (top: top, left: $0, edges: edges(top, $0)) }
        }
        return places.max { $0.edges < $1.edges }.map { ($0.top..<$0.top + side, $0.left..<$0.left + side) }
    }

    /// The difference as the mean over channels, which the colour map needs.
    private static func greyDifference(_ image: Tensor, _ other: Tensor) -> Tensor {
        let channels = image.shape[2]
        let difference = zip(image.values, other.values).map { $0 - $1 }
        let means = stride(from: 0, to: difference.count, by: channels).map { first in
            difference[first..<first + channels].reduce(0, +) / Float(channels)
        }
        return Tensor([image.shape[0], image.shape[1], 1], means)
    }
}
