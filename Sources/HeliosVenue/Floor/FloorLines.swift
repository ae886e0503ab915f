// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosMarket

/// The lines from the engine to the venues of a floor.
struct FloorLines {
    private var lines: [LatencyLine]
    private var backlogs: [VenueBacklog]
    /// The place that each order went to, by number: a cancel names only the order.
    private var homes: [UInt8] = []
    /// What was sent, in the order in which it was: the queue is in the order of arrival.
    private var log: [SimulatedGateway.Message] = []
    /// More than the engine can send at one event.
    private static var logLength: Int { 1 << 16 }

    init(_ settings: FloorSettings, _ models: SimulationModels) {
        let venues = settings.venues.enumerated()
        lines = venues.map { place, venue in venue.models(models, place: place).line(.order) }
        backlogs = venues.map { _, _ in VenueBacklog(service: models.messageTime) }
    }

    mutating func begin(day midnight: Timestamp) { for place in lines.indices { lines[place].midnight = midnight } }

    mutating func message(of venue: Venue, at time: Timestamp) {
        if venue.place < backlogs.count { backlogs[venue.place].message(at: time) }
    }

    /// When what leaves at `time` reaches its venue; an order for a venue that does not exist takes the first line.
    mutating func arrival(_ order: NewOrder, _ time: Timestamp, isCancel: Bool) -> Timestamp {
        let id = Int(clamping: order.id)
        if !isCancel {
            if id >= homes.count {
                homes.append(contentsOf: repeatElement(0, count: max(id + 1 - homes.count, max(homes.count, 1_024))))
            }
            homes[id] = UInt8(order.venue.place < lines.count ? order.venue.place : 0)
        }
        let place = id < homes.count ? Int(homes[id]) : 0
        return lines[place].arrival(of: time, plus: backlogs[place].waiting(at: time))
    }

    mutating func note(_ message: SimulatedGateway.Message) {
        if log.count >= 2 * FloorLines.logLength { log.removeFirst(FloorLines.logLength) }
        log.append(message)
    }

    /// The message sent `back` messages before the newest.
    func sent(back: Int) -> SimulatedGateway.Message? {
        back < log.count ? log[log.count - 1 - back] : nil
    }
}
