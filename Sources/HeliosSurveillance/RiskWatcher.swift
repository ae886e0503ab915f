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
    /// What a drop copy is held to, before there is one.
    private let patience: DropCopyMatch.Settings
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
    ///   - isCopyExpected: whether executions must be in it from the start; otherwise from when it is there, and then all of them.
    ///   - settings: what to look at; nil for the session's own.
    /// - Throws: `BookCapacityError`.
    public init(
        _ folder: String,
        _ replay: JournalReplay,
        names: EvidenceNames,
        dropCopy: String? = nil,
        isCopyExpected: Bool = true,
        settings: MonitorSettings? = nil
    ) throws {
        self.names = names
        tail = JournalTail(folder)
        var monitor = SessionMonitor(settings ?? SessionReviewer(replay, names: names).settings)
        patience = monitor.settings.dropCopy
        if let dropCopy {
            if isCopyExpected { monitor.dropCopy = DropCopyMatch(patience) }
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
        if follower.engine.observer.dropCopy == nil {
            guard JournalTail.isThere(copy.path) else { return }
            follower.engine.observer.beginCopy(patience)
            raise(.notice, "drop-copy", "the drop copy is there: every execution of the session is held against it")
        }
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
        WatchStatus(follower.engine.observer, follower.engine.market, follower.engine.holds, self)
    }

    /// Judges what is open, as at the end of the day.
    public func finish() { RiskWatcher.finish(&follower.engine) }

    private static func finish(_ engine: inout Engine<StrategySet, Outbox, SessionMonitor>) {
        engine.observer.finish(engine.market)
    }
}
