// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosEngine
import HeliosMarket
import HeliosVenue
import HeliosWire

/// How a run ended.
public enum SimulationOutcome: Int32, Sendable {
    case passed = 0
    /// A fault of the program itself: a node diverged or its engine could not be made.
    case crashed = 127
    /// It did not settle after the faults had stopped.
    case noLiveness = 128
    /// An invariant was broken.
    case wrongAnswer = 129
    /// Two runs of one seed differed.
    case notDeterministic = 130
}

/// A broken promise: which invariant, what was seen, and when.
public struct Violation: Error, Equatable, Sendable, CustomStringConvertible {
    /// `I1` to `I16`, or `liveness`.
    public var invariant: String
    public var text: String
    /// Time since the session began.
    public var time: Nanoseconds
    public var description: String { "\(invariant) at \(time / 1_000_000) ms: \(text)" }
}

/// What a run did.
public struct SimulationReport: Sendable {
    public var seed: UInt64
    public var outcome = SimulationOutcome.passed
    public var violations: [Violation] = []
    /// How often each fault was injected.
    public var faults: [FaultKind: Int] = [:]
    /// How often each branch of recovery was taken, by name.
    public var marks: [String: Int] = [:]
    public var plan = FaultPlan()
    public var durability = Durability.cache
    public var path = OrderPath.records
    public var events = 0
    public var orders = 0
    public var executions = 0
    public var simulated: Nanoseconds = 0
    /// The last things that happened to nodes and connections, for a person who reads a failure.
    public var trace: [String] = []
    /// Everything that was sent, received and derived, folded.
    public var hash: UInt64 = 0
}

/// One seed's world: market, two nodes with disks, venue and network, in one thread on a virtual clock.
final class Simulation {
    let seed: UInt64
    let plan: FaultPlan
    let market: SimulatedMarket
    let setup: NodeSetup
    let durability: Durability
    let nodes = [SimulatedNode(index: 0), SimulatedNode(index: 1)]
    var report: SimulationReport
    var queue = ActionQueue()
    var now: Timestamp
    let start: Timestamp
    let workloadEnd: Timestamp
    var faultsAreOn = true
    var hash = OutputHash()

    // The venue.
    var venue: HistoricalVenue
    var session = VenueSession()
    var writerNode = -1
    var writerConnection = -1
    var connections = 0
    var venueDownUntil = Timestamp.zero
    var published = 0

    // Streams of chance.
    var network: SimulationRandom
    var disks: SimulationRandom
    var venueChance: SimulationRandom
    var scheduler: SimulationRandom
    var lines: SimulationRandom

    // What the checks know by themselves.
    var knownEpochs: [UInt64: Int] = [:]
    /// The highest epoch whose order the exchange has accepted.
    var lastEpoch: UInt64 = 0
    var logins: [Int: UInt64] = [:]
    var lastReportSchedule = Timestamp.never
    var lastConflict = Timestamp.zero
    /// The first messages of the packets whose copies contradict each other.
    var contradicted: Set<UInt64> = []
    /// A node's socket had no room for a copy of such a packet.
    var contradictionWasLost = false
    var deadLine = -1
    var linkDownUntil = Timestamp.zero

    /// The exchange, when orders go to it as bytes.
    let wire: WireVenue?

