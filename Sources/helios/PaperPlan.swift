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
        guard !live.feed.isEmpty else { throw missing("live.feed", "where the market data lines come in") }
        guard let orders = live.orders.flatMap(Endpoint.init(_:)) else {
            throw missing("live.orders", "the venue's order entry")
        }
        guard let user = SoupText(live.user), live.user.utf8.count <= 6 else {
            throw Failure(.usage, "live.user: found '\(live.user)', expected at most six characters")
        }
        var settings = PaperSettings(
            feed: feed(),
            orders: orders,
            soup: SoupClientConfiguration(user: user, password: try password()),
            midnight: try midnight(),
            journalDirectory: journal
        )
        settings.soup.timeout = 5_000_000_000
        if let endpoint = live.snapshots.flatMap(Endpoint.init(_:)) {
            var snapshots = SnapshotSettings(endpoint, user: live.user)
            snapshots.password = settings.soup.password.description
            settings.snapshots = snapshots
        }
        settings.rate = live.rate
        settings.burst = live.burst
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
        return settings
    }

    /// What trades.
    func setup() throws -> PaperSetup {
        let note = "helios \(Helios.version), \(Manifest.Build.current.system): \(plan.title), live"
        let session = RecordedSession(configuration: plan.text, midnight: try midnight(), notes: [note])
        return PaperSetup(settings: plan.settings, strategies: plan.strategies, session: session)
    }

    private func feed() -> FeedSettings {
        var settings = FeedSettings(
            lines: live.feed.compactMap(Endpoint.init(_:)).map { endpoint in
                var source = UDPSource(endpoint, interface: live.interface)
                source.buffer = live.receiveBuffer
                source.busyPoll = live.busyPoll
                return source
            }
        )
        settings.servers = live.requests.compactMap(Endpoint.init(_:))
        return settings
    }

    private func missing(_ key: String, _ what: String) -> Failure {
        Failure(
            .usage,
            "the configuration has no \(key): \(what)",
            hint: "'helios config explain live' tells all keys of a live session"
        )
    }

    private func password() throws -> SoupText {
        guard let path = live.passwordFile else { return .blank }
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw Failure(.usage, "live.passwordFile: \(path) can't be read")
        }
        let line = text.split(separator: "\n", omittingEmptySubsequences: false).first.map(String.init) ?? ""
        guard let password = SoupText(line), line.utf8.count <= 10 else {
            throw Failure(
                .usage,
                "live.passwordFile: the first line of \(path) is no password of at most ten characters"
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
