import Engine
import Fields
import Formats
import Foundation
import Tensors

/// Do both observations show the content at the same place?
struct RegistrationAudit: AuditQuestion {
    static let id = "registration", title = "Registration of b on a", role = Role.premise
    /// Shift in pixels that counts as none, and from which on the data are unfit.
    static let tolerated = 0.1, intolerable = 0.3

    func answer(_ evidence: AuditEvidence) throws -> AuditAnswer {
        let units = units(evidence)
        let role: Role = evidence.sameContent ? .premise : .quality
        guard let shift = CommonShift(units) else {
            return AuditAnswer(rows: [
                AuditRow(
                    CheckResult(
                        audit: Self.id, Self.title, role, .inconclusive, criterion: .within(Self.intolerable),
                        images: evidence.pairs.count,
                        because:
                            "Not measurable: no image has enough structure in common between a and b, in more than one direction."
                    ))
            ])
        }
        return AuditAnswer(rows: [common(shift, role, evidence)] + [jitter(shift, evidence)].compactMap(\.self))
    }

    /// Whole images, or parts of them where there are fewer than 6.
    private func units(_ evidence: AuditEvidence) -> [CommonShift.Unit] {
        let size = evidence.pairs[0].size
        let pairs = evidence.pairs.filter { $0.size == size }
        func planes(_ image: Tensor) -> [Plane] {
            // Contrasts differ in sign and size; their edges lie at the same places.
            Plane.channels(of: image).map { evidence.sameContent ? $0 : $0.gradientMagnitude }
        }
        let whole = pairs.map { CommonShift.Unit(first: planes($0.noisy.a), second: planes($0.noisy.b)) }
        guard pairs.count < IntervalEstimator.fewestForInterval else { return whole }
        let parts = (2...3).first { $0 * $0 * pairs.count >= IntervalEstimator.fewestForInterval } ?? 3
        let (height, width) = (size.height / parts, size.width / parts)
        guard min(height, width) >= 48 else { return whole }
        return whole.flatMap { unit in
            (0..<parts * parts).map { part in
                func cropped(_ planes: [Plane]) -> [Plane] {
                    planes.map {
                        $0.cropped(top: part / parts * height, left: part % parts * width, height: height, width: width)
                    }
                }
                return CommonShift.Unit(first: cropped(unit.first), second: cropped(unit.second))
            }
        }
    }

    private func common(_ shift: CommonShift, _ role: Role, _ evidence: AuditEvidence) -> AuditRow {
        let axes = [(shift.dy, "rows down"), (shift.dx, "columns right")]
        let measured = axes.filter { $0.0.isMeasurable }
        let size = measured.reduce(0) { $0 + $1.0.value * $1.0.value }.squareRoot()
        // Along the shift itself.
        let variance = measured.reduce(0) { $0 + pow($1.0.standardError * ($1.0.value / max(size, 1e-12)), 2) }
        let largest = measured.map(\.0.standardError).max() ?? 0
        let effect = BoundedEffect(
            value: size, standardError: size > 3 * largest ? variance.squareRoot() : largest,
            degreesOfFreedom: Double(max(2, shift.unitCount - 1)), noticeable: Self.tolerated, limit: Self.intolerable)
        let place = measured.map { axis, name in
            "\(NumberText.fixed(axis.value, decimals: 3, signed: true)) ± "
                + "\(NumberText.significant(1.96 * axis.standardError, digits: 2)) \(name)"
        }.joined(separator: " and ")
        let blind = axes.filter { !$0.0.isMeasurable }.map { $0.1 == "rows down" ? "along y" : "along x" }
        let number =
            "b is displaced against a by \(place) (95 % intervals, \(evidence.pairs.count) image(s))"
            + (blind.isEmpty ? "" : "; not measurable \(blind[0]), where the structure does not change")
        let advice =
            ": the denoiser learns displaced or blurred images. Register the captures, or interleave them (even and odd frames) "
            + "where the subject drifts"
        let contrast = evidence.sameContent ? "" : "; between contrasts this is an estimate from edges, to be looked at"
        let reading =
            switch effect.status {
            case .warn: advice + contrast
            case .inconclusive: ": too uncertain to exclude \(Self.intolerable) pixel"
            default: ": registered"
            }
        let isWide = blind.isEmpty ? effect.status : effect.status == .pass ? .inconclusive : effect.status
        return AuditRow(
            CheckResult(
                audit: Self.id, Self.title, role, isWide, criterion: .within(Self.intolerable), estimate: size,
                quantity: "shift in pixels", interval: effect.interval, unit: .scene, units: shift.unitCount,
                images: evidence.pairs.count, because: number + reading + "."),
            pValue: evidence.sameContent ? effect.pValue : nil, unfit: number + advice)
    }

