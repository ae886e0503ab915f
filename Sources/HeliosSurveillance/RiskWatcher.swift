// SPDX-License-Identifier: MIT
import HeliosEngine
import HeliosMarket
import HeliosResearch
import HeliosRisk
import HeliosStrategy

/// T05: follows the journal of a session that another process runs, and holds it against the controls behind the trade.
///
/// It reads files and nothing else: it can't slow the session, and a session that hangs can't silence it.
///
/// ```swift
/// let watcher = try RiskWatcher(folder, replay, names: names)
/// while isRunning { for alert in try watcher.poll(at: clock) { … } }
/// ```
public final class RiskWatcher {
    /// An alert with how long at most it took from its record's being written to this.
    public struct Found: Sendable {
        public var alert: RiskAlertRecord
        /// Nanoseconds of the wall's clock since the last look at which the record was not there; nil while the watcher reads what
        /// was written before it began.
        public var atMost: Nanoseconds?
    }

    /// Nothing new for so long, while a writer holds the journal, is an alert.
    public var silence: Nanoseconds = 5_000_000_000
    public let names: EvidenceNames
    private let tail: JournalTail
    private var follower: JournalFollower<StrategySet, SessionMonitor>
    private var directory = InstrumentDirectory()
    private var dropCopy: (path: String, reading: DropCopyReading, read: Int)?
    private var told = 0
    private var lastLook: Nanoseconds?
    private var lastRecord: Nanoseconds = 0
    private var isSilent = false
    private var hadWriter = false
    private var isCaughtUp = false
    /// Every alert so far.
    public private(set) var alerts: [RiskAlertRecord] = []
    /// The longest that an alert took, of those that came while it followed.
    public private(set) var slowest: Nanoseconds = 0
    /// Whether a process writes the journal.
    public private(set) var hasWriter = false

    /// - Parameters:
    ///   - folder: the journal's.
    ///   - replay: the session with its settings and strategies.
    ///   - names: what numbers are called.
    ///   - dropCopy: the recorded drop copy, which may come later; nil for none.
    ///   - settings: what to look at; nil for the session's own.
    /// - Throws: `BookCapacityError`.
    public init(
        _ folder: String,
        _ replay: JournalReplay,
        names: EvidenceNames,
        dropCopy: String? = nil,
        settings: MonitorSettings? = nil
    ) throws {
        self.names = names
        tail = JournalTail(folder)
        var monitor = SessionMonitor(settings ?? SessionReviewer(replay, names: names).settings)
        if let dropCopy {
            monitor.dropCopy = DropCopyMatch(monitor.settings.dropCopy)
            let reading = DropCopyReading(midnight: names.midnight, directory: names.instruments)
            self.dropCopy = (dropCopy, reading, 0)
        }
        follower = JournalFollower(engine: try replay.makeEngine(observer: monitor))
    }

    /// Records read so far.
    public var records: Int { tail.records }
    /// The market's clock.
    public var now: Timestamp { follower.engine.market.now }
    /// The first difference between what the session did and what its engine should have done.
    public var divergence: ReplayDivergence? { follower.divergence }

    /// Reads what has come and tells what was found.
    ///
    /// - Parameters:
    ///   - clock: nanoseconds of a clock that never goes back.
    ///   - limit: the most records to read in this call.
    /// - Returns: new alerts, oldest first.
    /// - Throws: `JournalDamage` when the journal is damaged.
    public func poll(at clock: Nanoseconds, limit: Int = 1_000_000) throws(JournalDamage) -> [Found] {
        let before = tail.records
        takeCopy()
        var isEnd = false
        while tail.records - before < limit {
            guard let record = try tail.next() else {
                isEnd = true
                break
            }
            if record.event.kind == .side { follower.engine.observer.beside(record) }
            guard follow(record.event) else { break }
        }
        let came = tail.records - before
        watch(came, isEnd, at: clock)
        let fresh = collect(at: clock)
        if isEnd { isCaughtUp = true }
        if isEnd || came > 0 { lastLook = clock }
        return fresh
    }

    /// Whether everything that is written has been read.
    public var isAtEnd: Bool { isCaughtUp }

    private func follow(_ record: Event) -> Bool {
        let isWhole = follower.follow(
            record,
            before: { event, engine in engine.observer.willApply(event, engine.market) },
            after: { event, engine in engine.observer.didApply(event, engine.market) }
        )
        if !isWhole, let divergence = follower.divergence {
            raise(
                .incident,
                "divergence",
                "the session's engine did at record \(divergence.sequence) what its journal does not make it do: "
                    + divergence.reason.rawValue
            )
        }
        return isWhole
    }

    private func takeCopy() {
        guard var copy = dropCopy else { return }
        copy.read = copy.reading.follow(copy.path, from: copy.read)
        // An execution is late when the file was read after its time was over, and not before: between two looks a market that runs
        // faster than the world can pass minutes.
        follower.engine.observer.copiedUntil = now
        for line in copy.reading.takeLines() { follower.engine.observer.copy(line) }
        dropCopy = copy
    }

