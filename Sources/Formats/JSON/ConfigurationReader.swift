import Foundation

/// One object of a configuration file, read strictly: every value has a type and a range, every key is known.
///
/// Read all keys, then call `finish()`, which refuses the keys that nobody asked for. An absent key without a default
/// is an error. Errors name the file (or the `--set` that put the value there), the key path, the value and what would
/// be right.
public final class ConfigurationReader {
    private let source: Source
    private let path: [String]
    private let members: [String: JSONValue]
    private var asked: [String] = []
    private var sections: [ConfigurationReader] = []

    /// Where values come from: the file, or the override that replaced them, by key path.
    private struct Source {
        let file: String
        let overrides: [(path: [String], flag: String)]

        func name(of path: [String]) -> String {
            overrides.last { path.starts(with: $0.path) }?.flag ?? file
        }
    }

    /// Reads a file of JSON with comments and trailing commas, then applies `overrides` in order, each `key.path=value`
    /// with a value in JSON or else plain text.
    ///
    /// - Throws: `InputError`: no such file, not JSON, a key twice, an override without `=` or into something that is not
    ///   an object.
    public convenience init(contentsOf url: URL, overrides: [String] = []) throws {
        try self.init(parsing: try InputFile.read(url), file: url.relativePath, overrides: overrides)
    }

