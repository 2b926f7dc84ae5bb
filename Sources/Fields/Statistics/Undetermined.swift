/// A statistic that the data do not determine: no noise at all, no units.
public struct Undetermined: Error, CustomStringConvertible {
    /// What is missing, as the end of a sentence.
    public let description: String

    package init(description: String) {
        self.description = description
    }
}
