// SPDX-License-Identifier: MIT
import HeliosEngine
import HeliosMarket

/// What must be true once the faults have stopped and time has passed.
extension Simulation {
    func checkSettled() {
        guard let node = nodes.first(where: { $0.mode == .primary }), node.core != nil else {
            if nodes.allSatisfy({ $0.needsNewDisk }) { return mark("no journal left that can be trusted") }
            return violate("liveness", "no node is primary")
        }
        if nodes.filter({ $0.mode == .primary }).count > 1 {
            for node in nodes {
                note(
                    "node \(node.index): epoch \(node.core?.epoch ?? 0), connection \(node.connection), \(node.entry?.state ?? .down), wants to close \(node.entry?.wantsClose ?? false)"
                )
            }
            violate("I10", "two primaries")
        }
        // Before a venue that contradicts itself a writer rightly waits for a person.
        if wire?.hasForgotten == true, node.core?.role == .reconciling {
            mark("waits: the venue contradicts itself")
            checkSums(node)
            checkStandby(node)
            return checkReplay(node)
        }
        guard node.core?.role == .active else {
            return violate("liveness", "the primary does not trade: \(node.core?.role ?? .following)")
        }
        if node.core?.waitingCount != 0 { violate("liveness", "orders still wait to leave") }
        if Int(node.core?.marketInputs ?? 0) != feedEvents.count {
            violate("liveness", "\(node.core?.marketInputs ?? 0) of \(feedEvents.count) messages arrived")
        }
        if wire?.hasForgotten == true {
            // What the venue itself has forgotten nobody can compare. That nothing is sent twice depends on a memory too: the
            // venue's or a disk's.
            let isRemembered = nodes.allSatisfy { !$0.wasWiped }
            if isRemembered, let count = wire?.ledger.duplicates, count > 0 {
                violate("I2", "\(count) orders were sent twice")
            }
            mark("not compared: the venue had lost its session")
        } else {
            checkOrders(node)
            checkPositions(node)
        }
        checkSums(node)
        checkStandby(node)
        checkReplay(node)
    }

    /// I5: quantities add up, and what is reserved is what our own orders may still trade, whatever the venue remembers.
    private func checkSums(_ node: SimulatedNode) {
        guard let next = node.core?.engine.nextOrderID else { return }
        var open = [Int64](repeating: 0, count: SimulatedMarket.symbols)
        for id in 1..<max(next, 1) {
            guard let order = node.core?.engine.market.orders.order(id) else { continue }
            if (order.leaves + order.filled + order.cancelled) != order.order.quantity || order.leaves < .zero {
                violate("I5", "order \(id): leaves, filled and cancelled do not add up")
            }
            open[order.order.instrument.index] += order.leaves.raw
        }
        for index in open.indices {
            guard let exposure = node.core?.engine.market.risk.exposure(Instrument(id: UInt32(index))) else { return }
            if exposure.openBuy.raw + exposure.openSell.raw != open[index] {
                violate("I5", "instrument \(index): reserved for more or less than our orders may trade")
            }
        }
    }

    /// I2, I5: the venue's orders are ours.
    private func checkOrders(_ node: SimulatedNode) {
        let duplicates = wire?.ledger.duplicates ?? session.duplicates
        if duplicates > 0 { violate("I2", "\(duplicates) orders were sent twice") }
        var working = 0
        for order in venueOrders {
            guard let id = node.core?.place.numbers.own(order.wire),
                let ours = node.core?.engine.market.orders.order(id)
            else {
                if order.isWorking { violate("I2", "order \(order.wire) works at the venue and nobody knows it") }
                continue
            }
            if ours.isFinal == order.isWorking {
                violate("I2", "order \(id) is \(order.isWorking ? "working" : "ended") at the venue, not with us")
            }
            if ours.filled + ours.overfilled != order.filled {
                violate("I2", "order \(id) has \(ours.filled) filled, the venue says \(order.filled)")
            }
            if order.isWorking { working += 1 }
        }
        if let count = node.core?.engine.market.orders.workingCount, count != working {
            violate("I2", "\(count) orders work with us, \(working) at the venue")
        }
        if node.core?.journal.log.contains(where: { $0.kind == .command }) == true, working > 0 {
            violate("I7", "\(working) orders still work after the kill")
        }
    }

    /// I3, I4: positions and cash are the sums of the venue's executions, and nothing stays reserved for nothing.
    private func checkPositions(_ node: SimulatedNode) {
        var positions = [Int64](repeating: 0, count: 4)
        var cash: Int128 = 0
        for execution in venueExecutions {
            let value = Money(execution.price, times: execution.quantity).raw
            positions[execution.instrument.index] += execution.quantity.raw * execution.side.sign
            cash -= value * Int128(execution.side.sign)
            let fees = node.core?.engine.fee(execution.quantity, isMaker: execution.flags.contains(.maker)).raw ?? 0
            cash -= fees
        }
        for index in positions.indices {
            guard let exposure = node.core?.engine.market.risk.exposure(Instrument(id: UInt32(index))) else { return }
            if exposure.position.raw != positions[index] {
                violate(
                    "I3",
                    "instrument \(index): position \(exposure.position), executions \(Quantity(raw: positions[index]))"
                )
            }
            var open: Int64 = 0
            for order in venueOrders where order.isWorking && order.order.instrument.index == index {
                open += order.leaves.raw
            }
            if exposure.openBuy.raw + exposure.openSell.raw != open {
                violate("I5", "instrument \(index): reserved for more or less than works")
            }
        }
        if let ours = node.core?.engine.market.risk.profitAndLoss.cash, ours != cash {
            violate("I4", "cash \(Money(raw: ours)), executions \(Money(raw: cash))")
        }
    }

    /// I10: the standby has what the primary has.
    private func checkStandby(_ node: SimulatedNode) {
        let other = nodes[1 - node.index]
        guard other.mode == .standby, other.core != nil else {
            return violate(
                "liveness",
                "node \(other.index) did not come back as a standby: it is \(other.mode), \(other.needsNewDisk ? "needs a new disk" : "its disk is good")"
            )
        }
        guard let ours = node.core?.sequence, let theirs = other.core?.sequence else { return }
        if ours > theirs + 200 { violate("liveness", "the standby is \(ours - theirs) records behind") }
        mark("standby equal at the end")
    }

    /// I9: the journal alone gives the same state.
    private func checkReplay(_ node: SimulatedNode) {
        guard let engine = try? setup.engine(), let log = node.core?.journal.log else { return }
        var copy = TradingNode(engine: engine, journal: NoJournal())
        for record in log where !copy.follow(record) { break }
        if copy.role == .diverged { violate("I9", "the replay differs at record \(copy.sequence + 1)") }
        if copy.engine.hash.value != node.core?.engine.hash.value {
            violate("I9", "the replay's output hash differs from the one that ran")
        }
    }
}
