// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosWire

/// Where snapshots of a feed's books are to be had.
public struct SnapshotSettings: Sendable {
    public var endpoint: Endpoint
    public var user: String
    public var password = ""
    /// After a failure the next snapshot is asked for so much later.
    public var interval: Nanoseconds = 1_000_000_000
    /// Live messages kept while a snapshot loads, of together `keptBytes` bytes.
    public var keptMessages = 1 << 20
    public var keptBytes = 1 << 26
    /// More missing messages than these are not asked for one by one: the books are built anew.
    public var missingMax: UInt64 = 50_000
    /// So long messages may be missing without a break before the books are built anew: who is so far behind is not catching up.
    public var gapMax: Nanoseconds = 2_000_000_000

    public init(_ endpoint: Endpoint, user: String) {
        self.endpoint = endpoint
        self.user = user
    }
}

/// What a feed with recovery hands on.
public enum RecoveringFeedEvent {
    /// All books are void: tell the engine by a `clearBook` for every instrument. A snapshot's messages follow, then `whole`.
    case clear
    /// One ITCH message, valid for the call; from a snapshot `time` is nil.
    case message(WireBytes, time: Timestamp?)
    /// The books are known again.
    case whole(next: UInt64)
}

/// A feed that can be joined late and survives losses that nobody can make good: then its books are built anew from a
/// snapshot, and live messages wait until it has come.
///
/// ```
///  FeedReceiver ──► FeedRecovery ── live ──────────────────────────────► messages
///                       │ a loss, a conflict, a late start
///                       ▼
///                  SnapshotFetch ──► clear, snapshot, kept live messages, whole
/// ```
/// A snapshot is handed on in one piece when all of it is there, so that no half-built book is ever seen for longer than a
/// call of `poll`. For one thread.
public struct RecoveringFeed: ~Copyable {
    /// The feed's sockets and counters.
    public private(set) var receiver: FeedReceiver
    /// Nil without a server: then a loss that nobody makes good stays one.
    private let settings: SnapshotSettings?
    private var recovery: FeedRecovery
    private var fetch: SnapshotFetch?
    private var nextAttempt: Nanoseconds = 0
    /// Since when messages are missing without a break.
    private var gapSince: Nanoseconds?
    private var snapshot = MessageStore(messages: 1 << 16, bytes: 1 << 21)
    /// Snapshots asked for, used, and failed or too old.
    public private(set) var snapshots = (asked: 0, used: 0, failed: 0)
    /// Why the last one failed.
    public private(set) var lastFailure: String?

    /// Opens the sockets; with `feed.start` 0 the books begin with a snapshot.
    ///
    /// - Throws: `SocketError` of the first that could not be had.
    public init(_ feed: FeedSettings, snapshots settings: SnapshotSettings?) throws(SocketError) {
        self.settings = settings
        recovery = RecoveringFeed.makeRecovery(settings, start: feed.start)
        receiver = try FeedReceiver(feed)
    }

    private static func makeRecovery(_ settings: SnapshotSettings?, start: UInt64) -> FeedRecovery {
        FeedRecovery(
            start: start == 0 && settings != nil ? nil : start,
            messages: settings?.keptMessages ?? 1,
            bytes: settings?.keptBytes ?? 64
        )
    }

    /// Follows `session` from message `start` on, 0 to begin with a snapshot, and forgets what was known of the one before.
    public mutating func follow(_ session: MoldSession?, from start: UInt64) {
        receiver.follow(session, from: start)
        gapSince = nil
        recovery = RecoveringFeed.makeRecovery(settings, start: start)
        fetch = nil
        snapshot.removeAll()
        nextAttempt = 0
    }

    /// Whether a snapshot is needed, and waited for.
    public var isLoading: Bool { settings != nil && recovery.needsSnapshot }

    /// Whether the books built from what was handed on are the venue's: nothing may be traded while they are not.
    public var isWhole: Bool { !recovery.needsSnapshot && receiver.isWhole }

    /// Takes what has come and hands on what counts.
    public mutating func poll(at now: Nanoseconds, _ deliver: (RecoveringFeedEvent) -> Void) -> FeedProgress {
        poll(at: now, watch: NoLatencyWatch(), deliver)
    }

