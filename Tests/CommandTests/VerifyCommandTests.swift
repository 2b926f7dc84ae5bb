import Foundation
import TestSupport
import Testing

/// What `verify --claims` refuses; what it measures is tested in LedgerTests.
@Suite struct VerifyCommandTests {
    @Test(arguments: [(["--quick", "--claims"], "exclude each other"), (["--only", "C1"], "--only is for --claims")])
    func optionsThatDoNotGoTogether(arguments: [String], says: String) throws {
        let folder = try TemporaryDirectory()
        let outcome = try Program.run(["verify", "--out", folder.url.appending(path: "out").path] + arguments)
        #expect(outcome.status == 64 && outcome.errors.contains(says))
    }

    @Test func aClaimThatDoesNotExist() throws {
        let folder = try TemporaryDirectory(), out = folder.url.appending(path: "out")
        let outcome = try Program.run(["verify", "--claims", "--only", "C99", "--out", out.path])
        #expect(outcome.status == 65 && outcome.errors.contains("there is no claim \"C99\""))
        #expect(!FileManager.default.fileExists(atPath: out.path))
    }
}
