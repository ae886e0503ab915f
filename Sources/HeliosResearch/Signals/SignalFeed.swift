// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosMarket
import HeliosSignal

/// Turns market records into the ticks that signals take: books in between, one tick for each thing that has changed.
struct SignalFeed: ~Copyable {
    private var books: BookSet
    /// The ticks of the record that was applied last, at most three.
    private(set) var ticks: (SignalTick?, SignalTick?, SignalTick?) = (nil, nil, nil)

    init(capacity: BookCapacity) throws { books = try BookSet(capacity: capacity) }

    /// Applies a record; a trade comes before the quote that it leaves, as at the venue.
    mutating func apply(_ event: Event) {
        ticks = (nil, nil, nil)
        let instrument = event.instrument
        let before = event.instrument == .none ? .empty : books.quote(instrument)
        let change = books.apply(event)
        guard instrument != .none, !change.isEmpty else { return }
        let place = instrument.index
        if change.contains(.trade), event.quantity.raw > 0 {
            let price = books.lastTrade(instrument).price
            ticks.0 = .trade(
                place,
                price: price.signalValue,
                size: event.quantity.signalValue,
                sign: SignalFeed.sign(price, before),
                at: event.eventTime
            )
        }
        if !change.isDisjoint(with: .quote) {
            let quote = books.quote(instrument)
            ticks.1 = .quote(
                place,
                bid: quote.bidQuantity.raw > 0 ? quote.bidPrice.signalValue : 0,
                ask: quote.askQuantity.raw > 0 ? quote.askPrice.signalValue : 0,
                bidSize: quote.bidQuantity.signalValue,
                askSize: quote.askQuantity.signalValue,
                at: event.eventTime
            )
        }
        if change.contains(.state) {
            let isHalted = books.tradingState(instrument) != .trading
            ticks.2 = .status(place, halted: isHalted, at: event.eventTime)
        }
    }

    /// Who took, by where the price stood in the quote before (the quote rule); 0 between both sides.
    private static func sign(_ price: Price, _ quote: Quote) -> Double {
        if quote.askQuantity.raw > 0, price >= quote.askPrice { return 1 }
        if quote.bidQuantity.raw > 0, price <= quote.bidPrice { return -1 }
        return 0
    }
}

extension Price {
    /// In currency.
    fileprivate var signalValue: Double { Double(raw) / Double(Price.scale) }
}

extension Quantity {
    /// In shares.
    fileprivate var signalValue: Double { Double(raw) / Double(Quantity.scale) }
}
