// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosVenue
import HeliosWire
import Testing

/// A trading process's line, its connection to an exchange in the same room, and what it was told.
final class Participant {
    private var line: OuchLine
    private let sessions: ExchangeSessions
    private(set) var connection: ExchangeConnection?
    var told: [Event] = []
    private(set) var notices: [OuchLineNotice] = []
    /// What it writes is lost.
    var isMute = false
    /// What is sent between the two connections of a login.
    var between: [Event] = []
    static let symbols = [Symbol(packed: 0x4141_2020_2020_2020)]

    init(epoch: UInt64, _ sessions: ExchangeSessions) {
        var configuration = OuchClientConfiguration(
            soup: SoupClientConfiguration(user: SoupText("FIRM") ?? .blank, password: .blank),
            symbols: Participant.symbols,
            midnight: .zero,
            venue: Venue(id: 1)
        )
        configuration.epoch = epoch
        line = OuchLine(configuration)
        self.sessions = sessions
    }

    var state: OuchLineState { line.state }
    var contradictions: UInt64 { line.client.counters.contradictions }
    var epochTold: UInt64 { told.filter { $0.kind == .epoch }.map(\.detail).max() ?? 0 }

    func kinds(_ order: OrderID) -> [EventKind] { told.filter { $0.orderID == order }.map(\.kind) }

    func connect(at now: Timestamp) {
        connection = sessions.accept(at: now)
        line.connected(at: now)
    }

    /// Connects, and asks to be let in and for the state of all orders, as a trading node does.
    func join(at now: Timestamp) {
        connect(at: now)
        send(Event(orderID: 77, kind: .epoch), at: now)
        send(Event(kind: .orderStatus), at: now)
        exchangeBytes(at: now)
    }

    func send(_ record: Event, at now: Timestamp) {
        line.send(record, at: now, now) { told.append($0) }
    }

    func order(_ id: OrderID, at now: Timestamp) {
        var order = Event(orderID: id, price: Price(raw: 1_000_000_000), quantity: Quantity(100), kind: .newOrder)
        order.instrument = Instrument(id: 0)
        send(order, at: now)
    }

    /// Moves bytes until nobody has any, and makes the second connection of a login.
    func exchangeBytes(at now: Timestamp) {
        for _ in 0..<100 {
            guard let connection else { return }
            let out = [UInt8](line.output.bytes.unsafeBuffer)
            line.output.removeAll()
            if !isMute {
                out.withUnsafeBytes { sessions.receive(WireBytes($0), from: connection, at: now, market: now) }
            }
            sessions.step(at: now, market: now)
            let back = [UInt8](connection.output.bytes.unsafeBuffer)
            connection.output.removeAll()
            back.withUnsafeBytes { bytes in
                line.receive(WireBytes(bytes), at: now, now, { told.append($0) }, { notices.append($0) })
            }
            if line.wantsClose {
                leave(at: now)
                for record in between { send(record, at: now) }
                between = []
                self.connection = sessions.accept(at: now)
                line.connected(at: now)
            } else if out.isEmpty, back.isEmpty {
                return
            }
        }
    }

    /// Its connection is gone.
    func leave(at now: Timestamp) {
        if let connection { sessions.disconnected(connection, at: now, market: now) }
        connection = nil
        _ = line.disconnected(at: now, now, { told.append($0) }, { notices.append($0) })
    }
}

@Suite("A node's line to an exchange") struct OuchLineTests {
    static func sessions() throws -> ExchangeSessions {
        let exchange = try Exchange(symbols: Participant.symbols, users: ["FIRM"], midnight: .zero, feedMessages: 1_000)
        exchange.begin(at: .zero)
        exchange.apply(.phase(Instrument(id: 0), .open, time: .zero))
        return ExchangeSessions(exchange)
    }

    static func wire(_ epoch: UInt64, _ id: UInt64) -> OrderID { epoch << 40 | id }

    @Test func `the state of orders is told only when the epoch stands in the venue's stream`() throws {
        let sessions = try OuchLineTests.sessions()
        let node = Participant(epoch: 3, sessions)
        node.join(at: Timestamp(nanoseconds: 1))
        #expect(node.state == .ready)
        #expect(node.told.map(\.kind) == [.epoch, .orderStatus])
        let texts = sessions.exchange.ports[0].stream.store.count
        // The phase of the day, the answer to the query, the rejected mark, and the answer to the second query.
        #expect(texts == 4)
    }

    @Test func `a node that logs in between the two connections of a login is let in`() throws {
        let sessions = try OuchLineTests.sessions()
        let node = Participant(epoch: 3, sessions)
        let now = Timestamp(nanoseconds: 1)
        node.between = [Event(orderID: 77, kind: .epoch), Event(kind: .orderStatus)]
        node.connect(at: now)
        node.exchangeBytes(at: now)
        #expect(node.state == .ready)
        node.order(OuchLineTests.wire(3, 1), at: now)
        node.exchangeBytes(at: now)
        #expect(node.kinds(OuchLineTests.wire(3, 1)) == [.orderAccepted])
    }

