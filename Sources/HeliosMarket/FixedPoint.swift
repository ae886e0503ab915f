// SPDX-License-Identifier: MIT

/// A price per unit, fixed-point in units of 1e-8 of the currency.
///
/// Range ±92 billion.
@frozen
public struct Price: Hashable, Comparable, Sendable, BitwiseCopyable {
    /// The value times 1e8.
    public var raw: Int64

    /// Units of `raw` in one unit of currency.
    @inlinable
    public static var scale: Int64 { 100_000_000 }
    @inlinable
    public static var zero: Price { Price(raw: 0) }

    @inlinable
    public init(raw: Int64) { self.raw = raw }

    @inlinable
    public static func < (a: Price, b: Price) -> Bool { a.raw < b.raw }
    @inlinable
    public static func + (a: Price, b: Price) -> Price { Price(raw: a.raw + b.raw) }
    @inlinable
    public static func - (a: Price, b: Price) -> Price { Price(raw: a.raw - b.raw) }
}

/// A number of shares, contracts or coins, fixed-point in units of 1e-8.
///
/// Range ±92 billion; negative is short.
@frozen
public struct Quantity: Hashable, Comparable, Sendable, BitwiseCopyable {
    /// The value times 1e8.
    public var raw: Int64

    /// Units of `raw` in one share.
    @inlinable
    public static var scale: Int64 { 100_000_000 }
    @inlinable
    public static var zero: Quantity { Quantity(raw: 0) }

    @inlinable
    public init(raw: Int64) { self.raw = raw }

    /// A whole number of shares.
    ///
    /// Traps above 92 billion.
    @inlinable
    public init(_ shares: Int) { raw = Int64(shares) * Quantity.scale }

    @inlinable
    public static func < (a: Quantity, b: Quantity) -> Bool { a.raw < b.raw }
    @inlinable
    public static func + (a: Quantity, b: Quantity) -> Quantity { Quantity(raw: a.raw + b.raw) }
    @inlinable
    public static func - (a: Quantity, b: Quantity) -> Quantity { Quantity(raw: a.raw - b.raw) }
    @inlinable
    public static prefix func - (a: Quantity) -> Quantity { Quantity(raw: -a.raw) }
    @inlinable
    public static func += (a: inout Quantity, b: Quantity) { a.raw += b.raw }
    @inlinable
    public static func -= (a: inout Quantity, b: Quantity) { a.raw -= b.raw }
    @inlinable
    public var magnitude: Quantity { Quantity(raw: abs(raw)) }
}

/// An amount of money, exact: 128-bit fixed-point in units of 1e-16, the product of a `Price` and a `Quantity`.
///
/// Because the unit is that of the product, no trade is ever rounded: cash, cost and profit are sums of exact products.
@frozen
public struct Money: Hashable, Comparable, Sendable {
    /// The value times 1e16.
    public var raw: Int128

    @inlinable
    public static var zero: Money { Money(raw: 0) }

    @inlinable
    public init(raw: Int128) { self.raw = raw }

    /// The exact value of `quantity` at `price`.
    ///
    /// A negative quantity gives a negative value.
    @inlinable
    public init(_ price: Price, times quantity: Quantity) {
        raw = Int128(price.raw) * Int128(quantity.raw)
    }

    /// A whole number of currency units.
    @inlinable
    public init(_ units: Int) { raw = Int128(units) * 10_000_000_000_000_000 }

    /// The nearest `Double` in currency units, for statistics and display only.
    @inlinable
    public var value: Double { raw.nearestDouble * 1e-16 }

    @inlinable
    public static func < (a: Money, b: Money) -> Bool { a.raw < b.raw }
    @inlinable
    public static func + (a: Money, b: Money) -> Money { Money(raw: a.raw + b.raw) }
    @inlinable
    public static func - (a: Money, b: Money) -> Money { Money(raw: a.raw - b.raw) }
    @inlinable
    public static prefix func - (a: Money) -> Money { Money(raw: -a.raw) }
    @inlinable
    public static func += (a: inout Money, b: Money) { a.raw += b.raw }
    @inlinable
    public static func -= (a: inout Money, b: Money) { a.raw -= b.raw }
    @inlinable
    public var magnitude: Money { raw < 0 ? Money(raw: -raw) : self }
}

extension Price {
    /// The nearest `Double` in currency units, for statistics and display only.
    @inlinable
    public var value: Double { Double(raw) * 1e-8 }
}

extension Quantity {
    /// The nearest `Double` in shares, for statistics and display only.
    @inlinable
    public var value: Double { Double(raw) * 1e-8 }
}
