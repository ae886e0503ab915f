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
/// Sixteen bytes are looked at at once, for separators and for the sum. A tag's digits are read as one number of four bytes, or of eight.
@safe
public struct FixScanner: ~Copyable {
    @usableFromInline let fields: UnsafeMutablePointer<FixField>
    /// A message that doesn't fill a block.
    @usableFromInline let tail: UnsafeMutableRawPointer
    @usableFromInline let pairs: FixDataPairs
    /// A bit for each tag that tells the length of data.
    @usableFromInline let lengths: UnsafeMutablePointer<UInt64>
    /// The same for tags of up to three digits, a byte each.
    @usableFromInline let shortLengths: UnsafeMutablePointer<UInt8>
    /// Fields that a message may have.
    public let capacity: Int

    /// - Parameters:
    ///   - capacity: fields that a message may have; more is garbled.
    ///   - pairs: which fields hold data whose length another tells.
    public init(capacity: Int = 4_096, pairs: FixDataPairs = FixDataPairs()) {
        self.capacity = max(capacity, 8)
        self.pairs = pairs
        // A block's separators are counted when its fields are there already.
        unsafe fields = .allocate(capacity: self.capacity + 64)
        unsafe tail = .allocate(byteCount: 64, alignment: 64)
        let words = Int(FixDataPairs.bound / 64)
        unsafe lengths = .allocate(capacity: words)
        unsafe lengths.initialize(repeating: 0, count: words)
        unsafe shortLengths = .allocate(capacity: 1_000)
        unsafe shortLengths.initialize(repeating: 0, count: 1_000)
        // Safe: the pairs' lengths are below the bound.
        for pair in pairs.pairs {
            unsafe lengths[Int(pair.length >> 6)] |= 1 << UInt64(pair.length & 63)
            if pair.length < 1_000 { unsafe shortLengths[Int(pair.length)] = 1 }
        }
    }

    deinit {
        unsafe fields.deallocate()
        unsafe tail.deallocate()
        unsafe lengths.deallocate()
        unsafe shortLengths.deallocate()
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
        guard let wanted = unsafe FixFramer.readTrailer(base, end) else { throw .trailer }
        var found = unsafe scanPlain(base, end)
        // Data may hold separators: then it is read again, field by field.
        if found < 0 { found = unsafe try scanData(base, end) }
        guard unsafe helios_text_sum(base, end) & 0xFF == wanted else { throw .checkSum }
        guard unsafe found >= 3 && fields[1].tag == .bodyLength && fields[2].tag == .msgType else { throw .field }
        return unsafe FixMessage(base: base, total: bytes.count, fields: fields, count: found)
    }

    /// Finds the fields of a message without data.
    ///
    /// - Parameters:
    ///   - base: the message.
    ///   - end: where the trailer begins.
    /// - Returns: fields found; less than none when a field tells the length of data, or something is wrong.
    @inlinable
    @unsafe
    mutating func scanPlain(_ base: UnsafeRawPointer, _ end: Int) -> Int {
        // What is stored must not make the compiler load these again.
        let (fields, shortLengths, capacity) = unsafe (fields, shortLengths, capacity)
        var found = 0
        var position = 0
        var block = 0
        var hasData: UInt8 = 0
        // Safe: every block is within the bytes or in `tail`; every field starts at least eight bytes before the end of the
        // bytes, because a separator and the trailer follow; there is room for a block's fields behind the capacity.
        while block < end {
            var matches = unsafe FixScanner.separators(base, block, end, tail)
            while matches != 0 {
                let separator = block &+ matches.trailingZeroBitCount
                matches &= matches &- 1
                let word = unsafe UInt32(littleEndian: base.loadUnaligned(fromByteOffset: position, as: UInt32.self))
                var (tag, next) = FixScanner.readShortTag(word)
                if next > 0 {
                    unsafe hasData |= shortLengths[Int(tag)]
                } else {
                    let word = unsafe base.loadUnaligned(fromByteOffset: position, as: UInt64.self)
                    let long = FixScanner.readAnyTag(UInt64(littleEndian: word))
                    guard long.digits > 0 else { return -1 }
                    (tag, next) = (long.tag, long.digits &+ 1)
                    if isLength(tag) { hasData = 1 }
                }
                // No separator stands among the digits or at the '=': the value begins at the separator at the latest.
                let start = position &+ next
                unsafe fields[found] = FixField(
                    tag: FixTag(rawValue: tag),
                    start: UInt32(truncatingIfNeeded: start),
                    count: UInt32(truncatingIfNeeded: separator &- start)
                )
                found &+= 1
                position = separator &+ 1
            }
            guard found <= capacity else { return -1 }
            block &+= 64
        }
        return position == end && hasData == 0 ? found : -1
    }

