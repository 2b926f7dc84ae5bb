/// The field `[H, W, C]` at p + h for each p; 0 beyond the border.
func displaced(_ field: [Double], by h: (rows: Int, columns: Int), shape: [Int]) -> [Double] {
    let (height, width, channels) = (shape[0], shape[1], shape[2])
    var result = [Double](repeating: 0, count: field.count)
    for y in max(0, -h.rows)..<max(max(0, -h.rows), min(height, height - h.rows)) {
        for x in max(0, -h.columns)..<max(max(0, -h.columns), min(width, width - h.columns)) {
            let (here, there) = ((y * width + x) * channels, ((y + h.rows) * width + x + h.columns) * channels)
            for c in 0..<channels { result[here + c] = field[there + c] }
        }
    }
    return result
}
