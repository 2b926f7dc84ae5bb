import Foundation

/// A fixture by its path under Tests/Fixtures, whatever directory the tests run in.
func fixture<T: Decodable>(_ path: String, as type: T.Type = T.self) throws -> T {
    let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Fixtures")
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(type, from: Data(contentsOf: fixtures.appendingPathComponent(path)))
}

/// Largest |value - reference| / max(|reference|, floor).
func relativeError(_ values: [Double], _ reference: [Double], floor: Double = 1e-300) -> Double {
    precondition(values.count == reference.count, "relativeError: \(values.count) values, \(reference.count) expected")
    return zip(values, reference).map { ($0 - $1).magnitude / max($1.magnitude, floor) }
        .reduce(0) { $1 <= $0 ? $0 : $1 }
}
