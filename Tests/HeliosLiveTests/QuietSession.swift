// SPDX-License-Identifier: MIT
import Foundation
import HeliosBook
import HeliosEngine
import HeliosLive
import HeliosMarket
import HeliosResearch
import HeliosRisk
import HeliosStore
import HeliosStrategy
import HeliosWire
import Synchronization
import Testing

/// A firm of two strategies and three people, whose keys were just made.
struct QuietFirm {
    var policy: RiskPolicy
    let keys: [SigningKey]

    var ana: SigningKey { keys[0] }
    var ben: SigningKey { keys[1] }
    /// The risk officer.
    var rita: SigningKey { keys[2] }

    init() throws {
        keys = try ["ana", "ben", "rita"].map { try SigningKey(new: $0) }
        policy = RiskPolicy(simple: BacktestSettings.defaultLimits, strategies: 2)
        policy.venues = ["ALFA"]
        policy.identities = keys.map {
            RiskIdentity($0.name, $0.name == "rita" ? .riskOfficer : .trader, publicKey: $0.publicKey)
        }
    }

    /// The limit that the tests change.
    var gross: Int { policy.limits.firstIndex { $0.kind == .grossNotional && $0.scope == 0 } ?? -1 }
}

/// A session in this process without a market or a venue: what people say to it, it does.
final class QuietSession: Sendable {
    let control: SessionControl
    let folder: String
    let socket: String
    let firm: QuietFirm
    private let isHeld = Atomic<Bool>(false)
    private let isIn = Atomic<Bool>(false)
    private let isStopped = Atomic<Bool>(false)
    private let ended = DispatchSemaphore(value: 0)

    /// Handed to the one thread that runs it.
    private final class Box: @unchecked Sendable {
        var session: PaperSession?
        init(_ session: PaperSession) { self.session = session }
    }

    private final class Told: Sendable {
        let texts = Mutex<[String]>([])
        func add(_ notice: LiveNotice) { texts.withLock { $0.append(notice.text) } }
    }

    private let told: Told
    /// What it has told so far.
    var notices: [String] { told.texts.withLock { $0 } }

    /// What trades.
    let setup: PaperSetup

