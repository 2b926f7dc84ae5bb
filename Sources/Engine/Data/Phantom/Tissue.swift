import Foundation

/// Relaxation times in milliseconds.
struct Relaxation: Equatable {
    let t1: Double
    let t2: Double
}

/// A spin-echo sequence, times in milliseconds.
struct SpinEcho {
    /// From one excitation to the next.
    let repetitionTime: Double
    /// From excitation to echo.
    let echoTime: Double
    /// Share of the fat signal that fat suppression leaves; 1 without suppression.
    let fatRest: Double

    /// A usual clinical protocol of the knee, proton-density weighted.
    static let protonDensity = SpinEcho(repetitionTime: 2750, echoTime: 27, fatRest: 1)
    /// The same sequence with fat suppression, which is never complete.
    static let fatSuppressed = SpinEcho(repetitionTime: 2750, echoTime: 27, fatRest: 0.15)

    /// (1 - e^{-TR/T1})·e^{-TE/T2}: the share of the protons' magnetisation in the echo.
    func weight(_ relaxation: Relaxation) -> Double {
        (1 - exp(-repetitionTime / relaxation.t1)) * exp(-echoTime / relaxation.t2)
    }

    /// S = PD·((1 - f)·weight(water) + f·rest·weight(fat)), f the fat fraction; from 0 to PD.
    func signal(_ tissue: Tissue) -> Double {
        tissue.protonDensity
            * ((1 - tissue.fatFraction) * weight(tissue.water) + tissue.fatFraction * fatRest * weight(Tissue.lipid))
    }
}

/// What a spin-echo image of a place depends on.
///
/// Relaxation times of muscle, cartilage, fluid and fat are those measured at 3 T by G. E. Gold et al., "Musculoskeletal
/// MRI at 3.0 T: relaxation times and image contrast", AJR 183 (2004) 343-351. The other values are chosen to look right: tissues
/// of dense collagen and bone have next to no signal because of their short T2.
struct Tissue: Equatable {
    /// Protons per volume, those of fluid being 1.
    var protonDensity: Double
    /// Share of them in fat.
    var fatFraction: Double
    /// Relaxation of the others.
    var water: Relaxation
    /// Standard deviation of the proton density from place to place, relative.
    var texture: Double

    /// Relaxation of fat, in every tissue.
    static let lipid = Relaxation(t1: 371, t2: 133)

    static let fat = Tissue(
        protonDensity: 0.95, fatFraction: 0.95, water: Relaxation(t1: 1000, t2: 40), texture: 0.02)
    static let marrow = Tissue(
        protonDensity: 0.90, fatFraction: 0.85, water: Relaxation(t1: 1000, t2: 40), texture: 0.03)
    static let corticalBone = Tissue(
        protonDensity: 0.15, fatFraction: 0, water: Relaxation(t1: 250, t2: 0.5), texture: 0)
    static let muscle = Tissue(
        protonDensity: 0.85, fatFraction: 0.03, water: Relaxation(t1: 1420, t2: 31.7), texture: 0.05)
    static let cartilage = Tissue(
        protonDensity: 0.85, fatFraction: 0, water: Relaxation(t1: 1240, t2: 36.9), texture: 0.03)
    static let fluid = Tissue(
        protonDensity: 1, fatFraction: 0, water: Relaxation(t1: 3620, t2: 767), texture: 0.01)
    static let meniscus = Tissue(
        protonDensity: 0.65, fatFraction: 0, water: Relaxation(t1: 950, t2: 11), texture: 0.02)
    static let ligament = Tissue(
        protonDensity: 0.60, fatFraction: 0, water: Relaxation(t1: 900, t2: 8), texture: 0.02)
    static let skin = Tissue(
        protonDensity: 0.70, fatFraction: 0.1, water: Relaxation(t1: 1000, t2: 28), texture: 0.02)
}
