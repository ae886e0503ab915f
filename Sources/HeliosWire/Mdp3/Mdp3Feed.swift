// SPDX-License-Identifier: MIT
import HeliosMarket

/// How large a feed is, and what it follows.
@frozen
public struct Mdp3FeedConfiguration: Sendable, BitwiseCopyable {
    /// Instruments of the channel: at least as many as the venue lists on it; those beyond are counted and passed over.
    public var instruments = 4_096
    /// Packets that are kept while some are missing.
    public var packets = 4_096
    /// Bytes of the longest packet; longer ones count as malformed.
    public var packetLimit = 2_048
    /// Whether books by price level are recovered (snapshots of template 52).
    public var hasLevels = true
    /// Whether books order by order are recovered (snapshots of template 53).
    public var hasOrders = false
    /// Whether the channel is followed from its first packet, so that all books begin empty and no snapshot is needed.
    public var beginsEmpty = false

    @inlinable
    public init() {}
}

/// What became of a feed's packets and messages.
@frozen
public struct Mdp3Counters: Equatable, Sendable, BitwiseCopyable {
    /// Packets applied.
    public var packets: UInt64 = 0
    /// Packets that had been applied before, from the other line.
    public var duplicates: UInt64 = 0
    /// Times that packets were missing.
    public var gaps: UInt64 = 0
    /// Gaps that closed because the packets arrived after all.
    public var filled: UInt64 = 0
    /// Gaps that snapshots closed.
    public var recovered: UInt64 = 0
    /// Packets and messages that can't be read.
    public var malformed: UInt64 = 0
    /// Messages of templates that this schema doesn't have.
    public var unknown: UInt64 = 0
    /// Messages applied.
    public var messages: UInt64 = 0
    /// Snapshots taken over.
    public var snapshots: UInt64 = 0
    /// Entries of instruments that have no place any more.
    public var unlisted: UInt64 = 0
    /// Times that an instrument's own numbers left one out, or a change contradicted its book.
    public var stale: UInt64 = 0
    /// Prices that are no multiple of 1e-8, or out of range.
    public var inexact: UInt64 = 0
    /// Channel resets.
    public var resets: UInt64 = 0

    @inlinable
    public init() {}
}

/// One channel of the feed: packets of the incremental and the snapshot lines in, changes of books out.
///
/// ```
///                 gap                        all instruments restored
///  ┌────────┐ ────────────► ┌────────────┐ ────────────────────────────► replay of what was kept ──┐
///  │  live  │               │ recovering │                                                         │
///  └────────┘ ◄──────────── └────────────┘ ◄─── begin                                              │
///      ▲      the missing packets arrive                                                           │
///      └───────────────────────────────────────────────────────────────────────────────────────────┘
/// ```
/// Packets of both lines may be handed in, in any order: a number that was applied is dropped. While a number is missing,
/// what follows is kept, and snapshots are taken over: one that holds packet n stands for all changes of its instrument up
/// to there. When the number of instruments that the snapshots announce have one, and every packet since is there, what was
/// kept is replayed.
///
/// Beside the packets, each instrument's messages are numbered: when one is left out, that instrument alone waits for its
/// next snapshot (`isLive`). Memory is reserved by `init`; nothing is allocated afterwards.
///
/// ```swift
/// var feed = Mdp3Feed(Mdp3FeedConfiguration())
/// var books = Mdp3Books(instruments: 4_096, depth: 10)
/// feed.incremental(datagram, into: &books)      // lines A and B
/// feed.snapshot(other, into: &books)            // while feed.phase == .recovering or feed.staleCount > 0
/// ```
@safe
public struct Mdp3Feed: ~Copyable {
    /// Whether every packet so far has been applied.
    @inlinable
    public var phase: Mdp3Phase { phaseNow }
    @usableFromInline var phaseNow: Mdp3Phase
    /// What became of packets and messages so far.
    public var counters = Mdp3Counters()
    public let configuration: Mdp3FeedConfiguration
    /// The packet that comes next.
    @usableFromInline var expected: UInt32 = 1
    /// Whether the books are what the packets before `expected` made of them; before the first they are empty.
    @usableFromInline var isWhole = true
    /// Instruments whose orders' snapshot has begun and not ended.
    @usableFromInline var openChunks = 0
    /// The packets that are kept without a hole: `runStart` to `highest`; `highest` 0 when there are none.
    @usableFromInline var runStart: UInt32 = 0
    @usableFromInline var highest: UInt32 = 0
    /// Counts recoveries, so that snapshots of an older one don't count.
    @usableFromInline var round: UInt32 = 1
    @usableFromInline var levelsRestored = 0
    @usableFromInline var ordersRestored = 0
    /// How many instruments the snapshots say there are; 0 before the first.
    @usableFromInline var levelsTotal: UInt32 = 0
    @usableFromInline var ordersTotal: UInt32 = 0
    /// The last packet with a message that is not read: an instrument's number may have been in it.
    @usableFromInline var unknownPacket: UInt32 = 0
    /// When the packet with the last channel reset was sent.
    @usableFromInline var resetTime: UInt64 = 0
    @usableFromInline var instruments: Mdp3Instruments
    @usableFromInline var store: Mdp3PacketStore
    /// Instruments whose levels wait for a snapshot while the channel is live.
    @usableFromInline var staleNow = 0

