// SPDX-License-Identifier: MIT
import CHelios
import HeliosWire

/// Where a field's value stands in its message.
@frozen
public struct FixField: BitwiseCopyable, Sendable {
    public var tag: FixTag
    /// Bytes from the message's beginning to the value.
    public var start: UInt32
    /// Bytes of the value.
    public var count: UInt32

    @inlinable
    public init(tag: FixTag, start: UInt32, count: UInt32) {
        self.tag = tag
        self.start = start
        self.count = count
    }
}

/// Reads messages: checks the sum and finds every field, in one pass and without memory of its own beyond the start.
///
/// ```swift
/// var scanner = FixScanner()
/// let message = try scanner.scan(bytes)
/// let quantity = message[.orderQty]?.quantity
/// ```
/// Sixteen bytes are looked at at once, for separators and for the sum. A tag's digits are read as one number of eight bytes.
@safe
public struct FixScanner: ~Copyable {
    @usableFromInline let fields: UnsafeMutablePointer<FixField>
    /// The last bytes of a message, which don't fill a block.
    @usableFromInline let tail: UnsafeMutableRawPointer
    @usableFromInline let pairs: FixDataPairs
    /// A bit for each tag that tells the length of data.
    @usableFromInline let lengths: UnsafeMutablePointer<UInt64>
    /// Fields that a message may have.
    public let capacity: Int

    /// - Parameters:
    ///   - capacity: fields that a message may have; more is garbled.
    ///   - pairs: which fields hold data whose length another tells.
    public init(capacity: Int = 4_096, pairs: FixDataPairs = FixDataPairs()) {
        self.capacity = max(capacity, 8)
        self.pairs = pairs
        unsafe fields = .allocate(capacity: self.capacity)
        unsafe tail = .allocate(byteCount: 64, alignment: 64)
        let words = Int(FixDataPairs.bound / 64)
        unsafe lengths = .allocate(capacity: words)
        unsafe lengths.initialize(repeating: 0, count: words)
        // Safe: the pairs' lengths are below the bound.
        for pair in pairs.pairs { unsafe lengths[Int(pair.length >> 6)] |= 1 << UInt64(pair.length & 63) }
    }

    deinit {
        unsafe fields.deallocate()
        unsafe tail.deallocate()
        unsafe lengths.deallocate()
    }

    /// Finds the fields of one whole message as the framer cut it.
    ///
    /// - Parameter bytes: from `8=` up to and with the separator behind CheckSum.
    /// - Returns: a view that is valid until the next scan, and as long as the bytes are.
    /// - Throws: `FixGarble`.
    @inlinable
    public mutating func scan(_ bytes: WireBytes) throws(FixGarble) -> FixMessage {
        guard bytes.count >= 20, bytes.count < 1 << 30 else { throw .trailer }
        let end = bytes.count - FixFramer.trailer
        let base = unsafe bytes.unsafeBuffer.baseAddress.unsafelyUnwrapped
        let sum = try FixScanner.readSum(bytes, end)
        var found = 0
        var total: UInt64 = 0
        var position = 0
        var block = 0
        // Safe: every block is within the bytes or in `tail`; every field starts at least ten bytes before the end of
        // `bytes`, because a field has at least three and the trailer seven, so that eight can be loaded.
        var matches = unsafe load(base, block, end, &total)
        while position < end {
            while matches == 0 {
                block &+= 64
                guard block < end else { throw .field }
                matches = unsafe load(base, block, end, &total)
            }
            let separator = block &+ matches.trailingZeroBitCount
            matches &= matches &- 1
            let word = unsafe UInt64(littleEndian: base.loadUnaligned(fromByteOffset: position, as: UInt64.self))
            var (tag, digits) = FixScanner.readTag(word)
            if digits == 0 { (tag, digits) = FixScanner.readNegativeTag(word) }
            let start = position &+ digits &+ 1
            guard digits > 0, start <= separator else { throw .field }
            guard found < capacity else { throw .tooManyFields }
            unsafe fields[found] = FixField(
                tag: FixTag(rawValue: tag),
                start: UInt32(truncatingIfNeeded: start),
                count: UInt32(truncatingIfNeeded: separator &- start)
            )
            found &+= 1
            position = separator &+ 1
            if isLength(tag), position < end {
                guard
                    let next = unsafe skipData(base, found, position, end)
                else { continue }
                found &+= 1
                position = next
                // The blocks in between count for the sum.
                while position >= block &+ 64, block &+ 64 < end {
                    block &+= 64
                    matches = unsafe load(base, block, end, &total)
                }
                let passed = position &- block
                matches = passed >= 64 ? 0 : matches & (~0 << UInt64(passed))
            }
        }
        guard UInt8(truncatingIfNeeded: total) == sum else { throw .checkSum }
        guard unsafe found >= 3 && fields[1].tag == .bodyLength && fields[2].tag == .msgType else { throw .field }
        return unsafe FixMessage(base: base, total: bytes.count, fields: fields, count: found)
    }

