// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosMarket

/// The recorded day.
extension Exchange {
    static func flow(instruments: Int) throws(MatchingCapacityError) -> RecordedFlow {
        do {
            return try RecordedFlow(capacity: BookCapacity(instruments: instruments, orders: 1 << 21))
        } catch {
            throw MatchingCapacityError(bytes: error.bytes)
        }
    }

    /// What the recorded day told that could not be done here, because somebody else had traded with its orders.
    public var unmatched: Int { flow.unmatched }

    /// Plays one event of a recorded day (`RecordedFlow`): its orders rest here too, and what executed them then comes as an
    /// order that takes.
    public func play(_ event: Event) {
        guard event.instrument.index < symbols.count || event.kind == .systemEvent else { return }
        advance(to: event.eventTime)
        var target = ExchangeTarget(exchange: self)
        flow.play(event, into: &target)
        let code = UInt8(truncatingIfNeeded: event.detail)
        guard event.kind == .systemEvent, code == UInt8(ascii: "Q") || code == UInt8(ascii: "M") else { return }
        output.feed.systemEvent(code, at: event.eventTime)
    }

    fileprivate func open(_ id: OrderID) -> Quantity? { engine.open(owner: RecordedFlow.recorded, id: id) }
}

/// The exchange as the place where a recorded day is played.
private struct ExchangeTarget: RecordedFlowTarget {
    unowned let exchange: Exchange
    func apply(_ command: MatchingCommand) { exchange.apply(command) }
    func open(_ id: OrderID) -> Quantity? { exchange.open(id) }
    func phase(of instrument: Instrument) -> MatchingPhase { exchange.phase(of: instrument) }
}
