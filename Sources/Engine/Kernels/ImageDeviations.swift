import Tensors

extension Tensor {
    /// x less its mean over the images at the same place and channel, `[N, …]` → the same; 0 for one image.
    ///
    /// Means and differences are taken in Float64.
    func deviationsOverImages() -> Tensor {
        precondition(!shape.isEmpty, "Tensor.deviationsOverImages: a scalar has no images")
        let images = shape[0], places = count / max(1, images)
        return Tensor(shape) { out in
            withUnsafeBuffer { x in
                Parallel.forRanges(places, length: 1 << 12) { range in
                    var means = [Double](repeating: 0, count: range.count)
                    for image in 0..<images {
                        for place in range { means[place - range.lowerBound] += Double(x[image * places + place]) }
                    }
                    for k in means.indices { means[k] /= Double(images) }
                    for image in 0..<images {
                        for place in range {
                            let k = image * places + place
                            out[k] = Float(Double(x[k]) - means[place - range.lowerBound])
                        }
                    }
                }
            }
        }
    }
}
