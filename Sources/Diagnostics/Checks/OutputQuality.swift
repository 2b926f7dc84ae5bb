import Fields
import Tensors

/// How good the output is against the clean reference: means over images, with nothing to pass or fail.
struct OutputQuality: Check {
    let id: String
    let title: String
    let role = Role.description
    private let meaning: String
    private let quantity: String
    private let score: (Sample) throws -> Double
    private var rows: [[Double]] = []

    /// PSNR of f against c in dB.
    static var psnr: OutputQuality {
        OutputQuality(
            "quality.psnr", "PSNR against the clean image", "PSNR in dB",
            "the higher the better; reference: clean image"
        ) { try $0.peakSignalToNoiseRatio(of: $0.planes($0.output)) }
    }

    /// PSNR of f less PSNR of the noisy observation of the same domain, both against c, in dB.
    static var gain: OutputQuality {
        OutputQuality(
            "quality.psnr_gain", "Gain over the noisy image", "gain in dB",
            "0 is no better than the noisy image; reference: clean image"
        ) {
            try $0.peakSignalToNoiseRatio(of: $0.planes($0.output))
                - $0.peakSignalToNoiseRatio(of: $0.planes($0.pair.noisy[$0.target]))
        }
    }

    /// SSIM of f against c (Wang et al. 2004).
    static var ssim: OutputQuality {
        OutputQuality(
            "quality.ssim", "SSIM against the clean image", "SSIM", "1 is identical; reference: clean image"
        ) {
            guard let value = try $0.structuralSimilarity() else { throw SampleError.tooSmall($0.pair.id, side: 11) }
            return value
        }
    }

    private init(
        _ id: String, _ title: String, _ quantity: String, _ meaning: String, score: @escaping (Sample) throws -> Double
    ) {
        self.id = id
        self.title = title
        self.quantity = quantity
        self.meaning = meaning
        self.score = score
    }

    mutating func observe(_ sample: Sample) throws { rows.append([try score(sample), 1]) }

    func measurements(_ scope: Scope) throws -> [Measurement] {
        guard !rows.isEmpty, let estimate = IntervalEstimator(unitSums: rows, seed: scope.seed).ratio(0, over: 1) else {
            throw Undetermined(description: "the mean is not finite: an output equals its reference, or no image")
        }
        return [row(estimate, quantity, unit: .scene, .none, scope, reading: meaning)]
    }
}
