import Foundation

@testable import Engine
@testable import Tensors

/// The contents of the twenty cases, within ±0.9: black is -1 and white is 1.
enum VerdictContent: Sendable {
    /// Four waves of 1 to 3 periods and three ellipses with sharp edges.
    case mixed
    /// One ellipse before an even background near black, which is most of the image.
    case mostlyFlat
    /// One value.
    case flat

    /// What each channel has of the content.
    private static let gains = [1, 0.8, -0.6]

    /// - Parameters:
    ///   - subject: what the content is drawn for.
    ///   - slice: how far the content has moved, 0 to 1, for slices of one subject.
    func image(seed: UInt64, subject: Int, slice: Double, height: Int, width: Int, channels: Int) -> Tensor {
        var stream = RandomStream(seed: seed, purpose: .phantom, image: subject)
        var plane = [Double](repeating: 0, count: height * width)
        switch self {
        case .flat:
            let level = stream.uniform() - 0.5
            plane = plane.map { _ in level }
        case .mostlyFlat:
            plane = plane.map { _ in -0.9 }
            Self.addEllipse(to: &plane, height, width, value: 1.2, growth: 1, &stream)
        case .mixed:
            for _ in 0..<4 { Self.addWave(to: &plane, height, width, shift: 0.3 * slice, &stream) }
            for k in 0..<3 {
                Self.addEllipse(
                    to: &plane, height, width, value: k.isMultiple(of: 2) ? 0.25 : -0.25, growth: 1 - 0.5 * slice,
                    &stream)
            }
        }
        return Tensor([height, width, channels]) { out in
            for i in out.indices { out[i] = Float(Self.gains[i % channels] * plane[i / channels]) }
        }
    }

    private static func addWave(
        to plane: inout [Double], _ height: Int, _ width: Int, shift: Double, _ stream: inout RandomStream
    ) {
        let (fy, fx) = (1 + 2 * stream.uniform(), 1 + 2 * stream.uniform())
        let (py, px) = (stream.uniform() + shift, stream.uniform())
        let columns = (0..<width).map { cos(2 * .pi * (fx * Double($0) / Double(width) + px)) }
        for y in 0..<height {
            let row = 0.1 * cos(2 * .pi * (fy * Double(y) / Double(height) + py))
            for x in 0..<width { plane[y * width + x] += row * columns[x] }
        }
    }

    private static func addEllipse(
        to plane: inout [Double], _ height: Int, _ width: Int, value: Double, growth: Double,
        _ stream: inout RandomStream
    ) {
        let (cy, cx) = (0.25 + 0.5 * stream.uniform(), 0.25 + 0.5 * stream.uniform())
        let (ry, rx) = (growth * (0.1 + 0.15 * stream.uniform()), growth * (0.1 + 0.15 * stream.uniform()))
        for y in 0..<height {
            for x in 0..<width {
                let v = (Double(y) / Double(height) - cy) / ry, u = (Double(x) / Double(width) - cx) / rx
                if v * v + u * u < 1 { plane[y * width + x] += value }
            }
        }
    }
}
