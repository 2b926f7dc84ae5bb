import Engine
import Foundation
import Testing

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
        for text in [complete, small] {
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
