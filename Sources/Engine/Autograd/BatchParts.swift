import Tensors

extension Variable {
    /// Some of the images of a batch. `[N, ...]` → `[n, ...]`; the gradient of the others is 0.
    func images(_ range: Range<Int>) -> Variable {
        let total = shape[0]
        return tape.record(value.entries(range), from: [self]) { dy in
            [dy.placed(at: range.lowerBound, of: total)]
        }
    }

    /// A batch of `total` images, these from `first` on, the others 0. `[n, ...]` → `[total, ...]`.
    func placed(at first: Int, of total: Int) -> Variable {
        let count = shape[0]
        return tape.record(value.placed(at: first, of: total), from: [self]) { dy in
            [dy.entries(first..<first + count)]
        }
    }

    /// The images of both. `[N, ...]` and `[M, ...]` → `[N + M, ...]`.
    static func concatenated(_ x: Variable, _ y: Variable) -> Variable {
        let (first, total) = (x.shape[0], x.shape[0] + y.shape[0])
        return x.tape.record(.concatenated(x.value, y.value), from: [x, y]) { dz in
            [dz.entries(0..<first), dz.entries(first..<total)]
        }
    }
}
