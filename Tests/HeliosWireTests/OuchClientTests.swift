// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosWire
import Testing

private let midnight = Timestamp(nanoseconds: 1_800_000_000_000_000_000)

/// A venue that keeps the rules of the sheet and nothing else: a number not above the last is ignored without a word, orders of an
/// odd number of shares trade half at once, and a cancel of what does not work is ignored.
private struct TinyVenue: ~Copyable, SoupServerSink {
    struct Order: Equatable {
        var token: OuchToken
        var open: UInt32
        var filled: UInt32 = 0
    }

    var stream: SoupStream
    var orders: [UInt32: Order] = [:]
    var last: UInt32 = 0
    var entered: [OrderID] = []
    /// Of each order, whether it is a hidden midpoint peg, and how its own orders that it meets are to be treated.
    var pegs: [Bool] = []
    var selfMatches: [UInt8] = []
    var fills: [UInt64: OrderID] = [:]
    var rejectsPrice: UInt64 = 13_130_000
    var inbox: [[UInt8]] = []
    private var scratch = WireOutput(capacity: 256)
    private var match: UInt64 = 1_000

    init(_ session: SoupText) { stream = SoupStream(session: session, messages: 1 << 14, bytes: 1 << 20) }

    mutating func judge(_ login: SoupLogin) -> SoupRefusal? { nil }

    mutating func take(_ event: SoupServerEvent) {
        // Kept for later, because the stream is lent out while this runs.
        if case .message(let bytes) = event { inbox.append(copied(bytes)) }
    }

    mutating func work() throws {
        let messages = inbox
        inbox = []
        for bytes in messages { try withWire(bytes) { try handle($0) } }
    }

    private mutating func publish() {
        must(stream.store.append(scratch.bytes))
        scratch.removeAll()
    }

    private mutating func handle(_ message: WireBytes) throws {
        let time = UInt64(stream.store.count) + 1
        switch try Ouch50.Inbound(message) {
        case .enterOrder(let order): try enter(order, time)
        case .cancelOrder(let cancel):
            guard let order = orders[cancel.userRefNum], order.open > cancel.quantity else { return }
            orders[cancel.userRefNum]?.open = cancel.quantity
            try Ouch50.OrderCancelled.write(
                timestamp: time,
                userRefNum: cancel.userRefNum,
                decrement: order.open - cancel.quantity,
                reason: OuchCode(.user),
                to: &scratch
            )
            publish()
        case .accountQuery:
            try Ouch50.AccountQueryResponse.write(timestamp: time, nextUserRefNum: last + 1, to: &scratch)
            publish()
        default: Issue.record("a message that the client never sends")
        }
    }

    private mutating func enter(_ order: Ouch50.EnterOrder, _ time: UInt64) throws {
        guard order.userRefNum > last else { return }
        last = order.userRefNum
        entered.append(order.clientOrderID.order ?? 0)
        let type = order.options.number(.priceType, as: UInt8.self)
        pegs.append(order.display.meaning == .hidden && type == OuchPriceType.midpointPeg.rawValue)
        selfMatches.append(order.options.number(.selfMatchStrategy, as: UInt8.self) ?? 0)
        guard order.price != rejectsPrice else {
            try Ouch50.OrderRejected.write(
                timestamp: time,
                userRefNum: last,
                reason: OuchCode(.halted),
                clientOrderID: order.clientOrderID,
                to: &scratch
            )
            return publish()
        }
        let isDead = order.timeInForce.meaning == .immediateOrCancel && order.quantity % 2 == 0
        try Ouch50.OrderAccepted.write(
            timestamp: time,
            userRefNum: last,
            side: order.side,
            quantity: order.quantity,
            symbol: order.symbol,
            price: order.price,
            timeInForce: order.timeInForce,
            display: order.display,
            orderReference: UInt64(last) + 7_000,
            capacity: order.capacity,
            sweep: order.sweep,
            cross: order.cross,
            state: OuchCode(isDead ? .dead : .live),
            clientOrderID: order.clientOrderID,
            to: &scratch
        )
        publish()
        orders[last] = Order(token: order.clientOrderID, open: isDead ? 0 : order.quantity)
        if order.quantity % 2 == 1 { try fill(last, (order.quantity + 1) / 2, .added) }
    }

