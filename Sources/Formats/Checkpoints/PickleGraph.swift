/// What a pickle describes, as far as PyTorch's state dictionaries need it. Values refer to each other by position in one array,
/// so that neither deep nesting nor a value that contains itself can exhaust the stack.
struct PickleGraph {
    /// Position of a value.
    typealias Reference = Int

    enum Value {
        case none
        case bool(Bool)
        case integer(Int)
        case real(Double)
        case text(String)
        case tuple([Reference])
        case list([Reference])
        case dictionary([(key: Reference, value: Reference)])
        case name(PickleName)
        case storage(TorchStorage)
        case tensor(TorchView)
        /// Read and not needed: bytes, a device.
        case other
    }

    private(set) var values: [Value] = []
    var root: Reference = 0

    subscript(reference: Reference) -> Value { values[reference] }

    mutating func add(_ value: Value) -> Reference {
        values.append(value)
        return values.count - 1
    }

    /// Changes a list; `false` for anything else.
    mutating func append(_ items: some Sequence<Reference>, to reference: Reference) -> Bool {
        guard case .list(var list) = values[reference] else { return false }
        // Without a second owner the array grows in place: many appends then cost no copies.
        values[reference] = .none
        list += items
        values[reference] = .list(list)
        return true
    }

    /// Changes a dictionary; `false` for anything else. A key that comes twice is there twice.
    mutating func set(_ pairs: [(key: Reference, value: Reference)], in reference: Reference) -> Bool {
        guard case .dictionary(var members) = values[reference] else { return false }
        values[reference] = .none
        members += pairs
        values[reference] = .dictionary(members)
        return true
    }
}

/// The names that a pickle may mention. A pickle makes values by calling functions by name; none is ever called here.
enum PickleName: Equatable {
    case orderedDictionary, size, device, elementType
    case tensor, tensorOfVersion1, parameter
    case storage(TorchElement)

    /// `nil` for every name that a state dictionary does not need.
    init?(module: String, name: String) {
        switch (module, name) {
        case ("collections", "OrderedDict"): self = .orderedDictionary
        case ("torch", "Size"): self = .size
        case ("torch", "device"): self = .device
        case ("torch._utils", "_rebuild_tensor_v2"): self = .tensor
        case ("torch._utils", "_rebuild_tensor"): self = .tensorOfVersion1
        case ("torch._utils", "_rebuild_parameter"): self = .parameter
        case ("torch", _):
            if let element = TorchElement(storage: name) {
                self = .storage(element)
            } else if TorchElement.typeNames.contains(name) {
                self = .elementType
            } else {
                return nil
            }
        default: return nil
        }
    }
}

/// The number types of PyTorch's storages.
enum TorchElement: String, CaseIterable {
    case float32, float64, float16, bfloat16, int64, int32, int16, int8, uint8, bool

    /// As in `torch.float32` and its other names.
    static let typeNames = Set(allCases.map(\.rawValue) + ["float", "double", "half", "long", "int", "short"])

    private static let storages: [String: TorchElement] = [
        "FloatStorage": .float32, "DoubleStorage": .float64, "HalfStorage": .float16, "BFloat16Storage": .bfloat16,
        "LongStorage": .int64, "IntStorage": .int32, "ShortStorage": .int16, "CharStorage": .int8,
        "ByteStorage": .uint8, "BoolStorage": .bool,
    ]

    /// `nil` for a name that is not that of a storage.
    init?(storage: String) {
        guard let element = Self.storages[storage] else { return nil }
        self = element
    }

    /// The name of the storage of this type.
    var storageName: String { Self.storages.first { $0.value == self }?.key ?? "" }

    /// Bytes of one number.
    var size: Int {
        switch self {
        case .float64, .int64: 8
        case .float32, .int32: 4
        case .float16, .bfloat16, .int16: 2
        case .int8, .uint8, .bool: 1
        }
    }
}

/// A run of numbers in a member of the archive.
struct TorchStorage: Equatable {
    /// The member is `data/KEY`.
    let key: String
    let element: TorchElement
    /// Numbers in it.
    let count: Int
}

/// A tensor: numbers of a storage by offset and strides.
struct TorchView: Equatable {
    let storage: TorchStorage
    let offset: Int
    let shape: [Int]
    let strides: [Int]

    /// Number of elements, or `nil` where a view of this shape cannot lie within its storage.
    var count: Int? {
        guard shape.count == strides.count, shape.count <= 16, offset >= 0, strides.allSatisfy({ $0 >= 0 }),
            let count = shape.byteCount(elementSize: 1)
        else { return nil }
        if count == 0 { return 0 }
        var last = offset
        for (length, stride) in zip(shape, strides) {
            let (step, overflow) = (length - 1).multipliedReportingOverflow(by: stride)
            let (sum, overflowed) = last.addingReportingOverflow(step)
            guard !overflow, !overflowed else { return nil }
            last = sum
        }
        return last < storage.count ? count : nil
    }
}
