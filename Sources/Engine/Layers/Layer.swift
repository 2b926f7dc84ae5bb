/// Something with trained parameters.
protocol Layer: Sendable {
    /// In a fixed order: the order of the random streams of initialisation and of sums over all parameters.
    var parameters: [Parameter] { get }
}
