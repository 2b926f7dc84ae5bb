import Foundation

/// The counter-based generator Philox 4×32-10 (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as
/// 1, 2, 3", SC 2011): a keyed bijection of a 128-bit counter.
public enum Philox {
    /// Ten rounds of the bijection: four counter words and two key words in, four random words out.
    public static func block(counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
        var c = counter
        var k = key
        for _ in 0..<10 {
            let p0 = UInt64(0xD251_1F53) &* UInt64(c[0])
            let p1 = UInt64(0xCD9E_8D57) &* UInt64(c[2])
            c = SIMD4(
                UInt32(truncatingIfNeeded: p1 >> 32) ^ c[1] ^ k[0], UInt32(truncatingIfNeeded: p1),
                UInt32(truncatingIfNeeded: p0 >> 32) ^ c[3] ^ k[1], UInt32(truncatingIfNeeded: p0))
            k = k &+ SIMD2(0x9E37_79B9, 0xBB67_AE85)
        }
        return c
    }
}

/// What random numbers are drawn for. Raw values are part of the file formats: never renumber them.
public enum RandomPurpose: UInt8, Sendable, CaseIterable {
    case initialisation = 1, noise = 2, sampling = 3, augmentation = 4, swap = 5, probe = 6, bootstrap = 7
    case permutation = 8, phantom = 9, control = 10, thinning = 11, theory = 12, test = 255
}

/// One independent stream of random numbers per (seed, purpose, domain, image, draw).
///
/// The stream's name is the counter's upper 96 bits, so two streams never overlap (each has 2³² blocks of four words)
/// and a stream can be reopened anywhere without replaying what came before.
public struct RandomStream: RandomNumberGenerator, Sendable {
    private let key: SIMD2<UInt32>
    private var counter: SIMD4<UInt32>
    private var words = SIMD4<UInt32>()
    private var used = 4
    private var spareGaussian: Double?

    /// - Parameters:
    ///   - domain: at most 24 bits: 0 for a, 1 for b, or whatever separates streams of one purpose.
    ///   - image: index of the image (or parameter, or unit) that the numbers belong to.
    ///   - draw: which realisation: 0 is the stored one, fresh draws count up.
    public init(seed: UInt64, purpose: RandomPurpose, domain: Int = 0, image: Int = 0, draw: Int = 0) {
        precondition(
            domain >= 0 && domain < 1 << 24 && image >= 0 && image <= UInt32.max && draw >= 0 && draw <= UInt32.max,
            "RandomStream: domain \(domain), image \(image) or draw \(draw) does not fit its counter word")
        key = SIMD2(UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
        counter = SIMD4(0, UInt32(image), UInt32(draw), UInt32(purpose.rawValue) << 24 | UInt32(domain))
    }

    /// The next 32 random bits.
    public mutating func next32() -> UInt32 {
        if used == 4 {
            words = Philox.block(counter: counter, key: key)
            precondition(counter[0] < UInt32.max, "RandomStream: a stream has 2^34 words, all of them used")
            counter[0] += 1
            used = 0
        }
        defer { used += 1 }
        return words[used]
    }

    /// The next 64 random bits, the earlier word in the upper half.
    public mutating func next() -> UInt64 { UInt64(next32()) << 32 | UInt64(next32()) }

    /// Uniform on the open interval (0, 1), 53 bits.
    public mutating func uniform() -> Double { (Double(next() >> 11) + 0.5) * 0x1p-53 }

    /// Standard normal, by the Box-Muller transform in Float64.
    public mutating func gaussian() -> Double {
        if let spare = spareGaussian {
            spareGaussian = nil
            return spare
        }
        let radius = (-2 * log(uniform())).squareRoot()
        let angle = 2 * Double.pi * uniform()
        spareGaussian = radius * sin(angle)
        return radius * cos(angle)
    }

    /// ±1 with equal probability.
    public mutating func rademacher() -> Float { next32() & 1 == 0 ? -1 : 1 }
}