    mutating func fill(_ reference: UInt32, _ shares: UInt32, _ liquidity: OuchLiquidity) throws {
        guard let order = orders[reference], order.open >= shares else { return }
        orders[reference]?.open -= shares
        orders[reference]?.filled += shares
        match += 1
        fills[match] = order.token.order
        try Ouch50.OrderExecuted.write(
            timestamp: UInt64(stream.store.count) + 1,
            userRefNum: reference,
            quantity: shares,
            price: 1_000_000,
            liquidity: OuchCode(liquidity),
            matchNumber: match,
            to: &scratch
        )
        publish()
    }
}

/// A client, its venue, and a cable that can be cut.
private struct Port: ~Copyable {
    var client: OuchClient
    var venue: TinyVenue
    var server = SoupServerConnection(SoupServerConfiguration(), at: .zero)
    var up = WireOutput(capacity: 1 << 14)
    var down = WireOutput(capacity: 1 << 14)
    var now = midnight + 34_200_000_000_000
    var reports: [Event] = []
    var others: [String] = []
    var isUp = false

    private init(_ client: consuming OuchClient, _ session: SoupText) {
        self.client = client
        venue = TinyVenue(session)
    }

    static func make(
        epoch: UInt64 = 3,
        _ change: (inout OuchClientConfiguration) -> Void = { _ in }
    ) throws -> Port {
        let session = try #require(SoupText("DAY1"))
        return Port(try client(epoch, change), session)
    }

    static func client(
        _ epoch: UInt64,
        _ change: (inout OuchClientConfiguration) -> Void = { _ in }
    ) throws -> OuchClient {
        var configuration = OuchClientConfiguration(
            soup: SoupClientConfiguration(
                user: try #require(SoupText("helios")),
                password: try #require(SoupText("x"))
            ),
            symbols: [try #require(Symbol("AAA")), try #require(Symbol("BBB"))],
            midnight: midnight,
            venue: Venue(id: 4)
        )
        configuration.epoch = epoch
        configuration.orders = 4_096
        change(&configuration)
        return OuchClient(configuration)
    }

    mutating func connect() {
        up.removeAll()
        down.removeAll()
        server = SoupServerConnection(SoupServerConfiguration(), at: now)
        client.connected(at: now, into: &up)
        isUp = true
    }

    mutating func cut() {
        isUp = false
        if let event = client.disconnected() { hear(event) }
        _ = server.disconnected()
        read(.empty)
    }

    /// Moves up to so many bytes each way.
    mutating func move(up upMost: Int = .max, down downMost: Int = .max) throws {
        now = now + 1_000_000
        if let event = client.tick(at: now, into: &up) { hear(event) }
        let upwards = min(upMost, up.count)
        var sink = Inbox()
        server.receive(up.bytes.slice(0..<upwards), at: now, venue.stream, into: &down, &sink)
        up.drop(upwards)
        venue.inbox += sink.messages
        try venue.work()
        _ = server.send(venue.stream, at: now, into: &down)
        let downwards = min(downMost, down.count)
        let bytes = copied(down.bytes.slice(0..<downwards))
        down.drop(downwards)
        withWire(bytes) { read($0) }
    }

    private struct Inbox: SoupServerSink {
        var messages: [[UInt8]] = []
        mutating func judge(_ login: SoupLogin) -> SoupRefusal? { nil }
        mutating func take(_ event: SoupServerEvent) {
            if case .message(let bytes) = event { messages.append(copied(bytes)) }
        }
    }

    mutating func read(_ bytes: WireBytes) {
        var chunk = bytes
        var mustReconnect = false
        while let event = client.next(&chunk, at: now, into: &up) {
            if case .reconnect = event { mustReconnect = true }
            hear(event)
        }
        if mustReconnect {
            cut()
            connect()
        }
    }

    private mutating func hear(_ event: OuchClientEvent) {
        switch event {
        case .report(let report): reports.append(report)
        case .notice(let number, _): others.append("notice \(number)")
        default: others.append("\(event)")
        }
    }

    mutating func settle() throws {
        // Long enough for what waits for a rate.
        for round in 0..<200 where round < 60 || client.phase != .ready || up.count + down.count > 0 {
            if !isUp { connect() }
            try move()
        }
        try move()
        must(client.phase == .ready)
    }

    mutating func order(
        _ id: OrderID,
        shares: Int = 100,
        price: Int64 = 100,
        _ flags: EventFlags = []
    ) -> OuchSubmission {
        let record = Event(
            orderID: id,
            price: Price(raw: price * Price.scale),
            quantity: Quantity(shares),
            instrument: Instrument(id: 1),
            kind: .newOrder,
            flags: flags
        )
        return client.submit(record, at: now, into: &up)
    }

    mutating func cancel(_ id: OrderID) -> OuchSubmission {
        client.submit(Event(cancelOf: id, of: Instrument(id: 1), at: now), at: now, into: &up)
    }

    func kinds(_ id: OrderID) -> [EventKind] { reports.filter { $0.orderID == id }.map(\.kind) }
}

private func wire(_ id: OrderID, _ epoch: UInt64 = 3) -> OrderID { epoch << 40 | id }

@Suite("The OUCH client")
struct OuchClientTests {
    @Test func `at a dark pool every order is a hidden midpoint peg, elsewhere none is`() throws {
        for isDark in [false, true] {
            var port = try Port.make {
                $0.isDark = isDark
                $0.selfMatch = .cancelNewest
            }
            try port.settle()
            _ = port.order(wire(1), .immediateOrCancel)
            try port.settle()
            must(port.venue.pegs == [isDark])
            must(port.venue.selfMatches == [OuchSelfMatch.cancelNewest.rawValue])
        }
    }

