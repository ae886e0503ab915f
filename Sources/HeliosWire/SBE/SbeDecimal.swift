// SPDX-License-Identifier: MIT
import HeliosMarket

/// Why a decimal is not a fixed-point number of ours.
@frozen
public enum SbeDecimalError: Error, Equatable, Sendable, BitwiseCopyable {
    /// It has digits below 1e-8.
    case inexact
    /// It is beyond ±92 billion.
    case overflow
}

/// A decimal number as it is on the wire: mantissa × 10^exponent.
@frozen
public struct SbeDecimal: Hashable, Sendable, BitwiseCopyable, CustomStringConvertible {
    public var mantissa: Int64
    public var exponent: Int8

    @inlinable
    public init(mantissa: Int64, exponent: Int8) {
        self.mantissa = mantissa
        self.exponent = exponent
    }

    /// The same number in units of 1e-8.
    ///
    /// - Throws: `SbeDecimalError` when it is not a whole number of them, or out of range.
    @inlinable
    public func fixedPoint() throws(SbeDecimalError) -> Int64 {
        try SbeDecimal.scale(mantissa, by: Int(exponent) + 8)
    }

    /// The same number as a price; nil when it has digits below 1e-8 or is out of range.
    @inlinable
    public var price: Price? {
        guard let raw = try? fixedPoint() else { return nil }
        return Price(raw: raw)
    }

    /// The same number as a price.
    ///
    /// - Throws: `SbeDecimalError` when it has digits below 1e-8 or is out of range.
    @inlinable
    public func exactPrice() throws(SbeDecimalError) -> Price { Price(raw: try fixedPoint()) }

    /// `price` as a decimal with `exponent`, or nil when that can't be exact.
    @inlinable
    public init?(_ price: Price, exponent: Int8) {
        guard let mantissa = try? SbeDecimal.scale(price.raw, by: -8 - Int(exponent)) else { return nil }
        self.init(mantissa: mantissa, exponent: exponent)
    }

    /// The mantissa of this number with `exponent`.
    ///
    /// - Throws: `SbeError.decimal` when the number can't be said so exactly, or not in that many bits.
    @inlinable
    public func mantissa<T: FixedWidthInteger>(_ exponent: Int8, as type: T.Type = T.self) throws(SbeError) -> T {
        guard let scaled = try? SbeDecimal.scale(mantissa, by: Int(self.exponent) - Int(exponent)),
            let result = T(exactly: scaled)
        else { throw .decimal }
        return result
    }

    /// The mantissa of `number` with `exponent`, or `null` when there is no number.
    ///
    /// - Throws: `SbeError.decimal` when the number can't be said so exactly, or would read as none.
    @inlinable
    public static func mantissa<T: FixedWidthInteger>(
        _ number: SbeDecimal?,
        _ exponent: Int8,
        null: T
    ) throws(SbeError) -> T {
        guard let number else { return null }
        let result = try number.mantissa(exponent, as: T.self)
        guard result != null else { throw .decimal }
        return result
    }

    /// `value` × 10^`places`, exactly.
    @inlinable
    static func scale(_ value: Int64, by places: Int) throws(SbeDecimalError) -> Int64 {
        if places == 0 || value == 0 { return value }
        if places > 0 {
            guard places <= 18 else { throw .overflow }
            let (product, overflow) = value.multipliedReportingOverflow(by: power(places))
            if overflow { throw .overflow }
            return product
        }
        guard places >= -18 else { throw .inexact }
        let (quotient, rest) = value.quotientAndRemainder(dividingBy: power(-places))
        guard rest == 0 else { throw .inexact }
        return quotient
    }

    /// 10^`places` for 0 to 18, as a switch so that a constant folds.
    @inlinable
    static func power(_ places: Int) -> Int64 {
        switch places {
        case 0: 1
        case 1: 10
        case 2: 100
        case 3: 1_000
        case 4: 10_000
        case 5: 100_000
        case 6: 1_000_000
        case 7: 10_000_000
        case 8: 100_000_000
        case 9: 1_000_000_000
        case 10: 10_000_000_000
        case 11: 100_000_000_000
        case 12: 1_000_000_000_000
        case 13: 10_000_000_000_000
        case 14: 100_000_000_000_000
        case 15: 1_000_000_000_000_000
        case 16: 10_000_000_000_000_000
        case 17: 100_000_000_000_000_000
        default: 1_000_000_000_000_000_000
        }
    }

    /// All digits: `9.25`, `-1200`.
    public var description: String {
        let places = -Int(exponent)
        guard mantissa != 0 else { return "0" }
        guard places > 0 else { return "\(mantissa)" + String(repeating: "0", count: -places) }
        var digits = String(mantissa.magnitude)
        if digits.utf8.count <= places {
            digits = String(repeating: "0", count: places + 1 - digits.utf8.count) + digits
        }
        var fraction = digits.suffix(places)
        while fraction.last == "0" { fraction.removeLast() }
        return (mantissa < 0 ? "-" : "") + digits.dropLast(places) + (fraction.isEmpty ? "" : "." + fraction)
    }
}
