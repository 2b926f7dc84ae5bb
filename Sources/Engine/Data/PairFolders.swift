import Formats
import Foundation
import Tensors

/// The folders of both domains, registered: equal names, and equal shapes of equal names.
struct PairFolders {
    let a: ImageFolder
    let b: ImageFolder

    /// One folder for both domains.
    init(both folder: ImageFolder) {
        a = folder
        b = folder
    }

    /// The folders `prefix + domain + suffix` in `root`; `nil` if there is none of them.
    init?(_ root: URL, _ prefix: String, _ suffix: String, _ configuration: DataConfiguration) throws {
        func isDirectory(_ name: String) -> Bool {
            var isDirectory: ObjCBool = false
            let path = root.appending(path: name).path
            return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory.boolValue
        }
        let spellings = [("a", "b"), ("pd", "pdfs")].map { (prefix + $0.0 + suffix, prefix + $0.1 + suffix) }
        let found = spellings.flatMap { [$0.0, $0.1] }.filter(isDirectory)
        guard !found.isEmpty else { return nil }
        guard let names = spellings.first(where: { found == [$0.0, $0.1] }) else {
            throw InputError(
                file: root.relativePath, problem: "has \(found.map { $0 + "/" }.joined(separator: ", ")) only",
                remedy: "a pair is in " + spellings.map { "\($0.0)/ and \($0.1)/" }.joined(separator: ", or in "))
        }
        a = try ImageFolder(root.appending(path: names.0), configuration)
        b = try ImageFolder(root.appending(path: names.1), configuration)
        try Self.require(b, partnersOf: a)
    }

    /// Both domains' images.
    func images(_ index: Int) -> DomainPair<Tensor> {
        DomainPair(a: a.images[index].tensor, b: b.images[index].tensor)
    }

    /// - Throws: `InputError` for the first image without partner or of another shape.
    func require(partnersOf other: PairFolders) throws {
        try Self.require(a, partnersOf: other.a)
        try Self.require(b, partnersOf: other.b)
    }

    private static func require(_ other: ImageFolder, partnersOf first: ImageFolder) throws {
        let names = (Set(first.images.map(\.name)), Set(other.images.map(\.name)))
        for (have, miss, there) in [(names.0, names.1, other), (names.1, names.0, first)] {
            if let name = have.subtracting(miss).min() {
                throw InputError(
                    file: there.url.relativePath, problem: "has no image \(name)", remedy: "its partner is there")
            }
        }
        for (image, partner) in zip(first.images, other.images) where image.tensor.shape != partner.tensor.shape {
            func words(_ shape: [Int]) -> String { "\(shape[1])×\(shape[0]) pixels of \(shape[2]) channels" }
            throw InputError(
                file: partner.file, problem: "has \(words(partner.tensor.shape))",
                remedy: "\(image.file) has \(words(image.tensor.shape))")
        }
    }
}