    /// The same with somebody who is told when a datagram is in our hands.
    @inline(__always)
    mutating func poll<Watch: LatencyWatch>(
        at now: Nanoseconds,
        watch: Watch,
        _ deliver: (RecoveringFeedEvent) -> Void
    ) -> FeedProgress {
        guard let settings else {
            return receiver.poll(at: now, watch: watch, numbered: { deliver(.message($1, time: $2)) })
        }
        let progress = RecoveringFeed.poll(&receiver, &recovery, at: now, watch, deliver)
        if let gap = receiver.gap {
            if gapSince == nil { gapSince = now }
            let isLasting = now - (gapSince ?? now) > settings.gapMax
            if isLasting || UInt64(gap.count) > settings.missingMax { follow(receiver.session, from: 0) }
        } else {
            gapSince = nil
        }
        if receiver.hasConflict { recovery.lose() }
        if recovery.needsSnapshot { load(settings, now, deliver) }
        return progress
    }

    // Two members change at once: as arguments they are known to be apart.
    private static func poll<Watch: LatencyWatch>(
        _ receiver: inout FeedReceiver,
        _ recovery: inout FeedRecovery,
        at now: Nanoseconds,
        _ watch: Watch,
        _ deliver: (RecoveringFeedEvent) -> Void
    ) -> FeedProgress {
        receiver.poll(at: now, watch: watch) { (number, message, time) in
            if recovery.take(number, message) == .deliver { deliver(.message(message, time: time)) }
        }
    }

    private mutating func load(
        _ settings: SnapshotSettings,
        _ now: Nanoseconds,
        _ deliver: (RecoveringFeedEvent) -> Void
    ) {
        guard let fetch else {
            if now >= nextAttempt { ask(settings, now) }
            return
        }
        let progress = RecoveringFeed.read(fetch, into: &snapshot, at: now)
        switch progress {
        case .loading: break
        case .failed(let reason): fail(settings, reason.description, now)
        case .complete(let next, let session): use(settings, next, session, now, deliver)
        }
    }

    private static func read(
        _ fetch: SnapshotFetch,
        into snapshot: inout MessageStore,
        at now: Nanoseconds
    ) -> SnapshotProgress {
        fetch.poll(at: now) { message in
            if !snapshot.fits(message.count) {
                snapshot.reserve(messages: snapshot.messageCapacity * 2, bytes: snapshot.byteCapacity * 2)
            }
            _ = snapshot.append(message)
        }
    }

    private mutating func ask(_ settings: SnapshotSettings, _ now: Nanoseconds) {
        snapshots.asked += 1
        snapshot.removeAll()
        do throws(SocketError) {
            fetch = try SnapshotFetch(settings.endpoint, user: settings.user, password: settings.password)
        } catch {
            fail(settings, error.description, now)
        }
    }

    private mutating func fail(_ settings: SnapshotSettings, _ reason: String, _ now: Nanoseconds) {
        snapshots.failed += 1
        lastFailure = reason
        fetch = nil
        nextAttempt = now + settings.interval
    }

    private mutating func use(
        _ settings: SnapshotSettings,
        _ next: UInt64,
        _ session: SoupText,
        _ now: Nanoseconds,
        _ deliver: (RecoveringFeedEvent) -> Void
    ) {
        if let followed = receiver.session, followed.high != session.high || followed.low != session.low {
            return fail(settings, "the snapshot is of session \(session), the feed of \(followed)", now)
        }
        guard recovery.canFinish(next: next) else {
            // Taken before the first live message that is known: the next one will do.
            fail(settings, "the snapshot ends before message \(next), which is not there", now)
            nextAttempt = now
            return
        }
        deliver(.clear)
        var number: UInt64 = 1
        while let message = snapshot[number] {
            deliver(.message(message, time: nil))
            number += 1
        }
        _ = recovery.finish(next: next) { _, message in deliver(.message(message, time: nil)) }
        receiver.noteRepaired()
        snapshots.used += 1
        fetch = nil
        snapshot.removeAll()
        deliver(.whole(next: recovery.next))
    }
}
