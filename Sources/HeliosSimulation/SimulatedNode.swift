// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosEngine
import HeliosMarket
import HeliosRisk
import HeliosStrategy
import HeliosVenue
import HeliosWire

/// A journal that also keeps its records in memory, for the link to the standby and for the checks.
struct LoggingJournal: JournalSink, ~Copyable {
    var journal: Journal
    var log: [Event]
    /// The journal's number, and the records between two snapshots.
    var session: UInt64
    var snapshotInterval: UInt64
    /// Snapshots that are not on the disk yet, sealed.
    var snapshots: [[UInt8]] = []
    private var nextSnapshot: UInt64
    private var writer = SnapshotWriter()

    init(_ journal: consuming Journal, log: [Event], session: UInt64, snapshotInterval: UInt64) {
        self.journal = journal
        self.log = log
        self.session = session
        self.snapshotInterval = snapshotInterval
        nextSnapshot = (log.last?.sequence ?? 0) + snapshotInterval
    }

    /// From here on a snapshot is taken every `interval` records.
    mutating func startSnapshots(_ interval: UInt64) {
        snapshotInterval = interval
        nextSnapshot = (log.last?.sequence ?? 0) + interval
    }

    var wantsSnapshot: Bool { (log.last?.sequence ?? 0) >= nextSnapshot }

    mutating func keep(
        _ place: NodePosition,
        outputHash: UInt64,
        time: Timestamp,
        _ save: (inout StateWriter) -> Void
    ) {
        nextSnapshot = place.sequence + snapshotInterval
        writer.begin()
        writer.append(save)
        var bytes = writer.finish(place, session: session, outputHash: outputHash, time: time)
        SnapshotWriter.seal(&bytes)
        snapshots.append(bytes)
    }

    mutating func append(_ event: Event) -> UInt64 {
        let number = journal.append(event)
        if number != 0 {
            var record = event
            record.sequence = number
            log.append(record)
        }
        return number
    }

    mutating func append(_ kind: SideKind, _ text: [UInt8], at time: Timestamp, price: Price) -> UInt64 {
        journal.append(kind, text, at: time, price: price)
    }
}

typealias SimulatedCore = TradingNode<SimulatedTrader, LoggingJournal>

extension TradingNode where Trader == SimulatedTrader, Sink == LoggingJournal {
    /// Lets `body` change the node where it lies.
    mutating func change(_ body: (inout Self) -> Void) { body(&self) }
}

/// What all nodes of a run are made with.
struct NodeSetup {
    var seed: UInt64
    var floods: Bool
    var lastQuote: Int
    var options: JournalOptions
    /// Records between two snapshots; inputs between two checkpoints.
    var snapshotInterval: UInt64
    var checkpointInterval: Int

    static let maxPosition = Quantity(1_000)

    var limits: RiskLimits {
        RiskLimits.standard(
            dayLoss: Money(1_000_000),
            notional: Money(10_000_000_000),
            instrument: .usShares(
                maxOrderQuantity: Quantity(500),
                maxPosition: NodeSetup.maxPosition,
                maxDayQuantity: Quantity(10_000_000),
                averageDailyVolume: InstrumentLimits.volumeUnknown
            )
        )
    }

    func engine() throws(BookCapacityError) -> Engine<SimulatedTrader, Outbox, AlertLog> {
        let market = MarketState(
            books: try BookSet(capacity: BookCapacity(instruments: 4, orders: 4_096, levels: 1_024)),
            orders: 1 << 15,
            instruments: 4,
            limits: limits
        )
        return Engine(
            market: market,
            strategy: SimulatedTrader(seed: seed, floods: floods, lastQuote: lastQuote),
            gateway: Outbox(capacity: 4_096),
            observer: AlertLog(),
            fees: FeeSchedule(maker: Price(raw: -200_000), taker: Price(raw: 300_000)),
            intentCapacity: 2_048
        )
    }
}

/// One machine: a disk that stays, and a process that comes and goes.
final class SimulatedNode {
    enum Mode { case down, primary, standby, outOfService }
    enum KillPoint: Int, CaseIterable { case beforeFlush, insideFlush, afterFlush, afterRelease }