    init(seed: UInt64, plan: FaultPlan, path: OrderPath, messages: Int) throws(BookCapacityError) {
        self.seed = seed
        self.plan = plan
        wire = path == .ouch ? WireVenue(seed: seed) : nil
        var draw = SimulationRandom(seed: seed, stream: "setup")
        durability = [Durability.cache, .mirror, .sync][draw.below(3)]
        market = SimulatedMarket(seed: seed, messages: messages, halts: plan.strength(.halt))
        var options = JournalOptions()
        options.segmentSize = plan.has(.diskFull) ? 128 << 10 : 256 << 10
        options.blockSlots = 1 + draw.below(60)
        setup = NodeSetup(
            seed: draw.next(),
            floods: plan.has(.flood),
            lastQuote: Int(Double(messages) * 0.5),
            options: options,
            snapshotInterval: UInt64(100 + draw.below(900)),
            checkpointInterval: 32 + draw.below(96)
        )
        start = market.events.first?.eventTime ?? SimulatedMarket.midnight
        now = start
        workloadEnd = (market.events.last?.eventTime ?? start) + 10_000_000
        venue = try HistoricalVenue(
            capacity: BookCapacity(instruments: 4, orders: 4_096, levels: 1_024),
            reportLatency: 50_000
        )
        network = SimulationRandom(seed: seed, stream: "network")
        disks = SimulationRandom(seed: seed, stream: "disk")
        venueChance = SimulationRandom(seed: seed, stream: "venue")
        scheduler = SimulationRandom(seed: seed, stream: "scheduler")
        lines = SimulationRandom(seed: seed, stream: "lines")
        report = SimulationReport(seed: seed)
        report.plan = plan
        report.durability = durability
        report.path = path
    }

    /// Runs the workload with faults, then the time without them in which all must settle, then the last checks.
    func run() -> SimulationReport {
        begin()
        runUntil(workloadEnd)
        calm()
        runUntil(now + 3_000_000_000)
        if report.violations.isEmpty { checkSettled() }
        finish()
        return report
    }

    private func runUntil(_ end: Timestamp) {
        while let next = queue.nextTime, next <= end, report.violations.isEmpty {
            let item = queue.take()
            now = max(now, item.time)
            report.events += 1
            hash.mix(UInt64(bitPattern: item.time.nanoseconds))
            perform(item)
        }
        now = max(now, end)
    }

    private func finish() {
        for node in nodes { count(node) }
        report.orders = venueOrders.count
        report.executions = venueExecutions.count
        report.simulated = now - start
        for execution in venueExecutions { hash.mix(execution) }
        for node in nodes { hash.mix(node.core?.engine.hash.value ?? 0) }
        report.hash = hash.value
        if let first = report.violations.first {
            report.outcome = first.invariant == "liveness" ? .noLiveness : .wrongAnswer
        }
    }

    /// Adds up what a node has counted in its life.
    func count(_ node: SimulatedNode) {
        guard let counters = node.core?.counters, let odd = node.core?.engine.market.orders.anomalies else { return }
        mark("reconciled", counters.reconciled)
        mark("never arrived", counters.neverArrived)
        mark("found ended", counters.foundEnded)
        mark("found unknown", counters.foundUnknown)
        mark("asked after", counters.timeouts)
        mark("dropped with their connection", counters.dropped)
        mark("reports told again", counters.retold)
        mark("withheld by a halt", counters.withheld)
        mark("duplicate executions refused", Int(odd.duplicateExecutions))
        mark("fills of unknown orders", Int(odd.unknownOrders))
    }

    func mark(_ name: String, _ count: Int = 1) {
        if count > 0 { report.marks[name, default: 0] += count }
    }

    func inject(_ kind: FaultKind) {
        report.faults[kind, default: 0] += 1
        switch kind {
        case .packetLoss, .disorder, .skew, .garbage, .duplicateReport, .pieces: break
        default: note(kind.rawValue)
        }
    }

    /// Adds a line to the trace.
    func note(_ text: String) {
        if report.trace.count == 60 { report.trace.removeFirst(20) }
        report.trace.append("\((now - start) / 1_000) us  \(text)")
    }

    /// Whether `kind` strikes now, with at most `most` probability.
    func strikes(_ kind: FaultKind, _ most: Double, _ random: inout SimulationRandom) -> Bool {
        guard plan.has(kind) else { return false }
        let hit = random.chance(most * plan.strength(kind))
        guard hit, faultsAreOn else { return false }
        inject(kind)
        return true
    }

    func violate(_ invariant: String, _ text: String) {
        report.violations.append(Violation(invariant: invariant, text: text, time: now - start))
    }

