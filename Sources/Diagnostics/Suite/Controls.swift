import Fields
import Formats
import RealModule
import Tensors

/// What every run of the suite must find, whatever the model: leaks of known size on the same images with the same noise.
///
///     f = c_a + h ∗ g + λ0·n_a,   λ0 = 0, 0.01, 0.05, 0.2
///
/// h the circular 3×3 binomial filter, g white noise of n_a's power that the control draws itself: what a denoiser leaves over,
/// independent of n_a however the data's own noises are related, so that the answer is λ0 in every regime. Each leak is measured by
/// the checks of the suite, by regression and by exchange, and must be recovered. λ0 = 0 is the control without leakage: it must also pass.
///
/// A control that fails shows a fault of the instrument; then no verdict of the run can be believed, and it ends as an error.
/// One that stays open has too few units, as every other row has. Without a clean reference there is no n_a and no control.
public struct Controls: Sendable {
    /// λ0 of the series.
    public static let injected = [0, 0.01, 0.05, 0.2]
    /// Seed of g and of the bootstraps.
    public var seed: UInt64
    /// ε, the share of the target's noise that counts as none.
    public var margin: Double

    /// - Parameter margin: ε, the share of the target's noise that counts as none.
    public init(seed: UInt64, margin: Double = Suite.defaultMargin) {
        self.seed = seed
        self.margin = margin
    }

    /// One row for each direction, leak and route, and one for the absence of leakage, on the pairs that models are tested on.
    ///
    /// - Throws: `Undetermined` without a pair.
    public func run(on evaluation: EvaluationSet) throws -> [CheckResult] {
        let indices = evaluation.tested
        guard !indices.isEmpty else { throw Undetermined(description: "no pair in \(evaluation.name)") }
        return evaluation.directions.flatMap { direction in
            Self.injected.flatMap { leak in
                let scope = Scope(
                    direction: direction, regime: leak == 0 ? .r0 : .r3, split: evaluation.testedSplit,
                    imageCount: indices.count, seed: seed)
                return rows(leak, on: evaluation, indices, scope)
            }
        }
    }

    private func rows(_ leak: Double, on evaluation: EvaluationSet, _ indices: [Int], _ scope: Scope)
        -> [CheckResult]
    {
        let routes: [(name: String, check: any Check)] = [
            ("observed", TargetLeakageObserved(margin: margin)), ("swap", TargetLeakageSwap(margin: margin)),
        ]
        var checks = routes.map(\.check), failures = [(any Error)?](repeating: nil, count: routes.count)
        let resamplesTiles = evaluation.resamplesTiles(evaluation.testedSplit)
        for index in indices {
            let sample: Sample
            do {
                sample = try Sample(
                    oracle(leak, evaluation, index, scope.direction), evaluation, index: index, scope.direction,
                    seed: seed, resamplesTiles: resamplesTiles)
            } catch {
                failures = failures.map { $0 ?? error }
                break
            }
            for k in checks.indices where failures[k] == nil {
                do { try checks[k].observe(sample) } catch { failures[k] = error }
            }
        }
        return routes.indices.flatMap { k -> [CheckResult] in
            let id = "control.\(routes[k].name).\(NumberText.shortest(leak))"
            let title = "Injected leak \(NumberText.shortest(leak)), \(routes[k].name)"
            return Suite.outcomes(of: checks[k], failures[k], scope).flatMap { outcome -> [CheckResult] in
                switch outcome {
                case .notMeasured(var row):
                    (row.id, row.title, row.role) = (id, title, .description)
                    return [row]
                case .measured(var m):
                    (m.check, m.title, m.role) = (id, title, .description)
                    let rows = [CheckResult(m, Self.recovered(m, truth: leak))]
                    guard leak == 0, k == 0 else { return rows }
                    var none = m
                    (none.check, none.title) = ("control.none", "No leak passes")
                    return rows + [CheckResult(none, Self.isNone(m, margin))]
                }
            }
        }
    }

