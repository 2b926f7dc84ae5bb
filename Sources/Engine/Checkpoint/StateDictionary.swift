import Formats
import Foundation
import Tensors

/// What a PyTorch file holds and what of it is a network of ours: the names matched, the architecture read from the shapes.
public struct StateDictionary: Sendable {
    /// One tensor of the file.
    public struct Entry: Sendable {
        /// As in the file, dictionaries joined by points.
        public let name: String
        /// As PyTorch calls it: `float32`, `bfloat16`, `int64`.
        public let type: String
        /// PyTorch's order of axes.
        public let shape: [Int]
        /// The name here; `nil` for a tensor that is none of the network's.
        public var role: String?
    }

    /// In the order of the file.
    public let entries: [Entry]
    /// From the shapes; `nil` where they make none.
    public let architecture: Architecture?
    /// Tensors that the architecture needs and the file lacks or has in another shape, with the shape needed.
    public let missing: [(name: String, shape: [Int])]
    /// Tensors under the network's own names that the architecture does not have.
    public let surplus: [String]
    /// Why there is no architecture, or which network was meant; `nil` where it is clear.
    public let problem: String?
    private let weights: [String: Tensor]
    private let file: String

    private static let roots: Set<Substring> = ["encoder", "decoder_a", "decoder_b"]
    /// What wrappers put into names: DataParallel, torch.compile.
    private static let wrappers: Set<Substring> = ["module", "_orig_mod"]
    /// Where programs keep their weights, in the order of preference, where a file has several networks.
    private static let usualPrefixes = ["", "state_dict", "model_state_dict", "model", "network", "net"]

    /// - Parameter mapping: names here for names there.
    /// - Throws: `InputError` for a file that is not a PyTorch zip archive, or is a hostile one.
    public static func read(_ url: URL, mapping: NameMapping? = nil) throws -> StateDictionary {
        let data = try InputFile.read(url)
        if !TorchFile.isZip(data) && TorchFile.isLegacy(data) { throw TorchFile.legacyError(url.relativePath) }
        return try StateDictionary(decoding: data, file: url.relativePath, mapping: mapping)
    }

    init(decoding data: Data, file: String, mapping: NameMapping? = nil) throws {
        let contents = try TorchFile(decoding: data, file: file)
        self.file = file
        let renamed = try mapping?.apply(to: contents.names) ?? [:]
        // By what stands before encoder, decoder_a or decoder_b.
        var networks: [String: [(role: String, name: String)]] = [:]
        for name in contents.names {
            let parts = (renamed[name] ?? name).split(separator: ".", omittingEmptySubsequences: false)
                .filter { !Self.wrappers.contains($0) }
            guard let start = parts.firstIndex(where: Self.roots.contains) else { continue }
            networks[parts[..<start].joined(separator: "."), default: []]
                .append((parts[start...].joined(separator: "."), name))
        }
        let whole = networks.filter { network in
            Self.roots.allSatisfy { root in network.value.contains { $0.role.hasPrefix("\(root).") } }
        }
        let chosen =
            whole.count == 1 ? whole.keys.first : Self.usualPrefixes.first { whole[$0] != nil }
        var roles: [String: String] = [:]
        for (role, name) in chosen.flatMap({ whole[$0] }) ?? [] {
            guard roles.updateValue(name, forKey: role) == nil else {
                throw InputError(file: file, place: name, problem: "is a second tensor \(role)")
            }
        }
        let shapes = roles.mapValues { contents.shape(of: $0) }
        let found = chosen == nil ? nil : Self.architecture(of: shapes)
        architecture = found
        if chosen == nil {
            problem =
                whole.isEmpty
                ? "holds no tensors named encoder.…, decoder_a.… and decoder_b.…"
                : "holds several networks, under \(whole.keys.sorted().joined(separator: ", "))"
        } else {
            problem = found == nil ? "holds an encoder and decoders of other shapes than the network's" : nil
        }

        // Expanded views may claim any number: stop counting where it is too large.
        let elements = shapes.values.reduce(0) {
            min($0, contents.storedBytes) + min($1.reduce(1, *), contents.storedBytes + 1)
        }
        guard elements <= contents.storedBytes else {
            throw InputError(
                file: file, problem: "its tensors have more elements than the \(contents.storedBytes) bytes stored",
                remedy: "tensors that are expanded or shared must be saved as copies")
        }
        // A network is made to learn the names only where the file holds about as many numbers as it has.
        if let found, found.parameterCount / 4 <= elements {
            let parameters = C2CNetwork(found, seed: 0).parameters
            let needed = Dictionary(parameters.map { ($0.name, TwinLayout.shape(of: $0)) }) { first, _ in first }
            missing = needed.filter { shapes[$0.key] != $0.value }.sorted { $0.key < $1.key }
                .map { (name: $0.key, shape: $0.value) }
            surplus = shapes.keys.filter { needed[$0] == nil }.sorted()
        } else {
            (missing, surplus) = ([], [])
        }
        weights = Dictionary(uniqueKeysWithValues: roles.map { ($0.key, contents.tensor($0.value)) })
        let roleOfName = Dictionary(uniqueKeysWithValues: roles.map { ($0.value, $0.key) })
        entries = contents.names.map {
            Entry(name: $0, type: contents.type(of: $0), shape: contents.shape(of: $0), role: roleOfName[$0])
        }
    }

    /// The checkpoint: the weights, with what the file does not say from a configuration.
    ///
    /// - Throws: `InputError` where no network of ours fits, or the configuration is of another network. A tensor that is missing or
    ///   left over is found when the network is made.
    func checkpoint(_ configuration: RunConfiguration?) throws -> Checkpoint {
        guard let architecture else {
            let names = entries.prefix(3).map(\.name).joined(separator: ", ")
            throw InputError(
                file: file,
                problem: (problem ?? "holds no network") + (names.isEmpty ? "" : " (it begins with \(names))"),
                remedy: "inspect shows all names; --mapping names.json says what they are here")
        }
        if let configuration {
            let wanted = configuration.architecture(channels: architecture.channels)
            guard wanted == architecture else {
                throw InputError(
                    file: file, problem: "is a network of \(architecture), \(architecture.merge.rawValue)",
                    remedy: "the configuration describes \(wanted), \(wanted.merge.rawValue)")
            }
        }
        return Checkpoint(file: file, architecture, configuration, weights: weights)
    }

    /// The numbers of channels, read from the first convolutions of all levels.
    private static func architecture(of shapes: [String: [Int]]) -> Architecture? {
        func weight(_ name: String) -> [Int]? { shapes["\(name).weight"].flatMap { $0.count == 4 ? $0 : nil } }
        var widths: [Int] = []
        while let level = weight("encoder.levels.\(widths.count).conv1") { widths.append(level[0]) }
        guard let first = weight("encoder.levels.0.conv1"), let bottleneck = weight("encoder.bottleneck.conv1"),
            let decoder = weight("decoder_a.levels.0.conv1"), (1...8).contains(widths.count)
        else { return nil }
        let merge: Architecture.Merge
        switch decoder[1] {
        case 2 * decoder[0]: merge = .concat
        case decoder[0]: merge = .add
        default: return nil
        }
        guard (1...64).contains(first[1]), (1...8192).contains(bottleneck[0]),
            widths.allSatisfy({ (1...8192).contains($0) })
        else { return nil }
        return Architecture(
            channels: first[1], features: widths.reversed(), latentChannels: bottleneck[0], merge: merge)
    }
}
