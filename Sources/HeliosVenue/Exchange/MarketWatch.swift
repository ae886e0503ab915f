// SPDX-License-Identifier: MIT
import HeliosMarket

/// What has changed in the market since somebody last looked: instruments, and trades in their order.
struct MarketWatch {
    /// A trade as the market learns it.
    struct Trade {
        var instrument: Instrument
        var match: UInt64
        var price: Price
        var quantity: Quantity
        var time: Timestamp
        /// It is undone.
        var isBroken = false
    }

    /// Whether anybody looks; else only last trades are kept.
    var isOn = false
    private(set) var touched: [Instrument] = []
    private(set) var trades: [Trade] = []
    private(set) var last: [Trade?]
    private var isTouched: [Bool]

    init(instruments: Int) {
        last = Array(repeating: nil, count: instruments)
        isTouched = Array(repeating: false, count: instruments)
    }

    mutating func receive(_ event: MatchingEvent) {
        let index = event.instrument.index
        guard index < isTouched.count else { return }
        switch event.kind {
        case .executed, .crossed, .broken:
            if event.quantity > .zero { note(event) }
        case .shown, .reduced, .unshown, .reshown, .shownCrossed, .phaseChanged: break
        default: return
        }
        guard isOn, !isTouched[index] else { return }
        isTouched[index] = true
        touched.append(event.instrument)
    }

    private mutating func note(_ event: MatchingEvent) {
        var trade = Trade(
            instrument: event.instrument,
            match: event.match,
            price: event.price,
            quantity: event.quantity,
            time: event.time
        )
        if event.kind == .broken {
            trade.isBroken = true
        } else {
            last[event.instrument.index] = trade
        }
        if isOn { trades.append(trade) }
    }

    mutating func removeAll() {
        for instrument in touched { isTouched[instrument.index] = false }
        touched.removeAll(keepingCapacity: true)
        trades.removeAll(keepingCapacity: true)
    }
}
