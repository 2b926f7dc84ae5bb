import Engine

extension SampleError {
    /// What tests say that need tiles, or modes, that are independent.
    static let linesInNoise = SampleError.outOfScope(
        "the noise runs along rows or columns, so that neither tiles of one image nor modes of its spectrum are independent"
    )
}

extension Sample {
    /// n_target less its mean among pixels of like clean intensity: what is left of clipped or Rician noise once its bias is out.
    ///
    /// - Throws: `SampleError.noCleanReference`.
    func centredNoise() throws -> [Double] {
        ConditionalRanks.centred(try targetNoise(), given: try clean().values.map(Double.init))
    }

    /// Whether noise runs along rows or columns: of both observations against their clean images, or else of the target
    /// against a further capture. Nothing is known without either.
    func measureLines() -> LineCorrelation {
        var result = LineCorrelation()
        if let clean = pair.clean {
            for domain in [Domain.a, .b] {
                let noise = ConditionalRanks.centred(
                    difference(pair.noisy[domain], clean[domain]), given: clean[domain].values.map(Double.init))
                planes(noise, like: clean[domain]).forEach { result.add($0) }
            }
        } else if let capture = try? capture(.fresh) {
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