    @Test func `an order's life as records`() throws {
        var port = try Port.make()
        try port.settle()
        must(port.others.filter { $0 == "reconnect" || $0 == "ready" } == ["reconnect", "ready"])
        guard case .sent = port.order(wire(1), shares: 101, price: 50, .sell) else {
            Issue.record("not sent")
            return
        }
        try port.settle()
        must(port.reports.map(\.kind) == [.orderAccepted, .orderFilled])
        let (accepted, fill) = (port.reports[0], port.reports[1])
        must(accepted.orderID == wire(1) && accepted.detail == 7_001 && accepted.quantity == Quantity(101))
        must(accepted.side == .sell && accepted.venue == Venue(id: 4) && accepted.instrument == Instrument(id: 1))
        must(accepted.eventTime == midnight + 2 && accepted.price == Price(raw: 50 * Price.scale))
        must(fill.orderID == wire(1) && fill.quantity == Quantity(51) && fill.detail == 1_001)
        must(fill.price == Price(raw: 100 * Price.scale) && fill.flags == [.sell, .maker])
        guard case .sent = port.cancel(wire(1)) else {
            Issue.record("not sent")
            return
        }
        try port.settle()
        must(port.reports.last?.kind == .orderCancelled && port.reports.last?.quantity == Quantity(50))
        must(port.reports.last?.detail == UInt64(CancelReason.user.rawValue))
        guard case .answered(let late) = port.cancel(wire(1)) else {
            Issue.record("not answered")
            return
        }
        must(late.kind == .cancelRejected && late.orderID == wire(1))
        // Accepted and dead at once; refused.
        _ = port.order(wire(2), .immediateOrCancel)
        _ = port.order(wire(3), price: 1_313)
        try port.settle()
        must(port.kinds(wire(2)) == [.orderAccepted, .orderCancelled])
        must(port.reports.first { $0.orderID == wire(2) && $0.kind == .orderCancelled }?.detail == 1)
        must(port.kinds(wire(3)) == [.orderRejected])
        must(port.reports.last?.detail == UInt64(RejectReason.halted.rawValue))
        var counted = OuchClientCounters()
        counted.cancels = 1
        must(port.client.counters == counted)
    }

