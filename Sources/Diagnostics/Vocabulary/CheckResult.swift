import Fields
import Formats

/// A measurement and its judgement as one row of `results.json`.
public struct CheckResult: Codable, Sendable {
    /// Check id of docs/THEORY.md.
    public var id: String
    /// What the check claims or measures, in words.
    public var title: String
    /// What the row may decide.
    public var role: Role = .description
    /// What is asked of the number.
    public var criterion: Criterion = .none
    /// `nil` for what has no direction.
    public var direction: Direction?
    /// `nil` in a row without a number, like all that follows but `status` and `because`.
    public var regime: Regime?
    /// Whether the pairs were trained on.
    public var split: Split?
    /// The measured number; `nil` also where it is not finite.
    public var estimate: Double?
    /// What `estimate` is and in which unit.
    public var quantity: String?
    /// What a derivation says that `estimate` is; rows of `verify` alone.
    public var predicted: Double?
    /// `[lower, upper]` of the 95 % interval; `nil` for an exact number, or one from too few units.
    public var ci95: [Double]?
    /// What the interval resamples.
    public var unit: ResamplingUnit?
    /// `n_units`: number of units.
    public var unitCount: Int?
    /// `n_images`: number of pairs.
    public var imageCount: Int?
    /// `mde`: smallest effect that this sample would detect with 80 % power.
    public var minimumDetectableEffect: Double?
    /// `p_value`, in 0...1: of an effect within the criterion (leakage, premise), or of the row's own null hypothesis.
    public var pValue: Double?
    /// `p_adjusted`: corrected for all rows of the subject in the same role (Holm); what is judged.
    public var adjustedPValue: Double?
    /// The judgement.
    public var status: Status
    /// The judgement's reason: one sentence with the numbers in it.
    public var because: String

    enum CodingKeys: String, CodingKey {
        case id, title, role, criterion, direction, regime, split, estimate, quantity, predicted, ci95, unit, status,
            because
        case unitCount = "n_units"
        case imageCount = "n_images"
        case minimumDetectableEffect = "mde"
        case pValue = "p_value"
        case adjustedPValue = "p_adjusted"
    }

    package init(_ measurement: Measurement, _ judgement: Judgement) {
        id = measurement.check
        title = measurement.title
        role = measurement.role
        criterion = measurement.criterion
        direction = measurement.direction
        regime = measurement.regime
        split = measurement.split
        let number = measurement.value.number
        estimate = number.isFinite ? number : nil
        quantity = measurement.value.quantity
        ci95 = measurement.interval95.map { [$0.lower, $0.upper] }
        unit = measurement.unit
        unitCount = measurement.unitCount
        imageCount = measurement.imageCount
        minimumDetectableEffect = measurement.minimumDetectableEffect
        pValue = judgement.pValue?.value
        adjustedPValue = judgement.adjustedPValue?.value
        status = judgement.status
        because = judgement.because
    }

    /// A row without a number: a check that threw, or one that does not apply here.
    package init(
        id: String, title: String, role: Role = .description, criterion: Criterion = .none, direction: Direction?,
        status: Status, because: String
    ) {
        self.id = id
        self.title = title
        self.role = role
        self.criterion = criterion
        self.direction = direction
        self.status = status
        self.because = because
    }
}

extension CheckResult {
    /// Leaves out the keys without a value; writes null for a number that is not finite, and for an interval with such a
    /// bound. Reading makes `nil` of both.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(id, forKey: .id)
        try container.encode(title, forKey: .title)
        try container.encode(role, forKey: .role)
        try container.encode(criterion, forKey: .criterion)
        try container.encodeIfPresent(direction, forKey: .direction)
        try container.encodeIfPresent(regime, forKey: .regime)
        try container.encodeIfPresent(split, forKey: .split)
        try container.encodeIfPresent(estimate.map(JSONNumber.init), forKey: .estimate)
        try container.encodeIfPresent(quantity, forKey: .quantity)
        try container.encodeIfPresent(predicted.map(JSONNumber.init), forKey: .predicted)
        if let ci95 { try container.encode(ci95.allSatisfy(\.isFinite) ? ci95 : nil, forKey: .ci95) }
        try container.encodeIfPresent(unit, forKey: .unit)
        try container.encodeIfPresent(unitCount, forKey: .unitCount)
        try container.encodeIfPresent(imageCount, forKey: .imageCount)
        try container.encodeIfPresent(minimumDetectableEffect.map(JSONNumber.init), forKey: .minimumDetectableEffect)
        try container.encodeIfPresent(pValue.map(JSONNumber.init), forKey: .pValue)
        try container.encodeIfPresent(adjustedPValue.map(JSONNumber.init), forKey: .adjustedPValue)
        try container.encode(status, forKey: .status)
        try container.encode(because, forKey: .because)
    }
}
