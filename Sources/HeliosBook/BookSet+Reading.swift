// SPDX-License-Identifier: MIT
import HeliosMarket

extension BookSet {
    /// Best bid and offer; empty for an instrument outside the capacity.
    @inlinable
    @inline(__always)
    public func quote(_ instrument: Instrument) -> Quote {
        guard instrument.index < capacity.instruments else { return .empty }
        let bid = best(instrument.id &* 2)
        let ask = best(instrument.id &* 2 &+ 1)
        return Quote(
            bidPrice: Price(raw: bid.quantity == 0 ? 0 : bid.key),
            bidQuantity: Quantity(raw: bid.quantity),
            askPrice: Price(raw: ask.quantity == 0 ? 0 : 0 &- ask.key),
            askQuantity: Quantity(raw: ask.quantity))
    }

    /// The `depth`-th best level of a side, from 0; nil below the last.
    public func level(_ instrument: Instrument, _ side: Side, _ depth: Int) -> Level? {
        guard instrument.index < capacity.instruments else { return nil }
        let ladder = unsafe self.ladder(instrument.id * 2 + UInt32(side.rawValue)).pointee
        guard depth >= 0, depth < Int(ladder.count) else { return nil }
        let record = unsafe levels[Int(numbers(ladder)[Int(ladder.count) - 1 - depth])]
        let price = side == .buy ? record.key : -record.key
        return Level(price: Price(raw: price), quantity: Quantity(raw: record.quantity), orderCount: Int(record.count))
    }

    /// How many levels a side has.
    public func levelCount(_ instrument: Instrument, _ side: Side) -> Int {
        guard instrument.index < capacity.instruments else { return 0 }
        return unsafe Int(ladder(instrument.id * 2 + UInt32(side.rawValue)).pointee.count)
    }

    /// The orders of the `depth`-th best level, the one that trades first in front.
    public func orders(_ instrument: Instrument, _ side: Side, _ depth: Int) -> [RestingOrder] {
        guard instrument.index < capacity.instruments else { return [] }
        let ladder = unsafe self.ladder(instrument.id * 2 + UInt32(side.rawValue)).pointee
        guard depth >= 0, depth < Int(ladder.count) else { return [] }
        var result: [RestingOrder] = []
        var order = unsafe levels[Int(numbers(ladder)[Int(ladder.count) - 1 - depth])].head
        while order != 0 {
            let record = unsafe orders[Int(order)]
            result.append(RestingOrder(id: record.id, quantity: Quantity(raw: record.quantity)))
            order = record.next
        }
        return result
    }

    /// The order's instrument, side, price and quantity left; nil when it is not in a book.
    @inlinable
    public func order(
        _ id: OrderID
    ) -> (instrument: Instrument, side: Side, price: Price, quantity: Quantity)? {
        let number = find(id)
        guard number != 0 else { return nil }
        let record = unsafe orders[Int(number)]
        let level = unsafe levels[Int(record.level)]
        let isSell = level.owner & 1 == 1
        return (
            Instrument(id: level.owner >> 1), isSell ? .sell : .buy, Price(raw: isSell ? 0 &- level.key : level.key),
            Quantity(raw: record.quantity)
        )
    }

    /// The trading state as announced; `.halted` also while the venue itself has halted the instrument.
    @inlinable
    public func tradingState(_ instrument: Instrument) -> TradingState {
        instrument.index < capacity.instruments ? state(instrument.index) : .unknown
    }

    @inlinable
    @inline(__always)
    func state(_ index: Int) -> TradingState {
        if unsafe books[index].isHaltedHere { return .halted }
        return unsafe TradingState(rawValue: books[index].state) ?? .unknown
    }

    /// Price and time of the last printed trade; zero when there was none.
    @inlinable
    public func lastTrade(_ instrument: Instrument) -> (price: Price, time: Timestamp) {
        guard instrument.index < capacity.instruments else { return (.zero, .zero) }
        let book = unsafe books[instrument.index]
        return (Price(raw: book.lastTradePrice), Timestamp(nanoseconds: book.lastTradeTime))
    }

    /// When an event last changed the instrument's book; zero when none did.
    @inlinable
    public func lastUpdate(_ instrument: Instrument) -> Timestamp {
        guard instrument.index < capacity.instruments else { return .zero }
        return unsafe Timestamp(nanoseconds: books[instrument.index].lastUpdate)
    }

    /// Price levels in all books.
    public var levelCount: Int {
        var total = 0
        for index in 0..<capacity.instruments {
            total += unsafe Int(books[index].bids.count) + Int(books[index].asks.count)
        }
        return total
    }
}

extension BookSet {
    /// A small number of the order's own while it is in a book, for arrays kept beside the books; 0 when it is not there.
    /// Numbers are used again.
    @inlinable
    @inline(__always)
    public func recordIndex(of id: OrderID) -> Int { Int(find(id)) }
}
