import Engine

/// Is one noise used twice, and does one image stand on both sides of the split?
struct DuplicateAudit: AuditQuestion {
    /// Noise fields compared with each other; beyond, the first so many.
    static let mostFields = 64
    /// Correlation of the thumbnails of two images that counts as one image.
    static let sameImage = 0.98

    func answer(_ evidence: AuditEvidence) throws -> AuditAnswer {
        AuditAnswer(rows: [reused(evidence), acrossSplit(evidence)])
    }

    /// Equal captures, and noise fields of different images that correlate far beyond chance.
    private func reused(_ evidence: AuditEvidence) -> CheckResult {
        let title = "Every noise is used once"
        func row(_ status: Status, _ because: String, _ estimate: Double? = nil) -> CheckResult {
            CheckResult(
                audit: "reused_noise", title, status, estimate: estimate,
                quantity: estimate == nil ? nil : "largest correlation of two noise fields",
                images: evidence.pairs.count,
                because: because)
        }
        for pair in evidence.pairs {
            let captures =
                [pair.noisy.a, pair.noisy.b] + pair.repeats.flatMap { $0.a == $0.b ? [$0.a] : [$0.a, $0.b] }
            for (index, first) in captures.enumerated() where captures[(index + 1)...].contains(first) {
                return row(
                    .fail, "Two captures of \(pair.id) are one and the same: the target's noise is in the source.")
            }
        }
        let labelled = evidence.channels.flatMap { channel in
            zip(channel.standardised, channel.fields).map { (channel.name, $1.pair, $0) }
        }.filter { $0.2.varies }.prefix(Self.mostFields)
        var worst: (correlation: Double, z: Double, names: String)?
        var compared = 0
        for (index, first) in labelled.enumerated() {
            for second in labelled.dropFirst(index + 1)
            where first.1 != second.1 && first.2.height == second.2.height && first.2.width == second.2.width {
                compared += 1
                let norm = (Plane.meanProduct(first.2, first.2) * Plane.meanProduct(second.2, second.2)).squareRoot()
                let correlation = Plane.meanProduct(first.2, second.2) / norm
                let z = abs(correlation) * Double(first.2.values.count).squareRoot()
                if z > worst?.z ?? 0 {
                    worst = (
                        correlation, z,
                        "\(evidence.pairs[first.1].id) (\(first.0)) and \(evidence.pairs[second.1].id) (\(second.0))"
                    )
                }
            }
        }
        guard let worst else {
            return row(.pass, "No two captures of a pair are equal; no two images to compare noise of.")
        }
        // A tenth of the noise in common is no chance of any noise whose correlation length is a few pixels.
        let isReused = abs(worst.correlation) > 0.1 && worst.z > 8
        return row(
            isReused ? .fail : .pass,
            "Of \(compared) pairs of noise fields those of \(worst.names) correlate most, "
                + "\(NumberText.significant(worst.correlation))"
                + (isReused
                    ? ": one noise, or a pattern of the sensor, is in different images."
                    : "; no two captures are equal."),
            worst.correlation)
    }

    private func acrossSplit(_ evidence: AuditEvidence) -> CheckResult {
        let title = "No image on both sides of the split"
        let hashes = evidence.pairs.map { ImageHash($0.clean?.a ?? $0.noisy.a) }
        var worst: (similarity: Double, names: String)?
        for held in 0..<evidence.heldOutCount {
            for trained in evidence.heldOutCount..<evidence.pairs.count {
                let similarity = hashes[held].similarity(hashes[trained])
                if similarity > worst?.similarity ?? -.infinity {
                    worst = (
                        similarity, "\(evidence.pairs[held].id) (held out) and \(evidence.pairs[trained].id) (training)"
                    )
                }
            }
        }
        guard let worst else {
            return CheckResult(
                audit: "split", title, .notApplicable, images: evidence.pairs.count,
                because: "Nothing is held out; held_out_fraction of a configuration file says what is.")
        }
        let isSame = worst.similarity > Self.sameImage
        return CheckResult(
            audit: "split", title, isSame ? .warn : .pass, estimate: worst.similarity,
            quantity: "correlation of thumbnails",
            images: evidence.pairs.count, threshold: Self.sameImage,
            because:
                "The most alike are \(worst.names): correlation \(NumberText.significant(worst.similarity)) of their thumbnails"
                + (isSame ? "; a test on the one is a test on what was trained on." : "."))
    }
}

/// A thumbnail of 16×16 means, by which images are compared whatever their size, noise and brightness.
struct ImageHash {
    private static let side = 16
    private let cells: [Double]

    init(_ image: Tensor) {
        let (height, width, channels) = (image.shape[0], image.shape[1], image.shape[2])
        let side = Self.side
        var sums = [Double](repeating: 0, count: side * side), counts = sums
        image.withUnsafeBuffer { pixels in
            for y in 0..<height {
                for x in 0..<width {
                    let cell = y * side / height * side + x * side / width
                    for channel in 0..<channels { sums[cell] += Double(pixels[(y * width + x) * channels + channel]) }
                    counts[cell] += Double(channels)
                }
            }
        }
        let means = zip(sums, counts).map { $1 > 0 ? $0 / $1 : 0 }
        let centre = means.reduce(0, +) / Double(means.count)
        let norm = means.reduce(0) { $0 + ($1 - centre) * ($1 - centre) }.squareRoot()
        cells = means.map { norm > 0 ? ($0 - centre) / norm : 0 }
    }

    /// Correlation of the thumbnails, -1...1; 0 where one is constant.
    func similarity(_ other: ImageHash) -> Double { zip(cells, other.cells).reduce(0) { $0 + $1.0 * $1.1 } }
}
