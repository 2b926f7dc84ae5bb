/// A dense Float32 array with value semantics, last axis fastest. Images are channels-last: `[N, H, W, C]`.
public struct Tensor: Sendable {
    /// Length of each axis, outermost first; `[]` is a scalar.
    public let shape: [Int]
    private(set) var storage: Storage

    /// Number of elements.
    public var count: Int { storage.count }

    /// Contents are whatever `fill` writes; it must write every element.
    public init(_ shape: [Int], initializedBy fill: (UnsafeMutableBufferPointer<Float>) throws -> Void) rethrows {
        self.shape = shape
        storage = Storage(count: shape.reduce(1, *))
        try fill(UnsafeMutableBufferPointer(start: storage.pointer, count: storage.count))
    }

    /// A tensor of one repeated value.
    public init(_ shape: [Int], repeating value: Float = 0) {
        self.init(shape) { $0.update(repeating: value) }
    }

    /// - Precondition: `values.count` is the product of `shape`.
    public init(_ shape: [Int], _ values: [Float]) {
        precondition(
            values.count == shape.reduce(1, *), "Tensor: shape \(shape) does not hold \(values.count) values")
        self.init(shape) { _ = $0.update(fromContentsOf: values) }
    }

    /// A scalar, shape `[]`.
    public init(scalar value: Float) { self.init([], [value]) }

    /// The elements in memory order, copied.
    public var values: [Float] { withUnsafeBuffer { Array($0) } }

    /// The only element of a scalar or of a tensor with one element.
    public var scalar: Float {
        precondition(count == 1, "Tensor.scalar: shape \(shape) has \(count) elements, not one")
        return storage.pointer[0]
    }

    /// One element by its index along each axis.
    public subscript(_ index: Int...) -> Float {
        get { storage.pointer[offset(index)] }
        set {
            let position = offset(index)
            withUnsafeMutableBuffer { $0[position] = newValue }
        }
    }

    /// The same elements under another shape; nothing is copied.
    public func reshaped(_ newShape: [Int]) -> Tensor {
        precondition(newShape.reduce(1, *) == count, "Tensor.reshaped: \(shape) does not fit \(newShape)")
        return Tensor(shape: newShape, storage: storage)
    }

    /// Reads the elements in memory order.
    public func withUnsafeBuffer<R>(_ body: (UnsafeBufferPointer<Float>) throws -> R) rethrows -> R {
        try withExtendedLifetime(storage) {
            try body(UnsafeBufferPointer(start: storage.pointer, count: storage.count))
        }
    }

    /// Changes the elements in place; copies them first if another tensor shares them.
    public mutating func withUnsafeMutableBuffer<R>(_ body: (UnsafeMutableBufferPointer<Float>) throws -> R)
        rethrows -> R
    {
        if !isKnownUniquelyReferenced(&storage) {
            let copy = Storage(count: storage.count)
            copy.pointer.update(from: storage.pointer, count: storage.count)
            storage = copy
        }
        storage.derived.withLock { $0 = nil }
        return try withExtendedLifetime(storage) {
            try body(UnsafeMutableBufferPointer(start: storage.pointer, count: storage.count))
        }
    }

    private init(shape: [Int], storage: Storage) {
        self.shape = shape
        self.storage = storage
    }

    private func offset(_ index: [Int]) -> Int {
        precondition(index.count == shape.count, "Tensor: \(index.count) indices for shape \(shape)")
        return zip(index, shape).reduce(0) { total, axis in
            precondition(axis.0 >= 0 && axis.0 < axis.1, "Tensor: index \(index) is outside shape \(shape)")
            return total * axis.1 + axis.0
        }
    }
}

extension Tensor: Equatable {
    /// Same shape and same bits, except that 0 equals -0; NaN differs from everything.
    public static func == (a: Tensor, b: Tensor) -> Bool {
        a.shape == b.shape && a.withUnsafeBuffer { p in b.withUnsafeBuffer { q in p.elementsEqual(q) } }
    }
}
