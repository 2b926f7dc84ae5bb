import Engine
import Fields
import Figures

/// The libraries whose versions may change the last digits of a result or the pixels of a figure.
public enum LibraryVersions {
    /// Version by name, for the provenance.
    public static var all: [String: String] {
        EngineLibraries.versions.merging(
            ["fftw": FourierTransform.libraryVersion, "cairo": Canvas.libraryVersion]) { first, _ in first }
    }
}
