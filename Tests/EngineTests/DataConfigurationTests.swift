import Foundation
import Testing

@testable import Engine
@testable import Formats
@testable import Tensors

@Suite struct DataConfigurationTests {
    private let complete = """
        { "data": {
            "source": "photos", "data_range": 2.0, "colour": "rgb", "held_out": ["camera"], "crops_per_image": 4 },
          "noise": { "type": "gaussian", "sigma_a": 0.2, "sigma_b": 0.1, "realisation": "fresh" },
          "augmentation": { "flips": false, "rotations": true } }
        """

    private func read(_ text: String, _ overrides: [String] = []) throws -> DataConfiguration {
        let reader = try ConfigurationReader(parsing: Data(text.utf8), file: "c.json", overrides: overrides)
        let configuration = try DataConfiguration(
            from: reader.section("data"), noise: reader.has("noise") ? reader.section("noise") : nil,
            augmentation: reader.section("augmentation"))
        try reader.finish()
        return configuration
    }

    @Test func readsEveryKey() throws {
        #expect(
            try read(complete)
                == DataConfiguration(
                    source: "photos", dataRange: 2, colour: .rgb, heldOut: .names(["camera"]),
                    noise: .init(.gaussian(sigma: DomainPair(a: 0.2, b: 0.1)), .fresh),
                    augmentation: .init(flips: false, rotations: true), cropsPerImage: 4))
    }

    private let knees = """
        { "data": {
            "source": "phantom", "subjects": 5, "slices": 3, "size": 64, "representation": "complex",
            "held_out_fraction": 0.4, "normalisation": "median_magnitude", "normalisation_statistics": "own",
            "repeats": 1 },
          "noise": { "type": "gaussian", "sigma_a": 0.2, "sigma_b": 0.1, "realisation": "stored" },
          "augmentation": { "random_phase": true, "contrast": 0.1 } }
        """

    @Test func readsThePhantom() throws {
        #expect(
            try read(knees)
                == DataConfiguration(
                    source: "phantom", representation: .complex, phantom: KneePhantom(subjects: 5, slices: 3, size: 64),
                    heldOut: .fraction(0.4), normalisation: .medianMagnitude(of: .own), repeats: 1,
                    noise: .init(.gaussian(sigma: DomainPair(a: 0.2, b: 0.1))),
                    augmentation: .init(flips: true, randomPhase: true, contrast: 0.1)))
        let short = #"{"data": {"source": "phantom", "representation": "ri", "held_out_fraction": 0}}"#
        #expect(try read(short).phantom == KneePhantom(subjects: 12, slices: 4, size: 96, pointSpread: 0))
        #expect(try read(short, ["data.phase_spread=0"]).phantom == KneePhantom(phaseSpread: 0))
        #expect(try read(short, ["data.point_spread=1.5"]).phantom == KneePhantom(pointSpread: 1.5))
    }

    @Test(arguments: [
        #"{"type": "poisson", "peak_a": 20, "peak_b": 30}"#,
        #"{"type": "poisson_gaussian", "peak_a": 20, "peak_b": 30, "sigma_a": 0.1, "sigma_b": 0}"#,
        #"{"type": "speckle", "looks_a": 1, "looks_b": 4.5}"#, #"{"type": "rician", "sigma_a": 0.1, "sigma_b": 0.2}"#,
        #"{"type": "rician", "of": {"type": "rows", "sigma_a": 0.1, "sigma_b": 0.2}}"#,
        #"{"type": "correlated", "sigma_a": 0.1, "sigma_b": 0.2, "blur": 1.5}"#,
        #"{"type": "correlated", "sigma_a": 0.1, "sigma_b": 0.2, "kernel": [0, 1, 0, 1, 2, 1, 0, 1, 0]}"#,
        #"{"type": "columns", "sigma_a": 0.1, "sigma_b": 0.2}"#,
        #"{"type": "shared", "sigma_a": 0.1, "sigma_b": 0.2, "correlation": 0.3}"#,
        #"{"type": "clipped", "low": -1, "high": 0.5, "of": {"type": "quantised", "levels": 16, "low": 0, "high": 1, "of": {"type": "rows", "sigma_a": 1, "sigma_b": 2}}}"#,
    ]) func everyNoiseIsReadBack(noise: String) throws {
        let configuration = try read(complete, ["noise=\(noise.dropLast()), \"realisation\": \"fresh\"}"])
        let model = try #require(configuration.noise?.model)
        let written = try JSONEncoder().encode(model)
        let values = try [Data(noise.utf8), written].map { try JSONSerialization.jsonObject(with: $0) as? NSDictionary }
        #expect(values[0] == values[1])
        let again = try read(
            complete, ["noise=\(String(decoding: JSONEncoder().encode(configuration.noise), as: UTF8.self))"])
        #expect(again == configuration)
    }

    @Test(arguments: [
        ("data.size=100", "data.size: is 100; it must be a multiple of 8"),
        ("data.phase_spread=11", "data.phase_spread: is 11"), ("data.point_spread=-1", "data.point_spread: is -1"),
        ("data.subjects=0", "data.subjects: is 0"), ("data.data_range=2", "is not a known key"),
        ("data.representation=real", "it must be one of \"complex\", \"ri\", \"magnitude\""),
        ("data.normalisation=none", "data.normalisation_statistics: is given, but nothing is normalised"),
        ("data.normalisation_statistics=target", "it must be one of \"clean\", \"own\", \"a\", \"b\", \"both\""),
        ("data.representation=ri", "augmentation.random_phase: is true, but the images are not complex"),
        ("augmentation.brightness=0.1", "augmentation.brightness: is set, but the images are complex"),
        ("augmentation.contrast=1", "augmentation.contrast: is 1"),
        ("augmentation.transposes=true", "is not a known key"),
    ]) func wrongPhantomsAreNamed(override: String, words: String) {
        let error = #expect(throws: InputError.self) { try read(knees, [override]) }
        #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    }

    @Test(arguments: [
        (#"{"type": "poisson", "peak_a": 0, "peak_b": 1}"#, "noise.peak_a: is 0; it must be a number from"),
        (#"{"type": "speckle", "looks_a": 1, "looks_b": -1}"#, "noise.looks_b: is -1"),
        (
            #"{"type": "shared", "sigma_a": 1, "sigma_b": 1, "correlation": 1.5}"#,
            "noise.correlation: is 1.5; it must be a number from 0 to 1"
        ),
        (
            #"{"type": "clipped", "low": 1, "high": 1, "of": {"type": "gaussian", "sigma_a": 1, "sigma_b": 1}}"#,
            "noise.high: is 1.0; it must be greater than low"
        ),
        (
            #"{"type": "clipped", "low": 0, "high": 1, "of": {"type": "gaussian", "sigma_a": -1, "sigma_b": 1}}"#,
            "noise.of.sigma_a: is -1"
        ),
        (
            #"{"type": "quantised", "levels": 1, "low": 0, "high": 1, "of": {"type": "rows", "sigma_a": 1, "sigma_b": 1}}"#,
            "noise.levels: is 1"
        ),
        (#"{"type": "correlated", "sigma_a": 1, "sigma_b": 1, "kernel": [1, 2]}"#, "noise.kernel: has 2 numbers"),
        (#"{"type": "correlated", "sigma_a": 1, "sigma_b": 1, "kernel": [0]}"#, "noise.kernel: is 0 everywhere"),
        (
            #"{"type": "correlated", "sigma_a": 1, "sigma_b": 1, "kernel": [1], "blur": 1}"#,
            "noise.kernel: is given beside blur"
        ),
        (#"{"type": "correlated", "sigma_a": 1, "sigma_b": 1}"#, "noise.blur: is missing"),
        (
            #"{"type": "rician", "of": {"type": "speckle", "looks_a": 1, "looks_b": 1}}"#,
            "noise.of: is a model of intensities"
        ),
    ]) func wrongNoisesAreNamed(noise: String, words: String) {
        let error = #expect(throws: InputError.self) { try read(complete, ["noise=\(noise)"]) }
        #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    }

    /// The three sections as a run's configuration holds them.
    private struct Sections: Encodable {
        let data: DataConfiguration
        let noise: DataConfiguration.Noise?
        let augmentation: DataConfiguration.Augmentation

        init(_ configuration: DataConfiguration) {
            data = configuration
            noise = configuration.noise
            augmentation = configuration.augmentation
        }
    }

    @Test func whatIsWrittenIsReadBack() throws {
        let small = #"{"data": {"source": "d", "data_range": 1, "held_out_fraction": 0.25}}"#
        for text in [complete, small, knees] {
            let configuration = try read(text)
            let written = try JSONEncoder().encode(Sections(configuration))
            #expect(try read(String(decoding: written, as: UTF8.self)) == configuration)
        }
    }

    @Test(arguments: [
        (["data.data_range=0"], "--set data.data_range=0: data.data_range: is 0; it must be a number greater than 0"),
        (["data.held_out_fraction=0.5"], "c.json: data.held_out: is given beside a fraction"),
        (["noise.sigma_a=-1"], "--set noise.sigma_a=-1: noise.sigma_a: is -1; it must be a number at least 0"),
        (["noise.type=poison"], "it must be one of \"gaussian\""), (["nois=1"], "did you mean \"noise\"?"),
        (["noise.sigma=1"], "did you mean \"sigma_a\"?"),
        (["noise={\"type\":\"gaussian\",\"sigma_a\":1,\"sigma_b\":1}"], "noise.realisation: is missing"),
        (["noise={\"type\":\"gaussian\",\"sigma_b\":1}"], "noise.sigma_a: is missing"),
    ]) func wrongValuesAreNamed(overrides: [String], words: String) {
        let error = #expect(throws: InputError.self) { try read(complete, overrides) }
        #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    }

    @Test func whatChangesMeaningHasNoDefault() {
        for key in ["source", "data_range", "held_out"] {
            let text = complete.replacing("\"\(key)\"", with: "\"other\"")
            #expect(#expect(throws: InputError.self) { try read(text) }?.place == "data.\(key)")
        }
    }
}
