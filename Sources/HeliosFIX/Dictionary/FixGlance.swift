// SPDX-License-Identifier: MIT

/// Formats checked at a glance, in words of eight bytes, where a value stands in its message.
///
/// A yes is sure. A no is none: `FixFormat.accepts` has the last word, on what is rare (a sign, nine characters of a number, the
/// 29th of February) as on what is wrong.
///
/// Eight bytes can be read from every byte of a value on, and from the one behind it: a separator and the seven bytes of the trailer
/// follow at least.
enum FixGlance {
    /// Whether `count` bytes at `start` are of `format`, seen at a glance.
    @inline(__always)
    static func passes(_ format: FixFormat, _ start: UnsafeRawPointer, _ count: Int) -> Bool {
        switch format {
        case .any: count > 0
        case .decimal: unsafe isDecimal(start, count)
        case .int, .unsigned: unsafe isDigits(start, count)
        case .char: count == 1
        case .timestamp: unsafe isTimestamp(start, count)
        case .date, .localDate: unsafe count == 8 && isDate(word(start, 0))
        case .boolean: unsafe isBoolean(start, count)
        default: false
        }
    }

    @inline(__always)
    private static func word(_ start: UnsafeRawPointer, _ offset: Int) -> UInt64 {
        unsafe UInt64(littleEndian: start.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    /// The highest bit of each byte above nine: what is no digit when '0' was taken off.
    ///
    /// Exact up to the lowest such byte; those above it may get a bit too many.
    @inline(__always)
    private static func aboveNine(_ digits: UInt64) -> UInt64 {
        (digits &+ 0x7676_7676_7676_7676 | digits) & 0x8080_8080_8080_8080
    }

    /// One to eight digits.
    @inline(__always)
    private static func isDigits(_ start: UnsafeRawPointer, _ count: Int) -> Bool {
        guard UInt(bitPattern: count &- 1) < 8 else { return false }
        let wrong = unsafe aboveNine(word(start, 0) ^ 0x3030_3030_3030_3030)
        // What stands behind the value is shifted out.
        return wrong &<< UInt64(64 &- 8 &* count) == 0
    }

    /// One to eight characters: digits, and a point among them or none.
    @inline(__always)
    private static func isDecimal(_ start: UnsafeRawPointer, _ count: Int) -> Bool {
        guard UInt(bitPattern: count &- 1) < 8 else { return false }
        let text = unsafe word(start, 0)
        let shift = UInt64(64 &- 8 &* count)
        let wrong = aboveNine(text ^ 0x3030_3030_3030_3030) &<< shift
        if wrong == 0 { return true }
        let char = (text &<< shift) &>> UInt64(wrong.trailingZeroBitCount &- 7) & 0xFF
        return wrong & (wrong &- 1) == 0 && char == 0x2E && count > 1
    }

    @inline(__always)
    private static func isBoolean(_ start: UnsafeRawPointer, _ count: Int) -> Bool {
        let char = unsafe start.load(as: UInt8.self)
        return count == 1 && (char == UInt8(ascii: "Y") || char == UInt8(ascii: "N"))
    }

    /// The numbers of two digits each, in each byte that begins one; nothing carries when all bytes are at most nine.
    @inline(__always)
    private static func pairs(_ digits: UInt64) -> UInt64 { digits &* 10 &+ digits >> 8 }

    /// `YYYYMMDD` but for the years before 100, and the last days of months but for the years 1700 to 2199, which a timestamp reaches.
    @inline(__always)
    private static func isDate(_ text: UInt64) -> Bool {
        let digits = text ^ 0x3030_3030_3030_3030
        let numbers = pairs(digits)
        let century = numbers & 0xFF
        let month = numbers >> 32 & 0xFF
        let day = numbers >> 48 & 0xFF
        guard aboveNine(digits) == 0, month &- 1 < 12, century > 0 else { return false }
        if day &- 1 < 28 { return true }
        // A bit for each month of 31 days.
        let isThere = day &- 29 < 2 && month != 2 || day == 31 && 0x15AA &>> month & 1 == 1
        return isThere && century &- 17 < 5
    }

    /// `YYYYMMDD-HH:MM:SS`, and a point and one to nine digits, or not.
    @inline(__always)
    private static func isTimestamp(_ start: UnsafeRawPointer, _ count: Int) -> Bool {
        guard UInt(bitPattern: count &- 17) <= 10 else { return false }
        let mark = unsafe start.load(fromByteOffset: 8, as: UInt8.self)
        guard mark == UInt8(ascii: "-"), unsafe isDate(word(start, 0)) else { return false }
        // A digit becomes its number, a colon becomes zero; then what is above nine, or above zero, gets the highest bit.
        let clock = unsafe word(start, 9) ^ 0x3030_3A30_303A_3030
        guard (clock &+ 0x7676_7F76_767F_7676 | clock) & 0x8080_8080_8080_8080 == 0 else { return false }
        // The same for 24 hours, 60 minutes, 61 seconds.
        guard (pairs(clock) &+ 0x0043_0000_4400_0068) & 0x0080_0000_8000_0080 == 0 else { return false }
        return unsafe count == 17 || isFraction(start, count)
    }

    /// A point at 17 and one to nine digits.
    @inline(__always)
    private static func isFraction(_ start: UnsafeRawPointer, _ count: Int) -> Bool {
        let digits = unsafe word(start, 17) ^ 0x3030_3030_3030_302E
        let wrong = (digits &+ 0x7676_7676_7676_767F | digits) & 0x8080_8080_8080_8080
        if count <= 25 { return count > 18 && wrong &<< UInt64(8 &* (25 &- count)) == 0 }
        return unsafe wrong == 0 && aboveNine(word(start, count &- 8) ^ 0x3030_3030_3030_3030) == 0
    }
}
