// SPDX-License-Identifier: MIT
import HeliosMarket

/// The events between the venue, which meets them first, and the engine, which meets them a feed latency later.
///
/// ```
///        engine          venue           tail
///  …  ───┼───────────────┼───────────────┼───  …
///  done  │ published,    │ read,         │ free
///        │ on the wire   │ not published │
/// ```
@usableFromInline
struct EventWindow: ~Copyable {
    @usableFromInline static var batch: Int { 4_096 }

    @usableFromInline var storage: UnsafeMutableBufferPointer<Event>
    @usableFromInline var mask: Int
    @usableFromInline var engine = 0
    @usableFromInline var venue = 0
    @usableFromInline var tail = 0

    @usableFromInline
    init() {
        let capacity = EventWindow.batch * 4
        storage = .allocate(capacity: capacity)
        storage.initialize(repeating: Event(kind: .none))
        mask = capacity - 1
    }

    @inlinable
    deinit { storage.deallocate() }

    /// The next event that the venue publishes; nil when more has to be read.
    @inlinable
    var peekVenue: Event? {
        @inline(__always) get { venue < tail ? storage[venue & mask] : nil }
    }

    @inlinable
    @inline(__always)
    mutating func takeVenue() -> Event {
        let event = storage[venue & mask]
        venue &+= 1
        return event
    }

    /// The event `count` places behind the one that the venue is at, or, beyond what was read, an old one: for hints only.
    @inlinable
    @inline(__always)
    func ahead(ofVenue count: Int) -> Event { storage[(venue &+ count) & mask] }

    /// The same behind the one that the engine is at.
    @inlinable
    @inline(__always)
    func ahead(ofEngine count: Int) -> Event { storage[(engine &+ count) & mask] }

    /// When the next published event reaches the engine; `.never` when none is under way.
    @inlinable
    @inline(__always)
    func nextEngineTime(_ latency: Nanoseconds) -> Timestamp {
        engine < venue ? storage[engine & mask].eventTime + latency : .never
    }

    /// The same where the time of arrival was stamped on each event.
    @inlinable
    var nextArrival: Timestamp {
        @inline(__always) get { engine < venue ? storage[engine & mask].receiveTime : .never }
    }

    /// Says when the event that the venue published last reaches the engine.
    @inlinable
    mutating func stampLast(_ arrival: Timestamp) { storage[(venue &- 1) & mask].receiveTime = arrival }

    @inlinable
    @inline(__always)
    mutating func takeEngine() -> Event {
        let event = storage[engine & mask]
        engine &+= 1
        return event
    }

    /// Reads another batch; false when the source has ended.
    @usableFromInline
    mutating func refill(from source: any EventSource) throws -> Bool {
        if tail - engine + EventWindow.batch > mask + 1 { grow() }
        // One batch may not run over the end of the ring.
        let place = tail & mask
        let room = min(EventWindow.batch, mask + 1 - place)
        let count = try source.fill(UnsafeMutableBufferPointer(rebasing: storage[place..<place + room]))
        tail += count
        return count > 0
    }

    private mutating func grow() {
        let bigger = UnsafeMutableBufferPointer<Event>.allocate(capacity: (mask + 1) * 2)
        bigger.initialize(repeating: Event(kind: .none))
        for index in engine..<tail { bigger[index & (bigger.count - 1)] = storage[index & mask] }
        storage.deallocate()
        storage = bigger
        mask = bigger.count - 1
    }
}
