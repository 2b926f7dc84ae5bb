/// One of the two registered observations of a content.
public enum Domain: String, Sendable, CaseIterable, Codable {
    case a, b
    /// The other one.
    public var other: Domain { self == .a ? .b : .a }
    /// Index of the domain's random streams: 0 for a, 1 for b.
    public var index: Int { self == .a ? 0 : 1 }
}

/// Something that exists once per domain.
public struct DomainPair<Value> {
    /// Of domain a.
    public var a: Value
    /// Of domain b.
    public var b: Value

    /// Both values as they are.
    public init(a: Value, b: Value) {
        self.a = a
        self.b = b
    }

    /// Makes both values, a first.
    public init(_ make: (Domain) throws -> Value) rethrows {
        a = try make(.a)
        b = try make(.b)
    }

    /// The value of one domain.
    public subscript(domain: Domain) -> Value {
        get { domain == .a ? a : b }
        set { if domain == .a { a = newValue } else { b = newValue } }
    }

    /// The same function of both values, a first.
    public func map<T>(_ transform: (Value) throws -> T) rethrows -> DomainPair<T> {
        DomainPair<T>(a: try transform(a), b: try transform(b))
    }
}

extension DomainPair: Sendable where Value: Sendable {}
extension DomainPair: Equatable where Value: Equatable {}
