import Foundation
import Testing

@testable import Engine
@testable import Formats
@testable import Tensors

@Suite struct ConfigurationJSONParserTests {
    private func parse(_ text: String, _ dialect: JSONParser.Dialect = .commented) throws -> JSONValue {
        try JSONParser.parse(Data(text.utf8), dialect, file: "c.json")
    }

    @Test func readsEveryKindOfValue() throws {
        let text = """
            // a comment
            { "whole": 9007199254740993, "minus": -0, "real": -1.5e-3, "big": 9223372036854775808,
              "text": "tab\\t \\"q\\" \\u00e9 \\ud83d\\ude00 /* no comment */",
              "list": [true, false, null, [], {},], /* between
              lines */ "inner": { "a": [1, 2] }, }
            """
        #expect(
            try parse(text)
                == .object([
                    "whole": .integer(9_007_199_254_740_993), "minus": .integer(0), "real": .number(-0.0015),
                    "big": .number(9_223_372_036_854_775_808), "text": .string("tab\t \"q\" é 😀 /* no comment */"),
                    "list": .array([.bool(true), .bool(false), .null, .array([]), .object([:])]),
                    "inner": .object(["a": .array([.integer(1), .integer(2)])]),
                ]))
    }

    /// What is written is read back, by us and by Foundation.
    @Test func textIsReadBack() throws {
        let value = JSONValue.object([
            "a\u{1}\n\"\\": .array([.integer(Int.min), .number(0.1), .number(1e300), .null, .bool(true)]),
            "é": .object(["": .string("\u{1F600}\u{7F}")]),
        ])
        #expect(try JSONParser.parse(Data(value.text.utf8), .strict, file: "x") == value)
        _ = try JSONSerialization.jsonObject(with: Data(value.text.utf8))
        #expect(try parse(String(decoding: JSONEncoder().encode(value), as: UTF8.self)) == value)
    }

    @Test(arguments: [
        ("", "line 1, column 1: expected a value, found the end"),
        ("{\n  \"a\": 1\n  \"b\": 2 }", "line 3, column 3: expected ',' or '}', found '\"'"),
        ("{\"a\" 1}", "line 1, column 6: expected ':' after a name, found '1'"),
        ("{a: 1}", "line 1, column 2: expected a name in quotes, found 'a'"),
        ("{\"a\":1,\n\"a\":2}", "line 2, column 1: the name \"a\" is there twice"),
        ("[1, é]", "line 1, column 5: expected a value, found 'é'"),
        ("[01]", "line 1, column 2: is not a number"), ("[-]", "line 1, column 2: is not a number"),
        ("[1.]", "line 1, column 4: expected a digit after the point, found ']'"),
        ("[1e]", "line 1, column 4: expected a digit in the exponent, found ']'"),
        ("[1e999]", "line 1, column 2: the number 1e999 is too large"),
        ("[\"abc", "line 1, column 2: a string is not closed"),
        ("[\"a\nb\"]", "line 1, column 4: a string holds a control character; write it as an escape"),
        ("[\"\\ud83d\"]", "line 1, column 3: bad \\u escape"),
        ("[\"\\q\"]", "line 1, column 3: unknown escape in a string"),
        ("1 /* x", "line 1, column 3: a comment is not closed"),
        ("1 2", "line 1, column 3: expected the end, found '2'"),
        (String(repeating: "[", count: 100_000), "line 1, column 65: is nested deeper than 64 levels"),
    ]) func namesThePlace(text: String, sentence: String) throws {
        #expect(#expect(throws: InputError.self) { try parse(text) }?.description == "c.json: " + sentence)
    }

    @Test func strictRefusesCommentsAndTrailingCommas() {
        for text in ["[1,]", "{\"a\":1,}", "// x\n1", "1 /* x */"] {
            #expect(throws: InputError.self) { try parse(text, .strict) }
            #expect(throws: Never.self) { try parse(text) }
        }
    }

    /// Whatever Foundation reads we read alike, and nothing crashes.
    @Test func agreesWithFoundationOnMutations() throws {
        let seed = Array("{\"a\":[1,2.5,-3e2,\"x\\u00e9\\n\"],\"b\":{\"c\":null,\"d\":[true,false]},\"e\":\"ü\"}".utf8)
        var stream = RandomStream(seed: 3, purpose: .test)
        var both = 0
        for _ in 0..<20_000 {
            let data = Data(mutated(seed, with: &stream))
            let ours = try? JSONParser.parse(data, .strict, file: "x")
            guard let ours, let theirs = try? JSONSerialization.jsonObject(with: data, options: .fragmentsAllowed)
            else { continue }
            both += 1
            let again = try JSONSerialization.jsonObject(with: Data(ours.text.utf8), options: .fragmentsAllowed)
            #expect(NSDictionary(dictionary: ["v": again]) == NSDictionary(dictionary: ["v": theirs]))
        }
        #expect(both > 400)
    }
}
