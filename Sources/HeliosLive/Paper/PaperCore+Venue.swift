// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosEngine
import HeliosMarket
import HeliosRisk
import HeliosVenue
import HeliosWire

/// How the engine's side stands with one venue's order entry.
struct GateStand {
    /// What people are told that it is.
    let title: String
    var state = OuchLineState.down
    var wasTrading = false
    /// Its session is over for good.
    var hasEnded = false
}

extension PaperCore {
    /// Takes a record or a word of an order connection.
    package func takeVenue(_ event: Event, at now: Nanoseconds) {
        guard event.kind == .side else {
            var report = event
            report.receiveTime = clock.time(at: now)
            // Without a number the venue has not said it: it was made on this side, now.
            if report.sequence == 0 { report.eventTime = report.receiveTime }
            return node.receive(report)
        }
        let place = isFloor && event.venue.place < gates.count ? event.venue.place : 0
        switch SessionWord(rawValue: event.orderID) {
        case .venueConnected:
            gates[place].state = .catchingUp
            node.venueConnected(venue(at: place))
        case .venueReady: gates[place].state = .ready
        case .venueLost: venueLost(place)
        case .venueRefused: refused(place, UInt8(truncatingIfNeeded: event.detail))
        case .venueForgot where node.engine.nextOrderID > 1:
            warn(place, "the venue has begun a new session: our orders there are gone, positions stay")
        case .venueGap:
            // Fills may be among what is lost, and OUCH has no way to ask for them: positions are in doubt until two people
            // say that they are right, restart or not.
            node.take(RiskCommand(.lower, .halted).record(at: node.engine.market.now))
            let range = "\(event.sequence) and \(event.detail)"
            warn(place, "the venue's messages between \(range) are lost: the firm is halted")
        case .venueMissing:
            node.take(RiskCommand(.lower, .halted).record(at: node.engine.market.now))
            let count = "the venue counts \(event.detail) executed shares and has told \(event.sequence)"
            warn(place, "order \(event.price.raw): \(count): executions are missing, the firm is halted")
        case .venueMalformed:
            warn(place, "message \(event.sequence) of the venue can't be read and is passed over")
        case .venueEnded: venueEnded(place)
        default: break
        }
    }

    private func venueLost(_ place: Int) {
        // Who was never let in has nothing to lose.
        if gates[place].state == .ready || gates[place].wasTrading {
            let text = "\(gates[place].title) is lost: orders under way are of unknown fate until it is back"
            notify(LiveNotice(.venueLost, text))
        }
        gates[place].state = .down
        gates[place].wasTrading = false
        node.venueLost(venue(at: place))
    }

    private func venueEnded(_ place: Int) {
        gates[place].hasEnded = true
        gates[place].state = .down
        notify(LiveNotice(.ended, isFloor ? "the day of \(gates[place].title) is over" : "the venue's day is over"))
        // The others trade on.
        if isFloor { node.venueLost(venue(at: place)) }
    }

    private func refused(_ place: Int, _ letter: UInt8) {
        let why =
            switch SoupRefusal(rawValue: letter) {
            case .notAuthorised: "user or password are wrong"
            case .sessionNotAvailable: "there is no such session, or somebody is logged in already"
            case nil: "it does not say why"
            }
        notify(LiveNotice(.warning, "\(settings.venues[place].orders) refuses the login: \(why)"))
    }

    /// Tells people of venues at which trading has begun.
    func tellTrading() {
        for place in gates.indices where !gates[place].wasTrading && node.isOpen(venue(at: place)) {
            gates[place].wasTrading = true
            let working = node.engine.market.orders.workingCount
            let place = isFloor ? " at \(gates[place].title)" : ""
            notify(LiveNotice(.trading, "trading\(place) under epoch \(node.epoch), \(working) orders work"))
        }
    }
}
