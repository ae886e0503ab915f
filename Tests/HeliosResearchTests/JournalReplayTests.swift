// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosEngine
import HeliosMarket
import HeliosResearch
import HeliosStrategy
import Testing

@Suite("Journaled runs and their replay")
struct JournalReplayTests {
    private let day: RecordedDay

    init() throws { day = try RecordedDay.shared() }

    @Test func `a run with a journal does what it does without one, and its replay proves every output`() throws {
        let plain = try day.run()
        let (result, disk) = try RecordedDay.sharedRecord()
        #expect(result.outputHash == plain.outputHash)
        #expect(result.fills.count == plain.fills.count && result.fills.count > 20, "\(result.counts)")
        #expect(Set(result.orders.map(\.tag.strategy)) == [0, 1], "both strategies trade")

        let outcome = try day.replay(disk).run(disk)
        #expect(outcome.divergence == nil)
        #expect(outcome.hash == plain.outputHash)
        let sent = result.orders.count - result.counts.rejectedByRisk
        let recorded = try disk.records().map(\.event)
        #expect(recorded.count { $0.kind == .newOrder } == sent)
        #expect(outcome.outputs == recorded.count { $0.isOutput } && outcome.outputs > sent)
        #expect(outcome.records == recorded.count)
        #expect(outcome.checkpoints == outcome.inputs / 1_024 + 1)
        #expect(outcome.unrecorded == 0 && outcome.tornAt == nil)
        #expect(recorded.map(\.sequence) == (1...UInt64(recorded.count)).map { $0 })
    }

    @Test func `the journal begins with what is needed to set the session up, in any number of segments`() throws {
        let (result, disk) = try day.record(segmentSize: 1 << 18)
        #expect(disk.bytes.count > 5)
        let session = try RecordedSession(disk)
        #expect(session.configuration == day.session.configuration)
        #expect(session.midnight == day.midnight)
        #expect(session.notes == ["a test"])
        #expect(session.instruments.symbols == Array(result.instruments.symbols.prefix(session.instruments.count)))
        #expect(session.instruments.count > 0)
        #expect(try day.replay(disk).run(disk).hash == result.outputHash)
    }

    @Test func `every input stands in front of the outputs that it caused`() throws {
        let disk = try RecordedDay.sharedRecord().disk
        var last = Event(kind: .none)
        for event in try disk.records().map(\.event) where event.kind != .side && event.kind != .checkpoint {
            if event.isOutput {
                #expect(event.eventTime == last.receiveTime)
            } else {
                last = event
            }
        }
    }

