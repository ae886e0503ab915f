// SPDX-License-Identifier: MIT
import CProbe
import HeliosMarket
import HeliosWire
import Testing

#if DEBUG
private let isOptimised = false
#else
private let isOptimised = true
#endif

@Suite("Order entry allocates nothing and counts no references", .serialized)
struct OrderEntryAllocationTests {
    /// One port with both machines; the venue accepts, and fills what is even.
    private struct Loop: ~Copyable, SoupServerSink {
        var client: OuchClient
        var stream: SoupStream
        var server = SoupServerConnection(SoupServerConfiguration(), at: .zero)
        var up = WireOutput(capacity: 1 << 12)
        var down = WireOutput(capacity: 1 << 12)
        var scratch = WireOutput(capacity: 256)
        var reports = 0
        var fills = 0
        var now = Timestamp(nanoseconds: 1)

        init(_ client: consuming OuchClient, _ session: SoupText) {
            self.client = client
            stream = SoupStream(session: session, messages: 1 << 16, bytes: 1 << 23)
        }

        mutating func judge(_ login: SoupLogin) -> SoupRefusal? { nil }
        mutating func take(_ event: SoupServerEvent) {}

        mutating func connect() {
            up.removeAll()
            down.removeAll()
            server = SoupServerConnection(SoupServerConfiguration(), at: now)
            client.connected(at: now, into: &up)
        }

        @inline(never)
        mutating func turn(_ id: OrderID) {
            now = now + 100_000
            var order = Event(price: Price(raw: 100 * Price.scale), instrument: Instrument(id: 0), kind: .newOrder)
            order.orderID = id
            order.quantity = Quantity(Int(id & 127) + 1)
            _ = client.submit(order, at: now, into: &up)
            if id % 3 == 0 { _ = client.submit(Event(cancelOf: id - 1, of: .none, at: now), at: now, into: &up) }
            pump()
        }

        mutating func pump() {
            var chunk = up.bytes
            while let event = server.next(&chunk, at: now, into: &down) {
                switch event {
                case .login: _ = server.accept(stream, at: now, into: &down)
                case .message(let message): answer(message)
                case .closed: break
                }
            }
            up.removeAll()
            _ = server.send(stream, at: now, into: &down)
            var answers = down.bytes
            var isProbe = false
            while let event = client.next(&answers, at: now, into: &up) {
                switch event {
                case .report(let report):
                    reports += 1
                    fills += report.kind == .orderFilled ? 1 : 0
                case .reconnect: isProbe = true
                default: break
                }
            }
            down.removeAll()
            if isProbe {
                _ = client.disconnected()
                connect()
            }
            _ = client.tick(at: now, into: &up)
            _ = server.tick(at: now, into: &down)
        }

        private mutating func answer(_ message: WireBytes) {
            scratch.removeAll()
            guard let message = try? Ouch50.Inbound(message) else { return }
            switch message {
            case .enterOrder(let order):
                try? Ouch50.OrderAccepted.write(
                    timestamp: 1,
                    userRefNum: order.userRefNum,
                    side: order.side,
                    quantity: order.quantity,
                    symbol: order.symbol,
                    price: order.price,
                    timeInForce: order.timeInForce,
                    display: order.display,
                    orderReference: 1,
                    capacity: order.capacity,
                    sweep: order.sweep,
                    cross: order.cross,
                    state: OuchCode(.live),
                    clientOrderID: order.clientOrderID,
                    to: &scratch
                )
                _ = stream.store.append(scratch.bytes)
                guard order.userRefNum % 2 == 0 else { return }
                scratch.removeAll()
                try? Ouch50.OrderExecuted.write(
                    timestamp: 1,
                    userRefNum: order.userRefNum,
                    quantity: order.quantity,
                    price: order.price,
                    liquidity: OuchCode(.removed),
                    matchNumber: UInt64(order.userRefNum),
                    to: &scratch
                )
                _ = stream.store.append(scratch.bytes)
            case .cancelOrder(let cancel):
                try? Ouch50.OrderCancelled.write(
                    timestamp: 1,
                    userRefNum: cancel.userRefNum,
                    decrement: 1_000,
                    reason: OuchCode(.user),
                    to: &scratch
                )
                _ = stream.store.append(scratch.bytes)
            case .accountQuery:
                try? Ouch50.AccountQueryResponse.write(timestamp: 1, nextUserRefNum: 1, to: &scratch)
                _ = stream.store.append(scratch.bytes)
            default: break
            }
        }
    }

    @Test(
        .enabled(if: isOptimised && probe_is_available() == 1, "only optimised builds are free of reference counting")
    )
    func `orders, cancels, both state machines and every report`() throws {
        var configuration = OuchClientConfiguration(
            soup: SoupClientConfiguration(user: try #require(SoupText("a")), password: try #require(SoupText("b"))),
            symbols: [try #require(Symbol("AAA"))],
            midnight: .zero,
            venue: Venue(id: 1)
        )
        configuration.orders = 1 << 15
        var loop = Loop(OuchClient(configuration), try #require(SoupText("DAY1")))
        loop.connect()
        for _ in 0..<5 { loop.pump() }
        let isReady = loop.client.phase == .ready
        #expect(isReady)
        for id in 1...1_000 { loop.turn(OrderID(id)) }
        let before = loop.reports
        probe_begin()
        for id in 1_001...20_000 { loop.turn(OrderID(id)) }
        let counts = probe_end()
        let (reports, fills) = (loop.reports - before, loop.fills)
        #expect(reports > 30_000 && fills == 10_000, "\(reports) reports, \(fills) fills")
        #expect(counts.allocations == 0 && counts.frees == 0, "\(counts)")
        #expect(counts.retains == 0 && counts.releases == 0, "\(counts)")
    }

    @Test(
        .enabled(if: isOptimised && probe_is_available() == 1, "only optimised builds are free of reference counting")
    )
    func `packets of a feed, and answers to requests`() throws {
        let session = try #require(MoldSession("S"))
        var store = MessageStore(messages: 50_000, bytes: 4 << 20)
        var sender = MoldSender(session: session)
        var server = MoldRetransmitter(session: session)
        var output = WireOutput(capacity: 2_048)
        var request = WireOutput(capacity: 20)
        let message = UnsafeMutableRawBufferPointer.allocate(byteCount: 40, alignment: 8)
        message.initializeMemory(as: UInt8.self, repeating: 3)
        defer { message.deallocate() }
        var packets = 0
        probe_begin()
        for index in 0..<40_000 {
            let now = Timestamp(nanoseconds: Int64(index) * 1_000_000)
            _ = store.append(WireBytes(UnsafeRawBufferPointer(message)))
            guard index % 7 == 0 else { continue }
            while sender.packet(from: store, at: now, into: &output) != nil {
                packets += 1
                output.removeAll()
            }
            request.removeAll()
            _ = request.append(MoldHeader(session: session, sequence: UInt64(index + 1), count: 9))
            packets += (try? server.answer(request.bytes, from: store, at: now, into: &output)) ?? 0
            output.removeAll()
        }
        let counts = probe_end()
        #expect(packets > 10_000)
        #expect(counts.allocations == 0 && counts.frees == 0, "\(counts)")
        #expect(counts.retains == 0 && counts.releases == 0, "\(counts)")
    }
}
