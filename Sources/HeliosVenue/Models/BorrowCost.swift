// SPDX-License-Identifier: MIT
import HeliosMarket

/// What lending us the shares of a short position costs.
///
/// Formula 3.9: quantity × mark rounded up to a whole unit of currency × 1.02 × rate / 360 a day, the convention of US
/// stock lending. Exact; what does not divide is rounded up.
public struct BorrowCost: Sendable, Equatable {
    /// A year, in basis points.
    public var rate: Int64

    public init(rate: Int64) { self.rate = max(rate, 0) }

    /// The cost of `days` calendar days of a short position of `quantity` (its sign doesn't count).
    public func cost(_ quantity: Quantity, mark: Price, days: Int = 1) -> Money {
        let whole = Int128((mark.raw + Price.scale - 1) / Price.scale) * Int128(Price.scale)
        let product = Int128(quantity.magnitude.raw) * whole * 102 * Int128(rate) * Int128(max(days, 0))
        let divisor: Int128 = 100 * 10_000 * 360
        return Money(raw: (product + divisor - 1) / divisor)
    }
}