    /// Finds the fields of a message that may have data.
    ///
    /// - Parameters:
    ///   - base: the message.
    ///   - end: where the trailer begins.
    /// - Returns: fields found.
    /// - Throws: `FixGarble`.
    @usableFromInline
    @unsafe
    mutating func scanData(_ base: UnsafeRawPointer, _ end: Int) throws(FixGarble) -> Int {
        var found = 0
        var position = 0
        while position < end {
            guard found < capacity else { throw .tooManyFields }
            // Safe: before the end there are at least eight bytes with the trailer.
            let (tag, digits) = FixScanner.readAnyTag(
                unsafe UInt64(littleEndian: base.loadUnaligned(fromByteOffset: position, as: UInt64.self))
            )
            let start = position + digits + 1
            var separator = start
            while separator < end, unsafe base.load(fromByteOffset: separator, as: UInt8.self) != 1 { separator += 1 }
            guard digits > 0, separator < end else { throw .field }
            unsafe fields[found] = FixField(
                tag: FixTag(rawValue: tag),
                start: UInt32(truncatingIfNeeded: start),
                count: UInt32(truncatingIfNeeded: separator - start)
            )
            found += 1
            position = separator + 1
            if isLength(tag), position < end, let next = unsafe skipData(base, found, position, end) {
                found += 1
                position = next
            }
        }
        return found
    }

    /// Where the separators of the block at `block` are, up to `end`; `tail` has room for a block.
    @inlinable
    @inline(__always)
    static func separators(
        _ base: UnsafeRawPointer,
        _ block: Int,
        _ end: Int,
        _ tail: UnsafeMutableRawPointer
    ) -> UInt64 {
        let left = end &- block
        if left >= 64 { return unsafe helios_text_find(base + block, 1) }
        // The last 64 bytes, without those that were looked at.
        if end >= 64 { return unsafe helios_text_find(base + (end &- 64), 1) &>> UInt64(64 &- left) }
        unsafe tail.initializeMemory(as: UInt64.self, repeating: 0, count: 8)
        unsafe tail.copyMemory(from: base, byteCount: end)
        return unsafe helios_text_find(tail, 1)
    }

    /// As `readTag`, for up to three digits: what nearly all tags have.
    ///
    /// - Parameter word: the field's first four bytes.
    /// - Returns: the tag, and how many bytes it has with the `=`; no bytes for everything else, be it a longer tag or none.
    @inlinable
    @inline(__always)
    static func readShortTag(_ word: UInt32) -> (tag: UInt32, next: Int) {
        let digits = word ^ 0x3030_3030
        // The highest bit of the first byte that is no digit, or of the fourth; what carries goes to bytes behind it.
        let stop = (digits &+ 0x7676_7676 | digits) & 0x8080_8080 | 0x8000_0000
        let shift = UInt32(truncatingIfNeeded: stop.trailingZeroBitCount)
        // That byte becomes the highest, and nothing when it is the '='; the last digit is in the byte below.
        let text = (digits &<< (31 &- shift)) ^ 0x0D00_0000
        // No tag begins with a zero, or without a digit.
        guard text < 0x0100_0000, (digits & 0xFF) &- 1 < 9 else { return (0, 0) }
        let value = (text >> 16) &+ 10 &* ((text >> 8) & 0xFF) &+ 100 &* (text & 0xFF)
        return (value, Int(shift >> 3) &+ 1)
    }

    /// The number before the `=` in the first eight bytes, and its digits: none when it is no tag.
    @inlinable
    @inline(never)
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

    /// As `readTag`, and numbers with a minus sign.
    @inlinable
    @inline(never)
    static func readAnyTag(_ word: UInt64) -> (tag: UInt32, digits: Int) {
        let tag = readTag(word)
        return tag.digits > 0 ? tag : readNegativeTag(word)
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
