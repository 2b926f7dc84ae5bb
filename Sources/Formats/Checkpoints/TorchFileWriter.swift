import Foundation
import Tensors

extension TorchFile {
    /// A file that `torch.load(FILE, weights_only=True)` reads as a flat state dictionary: an OrderedDict of contiguous float32 tensors,
    /// names in order, in the zip layout since PyTorch 1.6. The same tensors give the same bytes.
    package static func encode(_ tensors: [String: Tensor], file: String) throws -> Data {
        var pickle = PickleWriter()
        pickle.begin()
        var members: [(name: String, contents: Data)] = []
        for (key, (name, tensor)) in tensors.sorted(by: { $0.key < $1.key }).enumerated() {
            pickle.add(name, shape: tensor.shape, storage: "\(key)", count: tensor.count)
            var data = Data()
            tensor.withUnsafeBuffer { data.append(littleEndian: $0.lazy.map(\.bitPattern)) }
            members.append(("archive/data/\(key)", data))
        }
        pickle.end()
        let head = [
            ("archive/data.pkl", pickle.data), ("archive/byteorder", Data("little".utf8)),
            ("archive/version", Data("3\n".utf8)),
        ]
        return try ZipArchive.encode(head + members, file: file)
    }
}

/// Protocol 2, without memo: `{name: _rebuild_tensor_v2(('storage', FloatStorage, key, 'cpu', count), 0, shape, strides, False, {})}`.
private struct PickleWriter {
    private(set) var data = Data()

    mutating func begin() {
        data += [0x80, 2]
        name("collections", "OrderedDict")
        text(")R(")
    }

    mutating func add(_ key: String, shape: [Int], storage: String, count: Int) {
        unicode(key)
        name("torch._utils", "_rebuild_tensor_v2")
        text("((")
        unicode("storage")
        name("torch", "FloatStorage")
        unicode(storage)
        unicode("cpu")
        integer(count)
        text("tQ")
        integer(0)
        integers(shape)
        var strides = [Int](repeating: 1, count: shape.count)
        for axis in shape.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] * shape[axis + 1] }
        integers(strides)
        data.append(0x89)
        name("collections", "OrderedDict")
        text(")RtR")
    }

    mutating func end() { text("u.") }

    private mutating func text(_ text: String) { data += Data(text.utf8) }

    private mutating func name(_ module: String, _ name: String) { text("c\(module)\n\(name)\n") }

    private mutating func unicode(_ value: String) {
        text("X")
        data.append(littleEndian: UInt32(value.utf8.count))
        text(value)
    }

    private mutating func integers(_ values: [Int]) {
        text("(")
        for value in values { integer(value) }
        text("t")
    }

    /// Eight bytes whatever the size.
    private mutating func integer(_ value: Int) {
        data += [0x8A, 8]
        data.append(littleEndian: Int64(value))
    }
}
