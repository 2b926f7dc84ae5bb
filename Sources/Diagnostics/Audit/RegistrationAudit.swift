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
        var rows = [common(shift, role, evidence)]
        if evidence.sameContent, evidence.pairs.count >= IntervalEstimator.fewestForInterval {
            let size = evidence.pairs[0].size
            let names = evidence.pairs.filter { $0.size == size }.map(\.id)
            rows += [ShiftScatter(shift.own, names).row(size)].compactMap(\.self)
        }
        return AuditAnswer(rows: rows)
    }

    /// Whole images, or parts of them where there are fewer than 6.
    private func units(_ evidence: AuditEvidence) -> [CrossSpectrum.Pair] {
        let size = evidence.pairs[0].size
        let pairs = evidence.pairs.filter { $0.size == size }
        func planes(_ image: Tensor) -> [Plane] {
            // Contrasts differ in sign and size; their edges lie at the same places.
            Plane.channels(of: image).map { evidence.sameContent ? $0 : $0.gradientMagnitude }
        }
        let whole = pairs.map { CrossSpectrum.Pair(first: planes($0.noisy.a), second: planes($0.noisy.b)) }
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
                return CrossSpectrum.Pair(first: cropped(unit.first), second: cropped(unit.second))
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
            degreesOfFreedom: Double(max(2, shift.own.count - 1)), noticeable: Self.tolerated, limit: Self.intolerable)
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
                quantity: "shift in pixels", interval: effect.interval, unit: .scene, units: shift.own.count,
                images: evidence.pairs.count, because: number + reading + "."),
            pValue: evidence.sameContent ? effect.pValue : nil, unfit: number + advice)
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
