// SPDX-License-Identifier: MIT
import HeliosResearch
import HeliosVenue
import Synchronization

/// What a session's threads tell those who watch, without ever waiting for them.
final class SessionBoard: Sendable {
    private let feeds = Mutex<[Int: FeedStatus]>([:])
    private let orders = Mutex<(healths: [OrderConnectionHealth], latency: LatencySummary)>(([], LatencySummary()))
    private let status = Mutex(PaperStatus())
    private let venues = Mutex<[VenueStatus]>([])
    /// Counts the wishes of watchers; each thread answers when it differs from the last that it saw.
    private let wishes = Atomic<Int>(1)
    private let ended = Atomic<Bool>(false)
    private let trouble = Atomic<Bool>(false)

    /// The venues that there are, by place.
    func set(_ named: [VenueStatus]) { venues.withLock { $0 = named } }

    /// A watcher wants to know.
    func ask() { wishes.add(1, ordering: .relaxed) }

    @inline(__always)
    var wish: Int { wishes.load(ordering: .relaxed) }

    /// All threads of the session end.
    func end() { ended.store(true, ordering: .releasing) }

    /// The engine can cancel nothing any more: whoever writes to the venues does, before it ends.
    func endsInTrouble() { trouble.store(true, ordering: .releasing) }
    var isInTrouble: Bool { trouble.load(ordering: .acquiring) }

    @inline(__always)
    var hasEnded: Bool { ended.load(ordering: .acquiring) }

    func show(_ feed: FeedStatus, of place: Int) { feeds.withLock { $0[place] = feed } }
    func show(_ healths: [OrderConnectionHealth], _ latency: LatencySummary) {
        orders.withLock { $0 = (healths, latency) }
    }
    func show(_ session: PaperStatus) { status.withLock { $0 = session } }

    var current: PaperStatus {
        var current = status.withLock { $0 }
        let feeds = feeds.withLock { $0 }
        let (healths, latency) = orders.withLock { $0 }
        let told = current.venues
        current.venues = venues.withLock { $0 }
        for place in current.venues.indices {
            let named = current.venues[place]
            if told.indices.contains(place) { current.venues[place] = told[place] }
            current.venues[place].name = named.name
            current.venues[place].isDark = named.isDark
            current.venues[place].feed = feeds[place]
            if healths.indices.contains(place) { current.venues[place].health = healths[place] }
        }
        current.feed = FeedStatus(feeds.keys.sorted().compactMap { feeds[$0] })
        current.order.latency = latency
        current.order.health = OrderConnectionHealth(healths)
        return current
    }
}

extension FeedStatus {
    /// Several feeds as one: counts are sums, and it is at its end when all are.
    init(_ feeds: [FeedStatus]) {
        self.init()
        guard let first = feeds.first else { return }
        self = first
        next = max(next, 1)
        for feed in feeds.dropFirst() {
            session += session.isEmpty || feed.session.isEmpty ? feed.session : " " + feed.session
            // One more than there were messages; 0 before the first of a feed that is joined.
            next += max(feed.next, 1) - 1
            missing += feed.missing
            lost += feed.lost
            conflicts += feed.conflicts
            malformed += feed.malformed
            dropped += feed.dropped
            gaps += feed.gaps
            requests += feed.requests
            unanswered += feed.unanswered
            lines += feed.lines
            if let more = feed.answers {
                var sum = answers ?? FeedLineHealth()
                sum.packets += more.packets
                sum.bytes += more.bytes
                sum.firsts += more.firsts
                answers = sum
            }
            isComplete = isComplete && feed.isComplete
        }
    }
}

extension OrderConnectionHealth {
    /// Several connections as one: counts are sums, the state is the least.
    init(_ all: [OrderConnectionHealth]) {
        self.init()
        guard let first = all.first else { return }
        self = first
        for health in all.dropFirst() {
            if health.state.rawValue < state.rawValue { state = health.state }
            connects += health.connects
            losses += health.losses
            sent += health.sent
            received += health.received
            throttled += health.throttled
            foreign += health.foreign
            contradictions += health.contradictions
        }
    }
}
