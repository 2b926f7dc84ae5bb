import Foundation

/// Reads a pickle of protocol 2 to 5 (https://docs.python.org/3/library/pickletools.html) without running any of it: the opcodes
/// and names that state dictionaries are made of, and nothing else.
struct PickleReader {
    /// Longer ones are refused: a state dictionary takes about 200 bytes a tensor.
    static let maximumLength = 8 << 20

    private let bytes: [UInt8]
    private let file: String
    private let member: String
    private var position = 0
    private var start = 0
    private var graph = PickleGraph()
    private var stack: [PickleGraph.Reference] = []
    private var marks: [Int] = []
    private var memo: [Int: PickleGraph.Reference] = [:]

    /// The values in `data`, the `member` of the archive `file`.
    ///
    /// - Throws: `InputError` naming the byte: an opcode or a name that is not read, or one that makes no sense where it is.
    static func read(_ data: Data, file: String, member: String) throws -> PickleGraph {
        guard data.count <= maximumLength else {
            throw InputError(
                file: file, place: member, problem: "the pickle has \(data.count) bytes",
                remedy: "at most \(maximumLength) are read; save the state dictionary alone")
        }
        var reader = PickleReader(bytes: [UInt8](data), file: file, member: member)
        try reader.run()
        return reader.graph
    }

    private init(bytes: [UInt8], file: String, member: String) {
        self.bytes = bytes
        self.file = file
        self.member = member
    }

    private mutating func run() throws {
        guard bytes.first == 0x80 else { throw error("does not begin with a protocol", "a pickle of protocol 2 to 5") }
        while true {
            start = position
            let opcode = try byte()
            if opcode == UInt8(ascii: ".") {
                graph.root = try pop()
                return
            }
            try execute(opcode)
        }
    }

    private mutating func execute(_ opcode: UInt8) throws {
        switch opcode {
        case 0x80:
            let version = try byte()
            guard (2...5).contains(version) else { throw error("has protocol \(version)", "read are 2 to 5") }
        case 0x95: _ = try take(8)
        case UInt8(ascii: "("): marks.append(stack.count)
        case UInt8(ascii: "0"): _ = try pop()
        case UInt8(ascii: "1"): _ = try popToMark()
        case UInt8(ascii: "N"): push(.none)
        case 0x88: push(.bool(true))
        case 0x89: push(.bool(false))
        case UInt8(ascii: "K"): push(.integer(Int(try byte())))
        case UInt8(ascii: "M"): push(.integer(Int(try number(UInt16.self))))
        case UInt8(ascii: "J"): push(.integer(Int(try number(Int32.self))))
        case 0x8A: push(try longInteger())
        case UInt8(ascii: "G"): push(.real(Double(bitPattern: UInt64(bigEndian: try number(UInt64.self)))))
        case UInt8(ascii: "X"): push(.text(try text(Int(try number(UInt32.self)))))
        case 0x8C: push(.text(try text(Int(try byte()))))
        case 0x8D: push(.text(try text(try length())))
        case UInt8(ascii: "B"): try skipBytes(Int(try number(UInt32.self)))
        case UInt8(ascii: "C"): try skipBytes(Int(try byte()))
        case 0x8E: try skipBytes(try length())
        case UInt8(ascii: ")"): push(.tuple([]))
        case UInt8(ascii: "]"): push(.list([]))
        case UInt8(ascii: "}"): push(.dictionary([]))
        case UInt8(ascii: "t"): push(.tuple(try popToMark()))
        case 0x85: push(.tuple(try pop(1)))
        case 0x86: push(.tuple(try pop(2)))
        case 0x87: push(.tuple(try pop(3)))
        case UInt8(ascii: "l"): push(.list(try popToMark()))
        case UInt8(ascii: "d"): push(.dictionary(try pairs(try popToMark())))
        case UInt8(ascii: "a"): try append(try pop(1))
        case UInt8(ascii: "e"): try append(try popToMark())
        case UInt8(ascii: "s"): try set(try pairs(try pop(2)))
        case UInt8(ascii: "u"): try set(try pairs(try popToMark()))
        case UInt8(ascii: "q"): memo[Int(try byte())] = try top()
        case UInt8(ascii: "r"): memo[Int(try number(UInt32.self))] = try top()
        case 0x94: memo[memo.count] = try top()
        case UInt8(ascii: "h"): try recall(Int(try byte()))
        case UInt8(ascii: "j"): try recall(Int(try number(UInt32.self)))
        case UInt8(ascii: "c"): try pushName(module: try line(), name: try line())
        case 0x93:
            guard case .text(let name) = graph[try pop()], case .text(let module) = graph[try pop()] else {
                throw error("names something without a text")
            }
            try pushName(module: module, name: name)
        case UInt8(ascii: "Q"): push(.storage(try storage(graph[try pop()])))
        case UInt8(ascii: "R"), 0x81: try call()
        case UInt8(ascii: "b"):
            _ = try pop()
            // PyTorch hangs its version numbers on an OrderedDict; a state of anything else would be code.
            guard case .dictionary = graph[try top()] else { throw error("sets the state of something unknown") }
        default:
            throw error(
                "uses opcode 0x\(String(opcode, radix: 16))",
                "state dictionaries of numbers, texts and tensors are read")
        }
    }

