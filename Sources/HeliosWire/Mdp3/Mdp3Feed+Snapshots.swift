// SPDX-License-Identifier: MIT
import HeliosMarket

// What the messages of the snapshot feed do.

extension Mdp3Feed {
    /// Takes a datagram of a snapshot line; it changes nothing while every book is known.
    ///
    /// The numbers of snapshot packets only say where their loop is: a lost one means that its instrument comes again.
    @inlinable
    public mutating func snapshot<Sink: Mdp3Sink & ~Copyable>(_ datagram: WireBytes, into sink: inout Sink) {
        guard phaseNow == .recovering || staleNow > 0 else { return }
        guard let packet = try? Mdp3Packet(datagram) else {
            counters.malformed += 1
            return
        }
        for message in packet.messages {
            do throws(SbeError) {
                let header = try Mdp3.checkedHeader(of: message)
                switch header.templateID {
                case Mdp3.SnapshotBook.templateID where configuration.hasLevels:
                    levels(try Mdp3.SnapshotBook(message), &sink)
                case Mdp3.SnapshotOrders.templateID where configuration.hasOrders:
                    orders(try Mdp3.SnapshotOrders(message), &sink)
                default: break
                }
            } catch {
                counters.malformed += 1
            }
        }
    }

    /// Whether a snapshot as of packet `sequence` and the packets that are kept leave no hole between them.
    @inlinable
    func reaches(_ sequence: UInt32) -> Bool { highest == 0 || sequence &+ 1 >= runStart }

    // MARK: Levels

    @inlinable
    mutating func levels<Sink: Mdp3Sink & ~Copyable>(_ message: Mdp3.SnapshotBook, _ sink: inout Sink) {
        levelsTotal = message.reportCount
        guard let index = place(message.securityID) else { return }
        let slot = instruments.slots[index]
        if phaseNow == .live {
            // The packets in between are gone: the instrument's own numbers must say that nothing is missing.
            guard !slot.hasLevels, message.rptSeq >= slot.seenRptSeq else { return }
            restore(index, message, &sink)
            if instruments.slots[index].hasLevels { staleNow = max(staleNow - 1, 0) }
            return
        }
        guard reaches(message.lastSequence) else { return }
        // The loop comes again and again: one that has what it needs passes it by.
        if slot.levelsRound == round {
            guard !reaches(slot.levelsPacket) else { return finishRecovery(&sink) }
            levelsRestored -= 1
            instruments.slots[index].levelsRound = 0
        }
        restore(index, message, &sink)
        guard instruments.slots[index].hasLevels else { return }
        instruments.slots[index].levelsRound = round
        levelsRestored += 1
        finishRecovery(&sink)
    }

    /// Replaces the levels of an instrument.
    @inlinable
    mutating func restore<Sink: Mdp3Sink & ~Copyable>(
        _ index: Int,
        _ message: Mdp3.SnapshotBook,
        _ sink: inout Sink
    ) {
        let instrument = Instrument(id: UInt32(truncatingIfNeeded: index))
        sink.clearLevels(instrument)
        var isGood = true
        // Entries may stand in any order, levels are built from the best.
        var level: Int8 = 1
        var isFound = true
        while isFound, level < 127 {
            isFound = false
            for entry in message.entries where entry.level == level {
                guard let side = Mdp3Feed.side(entry.entryType) else { continue }
                isFound = true
                guard let price = price(entry.price) else {
                    isGood = false
                    continue
                }
                let change = Mdp3LevelChange(
                    instrument: instrument,
                    side: side,
                    action: .new,
                    level: Int(level),
                    price: price,
                    size: Int64(entry.size ?? 0),
                    orders: entry.orderCount ?? 0,
                    time: message.transactTime
                )
                isGood = sink.level(change) && isGood
            }
            level += 1
        }
        counters.snapshots += 1
        instruments.slots[index].hasLevels = isGood
        instruments.slots[index].levelsPacket = message.lastSequence
        instruments.slots[index].rptSeq = message.rptSeq
        instruments.slots[index].seenRptSeq = max(instruments.slots[index].seenRptSeq, message.rptSeq)
        if phaseNow == .live { sink.eventEnded(at: message.transactTime) }
    }

    // MARK: Orders

