import Foundation

extension Encodable {
    /// Prints the value on standard output as `--json` promises it: keys in order, slashes as they are.
    ///
    /// - Parameter onOneLine: for values that come one after the other, a line each.
    func printJSON(onOneLine: Bool = false) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        if !onOneLine { encoder.outputFormatting.insert(.prettyPrinted) }
        print(String(decoding: try encoder.encode(self), as: UTF8.self))
    }
}
