/// The numerical libraries behind the engine.
public enum EngineLibraries {
    /// Version by name: they may change the last digits of a result.
    public static var versions: [String: String] { ["openblas": MatrixProduct.libraryVersion] }
}