    /// Takes one part of an instrument's orders; the parts must come in their order and as of the same packet.
    @inlinable
    mutating func orders<Sink: Mdp3Sink & ~Copyable>(_ message: Mdp3.SnapshotOrders, _ sink: inout Sink) {
        ordersTotal = message.reportCount
        guard phaseNow == .recovering, let index = place(message.securityID) else { return }
        var slot = instruments.slots[index]
        let packet = message.lastSequence
        if slot.nextChunk != 0, slot.nextChunk != message.chunk || slot.chunkPacket != packet {
            // A part was lost: the next loop brings all of them again, and packets that arrive late are no help any more.
            slot.nextChunk = 0
            openChunks -= 1
            isWhole = false
            instruments.slots[index] = slot
        }
        guard reaches(packet), message.chunk >= 1, message.chunk <= message.chunkCount else { return }
        if slot.nextChunk == 0 {
            let isNeeded = slot.ordersRound != round || !reaches(slot.ordersPacket)
            guard message.chunk == 1, isNeeded else { return finishRecovery(&sink) }
            if slot.ordersRound == round { ordersRestored -= 1 }
            slot.ordersRound = 0
            sink.clearOrders(Instrument(id: UInt32(truncatingIfNeeded: index)))
            slot.hasOrders = false
            // Until the last part is there, packets that arrive late can't continue these orders.
            slot.nextChunk = 1
            slot.chunkPacket = packet
            openChunks += 1
        }
        guard add(message, index, &sink) else {
            slot.nextChunk = 0
            openChunks -= 1
            isWhole = false
            instruments.slots[index] = slot
            return
        }
        slot.nextChunk += 1
        if message.chunk == message.chunkCount {
            ordersRestored += 1
            slot.ordersRound = round
            slot.ordersPacket = packet
            slot.hasOrders = true
            slot.nextChunk = 0
            openChunks -= 1
            counters.snapshots += 1
        }
        instruments.slots[index] = slot
        if isFilled { return fill(into: &sink) }
        finishRecovery(&sink)
    }

    @inlinable
    mutating func add<Sink: Mdp3Sink & ~Copyable>(
        _ message: Mdp3.SnapshotOrders,
        _ index: Int,
        _ sink: inout Sink
    ) -> Bool {
        for entry in message.entries {
            guard let side = Mdp3Feed.side(entry.entryType) else { continue }
            guard let price = price(entry.price) else { return false }
            let change = Mdp3OrderChange(
                instrument: Instrument(id: UInt32(truncatingIfNeeded: index)),
                side: side,
                action: .new,
                orderID: entry.orderID,
                priority: entry.priority ?? 0,
                price: price,
                size: Int64(entry.displaySize),
                time: message.transactTime
            )
            guard sink.order(change) else { return false }
        }
        return true
    }

    // MARK: The end of a recovery

    /// Goes live when every instrument of the channel has been restored.
    @inlinable
    mutating func finishRecovery<Sink: Mdp3Sink & ~Copyable>(_ sink: inout Sink) {
        guard phaseNow == .recovering, openChunks == 0 else { return }
        guard !configuration.hasLevels || isComplete(levelsRestored, of: levelsTotal) else { return }
        guard !configuration.hasOrders || isComplete(ordersRestored, of: ordersTotal) else { return }
        guard configuration.hasLevels || configuration.hasOrders, isReached() else { return }
        counters.recovered += 1
        for index in 0..<instruments.count { settle(index, &sink) }
        staleNow = 0
        isWhole = true
        let first: UInt32
        if highest == 0 {
            // No packet has come meanwhile: all snapshots are of the same one.
            first = latest &+ 1
            expected = first
        } else {
            first = runStart
        }
        goLive(from: first, into: &sink)
    }

    /// Whether as many instruments have been restored as the snapshots announce, or as there is room for.
    @inlinable
    func isComplete(_ restored: Int, of total: UInt32) -> Bool {
        total > 0 && restored >= min(Int(total), instruments.slots.count)
    }

    /// Whether no hole has opened behind any snapshot; those that have one count no longer.
    @inlinable
    mutating func isReached() -> Bool {
        let from = highest == 0 ? latest &+ 1 : runStart
        var isWhole = true
        for index in 0..<instruments.count {
            var slot = instruments.slots[index]
            if slot.levelsRound == round, slot.levelsPacket &+ 1 < from {
                slot.levelsRound = 0
                levelsRestored -= 1
                isWhole = false
            }
            if slot.ordersRound == round, slot.ordersPacket &+ 1 < from {
                slot.ordersRound = 0
                ordersRestored -= 1
                isWhole = false
            }
            instruments.slots[index] = slot
        }
        return isWhole
    }

    /// The latest packet that a snapshot of this recovery holds.
    @inlinable
    var latest: UInt32 {
        var latest: UInt32 = 0
        for index in 0..<instruments.count {
            let slot = instruments.slots[index]
            if slot.levelsRound == round { latest = max(latest, slot.levelsPacket) }
            if slot.ordersRound == round { latest = max(latest, slot.ordersPacket) }
        }
        return latest
    }

    /// Empties what no snapshot had: it is not among the channel's instruments any more.
    @inlinable
    mutating func settle<Sink: Mdp3Sink & ~Copyable>(_ index: Int, _ sink: inout Sink) {
        let instrument = Instrument(id: UInt32(truncatingIfNeeded: index))
        if configuration.hasLevels, instruments.slots[index].levelsRound != round {
            sink.clearLevels(instrument)
            instruments.slots[index].rptSeq = 0
            instruments.slots[index].seenRptSeq = 0
        }
        if configuration.hasOrders, instruments.slots[index].ordersRound != round { sink.clearOrders(instrument) }
        instruments.slots[index].hasLevels = true
        instruments.slots[index].hasOrders = true
    }
}
