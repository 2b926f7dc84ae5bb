/// Bad input from outside: a file, a configuration, a flag. Never a bug of ours (those are `precondition`s).
///
/// Printed as one sentence: `FILE: PLACE: problem; remedy`.
public struct InputError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What kind of door the bad input came through; the command line maps it to an exit code.
    public enum Kind: Sendable { case data, usage, cannotWrite, inputOutput }

    /// Decides the exit code, and nothing else.
    public var kind: Kind
    /// The file (or flag) that is wrong, as the user named it.
    public var file: String
    /// Where in the file: a key path, a line, a byte offset; `nil` where the whole file is meant.
    public var place: String?
    /// What is wrong, with the offending value.
    public var problem: String
    /// What would be right; `nil` only where the problem already says it.
    public var remedy: String?

    /// The parts of the sentence, each without a capital and without a full stop.
    public init(_ kind: Kind = .data, file: String, place: String? = nil, problem: String, remedy: String? = nil) {
        self.kind = kind
        self.file = file
        self.place = place
        self.problem = problem
        self.remedy = remedy
    }

    /// `FILE: PLACE: problem; remedy`, without what is `nil`.
    public var description: String {
        let head = [file, place].compactMap { $0 }.joined(separator: ": ")
        return "\(head): \(problem)" + (remedy.map { "; \($0)" } ?? "")
    }
}
