// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosVenue
import HeliosWire

/// What participants say.
extension VenueServer {
    func serve(_ client: VenueClient, at now: Nanoseconds) {
        if client.fix != nil { return serveFix(client, at: now) }
        let time = Timestamp(nanoseconds: now)
        let isOpen = client.read(at: now) { bytes in
            var chunk = WireBytes(bytes)
            while let event = client.connection.next(&chunk, at: time, into: &client.output) {
                take(event, client, at: now)
            }
        }
        if !isOpen { lose(client, at: now) }
        if let event = client.connection.tick(at: time, into: &client.output) { take(event, client, at: now) }
    }

    /// The line of a client is gone.
    func lose(_ client: VenueClient, at now: Nanoseconds) {
        if let fix = client.fix {
            fix.disconnected(at: utc) { take($0, client, at: now) }
        } else if let event = client.connection.disconnected() {
            take(event, client, at: now)
        }
    }

    func take(_ event: SoupServerEvent, _ client: VenueClient, at now: Nanoseconds) {
        switch event {
        case .login(let login): admit(login, client, at: now)
        case .message(let bytes): receive(bytes, client, at: now)
        case .closed(let reason, let cancelsOrders):
            guard let port = client.port else { return }
            client.port = nil
            if let number = port.number { taken.remove(number) }
            if port.kind != .snapshot { notify(LiveNotice(.left, "\(venue.name): \(port.user) is gone: \(reason)")) }
            if cancelsOrders, !day.hasEnded { day.exchange.disconnected(port, at: marketTime(at: now)) }
        }
    }

    private func admit(_ login: SoupLogin, _ client: VenueClient, at now: Nanoseconds) {
        let door = doors[client.door].description
        let user = door.users.first { user in SoupText(user.name)?.matches(login.user) ?? false }
        let isRight = user.map { user in
            user.password.map { SoupText($0)?.matches(login.password) ?? false } ?? true
        }
        guard isRight == true,
            let port = day.exchange.open(door.language.kind, user: login.user, at: marketTime(at: now))
        else { return refuse(.notAuthorised, client, at: now) }
        if let number = port.number, !taken.insert(number).inserted {
            closeOlder(number, at: now)
            taken.insert(number)
        }
        client.port = port
        summary.logins += 1
        if port.kind != .snapshot {
            notify(LiveNotice(.joined, "\(venue.name): \(login.user) has logged in, \(door.language.rawValue)"))
        }
        let time = Timestamp(nanoseconds: now)
        if let closed = client.connection.accept(port.stream, at: time, into: &client.output) {
            take(closed, client, at: now)
        }
    }

    /// Of two logins at one port the later counts, as with `ExchangeSessions`: a line that broke without our noticing, or a standby
    /// that takes over, gets in at once, and what the older connection says is not read any more.
    private func closeOlder(_ number: Int, at now: Nanoseconds) {
        guard let older = clients.first(where: { $0.port?.number == number }) else { return }
        older.breakLine()
        lose(older, at: now)
    }

    private func refuse(_ reason: SoupRefusal, _ client: VenueClient, at now: Nanoseconds) {
        summary.refusedLogins += 1
        if let closed = client.connection.refuse(reason, into: &client.output) { take(closed, client, at: now) }
    }

    private func receive(_ bytes: WireBytes, _ client: VenueClient, at now: Nanoseconds) {
        guard let port = client.port, !day.hasEnded else { return }
        let time = marketTime(at: now)
        // New orders begin with the same letter in both versions of OUCH.
        let isOrder = bytes.count > 0 && bytes[0] == UInt8(ascii: "O")
        if venue.quirks.reject > 0, isOrder, rejects.choose(below: 10_000) < venue.quirks.reject {
            if day.exchange.refuse(bytes, from: port, at: time) { rejects.happened() }
            return
        }
        day.exchange.receive(bytes, from: port, at: time)
    }
}
