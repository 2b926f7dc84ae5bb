import Diagnostics
import Fields
import Formats
import Foundation

/// Tables of checks: a row for each check, a column for each direction.
struct CheckTable {
    private let subjects: [Subject]
    /// Checks of the findings of each model.
    private let told: [String: Set<String>]

    /// - Parameter findings: what decides or keeps open.
    init(_ subjects: [Subject], _ findings: [Finding]) {
        self.subjects = subjects
        told = Dictionary(findings.compactMap { finding in finding.subject.map { ($0, [finding.check]) } }) {
            $0.union($1)
        }
    }

    /// What fails, warns or keeps a verdict open, in full, the worst first; `nil` where nothing does. Where one leak fails many rows, those
    /// that are no finding are one line.
    var attention: String? {
        let all = subjects.flatMap { subject in Self.entries(subject.checks).map { (subject.name, $0) } }
            .filter { needsAttention($0.1, of: $0.0) }
        guard !all.isEmpty else { return nil }
        let entries = all.filter { !restates($0.0, $0.1) }
        let restated = subjects.compactMap { subject -> String? in
            let ids = all.filter { $0.0 == subject.name && restates($0.0, $0.1) }.map { "`\($0.1.id)`" }
            guard !ids.isEmpty else { return nil }
            return
                "\nThe same leak of `\(MarkdownTable.escaped(subject.name))` fails \(ids.joined(separator: ", ")); their numbers are below.\n"
        }
        let sorted = entries.enumerated().sorted {
            ($0.element.1.status.rank, $0.offset) < ($1.element.1.status.rank, $1.offset)
        }.map(\.element)
        return MarkdownTable(
            titles: ["", "model", "check", "b→a", "a→b", "bound", "what it means"],
            rows: sorted.map { name, entry in
                [entry.status.rawValue, name, entry.name]
                    + Direction.allCases.map { entry.rows[$0].map { entry.cell($0, p: true) } ?? NumberText.missing }
                    + [entry.bound, entry.reading]
            }
        ).text + restated.joined()
    }

    /// Rows that are open and reopen nothing stand with those that pass.
    private func needsAttention(_ entry: Entry, of subject: String) -> Bool {
        let isDecided = subjects.first { $0.name == subject }.map { [.pass, .fail].contains($0.verdict) } ?? false
        return Self.needsAttention(entry.status) && !(entry.status == .inconclusive && isDecided)
    }

    private func restates(_ subject: String, _ entry: Entry) -> Bool {
        let own = told[subject] ?? []
        return entry.isFailedLeak && !own.contains(entry.id)
    }

    /// Everything that passes, informs or restates a leak; then, one line for each reason, what does not apply. Up to three models share a
    /// table.
    var folded: [String] {
        let groups = subjects.count <= 3 ? [subjects] : subjects.map { [$0] }
        return groups.map(table).filter { !$0.isEmpty } + [Self.inapplicable(subjects)].filter { !$0.isEmpty }
    }

    private func table(_ subjects: [Subject]) -> String {
        let all = subjects.map { Self.entries($0.checks) }
        var ids: [String] = []
        for entry in all.joined() where !ids.contains(entry.id) { ids.append(entry.id) }
        let directions = Direction.allCases.filter { direction in
            all.joined().contains { $0.rows[direction] != nil }
        }
        let shown = ids.compactMap { id -> (Entry, [Entry?])? in
            let members = all.map { $0.first { $0.id == id } }
            let isShown = zip(subjects, members).contains { subject, entry in
                entry.map {
                    $0.status != .notApplicable && !needsAttention($0, of: subject.name) || restates(subject.name, $0)
                } == true
            }
            guard isShown, let first = members.compactMap(\.self).first else { return nil }
            return (first, members)
        }
        guard !shown.isEmpty else { return "" }
        let columns = subjects.flatMap { subject in
            (directions.isEmpty ? [""] : directions.map(\.arrow)).map { "\(subject.name) \($0)" }
        }
        let rows = shown.map { first, members in
            [first.name, first.bound]
                + zip(subjects, members).flatMap { subject, entry -> [String] in
                    guard !directions.isEmpty else {
                        return [entry?.undirected.map { entry?.cell($0) ?? "" } ?? NumberText.missing]
                    }
                    return directions.map { direction in
                        guard let entry, let row = entry.rows[direction] ?? entry.undirected else {
                            return NumberText.missing
                        }
                        let isAbove =
                            Self.needsAttention(row.status) && needsAttention(entry, of: subject.name)
                            && !restates(subject.name, entry)
                        return isAbove ? "\(row.status.rawValue), above" : entry.cell(row)
                    }
                }
        }
        return MarkdownTable(titles: ["check", "bound"] + columns.map { $0.trimmed }, rows: rows).text
    }

