import Foundation
import Testing

@testable import Engine
@testable import Formats

@Suite struct ConfigurationReaderTests {
    private enum Kind: String, CaseIterable { case concat, add }

    private func reader(_ text: String, _ overrides: [String] = []) throws -> ConfigurationReader {
        try ConfigurationReader(parsing: Data(text.utf8), file: "c.json", overrides: overrides)
    }

    private func sentence(_ text: String, _ overrides: [String] = [], read: (ConfigurationReader) throws -> Void)
        -> String?
    {
        #expect(throws: InputError.self) {
            let reader = try reader(text, overrides)
            try read(reader)
            try reader.finish()
        }?.description
    }

    @Test func readsValuesAndDefaults() throws {
        let reader = try reader(
            """
            { "i": 3, "d": 2, "e": 0.5, "s": "x", "b": true, "k": "add", "is": [1, 2], "ds": [1, 0.5], "ss": ["p"],
              "inner": { "deep": { "x": -1 } }, } // end
            """)
        #expect(try reader.int("i", in: 1...3) == 3)
        #expect(try reader.double("d") == 2)
        #expect(try reader.double("e", in: 0...1) == 0.5)
        #expect(try reader.string("s") == "x")
        #expect(try reader.bool("b"))
        #expect(try reader.choice("k", of: Kind.self) == .add)
        #expect(try reader.ints("is") == [1, 2])
        #expect(try reader.doubles("ds", in: 0...1) == [1, 0.5])
        #expect(try reader.strings("ss") == ["p"])
        #expect(try reader.section("inner").section("deep").int("x") == -1)
        #expect(try reader.section("absent").int("y", default: 8) == 8)
        #expect(try reader.choice("k2", default: Kind.concat) == .concat)
        #expect(!reader.has("optional"))
        try reader.finish()
    }

    @Test func namesWrongAndMissingValues() {
        func one(_ value: String, read: (ConfigurationReader) throws -> Void) -> String? {
            sentence("{ \"key\": \(value) }", read: read)
        }
        #expect(
            one("\"16\"") { _ = try $0.int("key", in: 1...4096) }
                == "c.json: key: is the string \"16\"; it must be a whole number from 1 to 4096")
        #expect(
            one("0") { _ = try $0.int("key", in: 1 ... .max) }
                == "c.json: key: is 0; it must be a whole number at least 1")
        #expect(one("1.5") { _ = try $0.int("key") } == "c.json: key: is 1.5; it must be a whole number")
        #expect(
            one("0") { _ = try $0.double("key", in: .leastNonzeroMagnitude...1) }
                == "c.json: key: is 0; it must be a number greater than 0 and at most 1")
        #expect(
            one("-1") { _ = try $0.double("key", in: .leastNonzeroMagnitude ... .infinity) }
                == "c.json: key: is -1; it must be a number greater than 0")
        #expect(one("null") { _ = try $0.bool("key") } == "c.json: key: is null; it must be true or false")
        #expect(
            one("\"sum\"") { _ = try $0.choice("key", of: Kind.self) }
                == "c.json: key: is the string \"sum\"; it must be one of \"concat\", \"add\"")
        #expect(
            one("[1, \"a\"]") { _ = try $0.ints("key", in: 0...9) }
                == "c.json: key: is a list; it must be a list of whole numbers from 0 to 9")
        #expect(one("3") { _ = try $0.section("key") } == "c.json: key: is 3; it must be an object { … }")
        #expect(
            sentence("{}") { _ = try $0.section("data").double("sigma", in: 0 ... .infinity) }
                == "c.json: data.sigma: is missing; it must be a number at least 0")
        #expect(sentence("[1]") { _ in } == "c.json: is not an object; a configuration is { \"key\": value, … }")
    }

    @Test func unknownKeysNameTheNearest() {
        let read = { (reader: ConfigurationReader) in
            _ = try reader.int("batch_size", default: 1)
            _ = try reader.section("noise").double("sigma_a", default: 1)
        }
        #expect(
            sentence("{\"batchsize\": 2}", read: read)
                == "c.json: batchsize: is not a known key; did you mean \"batch_size\"?")
        #expect(
            sentence("{\"noise\": {\"sigma\": 2}}", read: read)
                == "c.json: noise.sigma: is not a known key; did you mean \"sigma_a\"?")
        #expect(
            sentence("{\"xyz\": 2}", read: read) == "c.json: xyz: is not a known key; known are batch_size, noise")
    }

    @Test func overridesReplaceAndAdd() throws {
        let reader = try reader(
            "{\"a\": 1, \"s\": {\"x\": 1}}", ["a=2", "s.x=0.5", "s.y=plain text = it", "t.u.v=[1]", "a=3"])
        #expect(try reader.int("a") == 3)
        let section = try reader.section("s")
        #expect(try section.double("x") == 0.5)
        #expect(try section.string("y") == "plain text = it")
        #expect(try reader.section("t").section("u").ints("v") == [1])
        try reader.finish()
    }

    @Test func overridesAreNamedWhereTheyAreWrong() {
        #expect(
            sentence("{\"a\": 1}", ["a=x"]) { _ = try $0.int("a") }
                == "--set a=x: a: is the string \"x\"; it must be a whole number")
        #expect(
            sentence("{}", ["s={\"y\":1}"]) { _ = try $0.section("s").int("x", default: 1) }
                == "--set s={\"y\":1}: s.y: is not a known key; did you mean \"x\"?")
        #expect(sentence("{}", ["a"]) { _ in } == "--set a: is not an assignment; write key.path=value")
        #expect(sentence("{}", ["a..b=1"]) { _ in } == "--set a..b=1: is not an assignment; write key.path=value")
        #expect(
            sentence("{\"a\": 1}", ["a.b=1"]) { _ in }
                == "--set a.b=1: goes into something that is not an object in c.json")
    }

    @Test func levenshtein() {
        for (a, b, distance) in [
            ("", "", 0), ("", "abc", 3), ("kitten", "sitting", 3), ("flaw", "lawn", 2), ("ab", "ba", 2), ("é", "e", 1),
        ] {
            #expect(Spelling.distance(a, b) == distance)
            #expect(Spelling.distance(b, a) == distance)
        }
        #expect(Spelling.nearest(to: "camra", among: ["coffee", "camera"]) == "camera")
        #expect(Spelling.nearest(to: "zebra", among: ["coffee", "camera"]) == nil)
    }
}
