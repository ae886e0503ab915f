// SPDX-License-Identifier: MIT
import HeliosMarket

extension BookSet {
    /// Everything that is not a change of an order: levels, trades, trading states, phases.
    @usableFromInline
    @inline(never)
    mutating func applyOther(_ event: Event) -> BookChange {
        if event.kind == .systemEvent { return applyPhase(event.detail) }
        if event.kind == .newDay {
            phase = .closed
            return .state
        }
        guard event.instrument.index < capacity.instruments else { return [] }
        let book = unsafe trades + event.instrument.index
        switch event.kind {
        case .trade, .crossTrade:
            guard event.flags.contains(.printable), event.quantity.raw > 0, event.price.raw > 0 else { return [] }
            unsafe book.pointee.price = event.price.raw
            unsafe book.pointee.time = event.eventTime.nanoseconds
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
        let owner = event.instrument.id &* 64 &+ UInt32(event.flags.rawValue & 1) &* 32
        let key = self.key(event.price.raw, owner)
        guard isInRange(key) else { return fault(.capacity) }
        let ladder = unsafe self.ladder(owner)
        let position = unsafe position(of: key, in: ladder.pointee)
        unsafe ladder.pointee.lastUpdate = event.eventTime.nanoseconds
        let before = best(owner)
        if unsafe position < Int(ladder.pointee.count) && keys(ladder.pointee)[position] == key {
            let number = unsafe numbers(ladder.pointee)[position]
            let level = unsafe self.level(at: number)
            guard unsafe level.pointee.count == 0 else { return fault(.duplicateOrder) }
            if event.quantity.raw > 0 {
                unsafe level.pointee.quantity = event.quantity.raw
            } else {
                closeLevel(number)
            }
        } else {
            guard event.quantity.raw > 0 else { return [] }
            let number = openLevel(owner, key, at: position)
            if number == 0 { return fault(.capacity) }
            unsafe level(at: number).pointee.quantity = event.quantity.raw
        }
        let after = best(owner)
        return before.key == after.key && before.quantity == after.quantity ? [] : side(owner)
    }

    private mutating func clear(_ instrument: Instrument) -> BookChange {
        for owner in [instrument.id * 64, instrument.id * 64 + 32] {
            while true {
                let number = unsafe ladder(owner).pointee.bestLevel
                if number == 0 { break }
                var order = unsafe level(at: number).pointee.head
                while order != 0 {
                    let record = unsafe self.order(at: order).pointee
                    _ = unlist(record.id)
                    giveBack(order)
                    liveOrders -= 1
                    order = record.next
                }
                closeLevel(number)
            }
        }
        return .quote
    }
}
