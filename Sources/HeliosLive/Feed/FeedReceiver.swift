// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosWire

/// What a feed is made of.
public struct FeedSettings: Sendable {
    /// The lines, which carry the same; normally two, A and B.
    public var lines: [UDPSource]
    /// Servers that send missing messages again (dotted addresses), asked in turn; without any, nothing is asked for.
    public var servers: [Endpoint] = []
    /// The address from which they are asked; `0.0.0.0` takes what the system's routes say.
    public var requestAddress = "0.0.0.0"
    /// How patiently they are asked.
    public var requests = MoldRequestSettings()
    /// The first message wanted; 0 joins with the first packet that comes, for books that begin with a snapshot.
    public var start: UInt64 = 1
    /// The session to follow; nil is that of the first packet.
    public var session: MoldSession?
    /// Packets kept while a gap is open.
    public var heldMax = 4_096
    /// A line without a packet for so long is silent; senders send a heartbeat every second.
    public var silence: Nanoseconds = 3_000_000_000

    public init(lines: [UDPSource]) { self.lines = lines }
}

/// How one line does.
public struct FeedLineHealth: Sendable, Equatable {
    public var packets: UInt64 = 0
    public var bytes: UInt64 = 0
    /// Packets that brought something new: the other line came later, or not.
    public var firsts: UInt64 = 0
    /// Datagrams that the kernel lost because nobody took them in time.
    public var kernelDrops: UInt64 = 0
    /// Datagrams longer than the longest expected.
    public var truncated: UInt64 = 0
    /// System calls that failed.
    public var failures: UInt64 = 0
    /// When the last packet came, by the clock given to `poll`.
    public var lastPacket: Nanoseconds?
}

/// What a look at the sockets brought.
public struct FeedProgress: Sendable, Equatable {
    /// Datagrams taken from the sockets.
    public var datagrams = 0
    /// Messages handed on.
    public var messages = 0
    /// Messages that nobody has: given up, and what followed them was handed on.
    public var lost: Range<UInt64>?
}

/// Receives a MoldUDP64 feed from its lines: each message once, in order, and a word for each that is missing.
///
/// ```
/// line A ──► recvmmsg ─┐
/// line B ──► recvmmsg ─┼──► MoldFeed ──► messages in order
/// answers ─► recvmmsg ─┘        │ missing
///    ▲                          ▼
///    └── server ◄── request ── MoldRequester
/// ```
/// The decisions are `MoldFeed`'s and `MoldRequester`'s, the same that the simulator runs; this adds only sockets. For one
/// thread, which calls `poll` in a loop; packets are read where the kernel put them and nothing is allocated for one.
public struct FeedReceiver: ~Copyable {
    private let lines: [UDPReceiver]
    /// Asks, and gets the answers; nil without servers.
    private let asker: UDPReceiver?
    private let servers: [Endpoint]
    private let silence: Nanoseconds
    private let heldMax: Int
    private var feed: MoldFeed
    private let requestSettings: MoldRequestSettings
    private var requester: MoldRequester
    private var looks: UInt = 0
    /// How each line does, and last the answers of the servers, when there are any.
    public private(set) var health: [FeedLineHealth]
    /// Messages given up.
    public private(set) var lost: UInt64 = 0
    /// Of these, what a snapshot has made good.
    private var repaired: UInt64 = 0

    /// Opens the sockets.
    ///
    /// - Throws: `SocketError` of the first that could not be had.
    public init(_ settings: FeedSettings) throws(SocketError) {
        var lines: [UDPReceiver] = []
        for source in settings.lines { lines.append(try UDPReceiver(source)) }
        guard !settings.servers.isEmpty else {
            self.init(settings, lines, nil)
            return
        }
        self.init(settings, lines, try UDPReceiver(UDPSource(Endpoint(host: settings.requestAddress, port: 0))))
    }

