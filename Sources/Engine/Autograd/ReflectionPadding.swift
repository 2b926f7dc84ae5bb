import Tensors

/// Pads the bottom and right by reflection without repeating the edge, so that any image fits the network's size multiple.
///
/// `[N, H, W, C]` → `[N, H', W', C]`, y[i, j] = x[mirror(i), mirror(j)]; an image smaller than the padding is mirrored
/// back and forth. The backward pass adds each output's gradient to the pixel it was copied from.
func reflectionPadding(_ x: Variable, height: Int, width: Int) -> Variable {
    let (n, h, w, c) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3])
    precondition(height >= h && width >= w, "reflectionPadding: \(x.shape) to \(height)x\(width)")
    if height == h && width == w { return x }
    let rows = (0..<height).map { mirror($0, h) }, columns = (0..<width).map { mirror($0, w) }
    func forEachPixel(_ body: (_ source: Int, _ target: Int) -> Void) {
        for s in 0..<n {
            for i in 0..<height {
                for j in 0..<width {
                    body(((s * h + rows[i]) * w + columns[j]) * c, ((s * height + i) * width + j) * c)
                }
            }
        }
    }
    let input = x.value
    let value = Tensor([n, height, width, c]) { y in
        input.withUnsafeBuffer { x in
            forEachPixel { source, target in for k in 0..<c { y[target + k] = x[source + k] } }
        }
    }
    return x.tape.record(value, from: [x]) { dy in
        [
            Tensor([n, h, w, c]) { dx in
                dx.update(repeating: 0)
                dy.withUnsafeBuffer { dy in
                    forEachPixel { source, target in for k in 0..<c { dx[source + k] += dy[target + k] } }
                }
            }
        ]
    }
}

/// The top left part of an image. `[N, H, W, C]` → `[N, height, width, C]`; the gradient of the rest is 0.
func crop(_ x: Variable, height: Int, width: Int) -> Variable {
    let (n, h, w, c) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3])
    precondition(height <= h && width <= w, "crop: \(x.shape) to \(height)x\(width)")
    if height == h && width == w { return x }
    func forEachRow(_ body: (_ outer: Int, _ inner: Int) -> Void) {
        for s in 0..<n {
            for i in 0..<height { body((s * h + i) * w * c, (s * height + i) * width * c) }
        }
    }
    let input = x.value
    let value = Tensor([n, height, width, c]) { y in
        input.withUnsafeBuffer { x in
            forEachRow { outer, inner in for k in 0..<width * c { y[inner + k] = x[outer + k] } }
        }
    }
    return x.tape.record(value, from: [x]) { dy in
        [
            Tensor([n, h, w, c]) { dx in
                dx.update(repeating: 0)
                dy.withUnsafeBuffer { dy in
                    forEachRow { outer, inner in for k in 0..<width * c { dx[outer + k] = dy[inner + k] } }
                }
            }
        ]
    }
}

/// Index of `i` in a signal of `count` samples that is mirrored at both ends.
private func mirror(_ i: Int, _ count: Int) -> Int {
    guard count > 1 else { return 0 }
    let k = i % (2 * count - 2)
    return k < count ? k : 2 * count - 2 - k
}
