import Tensors

extension Variable {
    /// a·x + b·y elementwise; ∂/∂x = a, ∂/∂y = b.
    static func combination(_ a: Float, _ x: Variable, _ b: Float, _ y: Variable) -> Variable {
        let value = Elementwise.map(x.value, y.value) { $0 * a + $1 * b }
        return x.tape.record(value, from: [x, y]) { dz in
            [
                x.requiresGradient ? Elementwise.map(dz) { $0 * a } : nil,
                y.requiresGradient ? Elementwise.map(dz) { $0 * b } : nil,
            ]
        }
    }

    /// Σ wᵢ·xᵢ of scalars; ∂/∂xᵢ = wᵢ.
    static func weightedSum(_ terms: [(weight: Float, value: Variable)]) -> Variable {
        precondition(!terms.isEmpty, "weightedSum: no terms")
        let total = terms.reduce(Float(0)) { $0 + $1.weight * $1.value.value.scalar }
        return terms[0].value.tape.record(Tensor(scalar: total), from: terms.map(\.value)) { dz in
            terms.map { Tensor(scalar: $0.weight * dz.scalar) }
        }
    }
}
