/// Per-channel numbers repeated until they fill whole `Lanes`, so that one loop over channels-last memory serves every
/// channel count: a buffer that starts at channel 0 meets the tile again every `lcm(C, 16)` elements.
struct ChannelTile {
    let lanes: [Lanes]

    init(_ perChannel: [Float]) {
        let channels = perChannel.count
        lanes = (0..<ChannelTile.length(channels) / 16).map { block in
            var lane = Lanes()
            for i in 0..<16 { lane[i] = perChannel[(block * 16 + i) % channels] }
            return lane
        }
    }

    /// Least common multiple of `channels` and 16.
    static func length(_ channels: Int) -> Int {
        var factor = 16
        while factor > 1 && channels % factor != 0 { factor /= 2 }
        return channels * (16 / factor)
    }
}

/// Walks `count` elements of channels-last memory in `Lanes`; the last, incomplete lanes are read and written in part.
///
/// - Parameter body: gets the index of the block within the tile, the element offset, and how many of the 16 are valid.
@inline(__always)
func forEachLane(_ count: Int, tileBlocks: Int, _ body: (_ tile: Int, _ offset: Int, _ valid: Int) -> Void) {
    var tile = 0
    var offset = 0
    while offset + 16 <= count {
        body(tile, offset, 16)
        offset += 16
        tile += 1
        if tile == tileBlocks { tile = 0 }
    }
    if offset < count { body(tile, offset, count - offset) }
}

extension UnsafePointer<Float> {
    /// Sixteen elements from `offset`; those from `valid` on are 0.
    @inline(__always)
    func lanes(_ offset: Int, _ valid: Int = 16) -> Lanes {
        if valid == 16 { return UnsafeRawPointer(self + offset).loadUnaligned(as: Lanes.self) }
        var lane = Lanes()
        for i in 0..<valid { lane[i] = self[offset + i] }
        return lane
    }
}

extension UnsafeMutablePointer<Float> {
    /// Sixteen elements from `offset`; those from `valid` on are 0.
    @inline(__always)
    func lanes(_ offset: Int, _ valid: Int = 16) -> Lanes { UnsafePointer(self).lanes(offset, valid) }

    /// Writes the first `valid` of sixteen elements.
    @inline(__always)
    func store(_ value: Lanes, _ offset: Int, _ valid: Int = 16) {
        if valid == 16 {
            UnsafeMutableRawPointer(self + offset).storeBytes(of: value, as: Lanes.self)
        } else {
            for i in 0..<valid { self[offset + i] = value[i] }
        }
    }
}
