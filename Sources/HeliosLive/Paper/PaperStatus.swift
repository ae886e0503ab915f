// SPDX-License-Identifier: MIT
import HeliosEngine
import HeliosExecution
import HeliosMarket
import HeliosResearch
import HeliosRisk
import HeliosVenue
import HeliosWire
import Synchronization

/// How a feed does.
public struct FeedStatus: Sendable {
    /// The session followed; empty before the first packet.
    public var session = ""
    /// The next message wanted.
    public var next: UInt64 = 1
    /// Messages missing while later ones are known.
    public var missing: UInt64 = 0
    /// Messages given up.
    public var lost: UInt64 = 0
    /// Copies of messages that differed; messages that were none; packets for which there was no room.
    public var conflicts = 0
    public var malformed = 0
    public var dropped = 0
    /// Gaps met, requests sent, requests nobody answered.
    public var gaps: UInt64 = 0
    public var requests = 0
    public var unanswered = 0
    /// How each line does.
    public var lines: [FeedLineHealth] = []
    /// How the answers of the request servers do; nil without servers.
    public var answers: FeedLineHealth?
    /// Whether the session's end was reached.
    public var isComplete = false

    public init() {}

    init(_ line: borrowing ItchLine) {
        session = line.receiver.session.map { "\($0)" } ?? ""
        next = line.receiver.expected
        missing = line.receiver.gap.map { UInt64($0.count) } ?? 0
        lost = line.receiver.lost
        conflicts = line.receiver.diagnostics.conflicts
        malformed = line.malformed + line.receiver.diagnostics.malformed
        dropped = line.receiver.diagnostics.dropped
        gaps = line.receiver.counters.gaps
        requests = line.receiver.requests.sent
        unanswered = line.receiver.requests.unanswered
        let count = line.receiver.receivers.count
        lines = Array(line.receiver.health.prefix(count))
        answers = line.receiver.health.dropFirst(count).first
        isComplete = line.receiver.isComplete
    }
}

/// How the order side does.
public struct OrderStatus: Sendable {
    public var health = OrderConnectionHealth()
    /// From the packet in our memory to its order handed to the system, nanoseconds.
    public var latency = LatencySummary()

    public init() {}
}

/// How one of a session's venues does.
public struct VenueStatus: Sendable {
    /// Empty for the only one.
    public var name = ""
    public var isDark = false
    /// Its feed; nil where it has none.
    public var feed: FeedStatus?
    /// What the feed is worth: 0 whole, 1 a gap or silence, 2 disputed.
    public var feedQuality: UInt64 = 1
    public var health = OrderConnectionHealth()
    /// New orders may go there.
    public var isOpen = false
    /// Orders of ours that work there.
    public var working = 0
    /// At the session's end: orders sent there, and shares traded.
    public var orders = 0
    public var traded = Quantity.zero

    public init() {}

    init(name: String, isDark: Bool) {
        self.name = name
        self.isDark = isDark
    }
}

/// Where a live session stands, for people.
public struct PaperStatus: Sendable {
    /// One working order.
    public struct Order: Sendable {
        public var id: OrderID
        public var symbol: Symbol
        public var side: Side
        public var leaves: Quantity
        public var price: Price
        public var state: OrderState
    }

    /// One position.
    public struct Position: Sendable {
        public var symbol: Symbol
        public var record: PositionRecord
    }

    /// The market's time.
    public var time = Timestamp.zero
    public var role = NodeRole.following
    public var risk = RiskState.active
    public var holds: OrderHold = []
    /// What the feed is worth: 0 whole, 1 a gap or silence, 2 disputed.
    public var feedQuality: UInt64 = 1
    public var epoch: UInt64 = 0
    /// Records of the journal; inputs, market records among them.
    public var records: UInt64 = 0
    public var inputs = 0
    public var marketInputs: UInt64 = 0
    /// Orders asked for; those that were refused and held back have numbers too.
    public var orders: UInt64 = 0
    public var refused: UInt64 = 0
    /// At the session's end: orders that were asked for while no order could leave, so that they never did.
    public var heldBack: UInt64 = 0
    /// At the session's end: orders that a venue has refused, or that never arrived there.
    public var rejected: UInt64 = 0
    public var counters = NodeCounters()
    public var outputHash: UInt64 = 0
    public var account = EquitySample(
        time: .zero,
        equity: .zero,
        realised: .zero,
        unrealised: .zero,
        fees: .zero,
        gross: .zero,
        net: .zero,
        openPositions: 0
    )
    /// Shares bought and sold, together.
    public var traded = Quantity.zero
    /// All instruments that were traded.
    public var positions: [Position] = []
    /// Orders that work, oldest first, at most 64 of them; how many there are.
    public var working: [Order] = []
    public var workingCount = 0
    /// Intents that found no room, events whose time ran backward.
    public var droppedIntents = 0
    public var backwardTimes = 0
    /// Of several venues all feeds together.
    public var feed = FeedStatus()
    /// Of several venues all connections together; the state is the least of theirs.
    public var order = OrderStatus()
    /// By place.
    public var venues: [VenueStatus] = []
    /// Names of the instruments, in the order of their numbers.
    public var symbols: [Symbol] = []
    /// Scopes, limits and alerts.
    public var firm = RiskPicture()

