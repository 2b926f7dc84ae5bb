import Tensors

/// How two images are compared: the mean over all elements of a function of u - v.
public enum DistanceKind: String, Sendable, Codable, CaseIterable {
    /// |d|, derivative sign(d), 0 at 0.
    case l1
    /// d², derivative 2d.
    case l2
    /// √(d² + ε²) with ε = 1e-3 (Charbonnier et al. 1994), derivative d/√(d² + ε²); ε where the images are equal.
    case charbonnier

    /// The distance of equal values.
    var atZero: Double { self == .charbonnier ? Double(DistanceKind.epsilon) : 0 }

    /// The distance less `atZero`.
    @inline(__always)
    func value(_ d: Lanes) -> Lanes {
        switch self {
        case .l1: pointwiseMax(d, -d)
        case .l2: d * d
        case .charbonnier: (d * d + DistanceKind.epsilonSquared).squareRoot() - DistanceKind.epsilon
        }
    }

    @inline(__always)
    func derivative(_ d: Lanes) -> Lanes {
        switch self {
        case .l1: Lanes(repeating: 0).replacing(with: 1, where: d .> 0).replacing(with: -1, where: d .< 0)
        case .l2: d * 2
        case .charbonnier: d / (d * d + DistanceKind.epsilonSquared).squareRoot()
        }
    }

    private static let epsilon: Float = 1e-3
    private static let epsilonSquared: Float = 1e-6
}

/// Mean over all elements of the distance of u and v, a scalar; any shape, both the same. NaN if either holds one.
func meanDistance(_ u: Variable, _ v: Variable, _ kind: DistanceKind) -> Variable {
    let (x, y) = (u.value, v.value)
    let count = Double(x.count)
    let value = Elementwise.sum(x, y) { kind.value($0 - $1) } / count + kind.atZero
    return u.tape.record(Tensor(scalar: Float(value)), from: [u, v]) { dz in
        let scale = dz.scalar / Float(count)
        return [
            u.requiresGradient ? Elementwise.map(x, y) { kind.derivative($0 - $1) * scale } : nil,
            v.requiresGradient ? Elementwise.map(x, y) { kind.derivative($0 - $1) * -scale } : nil,
        ]
    }
}
