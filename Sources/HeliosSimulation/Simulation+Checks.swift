// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosEngine
import HeliosMarket

/// The invariants of the fault plan, from what the simulation knows by itself.
extension Simulation {
    /// I4, I7, I8: what was recorded just now.
    func checkRecords(_ node: SimulatedNode, from first: Int, feedWasBroken: Bool) {
        guard node.core != nil, node.mode == .primary || node.core?.isPrimary == true else { return }
        let count = node.core?.journal.log.count ?? 0
        guard first < count else { return }
        for index in first..<count {
            guard let record = node.core?.journal.log[index] else { return }
            checkReason(record, node)
            if record.kind == .command { node.wasKilledByOperator = true }
            guard record.kind == .newOrder || record.kind == .replaceRequest else { continue }
            if feedWasBroken, !reduces(record, node) {
                violate("I8", "order \(record.orderID) takes risk while the feed has a gap or is disputed")
            }
        }
        node.wasPrimary = true
    }

    /// I14: every refusal and every end has a reason that somebody can read, and every alarm a cause that was there.
    private func checkReason(_ record: Event, _ node: SimulatedNode) {
        switch record.kind {
        case .orderRejected:
            if UInt8(exactly: record.detail).flatMap(RejectReason.init(rawValue:)) == nil {
                violate("I14", "order \(record.orderID) is refused for reason \(record.detail), which is none")
            }
        case .orderCancelled:
            if UInt8(exactly: record.detail).flatMap(CancelReason.init(rawValue:)) == nil {
                violate("I14", "order \(record.orderID) ends for reason \(record.detail), which is none")
            }
        case .feedGap:
            if record.detail == 2, report.faults[.conflict] == nil {
                violate("I14", "the feed is called disputed, and no line ever contradicted the other")
            }
            if record.detail == 1, node.feed.gap == nil, node.core?.takesMarketData == true {
                violate("I14", "the feed is called interrupted, and nothing is missing")
            }
        default: break
        }
    }

    private func reduces(_ order: Event, _ node: SimulatedNode) -> Bool {
        guard let exposure = node.core?.engine.market.risk.exposure(order.instrument) else { return true }
        return order.side == .sell ? exposure.worstShort.raw >= 0 : exposure.worstLong.raw <= 0
    }

    /// I1, I7, I10: what is about to leave.
    func checkLeaving(_ message: Event, _ node: SimulatedNode, durable: UInt64) {
        if node.fenceSeen > (node.core?.epoch ?? 0), message.isOutput || message.kind == .orderStatus {
            violate("I10", "node \(node.index) sends although it was told that epoch \(node.fenceSeen) is in force")
        }
        // A process that was not told yet may ask; but no order leaves before it has read what an earlier one was told.
        let isOrder = message.kind == .newOrder || message.kind == .replaceRequest
        if isOrder, node.fenceEverSeen > (node.core?.epoch ?? 0), wire?.hasForgotten != true {
            violate("I10", "node \(node.index) trades; a process of it was told of epoch \(node.fenceEverSeen)")
        }
        guard message.isOutput, message.sequence > 0 else { return }
        if message.sequence > durable {
            violate("I1", "record \(message.sequence) leaves before it is durable (\(durable))")
        }
        if durability == .sync, message.sequence > node.stable {
            violate("I1", "record \(message.sequence) leaves, the disk holds \(node.stable) for good")
        }
        if durability == .mirror, node.hasStandby {
            let other = nodes[1 - node.index]
            if let has = other.core?.sequence, other.mode == .standby, has < message.sequence {
                violate("I1", "record \(message.sequence) leaves before the standby has it (\(has))")
            }
        }
        if isOrder, isKilled(node) {
            violate("I7", "order \(message.orderID) leaves after the kill")
        }
    }

    /// I7, I12: right after a kill every order that may still trade is being cancelled, whatever else is held back.
    func checkKill(_ node: SimulatedNode) {
        guard let next = node.core?.engine.nextOrderID, node.core?.isPrimary == true else { return }
        var id: OrderID = 1
        while id < next {
            if let order = node.core?.engine.market.orders.order(id), !order.isFinal, !order.cancelIsPending {
                return violate("I7", "order \(id) is not cancelled after the kill")
            }
            id += 1
        }
    }

    private func isKilled(_ node: SimulatedNode) -> Bool {
        guard node.wasKilledByOperator else { return false }
        return node.core?.journal.log.contains { $0.kind == .command } ?? false
    }

