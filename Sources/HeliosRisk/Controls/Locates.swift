// SPDX-License-Identifier: MIT
import HeliosMarket

/// P19: shares that may be borrowed today, by instrument, and whether a sell is long or short.
///
/// ```swift
/// var locates = Locates(instruments: 1_000)
/// locates.add(stock, Quantity(50_000))                                 // `RiskPolicy.locates`
/// let mark: ShortMark = Locates.isLong(position, openSell, quantity) ? .none : .short
/// guard mark == .none || locates.available(stock) >= quantity else { … }
/// locates.reserve(stock, quantity)                                     // a short sell is sent
/// locates.filled(stock, quantity, releasing: released)                 // it fills: used for the day
/// locates.released(stock, released)                                    // it dies: available again
/// locates.newDay()                                                     // all expire
/// ```
/// `available = located − reserved − used`, never more than was located. A sell that is short only in part is short, and needs
/// a locate for all of it.
@safe
package struct Locates {
    struct Shares: BitwiseCopyable, Equatable {
        var located = Quantity.zero
        var reserved = Quantity.zero
        var used = Quantity.zero
    }

    let shares: UnsafeMutablePointer<Shares>
    /// The number of instruments.
    package let instruments: Int

    package init(instruments: Int) {
        self.instruments = max(instruments, 0)
        unsafe shares = .allocate(capacity: max(instruments, 1))
        unsafe shares.initialize(repeating: Shares(), count: max(instruments, 1))
    }

    /// Gives the memory back; the owner calls it once, at its end.
    package func deallocate() { unsafe shares.deallocate() }

    /// Whether a sell of `quantity` is long: everything that the unit of aggregation has on its way to be sold, with this, is
    /// held.
    package static func isLong(_ position: Quantity, _ openSell: Quantity, _ quantity: Quantity) -> Bool {
        Int128(position.raw) - Int128(openSell.raw) >= Int128(quantity.raw)
    }

    /// What may still be sold short; below zero after an overfill, zero for an instrument without a place.
    package func available(_ instrument: Instrument) -> Quantity {
        let shares = self[instrument]
        let left = Int128(shares.located.raw) - Int128(shares.reserved.raw) - Int128(shares.used.raw)
        return Quantity(raw: Int64(clamping: left))
    }

    /// What was located today.
    package func located(_ instrument: Instrument) -> Quantity { self[instrument].located }
    /// What short sells have used today.
    package func used(_ instrument: Instrument) -> Quantity { self[instrument].used }

    /// Adds shares that a lender has promised for today.
    package mutating func add(_ instrument: Instrument, _ quantity: Quantity) {
        change(instrument) { $0.located = $0.located.adding(quantity) }
    }

    /// Makes what was located today this much.
    package mutating func renew(_ instrument: Instrument, _ quantity: Quantity) {
        change(instrument) { $0.located = quantity }
    }

    /// Reserves shares for a short sell; false, and nothing changed, when there are not enough.
    @discardableResult
    package mutating func reserve(_ instrument: Instrument, _ quantity: Quantity) -> Bool {
        guard quantity.raw > 0, available(instrument) >= quantity else { return false }
        change(instrument) { $0.reserved = $0.reserved.adding(quantity) }
        return true
    }

    /// Takes a fill of a short sell: `releasing` of it was reserved, an overfill is used as well.
    package mutating func filled(_ instrument: Instrument, _ quantity: Quantity, releasing: Quantity) {
        change(instrument) {
            $0.reserved = $0.reserved.taking(releasing)
            $0.used = $0.used.adding(quantity)
        }
    }

    /// Takes the end of a short sell.
    package mutating func released(_ instrument: Instrument, _ quantity: Quantity) {
        change(instrument) { $0.reserved = $0.reserved.taking(quantity) }
    }

    /// Lets all locates expire; what is still in flight stays reserved, so that its reports add up.
    package mutating func newDay() {
        for index in 0..<instruments {
            change(Instrument(id: UInt32(index))) {
                $0.located = .zero
                $0.used = .zero
            }
        }
    }

    private subscript(instrument: Instrument) -> Shares {
        guard instrument.index < instruments else { return Shares() }
        // Safe: the index was checked.
        return unsafe shares[instrument.index]
    }

    private mutating func change(_ instrument: Instrument, _ body: (inout Shares) -> Void) {
        guard instrument.index < instruments else { return }
        // Safe: the index was checked.
        unsafe body(&shares[instrument.index])
    }

    // MARK: State

    package func save(to writer: inout StateWriter) {
        writer.mark("locates")
        writer.write(instruments)
        // Safe: three numbers for each instrument, without gaps.
        unsafe writer.write(shares, count: instruments * MemoryLayout<Shares>.stride)
    }

    package mutating func restore(from reader: inout StateReader) throws(StateError) {
        try reader.expect("locates")
        try reader.match(instruments, "instruments of P19")
        // Safe: as `save`; what can't be is refused below.
        unsafe try reader.read(into: shares, count: instruments * MemoryLayout<Shares>.stride)
        for index in 0..<instruments {
            let shares = self[Instrument(id: UInt32(index))]
            guard min(shares.located, shares.reserved, shares.used).raw >= 0 else {
                throw reader.error(.damaged, "instrument \(index) has locates below zero")
            }
        }
    }
}
