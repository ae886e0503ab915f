// SPDX-License-Identifier: MIT

/// The 64-bit FNV-1a hash (Fowler, Noll, Vo) of bytes that come in pieces.
///
/// It finds damage and mix-ups; it is no protection from somebody who wants two texts to collide.
public struct FNV1a: Sendable {
    public private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

    public init() {}

    /// The hash of `text` in UTF-8.
    public init(_ text: String) {
        var text = text
        text.withUTF8 { add(UnsafeRawBufferPointer($0)) }
    }

    public mutating func add(_ bytes: UnsafeRawBufferPointer) {
        var value = value
        for byte in bytes { value = (value ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        self.value = value
    }
}