    /// I10: an epoch belongs to one node.
    func checkEpoch(_ epoch: UInt64, _ node: SimulatedNode) {
        if let owner = knownEpochs[epoch], owner != node.index {
            violate("I10", "two nodes write under epoch \(epoch)")
        }
        knownEpochs[epoch] = node.index
    }

    /// I10: the venue acted for a writer that a later one has replaced.
    func checkSender(_ epoch: UInt64, _ node: SimulatedNode) {
        if epoch != session.epoch {
            violate("I10", "the venue acts for epoch \(epoch) while \(session.epoch) is in force")
        }
    }

    /// I6: position and everything that works at the venue, this order included, stay within the limit.
    func checkLimit(_ order: NewOrder) {
        var position: Int64 = 0
        for execution in venueExecutions where execution.instrument == order.instrument {
            position += execution.quantity.raw * execution.side.sign
        }
        var open: Int64 = 0
        for other in venueOrders
        where other.isWorking && other.order.instrument == order.instrument && other.order.side == order.side {
            open += other.leaves.raw
        }
        let worst = position * order.side.sign + open
        if worst > NodeSetup.maxPosition.raw {
            violate("I6", "instrument \(order.instrument.id): worst case \(Quantity(raw: worst)) above the limit")
        }
    }

    /// I11: the books are those of the lossless stream, or marked.
    func checkBook(_ node: SimulatedNode) {
        guard let count = node.core?.marketInputs, let quality = node.core?.engine.feedQuality else { return }
        if node.reference == nil || node.referenceCount > Int(count) {
            node.reference = try? BookSet(capacity: BookCapacity(instruments: 4, orders: 4_096, levels: 1_024))
            node.referenceCount = 0
        }
        guard Int(count) <= feedEvents.count else { return violate("I11", "more messages than were published") }
        while node.referenceCount < Int(count) {
            _ = node.reference?.apply(feedEvents[node.referenceCount])
            node.referenceCount += 1
        }
        // Until the second copy has come nobody can know that the first was wrong; a restart forgets the copies.
        if plan.has(.conflict), report.faults[.conflict, default: 0] > 0 {
            if quality == 2 || now - lastConflict < Simulation.conflictGrace { return }
            if conflictsOutlived || contradictionWasLost { return }
        }
        for instrument in 0..<SimulatedMarket.symbols {
            let place = Instrument(id: UInt32(instrument))
            if let ours = node.core?.engine.market.quote(place), let theirs = node.reference?.quote(place),
                ours != theirs
            {
                return violate("I11", "instrument \(instrument): the book of node \(node.index) is not the market's")
            }
        }
    }

    /// A process that could have noticed a contradiction died before it did.
    private var conflictsOutlived: Bool { nodes.contains { $0.taintedLife >= 0 && $0.taintedLife != $0.life } }

    /// I1 and I16 after a restart: no order that left is unknown, and no flipped bit goes unnoticed.
    func checkRecovery(_ node: SimulatedNode, _ recovery: JournalRecovery) {
        defer {
            node.lostPower = false
            node.flippedBit = false
        }
        if node.flippedBit, recovery.lost == nil, recovery.tornAt == nil {
            violate("I16", "a flipped bit in the journal of node \(node.index) was not noticed")
        }
        if node.flippedBit, recovery.lastSequence < node.syncedAtFlip {
            violate(
                "I16",
                "records up to \(node.syncedAtFlip) were synced, recovery erased them from \(recovery.lastSequence) on"
            )
        }
        if let lost = recovery.lost, !node.lostPower, !node.flippedBit {
            violate("I1", "the journal lost records from \(lost.sequence) on though nothing happened to its disk")
        }
        let mayLose = node.lostPower && durability != .sync || node.flippedBit
        guard node.core != nil, !node.wasWiped else { return }
        for order in venueOrders {
            let epoch = order.wire >> 40
            guard knownEpochs[epoch] == node.index, !knows(order.wire, node) else { continue }
            // What was lost and named once stays lost.
            if mayLose { node.namedLosses.insert(order.wire) }
            guard !node.namedLosses.contains(order.wire) else { continue }
            return violate(
                "I1",
                "order \(order.wire & 0xFF_FFFF_FFFF) of epoch \(epoch) left and is not in the journal"
            )
        }
    }

    private func knows(_ wire: OrderID, _ node: SimulatedNode) -> Bool {
        guard let id = node.core?.place.numbers.own(wire), let next = node.core?.engine.nextOrderID else {
            return false
        }
        return id < next
    }
}