    /// The core must not fall silent.
    private func watch(_ came: Int, _ isEnd: Bool, at clock: Nanoseconds) {
        hasWriter = tail.hasWriter
        if came > 0 || lastRecord == 0 {
            if isSilent { raise(.notice, "resumed", "records come again") }
            isSilent = false
            lastRecord = clock
        }
        if hadWriter, !hasWriter, isEnd {
            raise(.notice, "writer-gone", "no process writes the journal any more")
        }
        if isEnd || !hasWriter { hadWriter = hasWriter }
        guard hasWriter, isEnd, !isSilent, clock - lastRecord >= silence else { return }
        isSilent = true
        raise(
            .incident,
            "silent",
            "nothing was recorded for \((clock - lastRecord) / 1_000_000) ms, and a process holds the journal",
            value: Int128(clock - lastRecord)
        )
    }

    private func raise(_ severity: AlertSeverity, _ finding: String, _ text: String, value: Int128 = 0) {
        let alert = RiskAlertRecord(
            .t05,
            severity,
            finding,
            at: now,
            raised: now,
            sequence: follower.sequence,
            measure: value == 0 ? .number : .time,
            value: value,
            limit: value == 0 ? 0 : Int128(silence),
            text: text
        )
        follower.engine.observer.alerts.append(alert)
    }

    private func collect(at clock: Nanoseconds) -> [Found] {
        let all = follower.engine.observer.alerts
        guard told < all.count else { return [] }
        let delay = isCaughtUp ? lastLook.map { clock - $0 } : nil
        let fresh = all[told...].map { Found(alert: $0, atMost: delay) }
        told = all.count
        alerts = all
        if let delay { slowest = max(slowest, delay) }
        return fresh
    }

    /// The session as it stands.
    public func status() -> WatchStatus {
        WatchStatus(follower.engine.observer, follower.engine.market, self)
    }

    /// Judges what is open, as at the end of the day.
    public func finish() { RiskWatcher.finish(&follower.engine) }

    private static func finish(_ engine: inout Engine<StrategySet, Outbox, SessionMonitor>) {
        engine.observer.finish(engine.market)
    }
}

/// Where a watched session stands.
public struct WatchStatus: Sendable {
    /// A line of positions or profit.
    public struct Line: Sendable, Equatable {
        public var name: String
        public var position: Int128 = 0
        /// Raw money: without and with its sign.
        public var gross: Int128 = 0
        public var net: Int128 = 0
        public var realised: Int128 = 0
        public var unrealised: Int128 = 0
        public var fees: Int128 = 0

        public var profit: Int128 { realised + unrealised - fees }
    }

    public var time = Timestamp.zero
    public var records = 0
    public var hasWriter = false
    public var state = RiskState.active
    public var holds: [String] = []
    public var feedIsInterrupted = false
    public var workingOrders = 0
    public var orders = 0
    public var executions = 0
    public var refusals = 0
    public var cash: Int128 = 0
    public var total = Line(name: "all")
    public var byStrategy: [Line] = []
    public var byGroup: [Line] = []
    public var byAccount: [Line] = []
    public var byInstrument: [Line] = []
    public var uses: [LimitUse] = []
    /// Now, in the order of `uses`; the peaks stand there.
    public var matched: Int?
    public var unmatched: Int?
    public var alerts = 0
    public var incidents = 0

    init(_ monitor: borrowing SessionMonitor, _ market: borrowing MarketState, _ watcher: RiskWatcher) {
        time = market.now
        records = watcher.records
        hasWriter = watcher.hasWriter
        state = market.risk.status.state
        feedIsInterrupted = market.risk.feedIsInterrupted
        workingOrders = market.orders.workingCount
        orders = monitor.orders.count
        executions = monitor.positions.count
        refusals = monitor.refusals.count
        cash = monitor.positions.cash
        uses = monitor.use.uses
        matched = monitor.dropCopy?.matched
        unmatched = monitor.dropCopy?.unmatched
        alerts = monitor.alerts.count
        incidents = monitor.alerts.count { $0.severity == .incident }
        var strategies: [String: Line] = [:]
        var groups: [String: Line] = [:]
        var accounts: [String: Line] = [:]
        var instruments: [String: Line] = [:]
        let names = watcher.names
        for (key, line) in monitor.profit.ordered {
            let instrument = Instrument(id: key.instrument)
            let mark = market.risk.exposure(instrument).mark
            let tag = OrderTag(strategy: key.strategy, group: key.group)
            func add(_ lines: inout [String: Line], _ name: String) {
                lines[name, default: Line(name: name)].take(line, mark)
            }
            total.take(line, mark)
            add(&strategies, names.strategy(key.strategy))
            add(&groups, names.strategy(key.strategy) + " " + names.group(tag))
            add(&accounts, names.scope(.account, of: key.strategy))
            add(&instruments, names.instrument(instrument))
        }
        byStrategy = WatchStatus.ordered(strategies)
        byGroup = WatchStatus.ordered(groups)
        byAccount = WatchStatus.ordered(accounts).filter { !$0.name.isEmpty }
        byInstrument = WatchStatus.ordered(instruments)
    }

    private static func ordered(_ lines: [String: Line]) -> [Line] { lines.values.sorted { $0.name < $1.name } }
}

extension WatchStatus.Line {
    fileprivate mutating func take(_ line: ProfitBook.Line, _ mark: Price) {
        let value = line.position * Int128(mark.raw)
        position += line.position
        gross += abs(value)
        net += value
        realised += line.realised
        unrealised += line.unrealised(at: mark)
        fees += line.fees
    }
}
