// SPDX-License-Identifier: MIT
import HeliosExecution
import HeliosMarket
import Testing

private let stock = Instrument(id: 1)

/// `WorkingOrders` beside the model, and the ledger as its updates move it.
private final class Subject {
    var orders = WorkingOrders(capacity: 2, instruments: 2, executions: 8)
    var position = 0
    /// What an exposure ledger would have reserved for either number.
    var reserved = [0, 0]
    var bytes: [UInt8] {
        var writer = StateWriter()
        orders.save(to: &writer)
        return writer.bytes
    }

    init() {}

    init(_ bytes: [UInt8], position: Int, reserved: [Int]) throws {
        self.position = position
        self.reserved = reserved
        try bytes.withUnsafeBytes { memory in
            var reader = StateReader(memory)
            try orders.restore(from: &reader)
        }
    }

    static func order(_ number: Int, _ shares: Int) -> NewOrder {
        NewOrder(
            id: OrderID(number),
            instrument: stock,
            side: .buy,
            quantity: Quantity(shares),
            price: Price(raw: 5),
            tag: OrderTag(strategy: 0)
        )
    }

    func send() -> Bool {
        reserved[0] = ModelFacts.quantity
        return orders.add(Subject.order(1, ModelFacts.quantity), at: .zero)
    }

    func replace(_ target: Int) -> Bool { orders.addReplacement(Subject.order(2, target), of: 1, at: .zero) }

    func cancel(_ number: Int) -> Bool { orders.requestCancel(OrderID(number)) }

    func order(_ number: Int) -> WorkingOrder? { orders.order(OrderID(number)) }
    /// The number of working orders, in all and of the instrument.
    var working: [Int] { [orders.workingCount, orders.workingCount(stock)] }

    func changesNothing(_ report: Event) -> Bool { orders.changesNothing(report) }

    func hear(_ word: ModelWord) -> OrderUpdate { hear(Subject.report(word)) }

    @discardableResult
    func hear(_ report: Event) -> OrderUpdate {
        let update = orders.apply(report)
        let number = Int(update.orderID) - 1
        switch update.kind {
        case .filled: position += Int(update.quantity.value)
        case .replaced where reserved[0] >= 0: reserved = [0, Int(update.leavesQuantity.value)]
        default: break
        }
        reserved[number] -= Int(update.released.value)
        return update
    }

    static func report(_ word: ModelWord) -> Event {
        var report = Event(orderID: 1, instrument: stock, kind: .none)
        switch word {
        case .accepted: report.kind = .orderAccepted
        case .rejected: report.kind = .orderRejected
        case .replaceRejected: (report.kind, report.detail) = (.replaceRejected, 2)
        case .replaced(let total):
            (report.kind, report.detail, report.quantity) = (.orderReplaced, 2, Quantity(total))
        case .filled(let number, let execution, let shares):
            (report.kind, report.orderID, report.detail) = (.orderFilled, OrderID(number), UInt64(execution))
            report.quantity = Quantity(shares)
        case .cancelled(let number, let shares):
            (report.kind, report.orderID, report.quantity) = (.orderCancelled, OrderID(number), Quantity(shares))
        case .cancelRejected(let number): (report.kind, report.orderID) = (.cancelRejected, OrderID(number))
        }
        return report
    }
}

@Suite("Every interleaving of one order")
struct OrderEnumerationTests {
    private struct Node: Hashable {
        var world: ModelWorld
        var bytes: [UInt8]
        var position: Int
        var reserved: [Int]
    }

    /// Every order in which an order, two cancels, a replacement, three executions, a cancel of the venue's own and a lost
    /// connection, with every answer of the venue, can meet: after each step the table says what the facts say.
    @Test("order × two cancels × a replacement × three executions × a disconnect", arguments: [150, 100, 60])
    func enumerate(target: Int) throws {
        let subject = Subject()
        #expect(subject.send())
        let world = ModelWorld(target: target)
        let first = Node(world: world, bytes: subject.bytes, position: 0, reserved: subject.reserved)
        var seen: Set<Node> = [first]
        var waiting = [first]
        var (transitions, settled) = (0, 0)
        while let node = waiting.popLast() {
            for step in node.world.steps {
                let subject = try Subject(node.bytes, position: node.position, reserved: node.reserved)
                var world = node.world
                try take(step, &world, subject)
                transitions += 1
                try compare(world, subject, after: step)
                if world.up.isEmpty, world.down.isEmpty { settled += 1 }
                let next = Node(
                    world: world,
                    bytes: subject.bytes,
                    position: subject.position,
                    reserved: subject.reserved
                )
                if seen.insert(next).inserted { waiting.append(next) }
            }
        }
        // What was walked, so that a change that walks less is seen.
        let walked = [150: (83_058, 132_662, 28_891), 100: (62_337, 98_421, 22_207), 60: (38_367, 61_196, 13_925)]
        let expected = try #require(walked[target])
        #expect((seen.count, transitions, settled) == expected)
    }

