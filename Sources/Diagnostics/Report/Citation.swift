/// A publication that something here is computed after: the one list, from which reports print their references and which doc
/// comments name by authors and year.
public struct Citation: Sendable, Equatable {
    /// Family names, the first author's first.
    public let authors: [String]
    /// Of the article or book.
    public let title: String
    /// Journal or conference with volume, or publisher.
    public let source: String
    /// Of publication.
    public let year: Int

    /// "Efron 1987", "Efron and Stein 1981", "Wang et al. 2004".
    public var mark: String {
        let names = authors.count > 2 ? "\(authors[0]) et al." : authors.joined(separator: " and ")
        return "\(names) \(year)"
    }

    /// The whole reference as one line of Markdown.
    public var text: String { "\(authors.joined(separator: ", ")). *\(title).* \(source), \(year)." }

    init(_ authors: [String], _ year: Int, _ title: String, _ source: String) {
        self.authors = authors
        self.title = title
        self.source = source
        self.year = year
    }
}

extension Citation {
    static let noise2Noise = Citation(
        ["Lehtinen", "Munkberg", "Hasselgren", "Laine", "Karras", "Aittala", "Aila"], 2018,
        "Noise2Noise: learning image restoration without clean data", "ICML")
    static let noise2Self = Citation(
        ["Batson", "Royer"], 2019, "Noise2Self: blind denoising by self-supervision", "ICML")
    static let equivalence = Citation(
        ["Schuirmann"], 1987,
        "A comparison of the two one-sided tests procedure and the power approach for assessing the equivalence of average "
            + "bioavailability", "J. Pharmacokinet. Biopharm. 15")
    static let bootstrap = Citation(
        ["Efron"], 1987, "Better bootstrap confidence intervals", "J. Amer. Statist. Assoc. 82")
    static let smallBootstrap = Citation(
        ["Hesterberg"], 2015, "What teachers should know about the bootstrap", "The American Statistician 69")
    static let shapley = Citation(
        ["Shapley"], 1953, "A value for n-person games", "Contributions to the Theory of Games II")
    static let trace = Citation(
        ["Hutchinson"], 1990,
        "A stochastic estimator of the trace of the influence matrix for Laplacian smoothing splines",
        "Commun. Statist. Simul. 19")
    static let similarity = Citation(
        ["Wang", "Bovik", "Sheikh", "Simoncelli"], 2004,
        "Image quality assessment: from error visibility to structural similarity", "IEEE Trans. Image Process. 13")
    static let stein = Citation(
        ["Stein"], 1981, "Estimation of the mean of a multivariate normal distribution", "Ann. Statist. 9")
    static let holm = Citation(
        ["Holm"], 1979, "A simple sequentially rejective multiple test procedure", "Scand. J. Statist. 6")
    static let signFlip = Citation(["Fisher"], 1935, "The Design of Experiments", "Oliver and Boyd")
    static let permutation = Citation(
        ["Phipson", "Smyth"], 2010, "Permutation p-values should never be zero", "Stat. Appl. Genet. Mol. Biol. 9")
    static let difference = Citation(
        ["Zou", "Donner"], 2008, "Construction of confidence limits about effect measures: a general approach",
        "Statistics in Medicine 27")
    static let averagedPeriodogram = Citation(
        ["Welch"], 1967, "The use of fast Fourier transform for the estimation of power spectra",
        "IEEE Trans. Audio Electroacoust. 15")
    static let coherence = Citation(
        ["Carter", "Knapp", "Nuttall"], 1973,
        "Estimation of the magnitude-squared coherence function via overlapped fast Fourier transform processing",
        "IEEE Trans. Audio Electroacoust. 21")
    static let colours = Citation(["Okabe", "Ito"], 2008, "Color Universal Design", "https://jfly.uni-koeln.de/color/")

    /// All that a report's definitions name, by their authors.
    public static let all = [
        noise2Noise, noise2Self, equivalence, bootstrap, smallBootstrap, shapley, trace, similarity, stein, holm,
        signFlip,
        permutation, difference, averagedPeriodogram, coherence, colours,
    ].sorted { ($0.authors[0], $0.year) < ($1.authors[0], $1.year) }
}
