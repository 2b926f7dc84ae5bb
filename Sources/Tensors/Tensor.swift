import Synchronization

/// A dense Float32 array with value semantics, last axis fastest. Images are channels-last: `[N, H, W, C]`.
public struct Tensor: Sendable {
    /// Length of each axis, outermost first; `[]` is a scalar.
    public let shape: [Int]
    package private(set) var storage: Storage
    /// Where in the storage the elements begin.
    package private(set) var offset = 0

    /// Number of elements.
    public let count: Int

    /// Contents are whatever `fill` writes; it must write every element.
    public init(_ shape: [Int], initializedBy fill: (UnsafeMutableBufferPointer<Float>) throws -> Void) rethrows {
        self.shape = shape
        count = shape.reduce(1, *)
        storage = Storage(count: count)
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
        return storage.pointer[offset]
    }

    /// One element by its index along each axis.
    public subscript(_ index: Int...) -> Float {
        get { withUnsafeBuffer { $0[position(index)] } }
        set {
            let position = position(index)
            withUnsafeMutableBuffer { $0[position] = newValue }
        }
    }

    /// The same elements under another shape; nothing is copied.
    public func reshaped(_ newShape: [Int]) -> Tensor {
        precondition(newShape.reduce(1, *) == count, "Tensor.reshaped: \(shape) does not fit \(newShape)")
        return Tensor(shape: newShape, storage: storage, offset: offset)
    }

    /// Consecutive entries of the first axis; nothing is copied.
    package func entries(_ range: Range<Int>) -> Tensor {
        precondition(range.lowerBound >= 0 && range.upperBound <= shape[0], "Tensor.entries: \(range) of \(shape)")
        let length = count / max(1, shape[0])
        return Tensor(
            shape: [range.count] + shape.dropFirst(), storage: storage, offset: offset + range.lowerBound * length)
    }

    /// Reads the elements in memory order.
    public func withUnsafeBuffer<R>(_ body: (UnsafeBufferPointer<Float>) throws -> R) rethrows -> R {
        try withExtendedLifetime(storage) {
            try body(UnsafeBufferPointer(start: storage.pointer + offset, count: count))
        }
    }

    /// Changes the elements in place; copies them first if another tensor shares them.
    public mutating func withUnsafeMutableBuffer<R>(_ body: (UnsafeMutableBufferPointer<Float>) throws -> R)
        rethrows -> R
    {
        if !isKnownUniquelyReferenced(&storage) {
            let copy = Storage(count: count)
            copy.pointer.update(from: storage.pointer + offset, count: count)
            storage = copy
            offset = 0
        }
        storage.derived.withLock { $0 = nil }
        return try withExtendedLifetime(storage) {
            try body(UnsafeMutableBufferPointer(start: storage.pointer + offset, count: count))
        }
    }

    private init(shape: [Int], storage: Storage, offset: Int) {
        self.shape = shape
        self.storage = storage
        self.offset = offset
        count = shape.reduce(1, *)
    }

    private func position(_ index: [Int]) -> Int {
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
