// SPDX-License-Identifier: MIT
import HeliosMarket

// What the messages of the incremental feed do.

extension Mdp3Feed {
    /// Applies a message of packet `sequence`; false when it can't be read.
    @inlinable
    mutating func apply<Sink: Mdp3Sink & ~Copyable>(
        _ message: WireBytes,
        in sequence: UInt32,
        into sink: inout Sink
    ) -> Bool {
        guard let header = try? Mdp3.checkedHeader(of: message) else { return false }
        do throws(SbeError) {
            switch header.templateID {
            case Mdp3.IncrementalBook.templateID:
                book(try Mdp3.IncrementalBook(message), sequence, &sink)
            case Mdp3.IncrementalOrders.templateID:
                orders(try Mdp3.IncrementalOrders(message), sequence, &sink)
            case Mdp3.TradeSummary.templateID:
                trades(try Mdp3.TradeSummary(message), sequence, &sink)
            case Mdp3.IncrementalVolume.templateID:
                volume(try Mdp3.IncrementalVolume(message), sequence, &sink)
            case Mdp3.SecurityStatus.templateID:
                status(try Mdp3.SecurityStatus(message), &sink)
            case Mdp3.ChannelReset.templateID:
                reset(try Mdp3.ChannelReset(message), &sink)
            case Mdp3.Heartbeat.templateID, Mdp3.Login.templateID, Mdp3.Logout.templateID: break
            default:
                counters.unknown += 1
                unknownPacket = sequence
                return true
            }
        } catch {
            return false
        }
        counters.messages += 1
        return true
    }

    @inlinable
    mutating func finish<Sink: Mdp3Sink & ~Copyable>(
        _ indicator: Mdp3.MatchEventIndicator,
        _ time: UInt64,
        _ sink: inout Sink
    ) {
        if indicator.contains(.endOfEvent) { sink.eventEnded(at: time) }
    }

    // MARK: An instrument's numbers

    /// What is to be done with an entry.
    @frozen
    @usableFromInline
    enum Turn: BitwiseCopyable {
        /// A snapshot held it, or it was applied.
        case passed
        /// Its instrument waits for a snapshot.
        case waits
        case applies
    }

    /// The place of an instrument, made now if it is new; nil, and counted, when there is no room.
    @inlinable
    mutating func place(_ securityID: Int32) -> Int? {
        guard let (index, isNew) = instruments.register(securityID) else {
            counters.unlisted += 1
            return nil
        }
        if isNew {
            // Every instrument that had anything in its books was in the snapshots.
            instruments.slots[index].hasLevels = isWhole
            instruments.slots[index].hasOrders = isWhole
        }
        return index
    }

    /// Looks at the number of an instrument's message and takes it for seen.
    @inlinable
    mutating func turn(_ index: Int, _ rptSeq: UInt32, _ sequence: UInt32) -> Turn {
        var slot = instruments.slots[index]
        defer { instruments.slots[index] = slot }
        let before = slot.lastPacket
        slot.lastPacket = sequence
        if rptSeq <= slot.rptSeq { return .passed }
        slot.seenRptSeq = max(slot.seenRptSeq, rptSeq)
        guard slot.hasLevels else { return .waits }
        let follows = slot.rptSeq == 0 || rptSeq == slot.rptSeq &+ 1
        // A number may also have been in a message that this schema doesn't have.
        if follows || (unknownPacket >= max(before, 1) && unknownPacket > 0) {
            slot.rptSeq = rptSeq
            return .applies
        }
        slot.hasLevels = false
        staleNow += 1
        counters.stale += 1
        return .waits
    }

    /// The levels of an instrument are not what the venue has.
    @inlinable
    mutating func spoil(_ index: Int) {
        guard instruments.slots[index].hasLevels else { return }
        instruments.slots[index].hasLevels = false
        staleNow += 1
        counters.stale += 1
    }

    @inlinable
    mutating func price(_ decimal: SbeDecimal?) -> Price? {
        guard let decimal else { return nil }
        guard let price = decimal.price else {
            counters.inexact += 1
            return nil
        }
        return price
    }

    /// The side of an entry of the real book; nil for everything else.
    @inlinable
    static func side(_ type: Mdp3.EntryType) -> Side? {
        if type == .bid { return .buy }
        return type == .offer ? .sell : nil
    }

    // MARK: Books

    @inlinable
    mutating func book<Sink: Mdp3Sink & ~Copyable>(
        _ message: Mdp3.IncrementalBook,
        _ sequence: UInt32,
        _ sink: inout Sink
    ) {
        let time = message.transactTime
        for entry in message.entries {
            guard let index = place(entry.securityID) else { continue }
            if entry.entryType == .bookReset {
                empty(index, &sink)
                _ = turn(index, entry.rptSeq, sequence)
                instruments.slots[index].rptSeq = max(instruments.slots[index].rptSeq, entry.rptSeq)
                continue
            }
            guard turn(index, entry.rptSeq, sequence) == .applies, let side = Mdp3Feed.side(entry.entryType) else {
                continue
            }
            level(entry, index, side, time, &sink)
        }
        for order in message.orders {
            guard let reference = order.referenceID, reference >= 1, Int(reference) <= message.entries.count else {
                continue
            }
            let entry = message.entries[Int(reference) - 1]
            guard let side = Mdp3Feed.side(entry.entryType), let orderID = order.orderID else { continue }
            change(
                entry.securityID,
                sequence,
                Mdp3OrderChange(
                    instrument: .none,
                    side: side,
                    action: order.action,
                    orderID: orderID,
                    priority: order.priority ?? 0,
                    price: price(entry.price),
                    size: Int64(order.displaySize ?? 0),
                    time: time
                ),
                &sink
            )
        }
        finish(message.matchEventIndicator, time, &sink)
    }

