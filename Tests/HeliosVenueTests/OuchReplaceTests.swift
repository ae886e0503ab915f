// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosVenue
import HeliosWire
import Testing

/// Orders that take another's place, on a line to an exchange in the same room.
@Suite("Replacing over OUCH 5.0") struct OuchReplaceTests {
    private let sessions: ExchangeSessions
    private let node: Participant
    /// Another firm's epoch on the same exchange would be another port; here the node trades with itself.
    private let now = Timestamp(nanoseconds: 1_000)

    init() throws {
        sessions = try OuchLineTests.sessions()
        node = Participant(epoch: 1, sessions)
        node.join(at: now)
        node.told = []
    }

    private func wire(_ id: UInt64) -> OrderID { OuchLineTests.wire(1, id) }

    private func order(
        _ id: UInt64,
        _ side: Side,
        _ shares: Int,
        _ cents: Int64,
        _ life: TimeInForce = .day
    ) -> NewOrder {
        NewOrder(
            id: wire(id),
            instrument: Instrument(id: 0),
            side: side,
            timeInForce: life,
            quantity: Quantity(shares),
            price: price(cents),
            tag: OrderTag(packed: 0)
        )
    }

    private func submit(_ order: NewOrder) {
        node.send(Event(order: order, at: now), at: now)
        node.exchangeBytes(at: now)
    }

    private func replace(_ old: UInt64, by order: NewOrder) {
        node.send(Event(replacementOf: wire(old), by: order, at: now), at: now)
    }

    private func cancel(_ id: UInt64) { node.send(Event(cancelOf: wire(id), of: Instrument(id: 0), at: now), at: now) }

    /// What was told since the last call: `replaced 1 2 500`.
    private func told() -> [String] {
        defer { node.told = [] }
        return node.told.map { report in
            let id = report.orderID & 0xFF_FFFF_FFFF
            let isAnswer = report.kind == .orderReplaced || report.kind == .replaceRejected
            let other = isAnswer ? " \(report.detail & 0xFF_FFFF_FFFF)" : ""
            return "\(report.kind) \(id)\(other) \(report.quantity)"
        }
    }

    @Test func `the total counts what was executed, and executions name the number that works`() {
        submit(order(1, .buy, 300, 1_000))
        submit(order(2, .sell, 100, 1_000, .immediateOrCancel))
        _ = told()
        replace(1, by: order(3, .buy, 500, 1_001))
        node.exchangeBytes(at: now)
        #expect(told() == ["orderReplaced 1 3 500"])
        submit(order(4, .sell, 450, 1_001, .immediateOrCancel))
        #expect(told() == ["orderAccepted 4 450", "orderFilled 3 400", "orderFilled 4 400", "orderCancelled 4 50"])
        #expect(node.contradictions == 0)
    }

    @Test func `a chain of replacements in one breath, and a cancel of each number that may work`() {
        submit(order(1, .buy, 300, 1_000))
        replace(1, by: order(2, .buy, 200, 1_000))
        // The first is not answered: at a venue that knows only the old number a second would vanish.
        replace(1, by: order(3, .buy, 100, 1_000))
        cancel(1)
        cancel(2)
        node.exchangeBytes(at: now)
        #expect(
            told() == [
                "orderAccepted 1 300", "replaceRejected 1 3 0", "orderReplaced 1 2 200", "orderCancelled 2 200",
            ]
        )
    }

    @Test func `what ends before its replacement arrives takes the replacement with it`() {
        submit(order(1, .buy, 300, 1_000))
        _ = told()
        // The cancel arrives first; the venue says nothing of the replacement.
        cancel(1)
        replace(1, by: order(2, .buy, 500, 1_000))
        node.exchangeBytes(at: now)
        #expect(told() == ["orderCancelled 1 300", "replaceRejected 1 2 0"])
        replace(1, by: order(3, .buy, 500, 1_000))
        replace(77, by: order(4, .buy, 500, 1_000))
        #expect(told() == ["replaceRejected 1 3 0", "replaceRejected 77 4 500"])
    }

    @Test func `a replacement at or below what was executed ends the order`() {
        submit(order(1, .buy, 300, 1_000))
        submit(order(2, .sell, 250, 1_000, .immediateOrCancel))
        _ = told()
        replace(1, by: order(3, .buy, 200, 1_000))
        node.exchangeBytes(at: now)
        #expect(told() == ["orderReplaced 1 3 250"])
        submit(order(4, .sell, 10, 1_000, .immediateOrCancel))
        #expect(told().contains("orderCancelled 4 10"))
    }

    @Test func `one that the venue refuses leaves the order as it was`() {
        submit(order(1, .buy, 300, 1_000))
        _ = told()
        sessions.exchange.apply(.phase(Instrument(id: 0), .halted, time: now))
        replace(1, by: order(2, .buy, 500, 1_000))
        node.exchangeBytes(at: now)
        #expect(told().map { $0.prefix(15) } == ["orderRejected 2"])
        sessions.exchange.apply(.phase(Instrument(id: 0), .open, time: now))
        submit(order(3, .sell, 300, 1_000, .immediateOrCancel))
        #expect(told().contains("orderFilled 1 300"))
    }

    @Test func `a line that was lost finds out whether the replacement arrived`() {
        for isLost in [true, false] {
            let base: UInt64 = isLost ? 10 : 20
            submit(order(base, .buy, 300, 1_000))
            // Its bytes go nowhere, or its answer does.
            node.isMute = isLost
            replace(base, by: order(base + 1, .buy, 500, 1_000))
            node.exchangeBytes(at: now)
            node.isMute = false
            _ = told()
            node.leave(at: now)
            node.join(at: now)
            let words = told()
            if isLost {
                #expect(words.contains("orderCancelled \(base) 300"), "\(words)")
                #expect(words.contains("replaceRejected \(base) \(base + 1) 0"), "\(words)")
            } else {
                // With the connection the venue has cancelled what worked.
                #expect(words.contains("orderCancelled \(base + 1) 500"), "\(words)")
            }
        }
    }

    @Test func `a process that starts with nothing finds the chain in the venue's stream`() {
        submit(order(1, .buy, 300, 1_000))
        submit(order(2, .sell, 100, 1_000, .immediateOrCancel))
        replace(1, by: order(3, .buy, 500, 1_000))
        node.exchangeBytes(at: now)
        node.leave(at: now)
        let next = Participant(epoch: 2, sessions)
        next.join(at: now)
        let replaced = next.told.first { $0.kind == .orderReplaced }
        #expect(replaced?.orderID == wire(1) && replaced?.detail == wire(3) && replaced?.quantity == Quantity(500))
        let status = next.told.last { $0.kind == .orderStatus && $0.orderID == wire(3) }
        #expect(status?.quantity == Quantity(100) && status?.detail == 0)
        #expect(
            next.told.contains { $0.kind == .orderCancelled && $0.orderID == wire(3) && $0.quantity == Quantity(400) }
        )
    }

    @Test func `what OUCH can't say never leaves`() {
        submit(order(1, .buy, 300, 1_000))
        _ = told()
        replace(1, by: order(2, .buy, 500, 1_000, .goodTillCancel))
        submit(order(3, .buy, 500, 1_000, .fillOrKill))
        #expect(told() == ["replaceRejected 1 2 500", "orderRejected 3 500"])
    }
}
