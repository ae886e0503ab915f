// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosWire

/// The books as a snapshot stream: see `SnapshotEnd` for its layout.
extension Exchange {
    func snapshot(for user: SoupText, at time: Timestamp) -> SoupPort {
        var displayed = 0
        for index in symbols.indices {
            for side in [Side.buy, .sell] {
                engine.forEachDisplayed(Instrument(id: UInt32(index)), side) { _ in displayed += 1 }
            }
        }
        // Two messages an instrument, the phase of the day and the end.
        let messages = displayed + symbols.count * 2 + 2
        let port = SoupPort(
            user: user,
            kind: .snapshot,
            number: nil,
            stream: SoupStream(
                session: SoupText(settings.feedSession) ?? .blank,
                messages: messages,
                bytes: messages * ItchWriter.largestFrame
            ),
            desk: desk
        )
        output.feed.writeState(at: time, into: &port.stream.store)
        for index in symbols.indices {
            let instrument = Instrument(id: UInt32(index))
            output.feed.writeBook(instrument, engine, at: time, into: &port.stream.store)
        }
        let next = output.feed.messages.nextSequence
        port.say { (output) throws(OuchError) in
            if !SnapshotEnd(next: next).write(to: &output) { throw .buffer }
        }
        port.stream.hasEnded = true
        return port
    }
}

extension ExchangeFeed {
    /// Writes the phase of the day, once there is one.
    mutating func writeState(at time: Timestamp, into store: inout MessageStore) {
        guard phase != 0 else { return }
        let (phase, timestamp) = (phase, timeOfDay(time))
        write(into: &store) { $0.systemEvent(timestamp: timestamp, code: phase) }
    }

    /// Writes an instrument's directory entry, trading state and displayed orders, the best first.
    mutating func writeBook(
        _ instrument: Instrument,
        _ engine: borrowing MatchingEngine,
        at time: Timestamp,
        into store: inout MessageStore
    ) {
        write(into: &store) { [events] in events.announce(instrument, at: time, into: &$0) }
        let phase = engine.phase(of: instrument).rawValue
        let state = MatchingEvent(.phaseChanged, instrument: instrument, time: time, detail: phase)
        write(into: &store) { [events] in events.write(state, into: &$0) }
        for side in [Side.buy, .sell] {
            engine.forEachDisplayed(instrument, side) { order in
                let shown = MatchingEvent(
                    .shown,
                    instrument: instrument,
                    time: time,
                    reference: order.reference,
                    side: side,
                    price: order.price.raw,
                    quantity: order.quantity.raw
                )
                write(into: &store) { [events] in events.write(shown, into: &$0) }
            }
        }
    }
}
