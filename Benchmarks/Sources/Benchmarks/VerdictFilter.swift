@testable import Engine

/// Filters of fields `[H, W, C]` in memory order, each channel by itself, wrapped around the borders.
struct VerdictFilter {
    let height: Int
    let width: Int
    let channels: Int

    init(_ shape: [Int]) { (height, width, channels) = (shape[0], shape[1], shape[2]) }

    var count: Int { height * width * channels }
    func row(_ i: Int) -> Int { i / channels / width }
    func column(_ i: Int) -> Int { i / channels % width }
    func channel(_ i: Int) -> Int { i % channels }

    /// Where the value of this row and column lies, both taken modulo the size.
    func index(_ y: Int, _ x: Int, _ channel: Int) -> Int {
        (((y % height + height) % height) * width + (x % width + width) % width) * channels + channel
    }

    /// A value for each row, column and channel.
    func field(_ make: (_ y: Int, _ x: Int, _ channel: Int) -> Double) -> [Double] {
        (0..<count).map { make(row($0), column($0), channel($0)) }
    }

    /// One odd kernel along both axes.
    func separable(_ field: [Double], _ kernel: [Double]) -> [Double] {
        let reach = kernel.count / 2
        func along(_ field: [Double], _ step: (Int) -> (Int, Int)) -> [Double] {
            self.field { y, x, channel in
                var sum = 0.0
                for (k, weight) in kernel.enumerated() {
                    let (dy, dx) = step(k - reach)
                    sum += weight * field[index(y + dy, x + dx, channel)]
                }
                return sum
            }
        }
        return along(along(field) { (0, $0) }) { ($0, 0) }
    }

    /// [1 2 1]ᵀ[1 2 1]/16.
    func binomial(_ field: [Double]) -> [Double] { separable(field, [0.25, 0.5, 0.25]) }

    /// The mean over 5 × 5 values.
    func mean5(_ field: [Double]) -> [Double] { separable(field, [Double](repeating: 0.2, count: 5)) }

    /// The mean over each block of this side; incomplete blocks over what they have.
    func pooled(_ field: [Double], side: Int) -> [Double] {
        let across = (width + side - 1) / side
        func block(_ i: Int) -> Int { (row(i) / side * across + column(i) / side) * channels + channel(i) }
        var sums = [Double](repeating: 0, count: across * ((height + side - 1) / side) * channels)
        var counts = sums
        for i in field.indices {
            sums[block(i)] += field[i]
            counts[block(i)] += 1
        }
        return field.indices.map { sums[block($0)] / counts[block($0)] }
    }

    /// The details of the Haar transform of each block of 2 × 2, made smaller by this much.
    func softHaar(_ field: [Double], threshold: Double) -> [Double] {
        func soft(_ v: Double) -> Double { v > threshold ? v - threshold : v < -threshold ? v + threshold : 0 }
        return self.field { y, x, channel in
            let (top, left) = (y / 2 * 2, x / 2 * 2)
            let a = field[index(top, left, channel)], b = field[index(top, left + 1, channel)]
            let c = field[index(top + 1, left, channel)], d = field[index(top + 1, left + 1, channel)]
            let horizontal = soft((a - b + c - d) / 2), vertical = soft((a + b - c - d) / 2)
            let diagonal = soft((a - b - c + d) / 2)
            let (right, below) = (x > left ? -1.0 : 1, y > top ? -1.0 : 1)
            return ((a + b + c + d) / 2 + right * horizontal + below * vertical + right * below * diagonal) / 2
        }
    }

    /// The length of the gradient, by differences of neighbours.
    func gradient(_ field: [Double]) -> [Double] {
        self.field { y, x, channel in
            let dy = field[index(y + 1, x, channel)] - field[index(y - 1, x, channel)]
            let dx = field[index(y, x + 1, channel)] - field[index(y, x - 1, channel)]
            return (dx * dx + dy * dy).squareRoot() / 2
        }
    }
}
