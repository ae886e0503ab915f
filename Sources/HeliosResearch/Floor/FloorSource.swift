// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosMarket
import HeliosVenue

/// The market data of several venues as one stream, in the order of their times; at equal times in the order of the venues.
///
/// Every event gets its venue's number, and every instrument one number at all venues. A venue's outage stands in the stream:
/// a `feedGap`, then books that are cleared and halted, then nothing of its orders, and at the end its book as it is then, from
/// the best level on, before the gap is closed.
public final class FloorSource: EventSource {
    private let lanes: [FloorLane]
    private var names: InstrumentDirectory
    private var sequence: UInt64 = 0
    /// The new days that were told.
    private var day: Timestamp
    public private(set) var midnight: Timestamp

    /// - Parameters:
    ///   - sources: one for each lit venue, in the order of their places; their days are the same.
    ///   - settings: the venues with their outages.
    ///   - directory: instruments that keep their numbers.
    ///   - capacity: room for the book of a venue that has outages.
    /// - Throws: `BookCapacityError`, or an error of a source.
    public init(
        _ sources: [any EventSource],
        _ settings: FloorSettings,
        directory: InstrumentDirectory = InstrumentDirectory(),
        capacity: BookCapacity = BookCapacity()
    ) throws {
        let places = settings.litPlaces
        precondition(sources.count == places.count, "each lit venue has a source")
        names = directory
        var lanes: [FloorLane] = []
        for (place, venue) in settings.venues.enumerated() {
            let source = places.firstIndex(of: place).map { sources[$0] }
            // A dark venue has no data, but its outages are told.
            guard source != nil || !venue.outages.isEmpty else { continue }
            lanes.append(try FloorLane(source, venue, Venue(place: place), capacity))
        }
        self.lanes = lanes
        midnight = sources.first?.midnight ?? .zero
        day = midnight
        for lane in lanes { lane.begin(day: midnight) }
    }

    public func fill(_ events: UnsafeMutableBufferPointer<Event>) throws -> Int {
        var count = 0
        while count < events.count {
            for lane in lanes { try lane.prepare(&names) }
            guard let lane = next() else { break }
            // The session sees a new day's midnight only between two batches.
            if lane.nextDay > midnight {
                if count > 0 { break }
                midnight = lane.nextDay
                for lane in lanes { lane.begin(day: midnight) }
            }
            var event = lane.take()
            if event.kind == .newDay {
                // One day begins for all.
                if event.eventTime <= day { continue }
                day = event.eventTime
                event.venue = Venue(id: 0)
            }
            sequence += 1
            event.sequence = sequence
            events[count] = event
            count += 1
        }
        return count
    }

    private func next() -> FloorLane? {
        var first: FloorLane?
        for lane in lanes {
            guard let time = lane.nextTime else { continue }
            if let best = first?.nextTime, best <= time { continue }
            first = lane
        }
        return first
    }

    public var directory: InstrumentDirectory { names }
    public var messages: Int { lanes.reduce(0) { $0 + ($1.source?.messages ?? 0) } }
    public var malformed: Int { lanes.reduce(0) { $0 + ($1.source?.malformed ?? 0) } }
    public var progress: Double { lanes.compactMap { $0.source?.progress }.min() ?? 1 }
}