    @Test func `a trade that the venue takes back is a record for each of its orders, with the execution's number`()
        throws
    {
        let sessions = try OuchLineTests.sessions()
        let node = Participant(epoch: 1, sessions)
        let now = Timestamp(nanoseconds: 1_000)
        node.join(at: now)
        let (buy, sell) = (OuchLineTests.wire(1, 1), OuchLineTests.wire(1, 2))
        node.order(buy, at: now)
        var order = Event(orderID: sell, price: Price(raw: 1_000_000_000), quantity: Quantity(100), kind: .newOrder)
        order.instrument = Instrument(id: 0)
        order.flags = .sell
        node.send(order, at: now)
        node.exchangeBytes(at: now)
        let fill = try #require(node.told.first { $0.kind == .orderFilled && $0.orderID == buy })
        sessions.exchange.apply(.bust(match: fill.detail, time: now))
        node.exchangeBytes(at: now)
        let broken = node.told.filter { $0.kind == .executionBroken }
        #expect(Set(broken.map(\.orderID)) == [buy, sell])
        #expect(broken.allSatisfy { $0.detail == fill.detail && $0.instrument == Instrument(id: 0) })
        #expect(broken.first { $0.orderID == sell }?.side == .sell)
    }

    @Test func `an earlier epoch that comes back finds the later one and is told so`() throws {
        let sessions = try OuchLineTests.sessions()
        let old = Participant(epoch: 2, sessions)
        let new = Participant(epoch: 5, sessions)
        old.join(at: Timestamp(nanoseconds: 1))
        new.join(at: Timestamp(nanoseconds: 2))
        #expect(old.connection?.isClosed == true, "the later login has closed the earlier one's connection")
        old.leave(at: Timestamp(nanoseconds: 3))
        old.join(at: Timestamp(nanoseconds: 4))
        #expect(old.epochTold == 5)
        #expect(old.notices.contains(.overtaken(epoch: 5)))
        #expect(new.epochTold == 3 + 2)
    }

    @Test func `a process with an epoch that was used before is told so`() throws {
        let sessions = try OuchLineTests.sessions()
        let first = Participant(epoch: 4, sessions)
        first.join(at: Timestamp(nanoseconds: 1))
        first.leave(at: Timestamp(nanoseconds: 2))
        let second = Participant(epoch: 4, sessions)
        second.join(at: Timestamp(nanoseconds: 3))
        #expect(second.notices.contains(.overtaken(epoch: 4)))
        #expect(!first.notices.contains(.overtaken(epoch: 4)))
    }

    @Test func `what an older connection still says after a second login is not read`() throws {
        let sessions = try OuchLineTests.sessions()
        let old = Participant(epoch: 2, sessions)
        old.join(at: Timestamp(nanoseconds: 1))
        let resting = OuchLineTests.wire(2, 1)
        old.order(resting, at: Timestamp(nanoseconds: 2))
        old.exchangeBytes(at: Timestamp(nanoseconds: 2))
        #expect(old.kinds(resting) == [.orderAccepted])
        let new = Participant(epoch: 3, sessions)
        new.join(at: Timestamp(nanoseconds: 3))
        let count = sessions.exchange.ports[0].stream.store.count
        old.order(OuchLineTests.wire(2, 2), at: Timestamp(nanoseconds: 4))
        old.exchangeBytes(at: Timestamp(nanoseconds: 4))
        #expect(new.kinds(resting).contains(.orderCancelled), "the older connection's orders were cancelled with it")
        #expect(
            sessions.exchange.ports[0].stream.store.count <= count + 2,
            "no order was accepted, only logins answered"
        )
        #expect(old.kinds(OuchLineTests.wire(2, 2)).contains(.orderAccepted) == false)
    }

    @Test func `an answer under our number about another writer's order is not taken for ours`() throws {
        let sessions = try OuchLineTests.sessions()
        let old = Participant(epoch: 2, sessions)
        old.join(at: Timestamp(nanoseconds: 1))
        // Lost with the line; the next writer's order gets the same number of the venue.
        let lost = OuchLineTests.wire(2, 1)
        old.isMute = true
        old.order(lost, at: Timestamp(nanoseconds: 2))
        old.exchangeBytes(at: Timestamp(nanoseconds: 2))
        old.leave(at: Timestamp(nanoseconds: 3))
        let new = Participant(epoch: 3, sessions)
        new.join(at: Timestamp(nanoseconds: 4))
        old.isMute = false
        old.join(at: Timestamp(nanoseconds: 5))
        let answers = old.told.filter { $0.orderID == lost }
        #expect(answers.map(\.kind) == [.orderRejected])
        #expect(answers.first?.detail == UInt64(RejectReason.neverArrived.rawValue))
        #expect(old.epochTold == 3)
    }
}
