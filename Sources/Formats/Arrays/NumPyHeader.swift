import Foundation

/// The header of a `.npy` file, proved consistent with the file's length.
struct NumPyHeader {
    /// The kind of number, with its bytes.
    enum Element: Equatable {
        case bool, signed(Int), unsigned(Int), float(Int), complex(Int)

        /// `nil` for kinds and sizes that are not read.
        init?(kind: Character, size: Int) {
            switch (kind, size) {
            case ("b", 1): self = .bool
            case ("i", 1), ("i", 2), ("i", 4), ("i", 8): self = .signed(size)
            case ("u", 1), ("u", 2), ("u", 4), ("u", 8): self = .unsigned(size)
            case ("f", 2), ("f", 4), ("f", 8): self = .float(size)
            case ("c", 8), ("c", 16): self = .complex(size)
            default: return nil
            }
        }
    }

    static let magic = Data([0x93]) + Data("NUMPY".utf8)

    let element: Element
    let isBigEndian: Bool
    let isFortran: Bool
    let shape: [Int]
    /// Where the elements begin.
    let bodyOffset: Int

    init(of data: Data, file: String, member: String?) throws {
        func fail(_ problem: String, _ remedy: String? = nil) -> InputError {
            InputError(file: file, place: member, problem: problem, remedy: remedy)
        }
        guard data.count >= 12, data.starts(with: Self.magic) else {
            throw fail("is not a .npy file (its first bytes are others)")
        }
        let version = data.number(UInt8.self, at: 6)
        guard (1...3).contains(version) else { throw fail("has format version \(version)", "read are 1 to 3") }
        let lengthSize = version == 1 ? 2 : 4
        let length = version == 1 ? Int(data.number(UInt16.self, at: 8)) : Int(data.number(UInt32.self, at: 8))
        bodyOffset = 8 + lengthSize + length
        guard bodyOffset <= data.count else { throw fail("is truncated within its header") }
        // A header longer than this holds a structured type, if it is one at all.
        guard length <= 1 << 16,
            let text = String(validating: data.dropFirst(8 + lengthSize).prefix(length), as: UTF8.self)
        else { throw fail("has a header that is not text") }

        guard let type = text.firstMatch(of: /'descr': *'([<>=|])([a-zA-Z])(\d{1,4})'/),
            let fortran = text.firstMatch(of: /'fortran_order': *(True|False)/),
            let axes = text.firstMatch(of: /'shape': *\(([0-9, L]*)\)/)
        else {
            throw fail("has a header other than descr, fortran_order, shape", "structured types are not read")
        }
        guard let kind = type.2.first, let size = Int(type.3), let element = Element(kind: kind, size: size) else {
            throw fail(
                "holds elements of type \(type.2)\(type.3)", "read are bool, integers, float16/32/64 and complex64/128")
        }
        self.element = element
        isBigEndian = type.1 == ">"
        isFortran = fortran.1 == "True"
        let lengths = axes.1.split(separator: ",").map { Int($0.filter(\.isNumber)) }
        shape = lengths.compactMap { $0 }
        // Beyond 32 axes nothing is an image, and NumPy itself stops at 64.
        guard shape.count == lengths.count, shape.count <= 32, let expected = shape.byteCount(elementSize: size) else {
            throw fail("has the impossible shape (\(axes.1))")
        }
        let found = data.count - bodyOffset
        guard found == expected else {
            throw fail(
                "has \(found) bytes of elements, but its shape (\(axes.1)) needs \(expected)",
                found < expected ? "the file is truncated" : nil)
        }
    }
}
