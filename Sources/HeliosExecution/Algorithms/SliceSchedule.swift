// SPDX-License-Identifier: MIT
import HeliosMarket

/// When slices of an order are due: equal times, each begun a little late where a jitter is asked for.
///
/// ```
/// start          start + τ                    end
///   ├── slice 1 ────┼── slice 2 ────┼── … ─────┤     τ = (end − start) / slices
///      ▲ begins up to jitter × τ late
/// ```
@frozen
public struct SliceClock: Sendable, BitwiseCopyable, Equatable {
    public var start: Timestamp
    public var end: Timestamp
    /// 1 or more.
    public var slices: Int64
    /// A share of `Jitter.scale`: 0 to all of it.
    public var jitter: Int64
    public var draw: Jitter

    public init(start: Timestamp, end: Timestamp, slices: Int64, jitter: Int64 = 0, draw: Jitter) {
        self.start = start
        self.end = max(start, end)
        self.slices = max(slices, 1)
        self.jitter = min(max(jitter, 0), Jitter.scale)
        self.draw = draw
    }

    /// τ, at least a nanosecond.
    public var slice: Nanoseconds { max((end - start) / slices, 1) }

    /// Where slice `number` (from 1) would begin without jitter; `end` for the one after the last.
    public func boundary(_ number: Int64) -> Timestamp {
        number > slices ? end : start + Int64(Int128(end - start) * Int128(max(number, 1) - 1) / Int128(slices))
    }

    /// When slice `number` begins.
    public func begins(_ number: Int64) -> Timestamp {
        let late = (draw.number(UInt64(number) << 1 | 1, within: jitter) + jitter) / 2
        return boundary(number) + Int64(Int128(slice) * Int128(late) / Int128(Jitter.scale))
    }

    /// The last slice that has begun: 0 before the first, `slices` from the last's begin on.
    public func slice(at now: Timestamp) -> Int64 {
        guard now >= start else { return 0 }
        guard now < end else { return slices }
        let number = min(Int64(Int128(now - start) * Int128(slices) / Int128(max(end - start, 1))) + 1, slices)
        return now >= begins(number) ? number : number - 1
    }

    /// From when on what is left goes at any price within the limit: the last half of the last slice, at most half a minute.
    public var finish: Timestamp { end + -min(slice / 2, 30_000_000_000) }
}

/// TWAP: even slices (4.1), childₖ = round(Q k / n) − round(Q (k − 1) / n) in lots.
///
/// With a jitter of j each child but the last is up to j larger or smaller; what has been done by any slice is at most half of that off.
@frozen
public struct EvenSchedule: Sendable, BitwiseCopyable, Equatable {
    /// Raw.
    public var quantity: Int64
    public var lot: Int64
    public var slices: Int64
    /// A share of `Jitter.scale`.
    public var jitter: Int64
    public var draw: Jitter

    public init(quantity: Int64, lot: Int64, slices: Int64, jitter: Int64 = 0, draw: Jitter) {
        self.quantity = quantity
        self.lot = lot
        self.slices = min(max(slices, 1), 1 << 30)
        self.jitter = min(max(jitter, 0), Jitter.scale)
        self.draw = draw
    }

    /// What is due once slice `number` is done: all of it with the last.
    public func due(after number: Int64) -> Int64 {
        guard number > 0 else { return 0 }
        guard number < slices else { return quantity }
        let late = draw.number(UInt64(number) << 1, within: jitter) / 2
        return Lots.due(quantity, lot: lot, part: number * Jitter.scale + late, whole: slices * Jitter.scale)
    }

    /// The child of slice `number`.
    public func child(_ number: Int64) -> Int64 { due(after: number) - due(after: number - 1) }
}
