// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosVenue
import HeliosWire

/// What was already told of a connection that is refused, so that it is said once.
struct LineStanding {
    /// The venue has refused the login, and that was told.
    var isRefused = false
    /// The session that was followed is not there any more.
    var isSessionLost = false
}

/// What an order connection needs of the protocol behind it: `OuchLine` or `FixOrderLine`.
///
/// Connections are generic over it, so that nothing is looked up per order.
protocol OrderLine: ~Copyable {
    associatedtype Notice: Sendable

    /// Its times are UTC, not those of a clock that never goes backward.
    static var wantsWallClock: Bool { get }
    /// Bytes that wait for the connection.
    var waiting: Int { get }
    var waitingBytes: WireBytes { get }
    mutating func drop(_ count: Int)
    func unfinished(after sent: Int, begun: Int) -> Int

    var state: OuchLineState { get }
    var wantsClose: Bool { get }
    var isOver: Bool { get }
    /// Cancels written.
    var cancelsWritten: UInt64 { get }
    func count(into health: inout OrderConnectionHealth)

    mutating func connected(at now: Timestamp)
    mutating func disconnected(
        at now: Timestamp,
        _ time: Timestamp,
        _ deliver: (Event) -> Void,
        _ notice: (Notice) -> Void
    ) -> Bool
    mutating func receive(
        _ bytes: WireBytes,
        at now: Timestamp,
        _ time: Timestamp,
        _ deliver: (Event) -> Void,
        _ notice: (Notice) -> Void
    )
    mutating func tick(
        at now: Timestamp,
        _ time: Timestamp,
        _ deliver: (Event) -> Void,
        _ notice: (Notice) -> Void
    )
    mutating func withdraw(
        begun: Int,
        at now: Timestamp,
        _ time: Timestamp,
        _ deliver: (Event) -> Void,
        _ notice: (Notice) -> Void
    )
    mutating func send(_ record: Event, at now: Timestamp, _ time: Timestamp, _ deliver: (Event) -> Void)
    func refuseStopped(_ record: Event, _ time: Timestamp, _ deliver: (Event) -> Void)
    mutating func cancelAll(at now: Timestamp, where isMeant: (OrderID) -> Bool) -> Int
    mutating func logout(at now: Timestamp)

    /// How many orders may still trade.
    mutating func openCount() -> Int
    /// Those orders, as people need them.
    mutating func openOrders(symbols: [Symbol], venue: String) -> [OpenOrder]
    /// Gives memory to whoever keeps messages; called now and then.
    mutating func keepHouse()

    /// What a notice is as a word for the engine, or a text for people; nothing when nobody needs it.
    static func word(for notice: Notice, _ standing: inout LineStanding) -> LineWord?
}

/// What a notice comes to.
enum LineWord {
    case word(Event)
    case text(String)
}

extension OuchLine: OrderLine {
    static var wantsWallClock: Bool { false }
    @inline(__always)
    var waiting: Int { output.count }
    var waitingBytes: WireBytes { output.bytes }
    mutating func drop(_ count: Int) { output.drop(count) }
    func unfinished(after sent: Int, begun: Int) -> Int { output.unfinished(after: sent, begun: begun) }
    var cancelsWritten: UInt64 { client.counters.cancels }
    mutating func keepHouse() {}
    mutating func openCount() -> Int { forEachOpen { _ in } }

    func count(into health: inout OrderConnectionHealth) {
        health.throttled = client.counters.throttled
        health.foreign = client.counters.foreign
        health.contradictions = client.counters.contradictions
    }

    mutating func openOrders(symbols: [Symbol], venue: String) -> [OpenOrder] {
        var orders: [OpenOrder] = []
        forEachOpen { orders.append(OpenOrder($0, symbols: symbols, venue: venue)) }
        return orders
    }

    static func word(for notice: OuchLineNotice, _ standing: inout LineStanding) -> LineWord? {
        switch notice {
        // The next login asks for whatever session there is.
        case .closed(.refused(.sessionNotAvailable)) where !standing.isSessionLost:
            standing.isSessionLost = true
            return nil
        case .closed(.refused(let why)):
            defer { standing.isRefused = true }
            return standing.isRefused
                ? nil : .word(SessionWord.venueRefused.record(detail: UInt64(why?.rawValue ?? 0)))
        case .newSession: return .word(SessionWord.venueForgot.record())
        case .discontinuity(let requested, let next):
            return .word(SessionWord.venueGap.record(sequence: requested, detail: next))
        case .malformed(let number): return .word(SessionWord.venueMalformed.record(sequence: number))
        case .closed, .ended, .overtaken: return nil
        }
    }
}