    @inlinable
    mutating func level<Sink: Mdp3Sink & ~Copyable>(
        _ entry: Mdp3.IncrementalBook.Entry,
        _ index: Int,
        _ side: Side,
        _ time: UInt64,
        _ sink: inout Sink
    ) {
        let action = entry.action
        let needsPrice = action == .new || action == .change || action == .overlay
        let price = price(entry.price)
        if needsPrice, price == nil { return spoil(index) }
        let change = Mdp3LevelChange(
            instrument: Instrument(id: UInt32(truncatingIfNeeded: index)),
            side: side,
            action: action,
            level: Int(entry.level),
            price: price ?? .zero,
            size: Int64(entry.size ?? 0),
            orders: entry.orderCount ?? 0,
            time: time
        )
        if !sink.level(change) { spoil(index) }
    }

    @inlinable
    mutating func orders<Sink: Mdp3Sink & ~Copyable>(
        _ message: Mdp3.IncrementalOrders,
        _ sequence: UInt32,
        _ sink: inout Sink
    ) {
        let time = message.transactTime
        for entry in message.entries {
            guard let side = Mdp3Feed.side(entry.entryType), let orderID = entry.orderID else { continue }
            change(
                entry.securityID,
                sequence,
                Mdp3OrderChange(
                    instrument: .none,
                    side: side,
                    action: entry.action,
                    orderID: orderID,
                    priority: entry.priority ?? 0,
                    price: price(entry.price),
                    size: Int64(entry.displaySize ?? 0),
                    time: time
                ),
                &sink
            )
        }
        finish(message.matchEventIndicator, time, &sink)
    }

    /// Passes an order's change on, unless a snapshot held it or its instrument waits for one.
    @inlinable
    mutating func change<Sink: Mdp3Sink & ~Copyable>(
        _ securityID: Int32,
        _ sequence: UInt32,
        _ change: Mdp3OrderChange,
        _ sink: inout Sink
    ) {
        guard let index = place(securityID) else { return }
        let slot = instruments.slots[index]
        guard slot.hasOrders, sequence > slot.ordersPacket else { return }
        var change = change
        change.instrument = Instrument(id: UInt32(truncatingIfNeeded: index))
        let isUsable = change.price != nil || change.action == .delete
        if !isUsable || !sink.order(change) { instruments.slots[index].hasOrders = false }
    }

    // MARK: The rest

    @inlinable
    mutating func trades<Sink: Mdp3Sink & ~Copyable>(
        _ message: Mdp3.TradeSummary,
        _ sequence: UInt32,
        _ sink: inout Sink
    ) {
        for entry in message.entries {
            guard let index = place(entry.securityID) else { continue }
            // Trades are told also while the book waits: they need no book.
            guard turn(index, entry.rptSeq, sequence) != .passed, let price = price(entry.price) else { continue }
            let aggressor = entry.aggressor
            sink.trade(
                Mdp3Trade(
                    instrument: Instrument(id: UInt32(truncatingIfNeeded: index)),
                    price: price,
                    size: Int64(entry.size),
                    aggressor: aggressor == .buy ? .buy : aggressor == .sell ? .sell : nil,
                    action: entry.action,
                    tradeID: entry.tradeID,
                    time: message.transactTime
                )
            )
        }
        finish(message.matchEventIndicator, message.transactTime, &sink)
    }

    @inlinable
    mutating func volume<Sink: Mdp3Sink & ~Copyable>(
        _ message: Mdp3.IncrementalVolume,
        _ sequence: UInt32,
        _ sink: inout Sink
    ) {
        for entry in message.entries {
            guard let index = place(entry.securityID) else { continue }
            _ = turn(index, entry.rptSeq, sequence)
        }
        finish(message.matchEventIndicator, message.transactTime, &sink)
    }

    @inlinable
    mutating func status<Sink: Mdp3Sink & ~Copyable>(_ message: Mdp3.SecurityStatus, _ sink: inout Sink) {
        var instrument = Instrument.none
        if let securityID = message.securityID {
            guard let index = place(securityID) else { return }
            instrument = Instrument(id: UInt32(truncatingIfNeeded: index))
        }
        sink.status(instrument, message)
        finish(message.matchEventIndicator, message.transactTime, &sink)
    }

    /// Empties the books of the channel; the instruments' numbers begin anew.
    @inlinable
    mutating func reset<Sink: Mdp3Sink & ~Copyable>(_ message: Mdp3.ChannelReset, _ sink: inout Sink) {
        counters.resets += 1
        for index in 0..<instruments.count {
            empty(index, &sink)
            instruments.slots[index].rptSeq = 0
            instruments.slots[index].seenRptSeq = 0
        }
        finish(message.matchEventIndicator, message.transactTime, &sink)
    }

    /// Empties the books of an instrument, which are then known.
    @inlinable
    mutating func empty<Sink: Mdp3Sink & ~Copyable>(_ index: Int, _ sink: inout Sink) {
        let instrument = Instrument(id: UInt32(truncatingIfNeeded: index))
        sink.clearLevels(instrument)
        sink.clearOrders(instrument)
        if phaseNow == .live, !instruments.slots[index].hasLevels { staleNow = max(staleNow - 1, 0) }
        instruments.slots[index].hasLevels = true
        instruments.slots[index].hasOrders = true
    }
}
