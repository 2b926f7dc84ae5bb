import Tensors

extension Tensor {
    /// A longer first axis with these entries from `first` on, and zeros.
    func placed(at first: Int, of total: Int) -> Tensor {
        precondition(first >= 0 && first + shape[0] <= total, "Tensor.placed: \(shape) at \(first) of \(total)")
        if shape[0] == total { return self }
        return Tensor.stacked(total, [total] + shape.dropFirst()) { entry in
            (first..<first + shape[0]).contains(entry) ? (self, entry - first) : nil
        }
    }

    /// One after the other along the first axis.
    static func concatenated(_ x: Tensor, _ y: Tensor) -> Tensor {
        precondition(x.shape.dropFirst() == y.shape.dropFirst(), "Tensor.concatenated: \(x.shape) and \(y.shape)")
        let (first, total) = (x.shape[0], x.shape[0] + y.shape[0])
        return stacked(total, [total] + x.shape.dropFirst()) { $0 < first ? (x, $0) : (y, $0 - first) }
    }

    /// Entries of the first axis, each an entry of some tensor or zeros.
    private static func stacked(_ total: Int, _ shape: [Int], _ source: (Int) -> (tensor: Tensor, entry: Int)?)
        -> Tensor
    {
        Tensor(shape) { target in
            guard let target = target.baseAddress else { return }
            let length = shape.dropFirst().reduce(1, *)
            Parallel.forEach(total) { entry in
                let target = target + entry * length
                guard let (tensor, position) = source(entry) else { return target.update(repeating: 0, count: length) }
                tensor.entries(position..<position + 1).withUnsafeBuffer {
                    if let source = $0.baseAddress { target.update(from: source, count: length) }
                }
            }
        }
    }
}
