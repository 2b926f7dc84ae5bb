import Engine
import Fields

/// A sentence that was argued, and the experiment that decides it.
struct Claim: Sendable {
    /// C1 to C14.
    let id: String
    /// As argued.
    let text: String
    /// What is trained and measured, and on which data.
    let experiment: String
    let rule: ClaimRule
    /// The numbers, each beside what the claim says of it.
    let parts: [Part]
    /// What the numbers mean, whatever they are.
    let reading: String
    /// What would change the verdict.
    let limits: String
    /// What convinces more as a picture; of arms that parts or `regimes` have.
    var figure: (@Sendable (EvidenceTable) -> LedgerFigure)?
    /// Networks whose leakage is set out by regime.
    var regimes: [(skips: String, arm: Arm)] = []
    /// `nil` for the configuration's own; one run only where it takes minutes.
    var seeds = Ledger.seeds

    /// One number of a run, or of several runs of one seed.
    struct Part: Sendable {
        let quantity: String
        let bound: Bound?
        let arms: [Arm]
        /// Whether the parts after it, up to the next premise, speak only of cases where this holds.
        var isPremise = false
        let value: @Sendable ([RunEvidence]) throws -> Double

        /// A number of one run.
        init(
            _ quantity: String, _ bound: Bound? = nil, _ arm: Arm,
            _ value: @escaping @Sendable (RunEvidence) throws -> Double
        ) {
            self.init(quantity, bound, of: [arm]) { try value($0[0]) }
        }

        /// A number of several runs of the same seed, in the order of `arms`.
        init(
            _ quantity: String, _ bound: Bound? = nil, of arms: [Arm],
            _ value: @escaping @Sendable ([RunEvidence]) throws -> Double
        ) {
            self.quantity = quantity
            self.bound = bound
            self.arms = arms
            self.value = value
        }

        /// The same number as what the claim presupposes.
        var asPremise: Part {
            var part = self
            part.isPremise = true
            return part
        }

        /// The first run's number less the second's: paired by seed.
        static func difference(
            _ quantity: String, _ bound: Bound? = nil, _ arm: Arm, less other: Arm,
            _ value: @escaping @Sendable (RunEvidence) throws -> Double
        ) -> Part {
            Part(quantity, bound, of: [arm, other]) { try value($0[0]) - value($0[1]) }
        }
    }

    /// Every arm that it needs, each once.
    var arms: [Arm] {
        var known = Set<Arm>()
        return (parts.flatMap(\.arms) + regimes.map(\.arm)).filter { known.insert($0).inserted }
    }
}

/// A configuration under test: a file, and the keys that the arm changes.
struct Arm: Sendable, Hashable {
    /// Names the run directory.
    let name: String
    /// A file in `configs`.
    let file: String
    /// `key.path=value` each.
    let overrides: [String]
    /// The arm whose weights of the same seed this one starts from, or none. (A structure cannot hold itself but in an array.)
    let start: [Arm]

    init(_ name: String, _ file: String = "claims/photos", _ overrides: [String] = [], start: Arm? = nil) {
        self.name = name
        self.file = file
        self.overrides = overrides
        self.start = start.map { [$0] } ?? []
    }
}

extension Arm {
    private static func photos(_ name: String, _ overrides: String..., start: Arm? = nil) -> Arm {
        Arm("photos-\(name)", "claims/photos", overrides, start: start)
    }

    private static func phantom(_ name: String, _ overrides: String...) -> Arm {
        Arm("phantom-\(name)", "claims/phantom", overrides)
    }

    private static func skips(_ strategy: SkipStrategy) -> String { "cross_domain_strategy=\(strategy.rawValue)" }
    private static func weights(content: Double = 0.1, recon: Double = 0.2, cross: Double = 1, edge: Double = 0)
        -> String
    {
        "loss_weights={\"content\": \(content), \"recon\": \(recon), \"cross\": \(cross), \"edge\": \(edge)}"
    }
    private static let separate = "same_domain_use_skip=false"

    // Photographs, by the skips of the cross-domain path.
    static let none = photos("no_skip")
    static let source = photos("use_source_skip", skips(.sourceSkip))
    static let target = photos("use_target_skip", skips(.targetSkip))

    // The grid of weights; `none` is its point of recon 0.2.
    static let recon0 = photos("recon-0", weights(recon: 0))
    static let recon005 = photos("recon-0.05", weights(recon: 0.05))
    static let recon1 = photos("recon-1", weights(recon: 1))
    static let cross02 = photos("recon-1-cross-0.2", weights(recon: 1, cross: 0.2))
    // The same with no skips in the same-domain path either; at recon 0 that path is not trained, so `recon0` is both.
    static let separate02 = photos("separate-recon-0.2", weights(recon: 0.2), separate)
    static let separate1 = photos("separate-recon-1", weights(recon: 1), separate)

    static let content0 = photos("content-0", weights(content: 0))
    static let extreme = photos("extreme", weights(content: 0.05, recon: 0.05))
    static let stage1 = photos("stage1", weights(recon: 1, cross: 0.1), "epochs=3")
    static let stage2 = photos(
        "stage2", weights(content: 0.05, recon: 0.1, edge: 0.05), "epochs=3", start: stage1)

    /// One photograph, long: a network that can come to know its noise.
    static let memory = photos(
        "one-photograph",
        "data.held_out=[\"astronaut\",\"brick\",\"camera\",\"cell\",\"chelsea\",\"clock\",\"coffee\",\"grass\",\"gravel\",\"hubble\",\"lakeside\",\"retina\",\"rocket\",\"skin\"]",
        "data.crops_per_image=1408", "augmentation.flips=false", "epochs=3")

    /// A latent of so many channels at a quarter of the resolution, and no content loss, which would press a wide one to a constant.
    static func latent(_ channels: Int) -> Arm {
        channels == 64 ? content0 : photos("latent-\(channels)", weights(content: 0), "latent_channels=\(channels)")
    }

    // Two contrasts of one knee.
    static let kneeNone = phantom("no_skip")
    static let kneeSource = phantom("use_source_skip", skips(.sourceSkip))
    static let kneeTarget = phantom("use_target_skip", skips(.targetSkip))
    static let kneeContent0 = phantom("content-0", weights(content: 0))
    static let kneeCross0 = phantom("cross-0", weights(recon: 1, cross: 0), separate)
    static let kneeCross0Content0 = phantom("cross-0-content-0", weights(content: 0, recon: 1, cross: 0), separate)

    /// The configuration as it is, which claims how its loss falls.
    static let pureNoise2Noise = Arm("pure_noise2noise", "small/pure_noise2noise")
}
