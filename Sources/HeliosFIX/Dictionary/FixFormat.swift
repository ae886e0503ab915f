// SPDX-License-Identifier: MIT

/// What a field's value has to look like.
@frozen
public enum FixFormat: UInt8, Sendable, CaseIterable {
    /// Text or data: nothing is asked.
    case any
    /// An optional minus and digits.
    case int
    /// Digits.
    case unsigned
    /// An optional minus, digits, at most one point.
    case decimal
    /// One character.
    case char
    /// `Y` or `N`.
    case boolean
    /// Single characters with one space between them.
    case characters
    /// `YYYYMMDD-HH:MM:SS`, up to nine digits of a second's parts.
    case timestamp
    /// `YYYYMMDD`.
    case date
    /// `HH:MM:SS`, up to nine digits of a second's parts.
    case timeOfDay
    /// `YYYYMM`, `YYYYMMDD` or `YYYYMMwN`.
    case monthYear
    /// As `date`, of a market.
    case localDate
    /// As `timeOfDay`, of a market.
    case localTime
    /// 1 to 31.
    case dayOfMonth
    /// `HH:MM[:SS[.sss]]` and `Z` or `+hh[:mm]`.
    case zonedTime
    /// `YYYYMMDD-` and the same.
    case zonedTimestamp

    /// Whether QuickFIX looks at values of this kind; at others only `FixCheckOptions.allFormats` does.
    var isCommon: Bool {
        switch self {
        case .any, .int, .unsigned, .decimal, .char, .boolean, .timestamp, .timeOfDay, .date: true
        case .characters, .localDate, .localTime, .monthYear, .dayOfMonth, .zonedTime, .zonedTimestamp: false
        }
    }

    /// Whether `value` looks so.
    public func accepts(_ value: FixValue) -> Bool {
        let text = FixText8(value)
        return switch self {
        case .any: true
        case .int: text.isInt
        case .unsigned: text.isUnsigned
        case .decimal: text.isDecimal
        case .char: value.count == 1
        case .boolean: value.bool != nil
        case .characters: text.isCharacters
        case .timestamp: text.isTimestamp
        case .date, .localDate: value.date != nil
        case .timeOfDay, .localTime: value.timeOfDay != nil
        case .monthYear: text.isMonthYear
        case .dayOfMonth: value.count <= 2 && value.unsigned.map { 1...31 ~= $0 } ?? false
        case .zonedTime: text.isZonedTime(from: 0)
        case .zonedTimestamp: text.isZonedTimestamp
        }
    }
}

/// A value looked at in words of eight bytes.
@safe
struct FixText8 {
    private let base: UnsafeRawPointer
    private let count: Int
    private let value: FixValue

    @inline(__always)
    init(_ value: FixValue) {
        self.value = value
        count = value.count
        // Safe: nothing is loaded from an empty value.
        unsafe base = value.bytes.unsafeBuffer.baseAddress ?? UnsafeRawPointer(bitPattern: 1).unsafelyUnwrapped
    }

    /// Eight bytes from `offset` on, with zeros for those behind the value's end.
    @inline(__always)
    private func word(_ offset: Int) -> UInt64 {
        let left = count &- offset
        // Safe: eight bytes lie within the value.
        if left >= 8 { return unsafe UInt64(littleEndian: base.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) }
        return tail(offset, left)
    }

