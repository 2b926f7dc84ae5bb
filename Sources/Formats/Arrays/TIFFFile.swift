#if TIFF
    import CTIFF
    import Foundation

    /// TIFF stacks by libtiff: every page an image, striped or tiled, with any compression that libtiff was built with.
    ///
    /// Read are integers of 8 to 32 bits and float32/64, one to three samples per pixel next to each other.
    enum TIFFFile {
        /// No compression of images packs so many bytes into one: a page that claims to hold more is damaged.
        private static let densestPacking = 1 << 12

        /// The pages, `[pages, H, W]` or `[pages, H, W, samples]`, numbers as they are stored.
        ///
        /// - Throws: `InputError` naming the file and the page: missing, damaged, of a type that is not read, pages of different shapes.
        static func read(_ url: URL) throws -> NumPyArray {
            func fail(_ problem: String, _ remedy: String? = nil, page: Int? = nil) -> InputError {
                InputError(file: url.relativePath, place: page.map { "page \($0)" }, problem: problem, remedy: remedy)
            }
            try InputFile.require(url)
            // What all pages together may still take.
            var room = ((try? url.resourceValues(forKeys: [.fileSizeKey]).fileSize) ?? 0) * densestPacking
            ctiff_be_quiet()
            // "m": not mapped into memory, where a file cut short meanwhile would be a crash.
            guard let file = TIFFOpen(url.path, "rm") else { throw fail("is not a TIFF file, or is damaged") }
            defer { TIFFClose(file) }
            var values: [Double] = [], shape: [Int]?
            var page = 0
            repeat {
                let description = ctiff_describe(file)
                guard (1...1 << 16).contains(description.width), (1...1 << 16).contains(description.height),
                    (1...3).contains(description.samples), description.samples == 1 || description.planar == 1
                else {
                    throw fail(
                        "is \(description.width)×\(description.height) pixels of \(description.samples) samples",
                        "read are pages of up to 65536 pixels a side and 1 to 3 samples side by side", page: page)
                }
                let found =
                    [Int(description.height), Int(description.width)]
                    + (description.samples > 1 ? [Int(description.samples)] : [])
                guard shape ?? found == found else {
                    throw fail("has the shape \(found)", "the first page has \(shape ?? [])", page: page)
                }
                shape = found
                guard let read = reader(description) else {
                    throw fail(
                        "holds samples of \(description.bits) bits in format \(description.format)",
                        "read are integers of 8, 16 and 32 bits and floating-point numbers of 32 and 64", page: page)
                }
                room -= found.reduce(Int(description.bits) / 8, *)
                guard room >= 0, let bytes = pixels(file, description) else {
                    throw fail("is damaged or truncated", page: page)
                }
                values += read(Data(bytes))
                page += 1
                guard page < 1 << 16 else { throw fail("has more than 65535 pages") }
            } while TIFFReadDirectory(file) == 1
            return NumPyArray([page] + (shape ?? []), values)
        }

        /// Numbers of the page's type; libtiff has put their bytes into this machine's order.
        private static func reader(_ page: ctiff_page) -> ((Data) -> [Double])? {
            func integers<T: FixedWidthInteger>(_ type: T.Type) -> (Data) -> [Double] {
                { data in data.numbers(type, at: 0, count: data.count / MemoryLayout<T>.size).map { Double($0) } }
            }
            switch (Int32(page.format), page.bits) {
            case (SAMPLEFORMAT_UINT, 8): return integers(UInt8.self)
            case (SAMPLEFORMAT_UINT, 16): return integers(UInt16.self)
            case (SAMPLEFORMAT_UINT, 32): return integers(UInt32.self)
            case (SAMPLEFORMAT_INT, 8): return integers(Int8.self)
            case (SAMPLEFORMAT_INT, 16): return integers(Int16.self)
            case (SAMPLEFORMAT_INT, 32): return integers(Int32.self)
            case (SAMPLEFORMAT_IEEEFP, 32):
                return { data in
                    data.numbers(UInt32.self, at: 0, count: data.count / 4).map { Double(Float(bitPattern: $0)) }
                }
            case (SAMPLEFORMAT_IEEEFP, 64):
                return { data in data.numbers(UInt64.self, at: 0, count: data.count / 8).map(Double.init(bitPattern:)) }
            default: return nil
            }
        }

        /// The page's bytes, row by row; `nil` where libtiff cannot read one.
        private static func pixels(_ file: OpaquePointer, _ page: ctiff_page) -> [UInt8]? {
            let pixel = Int(page.bits) / 8 * Int(page.samples), row = Int(page.width) * pixel
            var bytes = [UInt8](repeating: 0, count: row * Int(page.height))
            guard page.tiled != 0 else {
                guard Int(TIFFScanlineSize64(file)) == row else { return nil }
                var line = [UInt8](repeating: 0, count: row)
                for y in 0..<Int(page.height) {
                    guard TIFFReadScanline(file, &line, UInt32(y), 0) == 1 else { return nil }
                    bytes.replaceSubrange(y * row..<(y + 1) * row, with: line)
                }
                return bytes
            }
            let (width, height) = (Int(page.tile_width), Int(page.tile_height))
            guard (1...1 << 14).contains(width), (1...1 << 14).contains(height),
                Int(TIFFTileSize64(file)) == width * height * pixel
            else { return nil }
            var tile = [UInt8](repeating: 0, count: width * height * pixel)
            for top in stride(from: 0, to: Int(page.height), by: height) {
                for left in stride(from: 0, to: Int(page.width), by: width) {
                    guard TIFFReadTile(file, &tile, UInt32(left), UInt32(top), 0, 0) >= 0 else { return nil }
                    let kept = min(width, Int(page.width) - left) * pixel
                    for y in top..<min(top + height, Int(page.height)) {
                        let start = y * row + left * pixel, line = (y - top) * width * pixel
                        bytes.replaceSubrange(start..<start + kept, with: tile[line..<line + kept])
                    }
                }
            }
            return bytes
        }
    }
#endif
