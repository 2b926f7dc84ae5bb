import Formats
import Tensors

/// What models were tested on, and what was declared of it: the part `data` of `results.json`.
public struct DataSummary: Codable, Sendable, Equatable {
    /// The evaluation set's name.
    public var name: String
    /// Number of held-out pairs.
    public var heldOut: Int
    /// Number of training pairs.
    public var training: Int
    /// Number of training pairs that are looked at for memorised noise.
    public var remembered: Int
    /// Smallest height and width of a tested image.
    public var smallest: [Int]
    /// Largest height and width of a tested image.
    public var largest: [Int]
    /// Channels of an image.
    public var channels: Int
    /// Largest minus smallest possible clean value.
    public var dataRange: Double
    /// Stated standard deviation of the noise, by domain; absent where none is stated.
    public var sigma: [String: Double]?
    /// Whether the program itself added the noise.
    public var noiseIsAdded: Bool
    /// Declared: the noises of the two domains are independent.
    public var noisesAreIndependent: Bool
    /// Domains with clean images.
    public var clean: [String]
    /// Further captures of every tested pair.
    public var repeats: Int
    /// Whether there are targets with new noise.
    public var canRedraw: Bool
    /// ε, the share of the target's noise that counts as none.
    public var margin: Double

    enum CodingKeys: String, CodingKey {
        case name, training, remembered, smallest, largest, channels, sigma, clean, repeats, margin
        case heldOut = "held_out"
        case dataRange = "data_range"
        case noiseIsAdded = "noise_is_added"
        case noisesAreIndependent = "noises_are_independent"
        case canRedraw = "can_redraw"
    }

    /// - Parameter margin: ε.
    public init(_ evaluation: EvaluationSet, margin: Double) {
        let tested = evaluation.tested, pairs = tested.map { evaluation.pairs[$0] }
        let shapes = pairs.map { pair in pair.noisy[pair.noisyDomains.contains(.a) ? .a : .b].shape }
        name = evaluation.name
        heldOut = evaluation.pairs.count { $0.split == .heldout }
        training = evaluation.pairs.count - heldOut
        remembered = evaluation.remembered.count
        smallest = (0..<2).map { axis in shapes.map { $0[axis] }.min() ?? 0 }
        largest = (0..<2).map { axis in shapes.map { $0[axis] }.max() ?? 0 }
        channels = shapes.first?[2] ?? 0
        dataRange = evaluation.dataRange
        sigma = evaluation.noiseVariance.map { ["a": $0.a.squareRoot(), "b": $0.b.squareRoot()] }
        noiseIsAdded = evaluation.noiseIsAdded
        noisesAreIndependent = evaluation.noisesAreIndependent
        clean = Domain.allCases.filter { domain in !pairs.isEmpty && pairs.allSatisfy { $0.clean(of: domain) != nil } }
            .map(\.rawValue)
        repeats = pairs.map(\.repeats.count).min() ?? 0
        let target = evaluation.directions.first?.target ?? .a
        canRedraw = tested.first.flatMap { try? evaluation.redraw?($0, target, Sample.Capture.swap.rawValue) } != nil
        self.margin = margin
    }
}

extension DataSummary {
    /// The section *Data*: a few lines.
    package func section(_ subjects: [Subject]) -> String {
        """
        ## Data

        - **Images.** \(images) b→a reads b, the source, and is compared with a, the target.
        - **Noise.** \(noise)
        - **References.** \(references)\(Self.training(subjects))
        - **Margin.** ε = \(NumberText.shortest(margin)) of the target's noise counts as none; leaked power is compared with ε² of the noise power, \
        \(NumberText.shortest(margin * margin)).
        - **Units.** Intervals resample \(Self.units(subjects)).
        - **Judgement.** A check fails where the hypothesis that its effect is within the bound is rejected at p ≤ \(NumberText.shortest(Judge.level)), corrected \
        over all checks of the model in one role (Holm); it passes where the 90 % interval is within the bound (TOST). Intervals shown are 95 %.

        """
    }

    private var images: String {
        let size = smallest.map(String.init).joined(separator: "×")
        let sizes = smallest == largest ? size : "\(size) to \(largest.map(String.init).joined(separator: "×"))"
        let memory =
            remembered == 0
            ? "no training pair with known noise"
            : "\(training) training \(training == 1 ? "pair" : "pairs"), \(remembered) of them tested for memorised noise"
        let tested = heldOut > 0 ? (heldOut, "held-out") : (training, "training")
        return
            "\(tested.0) \(tested.1) \(tested.0 == 1 ? "pair" : "pairs") of \(name), \(sizes) pixels, \(channels) "
            + "\(channels == 1 ? "channel" : "channels"), data range \(NumberText.significant(dataRange)); \(memory)."
    }

    private var noise: String {
        let sigmas = (sigma ?? [:]).sorted { $0.key < $1.key }.filter { $0.value.isFinite }
            .map { "σ = \(NumberText.significant($0.value)) in \($0.key)" }
        let source = noiseIsAdded ? "Added by the program" : "As recorded"
        return "\(source); \(sigmas.isEmpty ? "σ is not stated" : sigmas.joined(separator: ", "))."
    }

    private var references: String {
        let domains = clean.isEmpty ? "no clean images" : "clean images of \(clean.joined(separator: " and "))"
        let captures =
            canRedraw
            ? "targets are exchanged for others with new noise"
            : repeats > 0
                ? "\(repeats) repeat \(repeats == 1 ? "acquisition" : "acquisitions") of each pair"
                : "no repeat acquisition"
        return "\(domains.prefix(1).uppercased() + domains.dropFirst()); \(captures)."
    }

    /// A line on losses and latents as trained; nothing for models of other programs.
    private static func training(_ subjects: [Subject]) -> String {
        let trained = subjects.compactMap { subject in subject.training.map { (subject.name, $0) } }
        guard !trained.isEmpty else { return "" }
        let groups = TrainingSummary.groups(trained)
        let losses = groups.map { group in
            (groups.count == 1 ? "" : "`\(group.names.joined(separator: "`, `"))`: ") + group.losses
        }
        let lives = trained.compactMap { name, training in
            training.latentLife.map { "\(NumberText.significant($0, digits: 2)) in `\(name)`" }
        }
        let life =
            lives.isEmpty
            ? ""
            : " Share of the latent that differs between images (0: it holds nothing of them): \(lives.joined(separator: ", "))."
        return "\n- **Training.** Weights of the losses \(losses.joined(separator: "; ")).\(life)"
    }

    private static func units(_ subjects: [Subject]) -> String {
        let rows = subjects.flatMap(\.checks).filter { $0.role == .leakage || $0.id.hasPrefix("quality.psnr") }
        func largest(_ unit: ResamplingUnit) -> Int? { rows.filter { $0.unit == unit }.compactMap(\.unitCount).max() }
        let parts = [
            largest(.noise).map { "\($0) tiles of noise with the scenes held fixed (leakage)" },
            largest(.scene).map { "\($0) images or subjects (\(largest(.noise) == nil ? "all rows" : "PSNR, SSIM"))" },
        ].compactMap(\.self)
        return parts.isEmpty ? "nothing: no row has units" : parts.joined(separator: "; ")
    }
}
