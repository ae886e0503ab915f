// SPDX-License-Identifier: MIT
import CHelios
import Foundation
import HeliosMarket

/// The thread that receives: from the sockets of every feed into the engine's ring.
final class FeedThread<Watch: LatencyWatch>: @unchecked Sendable {
    private let feed: FeedSide
    private var ring: RingProducer<Event>
    private let board: SessionBoard
    private let waits: WaitStrategy
    private let watch: Watch

    init?(
        _ feed: FeedSide,
        _ ring: Ring<Event>,
        _ board: SessionBoard,
        _ waits: WaitStrategy,
        _ watch: Watch
    ) {
        guard let producer = ring.producer() else { return nil }
        self.feed = feed
        self.ring = producer
        self.board = board
        self.waits = waits
        self.watch = watch
    }

    func run() {
        var seen = 0
        while !board.hasEnded {
            let now = Sockets.now
            let taken = FeedThread.move(feed, &ring, at: now, board, watch)
            if board.wish != seen {
                seen = board.wish
                feed.show(on: board)
            }
            guard taken == 0 else { continue }
            switch waits {
            case .spin: break
            case .yield: sched_yield()
            case .block: feed.wait(at: now, timeout: 5_000_000)
            }
        }
        feed.show(on: board)
    }

    private static func move(
        _ feed: FeedSide,
        _ ring: inout RingProducer<Event>,
        at now: Nanoseconds,
        _ board: SessionBoard,
        _ watch: Watch
    ) -> Int {
        feed.poll(at: now, watch: watch) { event in
            var record = event
            // The engine's thread stamps the time of receipt; until then the field says when the packet was in our hands.
            if record.kind != .side { record.receiveTime = Timestamp(nanoseconds: Int64(bitPattern: helios_cycles())) }
            // A full ring holds the feed up: the kernel's buffer takes what comes, and a gap is repaired.
            while !ring.push(record), !board.hasEnded { helios_pause() }
        }
    }
}

extension Event {
    /// On the way to the order thread: the cycle at which the packet behind the record was in our hands.
    ///
    /// It takes the place of the record's number, which is the journal's affair. The times stay: of an immediate order they say when
    /// it is to leave, of a dated one until when it works.
    package var start: UInt64 {
        get { sequence }
        set { sequence = newValue }
    }
}

/// The thread that talks to the venues: from the engine's ring to their sockets, and back.
final class OrderThread<Watch: LatencyWatch>: @unchecked Sendable {
    private let orders: OrderSide
    private var outbound: RingConsumer<Event>
    private var inbound: RingProducer<Event>
    /// Reports that found no room in the ring: an engine that hangs must not hold up who cancels in its stead.
    private var late: [Event] = []
    private let board: SessionBoard
    private let waits: WaitStrategy
    private let farewell: Nanoseconds
    private let watch: Watch

    init?(
        _ orders: OrderSide,
        from out: Ring<Event>,
        to reports: Ring<Event>,
        _ board: SessionBoard,
        _ settings: PaperSettings,
        _ watch: Watch
    ) {
        guard let outbound = out.consumer(), let inbound = reports.producer() else { return nil }
        self.orders = orders
        self.outbound = outbound
        self.inbound = inbound
        self.board = board
        waits = settings.waits
        farewell = settings.farewell
        self.watch = watch
    }

    func run() {
        var seen = 0
        while !board.hasEnded {
            let now = Sockets.now
            let isBusy = OrderThread.move(orders, &outbound, &inbound, &late, at: now, watch)
            if board.wish != seen {
                seen = board.wish
                orders.show()
            }
            guard !isBusy else { continue }
            switch waits {
            case .spin: break
            case .yield: sched_yield()
            case .block: rest()
            }
        }
        if board.isInTrouble { orders.withdraw(patience: farewell) }
        orders.attend(at: Sockets.now) { _ in }
        orders.leave(at: Sockets.now)
        orders.show()
    }

    /// Moves what there is in both directions; whether there was anything to send.
    private static func move(
        _ orders: OrderSide,
        _ outbound: inout RingConsumer<Event>,
        _ inbound: inout RingProducer<Event>,
        _ late: inout [Event],
        at now: Nanoseconds,
        _ watch: Watch
    ) -> Bool {
        if !late.isEmpty { late.removeFirst(late.prefix { inbound.push($0) }.count) }
        var start: UInt64?
        while let record = outbound.next() {
            if start == nil { start = record.start }
            orders.send(record, at: now) { push($0, &inbound, &late) }
        }
        if let start {
            watch.reached(.encoded)
            orders.flush(at: now) { push($0, &inbound, &late) }
            watch.reached(.sent)
            orders.meter.record(helios_cycles() &- start)
        }
        orders.poll(at: now) { push($0, &inbound, &late) }
        orders.attend(at: now) { push($0, &inbound, &late) }
        orders.guardSilence(at: now) { push($0, &inbound, &late) }
        return start != nil
    }

    private static func push(_ record: Event, _ inbound: inout RingProducer<Event>, _ late: inout [Event]) {
        if late.isEmpty, inbound.push(record) { return }
        late.append(record)
    }

    /// Waits for a venue or for the engine, whoever comes first; the engine can't end a wait for a socket, so it is short.
    private func rest() {
        _ = outbound.wait(timeout: 200_000)
    }
}
