// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosVenue
import HeliosWire

/// How days and the venue end.
extension VenueServer {
    /// Ends the day now and begins no other.
    func stop() {
        guard !isStopping else { return }
        isStopping = true
        stalledUntil = 0
        day.finish()
    }

    func conclude(at now: Nanoseconds) throws {
        switch state {
        case .trading:
            guard day.hasEnded else { return }
            if !isStopping { notify(LiveNotice(.ended, "\(venue.name): the trading day has ended")) }
            feed.end(at: now)
            state = .farewell(until: now + (isStopping ? min(venue.farewell, 500_000_000) : venue.farewell))
        case .farewell(let until):
            guard now >= until || isStopping && clients.isEmpty && now >= until - 400_000_000 else { return }
            try next(at: now)
        case .over: break
        }
    }

    private func next(at now: Nanoseconds) throws {
        guard !isStopping, dayNumber + 1 < (lead?.venue.days ?? venue.days) else {
            summary.isComplete = !isStopping
            state = .over
            return
        }
        // A dark venue waits for its lead's next day.
        if let lead, lead.dayNumber == dayNumber, !lead.isOver { return }
        summary.unmatched += day.exchange.unmatched
        summary.lostMessages += day.exchange.lostMessages
        summary.pauses += day.pauses
        dayNumber += 1
        for client in clients {
            client.breakLine()
            lose(client, at: now)
        }
        clients.removeAll()
        taken.removeAll()
        day = try VenueServer.makeDay(venue, dayNumber, lead, makeFlow, after: day.session)
        beginDay()
        notify(LiveNotice(.listening, "\(venue.name): day \(dayNumber + 1), session \(day.session)"))
    }
}
