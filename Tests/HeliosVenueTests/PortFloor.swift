// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosVenue
import HeliosWire
import Testing

/// An exchange with one open instrument, and the hands of its participants.
final class PortFloor {
    let exchange: Exchange
    let symbol: Symbol
    var now = Timestamp(nanoseconds: 10)

    init(_ ports: [PortSettings], kind: ExchangeKind = .lit) throws {
        symbol = try #require(Symbol("ACME"))
        var settings = ExchangeSettings(ports: ports)
        settings.kind = kind
        settings.feedMessages = 10_000
        settings.portMessages = 10_000
        exchange = try Exchange(symbols: [symbol], midnight: .zero, settings: settings)
        exchange.begin(at: Timestamp(nanoseconds: 1))
        exchange.apply(.phase(Instrument(id: 0), .open, time: Timestamp(nanoseconds: 2)))
    }

    func port(_ index: Int) -> SoupPort { exchange.ports[index] }

    func send(_ index: Int, _ write: (inout WireOutput) throws -> Void) throws {
        var output = WireOutput(capacity: 512)
        try write(&output)
        exchange.receive(output.bytes, from: exchange.ports[index], at: now)
    }

    /// A limit order by OUCH 4.2.
    func enter42(
        _ port: Int,
        _ token: String,
        _ side: OuchSide,
        _ shares: UInt32,
        _ price: UInt32,
        timeInForce: UInt32 = Ouch42.marketHours,
        display: OuchDisplay = .visible,
        cross: OuchCross = .none,
        minimum: UInt32 = 0,
        symbol other: Symbol? = nil
    ) throws {
        try send(port) {
            try Ouch42.EnterOrder.write(
                token: try #require(OuchToken(token)),
                side: OuchCode(side),
                shares: shares,
                symbol: other ?? symbol,
                price: price,
                timeInForce: timeInForce,
                firm: Alpha4("FIRM") ?? .blank,
                display: OuchCode(display),
                capacity: OuchCode(.principal),
                sweep: OuchCode(.no),
                minimumQuantity: minimum,
                cross: OuchCode(cross),
                customer: OuchCode(.notRetail),
                to: &$0
            )
        }
    }

    /// A limit order by OUCH 5.0, with optional fields.
    func enter(
        _ port: Int,
        _ number: UInt32,
        _ side: OuchSide,
        _ shares: UInt32,
        _ price: UInt64,
        timeInForce: OuchTimeInForce = .day,
        display: OuchDisplay = .visible,
        cross: OuchCross = .none,
        _ set: (inout OuchOptionsWriter) -> Void = { _ in }
    ) throws {
        var options = OuchOptionsWriter()
        set(&options)
        try send(port) {
            try Ouch50.EnterOrder.write(
                userRefNum: number,
                side: OuchCode(side),
                quantity: shares,
                symbol: symbol,
                price: price,
                timeInForce: OuchCode(timeInForce),
                display: OuchCode(display),
                capacity: OuchCode(.principal),
                sweep: OuchCode(.no),
                cross: OuchCode(cross),
                clientOrderID: try #require(OuchToken("C\(number)")),
                options: options.options,
                to: &$0
            )
        }
    }

    /// Calls `body` with each message said to a port.
    func forEach(_ port: SoupPort, _ body: (WireBytes) throws -> Void) rethrows {
        var number: UInt64 = 1
        while let message = port.stream.store[number] {
            try body(message)
            number += 1
        }
    }

    /// The letters of what was said to a port.
    func letters(_ index: Int) -> String {
        var text = ""
        forEach(port(index)) { text.append(Character(UnicodeScalar($0[0]))) }
        return text
    }

    /// The bytes of the last message said to a port.
    func last(_ index: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        forEach(port(index)) { bytes = [UInt8]($0.unsafeBuffer) }
        return bytes
    }

    /// What the market was told, by its letters.
    var market: String {
        var text = ""
        exchange.withFeed { feed in
            var number: UInt64 = 1
            while let message = feed[number] {
                text.append(Character(UnicodeScalar(message[0])))
                number += 1
            }
        }
        return text
    }
}
