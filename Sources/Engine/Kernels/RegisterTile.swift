/// The matrix product all convolutions are made of: C (+)= Σ_s A_s·B_s with A of any strides and B in rows.
///
/// C is computed in tiles that stay in vector registers during the inner sum (6×64 or 8×32 with AVX-512, 6×16 with AVX2):
/// each step loads one row of B, and multiplies it by one broadcast element of A per row of the tile. Since A is only ever
/// broadcast, its strides are free: a transposed matrix costs nothing, and so do the overlapping rows "three pixels
/// side by side" of an image, which a library routine would want copied out (im2col).
///
/// The order of every sum is that of its terms in A and B, whatever the tiles.
enum RegisterTile {
    /// Columns of one panel of B.
    static let panelWidth = MatrixProduct.hasWideRegisters ? 64 : 32
    /// Terms of the inner sum for which a panel of B, 32 KiB of them, stays in L1 while all rows of A pass by.
    private static let stretch = 128
    /// Elements of a cache line.
    private static let lineLength = 16

    /// A: element (row, inner) of segment s is `pointer[row·rowStride + inner·innerStride + s·segmentStride]`; each further
    /// group of rows starts `groupStride` later.
    struct Left {
        var pointer: UnsafePointer<Float>
        var rowStride: Int
        var innerStride = 1
        var segmentStride = 0
        var groupStride = 0
    }

    /// B: element (inner, column) of segment s is `pointer[inner·rowStride + s·segmentStride + column]` in the first panel;
    /// each further panel starts `panelStride` later. Up to `roundedColumns` columns are read.
    struct Right {
        var pointer: UnsafePointer<Float>
        var rowStride = panelWidth
        var segmentStride = 0
        var panelStride = panelWidth
    }

    /// How much there is to multiply: C is rows×columns, `groups` times; the sum runs over `inner` and over `segments`.
    struct Extent {
        var rows: Int
        var columns: Int
        var inner: Int
        var segments = 1
        var groups = 1
    }

    /// What the sums start from: zeros, what C holds, or a row of numbers that is the same for all rows of C.
    enum Start {
        case zeros
        case output
        case row(UnsafePointer<Float>)
    }

    /// How many columns of B are read for a number of columns of C: a whole tile is cheaper than two narrower ones.
    static func roundedColumns(_ count: Int) -> Int {
        let remainder = count % 32
        if MatrixProduct.hasWideRegisters && remainder > 16 { return count - remainder + 32 }
        return (count + 7) / 8 * 8
    }

    /// Writes C, whose rows are `outputStride` apart and its groups of rows `outputGroupStride`, on the calling thread.
    static func multiply(
        _ a: Left, _ b: Right, _ extent: Extent, into output: UnsafeMutablePointer<Float>, outputStride: Int,
        outputGroupStride: Int = 0, from start: Start = .zeros
    ) {
        var column = 0
        while column < extent.columns {
            let remaining = extent.columns - column
            var b = b
            b.pointer += column / panelWidth * b.panelStride + column % panelWidth
            var target = Target(
                pointer: output + column, stride: outputStride, groupStride: outputGroupStride, start: start,
                columns: remaining)
            if case .row(let row) = start { target.start = .row(row + column) }
            if MatrixProduct.hasWideRegisters {
                if remaining >= 64 {
                    inStretches(Tile<SIMD16<Float>, 6, 4>.self, a, b, extent, target)
                    column += 64
                } else if remaining >= 32 || remaining == 24 {
                    sweep(Tile<SIMD16<Float>, 8, 2>.self, a, b, extent, target)
                    column += 32
                } else if remaining >= 16 {
                    sweep(Tile<SIMD16<Float>, 8, 1>.self, a, b, extent, target)
                    column += 16
                } else {
                    sweep(Tile<SIMD8<Float>, 8, 1>.self, a, b, extent, target)
                    column += 8
                }
            } else if remaining >= 16 {
                sweep(Tile<SIMD8<Float>, 6, 2>.self, a, b, extent, target)
                column += 16
            } else {
                sweep(Tile<SIMD8<Float>, 6, 1>.self, a, b, extent, target)
                column += 8
            }
        }
    }

    /// All rows of one strip of columns, for a part of the inner sum at a time.
    @inline(__always)
    private static func inStretches<V, let rows: Int, let vectors: Int>(
        _ tile: Tile<V, rows, vectors>.Type, _ a: Left, _ b: Right, _ extent: Extent, _ target: Target
    ) {
        if extent.inner &* extent.segments <= stretch { return sweep(tile, a, b, extent, target) }
        var (part, target) = (extent, target)
        part.segments = 1
        for segment in 0..<extent.segments {
            for start in stride(from: 0, to: extent.inner, by: stretch) {
                var (a, b) = (a, b)
                a.pointer += segment &* a.segmentStride &+ start &* a.innerStride
                b.pointer += segment &* b.segmentStride &+ start &* b.rowStride
                part.inner = min(stretch, extent.inner &- start)
                sweep(tile, a, b, part, target)
                target.start = .output
            }
        }
    }