    @Test func `a part that was cancelled is told with the end, so that nothing is counted twice`() throws {
        var port = try Port.make()
        try port.settle()
        _ = port.order(wire(1), shares: 100)
        try port.settle()
        var partial = WireOutput(capacity: 64)
        try Ouch50.CancelOrder.write(userRefNum: 1, quantity: 70, to: &partial)
        port.venue.inbox.append(copied(partial.bytes))
        try port.settle()
        must(port.reports.map(\.kind) == [.orderAccepted])
        must(port.client.order(wire(1))?.open == 70)
        try port.venue.fill(1, 70, .removed)
        try port.settle()
        must(port.reports.map(\.kind) == [.orderAccepted, .orderFilled, .orderCancelled])
        must(port.reports[1].quantity == Quantity(70) && !port.reports[1].flags.contains(.maker))
        must(port.reports[2].quantity == Quantity(30))
    }

    @Test func `what can't be sent is refused and leaves nothing behind`() throws {
        var port = try Port.make()
        func refusal(_ submission: OuchSubmission) -> OuchRefusal? {
            if case .refused(let reason) = submission { return reason }
            return nil
        }
        must(refusal(port.order(wire(1))) == .notReady)
        try port.settle()
        let before = port.up.count
        must(refusal(port.order(0)) == .duplicate)
        must(refusal(port.order(wire(1), shares: 0)) == .unsayable(.quantity))
        must(refusal(port.order(wire(1), shares: 1_000_000)) == .unsayable(.quantity))
        must(refusal(port.order(wire(1), price: 200_000)) == .unsayable(.price))
        must(refusal(port.order(wire(1), price: -1)) == .unsayable(.price))
        must(refusal(port.cancel(wire(1))) == .unknownOrder)
        must(refusal(port.client.submit(Event(kind: .timer), at: port.now, into: &port.up)) == .kind)
        let nowhere = Event(orderID: 9, quantity: Quantity(1), instrument: Instrument(id: 2), kind: .newOrder)
        must(refusal(port.client.submit(nowhere, at: port.now, into: &port.up)) == .symbol)
        must(port.up.count == before && port.client.count == 0 && port.client.nextReference == 1)
        guard case .sent = port.order(wire(1)) else {
            Issue.record("not sent")
            return
        }
        must(refusal(port.order(wire(1))) == .duplicate)
    }

    @Test func `the rate holds, and cancels pass orders`() throws {
        var port = try Port.make {
            $0.rate = 10
            $0.burst = 2
            $0.waiting = 2
        }
        try port.settle()
        _ = port.order(wire(1))
        _ = port.order(wire(2))
        guard case .waiting = port.order(wire(3)), case .waiting = port.order(wire(4)),
            case .refused(.full) = port.order(wire(5)), case .waiting = port.cancel(wire(1))
        else {
            Issue.record("the rate does not hold")
            return
        }
        try port.move()
        must(port.client.deadline(after: port.now) <= port.now + 100_000_000)
        // 100 ms a message: first the cancel, then the orders.
        var seen: [Int] = []
        for _ in 0..<350 {
            try port.move()
            _ = port.client.tick(at: port.now, into: &port.up)
            seen.append(port.kinds(wire(1)).count * 10 + port.venue.entered.count)
        }
        must(port.kinds(wire(1)) == [.orderAccepted, .orderCancelled])
        must(seen.contains(22) && !seen.contains(13) && seen.last == 24)
        // One that waits is cancelled without a word to the venue.
        guard case .waiting = port.order(wire(8)), case .answered(let answer) = port.cancel(wire(8)) else {
            Issue.record("a waiting order needs no venue")
            return
        }
        must(answer.kind == .orderCancelled && answer.quantity == Quantity(100))
    }

