import Foundation
import Testing

@testable import Engine
@testable import Tensors

@Suite struct DataKneePhantomTests {
    private let seed: UInt64 = 1337

    private struct Golden: Decodable {
        struct Signal: Decodable { let density, fat, t1, t2, pd, pdfs: Double }
        struct Spline: Decodable {
            let fraction: Double
            let weights: [Double]
        }
        let signals: [Signal]
        let spline: [Spline]

        static func load() throws -> Golden {
            try JSONDecoder().decode(Golden.self, from: Data(contentsOf: fixture("phantom/expected.json")))
        }
    }

    /// Magnitudes, `size · size`.
    private func magnitudes(_ image: Tensor) -> [Double] { Magnitude.ofPixels(image) }

    @Test func signalsFollowTheSpinEchoEquation() throws {
        for golden in try Golden.load().signals {
            let tissue = Tissue(
                protonDensity: golden.density, fatFraction: golden.fat, water: Relaxation(t1: golden.t1, t2: golden.t2),
                texture: 0)
            #expect(abs(SpinEcho.protonDensity.signal(tissue) - golden.pd) < 1e-14)
            #expect(abs(SpinEcho.fatSuppressed.signal(tissue) - golden.pdfs) < 1e-14)
        }
        // A long repetition time and no echo time leave the density.
        let ideal = SpinEcho(repetitionTime: 1e9, echoTime: 0, fatRest: 1)
        #expect(ideal.signal(.fat) == 0.95 && ideal.signal(.muscle) == 0.85)
    }

