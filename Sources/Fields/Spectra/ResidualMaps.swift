import RealModule

/// What several residuals look like on the average, without averaging over directions: rows, columns and checkerboards show.
public struct ResidualMaps: Sendable {
    /// ρ at lags -`lag`…`lag` along both axes, row by row; the mean over the fields.
    public let autocorrelation: [Double]
    /// Largest |dy| and |dx|.
    public let lag: Int
    /// log₁₀ of the power spectral density in intensity²·pixel², `height` × `width`, row by row, with ν = 0 at (height/2, width/2):
    /// ν_y = (row - height/2)/height. The mean over the fields, before the logarithm; -∞ at ν = 0, whose power is that of the mean.
    public let logPower: [Double]
    /// Rows of the spectrum.
    public let height: Int
    /// Columns of the spectrum.
    public let width: Int

    /// Maps of fields, each under a periodic Hann window for the spectrum.
    ///
    /// - Parameter largestLag: lags reach so far, or a quarter of the shorter side.
    /// - Throws: `Undetermined` for no field, one less than 8 pixels high or wide, constant or not finite.
    /// - Precondition: fields of one size.
    public init(_ fields: [Plane], largestLag: Int = 15) throws {
        guard let first = fields.first, min(first.height, first.width) >= 8 else {
            throw Undetermined(description: "maps need a residual of at least 8 pixels a side")
        }
        let (height, width) = (first.height, first.width)
        let lag = min(largestLag, min(height, width) / 4)
        var correlations = [Double](repeating: 0, count: (2 * lag + 1) * (2 * lag + 1))
        var powers = [Double](repeating: 0, count: height * width)
        for field in fields {
            let map = try CorrelationMap(field, rowLag: lag, columnLag: lag, border: .open)
            correlations = zip(correlations, map.values).map { $0 + $1 / Double(fields.count) }
            let power = try PowerMap(of: field, window: .hann)
            // A map's powers are relative to their mean, which is the variance.
            let centred = try field.centred(for: "a spectrum", side: 2)
            let scale = Plane.meanProduct(centred, centred) / Double(fields.count)
            for row in 0..<height {
                for column in 0..<width {
                    let mode = power.mode(row - height / 2, column - width / 2)
                    powers[row * width + column] += scale * mode.power
                }
            }
        }
        autocorrelation = correlations
        self.lag = lag
        let origin = (height / 2) * width + width / 2
        logPower = powers.enumerated().map { $0 == origin ? -.infinity : .log10($1) }
        self.height = height
        self.width = width
    }
}