    @Test func `status of all orders, for whoever compares`() throws {
        var port = try Port.make()
        try port.settle()
        _ = port.order(wire(1), shares: 101)
        _ = port.order(wire(2), .immediateOrCancel)
        _ = port.order(wire(3), price: 1_313)
        try port.settle()
        port.reports = []
        _ = port.client.submit(Event(kind: .orderStatus), at: port.now, into: &port.up)
        try port.settle()
        must(port.reports.map(\.kind) == [.orderStatus, .orderStatus, .orderStatus, .orderStatus])
        must(port.reports.map(\.orderID) == [wire(1), wire(2), wire(3), 0])
        must(port.reports.map(\.detail) == [1, 0, 0, 0])
        must(port.reports[0].quantity == Quantity(51) && port.reports[0].price.raw == 50 * Quantity.scale)
    }

    @Test func `every order says what is to happen when two of ours meet, where somebody has said it`() throws {
        for (choice, letter) in [(nil, nil), (OuchSelfMatch.cancelNewest, UInt8(ascii: "W"))] {
            var port = try Port.make { $0.selfMatch = choice }
            try port.settle()
            var order = Event(kind: .newOrder)
            order.orderID = wire(1)
            order.instrument = Instrument(id: 0)
            order.quantity = Quantity(100)
            order.price = Price(raw: 50_000_000)
            _ = port.client.submit(order, at: port.now, into: &port.up)
            var found: [UInt8?] = []
            let bytes = copied(port.up.bytes)
            // Length and packet type are three bytes.
            let message = try bytes.withUnsafeBytes {
                try Ouch50.EnterOrder(WireBytes(UnsafeRawBufferPointer(rebasing: $0.dropFirst(3))))
                    .options.number(.selfMatchStrategy, as: UInt8.self)
            }
            found.append(message)
            must(found == [letter])
            try port.settle()
            must(port.reports.contains { $0.kind == .orderAccepted && $0.orderID == wire(1) })
        }
    }

    @Test func `an intermarket sweep is one on the wire`() throws {
        for isSweep in [false, true] {
            var port = try Port.make()
            try port.settle()
            let order = NewOrder(
                id: wire(1),
                instrument: Instrument(id: 0),
                side: .buy,
                timeInForce: .immediateOrCancel,
                quantity: Quantity(100),
                price: Price(raw: 50_000_000),
                tag: OrderTag(strategy: 0),
                isSweep: isSweep
            )
            let record = Event(order: order, at: port.now)
            _ = port.client.submit(record, at: port.now, into: &port.up)
            let bytes = copied(port.up.bytes)
            // Length and packet type are three bytes.
            let meaning = try bytes.withUnsafeBytes {
                try Ouch50.EnterOrder(WireBytes(UnsafeRawBufferPointer(rebasing: $0.dropFirst(3)))).sweep.meaning
            }
            must(meaning == (isSweep ? .yes : .no))
        }
    }

