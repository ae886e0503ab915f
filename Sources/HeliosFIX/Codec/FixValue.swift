// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosWire

/// The bytes of one field's value, and what they mean when they are read as one type or another.
///
/// Every reading gives nil when the bytes are not of the type's syntax: nothing is guessed.
@safe
@frozen
public struct FixValue: BitwiseCopyable {
    public let bytes: WireBytes

    @inlinable
    public init(_ bytes: WireBytes) { self.bytes = bytes }

    @inlinable
    public var count: Int { bytes.count }

    @inlinable
    public var isEmpty: Bool { bytes.count == 0 }

    /// The text; what is not UTF-8 is replaced.
    public var text: String { unsafe String(decoding: bytes.unsafeBuffer, as: UTF8.self) }

    /// Up to eight bytes as a number, the first in the lowest byte; nil when there are none, or more.
    @inlinable
    public var packed: UInt64? {
        guard bytes.count > 0, bytes.count <= 8 else { return nil }
        var packed: UInt64 = 0
        for index in 0..<bytes.count { packed |= UInt64(bytes[index]) << UInt64(8 &* index) }
        return packed
    }

    /// The single character; nil for more or less than one.
    @inlinable
    public var char: UInt8? { bytes.count == 1 ? bytes[0] : nil }

    /// `Y` or `N`.
    @inlinable
    public var bool: Bool? {
        switch char {
        case UInt8(ascii: "Y"): true
        case UInt8(ascii: "N"): false
        default: nil
        }
    }

    /// A whole number: an optional minus, digits; leading zeros are allowed.
    @inlinable
    public var int: Int64? {
        let isNegative = bytes.count > 0 && bytes[0] == UInt8(ascii: "-")
        var index = isNegative ? 1 : 0
        guard index < bytes.count else { return nil }
        var value: Int64 = 0
        while index < bytes.count {
            let digit = bytes[index] &- 0x30
            guard digit <= 9 else { return nil }
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.subtractingReportingOverflow(Int64(digit))
            guard !overflow, !carry else { return nil }
            // Counted downward, so that the smallest number fits too.
            value = sum
            index &+= 1
        }
        if isNegative { return value }
        return value == .min ? nil : -value
    }

    /// A whole number without sign.
    @inlinable
    public var unsigned: UInt64? {
        guard bytes.count > 0, bytes.count <= 20 else { return nil }
        var value: UInt64 = 0
        for index in 0..<bytes.count {
            let digit = bytes[index] &- 0x30
            guard digit <= 9 else { return nil }
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(UInt64(digit))
            guard !overflow, !carry else { return nil }
            value = sum
        }
        return value
    }

    /// A decimal number times 1e8, exactly: nil when it has more than eight places that count, or does not fit.
    ///
    /// An optional minus, digits, optionally a point and digits: no exponent and no plus. A point may stand first or last, as
    /// peers write it.
    @inlinable
    public var decimal: Int64? {
        let isNegative = bytes.count > 0 && bytes[0] == UInt8(ascii: "-")
        var index = isNegative ? 1 : 0
        var value: Int64 = 0
        var digits = 0
        var places = -1
        while index < bytes.count {
            let byte = bytes[index]
            index &+= 1
            if byte == UInt8(ascii: "."), places < 0 {
                places = 0
                continue
            }
            let digit = byte &- 0x30
            guard digit <= 9 else { return nil }
            digits &+= 1
            if places >= 0 { places &+= 1 }
            if places > 8 {
                if digit != 0 { return nil }
                continue
            }
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(Int64(digit))
            guard !overflow, !carry else { return nil }
            value = sum
        }
        guard digits > 0 else { return nil }
        var missing = 8 - min(max(places, 0), 8)
        while missing > 0 {
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            guard !overflow else { return nil }
            value = product
            missing &-= 1
        }
        return isNegative ? -value : value
    }

    /// A price, exactly.
    @inlinable
    public var price: Price? { decimal.map { Price(raw: $0) } }

    /// A quantity, exactly.
    @inlinable
    public var quantity: Quantity? { decimal.map { Quantity(raw: $0) } }