    @Test func splineWeightsAndTheFieldTheyMake() throws {
        for golden in try Golden.load().spline {
            let weights = SmoothField.weights(golden.fraction)
            for index in 0..<4 { #expect(abs(weights[index] - golden.weights[index]) < 1e-14) }
        }
        // Over many fields: mean 0, variance 1 on average over places, slices correlated by the cosine of their turn.
        let places: [(Double, Double)] = (0..<40).map { index in
            let t = Double(index)
            return (0.047 * t - 0.9, 0.8 - 0.031 * t)
        }
        var sums = [0.0, 0.0, 0.0]
        let fields = 400
        for index in 0..<fields {
            let stream = RandomStream(seed: 1, purpose: .test, image: index)
            let here = SmoothField(spacing: 0.25, z: -0.3, turn: 0.8, from: stream)
            let there = SmoothField(spacing: 0.25, z: 0.5, turn: 0.8, from: stream)
            for (x, y) in places {
                let value = here(x, y)
                sums[0] += value
                sums[1] += value * value
                sums[2] += value * there(x, y)
            }
        }
        let n = Double(fields * places.count)
        let error = (1.0 / 1200).squareRoot()
        // At least 400·3 independent values: bounds are 5 standard errors of them.
        #expect(abs(sums[0] / n) < 5 * error)
        #expect(abs(sums[1] / n - 1) < 5 * 2.0.squareRoot() * error)
        #expect(abs(sums[2] / n - Foundation.cos(0.64)) < 5 * 2.0.squareRoot() * error)
        // Smooth: a step of a hundredth of the spacing changes little.
        let field = SmoothField(spacing: 0.25, z: 0, turn: 1, from: RandomStream(seed: 2, purpose: .test))
        for index in 0..<200 {
            let x = -1 + 0.01 * Double(index)
            #expect(abs(field(x, 0.3) - field(x + 0.0025, 0.3)) < 0.1)
        }
    }

    @Test func shapesKnowTheirEdges() {
        let circle = Shape.superellipse(centre: SIMD2(0.1, -0.2), radii: SIMD2(0.5, 0.5))
        #expect(abs(circle.distance(SIMD2(0.1 + 0.3, -0.2 + 0.4))) < 1e-12)
        #expect(abs(circle.distance(SIMD2(0.1, -0.2 + 0.7)) - 0.2) < 1e-12)
        #expect(circle.distance(SIMD2(0.1, -0.2)) == -0.5)
        #expect(abs(Shape.grown(circle, by: 0.1).distance(SIMD2(0.7, -0.2))) < 1e-12)
        // Turned by a right angle, the long axis points down.
        let turned = Shape.superellipse(
            centre: .zero, radii: SIMD2(0.6, 0.2), exponent: 3, angle: .pi / 2)
        #expect(abs(turned.distance(SIMD2(0, 0.6))) < 1e-9 && abs(turned.distance(SIMD2(0.2, 0))) < 1e-9)
        // The gradient of a distance has length 1 at the edge.
        let p = SIMD2(0.6 * pow(0.3, 1 / 3.0), 0.2 * pow(0.7, 1 / 3.0))
        let flat = Shape.superellipse(centre: .zero, radii: SIMD2(0.6, 0.2), exponent: 3)
        #expect(abs(flat.distance(p)) < 1e-12)
        let slope = SIMD2(
            flat.distance(p + SIMD2(1e-6, 0)) - flat.distance(p - SIMD2(1e-6, 0)),
            flat.distance(p + SIMD2(0, 1e-6)) - flat.distance(p - SIMD2(0, 1e-6)))
        #expect(abs((slope * slope).sum().squareRoot() / 2e-6 - 1) < 1e-5)
        let column = Shape.column(middle: Curve([SIMD2(0, 0.1)]), halfWidth: Curve([SIMD2(-1, 0.2), SIMD2(1, 0.4)]))
        #expect(abs(column.distance(SIMD2(0.4, 0))) < 1e-12 && abs(column.distance(SIMD2(-0.3, 2))) < 1e-12)
        let half = Shape.intersection([circle, .below(-0.2)])
        #expect(half.distance(SIMD2(0.1, -0.3)) > 0 && half.distance(SIMD2(0.1, -0.1)) < 0)
        #expect(Shape.difference(circle, .above(-0.2)).distance(SIMD2(0.1, -0.3)) > 0)
        #expect(Shape.union([circle, flat]).distance(SIMD2(-0.5, 0)) < 0)
    }

    @Test func fatIsBrightInOneContrastAndDarkInTheOther() {
        let phantom = KneePhantom(subjects: 6)
        for subject in 0..<6 {
            let image = phantom.image(subject: subject, slice: 1, seed: seed)
            #expect(image.a.shape == [96, 96, 2] && image.b.shape == [96, 96, 2])
            let (pd, pdfs) = (magnitudes(image.a), magnitudes(image.b))
            // The middle of the upper picture is the marrow of the femur in every knee, its border is air.
            let marrow = 14 * 96 + 48
            #expect(pd[marrow] > 0.5 && pdfs[marrow] < 0.3 * pd[marrow])
            #expect(image.a[48, 0, 0] == 0 && image.b[48, 95, 1] == 0)
            // Suppression only takes away, and what is brightest with it has no fat.
            #expect(zip(pd, pdfs).allSatisfy { $0 <= 1 && $1 <= $0 + 1e-6 })
            let brightest = pdfs.indices.max { pdfs[$0] < pdfs[$1] } ?? 0
            #expect(abs(pdfs[brightest] - pd[brightest]) < 0.02)
            #expect((pd.max() ?? 0) > 0.6)
            // One coil for both: a times the conjugate of b is real.
            let (a, b) = (image.a.values, image.b.values)
            let crossed = stride(from: 0, to: a.count, by: 2).map { (re: Int) -> Float in
                let (p, q) = (a[re + 1] * b[re], a[re] * b[re + 1])
                return abs(p - q)
            }
            #expect(crossed.allSatisfy { $0 < 1e-6 })
        }
    }

    @Test func anImageIsItsName() throws {
        let image = KneePhantom().image(subject: 2, slice: 1, seed: seed)
        #expect(KneePhantom(subjects: 30).image(subject: 2, slice: 1, seed: seed) == image)
        #expect(KneePhantom().image(subject: 3, slice: 1, seed: seed) != image)
        #expect(KneePhantom().image(subject: 2, slice: 1, seed: seed + 1) != image)
        // Slice 1 of 4 is slice 4 of 12: the same place.
        #expect(KneePhantom(slices: 12).image(subject: 2, slice: 4, seed: seed).a == image.a)
    }

    @Test func slicesOfOneKneeAreAlike() {
        let phantom = KneePhantom(subjects: 4, slices: 8, size: 48)
        func distance(_ first: (Int, Int), _ second: (Int, Int)) -> Double {
            let images = [first, second].map { phantom.image(subject: $0.0, slice: $0.1, seed: seed).a.values }
            return zip(images[0], images[1]).reduce(0) { $0 + Double(abs($1.0 - $1.1)) }
        }
        for subject in 0..<3 {
            let near = (0..<7).map { distance((subject, $0), (subject, $0 + 1)) }.max() ?? 0
            #expect(near > 0 && near < 0.6 * distance((subject, 0), (subject, 7)))
            #expect(near < 0.6 * distance((subject, 3), (subject + 1, 3)))
        }
    }

    /// The spread of the phase changes no magnitude and scales every phase; without any the images are real and nowhere negative.
    @Test func thePhaseHasItsSpread() {
        func image(_ spread: Double) -> [Float] {
            KneePhantom(size: 48, phaseSpread: spread).image(subject: 1, slice: 2, seed: seed).a.values
        }
        let (none, little, more) = (image(0), image(0.05), image(0.1))
        var phases = 0
        for re in stride(from: 0, to: none.count, by: 2) {
            #expect(none[re] >= 0 && none[re + 1] == 0)
            #expect(abs(hypot(more[re], more[re + 1]) - none[re]) < 1e-6)
            guard none[re] > 0.1 else { continue }
            let angle = (atan2(little[re + 1], little[re]), atan2(more[re + 1], more[re]))
            #expect(abs(2 * angle.0 - angle.1) < 1e-5)
            phases += abs(angle.1) > 0.01 ? 1 : 0
        }
        #expect(phases > 100)
    }

    /// Soft edges: a coarse picture is about the mean of a fine one, much closer than the nearest pixel of it.
    @Test func edgesAreSoft() {
        let coarse = KneePhantom(size: 48).image(subject: 1, slice: 2, seed: seed).a
        let fine = KneePhantom(size: 144).image(subject: 1, slice: 2, seed: seed).a
        var fromMean = 0.0, fromNearest = 0.0
        for y in 0..<48 {
            for x in 0..<48 {
                var mean: Float = 0
                for k in 0..<9 { mean += fine[3 * y + k / 3, 3 * x + k % 3, 0] / 9 }
                fromMean += Double((coarse[y, x, 0] - mean) * (coarse[y, x, 0] - mean))
                let nearest = fine[3 * y + 1, 3 * x + 1, 0]
                fromNearest += Double((nearest - mean) * (nearest - mean))
            }
        }
        #expect(fromMean < 0.25 * fromNearest, "\(fromMean) against \(fromNearest)")
    }

    /// Inside the borders a wave of frequency ν becomes itself times exp(-2π²s²ν²) along each axis, a constant stays: the
    /// Gaussian's transform, which its samples follow while s is at least a pixel or so (aliases are below 1e-6).
    @Test func thePointSpreadWeighsFrequencies() {
        let side = 40, spread = PointSpread(width: 2.7)
        for (across, down) in [(0.0, 0.0), (0.25, 0.0), (0.0, 0.1), (0.1, 0.2)] {
            let wave = (0..<side * side).map { index in
                let (row, column) = index.quotientAndRemainder(dividingBy: side)
                let angle = 2 * Double.pi * (across * Double(column) + down * Double(row))
                return SIMD2(Foundation.cos(angle), 3 + Foundation.sin(angle))
            }
            let deviation = 2.7 / (8 * Foundation.log(2.0)).squareRoot()
            let gain = Foundation.exp(
                -2 * Double.pi * Double.pi * deviation * deviation * (across * across + down * down))
            let filtered = spread.applied(to: wave, side: side)
            for row in 5..<side - 5 {
                for column in 5..<side - 5 {
                    let index = row * side + column
                    let error = filtered[index] - SIMD2(gain * wave[index][0], 3 + gain * (wave[index][1] - 3))
                    #expect(abs(error[0]) < 1e-4 && abs(error[1]) < 1e-4)
                }
            }
            #expect(PointSpread(width: 0).applied(to: wave, side: side) == wave)
        }
    }

    /// Half of the maximum half a width away, and nothing is lost beyond the border: a bright last column keeps its sum
    /// when the repeated pixels are counted.
    @Test func thePointSpreadHasItsWidth() {
        let side = 33
        var point = [SIMD2<Double>](repeating: .zero, count: side * side)
        point[16 * side + 16] = SIMD2(1, -2)
        let spread = PointSpread(width: 4).applied(to: point, side: side)
        #expect(abs(spread[16 * side + 18][0] / spread[16 * side + 16][0] - 0.5) < 1e-12)
        #expect(abs(spread[14 * side + 16][1] / spread[16 * side + 16][1] - 0.5) < 1e-12)
        #expect(abs(spread.reduce(0) { $0 + $1[0] } - 1) < 1e-12)
        let flat = [SIMD2<Double>](repeating: SIMD2(0.3, 7), count: 9)
        for value in PointSpread(width: 4).applied(to: flat, side: 3) {
            #expect(abs(value[0] - 0.3) < 1e-15 && abs(value[1] - 7) < 1e-14)
        }
    }

    /// Spread images differ from sharp ones at edges alone, and their edges are wider.
    @Test func thePointSpreadWidensEdgesAndLeavesTheRest() {
        let sharp = KneePhantom(size: 96).image(subject: 1, slice: 2, seed: seed).a.values
        let soft = KneePhantom(size: 96, pointSpread: 1.8).image(subject: 1, slice: 2, seed: seed).a.values
        func steepest(_ image: [Float]) -> Float {
            (2..<image.count).filter { $0 % 192 > 1 }.map { abs(image[$0] - image[$0 - 2]) }.max() ?? 0
        }
        #expect(steepest(soft) < 0.8 * steepest(sharp))
        let changes = zip(sharp, soft).map { abs($0 - $1) }.sorted()
        #expect(changes[changes.count / 2] < 0.005 && changes[changes.count - 1] > 0.05)
    }
}
