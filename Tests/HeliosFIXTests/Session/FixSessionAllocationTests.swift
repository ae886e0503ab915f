// SPDX-License-Identifier: MIT
import CProbe
import HeliosFIX
import HeliosMarket
import HeliosWire
import Testing

#if DEBUG
private let isOptimised = false
#else
private let isOptimised = true
#endif

@Suite("FIX sessions allocate nothing", .serialized)
struct FixSessionAllocationTests {
    /// Two sessions back to back: orders one way, reports the other, now and then a gap.
    private struct Loop: ~Copyable {
        var client: FixSession
        var server: FixSession
        var up = WireOutput(capacity: 1 << 14)
        var down = WireOutput(capacity: 1 << 14)
        var now = Timestamp(nanoseconds: 1_767_323_045_000_000_000)
        var orders = 0
        var reports = 0

        init(_ version: FixVersion, _ dictionary: FixDictionary?) {
            let one = FixSessionConfiguration(FixSessionID(version, sender: "A", target: "B"), .initiator)
            let two = FixSessionConfiguration(FixSessionID(version, sender: "B", target: "A"), .acceptor)
            client = FixSession(one, dictionary: dictionary, store: .inMemory(bytes: 1 << 24))
            server = FixSession(two, dictionary: dictionary, store: .inMemory(bytes: 1 << 24))
            client.connected(at: now, into: &up)
            server.connected(at: now, into: &down)
        }

        @inline(never)
        mutating func turn(_ id: Int) {
            now = now + 700_000_000
            if id % 60 < 50 {
                _ = client.send(.newOrderSingle, at: now, into: &up) { writer in
                    writer.put(.clOrdID, id)
                    writer.put(.handlInst, char: 0x31)
                    writer.put(.orderQty, Quantity(100))
                    writer.put(.ordType, char: 0x32)
                    writer.put(.price, Price(raw: 1_050_000_000))
                    writer.put(.side, char: 0x31)
                    writer.put(.symbol, "AAA")
                    writer.put(.timeInForce, char: 0x30)
                    writer.put(.transactTime, now)
                }
            }
            // Every hundredth is lost on the way.
            if id % 100 == 0 { up.removeAll() }
            pump()
            pump()
            _ = client.tick(at: now, into: &up)
            _ = server.tick(at: now, into: &down)
        }

        mutating func pump() {
            var chunk = up.bytes
            while let event = server.next(&chunk, at: now, into: &down) {
                guard case .message(let order, _) = event else { continue }
                orders += 1
                _ = server.send(.executionReport, at: now, into: &down) { writer in
                    writer.put(.avgPx, 0)
                    if let id = order[.clOrdID] { writer.put(.clOrdID, id) }
                    writer.put(.cumQty, 0)
                    writer.put(.execID, orders)
                    writer.put(.orderID, orders)
                    writer.put(.ordStatus, char: 0x30)
                    writer.put(.side, char: 0x31)
                    writer.put(.symbol, "AAA")
                    writer.put(.execType, char: 0x30)
                    writer.put(.leavesQty, 100)
                }
            }
            up.removeAll()
            var answers = down.bytes
            while let event = client.next(&answers, at: now, into: &up) {
                if case .message = event { reports += 1 }
            }
            down.removeAll()
        }
    }

    @Test(
        "orders, reports, gaps and heartbeats, with the dictionary and without",
        .enabled(if: isOptimised && probe_is_available() == 1, "only optimised builds are free of reference counting"),
        arguments: [false, true]
    )
    func steady(_ isChecked: Bool) {
        var loop = Loop(.fix44, isChecked ? FixDictionary.builtin(.fix44) : nil)
        loop.pump()
        loop.pump()
        let state = loop.client.state
        #expect(state == .active)
        for id in 1...1_000 { loop.turn(id) }
        let before = (loop.orders, loop.reports)
        probe_begin()
        for id in 1_001...21_000 { loop.turn(id) }
        let counts = probe_end()
        let (orders, reports) = (loop.orders - before.0, loop.reports - before.1)
        #expect(orders > 16_000 && reports > 16_000, "\(orders) orders, \(reports) reports")
        #expect(counts.allocations == 0 && counts.frees == 0, "\(counts)")
        #expect(counts.retains == 0 && counts.releases == 0, "\(counts)")
    }
}