    public init() {}
}

extension PaperCore {
    /// Where everything stands; takes microseconds.
    func makeStatus(initialCash: Money) -> PaperStatus {
        var status = PaperStatus()
        status.time = node.engine.market.now
        status.role = node.role
        status.risk = node.engine.market.risk.status.state
        status.holds = node.engine.holds
        status.feedQuality = node.engine.feedQuality
        status.epoch = node.epoch
        addVenues(&status)
        status.records = node.sequence
        status.inputs = node.inputs
        status.marketInputs = node.marketInputs
        status.orders = node.engine.nextOrderID - 1
        status.counters = node.counters
        status.outputHash = node.engine.hash.value
        status.droppedIntents = node.engine.droppedIntents
        status.backwardTimes = node.engine.backwardTimes
        status.workingCount = node.engine.market.orders.workingCount
        status.refused = RiskControl.allCases.reduce(0) { $0 + node.engine.market.risk.refusedCount($1) }
        let count = directory.count
        status.account = node.engine.market.sample(at: status.time, instruments: count, initialCash: initialCash)
        status.positions = node.engine.market.positions(instruments: count)
            .map { PaperStatus.Position(symbol: directory.symbols[$0.instrument.index], record: $0) }
        for position in status.positions {
            let exposure = node.engine.market.risk.exposure(position.record.instrument)
            status.traded += exposure.bought + exposure.sold
        }
        addWorking(&status)
        status.symbols = directory.symbols
        status.firm = makeRiskPicture()
        return status
    }

    private func addVenues(_ status: inout PaperStatus) {
        status.venues = gates.indices.map { place in
            var venue = VenueStatus()
            venue.isOpen = node.isPrimary && node.isOpen(self.venue(at: place))
            venue.feedQuality = isFloor ? feeds[place].quality : node.engine.feedQuality
            return venue
        }
        if isFloor { status.feedQuality = feeds.map(\.quality).max() ?? 1 }
    }

    /// Adds what was traded at each venue: a look at every order of the journal, so only at the end.
    func addTrades(_ status: inout PaperStatus) {
        var id: OrderID = 1
        var cleared: UInt64 = 0
        while id < node.engine.nextOrderID {
            if let order = node.engine.market.orders.order(id) {
                cleared += 1
                if order.state == .rejected { status.rejected += 1 }
                let place = isFloor && order.order.venue.place < gates.count ? order.order.venue.place : 0
                status.venues[place].orders += 1
                status.venues[place].traded += order.filled
                if !order.isFinal { status.venues[place].working += 1 }
            }
            id += 1
        }
        // What neither got through the gate nor was stopped by it was not let near it.
        status.heldBack = status.orders - min(status.orders, cleared + status.refused)
    }

    private func addWorking(_ status: inout PaperStatus) {
        var left = min(status.workingCount, 64)
        var id = node.engine.nextOrderID
        while left > 0, id > 1 {
            id -= 1
            guard let order = node.engine.market.orders.order(id), !order.isFinal else { continue }
            left -= 1
            let index = order.order.instrument.index
            status.working.append(
                PaperStatus.Order(
                    id: id,
                    symbol: index < directory.count ? directory.symbols[index] : Symbol(packed: 0x2020_2020_2020_2020),
                    side: order.order.side,
                    leaves: order.leaves,
                    price: order.order.price,
                    state: order.state
                )
            )
        }
    }
}
