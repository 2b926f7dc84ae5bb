import Foundation
import Tensors

/// Made images of a knee in two contrasts: a = proton density, b = proton density with fat suppression.
///
/// Tissues of known proton density, T1, T2 and fat fraction (`Tissue`) fill an anatomy that is drawn anew for each subject
/// (`KneeAnatomy`), and the spin-echo equation makes their signals. Everything is registered: both contrasts show the
/// same tissues with the same texture, through the same coil, whose smooth sensitivity and phase make the image complex.
/// The phase is one for both contrasts; were it drawn for each, nothing in the one could tell the other's.
///
/// The units are those of the signal equation: a magnitude is at most 1, and air is exactly 0.
public struct KneePhantom: Sendable, Equatable {
    /// The name of the source in a configuration.
    public static let name = "phantom"
    /// The largest magnitude there can be less the smallest: what PSNR refers to, complex images included.
    public static let dataRange = 1.0

    /// How many knees.
    public var subjects: Int
    /// Slices of each, evenly spaced from front to back.
    public var slices: Int
    /// Height and width in pixels.
    public var size: Int
    /// How far the scanner spreads a point: full width at half maximum in pixels, 0 for edges as sharp as a pixel.
    public var pointSpread: Double
    /// How much the coil's phase differs from subject to subject: standard deviation of its constant term in radians; those of its slopes
    /// and curvatures over the picture are in proportion.
    public var phaseSpread: Double

    /// Twelve subjects of four slices at 96 × 96, sharp, by default.
    public init(
        subjects: Int = 12, slices: Int = 4, size: Int = 96, pointSpread: Double = 0, phaseSpread: Double = 0.4
    ) {
        precondition(
            subjects > 0 && slices > 0 && size > 0 && pointSpread >= 0 && phaseSpread >= 0,
            "KneePhantom: \(subjects) subjects, \(slices) slices, \(size), spread \(pointSpread), phase \(phaseSpread)")
        self.subjects = subjects
        self.slices = slices
        self.size = size
        self.pointSpread = pointSpread
        self.phaseSpread = phaseSpread
    }

    /// The clean pair of one slice, `[size, size, 2]` each: real and imaginary part.
    ///
    /// It depends on the seed, on the subject and on the slice's place alone: more subjects leave the first ones as they are.
    public func image(subject: Int, slice: Int, seed: UInt64) -> DomainPair<Tensor> {
        precondition(
            (0..<subjects).contains(subject) && (0..<slices).contains(slice),
            "KneePhantom: subject \(subject), slice \(slice)")
        let z = 2 * (Double(slice) + 0.5) / Double(slices) - 1
        let scene = KneeScene(z: z, phaseSpread: phaseSpread) {
            RandomStream(seed: seed, purpose: .phantom, domain: $0, image: subject)
        }
        let pixel = 2 / Double(size)
        func place(_ row: Int, _ column: Int) -> SIMD2<Double> {
            SIMD2((Double(column) + 0.5) * pixel - 1, (Double(row) + 0.5) * pixel - 1)
        }
        let signals = PointSpread(width: pointSpread).applied(
            to: (0..<size * size).map { scene.signal(at: place($0 / size, $0 % size), pixel: pixel) }, side: size)
        var a = [Float](repeating: 0, count: size * size * 2), b = a
        for (index, signal) in signals.enumerated() where signal != .zero {
            let coil = scene.coil(at: place(index / size, index % size))
            for part in 0..<2 {
                a[index * 2 + part] = Float(signal[0] * coil[part])
                b[index * 2 + part] = Float(signal[1] * coil[part])
            }
        }
        return DomainPair(a: Tensor([size, size, 2], a), b: Tensor([size, size, 2], b))
    }
}

/// One slice as a function of the place.
private struct KneeScene {
    /// A region with its signals in both contrasts.
    private struct Layer {
        let shape: Shape
        let signal: SIMD2<Double>
        let texture: Double
    }

    /// Uppermost first.
    private let layers: [Layer]
    private let warp: (SmoothField, SmoothField)
    private let fineTexture: SmoothField
    private let coarseTexture: SmoothField
    private let coilCentre: SIMD2<Double>
    private let phase: [Double]

    init(z: Double, phaseSpread: Double, stream: (Int) -> RandomStream) {
        layers = KneeAnatomy(z: z, from: stream(0)).regions.reversed().map { region in
            Layer(
                shape: region.shape,
                signal: SIMD2(
                    SpinEcho.protonDensity.signal(region.tissue), SpinEcho.fatSuppressed.signal(region.tissue)),
                texture: region.tissue.texture)
        }
        warp = (
            SmoothField(spacing: 0.4, z: z, turn: 0.7, from: stream(1)),
            SmoothField(spacing: 0.4, z: z, turn: 0.7, from: stream(2))
        )
        fineTexture = SmoothField(spacing: 0.05, z: z, turn: 1.5, from: stream(3))
        coarseTexture = SmoothField(spacing: 0.2, z: z, turn: 1, from: stream(4))
        var coil = stream(5)
        coilCentre = SIMD2(0.15 * coil.gaussian(), 0.15 * coil.gaussian())
        // Of 1, x, y, x², xy, y², in units of the spread; the first turns a little from slice to slice.
        phase = [1, 1.25, 1.25, 0.75, 0.75, 0.75].enumerated().map { index, spread in
            phaseSpread * (spread * coil.gaussian() + (index == 0 ? 0.75 * z * coil.gaussian() : 0))
        }
    }

    /// Both contrasts: each layer by how much of the pixel it covers, of what those above it have left.
    func signal(at place: SIMD2<Double>, pixel: Double) -> SIMD2<Double> {
        let bent = place + 0.03 * SIMD2(warp.0(place.x, place.y), warp.1(place.x, place.y))
        var signal = SIMD2<Double>(), grain = SIMD2<Double>()
        var open = 1.0
        for layer in layers {
            let coverage = min(1, 0.5 - layer.shape.distance(bent) / pixel)
            guard coverage > 0 else { continue }
            signal += open * coverage * layer.signal
            grain += open * coverage * layer.texture * layer.signal
            open *= 1 - coverage
            if open == 0 { break }
        }
        guard open < 1 else { return signal }
        return signal + grain * (0.8 * fineTexture(bent.x, bent.y) + 0.6 * coarseTexture(bent.x, bent.y))
    }

    /// Sensitivity, at most 1, times e^{iφ}.
    func coil(at place: SIMD2<Double>) -> SIMD2<Double> {
        let offset = place - coilCentre
        let sensitivity = exp(-(offset * offset).sum() / (2 * 1.5 * 1.5))
        let (x, y) = (place.x, place.y)
        let angle =
            phase[0] + phase[1] * x + phase[2] * y + phase[3] * x * x + phase[4] * x * y + phase[5] * y * y
        return sensitivity * SIMD2(cos(angle), sin(angle))
    }
}