    let index: Int
    let disk = SimulatedDisk()
    /// The snapshots on its disk, the newest first.
    var snapshots: [[UInt8]] = []
    var core: SimulatedCore?
    var mode = Mode.down
    /// Raised with every death: what was meant for an earlier process does not reach a later one.
    var life = 0
    var pausedUntil: Timestamp?
    var killPoint: KillPoint?
    /// It rejoins as an empty standby when it comes up again.
    var mustRejoin = false
    /// Its disk has failed a sync: what it says is not to be believed.
    var needsNewDisk = false
    /// The epoch that fenced it last.
    var fencedBy: UInt64 = 0
    var fenceSeen: UInt64 = 0
    /// The same of all its processes.
    var fenceEverSeen: UInt64 = 0
    /// The process that was there when the venue lost its session; -1 = none.
    var outdatedLife = -1
    /// A power cut took what was not synced.
    var lostPower = false
    /// It has written since its disk was new.
    var wasPrimary = false
    /// Its disk was replaced: what it sent before is not on it.
    var wasWiped = false
    var lastProgress = Timestamp.zero
    var flippedBit = false
    var syncedAtFlip: UInt64 = 0
    /// Orders of its own that a power cut or damage took from its journal, as recovery has said.
    var namedLosses: Set<OrderID> = []
    var taintedLife = -1
    /// The last record that its disk holds for good.
    var stable: UInt64 = 0

    // The feed, of a primary.
    var feed = MoldFeed()
    var decoder = ItchDecoder(midnight: SimulatedMarket.midnight, venue: Venue(id: 1))
    var lastAsked = Timestamp.zero
    var requester = MoldRequester()

    // Order entry as bytes, of a primary.
    var entry: OuchLine?
    /// Its login is under way or answered.
    var isLoggingIn = false
    /// It reads nothing until then; what its socket holds meanwhile.
    var stalledUntil = Timestamp.zero
    var stalledPackets = 0
    /// What its line has to tell it.
    var news: [Event] = []

    // The connection to the venue; 0 is none.
    var connection = 0
    var venueArrival = Timestamp.zero
    var answerArrival = Timestamp.zero

    // The pair.
    var lastHeard = Timestamp.zero
    var replicated: UInt64 = 0
    var acknowledged: UInt64 = 0
    var hasStandby = false

    /// Its clock: the run's time plus this, with a drift in parts per million.
    var clockOffset: Nanoseconds = 0
    var clockDrift: Int64 = 0
    var clockBase: Nanoseconds = 0

    /// The reference book, as the lossless stream makes it.
    var reference: BookSet?
    var referenceCount = 0
    var wasKilledByOperator = false

    init(index: Int) { self.index = index }

    func clock(_ now: Timestamp) -> Timestamp {
        let drifted =
            now.nanoseconds + clockDrift * ((now.nanoseconds - SimulatedMarket.midnight.nanoseconds) / 1_000_000)
        return Timestamp(nanoseconds: drifted + clockOffset + clockBase)
    }

    /// A newcomer's clock goes on where the engine's time stands, whatever its own wall clock says.
    func alignClock(_ now: Timestamp) {
        guard let engineTime = core?.engine.market.now, engineTime != .zero else { return }
        clockBase = 0
        clockBase = engineTime.nanoseconds + 1 - clock(now).nanoseconds
    }

    /// The process is gone; what it held in memory with it.
    func die() {
        core = nil
        life += 1
        mode = .down
        connection = 0
        hasStandby = false
        pausedUntil = nil
        killPoint = nil
        entry = nil
        news = []
        isLoggingIn = false
        stalledUntil = .zero
        stalledPackets = 0
        stable = 0
        reference = nil
        referenceCount = 0
    }

    /// Lets `body` change the line where it lies.
    func change(_ body: (inout OuchLine) -> Void) {
        guard var line = entry.take() else { return }
        body(&line)
        entry = consume line
    }

    /// A new process begins to receive the feed after `count` messages.
    func joinFeed(from start: UInt64, directory: InstrumentDirectory) {
        feed = MoldFeed(start: start)
        requester = MoldRequester(WireVenue.requests)
        decoder = ItchDecoder(midnight: SimulatedMarket.midnight, venue: Venue(id: 1), directory: directory)
    }
}
