import CFFTW
import Synchronization

/// The non-redundant half of the discrete Fourier transform of a real field.
///
/// Coefficient (ky, kx) belongs to frequencies ky/H (above H/2: ky/H - 1) and kx/W cycles/pixel. The columns left out
/// are U(-ky, -kx) = U(ky, kx)*.
public struct HalfSpectrum: Sendable, Equatable {
    /// Rows of the field, and of the spectrum.
    public let height: Int
    /// Columns of the field; the spectrum has `columns`.
    public let width: Int
    /// Real and imaginary parts in turn, height × columns × 2.
    public var values: [Double]

    /// width/2 + 1.
    public var columns: Int { width / 2 + 1 }

    /// - Precondition: `values` has height × (width/2 + 1) × 2 elements.
    public init(height: Int, width: Int, values: [Double]) {
        precondition(
            height > 0 && width > 0 && values.count == height * (width / 2 + 1) * 2,
            "HalfSpectrum: \(height) × \(width) does not hold \(values.count) values")
        self.height = height
        self.width = width
        self.values = values
    }
}

/// Two-dimensional transforms of real fields in Float64, by FFTW; may be called from any thread.
///
/// Plans are made under a lock (FFTW's planner is not safe for threads), once per size, and kept. They are estimated, not
/// timed, and made for memory aligned to 16 bytes, as every Swift array is: the same field gives the same bytes in every
/// run. (Plans for any alignment use no vector instructions and take twice the time.)
public enum FourierTransform {
    /// Such as `3.3.10`.
    package static var libraryVersion: String {
        String(String(cString: n2n_fftw_version()).split(separator: "-").dropFirst().first ?? "unknown")
    }

    /// U(ky, kx) = Σ u(y, x) exp(-2πi (ky y/H + kx x/W)), unnormalised.
    public static func forward(_ plane: Plane) -> HalfSpectrum {
        let (height, width) = (plane.height, plane.width)
        let count = height * (width / 2 + 1) * 2
        let values = [Double](unsafeUninitializedCapacity: count) { output, initialised in
            forward(height, width, into: output) { y, row in
                for x in 0..<width { row[x] = plane.values[y * width + x] }
            }
            initialised = count
        }
        return HalfSpectrum(height: height, width: width, values: values)
    }

    /// The same of a field that `fill` makes row by row, so that a row is transformed while it is in the first cache.
    ///
    /// - Parameter output: the start of an array of height × (width/2 + 1) × 2 numbers.
    static func forward(
        _ height: Int, _ width: Int, into output: UnsafeMutableBufferPointer<Double>,
        fill: (_ y: Int, _ row: UnsafeMutableBufferPointer<Double>) -> Void
    ) {
        let stride = (width / 2 + 1) * 2
        precondition(
            output.count == height * stride,
            "FourierTransform.forward: \(height) × \(width) into \(output.count) numbers")
        let plans = plans(height, width)
        withUnsafeTemporaryAllocation(byteCount: width * 8, alignment: 64) { bytes in
            let row = bytes.bindMemory(to: Double.self)
            requireAlignment(row.baseAddress, output.baseAddress)
            for y in 0..<height {
                fill(y, row)
                fftw_execute_dft_r2c(
                    plans.row, row.baseAddress, complexPointer(output.baseAddress.map { $0 + y * stride }))
            }
        }
        fftw_execute_dft(plans.columns, complexPointer(output.baseAddress), complexPointer(output.baseAddress))
    }

    /// The field whose transform this is: the inverse of `forward`, the factor 1/(H·W) included.
    public static func inverse(_ spectrum: HalfSpectrum) -> Plane {
        let plan = plans(spectrum.height, spectrum.width).inverse
        let count = spectrum.height * spectrum.width
        // A multi-dimensional complex-to-real transform overwrites its input.
        var scratch = spectrum.values
        var values = [Double](unsafeUninitializedCapacity: count) { output, initialised in
            scratch.withUnsafeMutableBufferPointer { input in
                requireAlignment(input.baseAddress, output.baseAddress)
                fftw_execute_dft_c2r(plan, complexPointer(input.baseAddress), output.baseAddress)
            }
            initialised = count
        }
        for index in values.indices { values[index] /= Double(count) }
        return Plane(height: spectrum.height, width: spectrum.width, values: values)
    }

    private struct Size: Hashable { let height, width: Int }

    /// FFTW documents execution with new arrays as thread-safe.
    private struct Plans: @unchecked Sendable { let row, columns, inverse: fftw_plan }

    private static let cache = Mutex<[Size: Plans]>([:])

    private static func plans(_ height: Int, _ width: Int) -> Plans {
        cache.withLock { cache in
            if let known = cache[Size(height: height, width: width)] { return known }
            // The planner wants arrays to look at, and with FFTW_ESTIMATE does not write to them.
            var real = [Double](repeating: 0, count: height * width)
            var half = [Double](repeating: 0, count: height * (width / 2 + 1) * 2)
            let flags = UInt32(FFTW_ESTIMATE)
            let made: Plans? = real.withUnsafeMutableBufferPointer { real in
                half.withUnsafeMutableBufferPointer { half in
                    let complex = complexPointer(half.baseAddress)
                    let (rows, columns) = (Int32(height), Int32(width))
                    let half = columns / 2 + 1
                    guard
                        let row = fftw_plan_dft_r2c_1d(columns, real.baseAddress, complex, flags),
                        let alongColumns = fftw_plan_many_dft(
                            1, [rows], half, complex, nil, half, 1, complex, nil, half, 1, FFTW_FORWARD, flags),
                        let inverse = fftw_plan_dft_c2r_2d(rows, columns, complex, real.baseAddress, flags)
                    else { return nil }
                    return Plans(row: row, columns: alongColumns, inverse: inverse)
                }
            }
            guard let made else { preconditionFailure("FFTW makes no plan for \(height) × \(width)") }
            cache[Size(height: height, width: width)] = made
            return made
        }
    }

    private static func requireAlignment(_ pointers: UnsafeMutablePointer<Double>?...) {
        precondition(
            pointers.allSatisfy { fftw_alignment_of($0) == 0 }, "FourierTransform: memory is not aligned to 16 bytes")
    }

    private static func complexPointer(_ pointer: UnsafeMutablePointer<Double>?) -> UnsafeMutablePointer<fftw_complex>?
    {
        UnsafeMutableRawPointer(pointer)?.assumingMemoryBound(to: fftw_complex.self)
    }
}
