import Foundation

/// How far second images are displaced against first ones, by the phase of their cross spectrum summed over images.
///
/// Independent noises have no cross spectrum in the mean, so that low signal makes the shift uncertain and not small. The phase of every
/// mode is weighted by its information, γ²/(1 - γ²) (J. S. Bendat and A. G. Piersol, Random Data, 4th ed., 2010, table 9.1; the
/// maximum-likelihood delay of C. H. Knapp and G. C. Carter, IEEE Trans. ASSP 24, 1976), with γ the coherence over images and the
/// neighbouring modes; modes whose γ is below ½, or 4 times its spread under independence, are left out, so that shared
/// white noise, which pulls to 0, has little weight. Second images are moved back by the shift so far before they are windowed.
///
/// Hann's window has a line constant along an axis in modes -1, 0, 1 of that axis: these say nothing about the shift along it.
struct CommonShift {
    /// One axis of the shift.
    struct Axis {
        /// Pixels; NaN where it is not measurable.
        var value = Double.nan
        var standardError = Double.nan
        var isMeasurable: Bool { value.isFinite && standardError.isFinite }
    }

    /// Rows down and columns right.
    let dy, dx: Axis
    /// Of each unit that measures both axes to a third of a pixel: its number, its shift relative to the common one, and their variances.
    ///
    /// A unit is moved by the whole pixels at which its own correlation is largest before phases are taken, so that a shift of many pixels is
    /// no wrapped phase.
    let units: [OwnShift]
    typealias OwnShift = (index: Int, dy: Double, dx: Double, varianceY: Double, varianceX: Double)
    /// Units whose correlation has no peak at any shift, and less than half of the coherence of all: what they show may differ.
    let unmatched: [Int]
    let unitCount: Int

    /// First and second image; channels are summed.
    struct Unit { let first, second: [Plane] }

    /// Frequencies above this, cycles/pixel, carry more noise and aliasing than shift.
    private static let highest = 0.4
    /// Modes of a Hann window that are one independent mode (docs/THEORY.md, section 5).
    private static let modesPerIndependentOne = 3.5
    /// Half the side of the square of modes over which a coherence is taken.
    private static let reach = 2

    /// `nil` for units of different sizes, of less than 16 pixels a side, or without a peak in their correlation.
    init?(_ units: [Unit]) {
        guard let size = units.first?.first.first, min(size.height, size.width) >= 16,
            units.allSatisfy({
                ($0.first + $0.second).allSatisfy { $0.height == size.height && $0.width == size.width }
            })
        else { return nil }
        let first = units.map { $0.first.map { Window.hann.spectrum(of: $0) } }
        for smallest in [0.5, 0.0] {
            if let found = Self.search(units, first, size.height, size.width, smallest: smallest),
                found.dy.isMeasurable || found.dx.isMeasurable
            {
                (dy, dx, self.units, unmatched) = found
                unitCount = units.count
                return
            }
        }
        return nil
    }

    private typealias Found = (dy: Axis, dx: Axis, units: [OwnShift], unmatched: [Int])

    /// Cross spectra and mean powers of the units, second images moved back by (y, x).
    private struct Spectra {
        var cross: [[Double]] = [], power: [[Double]] = []

        /// One unit alone.
        subscript(unit: Int) -> Spectra {
            var one = self
            (one.cross, one.power) = ([cross[unit]], [power[unit]])
            return one
        }

        init(_ units: [Unit], _ first: [[HalfSpectrum]], y: Double, x: Double) {
            for (unit, spectra) in zip(units, first) {
                let count = spectra[0].values.count / 2
                var cross = [Double](repeating: 0, count: 2 * count), power = [Double](repeating: 0, count: count)
                for (u, plane) in zip(spectra, unit.second) {
                    let v = Window.hann.spectrum(of: y == 0 && x == 0 ? plane : plane.displaced(rows: -y, columns: -x))
                    for k in 0..<count {
                        let (a, b) = (u.values[2 * k], u.values[2 * k + 1]),
                            (c, d) = (v.values[2 * k], v.values[2 * k + 1])
                        cross[2 * k] += a * c + b * d
                        cross[2 * k + 1] += a * d - b * c
                        power[k] += (a * a + b * b + c * c + d * d) / 2
                    }
                }
                self.cross.append(cross)
                self.power.append(power)
            }
        }
    }

