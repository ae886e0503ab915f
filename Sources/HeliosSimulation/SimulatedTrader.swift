// SPDX-License-Identifier: MIT
import HeliosExecution
import HeliosMarket
import HeliosMath
import HeliosStrategy

/// A strategy without an idea: it sends, crosses, rests and cancels at random, hard against its limits, because that is what
/// finds faults in everything behind it.
struct SimulatedTrader: Strategy, ~Copyable {
    private var random: SeededRandom
    private var open: [OrderID] = []
    private let floods: Bool
    private let lastQuote: Int
    private var quotes = 0
    private var timers = 0
    /// After as many timers it only cancels, however few quotes there were.
    private static let lastTimer = 400

    /// - Parameters:
    ///   - seed: of its own stream; the same in every node.
    ///   - floods: sends in heaps.
    ///   - lastQuote: after this many quotes it only cancels.
    init(seed: UInt64, floods: Bool, lastQuote: Int) {
        random = SeededRandom(seed: seed)
        self.floods = floods
        self.lastQuote = lastQuote
        open.reserveCapacity(256)
    }

    private var isQuiet: Bool { quotes > lastQuote || timers > SimulatedTrader.lastTimer }

    mutating func onQuote(_ instrument: Instrument, _ market: borrowing MarketState, _ intents: inout Intents) {
        quotes += 1
        guard !isQuiet, random.uniform() < 0.15 else { return }
        submit(instrument, market, &intents)
    }

    mutating func onTimer(_ market: borrowing MarketState, _ intents: inout Intents) {
        timers += 1
        if isQuiet {
            for id in open { intents.cancel(id) }
            return
        }
        if let id = open.first, random.uniform() < 0.4 { intents.cancel(id) }
        if open.count > 1, random.uniform() < 0.2 { intents.cancel(open[Int(random.next() % UInt64(open.count))]) }
        guard floods, random.uniform() < 0.1 else { return }
        for number in 0..<30 { submit(Instrument(id: UInt32(number % 3)), market, &intents) }
    }

    private mutating func submit(
        _ instrument: Instrument,
        _ market: borrowing MarketState,
        _ intents: inout Intents
    ) {
        let quote = market.quote(instrument)
        guard quote.isTwoSided, open.count < 128 else { return }
        let side: Side = random.next() % 2 == 0 ? .buy : .sell
        let takes = random.uniform() < 0.4
        let touch = (side == .buy) == takes ? quote.askPrice : quote.bidPrice
        let id = intents.submit(
            instrument,
            side,
            Quantity(Int(random.next() % 3 + 1) * 100),
            at: touch,
            timeInForce: takes && random.uniform() < 0.5 ? .immediateOrCancel : .day
        )
        if id != 0 { open.append(id) }
    }

    static var isRestorable: Bool { true }

    func save(to writer: inout StateWriter) {
        writer.write(random.state)
        writer.write(quotes)
        writer.write(timers)
        writer.write(open.count)
        for id in open { writer.write(id) }
    }

    mutating func restore(from reader: inout StateReader) throws(StateError) {
        random.state = try reader.read(UInt64.self)
        quotes = try reader.readCount(upTo: .max / 2, "quotes")
        timers = try reader.readCount(upTo: .max / 2, "timers")
        open.removeAll()
        for _ in 0..<(try reader.readCount(upTo: 128, "open orders")) { open.append(try reader.read(OrderID.self)) }
    }

    mutating func onOrder(_ update: OrderUpdate, _ market: borrowing MarketState, _ intents: inout Intents) {
        guard update.isFinal, let place = open.firstIndex(of: update.orderID) else { return }
        open.remove(at: place)
    }
}
