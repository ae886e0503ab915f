// SPDX-License-Identifier: MIT
import Foundation
import HeliosConfiguration
import HeliosEngine
import HeliosLive
import HeliosMarket
import HeliosResearch
import HeliosRisk
import HeliosStore
import HeliosWire

/// What a configuration's section `live` comes to: where a session listens, connects and runs.
struct PaperPlan {
    let plan: RunPlan
    let journal: String
    var live: LiveConfiguration { plan.live }

    /// The session's settings, checked.
    func settings(_ arguments: PaperArguments) throws -> PaperSettings {
        var settings = PaperSettings(
            venues: live.venues.isEmpty ? [try onlyVenue()] : try live.venues.map(venue),
            midnight: try midnight(),
            journalDirectory: journal
        )
        settings.clock = MarketClockKind(rawValue: live.clock) ?? .market
        settings.speed = live.speed
        settings.threads = arguments.threads ?? SessionThreads(rawValue: live.threads) ?? .single
        settings.waits = arguments.wait ?? WaitStrategy(rawValue: live.wait) ?? .block
        settings.processors = live.processors
        settings.realtimePriority = live.realtimePriority
        settings.durability = arguments.durability ?? Durability(rawValue: live.durability) ?? .cache
        settings.stateSnapshots.interval = arguments.snapshotInterval
        settings.journal.segmentSize = 64 << 20
        if let endpoint = live.dropCopy.flatMap(Endpoint.init(_:)) {
            let name = live.dropCopyUser ?? live.user
            guard let login = SoupText(name), name.utf8.count <= 6 else {
                throw Failure(.usage, "live.dropCopyUser: found '\(name)', expected at most six characters")
            }
            settings.dropCopy = DropCopySettings(endpoint, user: login, password: settings.soup.password)
        }
        settings.control.path = live.control
        settings.control.group = live.controlGroup
        settings.control.watchdog = live.watchdog
        settings.control.rescues = live.rescue
        settings.control.contacts = live.contacts
        settings.control.policy = plan.settings.policy ?? RiskPolicy(simple: plan.settings.limits)
        settings.control.hasDealers = plan.settings.dealers != nil
        // Of several venues each can be stopped by its name, whoever has written the limits.
        if !live.venues.isEmpty || plan.settings.dealers != nil {
            settings.control.policy.venues = plan.settings.ruling.venues
        }
        return settings
    }

    /// What trades.
    func setup() throws -> PaperSetup {
        let note = "helios \(Helios.version), \(Manifest.Build.current.system): \(plan.title), live"
        let session = RecordedSession(configuration: plan.text, midnight: try midnight(), notes: [note])
        return PaperSetup(settings: plan.settings, strategies: plan.strategies, session: session)
    }

    /// The venue of a configuration without a list of them.
    private func onlyVenue() throws -> PaperVenue {
        guard !live.feed.isEmpty else { throw missing("live.feed", "where the market data lines come in") }
        guard let orders = live.orders.flatMap(Endpoint.init(_:)) else {
            throw missing("live.orders", "the venue's order entry")
        }
        let login = try login("live.user", live.user, "live.passwordFile", live.passwordFile)
        var venue = PaperVenue(feed: feed(live.feed, live.requests), orders: orders, soup: login)
        venue.fix = try FixPlan(fix: live.fix).entry()
        venue.snapshots = snapshots(live.snapshots, live.user, login)
        venue.rate = live.rate
        venue.burst = live.burst
        return venue
    }

    /// One of several venues.
    private func venue(_ configured: LiveVenueConfiguration) throws -> PaperVenue {
        guard let orders = Endpoint(configured.orders) else {
            throw missing("live.venues[].orders", "the order entry of \(configured.name)")
        }
        let user = configured.user ?? live.user
        let login = try login(
            "the user of \(configured.name)",
            user,
            "the password file of \(configured.name)",
            configured.passwordFile ?? live.passwordFile
        )
        var venue = PaperVenue(
            name: configured.name,
            feed: configured.feed.isEmpty ? nil : feed(configured.feed, configured.requests),
            orders: orders,
            soup: login
        )
        venue.isDark = configured.kind == .dark
        if configured.isFix {
            venue.fix = try FixPlan(fix: live.fix).entry(
                sender: configured.sender,
                target: configured.target,
                senderSub: configured.senderSub,
                targetSub: configured.targetSub,
                account: configured.account,
                store: configured.store
            )
        }
        venue.snapshots = snapshots(configured.snapshots, user, login)
        venue.rate = configured.rate ?? live.rate
        venue.burst = configured.burst ?? live.burst
        return venue
    }

    private func login(_ userKey: String, _ user: String, _ fileKey: String, _ file: String?) throws
        -> SoupClientConfiguration
    {
        guard let name = SoupText(user), user.utf8.count <= 6 else {
            throw Failure(.usage, "\(userKey): found '\(user)', expected at most six characters")
        }
        var soup = SoupClientConfiguration(user: name, password: try password(fileKey, file))
        soup.timeout = 5_000_000_000
        return soup
    }

    private func snapshots(_ endpoint: String?, _ user: String, _ login: SoupClientConfiguration) -> SnapshotSettings? {
        guard let endpoint = endpoint.flatMap(Endpoint.init(_:)) else { return nil }
        var snapshots = SnapshotSettings(endpoint, user: user)
        snapshots.password = login.password.description
        return snapshots
    }

    private func feed(_ lines: [String], _ servers: [String]) -> FeedSettings {
        var settings = FeedSettings(
            lines: lines.compactMap(Endpoint.init(_:)).map { endpoint in
                var source = UDPSource(endpoint, interface: live.interface)
                source.buffer = live.receiveBuffer
                source.busyPoll = live.busyPoll
                return source
            }
        )
        settings.servers = servers.compactMap(Endpoint.init(_:))
        return settings
    }

    private func missing(_ key: String, _ what: String) -> Failure {
        Failure(
            .usage,
            "the configuration has no \(key): \(what)",
            hint: "'helios config explain live' tells all keys of a live session"
        )
    }

    private func password(_ key: String, _ path: String?) throws -> SoupText {
        guard let path else { return .blank }
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw Failure(.usage, "\(key): \(path) can't be read")
        }
        let line = text.split(separator: "\n", omittingEmptySubsequences: false).first.map(String.init) ?? ""
        guard let password = SoupText(line), line.utf8.count <= 10 else {
            throw Failure(
                .usage,
                "\(key): the first line of \(path) is no password of at most ten characters"
            )
        }
        return password
    }

    /// Midnight of the trading day: the journal's, when it has begun, else the configured day's, else today's in New York.
    func midnight() throws -> Timestamp {
        let configured = live.day?.midnight
        let now = Timestamp(nanoseconds: Int64(Date().timeIntervalSince1970) * 1_000_000_000)
        let today = TradingDay.containing(now)?.midnight
        if let recorded = try? JournalFolder(reading: journal).session().0.midnight {
            if let day = configured ?? today, day != recorded {
                throw Failure(
                    .usage,
                    "\(journal) holds the session of another day than \(configured == nil ? "today" : "live.day")",
                    hint: "every day has a journal of its own: name another directory with --journal"
                )
            }
            return recorded
        }
        guard let midnight = configured ?? today else {
            throw Failure(.fault, "this machine's clock is before 1970")
        }
        return midnight
    }
}