    private static func search(
        _ units: [Unit], _ first: [[HalfSpectrum]], _ height: Int, _ width: Int, smallest: Double
    ) -> Found? {
        let columns = width / 2 + 1, count = height * columns, n = Double(units.count)
        func row(_ k: Int) -> Int { 2 * (k / columns) > height ? k / columns - height : k / columns }
        let fy = (0..<count).map { 2 * Double.pi * Double(row($0)) / Double(height) }
        let fx = (0..<count).map { 2 * Double.pi * Double($0 % columns) / Double(width) }
        let isKept = (0..<count).map { k in
            k > 0 && hypot(fy[k], fx[k]) < 2 * Double.pi * highest && !(k % columns == 0 && row(k) < 0)
        }
        let independent = Double((2 * reach + 1) * (2 * reach + 1)) / modesPerIndependentOne * n
        let threshold = max(smallest, 4 / independent.squareRoot())
        // Weight over amplitude of every mode: what its cross spectrum is multiplied by.
        func weights(_ spectra: Spectra, aligned: Bool) -> [Double] {
            var cross = [Double](repeating: 0, count: 2 * count), power = [Double](repeating: 0, count: count)
            for unit in units.indices {
                for k in 0..<2 * count { cross[k] += spectra.cross[unit][k] }
                for k in 0..<count { power[k] += spectra.power[unit][k] }
            }
            let highestPower = power.max() ?? 0
            return (0..<count).map { k in
                guard isKept[k] else { return 0 }
                var (real, imaginary, all) = (0.0, 0.0, 0.0)
                for dy in -reach...reach {
                    for dx in -reach...reach {
                        var (y, x, sign) = (k / columns + dy, k % columns + dx, 1.0)
                        if x < 0 { (y, x, sign) = (-y, -x, -1) }
                        guard x < columns else { continue }
                        let index = ((y % height) + height) % height * columns + x
                        real += cross[2 * index]
                        imaginary += sign * cross[2 * index + 1]
                        all += power[index]
                    }
                }
                guard all > 1e-9 * highestPower else { return 0 }
                let gamma = min(0.9999, (aligned ? real : hypot(real, imaginary)) / all)
                guard gamma > threshold else { return 0 }
                // No phase is known better than to 0.03 radians: aliasing and what differs between captures.
                let information = gamma * gamma / (1 - gamma * gamma + 1e-3)
                return information / (gamma * all / Double((2 * reach + 1) * (2 * reach + 1)))
            }
        }
        var spectra = Spectra(units, first, y: 0, x: 0)
        var weight = weights(spectra, aligned: false)
        guard var (y, x) = peak(spectra, weight, height, width, columns) else { return nil }
        var useY = true, useX = true
        func normal(_ spectra: Spectra, _ unit: Int) -> (
            uy: Double, ux: Double, yy: Double, yx: Double, xx: Double, vy: Double, vx: Double
        ) {
            var sums = (uy: 0.0, ux: 0.0, yy: 0.0, yx: 0.0, xx: 0.0, vy: 0.0, vx: 0.0)
            for k in 0..<count where weight[k] > 0 {
                let real = weight[k] * spectra.cross[unit][2 * k],
                    imaginary = weight[k] * spectra.cross[unit][2 * k + 1]
                let (gy, gx) = (abs(row(k)) > 1 ? fy[k] : 0, k % columns > 1 ? fx[k] : 0)
                sums.uy -= gy * imaginary
                sums.ux -= gx * imaginary
                sums.yy += gy * gy * real
                sums.yx += gy * gx * real
                sums.xx += gx * gx * real
                sums.vy += gy * gy * imaginary * imaginary
                sums.vx += gx * gx * imaginary * imaginary
            }
            return sums
        }
        typealias Sums = (uy: Double, ux: Double, yy: Double, yx: Double, xx: Double, vy: Double, vx: Double)
        func total(_ each: [Sums]) -> Sums {
            each.reduce((0, 0, 0, 0, 0, 0, 0)) {
                ($0.0 + $1.0, $0.1 + $1.1, $0.2 + $1.2, $0.3 + $1.3, $0.4 + $1.4, $0.5 + $1.5, $0.6 + $1.6)
            }
        }
        func solve(_ s: Sums) -> (y: Double, x: Double) {
            let determinant = s.yy * s.xx - s.yx * s.yx
            if useY && useX {
                return ((s.uy * s.xx - s.ux * s.yx) / determinant, (s.ux * s.yy - s.uy * s.yx) / determinant)
            }
            return (useY ? s.uy / s.yy : 0, useX ? s.ux / s.xx : 0)
        }
        var place = (y: y, x: x)
        var each: [Sums] = [], sums: Sums = (0, 0, 0, 0, 0, 0, 0)
        for _ in 0..<6 {
            spectra = Spectra(units, first, y: y, x: x)
            weight = weights(spectra, aligned: true)
            each = units.indices.map { normal(spectra, $0) }
            place = (y, x)
            sums = total(each)
            // The curvature along an axis has to exceed what noise of this size in its modes makes of it.
            useY = sums.yy > 8 * curvatureNoise(spectra, weight, count) { abs(row($0)) > 1 ? fy[$0] : 0 }
            useX = sums.xx > 8 * curvatureNoise(spectra, weight, count) { $0 % columns > 1 ? fx[$0] : 0 }
            if useY && useX && sums.yy * sums.xx - sums.yx * sums.yx < 0.05 * sums.yy * sums.xx { return nil }
            guard useY || useX else { return nil }
            let step = solve(sums)
            guard step.y.isFinite, step.x.isFinite else { return nil }
            (y, x) = (y + step.y, x + step.x)
            if max(abs(step.y), abs(step.x)) < 2e-3 { break }
        }
        guard abs(y) < Double(height) / 4, abs(x) < Double(width) / 4 else { return nil }
        // Leaving out units; and the scatter of phases within them, which holds with few.
        let jackknife = each.map { one in
            solve((sums.0 - one.0, sums.1 - one.1, sums.2 - one.2, sums.3 - one.3, sums.4 - one.4, 0, 0))
        }
        func error(_ axis: ((y: Double, x: Double)) -> Double, _ v: Double, _ j: Double) -> Double {
            let scatter = (modesPerIndependentOne * v).squareRoot() / j
            return max(units.count > 2 ? Jackknife.standardError(leaveOneOut: jackknife.map(axis)) : 0, scatter)
        }
        let resultY = useY ? Axis(value: y, standardError: error({ $0.y }, sums.vy, sums.yy)) : Axis()
        let resultX = useX ? Axis(value: x, standardError: error({ $0.x }, sums.vx, sums.xx)) : Axis()
        func coherence(_ spectra: Spectra) -> Double {
            var (real, all) = (0.0, 0.0)
            for unit in spectra.cross.indices {
                for k in 0..<count where weight[k] > 0 {
                    real += weight[k] * spectra.cross[unit][2 * k]
                    all += weight[k] * spectra.power[unit][k]
                }
            }
            return real / all
        }
        let common = coherence(spectra)
        var scattered: [OwnShift] = [], unmatched: [Int] = []
        for unit in units.indices {
            var one = each[unit], moved = (y: 0.0, x: 0.0)
            if let best = peak(spectra[unit], weight, height, width, columns) {
                if best != (0, 0) {
                    moved = best
                    one = normal(
                        Spectra([units[unit]], [first[unit]], y: place.y + best.y, x: place.x + best.x), 0)
                }
            } else if !(coherence(spectra[unit]) > 0.5 * common) {
                unmatched.append(unit)
                continue
            }
            guard useY, useX, one.yy > 0, one.xx > 0, one.yy * one.xx > 1.05 * one.yx * one.yx else { continue }
            let own = solve(one)
            let variances = (
                modesPerIndependentOne * one.vy / (one.yy * one.yy), modesPerIndependentOne * one.vx / (one.xx * one.xx)
            )
            guard max(variances.0, variances.1) < 1 / 9.0 else { continue }
            scattered.append((unit, moved.y + own.y, moved.x + own.x, variances.0, variances.1))
        }
        return (resultY, resultX, scattered, unmatched)
    }