    // MARK: - Names and calls

    private mutating func pushName(module: String, name: String) throws {
        guard let known = PickleName(module: module, name: name) else {
            let full = "\(module).\(name)".prefix(80)
            throw error(
                "asks for \(full), which no state dictionary needs; nothing was run",
                "save the weights alone: torch.save(model.state_dict(), FILE)")
        }
        push(.name(known))
    }

    private mutating func call() throws {
        guard case .tuple(let arguments) = graph[try pop()], case .name(let name) = graph[try pop()] else {
            throw error("calls something that is not a name")
        }
        switch name {
        case .orderedDictionary: try push(orderedDictionary(arguments))
        case .tensor, .tensorOfVersion1: push(.tensor(try tensor(arguments)))
        case .parameter:
            guard let first = arguments.first, case .tensor = graph[first] else {
                throw error("makes a parameter without a tensor")
            }
            stack.append(first)
        case .size: push(arguments.first.map { graph[$0] } ?? .tuple([]))
        case .device: push(.other)
        case .elementType, .storage: throw error("calls a type")
        }
    }

    private func orderedDictionary(_ arguments: [PickleGraph.Reference]) throws -> PickleGraph.Value {
        guard let first = arguments.first else { return .dictionary([]) }
        guard case .list(let items) = graph[first] else { throw error("makes an OrderedDict of no list") }
        return .dictionary(
            try items.map {
                switch graph[$0] {
                case .tuple(let pair) where pair.count == 2: (pair[0], pair[1])
                case .list(let pair) where pair.count == 2: (pair[0], pair[1])
                default: throw error("makes an OrderedDict of something other than pairs")
                }
            })
    }

    /// `_rebuild_tensor_v2(storage, offset, size, stride, …)`.
    private func tensor(_ arguments: [PickleGraph.Reference]) throws -> TorchView {
        guard arguments.count >= 4, case .storage(let storage) = graph[arguments[0]],
            case .integer(let offset) = graph[arguments[1]], let shape = integers(graph[arguments[2]]),
            let strides = integers(graph[arguments[3]])
        else { throw error("makes a tensor of something other than a storage, an offset, sizes and strides") }
        let view = TorchView(storage: storage, offset: offset, shape: shape, strides: strides)
        guard view.count != nil else {
            throw error(
                "makes a tensor of shape \(shape), strides \(strides) and offset \(offset), which its storage of "
                    + "\(storage.count) numbers cannot hold")
        }
        return view
    }