    @Test func `another writer's later epoch is noticed, and an order that is nobody's has a number`() throws {
        var port = try Port.make(epoch: 3)
        try port.settle()
        func enter(_ reference: UInt32, _ token: OuchToken) throws {
            var order = WireOutput(capacity: 64)
            try Ouch50.EnterOrder.write(
                userRefNum: reference,
                side: OuchCode(.sellShort),
                quantity: 10,
                symbol: try #require(Symbol("BBB")),
                price: 10,
                timeInForce: OuchCode(.day),
                display: OuchCode(.visible),
                capacity: OuchCode(.agency),
                sweep: OuchCode(.no),
                cross: OuchCode(.none),
                clientOrderID: token,
                to: &order
            )
            port.venue.inbox.append(copied(order.bytes))
            try port.settle()
        }
        try enter(40, OuchToken(order: wire(9, 4)))
        must(port.others.contains("overtaken(epoch: 4)"))
        must(port.client.nextReference == 41)
        must(port.client.order(wire(9, 4))?.isSell == true)
        must(port.reports.last?.instrument == Instrument(id: 1))
        try enter(41, try #require(OuchToken("SOMEBODY")))
        must(port.reports.last?.orderID == OuchToken.foreignEpoch << 40 | 41)
        must(port.client.counters.foreign == 1)
    }
}

@Suite("The OUCH client through lost connections")
struct OuchClientRecoveryTests {
    /// Every report that the venue's state asks for came once, and every order's fate is known.
    private func check(_ port: borrowing Port, _ sent: [OrderID], _ note: String) {
        var filled: [OrderID: Int64] = [:]
        var executions: Set<UInt64> = []
        for report in port.reports where report.kind == .orderFilled {
            must(executions.insert(report.detail).inserted, "\(note): execution \(report.detail) twice")
            must(port.venue.fills[report.detail] == report.orderID, "\(note)")
            filled[report.orderID, default: 0] += report.quantity.raw / Quantity.scale
        }
        must(executions.count == port.venue.fills.count, "\(note): \(executions.count) executions")
        must(Set(port.venue.entered).count == port.venue.entered.count, "\(note): entered twice")
        for id in sent {
            let kinds = port.kinds(id)
            if let order = port.venue.orders.values.first(where: { $0.token.order == id }) {
                must(kinds.filter { $0 == .orderAccepted }.count == 1, "\(note): \(kinds)")
                must(!kinds.contains(.orderRejected), "\(note): \(kinds)")
                must(filled[id, default: 0] == Int64(order.filled), "\(note)")
                let known = port.client.order(id)
                must(known?.open == order.open && known?.filled == order.filled, "\(note)")
                must(known?.state == (order.open == 0 ? .ended : .live), "\(note)")
            } else {
                // Refused, never arrived, or cancelled before it had left. A cancel after that is answered here.
                let ends = kinds.filter { $0 != .cancelRejected }
                let isUnsent = !port.venue.entered.contains(id)
                must(ends == [.orderRejected] || isUnsent && ends == [.orderCancelled], "\(note): \(kinds)")
            }
        }
        must(port.client.unknownOrders.isEmpty, "\(note)")
        must(port.client.nextReference > port.venue.last, "\(note)")
        must(port.client.counters.contradictions == 0 && port.client.counters.malformed == 0, "\(note)")
    }

    /// Eight orders and three cancels; the connection is cut after so many bytes up or down.
    private func run(up: Int, down: Int, step: Int, _ change: (inout OuchClientConfiguration) -> Void = { _ in }) throws
    {
        var port = try Port.make(change)
        try port.settle()
        var sent: [OrderID] = []
        var left = (up: up, down: down)
        for id in 1...8 as ClosedRange<OrderID> {
            let flags: EventFlags = id % 3 == 0 ? .immediateOrCancel : []
            if case .refused = port.order(wire(id), shares: 90 + Int(id), price: id == 5 ? 1_313 : 20, flags) {
            } else {
                sent.append(wire(id))
            }
            if id % 2 == 0, case .answered(let answer) = port.cancel(wire(id - 1)) { port.reports.append(answer) }
            let before = (port.up.count, port.down.count)
            let (upNow, downNow) = (min(step, left.up), min(step, left.down))
            if port.isUp { try port.move(up: upNow, down: downNow) }
            left = (left.up - min(upNow, before.0), left.down - downNow)
            if left.up <= 0 || left.down <= 0 {
                port.cut()
                left = (.max, .max)
            }
        }
        try port.settle()
        check(port, sent, "up \(up) down \(down)")
        // What comes after is numbered on, and arrives.
        guard case .sent = port.order(wire(99), shares: 3) else {
            Issue.record("not ready")
            return
        }
        try port.settle()
        check(port, sent + [wire(99)], "afterwards, up \(up) down \(down)")
        must(port.kinds(wire(99)) == [.orderAccepted, .orderFilled])
    }

