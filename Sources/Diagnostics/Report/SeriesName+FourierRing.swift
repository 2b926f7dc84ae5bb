/// Fourier ring correlation of the two directions' outputs, -1...1; one curve for both directions.
extension SeriesName {
    /// FRC(ν) of f_a and f_b.
    public static let ringCorrelation = "frc.same"
    /// FRC(ν) of f_a' and f_b', the noise of both targets replaced.
    public static let ringOther = "frc.other"
    /// (FRC_same - FRC_other)/(1 - FRC_other).
    public static let ringDifference = "frc.difference"
    /// FRC(ν) of f_a and f_b with the phases of each drawn anew; from the frequency on where they are.
    public static let ringRandomised = "frc.randomised"
    /// FRC(ν) of f_a and f_b with that of randomised phases taken out.
    public static let ringCorrected = "frc.corrected"
    /// The half-bit criterion.
    public static let ringHalfBit = "frc.half_bit"
}
