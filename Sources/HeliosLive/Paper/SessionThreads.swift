// SPDX-License-Identifier: MIT
import CHelios
import Foundation
import HeliosMarket

/// The thread that receives: from the lines' sockets into the engine's ring.
final class FeedThread<Watch: LatencyWatch>: @unchecked Sendable {
    private var line: ItchLine
    private var ring: RingProducer<Event>
    private let board: SessionBoard
    private let waits: WaitStrategy
    private let watch: Watch

    init?(
        _ line: consuming ItchLine,
        _ ring: Ring<Event>,
        _ board: SessionBoard,
        _ waits: WaitStrategy,
        _ watch: Watch
    ) {
        guard let producer = ring.producer() else { return nil }
        self.line = line
        self.ring = producer
        self.board = board
        self.waits = waits
        self.watch = watch
    }

    func run() {
        var seen = 0
        while !board.hasEnded {
            let now = Sockets.now
            let taken = FeedThread.move(&line, &ring, at: now, board, watch)
            if board.wish != seen {
                seen = board.wish
                line.show(on: board)
            }
            guard taken == 0 else { continue }
            switch waits {
            case .spin: break
            case .yield: sched_yield()
            case .block: line.wait(at: now, timeout: 5_000_000)
            }
        }
        line.show(on: board)
    }

    private static func move(
        _ line: inout ItchLine,
        _ ring: inout RingProducer<Event>,
        at now: Nanoseconds,
        _ board: SessionBoard,
        _ watch: Watch
    ) -> Int {
        line.poll(at: now, watch: watch) { event in
            var record = event
            // The engine's thread stamps the time of receipt; until then the field says when the packet was in our hands.
            if record.kind != .side { record.receiveTime = Timestamp(nanoseconds: Int64(bitPattern: helios_cycles())) }
            // A full ring holds the feed up: the kernel's buffer takes what comes, and a gap is repaired.
            while !ring.push(record), !board.hasEnded { helios_pause() }
        }
    }
}

/// The thread that talks to the venue: from the engine's ring to the socket, and back.
final class OrderThread<Watch: LatencyWatch>: @unchecked Sendable {
    private var orders: OrderSide
    private var outbound: RingConsumer<Event>
    private var inbound: RingProducer<Event>
    private let board: SessionBoard
    private let waits: WaitStrategy
    private let watch: Watch

    init?(
        _ connection: consuming OrderConnection,
        from out: Ring<Event>,
        to reports: Ring<Event>,
        _ board: SessionBoard,
        _ waits: WaitStrategy,
        _ watch: Watch
    ) {
        guard let outbound = out.consumer(), let inbound = reports.producer() else { return nil }
        orders = OrderSide(connection, board)
        self.outbound = outbound
        self.inbound = inbound
        self.board = board
        self.waits = waits
        self.watch = watch
    }

    func run() {
        var seen = 0
        while !board.hasEnded {
            let now = Sockets.now
            let isBusy = OrderThread.move(&orders, &outbound, &inbound, at: now, board, watch)
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
        orders.connection.leave(at: Sockets.now)
        orders.show()
    }

    /// Moves what there is in both directions; whether there was anything to send.
    private static func move(
        _ orders: inout OrderSide,
        _ outbound: inout RingConsumer<Event>,
        _ inbound: inout RingProducer<Event>,
        at now: Nanoseconds,
        _ board: SessionBoard,
        _ watch: Watch
    ) -> Bool {
        var start: UInt64?
        while let record = outbound.next() {
            if start == nil { start = UInt64(bitPattern: record.receiveTime.nanoseconds) }
            orders.connection.send(record, at: now) { push($0, &inbound, board) }
        }
        if let start {
            watch.reached(.encoded)
            orders.connection.flush(at: now) { push($0, &inbound, board) }
            watch.reached(.sent)
            orders.meter.record(helios_cycles() &- start)
        }
        orders.connection.poll(at: now) { push($0, &inbound, board) }
        return start != nil
    }

    private static func push(_ record: Event, _ inbound: inout RingProducer<Event>, _ board: SessionBoard) {
        while !inbound.push(record), !board.hasEnded { helios_pause() }
    }

    /// Waits for the venue or for the engine, whoever comes first; the engine can't end a wait for a socket, so it is short.
    private func rest() {
        _ = outbound.wait(timeout: 200_000)
    }
}