    /// All rows of one strip of columns, in tiles of `rows` and for what remains of 4, 2 and 1.
    ///
    /// Each of the widest tiles asks for its share of the stretch of B that follows this one, which is where panels continue:
    /// weights larger than the cache then arrive evenly, instead of all of them during the first tile.
    @inline(__always)
    private static func sweep<V, let rows: Int, let vectors: Int>(
        _ tile: Tile<V, rows, vectors>.Type, _ a: Left, _ b: Right, _ extent: Extent, _ target: Target
    ) {
        var ahead = b.pointer + extent.inner &* b.rowStride
        for group in 0..<extent.groups {
            var (a, target, remaining) = (a, target, extent.rows)
            a.pointer += group &* a.groupStride
            target.pointer += group &* target.groupStride
            func step(_ count: Int) {
                a.pointer += count &* a.rowStride
                target.pointer += count &* target.stride
                remaining &-= count
                ahead += extent.inner &* lineLength
            }
            // Two tiles of 4 rows take fewer loads than one of 6 and one of 2.
            while remaining >= rows && !(rows == 6 && remaining == 8) {
                Tile<V, rows, vectors>.multiply(a, b, ahead, extent.inner, extent.segments, target)
                step(rows)
            }
            while remaining >= 4 {
                Tile<V, 4, vectors>.multiply(a, b, ahead, extent.inner, extent.segments, target)
                step(4)
            }
            while remaining >= 2 {
                Tile<V, 2, vectors>.multiply(a, b, ahead, extent.inner, extent.segments, target)
                step(2)
            }
            if remaining == 1 {
                Tile<V, 1, vectors>.multiply(a, b, ahead, extent.inner, extent.segments, target)
                step(1)
            }
        }
    }

    /// Where a tile of C goes, and how many columns there are from its first one on.
    private struct Target {
        var pointer: UnsafeMutablePointer<Float>
        var stride: Int
        var groupStride: Int
        var start: Start
        var columns: Int
    }

    private enum Tile<V: FloatVector, let rows: Int, let vectors: Int> {
        @inline(__always)
        static func multiply(
            _ a: Left, _ b: Right, _ ahead: UnsafePointer<Float>, _ inner: Int, _ segments: Int, _ target: Target
        ) {
            if target.columns >= vectors &* V.scalarCount {
                multiplyWhole(a, b, ahead, inner, segments, target)
            } else {
                multiplyPart(a, b, ahead, inner, segments, target)
            }
        }

        /// A tile that sticks out of C, in a copy of it that is whole.
        @inline(never)
        private static func multiplyPart(
            _ a: Left, _ b: Right, _ ahead: UnsafePointer<Float>, _ inner: Int, _ segments: Int, _ target: Target
        ) {
            let width = vectors &* V.scalarCount
            withUnsafeTemporaryAllocation(of: Float.self, capacity: rows &* width) { copy in
                guard let copy = copy.baseAddress else { return }
                var whole = target
                (whole.pointer, whole.stride) = (copy, width)
                for row in 0..<rows {
                    let start: UnsafePointer<Float>
                    switch target.start {
                    case .zeros: continue
                    case .output: start = UnsafePointer(target.pointer) + row &* target.stride
                    case .row(let row): start = row
                    }
                    (copy + row &* width).update(from: start, count: target.columns)
                    whole.start = .output
                }
                multiplyWhole(a, b, ahead, inner, segments, whole)
                for row in 0..<rows {
                    (target.pointer + row &* target.stride).update(from: copy + row &* width, count: target.columns)
                }
            }
        }

        /// No other branch or index than these, so that the compiler keeps the sums in registers from the first line to the last.
        @inline(never)
        private static func multiplyWhole(
            _ a: Left, _ b: Right, _ ahead: UnsafePointer<Float>, _ inner: Int, _ segments: Int, _ target: Target
        ) {
            func place(_ row: Int, _ j: Int) -> UnsafeMutablePointer<Float> {
                target.pointer + (row &* target.stride &+ j &* V.scalarCount)
            }
            var sums = InlineArray<rows, InlineArray<vectors, V>>(repeating: .init(repeating: V()))
            func start(_ pointer: UnsafePointer<Float>, _ stride: Int) {
                for row in 0..<rows {
                    for j in 0..<vectors { sums[row][j] = V(at: pointer + (row &* stride &+ j &* V.scalarCount)) }
                }
            }
            switch target.start {
            case .zeros: break
            case .output: start(target.pointer, target.stride)
            case .row(let row): start(row, 0)
            }
            var ahead = ahead
            for segment in 0..<segments {
                var left = a.pointer + segment &* a.segmentStride
                var right = b.pointer + segment &* b.segmentStride
                for _ in 0..<inner {
                    // Narrower tiles are short of loads, and their B is small.
                    if vectors == 4 {
                        ahead.prefetch()
                        ahead += lineLength
                    }
                    for row in 0..<rows {
                        let factor = V(repeating: left[row &* a.rowStride])
                        for j in 0..<vectors {
                            sums[row][j] = sums[row][j].adding(factor, times: V(at: right + j &* V.scalarCount))
                        }
                    }
                    left += a.innerStride
                    right += b.rowStride
                }
            }
            for row in 0..<rows {
                for j in 0..<vectors { sums[row][j].store(to: place(row, j)) }
            }
        }
    }
}
