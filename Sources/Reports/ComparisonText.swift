import Diagnostics
import Fields
import Formats

/// The section of a report that ranks the arms of a comparison.
enum ComparisonText {
    /// One table: a row for each quantity and arm, the two directions as columns.
    static func section(_ comparison: RunComparison) -> String {
        let caveat = comparison.caveat.map { "\($0)\n\n" } ?? ""
        guard !comparison.quantities.isEmpty else {
            return "## Comparison\n\n\(caveat)Nothing could be compared: there is no clean image.\n"
        }
        let count = comparison.arms.count - 1, several = comparison.arms.contains { $0.subjects.count > 1 }
        let head = """
            ## Comparison

            \(caveat)Differences from `\(comparison.reference)` on the same images with the same noise, unit by unit, with intervals that hold for all arms at once; p is \
            corrected (\(comparison.correction.rawValue)) for \(count == 1 ? "one comparison" : "\(count) comparisons").\(several ? seeds : "")


            """
        var titles = ["quantity", "arm"]
        for direction in directions(comparison) {
            titles +=
                [direction.arrow, "difference"] + (several ? ["SD over seeds", "SE of the difference over seeds"] : [])
        }
        return head + MarkdownTable(titles: titles, rows: rows(comparison, seeds: several)).text
    }

    private static let seeds =
        " Values are means over the seeds of an arm; SD and SE over seeds say how far another training might be, the interval how far other images "
        + "or other noise might be."

    private static func directions(_ comparison: RunComparison) -> [Direction] {
        Direction.allCases.filter { direction in comparison.quantities.contains { $0.direction == direction } }
    }

    private static func rows(_ comparison: RunComparison, seeds: Bool) -> [[String]] {
        var ids: [String] = []
        for quantity in comparison.quantities where !ids.contains(quantity.id) { ids.append(quantity.id) }
        let directions = directions(comparison)
        return ids.flatMap { id -> [[String]] in
            let tables = directions.map { direction in
                comparison.quantities.first { $0.id == id && $0.direction == direction }
            }
            guard let first = tables.compactMap(\.self).first else { return [] }
            // Ranked by the first direction.
            return first.rows.enumerated().map { place, row in
                [place == 0 ? "\(first.title); \(rule(first.better))" : "", row.arm]
                    + tables.flatMap { table -> [String] in
                        guard let table, let own = table.rows.first(where: { $0.arm == row.arm }) else {
                            return [String](repeating: NumberText.missing, count: seeds ? 4 : 2)
                        }
                        return [number(own.estimate), difference(own, in: table)]
                            + (seeds
                                ? [number(own.seedDeviation, digits: 2), number(own.differenceSeedError, digits: 2)]
                                : [])
                    }
            }
        }
    }

    private static func rule(_ better: RunComparison.Better) -> String {
        switch better {
        case .higher: "higher is better"
        case .lower: "lower is better"
        case .nearerZero: "nearer to 0 is better"
        }
    }

    private static func number(_ value: Double?, digits: Int = 3) -> String {
        value.map { NumberText.significant($0, digits: digits) } ?? NumberText.missing
    }

    /// "0.0008 [-0.0014, 0.0032], no significant difference (p = 0.42)".
    private static func difference(_ row: RunComparison.Row, in table: RunComparison.Quantity) -> String {
        switch row.outcome {
        case .reference: return "the reference"
        case .error: return "no usable output"
        default: break
        }
        guard let value = row.difference else { return NumberText.missing }
        guard let ends = row.differenceInterval, let p = row.adjustedPValue else {
            let unit = table.unit == .noise ? "tiles" : "images"
            return "\(NumberText.significant(value)), not tested: \(table.unitCount) \(unit), "
                + "\(IntervalEstimator.fewestForInterval) needed"
        }
        let outcome =
            switch row.outcome {
            case .higher: "higher"
            case .lower: "lower"
            default: "no significant difference"
            }
        return
            "\(NumberText.interval(value, ends[0], ends[1])), \(outcome) (\(NumberText.probability(p)))"
    }
}
