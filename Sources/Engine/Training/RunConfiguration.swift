public struct RunConfiguration: Sendable, Codable, Equatable {
    public var wiring: C2CNetwork.Wiring
}
