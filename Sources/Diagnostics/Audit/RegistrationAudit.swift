import Engine
import Foundation

/// Do both observations show the content at the same place?
struct RegistrationAudit: AuditQuestion {
    /// Shift in pixels that counts as none, and from which on the data are unfit.
    static let tolerated = 0.1, intolerable = 0.5

    func answer(_ evidence: AuditEvidence) throws -> AuditAnswer {
        let title = "Registration of b on a"
        var shifts: [Shift] = []
        for pair in evidence.pairs {
            let (a, b) = (Plane.channels(of: pair.noisy.a)[0], Plane.channels(of: pair.noisy.b)[0])
            // Contrasts differ in sign and size; their edges lie at the same places.
            let shift =
                evidence.sameContent
                ? Shift(of: b, against: a) : Shift(of: b.gradientMagnitude, against: a.gradientMagnitude)
            if let shift { shifts.append(shift) }
        }
        guard !shifts.isEmpty else {
            return AuditAnswer(rows: [
                CheckResult(
                    audit: "registration", title, .inconclusive, images: evidence.pairs.count,
                    because: "No image has enough structure in common between a and b to measure a shift.")
            ])
        }
        let total = shifts.reduce(0) { $0 + $1.weight }
        let (dy, dx) = (
            shifts.reduce(0) { $0 + $1.weight * $1.dy } / total, shifts.reduce(0) { $0 + $1.weight * $1.dx } / total
        )
        func square(_ shift: Shift) -> Double { (shift.dy - dy) * (shift.dy - dy) + (shift.dx - dx) * (shift.dx - dx) }
        // With a few images their scatter is a better error than the one that each was given.
        let scatter = (shifts.reduce(0) { $0 + $1.weight * square($1) } / total).squareRoot()
        let count = Double(shifts.count)
        let error =
            shifts.count < 4
            ? 1 / total.squareRoot()
            : (shifts.reduce(0) { $0 + $1.weight * $1.weight * square($1) } / 2 * count / (count - 1)).squareRoot()
                / total
        let size = hypot(dy, dx)
        // Not even twice the error that each image was given explains the scatter.
        let isJittered =
            shifts.count > 1 && scatter > Self.intolerable
            && ChiSquared(degreesOfFreedom: 2 * (count - 1)).upperTail(scatter * scatter * total / 4) < 1e-4
        let isShifted = size > Self.tolerated && size > 3 * error
        let isBad = isJittered || isShifted && size > Self.intolerable
        let status: Status =
            isBad && evidence.sameContent
            ? .fail : isBad || isShifted ? .warn : error > Self.tolerated ? .inconclusive : .pass
        let reading =
            switch status {
            case .pass: "registered"
            case .inconclusive: "too noisy to tell"
            default:
                "the denoiser learns the mean of shifted images, a blur of that width"
                    + (evidence.sameContent
                        ? "" : "; between contrasts this is an estimate from edges, to be looked at")
            }
        return AuditAnswer(rows: [
            CheckResult(
                audit: "registration", title, status, estimate: size, quantity: "shift in pixels", images: shifts.count,
                threshold: Self.tolerated,
                because: "b lies \(NumberText.significant(dy, digits: 2)) rows below and "
                    + "\(NumberText.significant(dx, digits: 2)) columns right of a (± \(NumberText.significant(error, digits: 1))) on average "
                    + "of \(shifts.count) image(s)"
                    + (shifts.count > 1 ? ", which differ by \(NumberText.significant(scatter, digits: 2)) pixels" : "")
                    + "\(isJittered ? ", more than their noise explains" : ""): \(reading).")
        ])
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