    /// A feed at its beginning.
    public init(_ configuration: Mdp3FeedConfiguration) {
        self.configuration = configuration
        instruments = Mdp3Instruments(capacity: configuration.instruments)
        store = Mdp3PacketStore(packets: configuration.packets, packetLimit: configuration.packetLimit)
        phaseNow = configuration.beginsEmpty ? .live : .recovering
    }

    /// Instruments whose levels wait for a snapshot although the channel is live.
    @inlinable
    public var staleCount: Int { staleNow }

    /// The number of the packet that comes next.
    @inlinable
    public var nextSequence: UInt32 { expected }

    /// Instruments seen so far.
    @inlinable
    public var instrumentCount: Int { instruments.count }

    /// The instrument with `securityID`, or nil when it was never seen.
    @inlinable
    public func instrument(_ securityID: Int32) -> Instrument? {
        instruments.find(securityID).map { Instrument(id: UInt32($0)) }
    }

    /// The venue's number of `instrument`, or nil when there is no such instrument.
    @inlinable
    public func securityID(of instrument: Instrument) -> Int32? {
        instrument.index < instruments.count ? instruments.slots[instrument.index].securityID : nil
    }

    /// Whether the levels of `instrument` are those of the venue as of the last event.
    @inlinable
    public func isLive(_ instrument: Instrument) -> Bool {
        phaseNow == .live && instrument.index < instruments.count && instruments.slots[instrument.index].hasLevels
    }

    /// Whether the orders of `instrument` are those of the venue as of the last event.
    @inlinable
    public func hasLiveOrders(_ instrument: Instrument) -> Bool {
        phaseNow == .live && instrument.index < instruments.count && instruments.slots[instrument.index].hasOrders
    }

    /// A number that is further ahead is taken for damaged.
    @inlinable
    static var jumpLimit: UInt32 { 1 << 24 }

    // MARK: Packets

    /// Takes a datagram of an incremental line.
    @inlinable
    public mutating func incremental<Sink: Mdp3Sink & ~Copyable>(_ datagram: WireBytes, into sink: inout Sink) {
        guard datagram.count <= store.packetLimit, let packet = try? Mdp3Packet(datagram) else {
            counters.malformed += 1
            return
        }
        if isRestart(packet) { restart(packet) }
        if phaseNow == .live {
            if packet.sequence == expected {
                apply(packet, into: &sink)
            } else if packet.sequence < expected {
                counters.duplicates += 1
            } else {
                openGap(into: &sink)
                keep(packet, datagram, into: &sink)
            }
        } else {
            keep(packet, datagram, into: &sink)
        }
    }

