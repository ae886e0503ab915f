// SPDX-License-Identifier: MIT
import HeliosMarket

/// An iceberg shows a part of itself at a time (4.5): each part 0.8 to 1.2 times its display, drawn anew after the last is filled.
@frozen
public struct IcebergRule: Sendable, BitwiseCopyable, Equatable {
    /// Raw.
    public var display: Int64
    public var lot: Int64
    public var draw: Jitter

    public init(display: Int64, lot: Int64, draw: Jitter) {
        self.display = display
        self.lot = max(lot, 1)
        self.draw = draw
    }

    /// What part `number` shows, in whole lots, at least one; at most `left`.
    public func shown(_ number: UInt64, left: Int64) -> Int64 {
        let share = Jitter.scale + draw.number(number, within: Jitter.scale / 5)
        let exact = Int128(max(display, lot)) * Int128(share) / Int128(Jitter.scale)
        let whole = max(Int64(min(exact, Int128(left))) / lot * lot, lot)
        return min(whole, left)
    }
}

/// A peg rests at an offset to the best price of its own side, within a cap (4.5).
@frozen
public struct PegRule: Sendable, BitwiseCopyable, Equatable {
    /// Raw; above zero is towards the other side of the market.
    public var offset: Int64
    /// The worst price; zero for none.
    public var cap: Price
    /// Raw; at least 1.
    public var tick: Int64
    /// How long an order rests before it is moved.
    public var minimumLife: Nanoseconds

    public init(offset: Int64, cap: Price, tick: Int64, minimumLife: Nanoseconds = 50_000_000) {
        self.offset = offset
        self.cap = cap
        self.tick = max(tick, 1)
        self.minimumLife = minimumLife
    }

    /// Where an order of `side` rests; nil where its own side shows no price.
    ///
    /// Never at the other side's price or beyond: a peg adds liquidity.
    ///
    /// - Parameters:
    ///   - side: of the order.
    ///   - own: the best price of its own side, raw; 0 for none.
    ///   - other: the best of the other side, raw; 0 for none.
    /// - Returns: a price above zero.
    public func price(_ side: Side, own: Int64, other: Int64) -> Price? {
        guard own > 0 else { return nil }
        let sign = side.sign
        var price = own + sign * offset
        if other > 0, sign * (other - price) < tick { price = other - sign * tick }
        if cap.raw > 0, sign * (cap.raw - price) < 0 { price = cap.raw }
        return price > 0 ? Price(raw: price) : nil
    }

    /// Whether an order is moved: by at least a tick, once it has rested long enough.
    public func moves(from price: Price, to wanted: Price, age: Nanoseconds) -> Bool {
        age >= minimumLife && abs(wanted.raw - price.raw) >= tick
    }
}

/// A sniper takes what is offered up to its limit, when there is enough of it (4.5).
@frozen
public struct SniperRule: Sendable, BitwiseCopyable, Equatable {
    /// The worst price; zero takes any.
    public var limit: Price
    /// The least that has to be offered; raw.
    public var minimum: Int64
    public var coolDown: Nanoseconds

    public init(limit: Price, minimum: Int64, coolDown: Nanoseconds = 100_000_000) {
        self.limit = limit
        self.minimum = max(minimum, 1)
        self.coolDown = coolDown
    }

    /// How much to take now; 0 for nothing.
    ///
    /// - Parameters:
    ///   - side: of the order.
    ///   - price: the best of the other side.
    ///   - size: offered there, raw.
    ///   - left: of the order, raw.
    ///   - last: when it last shot.
    ///   - now: the time.
    /// - Returns: raw, at most `left`.
    public func shot(
        _ side: Side,
        price: Price,
        size: Int64,
        left: Int64,
        last: Timestamp,
        now: Timestamp
    ) -> Int64 {
        guard left > 0, size >= min(minimum, left), price.raw > 0 else { return 0 }
        guard last == .zero || now - last >= coolDown else { return 0 }
        guard limit.raw == 0 || side.sign * (limit.raw - price.raw) >= 0 else { return 0 }
        return min(size, left)
    }
}
