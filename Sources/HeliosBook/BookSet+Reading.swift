// SPDX-License-Identifier: MIT
import HeliosMarket

extension BookSet {
    /// Best bid and offer; empty for an instrument outside the capacity.
    @inlinable
    @inline(__always)
    public func quote(_ instrument: Instrument) -> Quote {
        guard instrument.index < capacity.instruments else { return .empty }
        let bid = best(instrument.id &* 64)
        let ask = best(instrument.id &* 64 &+ 32)
        return Quote(
            bidPrice: Price(raw: bid.quantity == 0 ? 0 : bid.key),
            bidQuantity: Quantity(raw: bid.quantity),
            askPrice: Price(raw: ask.quantity == 0 ? 0 : 0 &- ask.key),
            askQuantity: Quantity(raw: ask.quantity)
        )
    }

    /// The `depth`-th best level of a side, from 0; nil below the last.
    public func level(_ instrument: Instrument, _ side: Side, _ depth: Int) -> Level? {
        let number = number(instrument, side, depth)
        guard number != 0 else { return nil }
        let record = unsafe level(at: number).pointee
        return Level(
            price: Price(raw: price(record.key, record.owner)),
            quantity: Quantity(raw: record.quantity),
            orderCount: Int(record.count)
        )
    }

    /// How many levels a side has.
    public func levelCount(_ instrument: Instrument, _ side: Side) -> Int {
        guard instrument.index < capacity.instruments else { return 0 }
        return unsafe Int(ladder(instrument.id * 64 + UInt32(side.rawValue) * 32).pointee.count)
    }

    /// The orders of the `depth`-th best level, the one that trades first in front.
    public func orders(_ instrument: Instrument, _ side: Side, _ depth: Int) -> [RestingOrder] {
        var result: [RestingOrder] = []
        var order = unsafe level(at: number(instrument, side, depth)).pointee.head
        while order != 0 {
            let record = unsafe self.order(at: order).pointee
            result.append(RestingOrder(id: record.id, quantity: Quantity(raw: record.quantity)))
            order = record.next
        }
        return result
    }

    /// Visits every order of an instrument: bids, then asks, best level first, oldest order first.
    public func forEachOrder(of instrument: Instrument, _ body: (OrderID, Side, Price, Quantity) -> Void) {
        for side in [Side.buy, .sell] {
            for depth in 0..<levelCount(instrument, side) {
                let level = unsafe self.level(at: number(instrument, side, depth)).pointee
                var order = level.head
                while order != 0 {
                    let record = unsafe self.order(at: order).pointee
                    body(record.id, side, Price(raw: price(level.key, level.owner)), Quantity(raw: record.quantity))
                    order = record.next
                }
            }
        }
    }

    /// The number of the `depth`-th best level of a side; 0, nobody, where there is none.
    private func number(_ instrument: Instrument, _ side: Side, _ depth: Int) -> UInt32 {
        guard depth >= 0, depth < levelCount(instrument, side) else { return 0 }
        let ladder = unsafe self.ladder(instrument.id * 64 + UInt32(side.rawValue) * 32).pointee
        return unsafe numbers(ladder)[Int(ladder.count) - 1 - depth]
    }

    /// The order's instrument, side, price and quantity left; nil when it is not in a book.
    @inlinable
    public func order(
        _ id: OrderID
    ) -> (instrument: Instrument, side: Side, price: Price, quantity: Quantity)? {
        let number = find(id)
        guard number != 0 else { return nil }
        let record = unsafe order(at: number).pointee
        let level = unsafe level(at: record.level).pointee
        return (
            Instrument(id: level.owner &>> 6), level.owner & 32 == 0 ? .buy : .sell,
            Price(raw: price(level.key, level.owner)), Quantity(raw: record.quantity)
        )
    }

    /// A small dense number for the order, from 1 to the capacity of orders; 0 when it is not in a book.
    ///
    /// It stays the order's as long as the order lives, also through a replace, and is used again after that: an index
    /// for arrays that say more about orders than the book does.
    @inlinable
    public func recordIndex(of id: OrderID) -> Int { Int(find(id) &>> 5) }

    /// The trading state as announced; `.halted` also while the venue itself has halted the instrument.
    @inlinable
    public func tradingState(_ instrument: Instrument) -> TradingState {
        instrument.index < capacity.instruments ? state(instrument.index) : .unknown
    }

    @inlinable
    @inline(__always)
    func state(_ index: Int) -> TradingState {
        if unsafe trades[index].isHaltedHere { return .halted }
        return unsafe TradingState(rawValue: trades[index].state) ?? .unknown
    }

    /// Price and time of the last printed trade; zero when there was none.
    @inlinable
    public func lastTrade(_ instrument: Instrument) -> (price: Price, time: Timestamp) {
        guard instrument.index < capacity.instruments else { return (.zero, .zero) }
        let trade = unsafe trades[instrument.index]
        return (Price(raw: trade.price), Timestamp(nanoseconds: trade.time))
    }

    /// When an event last changed the instrument's book; zero when none did.
    @inlinable
    public func lastUpdate(_ instrument: Instrument) -> Timestamp {
        guard instrument.index < capacity.instruments else { return .zero }
        let bids = unsafe ladder(instrument.id &* 64).pointee.lastUpdate
        let asks = unsafe ladder(instrument.id &* 64 &+ 32).pointee.lastUpdate
        return Timestamp(nanoseconds: max(bids, asks))
    }

    /// Price levels in all books.
    public var levelCount: Int {
        var total = 0
        for index in 0..<capacity.instruments {
            let instrument = Instrument(id: UInt32(index))
            total += levelCount(instrument, .buy) + levelCount(instrument, .sell)
        }
        return total
    }
}
