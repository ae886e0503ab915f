// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosWire

/// What whoever runs the market looks at, and what only they can do.
extension Exchange {
    /// The instrument of a symbol; nil when it is not listed.
    public func instrument(of symbol: Symbol) -> Instrument? { desk.bySymbol[symbol] }

    /// The best displayed prices; zero where there is none.
    public func quote(of instrument: Instrument) -> (bid: Price, ask: Price) {
        (
            engine.displayed(instrument, .buy)?.price ?? .zero,
            engine.displayed(instrument, .sell)?.price ?? .zero
        )
    }

    /// Whether the price bands let an order of this side trade at `price`.
    func isWithinBands(_ instrument: Instrument, _ side: Side, _ price: Price) -> Bool {
        engine.isWithinBands(instrument, side, price)
    }

    /// The largest order that an instrument takes.
    func largestQuantity(of instrument: Instrument) -> Quantity { engine.largestQuantity(of: instrument) }

    /// Why the engine would refuse a new order now; nil when it would take it.
    func refusal(_ command: MatchingCommand) -> MatchingRejectReason? { engine.refusal(command) }

    /// The price of the last trade or auction; zero before.
    public func lastPrice(of instrument: Instrument) -> Price { engine.lastPrice(of: instrument) }

    /// The instrument's trading phase.
    public func phase(of instrument: Instrument) -> MatchingPhase { engine.phase(of: instrument) }

    /// Whether the best bid stands at the upper band, or the best offer at the lower.
    public func isInLimitState(_ instrument: Instrument) -> Bool { engine.isInLimitState(instrument) }

    /// Refuses a new order that it would take otherwise, as venues do on a bad day; other messages are taken as always.
    ///
    /// - Returns: Whether the message was a new order and was refused.
    public func refuse(_ message: WireBytes, from port: ExchangePort, at time: Timestamp) -> Bool {
        advance(to: time)
        var commands: [MatchingCommand] = []
        port.read(message, at: time, into: &commands)
        defer { port.finish() }
        if commands.first?.kind == .enter, (port as? any OrderTaker)?.refusePending(at: time) == true { return true }
        for command in commands { apply(command) }
        return false
    }
}
