// SPDX-License-Identifier: MIT
import Foundation
import HeliosMarket
import HeliosRisk
import HeliosWire
import Synchronization

/// How a session is reached while it runs.
public struct ControlSettings: Sendable {
    /// The socket's path; nil is `control.sock` in the journal's folder.
    public var path: String?
    /// The group that may use the socket beside its owner; nil is nobody.
    public var group: String?
    /// Nanoseconds after which a connection to the socket that asks nothing is ended.
    public var idle: Nanoseconds = 10_000_000_000
    /// The engine, or whoever writes to the venue, was not heard of for so long: it is taken for hung.
    public var watchdog: Nanoseconds = 250_000_000
    /// What is not at its end after so long is escalated.
    public var patience: Nanoseconds = 1_000_000_000
    /// A kill is watched for so long at most.
    public var limit: Nanoseconds = 20_000_000_000
    /// When the owner of the order connection hangs, the session logs in a second time to cancel.
    public var rescues = true
    /// Whom to call when orders do not end.
    public var contacts: [String] = []
    /// Told of what happens outside the engine's thread, on the thread where it happens.
    public var alarm: (@Sendable (LiveNotice) -> Void)?
    /// Somebody answers requests for quotes.
    public var hasDealers = false
    /// Scopes, people and limits; a policy without scopes knows the firm only.
    public var policy = RiskPolicy()

    /// The socket's name in the journal's folder.
    public static let socketName = "control.sock"

    public init() {}
}

/// What is to be stopped, by whom and why.
public struct KillOrder: Sendable {
    public enum Action: String, Sendable, CaseIterable {
        case killed, halted, reduceOnly, flatten
    }

    public var scope: String
    public var action: Action
    public var reason: String
    public var person: String
    /// The account of the process that asks, as the operating system knows it; nil when it is this one.
    public var account: String?

    public init(scope: String = "firm", _ action: Action = .killed, reason: String = "", person: String = "") {
        self.scope = scope
        self.action = action
        self.reason = reason
        self.person = person
    }

    /// What the engine is told.
    var command: RiskCommand.Action { action == .flatten ? .flatten : .lower }

    var state: RiskState {
        switch action {
        case .killed: .killed
        case .halted: .halted
        case .reduceOnly: .reduceOnly
        case .flatten: .reduceOnly
        }
    }
}

/// The door to a running session for those who stop it: any thread may call, whatever the session's own threads do.
public final class SessionControl: Sendable {
    public let settings: ControlSettings
    public let names: ControlNames
    let stop: KillSwitch
    let pulse = SessionPulse()
    let desk = ControlDesk()
    /// Nil for a session that keeps nothing.
    let log: KillLog?
    let symbols: [Symbol]
    /// Of the trading day.
    let midnight: Timestamp
    /// The journal's number.
    let session: UInt64
    /// What waits for a second person.
    let book: FourEyesBook
    private let runs = Mutex<[KillRun]>([])
    private let ended = Atomic<Bool>(false)
    private let venues: [RescuePlace]
    /// Venues that nobody can log in at a second time.
    private let unreached: [String]
    private let synced: @Sendable () -> UInt64
    private let alarm: @Sendable (String) -> Void

    init(
        _ settings: ControlSettings,
        symbols: [Symbol],
        midnight: Timestamp,
        venues: [RescuePlace],
        unreached: [String],
        directory: String?,
        session: UInt64,
        seen: Set<String>,
        synced: @escaping @Sendable () -> UInt64,
        alarm: @escaping @Sendable (String) -> Void
    ) {
        self.settings = settings
        self.symbols = symbols
        self.midnight = midnight
        self.session = session
        book = FourEyesBook(seen: seen)
        self.venues = venues
        self.unreached = unreached
        self.synced = synced
        self.alarm = alarm
        var names = ControlNames(settings.policy, symbols: symbols)
        names.hasDealers = settings.hasDealers
        self.names = names
        stop = KillSwitch()
        log = directory.map { KillLog(directory: $0) }
    }

    /// Whether new orders are stopped at the door to the venue, all of them.
    public var stopsAll: Bool { stop.stopsAll }

    /// Stops what `order` says: no order that it covers leaves any more when this returns.
    ///
    /// Cancels, confirmation and escalation follow on threads of their own; `tell` hears each step there, the last one with
    /// `isLast`.
    ///
    /// - Throws: `ControlScopeError`; nothing was stopped then.
    public func kill(
        _ order: KillOrder,
        tell: @escaping @Sendable (ControlAnswer) -> Void = { _ in }
    ) throws(ControlScopeError) {
        let scope = try names.scope(order.scope)
        let began = Sockets.now
        if order.state >= .halted { stop.stop(scope.cover) }
        let flagged = Sockets.now
        desk.watch(true)
        var letter = ControlLetter(record: scope.command(order.command, order.state).record(at: .zero))
        letter.cover = scope.cover
        var entry = KillEntry(
            scope: scope.text,
            state: order.action.rawValue,
            reason: String(order.reason.prefix(RiskProposal.longestReason)),
            person: String(order.person.prefix(64))
        )
        entry.account = order.account
        letter.sides = [(.command, ControlLine.encode(entry))]
        let posted = desk.post(letter)
        let run = KillRun(
            order,
            scope,
            letter: posted,
            look: stop.look,
            began: began,
            flagged: flagged,
            entry: entry,
            control: self,
            tell: tell
        )
        run.begin()
        let isFollowed = runs.withLock { runs in
            runs.removeAll { $0.isOver }
            let isRoom = runs.count { !$0.isSaid } < SessionControl.room && runs.count < SessionControl.threads
            if isRoom { runs.append(run) }
            return isRoom
        }
        guard isFollowed else { return run.leave() }
        Thread { run.follow() }.start()
    }

    /// Kills that are followed to their end at once; one more stops orders all the same.
    private static var room: Int { 64 }
    /// The same with those that have said their last word, and only wait for an engine that hangs to write them down.
    private static var threads: Int { 256 }

    /// Whether record `number` of the journal is on stable storage.
    func isStored(_ number: UInt64) -> Bool { synced() >= number }

    /// The session's threads have ended.
    func end() { ended.store(true, ordering: .releasing) }

    var hasEnded: Bool { ended.load(ordering: .acquiring) }

    /// Waits for the kills under way to say how they ended.
    func drain() {
        for run in runs.withLock({ $0 }) { run.join() }
    }

    func warn(_ text: String) { alarm(text) }

    /// Cuts the connections under a thread that hangs and cancels at every venue in its stead.
    func rescue() -> RescueParty? {
        guard settings.rescues, !pulse.connectionIsTaken else { return nil }
        pulse.connectionIsTaken = true
        _ = pulse.cut()
        let party = RescueParty(venues, unreached: unreached, limit: settings.limit / 2)
        party.begin { [self] in pulse.connectionIsTaken = false }
        return party
    }
}
