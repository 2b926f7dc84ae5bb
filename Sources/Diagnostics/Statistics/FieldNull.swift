import Engine

/// What may be exchanged under the null hypothesis that two sets of fields have nothing to do with each other, without
/// breaking the spatial correlation inside either (docs/THEORY.md, section 4).
///
/// Shuffling pixels does break it: 44 % false alarms at α = 0.05 for noise blurred by one pixel.
public enum FieldNull: Sendable, Equatable {
    /// Whole fields change places. Null: the fields of one set are exchangeable. Six fields or more make 720 orders.
    case repairing
    /// Whole fields change their sign. Null: each is as likely as its negative. Blind to what an even function of the field
    /// leaves behind.
    case signFlip
    /// Each field is moved around the torus, by more than `beyond` pixels along one axis at least: past the correlation
    /// length. Null: a stationary field whose wrapped border does not matter.
    case shift(beyond: Int)
    /// Each field keeps the amplitudes of its spectrum and gets random phases (Theiler et al., Physica D 58, 1992). Null: a
    /// stationary Gaussian field. Means stay.
    case phaseRandomised

    /// One draw of the fields.
    ///
    /// - Throws: `Undetermined` where nothing can be exchanged: one field or different sizes to re-pair, or a field too small
    ///   to be shifted that far.
    public func draw(_ fields: [Plane], _ stream: inout RandomStream) throws -> [Plane] {
        switch self {
        case .repairing:
            guard fields.count > 1, fields.allSatisfy({ $0.height == fields[0].height && $0.width == fields[0].width })
            else { throw Undetermined(description: "re-pairing needs several fields of one size") }
            return stream.permutation(fields.count).map { fields[$0] }
        case .signFlip:
            return fields.map { Double(stream.rademacher()) * $0 }
        case .shift(let length):
            return try fields.map { field in
                guard length >= 0, max(field.height, field.width) / 2 > length else {
                    throw Undetermined(
                        description:
                            "a field of \(field.height) × \(field.width) pixels cannot be shifted by more than \(length)"
                    )
                }
                while true {
                    let (dy, dx) = (stream.index(below: field.height), stream.index(below: field.width))
                    guard max(min(dy, field.height - dy), min(dx, field.width - dx)) > length else { continue }
                    return field.shifted(dy: dy, dx: dx)
                }
            }
        case .phaseRandomised:
            return fields.map { $0.phaseRandomised(&stream) }
        }
    }
}

extension RandomStream {
    /// A whole number in 0..<count; its probability is off by less than count/2³².
    mutating func index(below count: Int) -> Int { Int((UInt64(next32()) &* UInt64(count)) >> 32) }

    /// 0..<count in a random order (Fisher and Yates).
    mutating func permutation(_ count: Int) -> [Int] {
        var order = Array(0..<count)
        for last in stride(from: count - 1, to: 0, by: -1) { order.swapAt(last, index(below: last + 1)) }
        return order
    }

    /// `count` different whole numbers in 0..<total, ascending; all of them where there are no more.
    mutating func subsample(_ count: Int, of total: Int) -> [Int] {
        guard count < total else { return Array(0..<total) }
        var order = Array(0..<total)
        for k in 0..<count { order.swapAt(k, k + index(below: total - k)) }
        return order[..<count].sorted()
    }
}

extension Plane {
    /// u(y - dy, x - dx), wrapped around.
    func shifted(dy: Int, dx: Int) -> Plane {
        Plane(height: height, width: width) { y, x in
            self[((y - dy) % height + height) % height, ((x - dx) % width + width) % width]
        }
    }

    /// The amplitudes of this field with the phases of white noise, whose transform has a real field's symmetry.
    func phaseRandomised(_ stream: inout RandomStream) -> Plane {
        let noise = FourierTransform.forward(Plane(height: height, width: width) { _, _ in stream.gaussian() })
        var spectrum = FourierTransform.forward(self)
        for k in stride(from: 2, to: spectrum.values.count, by: 2) {
            let (a, b) = (spectrum.values[k], spectrum.values[k + 1])
            let (c, d) = (noise.values[k], noise.values[k + 1])
            let scale = ((a * a + b * b) / (c * c + d * d)).squareRoot()
            spectrum.values[k] = scale * c
            spectrum.values[k + 1] = scale * d
        }
        return FourierTransform.inverse(spectrum)
    }
}
