import Tensors

/// Two registered noisy observations of one content.
public struct ImagePair: Sendable {
    /// The image's name; unique in a data set.
    public let id: String
    /// Whom or what it shows: images of one subject are never on both sides of a split.
    public let subject: String
    /// Where it came from (a file), for error messages.
    public let source: String
    /// The image's number, which its random streams carry: its place among all names in order.
    public let index: Int
    /// What was observed, `[H, W, C]` each, where it is known.
    public let clean: DomainPair<Tensor>?
    /// As recorded, or the stored realisation (draw 0) of the noise model; `[H, W, C]` each, of one shape.
    public let noisy: DomainPair<Tensor>
    /// Further captures of the same content, their noise independent of `noisy` and of each other.
    public let repeats: [DomainPair<Tensor>]
    /// What all images of a domain were divided by (`Normalisation`); multiplied by it, they are in the units of the source.
    public let scale: DomainPair<Double>

    /// - Parameter subject: the image itself unless given.
    /// - Precondition: all tensors have the same shape `[H, W, C]`.
    public init(
        id: String, subject: String? = nil, source: String, index: Int, clean: DomainPair<Tensor>?,
        noisy: DomainPair<Tensor>,
        repeats: [DomainPair<Tensor>] = [], scale: DomainPair<Double> = DomainPair(a: 1, b: 1)
    ) {
        let shapes = ([noisy] + repeats + (clean.map { [$0] } ?? [])).flatMap { [$0.a.shape, $0.b.shape] }
        precondition(
            shapes[0].count == 3 && shapes.allSatisfy { $0 == shapes[0] }, "ImagePair \(id): shapes \(shapes) differ")
        self.id = id
        self.subject = subject ?? id
        self.source = source
        self.index = index
        self.clean = clean
        self.noisy = noisy
        self.repeats = repeats
        self.scale = scale
    }

    /// H and W.
    public var size: (height: Int, width: Int) { (noisy.a.shape[0], noisy.a.shape[1]) }

    /// White minus black of each domain in the units of its normalised images, for a metric that is taken of them: that of the
    /// data set over the scale. PSNR and SSIM come out the same in either units.
    public func dataRange(of dataset: PairedDataset) -> DomainPair<Double> { scale.map { dataset.dataRange / $0 } }

    /// The same pair divided by `scale`.
    func divided(by scale: DomainPair<Double>) -> ImagePair {
        func divide(_ pair: DomainPair<Tensor>) -> DomainPair<Tensor> { DomainPair { pair[$0].divided(by: scale[$0]) } }
        return ImagePair(
            id: id, subject: subject, source: source, index: index, clean: clean.map(divide), noisy: divide(noisy),
            repeats: repeats.map(divide), scale: DomainPair { self.scale[$0] * scale[$0] })
    }
}
