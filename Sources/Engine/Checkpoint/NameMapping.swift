import Formats
import Foundation

/// What the tensors of another program's file are called here: `{ "name there": "name here" }` in JSON with comments. Where both names
/// end in a point, all names that begin so are meant: `{ "net.enc.": "encoder." }`; the longest such beginning counts.
public struct NameMapping: Sendable, Equatable {
    private let names: [String: String]
    private let file: String

    /// - Throws: `InputError`: no such file, not an object of texts.
    public init(contentsOf url: URL) throws {
        try self.init(parsing: try InputFile.read(url), file: url.relativePath)
    }

    init(parsing data: Data, file: String) throws {
        self.file = file
        guard case .object(let members) = try JSONParser.parse(data, .commented, file: file) else {
            throw InputError(
                file: file, problem: "is not an object", remedy: "{ \"name there\": \"name here\" } is expected")
        }
        names = try members.mapValues { value in
            guard case .string(let name) = value else {
                throw InputError(file: file, problem: "maps a name to \(value.wording)", remedy: "a text is expected")
            }
            return name
        }
        if let wrong = names.filter({ $0.key.hasSuffix(".") != $0.value.hasSuffix(".") }).keys.min() {
            throw InputError(
                file: file, place: wrong, problem: "one of the two names ends in a point, the other does not",
                remedy: "both do, for all names that begin so, or neither")
        }
    }

    /// The names here of names there; a name without a rule stays.
    ///
    /// - Throws: `InputError` for a rule that fits no name, and for two names that become one.
    func apply(to found: [String]) throws -> [String: String] {
        var used: Set<String> = []
        var taken: [String: String] = [:]
        for name in found {
            var here = name
            if let exact = names[name] {
                used.insert(name)
                here = exact
            } else if let rule = names.keys.filter({ $0.hasSuffix(".") && name.hasPrefix($0) }).max(by: {
                $0.count < $1.count
            }) {
                used.insert(rule)
                here = (names[rule] ?? "") + name.dropFirst(rule.count)
            }
            if let other = taken.updateValue(name, forKey: here) {
                throw InputError(file: file, place: name, problem: "becomes \(here), and so does \(other)")
            }
        }
        if let idle = names.keys.filter({ !used.contains($0) }).min() {
            throw InputError(
                file: file, place: idle, problem: "no tensor has this name",
                remedy: "inspect shows the names in the file")
        }
        return Dictionary(uniqueKeysWithValues: taken.map { ($0.value, $0.key) })
    }
}
