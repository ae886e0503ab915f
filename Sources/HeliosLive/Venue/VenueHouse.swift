// SPDX-License-Identifier: MIT
import CHelios
import HeliosMarket
import HeliosVenue

/// Simulated exchanges in one process, each with ports and feeds of its own, served by one thread.
///
/// ```swift
/// let house = try VenueHouse(configuration.venues) { notice in show(notice) }
/// let isComplete = try house.run { isInterrupted }
/// ```
public final class VenueHouse {
    /// In the order of their descriptions.
    public let servers: [VenueServer]
    /// Sockets that one call can wait for with a fine clock.
    private static let fineMax = 16

    /// Opens every socket and every order flow.
    ///
    /// - Parameters:
    ///   - venues: the exchanges, with different names.
    ///   - secure: opens the ports that speak TLS; without it they can't be had.
    ///   - notify: called with everything worth telling.
    /// - Throws: `SocketError`, `NoSecureDoorError`, `FixStoreFileError`, `MatchingCapacityError`, `MarketDayError`, or an error of
    ///   the data.
    public convenience init(
        _ venues: [VenueDescription],
        secure: SecureListen? = nil,
        notify: @escaping (LiveNotice) -> Void
    ) throws {
        try self.init(venues, flow: { VenueHouse.flow(of: $0, day: $1) }, secure: secure, notify: notify)
    }

    /// One exchange on the recorded market of a run.
    ///
    /// - Throws: `SocketError`, `MatchingCapacityError`, or an error of the data.
    public convenience init(
        _ venue: VenueDescription,
        recorded setup: LiveSetup,
        notify: @escaping (LiveNotice) -> Void
    ) throws {
        let midnight = try setup.midnight()
        try self.init(
            [venue],
            flow: { _, _ in { try RecordedFlow(midnight: midnight) { try setup.makeFeed() } } },
            notify: notify
        )
    }

    private init(
        _ venues: [VenueDescription],
        flow: (VenueDescription, Int) -> () throws -> (any OrderFlow)?,
        secure: SecureListen? = nil,
        notify: @escaping (LiveNotice) -> Void
    ) throws {
        var servers: [String: VenueServer] = [:]
        // Dark venues follow lit ones, which must be there first.
        for venue in venues.filter({ $0.kind == .lit }) + venues.filter({ $0.kind == .dark }) {
            let lead = venue.kind == .dark ? venue.reference.flatMap { servers[$0] } : nil
            let days = (0..<max(venue.days, 1)).map { flow(venue, $0) }
            servers[venue.name] = try VenueServer(
                venue,
                lead: lead,
                makeFlow: { try $0 < days.count ? days[$0]() : nil },
                secure: secure,
                notify: notify
            )
        }
        self.servers = venues.compactMap { servers[$0.name] }
    }

    private static func flow(of venue: VenueDescription, day: Int) -> () throws -> (any OrderFlow)? {
        switch venue.flow {
        case .none: { nil }
        case .recorded(let path, let date): { try RecordedFlow(path, date) }
        case .agents(var agents):
            {
                agents.seed &+= UInt64(day)
                if let seed = agents.flowSeed { agents.flowSeed = seed &+ UInt64(day) }
                for _ in 0..<day { agents.day = agents.day.nextWeekday }
                return try AgentFlow(agents)
            }
        }
    }

    /// Serves until every trading day is over, or until `isStopped` says so: then every session is ended in good order.
    ///
    /// - Returns: True when every day came to its end.
    /// - Throws: an error of the data.
    public func run(until isStopped: () -> Bool) throws -> Bool {
        while true {
            if isStopped() { for server in servers { server.stop() } }
            let now = Sockets.now
            for server in servers { try server.turn(at: now) }
            if servers.allSatisfy(\.isOver) { break }
            try wait()
        }
        return servers.allSatisfy(\.summary.isComplete)
    }

    /// Until somebody says something or something is due, at most 10 ms.
    private func wait() throws {
        let now = Sockets.now
        var idle: Nanoseconds = 10_000_000
        for server in servers where !server.isOver { idle = min(idle, try server.idleTime(at: now)) }
        let interests = servers.flatMap { $0.interests(at: now) }
        let isFine =
            interests.count <= VenueHouse.fineMax && !servers.contains { $0.clients.contains(where: \.wantsToWrite) }
        if isFine {
            _ = helios_wait_readable(interests.map(\.descriptor), Int32(interests.count), idle)
        } else {
            Sockets.wait(interests, timeout: idle)
        }
    }
}