    private func begin() {
        start(nodes[0], asPrimary: true)
        start(nodes[1], asPrimary: false)
        if plan.has(.skew), lines.chance(0.3) { deadLine = lines.below(2) }
        if plan.has(.clock) {
            inject(.clock)
            for node in nodes {
                node.clockOffset = Nanoseconds(scheduler.below(7_200)) * 1_000_000_000 - 3_600_000_000_000
                node.clockDrift = Int64(scheduler.below(1_001)) - 500
            }
        }
        if plan.has(.halt) { report.faults[.halt] = market.halts }
        if plan.has(.flood) { inject(.flood) }
        queue.add(start, .publish(0, 0))
        if wire != nil { beginWire() }
        scheduleFaults()
    }

    /// Faults that come at some moment, not with some message.
    private func scheduleFaults() {
        let span = workloadEnd - start
        func moments(_ kind: FaultKind, _ most: Int) -> [Timestamp] {
            guard plan.has(kind) else { return [] }
            let count = 1 + Int(Double(most) * plan.strength(kind))
            var random = SimulationRandom(seed: seed, stream: kind.rawValue)
            return (0..<count).map { _ in start + Nanoseconds(random.uniform() * Double(span)) }
        }
        for time in moments(.kill, 4) { queue.add(time, .fault(.kill, scheduler.below(2))) }
        for time in moments(.powerCut, 2) { queue.add(time, .fault(.powerCut, scheduler.below(2))) }
        for time in moments(.tornWrite, 3) { queue.add(time, .fault(.tornWrite, scheduler.below(2))) }
        for time in moments(.pause, 2) { queue.add(time, .fault(.pause, 0)) }
        for time in moments(.partition, 2) { queue.add(time, .fault(.partition, 0)) }
        for time in moments(.disconnect, 5) { queue.add(time, .fault(.disconnect, 0)) }
        for time in moments(.syncFailure, 0) { queue.add(time, .fault(.syncFailure, scheduler.below(2))) }
        for time in moments(.diskFull, 0) { queue.add(time, .fault(.diskFull, scheduler.below(2))) }
        for time in moments(.bitFlip, 0) { queue.add(time, .fault(.bitFlip, scheduler.below(2))) }
        for time in moments(.snapshotDamage, 2) { queue.add(time, .fault(.snapshotDamage, scheduler.below(2))) }
        for time in moments(.unsolicitedCancel, 10) { queue.add(time, .fault(.unsolicitedCancel, 0)) }
        for kind in [FaultKind.slowConsumer, .sessionReset, .halfOpen] {
            for time in moments(kind, 3) { queue.add(time, .fault(kind, 0)) }
        }
        if plan.has(.operatorKill) {
            let late = start + Nanoseconds(Double(span) * (0.5 + 0.4 * scheduler.uniform()))
            queue.add(late, .fault(.operatorKill, 0))
        }
    }

    /// From here on the venue can be reached, the disks work, and every node is there.
    private func calm() {
        faultsAreOn = false
        note("the faults stop")
        linkDownUntil = .zero
        venueDownUntil = .zero
        for node in nodes {
            node.disk.isFull = false
            node.disk.failsNextSync = false
            if node.pausedUntil != nil { node.pausedUntil = now }
            node.killPoint = nil
            node.stalledUntil = .zero
        }
        // One of the two at least has to come up; a machine whose journal is damaged rejoins as an empty standby.
        for node in nodes where node.mode == .down { queue.add(now + 1_000_000, .restart(node.index, node.life)) }
        queue.add(now + 1_000_000, .heartbeatFeed)
        if wire != nil { calmWire() }
    }
}

extension Simulation {
    /// What the venue says of the account.
    var venueOrders: [VenueSession.Order] { wire?.ledger.orders ?? session.orders }
    var venueExecutions: [Event] { wire?.ledger.executions ?? session.executions }
    /// Every message of the feed, as the venue published it.
    var feedEvents: [Event] { wire?.feedEvents ?? market.events }

    /// The instruments that the first `count` messages name.
    func directory(_ count: UInt64) -> InstrumentDirectory {
        var directory = InstrumentDirectory()
        for event in feedEvents.prefix(Int(count)) where event.kind == .instrumentDefinition {
            _ = directory.register(Symbol(packed: event.orderID))
        }
        return directory
    }
}
