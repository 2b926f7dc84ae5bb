import Foundation

/// JSON read strictly, with the place of every error.
///
/// Foundation's decoder keeps one of two members of the same name and says nothing; here that is an error, because a
/// configuration with two learning rates, or a checkpoint with two tensors of one name, has no meaning.
package struct JSONParser {
    /// The grammar that is accepted.
    package enum Dialect {
        /// RFC 8259.
        case strict
        /// Also `//` and `/* */` comments and a comma after the last element.
        case commented
    }

    /// Deeper nesting is refused, so that no input exhausts the stack.
    private static let maximumDepth = 64

    private let bytes: [UInt8]
    private let dialect: Dialect
    private let file: String
    private let part: String?
    private var position = 0

    /// The one value in `data`, which is `file` or a `part` of it.
    package static func parse(_ data: Data, _ dialect: Dialect, file: String, part: String? = nil) throws -> JSONValue {
        guard String(validating: data, as: UTF8.self) != nil else {
            throw InputError(file: file, place: part, problem: "is not UTF-8 text")
        }
        var parser = JSONParser(bytes: [UInt8](data), dialect: dialect, file: file, part: part)
        let value = try parser.value(depth: 0)
        try parser.skipSpace()
        guard parser.peek == nil else { throw parser.error("expected the end, found \(parser.found)") }
        return value
    }

    private init(bytes: [UInt8], dialect: Dialect, file: String, part: String?) {
        self.bytes = bytes
        self.dialect = dialect
        self.file = file
        self.part = part
    }

    // MARK: - Grammar

    private mutating func value(depth: Int) throws -> JSONValue {
        try skipSpace()
        guard depth < Self.maximumDepth else { throw error("is nested deeper than \(Self.maximumDepth) levels") }
        switch peek {
        case "{": return .object(try object(depth: depth + 1))
        case "[": return .array(try array(depth: depth + 1))
        case "\"": return .string(try string())
        case "-", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9": return try number()
        default: break
        }
        for (word, value) in [("true", JSONValue.bool(true)), ("false", .bool(false)), ("null", .null)]
        where bytes[position...].starts(with: word.utf8) {
            position += word.utf8.count
            return value
        }
        throw error("expected a value, found \(found)")
    }

    private mutating func object(depth: Int) throws -> [String: JSONValue] {
        var members: [String: JSONValue] = [:]
        try elements(until: "}") { parser in
            guard parser.peek == "\"" else { throw parser.error("expected a name in quotes, found \(parser.found)") }
            let start = parser.position
            let name = try parser.string()
            guard members[name] == nil else { throw parser.error("the name \"\(name)\" is there twice", at: start) }
            try parser.skipSpace()
            guard parser.take(":") else { throw parser.error("expected ':' after a name, found \(parser.found)") }
            members[name] = try parser.value(depth: depth)
        }
        return members
    }

    private mutating func array(depth: Int) throws -> [JSONValue] {
        var values: [JSONValue] = []
        try elements(until: "]") { parser in values.append(try parser.value(depth: depth)) }
        return values
    }

    /// The opening bracket, elements with commas between them, and the closing bracket.
    private mutating func elements(until end: Unicode.Scalar, element: (inout JSONParser) throws -> Void) throws {
        position += 1
        try skipSpace()
        if take(end) { return }
        while true {
            try element(&self)
            try skipSpace()
            if take(end) { return }
            guard take(",") else { throw error("expected ',' or '\(end)', found \(found)") }
            try skipSpace()
            if dialect == .commented && take(end) { return }
        }
    }

    private mutating func number() throws -> JSONValue {
        let start = position
        let negative = take("-")
        let digits = takeDigits()
        guard digits > 0, digits == 1 || bytes[start + (negative ? 1 : 0)] != UInt8(ascii: "0") else {
            throw error("is not a number", at: start)
        }
        var isInteger = true
        if take(".") {
            isInteger = false
            guard takeDigits() > 0 else { throw error("expected a digit after the point, found \(found)") }
        }
        if take("e") || take("E") {
            isInteger = false
            if !take("+") { _ = take("-") }
            guard takeDigits() > 0 else { throw error("expected a digit in the exponent, found \(found)") }
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if isInteger, let value = Int(text) { return .integer(value) }
        guard let value = Double(text), value.isFinite else {
            throw error("the number \(text) is too large", at: start)
        }
        return .number(value)
    }

    private mutating func string() throws -> String {
        let start = position
        position += 1
        var text: [UInt8] = []
        while let byte = next() {
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"): text += try escape()
            case 0..<0x20: throw error("a string holds a control character; write it as an escape", at: position - 1)
            default: text.append(byte)
            }
        }
        throw error("a string is not closed", at: start)
    }

    private mutating func escape() throws -> [UInt8] {
        let start = position - 1
        guard let byte = next() else { throw error("a string is not closed", at: start) }
        switch Unicode.Scalar(byte) {
        case "\"", "\\", "/": return [byte]
        case "b": return [8]
        case "f": return [12]
        case "n": return [10]
        case "r": return [13]
        case "t": return [9]
        case "u":
            var unit = hexadecimalUnit()
            if let high = unit, (0xD800..<0xDC00).contains(high), take("\\"), take("u") {
                // A pair of surrogates stands for one character beyond the first plane.
                unit = hexadecimalUnit().flatMap { low in
                    (0xDC00..<0xE000).contains(low) ? 0x10000 + (high - 0xD800) << 10 + (low - 0xDC00) : nil
                }
            }
            guard let scalar = unit.flatMap(Unicode.Scalar.init) else { throw error("bad \\u escape", at: start) }
            return Array(String(scalar).utf8)
        default: throw error("unknown escape in a string", at: start)
        }
    }

    private mutating func hexadecimalUnit() -> UInt32? {
        guard position + 4 <= bytes.count else { return nil }
        let digits = bytes[position..<position + 4]
        guard digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }) else { return nil }
        position += 4
        return UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
    }

    private mutating func skipSpace() throws {
        while let character = peek {
            if " \t\r\n".unicodeScalars.contains(character) {
                position += 1
            } else if dialect == .commented && bytes[position...].starts(with: "//".utf8) {
                position = bytes[position...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
            } else if dialect == .commented && bytes[position...].starts(with: "/*".utf8) {
                let start = position
                position += 2
                while !bytes[position...].starts(with: "*/".utf8) {
                    guard next() != nil else { throw error("a comment is not closed", at: start) }
                }
                position += 2
            } else {
                return
            }
        }
    }

    // MARK: - Bytes

    private var peek: Unicode.Scalar? { position < bytes.count ? Unicode.Scalar(bytes[position]) : nil }

    private mutating func next() -> UInt8? {
        guard position < bytes.count else { return nil }
        defer { position += 1 }
        return bytes[position]
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard peek == character else { return false }
        position += 1
        return true
    }

    private mutating func takeDigits() -> Int {
        let start = position
        while let character = peek, ("0"..."9").contains(character) { position += 1 }
        return position - start
    }

    /// The character at the current position, for an error message.
    private var found: String {
        guard position < bytes.count else { return "the end" }
        return "'\(String(decoding: bytes[position...].prefix(4), as: UTF8.self).prefix(1))'"
    }

    private func error(_ problem: String, at place: Int? = nil) -> InputError {
        let before = bytes[..<(place ?? position)]
        let line = before.count { $0 == UInt8(ascii: "\n") } + 1
        let column = before.count - (before.lastIndex(of: UInt8(ascii: "\n")) ?? -1)
        let place = (part.map { "\($0), " } ?? "") + "line \(line), column \(column)"
        return InputError(file: file, place: place, problem: problem)
    }
}