    /// The same for text in memory; `file` is its name for errors.
    public init(parsing data: Data, file: String, overrides: [String] = []) throws {
        var root = try JSONParser.parse(data, .commented, file: file)
        var applied: [(path: [String], flag: String)] = []
        for override in overrides {
            let flag = "--set \(override)"
            let parts = override.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let keys = parts[0].split(separator: ".", omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, !keys.contains("") else {
                throw InputError(.usage, file: flag, problem: "is not an assignment", remedy: "write key.path=value")
            }
            let text = String(parts[1])
            let value = (try? JSONParser.parse(Data(text.utf8), .strict, file: flag)) ?? .string(text)
            guard root.set(value, at: keys[...]) else {
                throw InputError(.usage, file: flag, problem: "goes into something that is not an object in \(file)")
            }
            applied.append((keys, flag))
        }
        guard case .object(let members) = root else {
            throw InputError(
                file: file, problem: "is not an object", remedy: "a configuration is { \"key\": value, … }")
        }
        source = Source(file: file, overrides: applied)
        path = []
        self.members = members
    }

    private init(_ members: [String: JSONValue], path: [String], source: Source) {
        self.members = members
        self.path = path
        self.source = source
    }

    // MARK: - Values

    /// Whether the key is there; asking makes it a known key.
    public func has(_ key: String) -> Bool {
        asked.append(key)
        return members[key] != nil
    }

    /// A whole number.
    public func int(_ key: String, in range: ClosedRange<Int> = .min ... .max, default value: Int? = nil) throws -> Int
    {
        try read(key, "a whole number\(words(range, .min, .max))", default: value) { Self.integer($0, in: range) }
    }

    /// A number. A range that starts at `Double.leastNonzeroMagnitude` means "greater than 0".
    public func double(
        _ key: String, in range: ClosedRange<Double> = -.infinity ... .infinity, default value: Double? = nil
    ) throws -> Double {
        try read(key, "a number\(words(range, -.infinity, .infinity))", default: value) { Self.real($0, in: range) }
    }

    /// `true` or `false`.
    public func bool(_ key: String, default value: Bool? = nil) throws -> Bool {
        try read(key, "true or false", default: value) { if case .bool(let flag) = $0 { flag } else { nil } }
    }

    /// Any text.
    public func string(_ key: String, default value: String? = nil) throws -> String {
        try read(key, "a string", default: value) { Self.text($0) }
    }

    /// One of the raw values of an enumeration.
    public func choice<T: RawRepresentable<String> & CaseIterable>(
        _ key: String, of type: T.Type = T.self, default value: T? = nil
    ) throws -> T {
        let choices = T.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
        return try read(key, "one of \(choices)", default: value) { Self.text($0).flatMap(T.init) }
    }

    /// A list of whole numbers.
    public func ints(_ key: String, in range: ClosedRange<Int> = .min ... .max, default value: [Int]? = nil) throws
        -> [Int]
    {
        try read(key, "a list of whole numbers\(words(range, .min, .max))", default: value) {
            Self.list($0) { Self.integer($0, in: range) }
        }
    }

    /// A list of numbers.
    public func doubles(
        _ key: String, in range: ClosedRange<Double> = -.infinity ... .infinity, default value: [Double]? = nil
    ) throws -> [Double] {
        try read(key, "a list of numbers\(words(range, -.infinity, .infinity))", default: value) {
            Self.list($0) { Self.real($0, in: range) }
        }
    }

    /// A list of texts.
    public func strings(_ key: String, default value: [String]? = nil) throws -> [String] {
        try read(key, "a list of strings", default: value) { Self.list($0) { Self.text($0) } }
    }

    /// The object under a key; an absent one is empty, so that its defaults hold and its required keys are missed by name.
    /// It is finished with the object that holds it.
    public func section(_ key: String) throws -> ConfigurationReader {
        let members = try read(key, "an object { … }", default: [String: JSONValue]()) {
            if case .object(let members) = $0 { members } else { nil }
        }
        let section = ConfigurationReader(members, path: path + [key], source: source)
        sections.append(section)
        return section
    }

    /// A list of objects, each finished with the object that holds it.
    public func list(_ key: String) throws -> [ConfigurationReader] {
        let items: [[String: JSONValue]] = try read(key, "a list of objects [{ … }]", default: nil) { value in
            Self.list(value) { if case .object(let members) = $0 { members } else { nil } }
        }
        let readers = items.enumerated().map { index, members in
            ConfigurationReader(members, path: path + ["\(key)[\(index)]"], source: source)
        }
        sections += readers
        return readers
    }

    /// - Throws: `InputError` for the first key, here or in a section, that was not asked for, with the nearest known one.
    public func finish() throws {
        for key in members.keys.sorted() where !asked.contains(key) {
            let near = Spelling.nearest(to: key, among: asked)
            let known = Set(asked).sorted().joined(separator: ", ")
            throw error(key, "is not a known key", near.map { "did you mean \"\($0)\"?" } ?? "known are \(known)")
        }
        for section in sections { try section.finish() }
    }

    /// An error about a key, for a rule that only the caller knows (two values that do not go together).
    public func error(_ key: String, _ problem: String, _ remedy: String? = nil) -> InputError {
        let place = path + [key]
        return InputError(
            file: source.name(of: place), place: place.joined(separator: "."), problem: problem, remedy: remedy)
    }

    // MARK: - How

    private func read<T>(_ key: String, _ wanted: String, default value: T?, _ convert: (JSONValue) -> T?) throws -> T {
        asked.append(key)
        guard let found = members[key] else {
            guard let value else { throw error(key, "is missing", "it must be \(wanted)\(similar(to: key))") }
            return value
        }
        guard let converted = convert(found) else { throw error(key, "is \(found.wording)", "it must be \(wanted)") }
        return converted
    }

    /// A missing key may be there misspelt.
    private func similar(to key: String) -> String {
        let near = Spelling.nearest(to: key, among: members.keys.filter { !asked.contains($0) })
        return near.map { "; there is \"\($0)\"" } ?? ""
    }

    private static func integer(_ value: JSONValue, in range: ClosedRange<Int>) -> Int? {
        if case .integer(let number) = value, range.contains(number) { number } else { nil }
    }

    private static func real(_ value: JSONValue, in range: ClosedRange<Double>) -> Double? {
        let number: Double? =
            switch value {
            case .integer(let number): Double(number)
            case .number(let number): number
            default: nil
            }
        return number.flatMap { range.contains($0) ? $0 : nil }
    }

    private static func text(_ value: JSONValue) -> String? {
        if case .string(let text) = value { text } else { nil }
    }

    private static func list<T>(_ value: JSONValue, _ element: (JSONValue) -> T?) -> [T]? {
        guard case .array(let values) = value else { return nil }
        let elements = values.compactMap(element)
        return elements.count == values.count ? elements : nil
    }

    private func words<T: Comparable>(_ range: ClosedRange<T>, _ least: T, _ greatest: T) -> String {
        func number(_ bound: T) -> String { "\(bound)".replacing(/\.0$/, with: "") }
        let isPositive = range.lowerBound as? Double == .leastNonzeroMagnitude
        let from = isPositive ? "greater than 0" : "at least \(number(range.lowerBound))"
        switch (range.lowerBound > least, range.upperBound < greatest) {
        case (false, false): return ""
        case (true, false): return " \(from)"
        case (false, true): return " at most \(number(range.upperBound))"
        case (true, true):
            return isPositive
                ? " \(from) and at most \(number(range.upperBound))"
                : " from \(number(range.lowerBound)) to \(number(range.upperBound))"
        }
    }
}