    private init(_ settings: FeedSettings, _ lines: [UDPReceiver], _ asker: UDPReceiver?) {
        self.lines = lines
        self.asker = asker
        servers = settings.servers
        silence = settings.silence
        heldMax = settings.heldMax
        feed = MoldFeed(
            start: settings.start,
            session: settings.session,
            heldLimit: settings.heldMax,
            reserved: min(settings.heldMax, 1_024)
        )
        var requests = settings.requests
        requests.servers = max(settings.servers.count, 1)
        requestSettings = requests
        requester = MoldRequester(requests)
        health = [FeedLineHealth](repeating: FeedLineHealth(), count: lines.count + (asker == nil ? 0 : 1))
    }

    /// Another session than the one followed, of which packets come: the sender has begun anew, or a stranger sends here.
    public var otherSession: MoldSession? { feed.otherSession }

    /// Follows `session` from message `start` on, and forgets what was known of the one before.
    public mutating func follow(_ session: MoldSession?, from start: UInt64) {
        feed = MoldFeed(start: start, session: session, heldLimit: heldMax, reserved: min(heldMax, 1_024))
        requester = MoldRequester(requestSettings)
        lost = 0
        repaired = 0
        for index in health.indices { health[index].lastPacket = nil }
    }

    /// The lines' sockets: what they were granted, where they listen.
    public var receivers: [UDPReceiver] { lines }

    /// The next message wanted.
    public var expected: UInt64 { feed.expected }

    /// The messages that are missing while later ones are known; nil when the stream is whole.
    public var gap: Range<UInt64>? { feed.gap }

    /// Whether nothing is missing, no two copies of a message differed and nothing was lost that no snapshot has made good:
    /// else nothing may be traded on it.
    public var isWhole: Bool { feed.isWhole && lost == repaired }

    /// Whether two copies of a message differed: what was built from them needs a snapshot, as after a loss.
    public var hasConflict: Bool { feed.hasConflict }

    /// The books were built anew from a snapshot: what was lost or disputed until now does not matter any more.
    public mutating func noteRepaired() {
        repaired = lost
        feed.settleConflict()
    }

    /// Whether the session's end was reached.
    public var isComplete: Bool { feed.isComplete }

    /// The session followed; nil before the first packet.
    public var session: MoldSession? { feed.session }

    /// What the arbiter counted.
    public var counters: MoldCounters { feed.counters }

    /// Datagrams that are no packets; copies of messages that differed; packets for which no room was while a gap was open.
    public var diagnostics: (malformed: Int, conflicts: Int, dropped: Int) {
        (feed.malformed, feed.conflicts, feed.dropped)
    }

    /// Requests sent, and those that nobody answered in time.
    public var requests: (sent: Int, unanswered: Int) { (requester.requests, requester.timeouts) }

    /// Whether no line has had a packet for longer than senders are ever still.
    public func isSilent(at now: Nanoseconds) -> Bool {
        for index in lines.indices {
            if let last = health[index].lastPacket, now - last < silence { return false }
        }
        return true
    }

    /// Takes what is there, at most a batch of each line, and asks for what is missing.
    ///
    /// - Parameters:
    ///   - now: a clock that does not go backward.
    ///   - deliver: gets each message, valid for the call, and when the kernel got its packet (nil when it did not say; for a
    ///     message that waited for others, the packet that closed the gap).
    /// - Returns: what came.
    public mutating func poll(at now: Nanoseconds, _ deliver: (WireBytes, Timestamp?) -> Void) -> FeedProgress {
        poll(at: now, numbered: { _, message, time in deliver(message, time) })
    }

    /// As `poll(at:_:)`, with each message's number: what `FeedRecovery` wants.
    public mutating func poll(
        at now: Nanoseconds,
        numbered deliver: (UInt64, WireBytes, Timestamp?) -> Void
    ) -> FeedProgress {
        poll(at: now, watch: NoLatencyWatch(), numbered: deliver)
    }