    /// A UTC time: `YYYYMMDD-HH:MM:SS` with up to nine digits of a second's parts; second 60 is the next minute's first.
    ///
    /// Years from 1678 to 2262, as a `Timestamp` has them.
    @inlinable
    public var timestamp: Timestamp? {
        guard bytes.count >= 17, bytes.count <= 27, bytes[8] == UInt8(ascii: "-") else { return nil }
        guard let day = FixDate.day(bytes, at: 0), let time = FixDate.time(bytes, at: 9) else { return nil }
        // A year that nanoseconds don't reach is none.
        let (midnight, isLate) = Int64(day).multipliedReportingOverflow(by: 86_400_000_000_000)
        let (sum, isOver) = midnight.addingReportingOverflow(time)
        guard !isLate, !isOver else { return nil }
        return Timestamp(nanoseconds: sum)
    }

    /// A time of day: `HH:MM:SS` with up to nine digits of a second's parts, as nanoseconds since midnight.
    @inlinable
    public var timeOfDay: Nanoseconds? { FixDate.time(bytes, at: 0) }

    /// A date `YYYYMMDD`, as days since 1970-01-01.
    @inlinable
    public var date: Int? { bytes.count == 8 ? FixDate.day(bytes, at: 0) : nil }

    /// Whether the bytes are those of `other`.
    @inlinable
    public func equals(_ other: FixValue) -> Bool {
        guard count == other.count else { return false }
        for index in 0..<count where bytes[index] != other.bytes[index] { return false }
        return true
    }

    /// Whether the bytes are those of `text`.
    public func equals(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { utf8 in
            unsafe equals(FixValue(WireBytes(UnsafeRawBufferPointer(utf8))))
        }
    }
}

/// Dates and times as text.
@usableFromInline
enum FixDate {
    /// The number of `count` digits at `at`.
    @inlinable
    static func digits(_ bytes: WireBytes, _ at: Int, _ count: Int) -> Int? {
        var value = 0
        for index in at..<(at + count) {
            let digit = bytes[index] &- 0x30
            guard digit <= 9 else { return nil }
            value = value &* 10 &+ Int(digit)
        }
        return value
    }

    /// Days since 1970-01-01 of the eight digits at `at`.
    @inlinable
    static func day(_ bytes: WireBytes, at: Int) -> Int? {
        guard at + 8 <= bytes.count, let year = digits(bytes, at, 4), let month = digits(bytes, at + 4, 2),
            let day = digits(bytes, at + 6, 2), year >= 1, month >= 1, month <= 12, day >= 1,
            day <= daysInMonth(month, of: year)
        else { return nil }
        return days(year, month, day)
    }

    /// Nanoseconds since midnight of the text from `at` to the end.
    @inlinable
    static func time(_ bytes: WireBytes, at: Int) -> Nanoseconds? {
        guard at + 8 <= bytes.count, bytes[at + 2] == UInt8(ascii: ":"), bytes[at + 5] == UInt8(ascii: ":"),
            let hour = digits(bytes, at, 2), let minute = digits(bytes, at + 3, 2),
            let second = digits(bytes, at + 6, 2), hour < 24, minute < 60, second <= 60
        else { return nil }
        var nanoseconds = Int64(hour * 3_600 + minute * 60 + second) * 1_000_000_000
        var index = at + 8
        guard index < bytes.count else { return nanoseconds }
        guard bytes[index] == UInt8(ascii: "."), index + 1 < bytes.count, bytes.count - index <= 10 else { return nil }
        var unit: Int64 = 100_000_000
        index &+= 1
        while index < bytes.count {
            let digit = bytes[index] &- 0x30
            guard digit <= 9 else { return nil }
            nanoseconds += Int64(digit) * unit
            unit /= 10
            index &+= 1
        }
        return nanoseconds
    }

    /// Days since 1970-01-01 of the proleptic Gregorian calendar; years are counted from March.
    @inlinable
    static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let shifted = month <= 2 ? year - 1 : year
        let monthFromMarch = (month + 9) % 12
        let leapDays = shifted / 4 - shifted / 100 + shifted / 400
        return shifted * 365 + leapDays + (monthFromMarch * 153 + 2) / 5 + day - 719_469
    }

    @inlinable
    static func daysInMonth(_ month: Int, of year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Year, month and day of a day since 1970-01-01.
    @inlinable
    static func civil(_ days: Int) -> (year: Int, month: Int, day: Int) {
        // Days since 0000-03-01, split into eras of 400 years, which have 146,097 days each.
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let inEra = shifted - era * 146_097
        let yearOfEra = (inEra - inEra / 1_460 + inEra / 36_524 - inEra / 146_096) / 365
        let dayOfYear = inEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }
}
