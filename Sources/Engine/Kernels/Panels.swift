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
            Parallel.forRanges(panels * inner, length: 128) { rows in
                let isLast = rows.upperBound > (panels - 1) * inner
                if isLast { (values + rows.lowerBound * width).update(repeating: 0, count: rows.count * width) }
                // Columns outside, so that 128 rows of a column that is consecutive in memory are read in order.
                for column in 0..<width {
                    for row in rows {
                        let (panel, i) = row.quotientAndRemainder(dividingBy: inner)
                        let j = panel &* width &+ column
                        if j < columns {
                            values[row &* width &+ column] = matrix[i &* rowStride &+ j &* columnStride]
                        }
                    }
                }
            }
        }
    }

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
