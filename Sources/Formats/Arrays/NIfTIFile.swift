import Foundation

/// NIfTI-1 images, `.nii` and `.nii.gz` (https://nifti.nimh.nih.gov/nifti-1): one file of header and voxels, either byte order.
///
/// Read are integers of 8 to 64 bits, float32/64 and complex64/128; `scl_slope` and `scl_inter` are applied. Orientation
/// and everything else in the header is passed over.
enum NIfTIFile {
    /// The voxels as an array with the axes of the file reversed: `[t, z, y, x]`, so that time (repeated volumes) is outermost
    /// and a slice's rows follow each other. Axes of length 1 are dropped. Complex voxels have one more axis of length 2.
    ///
    /// - Throws: `InputError` naming the file: missing, no NIfTI-1 file, truncated, of a type that is not read.
    static func read(_ url: URL) throws -> NumPyArray {
        try decode(try Gzip.read(url), file: url.relativePath)
    }

    private static let headerSize = 348

    /// The voxels in the bytes of an uncompressed file; `file` is its name for errors.
    static func decode(_ data: Data, file: String) throws -> NumPyArray {
        func fail(_ problem: String, _ remedy: String? = nil) -> InputError {
            InputError(file: file, problem: problem, remedy: remedy)
        }
        guard data.count >= headerSize + 4 else { throw fail("is not a NIfTI-1 file, or is truncated") }
        let isBigEndian = data.number(UInt32.self, at: 0) == UInt32(headerSize).byteSwapped
        guard isBigEndian || data.number(UInt32.self, at: 0) == headerSize,
            Data(data.dropFirst(344).prefix(3)) == Data("n+1".utf8)
        else {
            throw fail("is not a NIfTI-1 file with its voxels in it", "header and image in one file, \"n+1\", are read")
        }
        func number<T: FixedWidthInteger>(_ type: T.Type, at offset: Int) -> T {
            data.numbers(type, at: offset, count: 1, bigEndian: isBigEndian)[0]
        }
        func real(at offset: Int) -> Float { Float(bitPattern: number(UInt32.self, at: offset)) }
        let rank = Int(number(Int16.self, at: 40))
        guard (1...7).contains(rank) else { throw fail("has \(rank) dimensions", "there are 1 to 7") }
        let lengths = (1...rank).map { Int(number(Int16.self, at: 40 + 2 * $0)) }
        let code = number(Int16.self, at: 70)
        guard let element = elements[code] else {
            throw fail(
                "holds voxels of the type with code \(code)", "read are integers, float32/64 and complex64/128")
        }
        let offset = real(at: 108)
        guard offset >= Float(headerSize), offset <= Float(data.count), offset == offset.rounded(),
            let size = lengths.byteCount(elementSize: element.size), lengths.allSatisfy({ $0 > 0 })
        else { throw fail("has the impossible shape \(lengths) or offset \(offset)") }
        guard data.count - Int(offset) >= size else {
            throw fail(
                "has \(data.count - Int(offset)) bytes of voxels, but its shape \(lengths) needs \(size)",
                "the file is truncated")
        }
        var values = element.read(data, Int(offset), lengths.reduce(1, *), isBigEndian)
        let slope = Double(real(at: 112)), intercept = Double(real(at: 116))
        // By the standard a slope of 0 means none.
        if slope != 0 && slope.isFinite && intercept.isFinite && (slope != 1 || intercept != 0) {
            values = values.map { $0 * slope + intercept }
        }
        let shape = lengths.reversed().filter { $0 > 1 } + (element.isComplex ? [2] : [])
        return NumPyArray(shape, values)
    }

    /// How the voxels of one type are read.
    private struct Element: Sendable {
        let size: Int
        var isComplex = false
        let read: @Sendable (_ data: Data, _ offset: Int, _ count: Int, _ bigEndian: Bool) -> [Double]

        static func integer<T: FixedWidthInteger & SendableMetatype>(_ type: T.Type) -> Element {
            Element(size: MemoryLayout<T>.size) { data, offset, count, bigEndian in
                data.numbers(type, at: offset, count: count, bigEndian: bigEndian).map { Double($0) }
            }
        }

        static func float32(parts: Int) -> Element {
            Element(size: 4 * parts, isComplex: parts == 2) { data, offset, count, bigEndian in
                data.numbers(UInt32.self, at: offset, count: parts * count, bigEndian: bigEndian)
                    .map { Double(Float(bitPattern: $0)) }
            }
        }

        static func float64(parts: Int) -> Element {
            Element(size: 8 * parts, isComplex: parts == 2) { data, offset, count, bigEndian in
                data.numbers(UInt64.self, at: offset, count: parts * count, bigEndian: bigEndian)
                    .map { Double(bitPattern: $0) }
            }
        }
    }

    /// By the `datatype` code of the standard.
    private static let elements: [Int16: Element] = [
        2: .integer(UInt8.self), 4: .integer(Int16.self), 8: .integer(Int32.self), 16: .float32(parts: 1),
        32: .float32(parts: 2), 64: .float64(parts: 1), 256: .integer(Int8.self), 512: .integer(UInt16.self),
        768: .integer(UInt32.self), 1024: .integer(Int64.self), 1280: .integer(UInt64.self), 1792: .float64(parts: 2),
    ]
}
