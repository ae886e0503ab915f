// SPDX-License-Identifier: MIT
import HeliosMarket

// What the fields are written with: stores of whole words, of which only the bytes that count are kept.
extension FixWriter {
    /// Writes `tag=`, if the field with a value of up to `room` bytes fits.
    @inlinable
    @inline(__always)
    mutating func openField(_ tag: FixTag, _ room: Int) -> Bool {
        // Tag, equals sign and separator take ten bytes at most.
        guard room >= 0, cursor &- FixWriter.headroom <= capacity &- room &- 10 else {
            isFull = true
            return false
        }
        let (text, length) = FixText.tag(tag.rawValue)
        unsafe storeWord(text, at: cursor)
        cursor &+= length
        return true
    }

    @inlinable
    @inline(__always)
    mutating func closeField() { unsafe storeByte(1) }

    @inlinable
    @inline(__always)
    @unsafe
    mutating func storeByte(_ byte: UInt8) {
        // Safe: `openField` has seen to the room of the whole field.
        unsafe base.storeBytes(of: byte, toByteOffset: cursor, as: UInt8.self)
        cursor &+= 1
    }

    /// Stores eight bytes, the lowest first; the caller moves the cursor by those that count.
    @inlinable
    @inline(__always)
    @unsafe
    func storeWord(_ word: UInt64, at offset: Int) {
        // Safe: behind the capacity there is slack for the bytes that don't count.
        unsafe base.storeBytes(of: word.littleEndian, toByteOffset: offset, as: UInt64.self)
    }

    /// Writes a number of up to twenty digits.
    @inlinable
    @inline(__always)
    @unsafe
    mutating func storeDigits(_ value: UInt64) {
        if value < 100_000_000 {
            let text = FixText.eightDigits(value)
            // Zeros at the front are the lowest bytes; the last digit always counts.
            let zeros = min((text & 0x0F0F_0F0F_0F0F_0F0F).trailingZeroBitCount / 8, 7)
            unsafe storeWord(text >> UInt64(8 &* zeros), at: cursor)
            cursor &+= 8 &- zeros
        } else {
            unsafe storeLongDigits(value)
        }
    }

    @inlinable
    @unsafe
    mutating func storeLongDigits(_ value: UInt64) {
        unsafe storeDigits(value / 100_000_000)
        unsafe storeWord(FixText.eightDigits(value % 100_000_000), at: cursor)
        cursor &+= 8
    }

    /// Writes `HH:MM:SS` and the places asked for.
    @inlinable
    @unsafe
    mutating func storeTime(_ nanoseconds: UInt64, _ digits: Int) {
        let seconds = nanoseconds / 1_000_000_000
        let fraction = nanoseconds % 1_000_000_000
        let minutes = seconds / 60
        // As eight digits with colons: HH0MM0SS.
        let clock = minutes / 60 % 24 * 1_000_000 + minutes % 60 * 1_000 + seconds % 60
        let text = FixText.eightDigits(clock) + 0x0000_0A00_000A_0000
        unsafe storeWord(text, at: cursor)
        cursor &+= 8
        guard digits > 0 else { return }
        unsafe storeByte(UInt8(ascii: "."))
        switch digits {
        case ...3:
            unsafe storeWord(FixText.eightDigits(fraction / 1_000_000 * 100_000), at: cursor)
            cursor &+= 3
        case ...6:
            unsafe storeWord(FixText.eightDigits(fraction / 1_000 * 100), at: cursor)
            cursor &+= 6
        default:
            unsafe storeWord(FixText.eightDigits(fraction / 10), at: cursor)
            cursor &+= 8
            unsafe storeByte(UInt8(0x30 + fraction % 10))
        }
    }
}

/// Numbers as text in a word, the first character in the lowest byte.
@usableFromInline
enum FixText {
    /// The eight digits of a number below 100,000,000, with leading zeros.
    @inlinable
    @inline(__always)
    static func eightDigits(_ value: UInt64) -> UInt64 {
        // Splits into halves three times: 4 and 4 digits, 2 and 2, 1 and 1. The factors are reciprocals of 100 and 10.
        let halves = value / 10_000 | ((value % 10_000) << 32)
        let high = ((halves &* 10_486) >> 20) & 0x0000_007F_0000_007F
        let pairs = high | ((halves &- high &* 100) << 16)
        let tens = ((pairs &* 103) >> 10) & 0x000F_000F_000F_000F
        let digits = tens | ((pairs &- tens &* 10) << 8)
        return digits | 0x3030_3030_3030_3030
    }

    /// `tag=` and its length.
    @inlinable
    @inline(__always)
    static func tag(_ tag: UInt32) -> (text: UInt64, count: Int) {
        let value = UInt64(tag)
        if value < 10 { return (0x3D30 | value, 2) }
        if value < 100 { return (0x3D_3030 | value / 10 | ((value % 10) << 8), 3) }
        if value < 1_000 { return (0x3D30_3030 | value / 100 | ((value / 10 % 10) << 8) | ((value % 10) << 16), 4) }
        let text = eightDigits(value % 10_000_000)
        let zeros = (text & 0x0F0F_0F0F_0F0F_0F0F).trailingZeroBitCount / 8
        let count = 8 &- zeros
        return ((text >> UInt64(8 &* zeros)) | (0x3D << UInt64(8 &* count)), count &+ 1)
    }

    /// `YYYYMMDD` of a day since 1970-01-01; years outside 0 to 9999 are held at the border.
    @usableFromInline
    static func date(_ days: Int) -> UInt64 {
        let (year, month, day) = FixDate.civil(days)
        return eightDigits(UInt64(min(max(year, 0), 9_999) * 10_000 + month * 100 + day))
    }
}