    @Test func `twenty replays have the same hash`() throws {
        let (result, disk) = try RecordedDay.sharedRecord()
        let replay = try day.replay(disk)
        #if DEBUG
        let count = 3
        #else
        let count = 20
        #endif
        for _ in 0..<count { #expect(try replay.run(disk).hash == result.outputHash) }
    }

    @Test func `a replay stopped anywhere stands where a session stands that ended there`() throws {
        let disk = MemoryDisk()
        var sink = try DirectSink(disk)
        _ = day.session.write(to: &sink)
        let stopped = try day.run(&sink, stoppingAfter: 15_000)
        sink.close()
        let own = try day.replay(disk).run(disk)
        #expect(own.divergence == nil && own.hash == stopped.outputHash)
        #expect(own.state.positions.map(\.quantity) == stopped.finalPositions.map(\.quantity))
        #expect(own.state.positions.map(\.realised) == stopped.finalPositions.map(\.realised))
        #expect(own.state.account?.equity == stopped.equity.last?.equity)

        // The session that went on had the same records until the other one stopped.
        let whole = try RecordedDay.sharedRecord().disk
        let common = zip(try disk.records(), try whole.records()).prefix { $0.event.says($1.event) }.count
        #expect(common > 15_000 && common < own.records + 1)
        let limit = ReplayLimit.sequence(UInt64(common))
        let there = try day.replay(whole).run(whole, until: limit)
        let ended = try day.replay(disk).run(disk, until: limit)
        #expect(there.hash == ended.hash && there.state.time == ended.state.time)
        #expect(there.state.books == ended.state.books)
        #expect(there.state.orders.map(\.order.id) == ended.state.orders.map(\.order.id))
        #expect(there.state.account?.equity == ended.state.account?.equity)
        #expect(there.records == common)
    }

    @Test func `stopping at a record or a time shows books, orders and positions as the records say`() throws {
        let disk = try RecordedDay.sharedRecord().disk
        let replay = try day.replay(disk)
        let records = try disk.records().map(\.event)
        let order = try #require(records.first { $0.kind == .newOrder })
        let state = try replay.run(disk, until: .sequence(order.sequence)).state
        #expect(state.sequence == order.sequence)
        #expect(state.time == order.eventTime)
        #expect(state.orders.contains { $0.order.id == order.orderID && $0.order.quantity == order.quantity })
        #expect(state.positions.isEmpty)

        // A book built in the plainest way from the same records.
        var resting: [OrderID: Event] = [:]
        for event in records where event.sequence <= order.sequence && event.instrument == order.instrument {
            switch event.kind {
            case .addOrder: resting[event.orderID] = event
            case .executeOrder, .executeOrderAtPrice, .cancelOrder:
                resting[event.orderID]?.quantity -= event.quantity
                if resting[event.orderID]?.quantity == .zero { resting[event.orderID] = nil }
            case .deleteOrder: resting[event.orderID] = nil
            case .replaceOrder:
                guard var replaced = resting.removeValue(forKey: event.orderID) else { continue }
                replaced.price = event.price
                replaced.quantity = event.quantity
                resting[event.detail] = replaced
            default: break
            }
        }
        let book = try #require(state.books.first { $0.instrument == order.instrument })
        let bids = Dictionary(grouping: resting.values.filter { $0.side == .buy }, by: \.price)
        let asks = Dictionary(grouping: resting.values.filter { $0.side == .sell }, by: \.price)
        #expect(book.bids.map(\.price) == bids.keys.sorted(by: >).prefix(5).map { $0 })
        #expect(book.asks.map(\.price) == asks.keys.sorted().prefix(5).map { $0 })
        for level in book.bids {
            #expect(level.quantity == bids[level.price]?.reduce(.zero) { $0 + $1.quantity })
        }

        let byTime = try replay.run(disk, until: .time(order.eventTime))
        #expect(byTime.state.time <= order.eventTime)
        #expect(byTime.state.sequence >= order.sequence)
        let later = try #require(records.first { $0.sequence > byTime.state.sequence && !$0.isOutput })
        #expect(later.receiveTime > order.eventTime)
    }

    @Test func `hooks see every input and an observer of one's own every order`() throws {
        let (result, disk) = try RecordedDay.sharedRecord()
        var before = 0
        var after = 0
        var orders = 0
        let outcome = try day.replay(disk).run(
            disk,
            observer: RunRecorder(),
            before: { event, engine in
                before += 1
                #expect(engine.market.now <= event.receiveTime || event.kind == .newDay)
            },
            after: { _, _ in after += 1 },
            finally: { engine in orders = engine.observer.orders.count }
        )
        #expect(before == outcome.inputs && after == outcome.inputs)
        #expect(orders == result.orders.count)
    }

    @Test func `a journal that takes no more records stops the run`() throws {
        let disk = MemoryDisk()
        disk.segmentLimit = 2
        var sink = try DirectSink(disk, segmentSize: 1 << 17)
        _ = day.session.write(to: &sink)
        #expect(throws: JournalStopped.self) { try day.run(&sink) }
    }
}

@Suite("Replays that differ")
struct JournalDivergenceTests {
    private let day: RecordedDay
    private let disk: MemoryDisk

    init() throws {
        day = try RecordedDay.shared()
        disk = try RecordedDay.sharedRecord().disk
    }

    @Test func `another configuration is found at the first output that differs`() throws {
        var replay = try day.replay(disk)
        replay.settings.limits.instrument.maxOrderQuantity = Quantity.zero
        let outcome = try replay.run(disk)
        let divergence = try #require(outcome.divergence)
        let first = try #require(try disk.records().first { $0.event.isOutput || $0.event.kind == .checkpoint })
        #expect(divergence.sequence >= first.event.sequence)
        #expect([.notDerived, .hash].contains(divergence.reason))
    }

    @Test func `a changed price of an output is named with what was recorded and what is derived`() throws {
        var changed: Event?
        let other = try disk.rewritten { record in
            guard record.event.kind == .newOrder, changed == nil else { return true }
            changed = record.event
            record.event.price.raw += 100
            return true
        }
        let original = try #require(changed)
        let outcome = try day.replay(other).run(other)
        let divergence = try #require(outcome.divergence)
        #expect(divergence.reason == .output)
        #expect(divergence.sequence == original.sequence)
        #expect(divergence.derived.map { $0.says(original) } == true)
        #expect(divergence.differingFields.map(\.name) == ["price"])
        #expect(divergence.differingFields.first?.derived == "\(original.price)")
    }

    @Test func `a changed report is found by the next checkpoint at the latest`() throws {
        var place: UInt64 = 0
        let other = try disk.rewritten { record in
            guard record.event.kind == .orderFilled, place == 0 else { return true }
            place = record.event.sequence
            record.event.price.raw += 1
            return true
        }
        let divergence = try #require(try day.replay(other).run(other).divergence)
        let checkpoint = try #require(
            try other.records().first { $0.event.kind == .checkpoint && $0.event.sequence > place }
        )
        #expect(divergence.sequence > place && divergence.sequence <= checkpoint.event.sequence)
    }

