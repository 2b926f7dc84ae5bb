import Foundation
import Tensors

/// The tensors of a file that `torch.save` wrote: a zip archive with a pickle, which is read and never run, and one member for each
/// storage. Both zip layouts are read, that of PyTorch 1.4 to 1.5 (if asked for there) and that since 1.6.
///
/// Dictionaries, lists and tuples within each other become one flat dictionary, with names joined by points.
package struct TorchFile {
    /// Tensors in the order of the pickle.
    package let names: [String]
    private let views: [String: TorchView]
    private let storages: [String: Data]
    private let isBigEndian: Bool
    private let file: String

    /// Deeper nesting, or a value that contains itself, is refused.
    private static let maximumDepth = 32
    /// Values seen on the way through the nesting: a value that is referred to many times counts each time.
    private static let maximumVisits = 1_000_000

    /// Whether these are the first bytes of a zip archive. No safetensors file begins so: its header would be terabytes long.
    package static func isZip(_ data: Data) -> Bool { data.starts(with: [0x50, 0x4B, 0x03, 0x04]) }

    /// The layout of PyTorch before 1.6: a pickle by itself, or a tar archive.
    package static func isLegacy(_ data: Data) -> Bool {
        data.first == 0x80 || data.count > 262 && data.dropFirst(257).starts(with: Data("ustar".utf8))
    }

    /// For a file in the layout before 1.6.
    package static func legacyError(_ file: String) -> InputError {
        InputError(
            file: file, problem: "is in the layout that PyTorch wrote before version 1.6, a pickle without an archive",
            remedy: "write it again with a newer one: torch.save(torch.load(FILE, weights_only=True), NEW_FILE)")
    }

    /// The tensors in the bytes of a file; `file` is its name for errors.
    ///
    /// - Throws: `InputError`: not such an archive, a pickle that needs more than a state dictionary does, a tensor beyond its
    ///   storage, two tensors of one name.
    package init(decoding data: Data, file: String) throws {
        self.file = file
        let members = try ZipArchive.decode(data, file: file)
        for (name, _) in members {
            let parts = name.split(separator: "/", omittingEmptySubsequences: false)
            guard !parts.contains(".."), !name.hasPrefix("/"), !name.contains("\\"), !name.contains("\0") else {
                throw InputError(file: file, place: String(name.prefix(80)), problem: "leaves the archive")
            }
        }
        let contents = Dictionary(members.map { ($0.name, $0.contents) }) { first, _ in first }
        guard let pickleName = members.first(where: { $0.name.hasSuffix("/data.pkl") })?.name,
            let pickle = contents[pickleName]
        else {
            throw InputError(
                file: file, problem: "is a zip archive without a data.pkl",
                remedy: "a file that torch.save wrote is expected")
        }
        let root = pickleName.dropLast("data.pkl".count)
        guard contents[root + "constants.pkl"] == nil else {
            throw InputError(
                file: file, problem: "is a TorchScript program, not a state dictionary",
                remedy: "save the weights alone: torch.save(model.state_dict(), FILE)")
        }
        isBigEndian = contents[root + "byteorder"] == Data("big".utf8)
        let graph = try PickleReader.read(pickle, file: file, member: pickleName)

        var names: [String] = []
        var views: [String: TorchView] = [:]
        try Self.walk(graph, file: file) { name, view in
            guard views.updateValue(view, forKey: name) == nil else {
                throw InputError(file: file, place: name, problem: "is there twice")
            }
            names.append(name)
        }
        var storages: [String: Data] = [:]
        for (name, view) in views {
            let storage = view.storage
            guard let bytes = contents["\(root)data/\(storage.key)"] else {
                throw InputError(file: file, place: name, problem: "its storage data/\(storage.key) is missing")
            }
            guard [storage.count].byteCount(elementSize: storage.element.size) == bytes.count else {
                throw InputError(
                    file: file, place: name,
                    problem: "its storage data/\(storage.key) has \(bytes.count) bytes, not \(storage.count) numbers "
                        + "of \(storage.element.size)")
            }
            storages[storage.key] = bytes
        }
        self.names = names
        self.views = views
        self.storages = storages
    }

    /// Bytes of all storages: no honest file has more numbers than these.
    package var storedBytes: Int { storages.values.reduce(0) { $0 + $1.count } }

    /// Shape of a tensor; empty for a name that is not there.
    package func shape(of name: String) -> [Int] { views[name]?.shape ?? [] }

    /// Number type as PyTorch calls it.
    package func type(of name: String) -> String { views[name]?.storage.element.rawValue ?? "" }

    /// Elements of a tensor, however its storage is strided, as Float32: half and bfloat16 widened, double and integers rounded.
    ///
    /// - Precondition: the name is one of `names`. Memory is taken for all elements: check their number first.
    package func tensor(_ name: String) -> Tensor {
        guard let view = views[name], let count = view.count, let bytes = storages[view.storage.key] else {
            preconditionFailure("TorchFile: no tensor \(name)")
        }
        func numbers<T: FixedWidthInteger>(_ type: T.Type, as convert: (T) -> Float) -> [Float] {
            // From the view's first number to its last: other tensors may lie before and behind it.
            let span = count == 0 ? 0 : zip(view.shape, view.strides).reduce(1) { $0 + ($1.0 - 1) * $1.1 }
            let stored = bytes.numbers(
                type, at: count == 0 ? 0 : view.offset * view.storage.element.size, count: span, bigEndian: isBigEndian)
            var index = [Int](repeating: 0, count: view.shape.count)
            var position = 0
            return (0..<count).map { _ in
                let value = convert(stored[position])
                for axis in index.indices.reversed() {
                    index[axis] += 1
                    position += view.strides[axis]
                    if index[axis] < view.shape[axis] { break }
                    position -= view.strides[axis] * view.shape[axis]
                    index[axis] = 0
                }
                return value
            }
        }
        let values =
            switch view.storage.element {
            case .float32: numbers(UInt32.self) { Float(bitPattern: $0) }
            case .float64: numbers(UInt64.self) { Float(Double(bitPattern: $0)) }
            case .float16: numbers(UInt16.self) { Float(Float16(bitPattern: $0)) }
            case .bfloat16: numbers(UInt16.self) { Float(bitPattern: UInt32($0) << 16) }
            case .int64: numbers(Int64.self) { Float($0) }
            case .int32: numbers(Int32.self) { Float($0) }
            case .int16: numbers(Int16.self) { Float($0) }
            case .int8: numbers(Int8.self) { Float($0) }
            case .uint8: numbers(UInt8.self) { Float($0) }
            case .bool: numbers(UInt8.self) { $0 == 0 ? 0 : 1 }
            }
        return Tensor(view.shape, values)
    }

    /// Every tensor with its name, depth first, in order.
    private static func walk(
        _ graph: PickleGraph, file: String, found: (_ name: String, _ view: TorchView) throws -> Void
    ) throws {
        var visits = 0
        func visit(_ reference: PickleGraph.Reference, _ path: [String]) throws {
            visits += 1
            guard path.count <= maximumDepth, visits <= maximumVisits else {
                throw InputError(
                    file: file, place: path.prefix(4).joined(separator: "."),
                    problem: "is nested deeper than \(maximumDepth) levels, or contains itself",
                    remedy: "a dictionary of tensors is expected")
            }
            switch graph[reference] {
            case .tensor(let view): try found(path.joined(separator: "."), view)
            case .tuple(let items), .list(let items):
                for (index, item) in items.enumerated() { try visit(item, path + ["\(index)"]) }
            case .dictionary(let members):
                for (key, value) in members {
                    switch graph[key] {
                    case .text(let name): try visit(value, path + [name])
                    case .integer(let number): try visit(value, path + ["\(number)"])
                    default: break
                    }
                }
            case .none, .bool, .integer, .real, .text, .name, .storage, .other: break
            }
        }
        try visit(graph.root, [])
    }
}