    /// The same with somebody who is told when a datagram is in our hands.
    @inline(__always)
    mutating func poll<Watch: LatencyWatch>(
        at now: Nanoseconds,
        watch: Watch,
        numbered deliver: (UInt64, WireBytes, Timestamp?) -> Void
    ) -> FeedProgress {
        var progress = FeedProgress()
        for index in lines.indices { take(lines[index], index, now, watch, &progress, deliver) }
        // Nobody answers who was not asked; a look now and then takes what came too late.
        looks &+= 1
        if let asker, feed.gap != nil || looks % 256 == 0 { take(asker, lines.count, now, watch, &progress, deliver) }
        ask(now, &progress, deliver)
        return progress
    }

    /// The sockets in which something may come in.
    var descriptors: [Int32] { (lines + (asker.map { [$0] } ?? [])).map(\.descriptor) }

    /// Nanoseconds until something is to be asked for.
    func patience(at now: Nanoseconds) -> Nanoseconds { requester.dueTime.map { max($0 - now, 0) } ?? .max }

    /// Waits until something comes in or is to be asked for, at most `timeout` nanoseconds: for machines that may not spin.
    public func wait(at now: Nanoseconds, timeout: Nanoseconds) {
        let left = requester.dueTime.map { max($0 - now, 0) } ?? timeout
        _ = UDPReceiver.wait(lines + (asker.map { [$0] } ?? []), timeout: min(left, timeout))
    }

    private mutating func take<Watch: LatencyWatch>(
        _ line: UDPReceiver,
        _ index: Int,
        _ now: Nanoseconds,
        _ watch: Watch,
        _ progress: inout FeedProgress,
        _ deliver: (UInt64, WireBytes, Timestamp?) -> Void
    ) {
        let count = line.receive()
        guard count > 0 else {
            health[index].failures = line.failures
            return
        }
        watch.reached(.received)
        var bytes = 0
        var firsts = 0
        var messages = 0
        for number in 0..<count {
            let datagram = line.datagram(number)
            let time = line.time(number)
            let before = feed.expected
            // Before the first packet of a feed that is joined the packet says where it begins.
            var sequence = before == 0 ? FeedReceiver.firstNumber(datagram) : before
            feed.receive(datagram) { message in
                messages += 1
                deliver(sequence, message, time)
                sequence += 1
            }
            bytes += datagram.count
            if feed.expected > before { firsts += 1 }
        }
        progress.datagrams += count
        progress.messages += messages
        health[index].packets += UInt64(count)
        health[index].bytes += UInt64(bytes)
        health[index].firsts += UInt64(firsts)
        health[index].kernelDrops = line.kernelDrops
        health[index].truncated = line.truncated
        health[index].lastPacket = now
    }

    private static func firstNumber(_ datagram: UnsafeRawBufferPointer) -> UInt64 {
        guard datagram.count >= MoldHeader.length else { return 0 }
        return UInt64(bigEndian: datagram.loadUnaligned(fromByteOffset: 10, as: UInt64.self))
    }

    private mutating func ask(
        _ now: Nanoseconds,
        _ progress: inout FeedProgress,
        _ deliver: (UInt64, WireBytes, Timestamp?) -> Void
    ) {
        switch requester.step(missing: feed.missing, knownTo: feed.gap?.upperBound ?? 0, at: now) {
        case .none: break
        case .request(let sequence, let count, let server): send(sequence, count, to: server)
        case .giveUp(let range):
            lost += UInt64(range.count)
            progress.lost = range
            var messages = 0
            var sequence = max(range.upperBound, feed.expected)
            feed.giveUp(upTo: range.upperBound) { message in
                messages += 1
                deliver(sequence, message, nil)
                sequence += 1
            }
            progress.messages += messages
        }
    }

    private func send(_ sequence: UInt64, _ count: UInt16, to server: Int) {
        guard let asker, let session = feed.session, server < servers.count else { return }
        withUnsafeTemporaryAllocation(byteCount: MoldHeader.length, alignment: 8) { bytes in
            MoldHeader(session: session, sequence: sequence, count: count).write(to: bytes)
            asker.send(UnsafeRawBufferPointer(bytes), to: servers[server])
        }
    }
}
