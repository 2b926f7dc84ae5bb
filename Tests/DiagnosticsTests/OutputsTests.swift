import Foundation
import TestSupport
import Testing

@testable import Diagnostics
@testable import Engine
@testable import Formats
@testable import Tensors

/// Saved outputs with planted leaks, as `--outputs` reads them.
@Suite struct OutputsTests {
    let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    static let side = 160

    private static func blurred(_ x: [Double]) -> [Double] {
        func along(_ field: [Double], _ step: Int) -> [Double] {
            field.indices.map { i in
                let before =
                    step == 1 ? i / side * side + (i + side - 1) % side : (i + side * side - step) % (side * side)
                let after = step == 1 ? i / side * side + (i + 1) % side : (i + step) % (side * side)
                return (field[before] + 2 * field[i] + field[after]) / 4
            }
        }
        return along(along(x, 1), side)
    }

    /// f = c + h∗g + λ n_a, in memory; h∗g of a tenth of the noise.
    static func arrays(_ leak: Double, blurredNoise: Bool, image: Int, seed: UInt64 = 7) -> [String: Tensor] {
        var stream = RandomStream(seed: seed, purpose: .test, image: image)
        func noise() -> [Double] {
            let white = (0..<side * side).map { _ in 0.1 * stream.gaussian() }
            return blurredNoise ? blurred(white).map { $0 / 0.375 } : white
        }
        let clean = (0..<side * side).map { i in
            0.5 * sin(0.03 * Double(i / side) + Double(image)) * cos(0.04 * Double(i % side))
        }
        let n = noise(), swapped = noise(), again = noise(), source = noise(), rest = blurred(noise())
        func tensor(_ value: (Int) -> Double) -> Tensor {
            Tensor([side, side, 1], (0..<side * side).map { Float(value($0)) })
        }
        return [
            "prediction_a": tensor { clean[$0] + rest[$0] + leak * n[$0] }, "noisy_a": tensor { clean[$0] + n[$0] },
            "swapped_prediction_a": tensor { clean[$0] + rest[$0] + leak * swapped[$0] },
            "swapped_noisy_a": tensor { clean[$0] + swapped[$0] }, "repeat_a": tensor { clean[$0] + again[$0] },
            "clean_a": tensor { clean[$0] }, "clean_b": tensor { clean[$0] },
            "noisy_b": tensor { clean[$0] + source[$0] },
        ]
    }

    @discardableResult
    private func save(_ name: String, _ pairs: [[String: Tensor]], more: String = #""sigma_a": 0.1"#) throws -> String {
        let directory = folder.url.appending(path: name)
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let entries = try pairs.enumerated().map { index, arrays in
            let members = try arrays.sorted { $0.key < $1.key }.map { key, tensor in
                try NumPyFile.write(NumPyArray(tensor), to: directory.appending(path: "\(index)_\(key).npy"))
                return #""\#(key)": "\#(index)_\#(key).npy""#
            }
            return "{ \(([#""id": "scene\#(index)""#] + members).joined(separator: ", ")) }"
        }
        let text = #"{ "pairs": [\#(entries.joined(separator: ",\n"))], "data_range": 2, \#(more) }"#
        try Data(text.utf8).write(to: directory.appending(path: "manifest.json"))
        return directory.path
    }

