/// The section of a report that ranks the arms of a comparison.
enum ComparisonText {
    /// A table for each quantity and direction, the best arm first.
    static func section(_ comparison: RunComparison) -> String {
        let count = comparison.arms.count - 1
        let family = count == 1 ? "one comparison" : "\(count) comparisons"
        let several = comparison.arms.contains { $0.subjects.count > 1 }
        let seeds =
            several
            ? " Values are means over the seeds of an arm. The seeds' own spread, from one training to the next, stands apart: it says "
                + "how far another training might land, where the interval says how far other images (or other noise) might."
            : ""
        let head = """
            ## Comparison

            Every arm on the same images with the same noise, less `\(comparison.reference)`, unit by unit. Intervals hold for all arms at \
            once, p-values are corrected for \(family) (\(comparison.correction.rawValue)).\(seeds)

            """
        let tables = comparison.quantities.map { "\n" + table($0, reference: comparison.reference, seeds: several) }
        return head + (tables.isEmpty ? "\nNothing could be compared: there is no clean image.\n" : tables.joined())
    }

    private static func table(_ quantity: RunComparison.Quantity, reference: String, seeds: Bool) -> String {
        let rule =
            switch quantity.better {
            case .higher: "higher is better"
            case .lower: "lower is better"
            case .nearerZero: "nearer to 0 is better"
            }
        let units =
            "\(quantity.unitCount) \(quantity.unit == .noise ? "tiles of noise" : "images or subjects"), \(quantity.imageCount) images"
        var titles = ["rank", "arm", "value", "less \(reference)", "p", "outcome"]
        if seeds {
            titles.insert(contentsOf: ["SE over units", "SD over seeds", "SE of the difference over seeds"], at: 4)
        }
        let rows = quantity.rows.map { row -> [String] in
            var cells = [
                row.rank.map(String.init) ?? NumberText.missing, row.arm, number(row.estimate), difference(row),
                row.adjustedPValue.map { NumberText.significant($0, digits: 2) } ?? NumberText.missing,
                words(row.outcome),
            ]
            if seeds {
                cells.insert(
                    contentsOf: [row.standardError, row.seedDeviation, row.differenceSeedError].map {
                        number($0, digits: 2)
                    },
                    at: 4)
            }
            return cells
        }
        return "**\(quantity.title), \(quantity.direction.arrow)** (\(rule); \(units))\n\n"
            + MarkdownTable(titles: titles, rows: rows).text
    }

    private static func words(_ outcome: RunComparison.Outcome) -> String {
        switch outcome {
        case .reference: "the reference"
        case .higher: "higher"
        case .lower: "lower"
        case .undecided: "not told apart"
        case .error: "no usable output"
        }
    }

    private static func number(_ value: Double?, digits: Int = 3) -> String {
        value.map { NumberText.significant($0, digits: digits) } ?? NumberText.missing
    }

    private static func difference(_ row: RunComparison.Row) -> String {
        guard let value = row.difference else { return NumberText.missing }
        guard let ends = row.differenceInterval else { return "\(NumberText.significant(value)) (no interval)" }
        return NumberText.interval(value, ends[0], ends[1])
    }
}