    init(
        _ firm: QuietFirm,
        in folder: String,
        _ change: (inout PaperSettings) -> Void = { _ in },
        run changeRun: (inout BacktestSettings) -> Void = { _ in }
    ) throws {
        self.firm = firm
        self.folder = folder
        let midnight = try #require(TradingDay("2026-01-05")).midnight
        var settings = PaperSettings(
            // Port 0: the system chooses one, where nobody sends anything. Nobody listens at port 1.
            feed: FeedSettings(lines: [UDPSource(Endpoint(port: 0))]),
            orders: Endpoint(port: 1),
            soup: SoupClientConfiguration(user: try #require(SoupText("HELIOS")), password: .blank),
            midnight: midnight,
            journalDirectory: folder
        )
        settings.stateSnapshots.interval = 0
        settings.journal.segmentSize = 1 << 20
        settings.farewell = 0
        settings.control.policy = firm.policy
        // Without a venue no kill is ever confirmed.
        settings.control.limit = 200_000_000
        settings.control.rescues = false
        let told = Told()
        settings.control.alarm = told.add
        change(&settings)
        socket = settings.control.path ?? folder + "/" + ControlSettings.socketName
        var run = BacktestSettings()
        run.policy = firm.policy
        run.orderCapacity = 1_024
        run.bookCapacity = BookCapacity(instruments: 4, orders: 1_024, levels: 1_024)
        var directory = InstrumentDirectory()
        let symbol = try #require(Symbol("AAA"))
        _ = directory.register(symbol)
        run.directory = directory
        changeRun(&run)
        let parameters = QueueImbalanceParameters(symbol: symbol)
        setup = PaperSetup(
            settings: run,
            strategies: [.queueImbalance(parameters)],
            session: RecordedSession(configuration: "a test", midnight: midnight)
        )
        let box = Box(try QuietSession.open(setup, settings, told))
        self.told = told
        control = try #require(box.session?.control)
        Thread { [self] in
            _ = try? box.session?.run { [self] in look() }
            // The journal is free for the next one only when nobody has it any more.
            box.session = nil
            ended.signal()
        }.start()
        // Its engine is in its loop as soon as it answers; without a socket there is only what it tells.
        let isUp = waits {
            (try? ask(ControlRequest("facts")))?.step == "facts"
                || notices.contains { $0.contains("no control socket") }
        }
        try #require(isUp)
    }

    /// The journal's writer gives the directory back a moment after the session before has ended.
    private static func open(_ setup: PaperSetup, _ settings: PaperSettings, _ told: Told) throws -> PaperSession {
        for _ in 0..<60_000 {
            do {
                return try PaperSession(setup, settings, notify: told.add)
            } catch JournalError.disk { usleep(1_000) }
        }
        return try PaperSession(setup, settings, notify: told.add)
    }

    private func look() -> Bool {
        while isHeld.load(ordering: .acquiring) {
            isIn.store(true, ordering: .releasing)
            usleep(500)
        }
        return isStopped.load(ordering: .acquiring)
    }

    /// Returns when the engine's thread does nothing any more.
    func hold() {
        isHeld.store(true, ordering: .releasing)
        while !isIn.load(ordering: .acquiring) { usleep(500) }
    }

    func release() { isHeld.store(false, ordering: .releasing) }

    func end() {
        isStopped.store(true, ordering: .releasing)
        release()
        ended.wait()
    }

    func waits(_ condition: () -> Bool) -> Bool {
        for _ in 0..<30_000 {
            if condition() { return true }
            usleep(10_000)
        }
        return false
    }

    /// The last answer to a request on the session's socket.
    func ask(_ request: ControlRequest) throws -> ControlAnswer {
        var last: ControlAnswer?
        let client = try ControlClient(socket)
        try client.ask(request) { last = $0 }
        return try #require(last)
    }

    func ask(_ verb: String, _ body: some Encodable) throws -> ControlAnswer {
        var request = ControlRequest(verb)
        request.body = String(decoding: try JSONEncoder().encode(body), as: UTF8.self)
        return try ask(request)
    }

    func facts(limit: String? = nil, scope: String? = nil) throws -> SessionFacts {
        var request = ControlRequest("facts")
        (request.body, request.scope) = (limit, scope)
        let answer = try ask(request)
        return try JSONDecoder().decode(SessionFacts.self, from: Data(try #require(answer.body).utf8))
    }

    func kill(_ scope: String, _ action: KillOrder.Action) throws -> ControlAnswer {
        var request = ControlRequest("kill")
        (request.scope, request.action) = (scope, action.rawValue)
        // An engine that gets no processor for longer than a kill is watched here has not answered: asked again.
        for _ in 0..<100 {
            let answer = try ask(request)
            if answer.step != "escalation" { return answer }
        }
        return try ask(request)
    }

    /// A proposal of `key`'s for the gross limit, signed.
    func proposal(of after: Int128, by key: SigningKey, _ change: (inout RiskProposal) -> Void = { _ in }) throws
        -> RiskProposal
    {
        let facts = try facts(limit: "\(firm.gross)")
        let now = QuietSession.now
        var proposal = RiskProposal(
            .limit,
            session: facts.session,
            edition: facts.edition,
            before: try #require(facts.hard),
            after: "\(after)",
            reason: "a test",
            proposer: key.name,
            time: now,
            expires: now + 3_600_000_000_000
        )
        proposal.limit = firm.gross
        change(&proposal)
        proposal.sign(key)
        return proposal
    }

    /// A proposal of `key`'s to raise a scope, signed.
    func raise(_ scope: String, to state: String = "active", by key: SigningKey) throws -> RiskProposal {
        let facts = try facts(scope: scope)
        let now = QuietSession.now
        var proposal = RiskProposal(
            .raise,
            session: facts.session,
            edition: facts.edition,
            before: try #require(facts.state),
            after: state,
            reason: "a test",
            proposer: key.name,
            time: now,
            expires: now + 3_600_000_000_000
        )
        proposal.scope = scope
        proposal.sign(key)
        return proposal
    }

    func approval(_ proposal: RiskProposal, by key: SigningKey, at time: Int64? = nil) -> RiskApproval {
        var approval = RiskApproval(proposal, approver: key.name, time: time ?? QuietSession.now)
        approval.sign(key)
        return approval
    }

    static var now: Int64 { Int64(Date().timeIntervalSince1970 * 1e6) * 1_000 }

    /// The records of a journal that nobody writes any more.
    static func records(_ folder: String) throws -> [JournalRecord] {
        let reader = JournalReader(try DirectoryDisk(folder))
        var records: [JournalRecord] = []
        while let record = try reader.next() { records.append(record) }
        return records
    }
}

/// A folder that is removed at its end; its name is short, as a socket's path must be.
final class ShortFolder {
    let path = FileManager.default.temporaryDirectory.path + "/q-\(UInt32.random(in: 0 ... .max))"

    init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
    deinit { try? FileManager.default.removeItem(atPath: path) }
}