    /// Shifts that differ from image to image, beyond what noise explains: their scatter, and single images that lie elsewhere than the
    /// median of all. One displaced image among many makes no scatter that its own scatter would not excuse, so both are tested.
    private func jitter(_ shift: CommonShift, _ evidence: AuditEvidence) -> AuditRow? {
        guard evidence.sameContent, shift.units.count > 3, evidence.pairs.count >= IntervalEstimator.fewestForInterval
        else { return nil }
        let size = evidence.pairs[0].size, names = evidence.pairs.filter { $0.size == size }.map(\.id)
        let centre = (median(shift.units.map(\.dy)), median(shift.units.map(\.dx)))
        let excess = shift.units.map { unit in
            let (y, x) = (unit.dy - centre.0, unit.dx - centre.1)
            return y * y + x * x - unit.varianceY - unit.varianceX
        }
        let count = Double(excess.count), mean = excess.reduce(0, +) / count
        let spread = (excess.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1) / count).squareRoot()
        // In squares, whose mean has no bias.
        let effect = BoundedEffect(
            value: mean, standardError: spread, degreesOfFreedom: count - 1,
            noticeable: Self.tolerated * Self.tolerated,
            limit: Self.intolerable * Self.intolerable)
        // No shift of one image is known better than to 0.05 pixel; its variance is that of some ten modes.
        let elsewhere = shift.units.compactMap { unit -> (name: String, shift: Double, pValue: Double)? in
            let far = hypot(unit.dy - centre.0, unit.dx - centre.1)
            let one = BoundedEffect(
                value: far, standardError: (max(unit.varianceY, unit.varianceX) + 0.0025).squareRoot(),
                degreesOfFreedom: 10, noticeable: Self.tolerated, limit: Self.intolerable)
            let p = min(1, one.pValue * count)
            return p < AuditRow.falseAlarmRate ? (names[unit.index], far, p) : nil
        }.sorted { $0.shift > $1.shift }
        func root(_ square: Double) -> Double { max(0, square).squareRoot() }
        let interval = ConfidenceInterval(
            lower: root(effect.interval.lower), upper: root(effect.interval.upper), confidence: 0.95)
        let vague = names.count - excess.count - shift.unmatched.count
        var number =
            "Shifts differ from image to image by \(NumberText.significant(root(mean), digits: 2)) pixel beyond noise, 95 % interval "
            + "\(interval.bracketed), in \(excess.count) of \(names.count) images that show it to a third of a pixel"
        if !elsewhere.isEmpty {
            number +=
                "; \(elsewhere.count) of them displaced against the others: "
                + listed(elsewhere.map { "\($0.name) by \(NumberText.significant($0.shift, digits: 2)) pixels" })
        }
        if vague > 0 { number += "; \(vague) show it less well" }
        if !shift.unmatched.isEmpty {
            number +=
                "; \(shift.unmatched.count) do not match their partner at any shift up to "
                + "\(min(size.height, size.width) / 2) pixels, or show too little: \(listed(shift.unmatched.map { names[$0] }))"
        }
        let advice = ": the denoiser learns the mean of shifted images, a blur of that width"
        let isShaken = mean > 0 && effect.isNoticeable || !elsewhere.isEmpty
        let status = isShaken ? Status.warn : shift.unmatched.isEmpty ? .pass : .inconclusive
        let reading =
            switch status {
            case .warn: advice
            case .inconclusive: ". The images named may show something else: look at them"
            default: ": steady"
            }
        // Two questions: the smaller p-value of both counts twice.
        let p = min(mean > 0 ? effect.pValue : 1, elsewhere.map(\.pValue).min() ?? 1)
        return AuditRow(
            CheckResult(
                audit: "jitter", "Registration from pair to pair", .premise, status,
                criterion: .below(Self.intolerable), estimate: root(mean), quantity: "scatter of the shift in pixels",
                interval: interval, unit: .scene, units: excess.count, images: names.count,
                because: number + reading + "."),
            pValue: min(1, 2 * p), unfit: number + advice)
    }

    private func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    }

    private func listed(_ names: [String]) -> String {
        names.prefix(6).joined(separator: ", ") + (names.count > 6 ? " and \(names.count - 6) more" : "")
    }
}

extension Plane {
    /// √(g_y² + g_x²) of central differences; borders repeat.
    fileprivate var gradientMagnitude: Plane {
        Plane(height: height, width: width) { y, x in
            let gy = self[min(y + 1, height - 1), x] - self[max(y - 1, 0), x]
            let gx = self[y, min(x + 1, width - 1)] - self[y, max(x - 1, 0)]
            return (gy * gy + gx * gx).squareRoot()
        }
    }
}