    private func take(_ step: ModelWorld.Step, _ world: inout ModelWorld, _ subject: Subject) throws {
        switch step {
        case .cancel:
            world.cancels -= 1
            for number in world.cancelled {
                try #require(subject.cancel(number))
                world.facts.cancelIsAsked[number - 1] = true
                world.up.append(.cancel(number))
            }
        case .replace:
            world.replaces -= 1
            world.facts.filledWhenAsked = world.facts.filled
            try #require(subject.replace(world.facts.target))
            world.up.append(.replace)
        case .arrive(let agrees): world.arrive(agrees: agrees)
        case .fill: world.fill()
        case .unsolicitedCancel: world.cancelUnasked()
        case .deliver:
            let word = world.down.removeFirst()
            let isKnown = world.facts.knows(word)
            let update = subject.hear(word)
            world.facts.hear(word)
            #expect(update.anomalies == (isKnown ? .duplicateReport : []), "\(word) in \(world)")
        case .disconnect: try reconnect(&world, subject)
        }
    }

    /// What was under way in either direction is lost; the venue tells everything again, and then what works.
    private func reconnect(_ world: inout ModelWorld, _ subject: Subject) throws {
        world.disconnects -= 1
        let missed = world.down.count
        let told = world.history.count - missed
        (world.up, world.down) = ([], [])
        for (index, word) in world.history.enumerated() {
            // Old refusals say nothing of the cancels of today.
            if index < told {
                if case .cancelRejected = word { continue }
                let report = Subject.report(word)
                #expect(subject.changesNothing(report), "\(word) is known")
                let before = (subject.position, subject.reserved)
                subject.hear(report)
                #expect(before == (subject.position, subject.reserved), "\(word) told again")
            } else {
                #expect(subject.changesNothing(Subject.report(word)) == world.facts.knows(word), "\(word)")
                _ = subject.hear(word)
                world.facts.hear(word)
            }
        }
        if !world.isSeen {
            _ = subject.hear(.rejected)
            world.facts.hear(.rejected)
        }
        if world.facts.isReplacePending {
            // As a venue that has never heard of its number is understood.
            subject.hear(Event(orderID: 2, instrument: stock, kind: .orderRejected))
            world.facts.hear(.replaceRejected)
        }
        let live = world.live
        if live > 0, world.facts.cancelIsAsked[live - 1] { world.up.append(.cancel(live)) }
    }

    private func compare(_ world: ModelWorld, _ subject: Subject, after step: ModelWorld.Step) throws {
        let facts = world.facts
        for number in 1...2 {
            let order = subject.order(number)
            let expected = facts.row(number)
            try #require(order?.state == expected?.state, "number \(number) after \(step): \(world)")
            guard let order, let expected else { continue }
            try #require(order.leaves == Quantity(expected.leaves), "number \(number) after \(step): \(world)")
            try #require(order.leaves + order.filled + order.cancelled == order.order.quantity)
            try #require(!order.isSuspect && order.overfilled.raw == 0)
            // What waits for the venue's word is reserved by the gate, which knows both.
            if number == 1 || facts.total != nil {
                try #require(subject.reserved[number - 1] == expected.leaves, "after \(step): \(world)")
            }
        }
        try #require(subject.position == facts.filled, "after \(step): \(world)")
        let current = try #require(subject.order(facts.current))
        try #require(current.filled == Quantity(facts.filled))
        let working = (1...2).filter { !(subject.order($0)?.isFinal ?? true) }.count
        try #require(subject.working == [working, working])
        if world.up.isEmpty, world.down.isEmpty {
            try #require(facts.filled == world.done && current.leaves == Quantity(world.open), "\(world)")
        }
    }
}
