// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosVenue
import HeliosWire

/// Reads a lit exchange's own feed to know whose quotes may have changed, so that dark markets can follow them.
struct QuoteWatcher {
    private var next: UInt64 = 1
    /// Instruments touched since the last turn, and whether they trade.
    private var touched: [Instrument] = []
    private var isTouched: [Bool] = []

    /// Notes what was published since the last call.
    mutating func read(_ exchange: Exchange) {
        for instrument in touched { isTouched[instrument.index] = false }
        touched.removeAll(keepingCapacity: true)
        if isTouched.isEmpty { isTouched = Array(repeating: false, count: exchange.symbols.count) }
        exchange.withFeed { messages in
            while let message = messages[next] {
                next += 1
                // The stock locate follows the type; it is the instrument's number plus one.
                let number = Int(message[1]) << 8 | Int(message[2])
                guard number > 0, number <= isTouched.count, !isTouched[number - 1] else { continue }
                isTouched[number - 1] = true
                touched.append(Instrument(id: UInt32(number - 1)))
            }
        }
    }

    /// Tells a dark market the quotes that may be new; without trading there is none.
    func tell(_ dark: Exchange, of lit: Exchange, at time: Timestamp) {
        for instrument in touched {
            guard let own = dark.instrument(of: lit.symbols[instrument.index]) else { continue }
            let quote = lit.phase(of: instrument) == .open ? lit.quote(of: instrument) : (bid: .zero, ask: .zero)
            // One side alone has no middle.
            let hasMiddle = quote.bid.raw > 0 && quote.ask.raw > 0
            dark.reference(
                own,
                bid: hasMiddle ? quote.bid : .zero,
                ask: hasMiddle ? quote.ask : .zero,
                at: time
            )
        }
    }
}