    /// Each planted λ lies in the interval of every route, and the verdict is the right one.
    @Test(arguments: [0, 0.02, 0.1, 0.5], [false, true])
    func planted(leak: Double, blurredNoise: Bool) throws {
        for known in [true, false] {
            let pairs = (0..<12).map { index in
                let arrays = Self.arrays(leak, blurredNoise: blurredNoise, image: index)
                return known ? arrays : arrays.filter { !$0.key.hasPrefix("clean") }
            }
            let manifest = try OutputsManifest(save("\(leak)\(blurredNoise)\(known)", pairs))
            let subject = try Comparison(manifest.evaluation, seed: 3).test(manifest.model).subject
            let rows = subject.checks
            let routes = ["swap", "fresh"] + (known ? ["observed"] : [])
            for route in routes {
                let row = try #require(rows.first { $0.id == "leakage.target.\(route)" })
                let interval = try #require(row.ci95)
                // The exchange is exact up to Float32.
                // Two dozen intervals are looked at: half a width more holds for all of them.
                let slack = route == "swap" ? 1e-5 : (interval[1] - interval[0]) / 2
                #expect(interval[0] - slack <= leak && leak <= interval[1] + slack, "\(route): \(row.because)")
                if leak == 0 { #expect(row.status != .fail, "\(row.because)") }
                if leak >= 0.1 { #expect(row.status == .fail, "\(row.because)") }
            }
            let observed = rows.first { $0.id == "leakage.target.observed" }
            #expect((observed?.status == .notApplicable) == !known)
            // The exchange looks at all leaks, and without one its answer is exact.
            #expect(subject.verdict == (leak > 0 ? .fail : .pass) && subject.scope == .all)
            let advice = try #require(rows.first { $0.id == "evidence.outputs" })
            #expect(advice.because.contains("clean_a (") == !known && advice.because.contains("\"training\""))
        }
    }

    /// Outputs and targets alone say nothing, and the report says what would.
    @Test func withoutEvidenceThereIsNoPass() throws {
        let pairs = (0..<8).map { index in
            Self.arrays(0, blurredNoise: false, image: index).filter { ["prediction_a", "noisy_a"].contains($0.key) }
        }
        let manifest = try OutputsManifest(save("bare", pairs, more: #""name": "bare""#))
        let found = try Comparison(manifest.evaluation, seed: 3).test(manifest.model), rows = found.subject.checks
        #expect(found.subject.verdict == .inconclusive && found.subject.scope == .none)
        #expect(found.findings.contains { $0.kind == .open && $0.next.contains("repeat") }, "\(found.findings)")
        let advice = try #require(rows.first { $0.id == "evidence.outputs" })
        #expect(
            advice.status == .inconclusive
                && advice.because.contains("What would help most: a second capture of every target"))
        #expect(rows.filter { $0.id == "leakage.target.fresh" }.allSatisfy { $0.because.contains("has no repeat_a") })
        #expect(rows.allSatisfy { $0.direction == .bToA })
    }

    /// Over replicates: how much the routes without a clean image spread, beside the one with.
    ///
    /// "Plain" divides the difference of the two losses by the nominal σ²; the fresh route divides by the power of the very
    /// difference that is in the numerator.
    @Test func spreadOfTheFreshRoute() throws {
        let leak = 0.3
        var fresh: [Double] = [], plain: [Double] = [], observed: [Double] = []
        for replicate in 0..<60 {
            let x = Self.arrays(leak, blurredNoise: false, image: 0, seed: UInt64(100 + replicate))
            func field(_ key: String) throws -> [Double] { try #require(x[key]).values.map(Double.init) }
            let (f, n, again, clean) = (
                try field("prediction_a"), try field("noisy_a"), try field("repeat_a"), try field("clean_a")
            )
            var numerator = 0.0, power = 0.0, product = 0.0, noise = 0.0
            for i in f.indices {
                numerator += (f[i] - again[i]) * (f[i] - again[i]) - (f[i] - n[i]) * (f[i] - n[i])
                power += (n[i] - again[i]) * (n[i] - again[i])
                product += (f[i] - clean[i]) * (n[i] - clean[i])
                noise += (n[i] - clean[i]) * (n[i] - clean[i])
            }
            fresh.append(numerator / power)
            plain.append(numerator / (2 * 0.01 * Double(f.count)))
            observed.append(product / noise)
        }
        func spread(_ values: [Double]) -> Double {
            let mean = values.reduce(0, +) / Double(values.count)
            return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)).squareRoot()
        }
        print("spread: fresh \(spread(fresh)), plain \(spread(plain)), observed \(spread(observed))")
        #expect(spread(observed) < spread(fresh) && spread(fresh) < spread(plain))
    }

    /// Every rule of the manifest has its sentence, and no path leaves its directory.
    @Test func refused() throws {
        let good = (0..<2).map { Self.arrays(0.1, blurredNoise: false, image: $0) }
        let directory = try save("good", good)
        let manifest = URL(fileURLWithPath: directory).appending(path: "manifest.json")
        let text = try String(contentsOf: manifest, encoding: .utf8)
        let outside = folder.url.appending(path: "outside.npy")
        try NumPyFile.write(NumPyArray(Tensor([8, 8])), to: outside)
        try FileManager.default.createSymbolicLink(
            at: URL(fileURLWithPath: directory).appending(path: "link.npy"), withDestinationURL: outside)
        try NumPyFile.write(NumPyArray([2], [1, 2]), to: URL(fileURLWithPath: directory).appending(path: "flat.npy"))
        try NumPyFile.write(
            NumPyArray([Self.side, Self.side], [Double](repeating: .nan, count: Self.side * Self.side)),
            to: URL(fileURLWithPath: directory).appending(path: "nan.npy"))
        for (old, new, reason) in [
            ("\"0_noisy_a.npy\"", "\"../outside.npy\"", "outside the manifest's directory"),
            ("\"0_noisy_a.npy\"", "\"\(outside.path)\"", "outside the manifest's directory"),
            ("\"0_noisy_a.npy\"", "\"link.npy\"", "outside the manifest's directory"),
            ("\"0_noisy_a.npy\"", "\"missing.npy\"", "there is no such file"),
            ("\"0_noisy_a.npy\"", "\"flat.npy\"", "[H, W] or [H, W, C]"),
            ("\"0_noisy_a.npy\"", "\"nan.npy\"", "not finite"),
            ("\"noisy_a\": \"0_noisy_a.npy\", ", "", "noisy_a: is missing"),
            ("\"swapped_noisy_a\": \"0_swapped_noisy_a.npy\", ", "", "swapped_noisy_a: is missing"),
            (
                "\"1_noisy_a.npy\", \"noisy_b\": \"1_noisy_b.npy\"",
                "\"0_noisy_a.npy\", \"noisy_b\": \"0_noisy_b.npy\"",
                "is that of scene0"
            ),
            ("\"scene1\"", "\"scene0\"", "as another pair's is"),
            ("\"data_range\": 2", "\"data_range\": 0", "greater than 0"),
            ("\"repeat_a\"", "\"repeat_c\"", "is not a known key"), ("\"scene1\"", "\"a/b\"", "without /"),
        ] {
            try Data(text.replacing(old, with: new).utf8).write(to: manifest)
            do {
                _ = try OutputsManifest(directory)
                Issue.record("read: \(new)")
            } catch let error as InputError {
                #expect(error.description.contains(reason), "\(error)")
            }
        }
        // The same arrays out of an archive.
        let archive = Dictionary(uniqueKeysWithValues: good[0].map { ($0.key, NumPyArray($0.value)) })
        try NumPyFile.writeArchive(archive, to: URL(fileURLWithPath: directory).appending(path: "all.npz"))
        try Data(text.replacing(/"0_([a-z_]*)\.npy"/) { "\"all.npz:\($0.1)\"" }.utf8).write(to: manifest)
        #expect(try OutputsManifest(directory).pairs[0].arrays == good[0])
    }

    @Test func wordsOfACommandLine() throws {
        #expect(
            ExternalProgram.words(#"python  "my file.py" '{input}' a"b c"d ''"#) == [
                "python", "my file.py", "{input}", "ab cd", "",
            ])
        #expect(ExternalProgram.words("a 'b") == nil && ExternalProgram.words("") == [])
        for line in ["", "python x.py {input}", "python x.py {output}", "python 'x {input} {output}"] {
            #expect(throws: InputError.self) { try ExternalProgram(line, timeout: 1) }
        }
        #expect(try ExternalProgram("python -u my/infer.py {source} {output}", timeout: 1).name == "infer.py")
        #expect(try !ExternalProgram("python x.py {source} {output}", timeout: 1).readsTarget)
    }
}
