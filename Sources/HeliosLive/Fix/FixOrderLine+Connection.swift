// SPDX-License-Identifier: MIT
import HeliosFIX
import HeliosMarket
import HeliosVenue
import HeliosWire

extension FixOrderLine: OrderLine {
    static var wantsWallClock: Bool { true }
    @inline(__always)
    var waiting: Int { output.count }
    var waitingBytes: WireBytes { output.bytes }
    mutating func drop(_ count: Int) { output.drop(count) }
    var cancelsWritten: UInt64 { client.counters.cancels }
    mutating func openCount() -> Int { forEachOpen { _ in } }

    func count(into health: inout OrderConnectionHealth) {
        health.throttled = client.counters.throttled
        health.foreign = client.counters.foreign
        health.contradictions = client.counters.contradictions
    }

    mutating func openOrders(symbols: [Symbol], venue: String) -> [OpenOrder] {
        let day = self.day
        var orders: [OpenOrder] = []
        forEachOpen { orders.append(OpenOrder($0, day: day, symbols: symbols, venue: venue)) }
        return orders
    }

    static func word(for notice: FixOrderLineNotice, _ standing: inout LineStanding) -> LineWord? {
        switch notice {
        case .closed(let closure, let text):
            guard let account = account(of: closure, text), !standing.isRefused else { return nil }
            standing.isRefused = true
            return .text(account)
        case .restarted: return .text("the venue's numbers begin at 1 again: orders are asked after one by one")
        case .lost(let order, let told, let counted):
            return .word(
                SessionWord.venueMissing.record(
                    sequence: told,
                    price: Price(raw: Int64(order & (1 << 40 - 1))),
                    detail: counted
                )
            )
        case .malformed(let number): return .word(SessionWord.venueMalformed.record(sequence: number))
        case .statusRefused:
            return .text("the venue does not answer OrderStatusRequests: orders that it has not answered stay in doubt")
        case .refused(let reason): return .text("the venue refuses a message of ours, reason \(reason)")
        case .overtaken: return nil
        }
    }

    /// Why a connection has ended, when people should know; nil when it merely did.
    private static func account(of closure: FixClosure, _ text: String) -> String? {
        let words = text.isEmpty ? "" : ": \(text)"
        switch closure {
        case .ourLogout, .schedule: return nil
        case .peerLogout: return text.isEmpty ? nil : "the venue has logged out\(words)"
        case .logoutTimeout: return nil
        case .logonTimeout: return "the venue does not answer the Logon"
        case .silent: return "the venue was silent for too long"
        case .notLogon: return "the venue's first message is no Logon"
        case .refused(let why): return "the Logon is refused (\(why))\(words)"
        case .tooLow(let expected, let received):
            return "the venue's numbers are too low: \(received) where \(expected) is expected"
        case .noSequence: return "a message of the venue has no number"
        case .fault(let fault): return "a message of the venue is wrong (\(fault)): the session was ended"
        }
    }
}

extension OpenOrder {
    init(_ order: FixClientOrder, day: UInt32, symbols: [Symbol], venue: String = "") {
        self.venue = venue.isEmpty ? nil : venue
        self.order = order.order & (1 << 40 - 1)
        venueID = FixOrderToken(day: day, number: order.order).description
        reference = 0
        let index = order.instrument.index
        symbol = index < symbols.count ? symbols[index].description : "?"
        side = order.isSell ? "sell" : "buy"
        open = UInt32(clamping: order.open.raw / Quantity.scale)
        price = order.price.description
    }
}