    @Test func `a connection cut at any byte loses and doubles nothing`() throws {
        for cut in 1...450 {
            try run(up: cut, down: .max, step: 70)
            try run(up: .max, down: cut, step: 90)
        }
    }

    @Test func `and with orders that wait for the rate`() throws {
        for cut in stride(from: 1, through: 400, by: 7) {
            try run(up: cut, down: .max, step: 45) {
                $0.rate = 500
                $0.burst = 2
            }
        }
    }

    @Test func `a client that starts with nothing finds every order in the replay`() throws {
        var port = try Port.make(epoch: 3)
        try port.settle()
        for id in 1...6 as ClosedRange<OrderID> {
            _ = port.order(wire(id), shares: 90 + Int(id), id == 3 ? .immediateOrCancel : id == 2 ? .sell : [])
        }
        _ = port.cancel(wire(4))
        try port.settle()
        // One more leaves, arrives, and its answer is never read.
        _ = port.order(wire(7))
        try port.move(up: .max, down: 0)
        let old = (1...7).map { port.client.order(wire(OrderID($0))) }
        port.cut()
        port.client = try Port.client(4)
        port.reports = []
        try port.settle()
        must(port.client.phase == .ready && port.client.count == 7 && port.client.nextReference == 8)
        for id in 1...6 {
            var known = port.client.order(wire(OrderID(id)))
            // What the venue's words can't tell.
            known?.wantsCancel = old[id - 1]?.wantsCancel ?? false
            must(known?.open == old[id - 1]?.open && known?.filled == old[id - 1]?.filled)
            must(known?.isSell == old[id - 1]?.isSell && known?.price == old[id - 1]?.price)
            must(known?.instrument == Instrument(id: 1) && known?.state == old[id - 1]?.state)
        }
        must(port.client.order(wire(7))?.state == .live)
        must(port.kinds(wire(7)) == [.orderAccepted])
        // An old query's answer in the replay has not ended the recovery too early.
        guard case .sent = port.order(wire(8, 4)) else {
            Issue.record("not ready")
            return
        }
        try port.settle()
        must(port.kinds(wire(8, 4)) == [.orderAccepted] && port.venue.last == 8)
        _ = port.cancel(wire(7))
        try port.settle()
        must(port.kinds(wire(7)) == [.orderAccepted, .orderCancelled])
    }

    @Test func `a session that ends while nobody is connected is read to its end`() throws {
        var port = try Port.make()
        try port.settle()
        _ = port.order(wire(1), shares: 3)
        try port.move(up: .max, down: 0)
        port.cut()
        must(port.client.unknownOrders == [wire(1)])
        port.venue.stream.hasEnded = true
        port.connect()
        for _ in 0..<10 { try port.move() }
        must(port.kinds(wire(1)) == [.orderAccepted, .orderFilled])
        must(port.others.contains("ended") && port.client.unknownOrders.isEmpty)
    }

    @Test func `random bytes from the venue never trap`() throws {
        var random = TestRandom(21)
        for _ in 0..<2_000 {
            var port = try Port.make { $0.orders = 8 }
            try port.settle()
            for id in 1...4 as ClosedRange<OrderID> { _ = port.order(wire(id)) }
            for _ in 0..<20 {
                var message = random.bytes(9 + random.below(60))
                message[0] = Array("SAUCDEBFJPITMRXGKQ".utf8)[random.below(18)]
                if message.count > 13 {
                    message.replaceSubrange(9..<13, with: [0, 0, 0, UInt8(random.below(12))])
                    let lengths = [10, 64, 68, 18, 32, 36, 36, 49, 29, 13, 13, 30, 18, 16, 27, 19, 19, 13]
                    message = Array((message + [UInt8](repeating: 0, count: 60))[..<lengths[random.below(18)]])
                }
                must(withWire(message) { port.venue.stream.store.append($0) })
            }
            try port.move()
            try port.move()
            must(port.client.count <= 8)
        }
    }
}
