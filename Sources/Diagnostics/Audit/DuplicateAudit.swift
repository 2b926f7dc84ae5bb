import Engine
import Fields
import Formats
import Tensors

/// Is one noise used twice, and does one image stand on both sides of the split?
package struct DuplicateAudit: AuditQuestion {
    static let id = "reused_noise", title = "Every noise is used once", role = Role.premise
    /// Correlation of two noise fields that counts as none: a tenth of the noise in common.
    static let margin = 0.1
    /// Noise fields compared with each other; beyond, the first so many.
    static let mostFields = 64
    /// Correlation of the thumbnails of two images that counts as one image.
    static let sameImage = 0.98

    func answer(_ evidence: AuditEvidence) throws -> AuditAnswer {
        AuditAnswer(rows: [reused(evidence), acrossSplit(evidence)])
    }

    /// Equal captures, and noise fields of different images that correlate far beyond chance.
    private func reused(_ evidence: AuditEvidence) -> AuditRow {
        func row(
            _ status: Status, _ because: String, _ estimate: Double? = nil, pValue: Double? = nil, unfit: String = ""
        ) -> AuditRow {
            AuditRow(
                CheckResult(
                    audit: Self.id, Self.title, .premise, status, criterion: .within(Self.margin), estimate: estimate,
                    quantity: estimate == nil ? nil : "largest correlation of two noise fields",
                    images: evidence.pairs.count, because: because), pValue: pValue, unfit: unfit)
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
            zip(channel.centred, channel.fields).map { (channel.name, $1.pair, $0) }
        }.filter { $0.2.varies }.prefix(Self.mostFields)
        var worst: (effect: BoundedEffect, names: String)?
        var compared = 0
        for (index, first) in labelled.enumerated() {
            for second in labelled.dropFirst(index + 1)
            where first.1 != second.1 && first.2.height == second.2.height && first.2.width == second.2.width {
                compared += 1
                let effect = Self.correlation(first.2, second.2)
                if effect.pValue < worst?.effect.pValue ?? 2
                    || effect.pValue == worst?.effect.pValue && abs(effect.value) > abs(worst?.effect.value ?? 0)
                {
                    worst = (
                        effect,
                        "\(evidence.pairs[first.1].id) (\(first.0)) and \(evidence.pairs[second.1].id) (\(second.0))"
                    )
                }
            }
        }
        guard let worst else {
            return row(.pass, "No two captures of a pair are equal; no two images to compare noise of.")
        }
        let number =
            "Of \(compared) pairs of noise fields those of \(worst.names) correlate most, "
            + NumberText.significant(worst.effect.value)
        return row(
            .pass, number + "; no two captures are equal.", worst.effect.value,
            pValue: min(1, worst.effect.pValue * Double(compared)),
            unfit: number + ": one noise, or a pattern of the sensor, is in different images")
    }

    /// ρ with a standard error by squares of 16 pixels, at least that of white noise.
    private static func correlation(_ u: Plane, _ v: Plane) -> BoundedEffect {
        let norm = (Plane.meanProduct(u, u) * Plane.meanProduct(v, v)).squareRoot()
        let value = Plane.meanProduct(u, v) / norm, count = Double(u.values.count)
        let sums = Tiling(side: 16).sums([(u.values, v.values)], shape: [u.height, u.width, 1]).map {
            $0[0] / norm
        }
        let mean = sums.reduce(0, +) / Double(sums.count)
        let spread =
            (sums.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } * Double(sums.count) / Double(max(1, sums.count - 1)))
            .squareRoot() / count
        return BoundedEffect(
            value: value, standardError: max(spread, 1 / count.squareRoot()),
            degreesOfFreedom: Double(max(2, sums.count - 1)),
            noticeable: margin, limit: margin)
    }

    private func acrossSplit(_ evidence: AuditEvidence) -> AuditRow {
        let title = "No image on both sides of the split"
        let match = evidence.match, held = match.usable.filter { $0 < match.heldOutCount }
        var worst: (similarity: Double, names: String)?
        for (first, held) in held.enumerated() {
            for (second, trained) in match.usable.enumerated() where trained >= match.heldOutCount {
                let similarity = match.thumbnails[held].similarity(match.thumbnails[trained])
                if similarity > worst?.similarity ?? -.infinity {
                    worst = (
                        similarity, "\(evidence.pairs[first].id) (held out) and \(evidence.pairs[second].id) (training)"
                    )
                }
            }
        }
        guard let worst else {
            return AuditRow(
                CheckResult(
                    audit: "split", title, .quality, .notApplicable, images: evidence.pairs.count,
                    because: "Nothing is held out; held_out_fraction of a configuration file says what is."))
        }
        let isSame = worst.similarity > Self.sameImage
        return AuditRow(
            CheckResult(
                audit: "split", title, .quality, isSame ? .warn : .pass, criterion: .below(Self.sameImage),
                estimate: worst.similarity,
                quantity: "correlation of thumbnails",
                images: evidence.pairs.count,
                because:
                    "The most alike are \(worst.names): correlation \(NumberText.significant(worst.similarity)) of their thumbnails"
                    + (isSame ? "; a test on the one is a test on what was trained on." : ".")))
    }
}