    /// Applies the packet that comes next.
    @inlinable
    mutating func apply<Sink: Mdp3Sink & ~Copyable>(_ packet: Mdp3Packet, into sink: inout Sink) {
        expected = packet.sequence &+ 1
        counters.packets += 1
        for message in packet.messages where !apply(message, in: packet.sequence, into: &sink) {
            // What the message would have changed is not known: only snapshots help.
            counters.malformed += 1
            isWhole = false
            if phaseNow == .live { openGap(into: &sink) }
        }
    }

    @inlinable
    mutating func openGap<Sink: Mdp3Sink & ~Copyable>(into sink: inout Sink) {
        counters.gaps += 1
        phaseNow = .recovering
        beginRound()
        runStart = 0
        highest = 0
        store.removeAll()
        sink.phaseChanged(to: .recovering)
    }

    /// Keeps a packet until those in front of it are there or not needed any more.
    @inlinable
    mutating func keep<Sink: Mdp3Sink & ~Copyable>(
        _ packet: Mdp3Packet,
        _ datagram: WireBytes,
        into sink: inout Sink
    ) {
        let sequence = packet.sequence
        if highest > 0, sequence > highest, sequence - highest > Mdp3Feed.jumpLimit {
            counters.malformed += 1
            return
        }
        guard highest == 0 || sequence > highest || highest - sequence < UInt32(store.entries.count) else { return }
        if sequence < expected || store.holds(sequence) {
            counters.duplicates += 1
            return
        }
        store.keep(sequence, datagram)
        if highest == 0 || sequence > highest &+ 1 {
            runStart = sequence
            highest = sequence
        } else if sequence == highest &+ 1 {
            highest = sequence
            // The oldest has lost its place.
            if highest - runStart >= UInt32(store.entries.count) {
                runStart = highest - UInt32(store.entries.count) + 1
            }
        }
        while runStart > expected, store.holds(runStart - 1) { runStart -= 1 }
        if isFilled { fill(into: &sink) }
    }

    /// Whether the packets that were missing have all arrived.
    @inlinable
    var isFilled: Bool { isWhole && openChunks == 0 && highest > 0 && runStart == expected }

    @inlinable
    mutating func fill<Sink: Mdp3Sink & ~Copyable>(into sink: inout Sink) {
        counters.filled += 1
        goLive(from: expected, into: &sink)
    }

    /// Replays what was kept from `first` on, and follows the packets from then on.
    @inlinable
    mutating func goLive<Sink: Mdp3Sink & ~Copyable>(from first: UInt32, into sink: inout Sink) {
        phaseNow = .live
        let last = highest
        var sequence = first
        while phaseNow == .live, last > 0, sequence <= last {
            guard let datagram = store[sequence], let packet = try? Mdp3Packet(datagram) else { break }
            apply(packet, into: &sink)
            sequence += 1
        }
        guard phaseNow == .live else { return }
        highest = 0
        runStart = 0
        sink.phaseChanged(to: .live)
    }
}

// MARK: Beginning anew

extension Mdp3Feed {
    /// Snapshots that were taken so far count no longer.
    @inlinable
    mutating func beginRound() {
        round += 1
        levelsRestored = 0
        ordersRestored = 0
        levelsTotal = 0
        ordersTotal = 0
    }

    /// Whether the venue has begun to number its packets from 1 again.
    @inlinable
    func isRestart(_ packet: Mdp3Packet) -> Bool {
        guard packet.sequence == 1, expected > 1, packet.sendingTime != resetTime else { return false }
        var messages = packet.messages
        guard let first = messages.next(), let header = try? Mdp3.checkedHeader(of: first) else { return false }
        return header.templateID == Mdp3.ChannelReset.templateID
    }

    @inlinable
    mutating func restart(_ packet: Mdp3Packet) {
        resetTime = packet.sendingTime
        expected = 1
        isWhole = true
        highest = 0
        runStart = 0
        openChunks = 0
        unknownPacket = 0
        store.removeAll()
        phaseNow = .live
    }

    /// Forgets where it was, as after an operator's order: the next snapshots make the books anew.
    public mutating func forget() {
        expected = 1
        isWhole = false
        highest = 0
        runStart = 0
        openChunks = 0
        store.removeAll()
        phaseNow = .recovering
        beginRound()
    }
}