    /// A persistent id: `('storage', type, key, location, count)`.
    private func storage(_ id: PickleGraph.Value) throws -> TorchStorage {
        guard case .tuple(let parts) = id, parts.count >= 5, case .text("storage") = graph[parts[0]],
            case .name(.storage(let element)) = graph[parts[1]], case .text(let key) = graph[parts[2]],
            case .integer(let count) = graph[parts[4]], count >= 0
        else { throw error("refers to something other than a storage") }
        guard !key.isEmpty, key.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            throw error("names the storage \"\(key.prefix(40))\"", "a number is expected")
        }
        return TorchStorage(key: key, element: element, count: count)
    }

    private func integers(_ value: PickleGraph.Value) -> [Int]? {
        guard case .tuple(let items) = value else { return nil }
        let numbers = items.compactMap { if case .integer(let number) = graph[$0] { number } else { nil } }
        return numbers.count == items.count ? numbers : nil
    }

    // MARK: - Stack

    private mutating func push(_ value: PickleGraph.Value) { stack.append(graph.add(value)) }

    /// What lies under the last mark is out of reach.
    private var floor: Int { marks.last ?? 0 }

    private func top() throws -> PickleGraph.Reference {
        guard stack.count > floor, let last = stack.last else { throw error("takes from an empty stack") }
        return last
    }

    private mutating func pop() throws -> PickleGraph.Reference {
        let last = try top()
        stack.removeLast()
        return last
    }

    private mutating func pop(_ count: Int) throws -> [PickleGraph.Reference] {
        guard stack.count - floor >= count else { throw error("takes from an empty stack") }
        defer { stack.removeLast(count) }
        return Array(stack.suffix(count))
    }

    private mutating func popToMark() throws -> [PickleGraph.Reference] {
        guard let mark = marks.popLast() else { throw error("has no mark to go back to") }
        defer { stack.removeLast(stack.count - mark) }
        return Array(stack[mark...])
    }

    private func pairs(_ items: [PickleGraph.Reference]) throws -> [(key: Int, value: Int)] {
        guard items.count % 2 == 0 else { throw error("has a key without a value") }
        return stride(from: 0, to: items.count, by: 2).map { (items[$0], items[$0 + 1]) }
    }

    private mutating func append(_ items: [PickleGraph.Reference]) throws {
        guard graph.append(items, to: try top()) else { throw error("appends to something that is not a list") }
    }

    private mutating func set(_ pairs: [(key: Int, value: Int)]) throws {
        guard graph.set(pairs, in: try top()) else { throw error("sets a key of something that is not a dictionary") }
    }

    private mutating func recall(_ key: Int) throws {
        guard let value = memo[key] else { throw error("recalls \(key), which was never kept") }
        stack.append(value)
    }

    // MARK: - Bytes

    private mutating func byte() throws -> UInt8 { try take(1)[0] }

    private mutating func take(_ count: Int) throws -> [UInt8] {
        guard count >= 0, count <= bytes.count - position else { throw error("ends too early") }
        defer { position += count }
        return Array(bytes[position..<position + count])
    }

    /// Little-endian.
    private mutating func number<T: FixedWidthInteger>(_ type: T.Type) throws -> T {
        try take(MemoryLayout<T>.size).reversed().reduce(0) { $0 << 8 | T(truncatingIfNeeded: $1) }
    }

    private mutating func length() throws -> Int {
        let length = try number(UInt64.self)
        guard length <= bytes.count else { throw error("ends too early") }
        return Int(length)
    }

    /// Two's complement of up to 8 bytes; longer ones (seeds of 64 bits) are skipped.
    private mutating func longInteger() throws -> PickleGraph.Value {
        let raw = try take(Int(try byte()))
        guard raw.count <= 8 else { return .other }
        let isNegative = (raw.last ?? 0) >= 0x80
        return .integer(Int(raw.reversed().reduce(isNegative ? -1 : 0 as Int64) { $0 << 8 | Int64($1) }))
    }

    private mutating func text(_ count: Int) throws -> String {
        guard let text = String(validating: try take(count), as: UTF8.self) else {
            throw error("holds a text that is not UTF-8")
        }
        return text
    }

    private mutating func skipBytes(_ count: Int) throws {
        _ = try take(count)
        push(.other)
    }

    private mutating func line() throws -> String {
        guard let end = bytes[position...].firstIndex(of: UInt8(ascii: "\n")) else { throw error("ends too early") }
        let line = try text(end - position)
        position += 1
        return line
    }

    private func error(_ problem: String, _ remedy: String? = nil) -> InputError {
        InputError(file: file, place: "\(member), byte \(start)", problem: problem, remedy: remedy)
    }
}