    /// The chance that a control fails although nothing is wrong. It makes an error of the whole run, whose seed is fixed: no second try helps.
    static let falseAlarmRate = 1e-5

    /// A known effect is inside the interval of its estimate at `falseAlarmRate`.
    static func recovered(_ m: Measurement, truth: Double) -> Judgement {
        guard m.interval95 != nil, m.unitCount >= 2, let error = m.standardError else {
            return Judgement(.inconclusive, because: "\(m.described) from \(m.tooFew).")
        }
        let t = StudentT(degreesOfFreedom: Double(m.unitCount - 1)).quantile(1 - Self.falseAlarmRate / 2)
        // Fields are in Float32.
        let bound = t * error + 1e-5
        let isRecovered = (m.value.number - truth).magnitude <= bound
        return Judgement(
            isRecovered ? .pass : .fail,
            because:
                "\(m.described), \(isRecovered ? "within" : "not within") \(NumberText.significant(bound)) of the injected "
                + "\(NumberText.shortest(truth)).")
    }

    /// Without a leak the 90 % interval is within the margin; where it is not, the data are too few.
    private static func isNone(_ m: Measurement, _ margin: Double) -> Judgement {
        let isInside = m.interval90.map { $0.lower > -margin && $0.upper < margin } ?? false
        let interval = m.interval90.map { ", 90 % interval \($0.bracketed)" } ?? ""
        return Judgement(
            isInside ? .pass : .inconclusive,
            because: "\(m.described)\(interval) against ±\(NumberText.significant(margin)).")
    }

    /// f of one pair, as a function of the target's observation alone: an exchange of its noise moves the leak with it.
    private func oracle(_ leak: Double, _ evaluation: EvaluationSet, _ index: Int, _ direction: Direction) throws
        -> OraclePredictor
    {
        let pair = evaluation.pairs[index]
        guard let clean = pair.clean(of: direction.target) else { throw SampleError.noCleanReference(pair.id) }
        let noise = difference(pair.noisy[direction.target], clean)
        let deviation = (noise.reduce(0) { $0 + $1 * $1 } / Double(max(1, noise.count))).squareRoot()
        var stream = RandomStream(
            seed: seed, purpose: .control, domain: direction.target.index, image: index)
        let white = (0..<noise.count).map { _ in deviation * stream.gaussian() }
        let rest = Self.filtered(white, shape: clean.shape)
        return OraclePredictor(name: "control", readsTarget: leak > 0) { x, direction in
            let moved = difference(x[direction.target], clean)
            let values = clean.values
            return Tensor(clean.shape, values.indices.map { Float(Double(values[$0]) + rest[$0] + leak * moved[$0]) })
        }
    }

    /// [1 2 1]ᵀ[1 2 1]/16, wrapped around, of a field `[H, W, C]`.
    private static func filtered(_ field: [Double], shape: [Int]) -> [Double] {
        func along(_ field: [Double], _ length: Int, _ stride: Int) -> [Double] {
            field.indices.map { i in
                let position = i / stride % length
                let before = position == 0 ? i + (length - 1) * stride : i - stride
                let after = position == length - 1 ? i - (length - 1) * stride : i + stride
                return (field[before] + 2 * field[i] + field[after]) / 4
            }
        }
        return along(along(field, shape[1], shape[2]), shape[0], shape[1] * shape[2])
    }
}

extension Verdict {
    /// Over all subjects under controls: a failed control makes it an error, since then neither a pass nor a fail can be
    /// believed; an undecided one keeps it from passing. Controls that do not apply say nothing.
    public init(_ subjects: [Subject], controls: [CheckResult]) {
        self = subjects.map(\.verdict).min { $0.rank < $1.rank } ?? .inconclusive
        let statuses = Set(controls.map(\.status))
        if statuses.contains(.fail) || statuses.contains(.error) { self = .error }
    }
}