    @Test func `an output left out differs, but for the journal's end and a new epoch`() throws {
        let outputs = try disk.records().map(\.event).filter(\.isOutput)
        let first = try #require(outputs.first)
        let without = try disk.rewritten { $0.event.sequence != first.sequence }
        let divergence = try #require(try day.replay(without).run(without).divergence)
        #expect([.notRecorded, .output].contains(divergence.reason))
        #expect(divergence.sequence == first.sequence)

        let cut = try disk.rewritten { $0.event.sequence < first.sequence }
        let atEnd = try day.replay(cut).run(cut)
        #expect(atEnd.divergence == nil && atEnd.unrecorded > 0)

        let crashed = MemoryDisk()
        var sink = try DirectSink(crashed)
        for record in try cut.records() {
            if let kind = SideKind(rawValue: record.event.orderID), record.event.kind == .side {
                _ = sink.append(kind, record.text, at: record.event.eventTime, price: record.event.price)
            } else {
                _ = sink.append(record.event)
            }
        }
        _ = sink.append(Event(eventTime: first.eventTime, receiveTime: first.eventTime, kind: .epoch, detail: 2))
        sink.close()
        let afterCrash = try day.replay(crashed).run(crashed)
        #expect(afterCrash.divergence == nil && afterCrash.unrecorded == 0)
    }

    @Test func `an invented output differs`() throws {
        var done = false
        let other = try disk.rewritten { record in
            if record.event.kind == .timer, !done {
                done = true
                record.event = Event(cancelOf: 1, of: Instrument(id: 0), at: record.event.eventTime)
            }
            return true
        }
        #expect(try day.replay(other).run(other).divergence?.reason == .notDerived)
    }

    @Test func `a damaged byte stops the replay with its place, a torn end does not`() throws {
        let records = try disk.records()
        let middle = records[records.count / 2]
        var bytes = disk.bytes[0]
        bytes[middle.offset] ^= 1
        let broken = MemoryDisk(segments: [bytes])
        #expect(throws: JournalError.self) { try day.replay(disk).run(broken) }

        let last = try #require(records.last)
        bytes = disk.bytes[0]
        bytes[last.offset + 8] ^= 1
        let torn = MemoryDisk(segments: [bytes])
        let outcome = try day.replay(disk).run(torn)
        #expect(outcome.divergence == nil && outcome.tornAt != nil)
        #expect(outcome.records < records.count)
    }

    @Test func `a journal without a configuration says so`() throws {
        let other = try disk.rewritten { $0.event.kind != .side }
        #expect(throws: RecordedSessionError.self) { try RecordedSession(other) }
        #expect(throws: RecordedSessionError.self) { try RecordedSession(MemoryDisk()) }
    }
}

@Suite("What if")
struct WhatIfTests {
    private let day: RecordedDay
    private let result: RunResult
    private let disk: MemoryDisk

    init() throws {
        day = try RecordedDay.shared()
        (result, disk) = try RecordedDay.sharedRecord()
    }

    @Test func `the recorded market with the recorded configuration gives the recorded session again`() throws {
        let again = try day.again(disk)
        let comparison = RunComparison(result, again)
        #expect(comparison.base == comparison.changed)
        #expect(comparison.firstDifference == nil)
        #expect(again.outputHash == result.outputHash)
        #expect(again.equity.map(\.equity) == result.equity.map(\.equity))
        #expect(again.instruments.symbols == result.instruments.symbols)
    }

    @Test func `other fees change the fees and no order, until a limit is reached by them`() throws {
        let again = try day.again(disk) { $0.fees = FeeSchedule() }
        let comparison = RunComparison(result, again)
        #expect(comparison.changed.fees == .zero && comparison.base.fees != .zero)
        #expect(comparison.base.volume == comparison.changed.volume)
        let gained = comparison.changed.profit - comparison.base.profit
        #expect(gained == comparison.base.fees)
        #expect(comparison.firstDifference == nil)
    }

    @Test func `a limit shows in the refusals and in the first order that differs`() throws {
        let again = try day.again(disk) { $0.limits.instrument.maxOrderQuantity = Quantity.zero }
        let comparison = RunComparison(result, again)
        #expect(comparison.changed.fills == 0 && comparison.base.fills > 0)
        #expect(comparison.changed.refusals.contains { $0.control == "P01" && $0.count > 0 })
        let difference = try #require(comparison.firstDifference)
        #expect(difference.id == 1 || difference.base != nil)
        #expect(difference.fields.contains("state"))
        #expect(comparison.changed.maximumDrawdown == .zero)
    }
}
