import Tensors

/// A matrix as `RegisterTile` reads it fastest: panels of its width, the last filled up with zeros, `[panel, inner, width]`.
struct Panels {
    let inner: Int
    let columns: Int
    let values: Tensor

    /// - Parameters:
    ///   - matrix: element (i, j) is `matrix[i·rowStride + j·columnStride]`, where one of the strides is 1.
    ///   - inner: number of rows.
    init(_ matrix: UnsafePointer<Float>, inner: Int, columns: Int, rowStride: Int = 1, columnStride: Int = 1) {
        let width = RegisterTile.panelWidth
        let panels = (columns + width - 1) / width
        self.inner = inner
        self.columns = columns
        values = Tensor([panels, inner, width]) { values in
            guard let values = values.baseAddress else { return }
            let pieces = (inner + Self.length - 1) / Self.length
            Parallel.forEach(panels * pieces) { piece in
                let (panel, part) = piece.quotientAndRemainder(dividingBy: pieces)
                let rows = part * Self.length..<min(inner, (part + 1) * Self.length)
                let first = panel * width
                let count = min(width, columns - first)
                let target = values + (panel * inner + rows.lowerBound) * width
                if count < width { target.update(repeating: 0, count: rows.count * width) }
                if columnStride == 1 {
                    for row in rows {
                        (target + (row - rows.lowerBound) * width).update(
                            from: matrix + (row * rowStride + first), count: count)
                    }
                } else {
                    Transposition.copy(
                        rows: count, columns: rows.count, from: matrix + (first * columnStride + rows.lowerBound),
                        stride: columnStride, to: target, stride: width)
                }
            }
        }
    }

    /// Rows of a panel in a piece.
    private static let length = 128

    /// Runs `body` for each panel with its first column, the number of its columns, and where it begins.
    func forEach(_ body: (_ column: Int, _ count: Int, _ panel: UnsafePointer<Float>) -> Void) {
        values.withUnsafeBuffer { values in
            guard let values = values.baseAddress else { return }
            for column in stride(from: 0, to: columns, by: RegisterTile.panelWidth) {
                body(column, min(RegisterTile.panelWidth, columns - column), values + column * inner)
            }
        }
    }
}