    /// Standard deviation of Σ w g² Re C where the noises are independent.
    private static func curvatureNoise(
        _ spectra: Spectra, _ weight: [Double], _ count: Int, _ gradient: (Int) -> Double
    )
        -> Double
    {
        var sum = 0.0
        for power in spectra.power {
            for k in 0..<count where weight[k] > 0 {
                let term = weight[k] * gradient(k) * gradient(k) * power[k]
                sum += term * term / 2
            }
        }
        return (modesPerIndependentOne * sum).squareRoot()
    }

    /// The whole pixel at which the weighted correlation is largest; `nil` where it does not exceed 6 standard deviations of that
    /// of independent noises. No shift, where that is within 2 of the largest.
    private static func peak(_ spectra: Spectra, _ weight: [Double], _ height: Int, _ width: Int, _ columns: Int)
        -> (y: Double, x: Double)?
    {
        var product = [Double](repeating: 0, count: 2 * height * columns), square = 0.0
        for (cross, power) in zip(spectra.cross, spectra.power) {
            for k in weight.indices where weight[k] > 0 {
                product[2 * k] += weight[k] * cross[2 * k]
                product[2 * k + 1] += weight[k] * cross[2 * k + 1]
                square += weight[k] * weight[k] * power[k] * power[k] / 2
            }
        }
        guard square > 0 else { return nil }
        // The column of its own conjugates needs both halves.
        for y in 1..<height where 2 * y < height {
            let (from, to) = (y * columns, (height - y) * columns)
            (product[2 * to], product[2 * to + 1]) = (product[2 * from], -product[2 * from + 1])
        }
        let correlation = FourierTransform.inverse(HalfSpectrum(height: height, width: width, values: product))
        let deviation = 2 * (modesPerIndependentOne * square).squareRoot() / Double(height * width)
        guard let best = correlation.values.indices.max(by: { correlation.values[$0] < correlation.values[$1] }),
            correlation.values[best] > 6 * deviation
        else { return nil }
        if correlation.values[0] > correlation.values[best] - 2 * deviation { return (0, 0) }
        func signed(_ index: Int, _ length: Int) -> Double { Double(2 * index > length ? index - length : index) }
        return (signed(best / width, height), signed(best % width, width))
    }
}

extension Plane {
    /// Moved down and right by parts of pixels, in Fourier space: wrapped around.
    fileprivate func displaced(rows: Double, columns: Double) -> Plane {
        var spectrum = FourierTransform.forward(self)
        for ky in 0..<height {
            let y = Double(2 * ky > height ? ky - height : ky) / Double(height)
            for kx in 0..<spectrum.columns {
                let angle = -2 * Double.pi * (y * rows + Double(kx) / Double(width) * columns)
                let (c, s) = (cos(angle), sin(angle)), index = 2 * (ky * spectrum.columns + kx)
                let (a, b) = (spectrum.values[index], spectrum.values[index + 1])
                (spectrum.values[index], spectrum.values[index + 1]) = (a * c - b * s, a * s + b * c)
            }
        }
        return FourierTransform.inverse(spectrum)
    }
}
