// SPDX-License-Identifier: MIT
import HeliosMarket

extension BookSet {
    /// Everything that is not a change of an order: levels, trades, trading states, phases.
    @usableFromInline
    @inline(never)
    mutating func applyOther(_ event: Event) -> BookChange {
        if event.kind == .systemEvent { return applyPhase(event.detail) }
        guard event.instrument.index < capacity.instruments else { return [] }
        let book = unsafe books + event.instrument.index
        switch event.kind {
        case .trade, .crossTrade:
            guard event.flags.contains(.printable), event.quantity.raw > 0, event.price.raw > 0 else { return [] }
            unsafe book.pointee.lastTradePrice = event.price.raw
            unsafe book.pointee.lastTradeTime = event.eventTime.nanoseconds
            return .trade
        case .tradingStatus:
            let state: TradingState =
                switch UInt8(truncatingIfNeeded: event.detail) {
                case UInt8(ascii: "T"): .trading
                case UInt8(ascii: "P"): .paused
                case UInt8(ascii: "Q"): .quotationOnly
                default: .halted
                }
            unsafe book.pointee.state = state.rawValue
            return .state
        case .operationalHalt:
            unsafe book.pointee.isHaltedHere = UInt8(truncatingIfNeeded: event.detail >> 8) == UInt8(ascii: "H")
            return .state
        case .setLevel: return setLevel(event)
        case .clearBook: return clear(event.instrument)
        default: return []
        }
    }

    private mutating func applyPhase(_ code: UInt64) -> BookChange {
        switch UInt8(truncatingIfNeeded: code) {
        case UInt8(ascii: "S"): phase = .preOpen
        case UInt8(ascii: "Q"): phase = .regular
        case UInt8(ascii: "M"): phase = .postClose
        case UInt8(ascii: "E"), UInt8(ascii: "C"): phase = .closed
        default: return []
        }
        return .state
    }

    /// A level of a feed that knows levels only: no orders behind it.
    private mutating func setLevel(_ event: Event) -> BookChange {
        let owner = event.instrument.id &* 2 &+ UInt32(event.flags.rawValue & 1)
        let key = event.side == .buy ? event.price.raw : -event.price.raw
        let ladder = unsafe self.ladder(owner)
        let position = unsafe position(of: key, in: ladder.pointee)
        unsafe books[event.instrument.index].lastUpdate = event.eventTime.nanoseconds
        let before = best(owner)
        if unsafe position < Int(ladder.pointee.count) && ladder.pointee.keys?[position] == key {
            let level = unsafe numbers(ladder.pointee)[position]
            guard unsafe levels[Int(level)].count == 0 else { return fault(.duplicateOrder) }
            if event.quantity.raw > 0 {
                unsafe levels[Int(level)].quantity = event.quantity.raw
            } else {
                _ = closeLevel(level)
            }
        } else {
            guard event.quantity.raw > 0 else { return [] }
            let level = openLevel(owner, key, at: position)
            if level == 0 { return fault(.capacity) }
            unsafe levels[Int(level)].head = 0
            unsafe levels[Int(level)].tail = 0
            unsafe levels[Int(level)].count = 0
            unsafe levels[Int(level)].quantity = event.quantity.raw
        }
        let after = best(owner)
        return before.key == after.key && before.quantity == after.quantity ? [] : side(owner)
    }

    private mutating func clear(_ instrument: Instrument) -> BookChange {
        for owner in [instrument.id * 2, instrument.id * 2 + 1] {
            while let level = bestLevel(owner) {
                var order = unsafe levels[Int(level)].head
                while order != 0 {
                    let next = unsafe orders[Int(order)].next
                    _ = unsafe unlist(orders[Int(order)].id)
                    giveBack(order)
                    liveOrders -= 1
                    order = next
                }
                _ = closeLevel(level)
            }
        }
        return .quote
    }

    private func bestLevel(_ owner: UInt32) -> UInt32? {
        let ladder = unsafe self.ladder(owner)
        let count = unsafe Int(ladder.pointee.count)
        return count > 0 ? unsafe numbers(ladder.pointee)[count - 1] : nil
    }
}
