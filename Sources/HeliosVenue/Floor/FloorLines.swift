// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosMarket

/// The lines from the engine to the venues of a floor, or to one venue, and to the dealers beside them.
struct FloorLines {
    private var lines: [LatencyLine]
    private var backlogs: [VenueBacklog]
    /// The place that each order went to, by number: a cancel names only the order.
    private var homes: [UInt8] = []
    /// What was sent, in the order in which it was: the queue is in the order of arrival.
    private var log: [SimulatedGateway.Message] = []
    /// Of the line to the dealers, the last one; nil where there are none.
    private let dealers: Int?
    /// More than the engine can send at one event.
    private static var logLength: Int { 1 << 16 }

    /// - Parameters:
    ///   - settings: the venues; nil for the one venue that `models` describes.
    ///   - dealers: nil for none.
    ///   - models: the order latency of one venue, the seed of what is drawn, and the venues' time for a message.
    init(_ settings: FloorSettings?, _ dealers: DealerSettings?, _ models: SimulationModels) {
        if let settings {
            lines = settings.venues.enumerated().map { place, venue in venue.models(models, place: place).line(.order) }
        } else {
            lines = [models.line(.order)]
        }
        backlogs = lines.map { _ in VenueBacklog(service: models.messageTime) }
        self.dealers = dealers == nil ? nil : lines.count
        guard let dealers else { return }
        lines.append(LatencyLine(.constant(dealers.latency), seed: models.seed, direction: .order))
        backlogs.append(VenueBacklog(service: 0))
    }

    mutating func begin(day midnight: Timestamp) { for place in lines.indices { lines[place].midnight = midnight } }

    mutating func message(of venue: Venue, at time: Timestamp) {
        if venue.place < backlogs.count { backlogs[venue.place].message(at: time) }
    }

    /// When what leaves at `time` reaches its venue; an order for a venue that does not exist takes the first line.
    mutating func arrival(_ order: NewOrder, _ time: Timestamp, isCancel: Bool, isQuestion: Bool) -> Timestamp {
        if isQuestion { return lines[dealers ?? 0].arrival(of: time) }
        let id = Int(clamping: order.id)
        if !isCancel {
            if id >= homes.count {
                homes.append(contentsOf: repeatElement(0, count: max(id + 1 - homes.count, max(homes.count, 1_024))))
            }
            homes[id] = UInt8(home(of: order.venue.place))
        }
        let place = id < homes.count ? Int(homes[id]) : 0
        return lines[place].arrival(of: time, plus: backlogs[place].waiting(at: time))
    }

    private func home(of place: Int) -> Int {
        guard let dealers else { return place < lines.count ? place : 0 }
        return place < dealers ? place : dealers
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
