/// p-values corrected for being several, each in the order given; comparing one with α keeps the stated error rate at α.
///
/// The p-value of a family may also come from its own null draws: `PermutationTest.familywise` (max-T), which is less
/// conservative where the tests are correlated.
public enum Multiplicity: String, Sendable, CaseIterable, Codable {
    /// Probability of any false alarm, for any dependence: m·p.
    case bonferroni
    /// The same guarantee, never larger values (Holm, Scandinavian Journal of Statistics 6, 1979).
    case holm
    /// Expected share of false alarms among the alarms, for independent or positively dependent tests (Benjamini and
    /// Hochberg, Journal of the Royal Statistical Society B 57, 1995).
    case benjaminiHochberg
    /// The same for any dependence, larger by Σ 1/k (Benjamini and Yekutieli, The Annals of Statistics 29, 2001).
    case benjaminiYekutieli

    /// The adjusted p-values; none for none.
    public func adjusted(_ pValues: [PValue]) -> [PValue] {
        let m = Double(pValues.count)
        let order = pValues.indices.sorted { (pValues[$0].value, $0) < (pValues[$1].value, $1) }
        var result = pValues.map(\.value)
        switch self {
        case .bonferroni:
            for index in result.indices { result[index] *= m }
        case .holm:
            var running = 0.0
            for (rank, index) in order.enumerated() {
                running = max(running, (m - Double(rank)) * result[index])
                result[index] = running
            }
        case .benjaminiHochberg, .benjaminiYekutieli:
            let factor = self == .benjaminiHochberg ? 1 : pValues.indices.reduce(0) { $0 + 1 / Double($1 + 1) }
            var running = 1.0
            for (rank, index) in order.enumerated().reversed() {
                running = min(running, factor * m / Double(rank + 1) * result[index])
                result[index] = running
            }
        }
        return result.map { PValue(min(1, $0)) }
    }
}
