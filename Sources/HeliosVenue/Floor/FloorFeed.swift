// SPDX-License-Identifier: MIT
import HeliosMarket

/// Market data of several venues on their way to the engine: each venue's line keeps its own order and takes its own time.
public final class FloorFeed {
    private final class Lane {
        var line: LatencyLine
        var events: [Event] = []
        var first = 0

        init(_ line: LatencyLine) { self.line = line }
    }

    private let lanes: [Lane]
    /// When the next event reaches the engine; `.never` when none is under way.
    public private(set) var nextArrival = Timestamp.never
    private var nextLane = 0

    /// - Parameters:
    ///   - settings: the venues' latencies; nil for a session of one venue, which needs no lanes.
    ///   - models: the seed of what is drawn.
    public init(_ settings: FloorSettings?, _ models: SimulationModels) {
        lanes = (settings?.venues ?? []).enumerated().map { place, venue in
            Lane(venue.models(models, place: place).line(.feed))
        }
    }

    /// A trading day begins at `midnight`: the origin of latencies by time of day.
    public func begin(day midnight: Timestamp) { for lane in lanes { lane.line.midnight = midnight } }

    /// A venue publishes an event.
    public func publish(_ event: Event) {
        let place = min(event.venue.place, lanes.count - 1)
        let lane = lanes[place]
        var event = event
        event.receiveTime = lane.line.arrival(of: event.eventTime)
        lane.events.append(event)
        if event.receiveTime < nextArrival { (nextArrival, nextLane) = (event.receiveTime, place) }
    }

    /// The next event that reaches the engine, of those that come together the first venue's; only when there is one.
    public func take() -> Event {
        let lane = lanes[nextLane]
        let event = lane.events[lane.first]
        lane.first += 1
        if lane.first == lane.events.count {
            lane.events.removeAll(keepingCapacity: true)
            lane.first = 0
        } else if lane.first >= 8_192 {
            // What was taken goes once there is much of it, so that a lane that never runs empty stays small.
            lane.events.removeFirst(lane.first)
            lane.first = 0
        }
        findNext()
        return event
    }

    private func findNext() {
        nextArrival = .never
        for place in lanes.indices where lanes[place].first < lanes[place].events.count {
            let time = lanes[place].events[lanes[place].first].receiveTime
            if time < nextArrival { (nextArrival, nextLane) = (time, place) }
        }
    }
}