    /// One line for each reason.
    private static func inapplicable(_ subjects: [Subject]) -> String {
        var reasons: [String] = [], ids: [String: [String]] = [:]
        for row in subjects.flatMap(\.checks) where row.status == .notApplicable {
            let reason = row.because.withoutPrefix("Not measured: ").withoutSuffix(".")
            if ids[reason] == nil { reasons.append(reason) }
            if !ids[reason, default: []].contains(row.id) { ids[reason, default: []].append(row.id) }
        }
        return reasons.map { reason in
            let names = (ids[reason] ?? []).map { "`\($0)`" }.joined(separator: ", ")
            // Advice on evidence is a sentence of its own.
            return reason.hasPrefix("Not measured for want of")
                ? "- \(MarkdownTable.escaped(reason)) (\(names)).\n"
                : "- Not applicable, \(MarkdownTable.escaped(reason)): \(names).\n"
        }.joined()
    }

    static func needsAttention(_ status: Status) -> Bool { [.error, .fail, .warn, .inconclusive].contains(status) }

    // MARK: One check

    /// The rows of one check in the directions of one model.
    private struct Entry {
        var id: String
        var rows: [Direction: CheckResult] = [:]
        var undirected: CheckResult?

        var all: [CheckResult] { Direction.allCases.compactMap { rows[$0] } + [undirected].compactMap(\.self) }
        /// The worst.
        var status: Status { all.map(\.status).min { $0.rank < $1.rank } ?? .notApplicable }
        var isFailedLeak: Bool { all.contains { $0.role == .leakage && $0.status == .fail } }
        private var measured: [CheckResult] { all.filter { $0.estimate != nil } }

        /// Title, id and, where it is the same in both directions, the quantity.
        var name: String {
            let quantity = sharedQuantity.map { ": \($0)" } ?? ""
            let split = all.contains { $0.split == .training } ? ", training pairs" : ""
            return "\(all.first?.title ?? "") (`\(id)`)\(split)\(quantity)"
        }

        private var sharedQuantity: String? {
            let quantities = Set(measured.compactMap(\.quantity))
            return quantities.count == 1 ? quantities.first : nil
        }

        var bound: String { all.first { $0.criterion != .none }?.criterion.short ?? NumberText.missing }

        /// What follows from the number: the end of the row's sentence, or the whole sentence of a row without a number.
        var reading: String {
            let worst = all.min { $0.status.rank < $1.status.rank }
            guard let worst else { return "" }
            guard worst.estimate != nil else { return "Not tested: \(worst.because.withoutPrefix("Not measured: "))" }
            let sentence = worst.because.withoutSuffix(".")
            // The sentence has the number, what it was judged by, and after a semicolon what it means.
            let meaning = sentence.split(separator: "; ", maxSplits: 1).dropFirst().joined()
            guard worst.status == .inconclusive else { return meaning }
            let open = sentence.range(of: "not decided").map { sentence[$0.lowerBound...] } ?? Substring(sentence)
            return String(open)
        }

        /// Status where it is not the entry's own or says nothing, estimate with interval, and p.
        func cell(_ row: CheckResult, p showsP: Bool = false) -> String {
            guard let value = row.estimate else {
                return row.status == .notApplicable ? NumberText.missing : row.status.rawValue
            }
            let number = row.ci95.map { NumberText.interval(value, $0[0], $0[1]) } ?? NumberText.significant(value)
            let quantity = sharedQuantity == nil ? row.quantity.map { " \($0)" } ?? "" : ""
            let status = row.status == .info || (showsP && row.status == self.status) ? "" : "\(row.status.rawValue) "
            let isTold = showsP && (row.status == .fail || row.status == .warn)
            let p = isTold ? row.adjustedPValue.map { ", \(NumberText.probability($0))" } ?? "" : ""
            return status + number + quantity + p
        }
    }

    /// In the order in which the checks ran.
    private static func entries(_ checks: [CheckResult]) -> [Entry] {
        var entries: [Entry] = []
        for row in checks {
            let place = entries.firstIndex { $0.id == row.id } ?? entries.endIndex
            if place == entries.endIndex { entries.append(Entry(id: row.id)) }
            if let direction = row.direction {
                entries[place].rows[direction] = row
            } else {
                entries[place].undirected = row
            }
        }
        return entries
    }
}

extension Criterion {
    /// "±0.01", "≥ 0.98".
    fileprivate var short: String {
        switch self {
        case .within(let bound): "±\(NumberText.shortest(bound))"
        case .below(let bound): "< \(NumberText.shortest(bound))"
        case .notBelow(let bound): "≥ \(NumberText.shortest(bound))"
        case .exactlyZero: "0"
        case .pBelow(let level): "p ≥ \(NumberText.shortest(level))"
        case .none: NumberText.missing
        }
    }
}

extension String {
    fileprivate var trimmed: String {
        hasSuffix(" ") ? String(dropLast()) : hasPrefix(" ") ? String(dropFirst()) : self
    }
    fileprivate func withoutPrefix(_ prefix: String) -> String {
        hasPrefix(prefix) ? String(dropFirst(prefix.count)) : self
    }
    fileprivate func withoutSuffix(_ suffix: String) -> String {
        hasSuffix(suffix) ? String(dropLast(suffix.count)) : self
    }
}
