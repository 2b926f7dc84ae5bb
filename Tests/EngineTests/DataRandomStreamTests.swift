import Foundation
import Testing

@testable import Engine
@testable import Tensors

/// The generator that all data are made with. Bounds are 5 standard errors: one of these statements in 1.7 million would
/// fail for a perfect generator (and none does for these seeds, which are fixed).
@Suite struct DataRandomStreamTests {
    private let count = 1 << 20

    private func gaussians(
        seed: UInt64 = 1, _ purpose: RandomPurpose = .noise, domain: Int = 0, image: Int = 0, draw: Int = 0
    ) -> [Double] {
        var stream = RandomStream(seed: seed, purpose: purpose, domain: domain, image: image, draw: draw)
        return (0..<count).map { _ in stream.gaussian() }
    }

    @Test func philoxMatchesThePublishedVectors() throws {
        let text = try String(contentsOf: fixture("philox/kat_vectors.txt"), encoding: .utf8)
        let rows = text.split(separator: "\n").filter { !$0.hasPrefix("#") }
            .map { $0.split(separator: " ").compactMap { UInt32($0, radix: 16) } }
        #expect(rows.count == 3)
        for row in rows {
            let block = Philox.block(
                counter: SIMD4(row[0], row[1], row[2], row[3]), key: SIMD2(row[4], row[5]))
            #expect(block == SIMD4(row[6], row[7], row[8], row[9]))
        }
    }

    /// The layout is part of the file formats: a stored seed must always give the same numbers.
    @Test func aStreamIsTheBlocksUnderItsName() {
        var stream = RandomStream(seed: 0x0123_4567_89AB_CDEF, purpose: .noise, domain: 1, image: 7, draw: 3)
        for block in 0..<3 as Range<UInt32> {
            let want = Philox.block(
                counter: SIMD4(block, 7, 3, 2 << 24 | 1), key: SIMD2(0x89AB_CDEF, 0x0123_4567))
            for word in 0..<4 { #expect(stream.next32() == want[word]) }
        }
    }

    @Test func gaussianMoments() {
        let n = Double(count)
        let values = gaussians()
        func moment(_ power: Int) -> Double { values.reduce(0) { $0 + pow($1, Double(power)) } / n }
        // Standard errors of the sample moments of a standard normal: Var(g^k) = E g^2k - (E g^k)².
        #expect(abs(moment(1)) < 5 * (1 / n).squareRoot())
        #expect(abs(moment(2) - 1) < 5 * (2 / n).squareRoot())
        #expect(abs(moment(3)) < 5 * (15 / n).squareRoot())
        #expect(abs(moment(4) - 3) < 5 * (96 / n).squareRoot())
        #expect(abs(moment(6) - 15) < 5 * ((10395 - 225) / n).squareRoot())
        // Box-Muller in Float64 reaches the tail: P(|g| > 4.5) = 6.8e-6, 7.1 expected, 0 has probability 8e-4.
        #expect(values.contains { abs($0) > 4.5 })
    }

    @Test func uniformPassesKolmogorov() {
        var stream = RandomStream(seed: 5, purpose: .test)
        let values = (0..<count).map { _ in stream.uniform() }.sorted()
        let n = Double(count)
        let distance = values.enumerated().map { max($1 - Double($0) / n, Double($0 + 1) / n - $1) }.max() ?? 1
        // P(√n·D > 2.7) = 2·exp(-2·2.7²) = 9.3e-7.
        #expect(distance * n.squareRoot() < 2.7)
        #expect(values[0] > 0 && values[count - 1] < 1)
    }

    /// Streams whose names differ in one part are uncorrelated, at lag 0 and 1, and so are their squares.
    @Test func streamsAreIndependent() {
        let first = gaussians()
        let others = [
            gaussians(seed: 2), gaussians(seed: 1 << 32 | 1), gaussians(.sampling), gaussians(domain: 1),
            gaussians(image: 1), gaussians(draw: 1),
        ]
        let bound = 5 / Double(count).squareRoot()
        for other in others {
            #expect(abs(correlation(first, other)) < bound)
            #expect(abs(correlation(Array(first.dropFirst()), Array(other.dropLast()))) < bound)
            #expect(abs(correlation(first.map { $0 * $0 }, other.map { $0 * $0 })) < bound)
        }
        #expect(abs(correlation(Array(first.dropFirst()), Array(first.dropLast()))) < bound)
    }

    @Test func namesNeverCollide() {
        var seen = Set<[UInt32]>()
        var names = 0
        for purpose in RandomPurpose.allCases {
            for domain in 0..<2 {
                for image in 0..<20 {
                    for draw in 0..<20 {
                        var stream = RandomStream(seed: 9, purpose: purpose, domain: domain, image: image, draw: draw)
                        seen.insert((0..<4).map { _ in stream.next32() })
                        names += 1
                    }
                }
            }
        }
        #expect(seen.count == names)
    }

    private func correlation(_ a: [Double], _ b: [Double]) -> Double {
        let n = Double(a.count)
        let (meanA, meanB) = (a.reduce(0, +) / n, b.reduce(0, +) / n)
        let covariance = zip(a, b).reduce(0) { $0 + ($1.0 - meanA) * ($1.1 - meanB) }
        func power(_ v: [Double], _ mean: Double) -> Double { v.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } }
        return covariance / (power(a, meanA) * power(b, meanB)).squareRoot()
    }
}
