// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosEngine
import HeliosMarket
import HeliosVenue

/// The market that a journal recorded, as data for another backtest: everything that a venue published, nothing that
/// became of our orders.
///
/// A journal has the records in the order in which they came to the engine. Those of several venues, each with its own delay, are put
/// back into the order in which they were published; a venue's own order is never changed.
public final class JournalSource: EventSource {
    private let reader: JournalReader
    /// A record that was read and belongs to the next batch.
    private var kept: Event?
    public private(set) var directory = InstrumentDirectory()
    /// Market records given so far.
    public private(set) var messages = 0
    public var malformed: Int { 0 }
    /// The session's output hash at the last checkpoint that was read.
    public private(set) var recordedHash: UInt64?
    public private(set) var midnight: Timestamp
    /// The lit venues, of several.
    private let lit: VenueSet
    /// By place, records that wait until every lit venue's next one is known.
    private var waiting: [[Event]]
    private var firstWaiting: [Int]
    private var hasEnded = false

    /// - Parameters:
    ///   - disk: where the journal lies.
    ///   - session: what the journal says about itself.
    ///   - floor: the session's venues, where there were several.
    public init(_ disk: any JournalDisk, _ session: RecordedSession, _ floor: FloorSettings? = nil) {
        reader = JournalReader(disk)
        midnight = session.midnight
        lit = floor?.lit ?? VenueSet()
        waiting = Array(repeating: [], count: floor?.venues.count ?? 0)
        firstWaiting = Array(repeating: 0, count: waiting.count)
    }

    public var progress: Double { reader.progress }

    public func fill(_ events: UnsafeMutableBufferPointer<Event>) throws -> Int {
        var count = 0
        while count < events.count, let event = try nextEvent() {
            if begins(event) {
                // The session sees a new day's midnight only between two batches.
                guard count == 0 else {
                    kept = event
                    break
                }
                midnight = event.eventTime
            }
            events[count] = event
            count += 1
        }
        messages += count
        return count
    }

    /// Whether a later trading day begins with `event`: its books are cleared at its midnight.
    private func begins(_ event: Event) -> Bool {
        (event.kind == .clearBook || event.kind == .newDay) && event.eventTime - midnight >= 72_000_000_000_000
    }

    private func nextEvent() throws -> Event? {
        if let event = kept {
            kept = nil
            return event
        }
        return waiting.isEmpty ? try nextRecord() : try nextPublished()
    }

    /// The record that was published first: no lit venue can have an earlier one, because its own next one is known.
    private func nextPublished() throws -> Event? {
        while !hasEnded, waiting.indices.contains(where: { lit.contains($0) && firstWaiting[$0] == waiting[$0].count })
        {
            guard let event = try nextRecord() else {
                hasEnded = true
                break
            }
            waiting[min(event.venue.place, waiting.count - 1)].append(event)
        }
        var first: Int?
        for place in waiting.indices where firstWaiting[place] < waiting[place].count {
            let time = waiting[place][firstWaiting[place]].eventTime
            if let first, waiting[first][firstWaiting[first]].eventTime <= time { continue }
            first = place
        }
        guard let first else { return nil }
        defer {
            firstWaiting[first] += 1
            if firstWaiting[first] == waiting[first].count {
                waiting[first].removeAll(keepingCapacity: true)
                firstWaiting[first] = 0
            }
        }
        return waiting[first][firstWaiting[first]]
    }

    private func nextRecord() throws -> Event? {
        while let record = try reader.next() {
            if record.event.kind == .side { directory.add(record) }
            if record.event.kind == .checkpoint { recordedHash = record.event.detail }
            if record.event.isMarket { return record.event }
        }
        return nil
    }
}

extension Event {
    /// Whether it is something that a market said.
    var isMarket: Bool {
        switch kind {
        case .newDay, .feedGap: true
        default: kind.rawValue >= EventKind.addOrder.rawValue && kind.rawValue <= EventKind.clearBook.rawValue
        }
    }
}