    /// The three digits of CheckSum.
    @inlinable
    static func readSum(_ bytes: WireBytes, _ end: Int) throws(FixGarble) -> UInt8 {
        let hundreds = bytes[end + 3] &- 0x30
        let tens = bytes[end + 4] &- 0x30
        let ones = bytes[end + 5] &- 0x30
        guard bytes[end] == 0x31, bytes[end + 1] == 0x30, bytes[end + 2] == 0x3D, bytes[end + 6] == 1,
            hundreds <= 2, tens <= 9, ones <= 9
        else { throw .trailer }
        let value = Int(hundreds) * 100 + Int(tens) * 10 + Int(ones)
        guard value <= 255 else { throw .checkSum }
        return UInt8(truncatingIfNeeded: value)
    }

    /// Where the separators of the block at `block` are; its sum goes to `total`.
    @inlinable
    @inline(__always)
    func load(_ base: UnsafeRawPointer, _ block: Int, _ end: Int, _ total: inout UInt64) -> UInt64 {
        if block &+ 64 <= end {
            let result = unsafe helios_text_scan(base + block, 1)
            total &+= result.sum
            return result.matches
        }
        unsafe (tail + 0).initializeMemory(as: UInt64.self, repeating: 0, count: 8)
        unsafe tail.copyMemory(from: base + block, byteCount: max(end - block, 0))
        let result = unsafe helios_text_scan(tail, 1)
        total &+= result.sum
        return result.matches
    }

    /// The number before the `=` in the first eight bytes, and its digits: none when it is no tag.
    @inlinable
    @inline(__always)
    static func readTag(_ word: UInt64) -> (tag: UInt32, digits: Int) {
        let same = word ^ 0x3D3D_3D3D_3D3D_3D3D
        let zero = (same &- 0x0101_0101_0101_0101) & ~same & 0x8080_8080_8080_8080
        // The lowest bit set is exact; those above may not be, and are not looked at.
        let digits = zero.trailingZeroBitCount / 8
        guard digits > 0, digits < 8 else { return (0, 0) }
        let shift = UInt64(64 &- 8 &* digits)
        var text = (word << shift) | (0x3030_3030_3030_3030 & ((1 << shift) &- 1))
        let isNumber =
            text & 0xF0F0_F0F0_F0F0_F0F0 == 0x3030_3030_3030_3030
            && (text &+ 0x0606_0606_0606_0606) & 0xF0F0_F0F0_F0F0_F0F0 == 0x3030_3030_3030_3030
        // A tag has no leading zero, but for 0 itself, which is none and is told as an invalid number later.
        guard isNumber, word & 0xFF != 0x30 || digits == 1 else { return (0, 0) }
        text = ((text & 0x0F0F_0F0F_0F0F_0F0F) &* 2_561) >> 8
        text = ((text & 0x00FF_00FF_00FF_00FF) &* 6_553_601) >> 16
        text = ((text & 0x0000_FFFF_0000_FFFF) &* 42_949_672_960_001) >> 32
        return (UInt32(truncatingIfNeeded: text), digits)
    }

    /// A number with a minus sign, and its characters: it is no tag, but can be named in a Reject.
    @usableFromInline
    static func readNegativeTag(_ word: UInt64) -> (tag: UInt32, digits: Int) {
        guard word & 0xFF == 0x2D else { return (0, 0) }
        let (tag, digits) = readTag(word >> 8)
        return digits > 0 ? (tag | FixTag.negative, digits + 1) : (0, 0)
    }

    @inlinable
    @inline(__always)
    func isLength(_ tag: UInt32) -> Bool {
        guard tag < FixDataPairs.bound else { return false }
        // Safe: below the bound there is a bit.
        return unsafe lengths[Int(tag >> 6)] & (1 << UInt64(tag & 63)) != 0
    }

    /// Takes the field of data behind its length; where the next begins, or nil when the two don't belong together.
    ///
    /// - Parameters:
    ///   - base: the message.
    ///   - found: fields found, the last of which is the length.
    ///   - position: where the next begins.
    ///   - end: where the trailer begins.
    /// - Returns: where the field behind the data begins.
    @inlinable
    func skipData(_ base: UnsafeRawPointer, _ found: Int, _ position: Int, _ end: Int) -> Int? {
        let length = unsafe fields[found - 1]
        guard length.count > 0, length.count < 9, found < capacity else { return nil }
        var count = 0
        for offset in 0..<Int(length.count) {
            let digit = unsafe base.load(fromByteOffset: Int(length.start) + offset, as: UInt8.self) &- 0x30
            guard digit <= 9 else { return nil }
            count = count * 10 + Int(digit)
        }
        let word = unsafe UInt64(littleEndian: base.loadUnaligned(fromByteOffset: position, as: UInt64.self))
        let (tag, digits) = FixScanner.readTag(word)
        guard digits > 0, pairs.data(of: length.tag.rawValue) == tag else { return nil }
        let start = position + digits + 1
        guard start + count < end else { return nil }
        guard unsafe base.load(fromByteOffset: start + count, as: UInt8.self) == 1 else { return nil }
        unsafe fields[found] = FixField(
            tag: FixTag(rawValue: tag),
            start: UInt32(truncatingIfNeeded: start),
            count: UInt32(truncatingIfNeeded: count)
        )
        return start + count + 1
    }
}
