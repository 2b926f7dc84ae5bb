import Fields

/// Several arms on the same images with the same noise, each against one of them: the part `comparison` of `results.json`.
public struct RunComparison: Codable, Sendable {
    /// What is compared: one trained model, or several that differ in their seed alone.
    public struct Arm: Codable, Sendable {
        /// Unique in the comparison.
        public var name: String
        /// Names of its models, as in `Results.subjects`.
        public var subjects: [String]
    }

    /// Which values are good ones.
    public enum Better: String, Codable, Sendable { case higher, lower, nearerZero = "nearer-zero" }

    /// What the data say of an arm beside the reference.
    public enum Outcome: String, Codable, Sendable {
        case reference, higher, lower
        /// No difference was found, which does not mean that there is none.
        case undecided
        /// The arm gave no usable output.
        case error
    }

    /// One arm's line; numbers are absent where they were not measured.
    public struct Row: Codable, Sendable {
        /// The arm's name.
        public var arm: String
        /// 1 for the best value; arms that were not measured have none.
        public var rank: Int?
        /// The value over all units, the mean over the arm's seeds.
        public var estimate: Double?
        /// Standard error of `estimate` over units (images or tiles), these seeds given.
        public var standardError: Double?
        /// Standard deviation over seeds of the value of one seed; `nil` with one seed. It has nothing to do with the images.
        public var seedDeviation: Double?
        /// `estimate` less that of the reference, unit by unit.
        public var difference: Double?
        /// 95 % interval of `difference`, wide enough to hold for all arms at once (Bonferroni), these seeds given.
        public var differenceInterval: [Double]?
        /// Standard error of `difference` over seeds; `nil` where either side has one seed.
        public var differenceSeedError: Double?
        /// Sign-flip test over units of `difference` being 0.
        public var pValue: Double?
        /// `pValue` corrected for the number of arms that are compared with the reference.
        public var adjustedPValue: Double?
        /// The outcome for `difference`.
        public var outcome: Outcome
        /// One sentence with the numbers in it.
        public var because: String

        enum CodingKeys: String, CodingKey {
            case arm, rank, estimate, difference, outcome, because
            case standardError = "se"
            case seedDeviation = "seed_sd"
            case differenceInterval = "difference_ci95"
            case differenceSeedError = "difference_seed_se"
            case pValue = "p_value"
            case adjustedPValue = "p_adjusted"
        }
    }

    /// One quantity in one direction for all arms, the best first.
    public struct Quantity: Codable, Sendable {
        /// Of the check that measures it on one model.
        public var id: String
        /// For a table: "PSNR (dB)".
        public var title: String
        /// Of the cross-domain path.
        public var direction: Direction
        /// Which values are good ones.
        public var better: Better
        /// What intervals and p-values resample.
        public var unit: ResamplingUnit
        /// Number of units.
        public var unitCount: Int
        /// Number of pairs.
        public var imageCount: Int
        /// Ranked; what was not measured last.
        public var rows: [Row]

        enum CodingKeys: String, CodingKey {
            case id, title, direction, better, unit, rows
            case unitCount = "n_units"
            case imageCount = "n_images"
        }
    }

    /// What forbids to call the arms alike but for their names: losses that they were not all trained with. `nil` where nothing does.
    public var caveat: String?
    /// Name of the arm that the others are compared with.
    public var reference: String
    /// How p-values are corrected, over the arms within one quantity and direction.
    public var correction: Multiplicity
    /// In the order in which they were named.
    public var arms: [Arm]
    /// Leakage first; empty where there is nothing to compare by.
    public var quantities: [Quantity]
}