    /// The last one to seven bytes, by loads that overlap.
    @inline(__always)
    private func tail(_ offset: Int, _ left: Int) -> UInt64 {
        // Safe: what is loaded lies within the value's `left` bytes from `offset` on.
        if left >= 4 {
            let low = unsafe UInt32(littleEndian: base.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
            let high = unsafe UInt32(
                littleEndian: base.loadUnaligned(fromByteOffset: offset &+ left &- 4, as: UInt32.self)
            )
            return UInt64(low) | UInt64(high) << UInt64(8 &* (left &- 4))
        }
        guard left > 0 else { return 0 }
        let first = unsafe UInt64(base.load(fromByteOffset: offset, as: UInt8.self))
        let middle = unsafe UInt64(base.load(fromByteOffset: offset &+ left >> 1, as: UInt8.self))
        let last = unsafe UInt64(base.load(fromByteOffset: offset &+ left &- 1, as: UInt8.self))
        return first | middle << UInt64(8 &* (left >> 1)) | last << UInt64(8 &* (left &- 1))
    }

    /// Whether the bytes where `mask` has ones are digits.
    @inline(__always)
    private static func areDigits(_ word: UInt64, _ mask: UInt64) -> Bool {
        let high = word & 0xF0F0_F0F0_F0F0_F0F0 ^ 0x3030_3030_3030_3030
        let carried = (word &+ 0x0606_0606_0606_0606) & 0xF0F0_F0F0_F0F0_F0F0 ^ 0x3030_3030_3030_3030
        return (high | carried) & mask == 0
    }

    /// Ones for the first `count` bytes of eight.
    @inline(__always)
    private static func mask(_ count: Int) -> UInt64 { count >= 8 ? ~0 : 1 << UInt64(8 &* count) &- 1 }

    @inline(__always)
    private func byte(_ offset: Int) -> UInt8 {
        // Safe: every caller has compared with `count`.
        unsafe base.load(fromByteOffset: offset, as: UInt8.self)
    }

    @inline(__always)
    private func isDigit(_ offset: Int) -> Bool { byte(offset) &- 0x30 <= 9 }

    @inline(__always)
    var isUnsigned: Bool {
        if count > 0, count <= 8 { return FixText8.areDigits(word(0), FixText8.mask(count)) }
        return value.unsigned != nil
    }

    @inline(__always)
    var isInt: Bool {
        let sign = count > 0 && byte(0) == UInt8(ascii: "-") ? 1 : 0
        let digits = count &- sign
        if digits > 0, digits <= 8 { return FixText8.areDigits(word(sign), FixText8.mask(digits)) }
        return value.int != nil
    }

    @inline(__always)
    var isDecimal: Bool {
        var at = count > 0 && byte(0) == UInt8(ascii: "-") ? 1 : 0
        var points = 0
        let digits = count &- at
        while at < count {
            let text = word(at)
            let used = FixText8.mask(count &- at)
            let same = text ^ 0x2E2E_2E2E_2E2E_2E2E
            // Exact: no byte's sum carries into the next.
            let zero = ~((same & 0x7F7F_7F7F_7F7F_7F7F &+ 0x7F7F_7F7F_7F7F_7F7F) | same | 0x7F7F_7F7F_7F7F_7F7F)
            points &+= zero.nonzeroBitCount
            // A point becomes the digit 0.
            let numbers = text ^ ((zero >> 7) &* 0x1E)
            guard FixText8.areDigits(numbers, used) else { return false }
            at &+= 8
        }
        return points <= 1 && digits > points
    }

    var isCharacters: Bool {
        guard count % 2 == 1 else { return false }
        for offset in 0..<count where (byte(offset) == 0x20) != (offset % 2 == 1) { return false }
        return true
    }

    /// Pairs of digits as numbers, in each byte that begins a pair.
    @inline(__always)
    private static func pairs(_ word: UInt64) -> UInt64 {
        let digits = word & 0x0F0F_0F0F_0F0F_0F0F
        // At most 15 * 10 + 15 in a byte: nothing carries.
        return digits &* 10 &+ digits >> 8
    }

    var isTimestamp: Bool {
        guard count >= 17, count <= 27 else { return false }
        let date = word(0)
        let time = word(9)
        guard byte(8) == UInt8(ascii: "-"), FixText8.areDigits(date, ~0),
            FixText8.areDigits(time, 0xFFFF_00FF_FF00_FFFF),
            time & 0x0000_FF00_00FF_0000 == 0x0000_3A00_003A_0000
        else { return false }
        let days = FixText8.pairs(date)
        let month = days >> 32 & 0xFF
        let day = days >> 48 & 0xFF
        let clock = FixText8.pairs(time)
        guard month &- 1 < 12, day &- 1 < 31, clock & 0xFF < 24, clock >> 24 & 0xFF < 60, clock >> 48 & 0xFF <= 60
        else { return false }
        // The 29th and later: only some months have them.
        if day > 28, value.timestamp == nil { return false }
        return count == 17 || isFraction(from: 17)
    }

    /// A point and one to nine digits up to the end.
    @inline(__always)
    private func isFraction(from start: Int) -> Bool {
        guard byte(start) == UInt8(ascii: "."), count > start &+ 1, count <= start &+ 10 else { return false }
        let digits = count &- start &- 1
        guard FixText8.areDigits(word(start &+ 1), FixText8.mask(digits)) else { return false }
        return digits <= 8 || isDigit(start &+ 9)
    }

    var isMonthYear: Bool {
        guard count == 6 || count == 8 else { return false }
        guard FixText8.areDigits(word(0), FixText8.mask(6)) else { return false }
        guard 1...12 ~= Int(byte(4) & 15) * 10 + Int(byte(5) & 15) else { return false }
        guard count == 8 else { return true }
        if byte(6) == UInt8(ascii: "w") { return 0x31...0x35 ~= byte(7) }
        return value.date != nil
    }

    /// The number of two digits at `offset`, or nil.
    private func two(_ offset: Int) -> Int? {
        guard offset &+ 2 <= count, isDigit(offset), isDigit(offset &+ 1) else { return nil }
        return Int(byte(offset) & 15) * 10 + Int(byte(offset &+ 1) & 15)
    }

    func isZonedTime(from start: Int) -> Bool {
        guard let hour = two(start), hour < 24, start + 3 <= count, byte(start + 2) == UInt8(ascii: ":"),
            let minute = two(start + 3), minute < 60
        else { return false }
        var at = start + 5
        if at < count, byte(at) == UInt8(ascii: ":") {
            guard let second = two(at + 1), second <= 60 else { return false }
            at += 3
            if at < count, byte(at) == UInt8(ascii: ".") {
                let first = at + 1
                at = first
                while at < count, isDigit(at) { at += 1 }
                guard at > first, at - first <= 9 else { return false }
            }
        }
        return isZone(from: at)
    }

    private func isZone(from start: Int) -> Bool {
        guard start < count else { return false }
        switch byte(start) {
        case UInt8(ascii: "Z"): return count == start + 1
        case UInt8(ascii: "+"), UInt8(ascii: "-"): break
        default: return false
        }
        guard let hour = two(start + 1), hour <= 14 else { return false }
        if count == start + 3 { return true }
        return count == start + 6 && byte(start + 3) == UInt8(ascii: ":") && two(start + 4) ?? 60 < 60
    }

    var isZonedTimestamp: Bool {
        guard count > 9, byte(8) == UInt8(ascii: "-"), FixDate.day(value.bytes, at: 0) != nil else { return false }
        return isZonedTime(from: 9)
    }
}
