import Engine
import Fields
import Formats
import Foundation

/// Are all pairs displaced alike? The scatter of their shifts beyond noise, and single pairs that lie elsewhere than the others.
///
/// One displaced pair among many makes no scatter that its own scatter would not excuse, so both are tested.
struct ShiftScatter {
    /// A pair that lies elsewhere than the median of the others.
    struct Displaced {
        let name: String
        /// Pixels.
        let distance: Double
        /// P(so far beyond `intolerable` by noise), corrected for all pairs.
        let pValue: Double
    }

    private let own: [OwnShift]
    private let names: [String]
    private let count: Int
    private(set) var displaced: [Displaced] = []

    /// Pixels that the shift of one pair is never known better than: what interpolation and borders make of it.
    private static let finest = 0.05

    /// - Parameters:
    ///   - own: about the common shift, one for each name.
    ///   - names: of the pairs.
    init(_ own: [OwnShift], _ names: [String]) {
        (self.own, self.names) = (own, names)
        let measured = own.indices.filter { own[$0].state == .measured }
        count = measured.count
        guard count > 3 else { return }
        displaced = measured.compactMap { index in
            displacement(index, measured.filter { $0 != index })
        }.sorted { $0.distance > $1.distance }
    }

    /// By Student's t, along two axes Hotelling's T²: P(|error| > distance - bound), since no error moves a pair within the bound farther.
    private func displacement(_ index: Int, _ others: [Int]) -> Displaced? {
        let one = own[index], axes = (one.varianceY > 0 ? 1.0 : 0) + (one.varianceX > 0 ? 1.0 : 0)
        let distance = hypot(
            one.dy - (others.map { own[$0].dy }.median ?? 0), one.dx - (others.map { own[$0].dx }.median ?? 0))
        // The variance of a median is that of a mean times π/2.
        let centre =
            Double.pi / 2 * (others.map { max(own[$0].varianceY, own[$0].varianceX) }.median ?? 0)
            / Double(others.count)
        let variance = max(one.varianceY, one.varianceX), total = variance + centre + Self.finest * Self.finest
        guard axes > 0, variance > 0 else { return nil }
        // Satterthwaite: only the pair's own variance is estimated from few modes.
        let degrees = one.modeCount * (total / variance) * (total / variance)
        func chance(beyond bound: Double) -> Double {
            let excess = max(0, distance - bound)
            return min(
                1,
                Double(count)
                    * FisherF(numerator: axes, denominator: min(1e6, degrees)).upperTail(excess * excess / total / axes)
            )
        }
        guard chance(beyond: RegistrationAudit.tolerated) < 0.025 else { return nil }
        return Displaced(
            name: names[index], distance: distance, pValue: chance(beyond: RegistrationAudit.intolerable))
    }

    /// `nil` where fewer than 4 pairs show their shift to a third of a pixel, and none is displaced or matches nowhere.
    func row(_ size: (height: Int, width: Int)) -> AuditRow? {
        let sharp = own.filter { $0.state == .measured && max($0.varianceY, $0.varianceX) < 1 / 9.0 }
        let unmatched = own.indices.filter { own[$0].state == .unmatched }.map { names[$0] }
        guard sharp.count > 3 || !displaced.isEmpty || !unmatched.isEmpty else { return nil }
        let scatter = sharp.count > 3 ? scatter(sharp) : nil
        var parts: [String] = []
        func root(_ square: Double) -> Double { max(0, square).squareRoot() }
        let interval = scatter.map {
            ConfidenceInterval(lower: root($0.interval.lower), upper: root($0.interval.upper), confidence: 0.95)
        }
        if let scatter, let interval {
            parts.append(
                "Shifts differ from image to image by \(NumberText.significant(root(scatter.value), digits: 2)) pixel beyond "
                    + "noise, 95 % interval \(interval.bracketed), in \(sharp.count) of \(names.count) images that show it to a third of a pixel"
            )
        }
        if !displaced.isEmpty {
            parts.append(
                "\(displaced.count) of \(names.count) images displaced against the others: "
                    + listed(displaced.map { "\($0.name) by \(NumberText.significant($0.distance, digits: 2)) pixels" })
            )
        }
        if !unmatched.isEmpty {
            let farthest = Int(OwnShift.farthest * Double(min(size.height, size.width)))
            parts.append(
                "\(unmatched.count) of \(names.count) images match their partner at no shift up to \(farthest) pixels: "
                    + listed(unmatched))
        }
        let vague = names.count - sharp.count - unmatched.count
        if vague > 0 { parts.append("\(vague) show it less well") }
        let isWide = scatter.map { $0.value > 0 && $0.isNoticeable } ?? false
        let status = isWide || !displaced.isEmpty ? Status.warn : unmatched.isEmpty ? .pass : .inconclusive
        let number = parts.joined(separator: "; "),
            advice = ": the denoiser learns the mean of shifted images, a blur of that width"
        let reading =
            switch status {
            case .warn: advice
            case .inconclusive: ". The images named may show something else: look at them"
            default: ": steady"
            }
        // Two questions: the smaller p-value of both counts twice.
        let p = min(
            scatter.map { $0.value > 0 ? $0.pValue : 1 } ?? 1, displaced.map(\.pValue).min() ?? 1)
        return AuditRow(
            CheckResult(
                audit: "jitter", "Registration from pair to pair", .premise, status,
                criterion: .below(RegistrationAudit.intolerable), estimate: scatter.map { root($0.value) },
                quantity: "scatter of the shift in pixels", interval: interval, unit: .scene, units: sharp.count,
                images: names.count, because: number + reading + "."),
            pValue: min(1, 2 * p), unfit: number + advice)
    }

    /// In squares, whose mean has no bias.
    private func scatter(_ sharp: [OwnShift]) -> BoundedEffect {
        let centre = (sharp.map(\.dy).median ?? 0, sharp.map(\.dx).median ?? 0)
        let excess = sharp.map { unit in
            let (y, x) = (unit.dy - centre.0, unit.dx - centre.1)
            return y * y + x * x - unit.varianceY - unit.varianceX
        }
        let count = Double(excess.count), mean = excess.reduce(0, +) / count
        let spread = (excess.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1) / count).squareRoot()
        return BoundedEffect(
            value: mean, standardError: spread, degreesOfFreedom: count - 1,
            noticeable: RegistrationAudit.tolerated * RegistrationAudit.tolerated,
            limit: RegistrationAudit.intolerable * RegistrationAudit.intolerable)
    }

    private func listed(_ names: [String]) -> String {
        names.prefix(6).joined(separator: ", ") + (names.count > 6 ? " and \(names.count - 6) more" : "")
    }
}
