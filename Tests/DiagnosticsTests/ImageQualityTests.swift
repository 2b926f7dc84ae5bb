import Testing

@testable import Diagnostics
@testable import Engine
@testable import Fields
@testable import Tensors

@Suite struct ImageQualityTests {
    struct Golden: Decodable {
        struct Case: Decodable {
            let photo: String
            let height, width, channels: Int
            let reference, image: [Float]
            let psnr, ssim: Double

            func planes(_ values: [Float], scale: Float = 1, offset: Float = 0) -> [Plane] {
                Plane.channels(of: Tensor([height, width, channels], values.map { scale * $0 + offset }))
            }
        }
        let cases: [Case]
    }

    @Test func matchesScikitImage() throws {
        for golden in try fixture("quality/quality.json", as: Golden.self).cases {
            let (image, reference) = (golden.planes(golden.image), golden.planes(golden.reference))
            let psnr = ImageQuality.peakSignalToNoiseRatio(image, reference: reference, dataRange: 255)
            #expect((psnr - golden.psnr).magnitude < 1e-12, "\(golden.photo)")
            let ssim = try #require(ImageQuality.structuralSimilarity(image, reference: reference, dataRange: 255))
            #expect((ssim - golden.ssim).magnitude < 1e-12, "\(golden.photo)")
        }
    }

    /// Every pixel off by 1 in a range of 10: 20 dB. One channel right and one off by 2 have MSE 2.
    @Test func handWorkedValues() {
        let zero = Plane(height: 3, width: 4) { _, _ in 0 }
        let one = Plane(height: 3, width: 4) { y, x in (x + y) % 2 == 0 ? 1 : -1 }
        #expect(ImageQuality.peakSignalToNoiseRatio([one], reference: [zero], dataRange: 10) == 20)
        let two = ImageQuality.peakSignalToNoiseRatio(
            [zero, 2 * one], reference: [zero, zero], dataRange: 200.0.squareRoot())
        #expect((two - 20).magnitude < 1e-12)
        // Two constants: only the luminance term is left, (2·1·3 + C1)/(1 + 9 + C1).
        let (a, b) = (Plane(height: 11, width: 11) { _, _ in 1 }, Plane(height: 11, width: 11) { _, _ in 3 })
        let c1 = 0.0001 * 16.0
        let ssim = ImageQuality.structuralSimilarity([a], reference: [b], dataRange: 4)
        #expect((ssim.map { $0 - (6 + c1) / (10 + c1) } ?? 1).magnitude < 1e-13)
    }

    /// White noise of σ = 25/255 in a range of 1 gives 20.17 dB: the cap of a PSNR against a noisy reference.
    @Test func noisyReferenceCapsThePSNR() {
        let noise = (25.0 / 255) * whiteNoise(256, 256, image: 50)
        let clean = Plane(height: 256, width: 256) { y, _ in Double(y) / 256 }
        let psnr = ImageQuality.peakSignalToNoiseRatio([clean], reference: [clean + noise], dataRange: 1)
        #expect((psnr - 20.17).magnitude < 0.05)
    }

    /// Both are symmetric here and do not change when pixels and range are scaled together.
    @Test func scaleWithTheRangeAndSymmetry() throws {
        let golden = try #require(try fixture("quality/quality.json", as: Golden.self).cases.first)
        let (image, reference) = (golden.planes(golden.image), golden.planes(golden.reference))
        let (small, smallReference) = (image.map { (1 / 255.0) * $0 }, reference.map { (1 / 255.0) * $0 })
        let psnr = ImageQuality.peakSignalToNoiseRatio(small, reference: smallReference, dataRange: 1)
        #expect((psnr - golden.psnr).magnitude < 1e-10)
        let ssim = try #require(ImageQuality.structuralSimilarity(small, reference: smallReference, dataRange: 1))
        #expect((ssim - golden.ssim).magnitude < 1e-12)
        let swapped = try #require(ImageQuality.structuralSimilarity(reference, reference: image, dataRange: 255))
        #expect((swapped - golden.ssim).magnitude < 1e-12)
    }

    @Test func degenerateImages() {
        let image = [whiteNoise(16, 16, image: 51)]
        #expect(ImageQuality.peakSignalToNoiseRatio(image, reference: image, dataRange: 1) == .infinity)
        #expect(ImageQuality.structuralSimilarity(image, reference: image, dataRange: 1) == 1)
        let flat = [Plane(height: 16, width: 16) { _, _ in 0 }]
        #expect(ImageQuality.structuralSimilarity(flat, reference: flat, dataRange: 1) == 1)
        for (height, width) in [(10, 40), (40, 10), (1, 1)] {
            let small = [whiteNoise(height, width, image: 52)]
            #expect(ImageQuality.structuralSimilarity(small, reference: small, dataRange: 1) == nil)
        }
    }
}
