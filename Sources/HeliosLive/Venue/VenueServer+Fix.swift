// SPDX-License-Identifier: MIT
import HeliosFIX
import HeliosMarket
import HeliosVenue
import HeliosWire

/// Participants that speak FIX.
extension VenueServer {
    /// The wall clock, which SendingTime tells and heartbeats run by.
    var utc: Timestamp { Timestamp(nanoseconds: Sockets.wallClock) }

    func serveFix(_ client: VenueClient, at now: Nanoseconds) {
        guard let fix = client.fix else { return }
        let time = utc
        let isOpen = client.read(at: now) { bytes in
            fix.receive(WireBytes(bytes), at: time, into: &client.output) { take($0, client, at: now) }
        }
        if !isOpen { lose(client, at: now) }
        fix.tick(at: time, into: &client.output) { take($0, client, at: now) }
    }

    func take(_ event: FixDoorEvent, _ client: VenueClient, at now: Nanoseconds) {
        switch event {
        case .refused: summary.refusedLogins += 1
        case .joined(let port):
            summary.logins += 1
            let words = doors[client.door].description.words
            notify(LiveNotice(.joined, "\(venue.name): \(port.user) has logged in, \(words)"))
        case .message(let bytes, let port):
            if !day.hasEnded { receiveFix(bytes, port, at: marketTime(at: now)) }
        case .left(let port, let reason):
            let why = reason.map { "\($0)" } ?? "lost"
            notify(LiveNotice(.left, "\(venue.name): \(port.user) is gone: \(why)"))
            if !day.hasEnded { day.exchange.disconnected(port, at: marketTime(at: now)) }
        }
    }

    private func receiveFix(_ bytes: WireBytes, _ port: FixDoorPort, at time: Timestamp) {
        if venue.quirks.reject > 0, port.isNewOrder(bytes), rejects.choose(below: 10_000) < venue.quirks.reject {
            if day.exchange.refuse(bytes, from: port, at: time) { rejects.happened() }
            return
        }
        day.exchange.receive(bytes, from: port, at: time)
    }

    /// Says what there is to say to everybody by FIX, and keeps it, before any of it leaves: what is told was not lost by a crash.
    func sendFix(at now: Nanoseconds) {
        for client in clients { sendFix(client, at: now) }
        let time = utc
        for door in doors {
            guard let fix = door.fix else { continue }
            fix.keep(at: time)
            for warning in fix.takeWarnings() { tell(warning, at: now) }
        }
    }

    /// Tells the operator; orders of a user who can't be told of them any more are cancelled.
    private func tell(_ warning: FixDoorWarning, at now: Nanoseconds) {
        var text = warning.text
        if warning.kind == .full, !day.hasEnded, let port = warning.port,
            day.exchange.cancelAll(of: port, at: marketTime(at: now))
        {
            text += "; its orders are cancelled"
            // Others are told of that, and it is kept before anything leaves.
            for door in doors { door.fix?.keep(at: utc) }
        }
        notify(LiveNotice(.warning, "\(venue.name): \(text)"))
    }

    /// Sends what the port has; after the day's end the last thing is a Logout.
    ///
    /// What a client that does not read can't get is kept for it; one that has lost something is logged out, however much waits.
    private func sendFix(_ client: VenueClient, at now: Nanoseconds) {
        guard let fix = client.fix else { return }
        let time = utc
        guard client.hasRoom || fix.port?.hasLost == true else { return fix.keep(at: time) }
        fix.send(at: time, into: &client.output)
        if day.hasEnded { fix.logout("the trading day has ended", at: time, into: &client.output) }
    }
}
