import Fields
import Tensors

extension SampleError {
    /// What tests say that need modes of the spectrum that are independent.
    static let linesInNoise = SampleError.outOfScope(
        "the noise runs along rows or columns, so that modes of its spectrum are not independent")
    /// What tests say that need independent tiles.
    static let longNoise = SampleError.outOfScope(
        "the noise reaches from tile to tile (along rows or columns, or smooth over 8 pixels), so that tiles of one image are not independent"
    )
}

extension Sample {
    /// Whether two pixels of the noisy target differ; behind a mask they do not, and nothing can be said about its noise.
    var targetVaries: Bool {
        let values = pair.noisy[target].values
        return values.contains { $0 != values[0] }
    }

    /// Whether noise reaches from tile to tile: of both observations against their clean images, or else of the target
    /// against a further capture. Nothing is known without either.
    func measureLongCorrelation() -> LongCorrelation {
        var result = LongCorrelation()
        let known = Domain.allCases.filter { pair.clean(of: $0) != nil }
        for domain in known {
            guard let clean = pair.clean(of: domain), let noise = try? centredNoise(of: domain) else { continue }
            planes(noise, like: clean).forEach { result.add($0) }
        }
        if known.isEmpty, let capture = try? capture(.fresh) {
            planes(difference(pair.noisy[target], capture)).forEach { result.add($0) }
        }
        return result
    }

    private func planes(_ field: [Double], like image: Tensor) -> [Plane] {
        let (height, width, channels) = (image.shape[0], image.shape[1], image.shape[2])
        return (0..<channels).map { channel in
            Plane(height: height, width: width) { y, x in field[(y * width + x) * channels + channel] }
        }
    }
}
