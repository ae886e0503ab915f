// SPDX-License-Identifier: MIT
import HeliosExecution
import HeliosMarket

/// Everything a run leaves behind: what the report, the CSV files and the summary are made from.
public struct RunResult: Sendable {
    public var title = ""
    /// First and last event time of the input.
    public var start: Timestamp = .zero
    public var end: Timestamp = .zero
    /// Midnight of the (first) trading day, to show times of day.
    public var midnight: Timestamp = .zero
    public var instruments = InstrumentDirectory()
    public var strategies: [StrategyLabel] = []
    /// Names of the venues by their places; empty where there is one without a name.
    public var venues: [String] = []
    public var assumptions = RunAssumptions()
    public var counts = RunCounts()
    /// Every order, in the order of its number.
    public var orders: [OrderRecord] = []
    /// Every parent order that was worked by the desk, in the order in which they were given, as it last stood.
    public var parents: [ParentRecord] = []
    /// Every execution, in the order in which the engine learnt of it.
    public var fills: [FillRecord] = []
    /// Executions that the venue took back; in no other figure.
    public var brokenFills: [FillRecord] = []
    /// Samples at a fixed interval of simulated time, first at `start`.
    public var equity: [EquitySample] = []
    public var equityInterval: Nanoseconds = 0
    public var initialCash: Money = .zero
    /// Paid for shares borrowed overnight, by the model; in the equity, in no fill.
    public var borrowCost: Money = .zero
    public var finalPositions: [PositionRecord] = []
    /// What trading cost; nil where it was not analysed.
    public var costs: CostAnalysis?
    /// Orders that the risk gate refused, by control ("P03"), in the order of the control's name.
    public var riskRejects: [(control: String, count: Int)] = []
    /// Wall-clock nanoseconds from an event's bytes to the order handed to the gateway.
    ///
    /// Not part of the hash.
    public var orderLatency = LatencySummary()
    /// Wall-clock nanoseconds for any event.
    ///
    /// Not part of the hash.
    public var eventLatency = LatencySummary()
    /// Wall-clock and processor seconds of the run.
    ///
    /// Not part of the hash.
    public var wallSeconds = 0.0
    public var processorSeconds = 0.0
    /// Hash over every order, report and fill record in sequence: equal runs have equal hashes.
    public var outputHash: UInt64 = 0

    public init() {}

    /// A venue's name; empty for the only one there is, where it has none.
    public func name(of venue: Venue) -> String {
        guard venue.id > 0 else { return "" }
        return Int(venue.id) <= venues.count ? venues[Int(venue.id) - 1] : "venue \(venue.id)"
    }
}

/// What the analysis of costs found.
public struct CostAnalysis: Sendable {
    public var table: CostTable
    /// Orders, parents and later mids that found no room and are left out.
    public var overflows: Int

    public init(table: CostTable, overflows: Int) {
        self.table = table
        self.overflows = overflows
    }
}

/// A strategy as configured, with the names of its groups (pairs, instruments).
public struct StrategyLabel: Sendable {
    public var name: String
    /// Parameter and value as text, in the order of the documentation.
    public var parameters: [(name: String, value: String)]
    /// `groups[tag.group]` is the display name, such as `KO~PEP`.
    public var groups: [String]

    public init(name: String, parameters: [(name: String, value: String)], groups: [String]) {
        self.name = name
        self.parameters = parameters
        self.groups = groups
    }
}

/// How much of what went through.
public struct RunCounts: Sendable {
    public var messages = 0
    public var malformed = 0
    /// Messages that name an order that is not there, or take more than it has.
    public var inconsistent = 0
    public var instruments = 0
    public var quotes = 0
    public var orders = 0
    public var accepted = 0
    public var filledOrders = 0
    public var fills = 0
    public var cancelled = 0
    public var rejectedByVenue = 0
    public var rejectedByRisk = 0
    /// Of several venues: executions by orders that were no intermarket sweeps, through a better quote that had stood elsewhere for
    /// a second (Reg NMS rule 611).
    public var tradeThroughs = 0
    /// Of several venues: orders that came as intermarket sweeps.
    public var sweeps = 0

    public init() {}
}

public struct OrderRecord: Sendable {
    public enum State: String, Sendable, CaseIterable {
        case working, filled, cancelled, rejected, refusedByRisk, replaced
    }

    public var id: OrderID
    public var time: Timestamp
    public var instrument: Instrument
    public var side: Side
    public var type: OrderType
    public var timeInForce: TimeInForce
    public var quantity: Quantity
    public var price: Price
    public var filled: Quantity
    public var tag: OrderTag
    public var state: State
    /// The control that refused it or the venue's reason; empty otherwise.
    public var reason: String
    /// Best bid and ask that the engine knew when it sent the order; zero when there was none.
    public var bid: Price
    public var ask: Price
    /// Where it went; 0 where there is one venue.
    public var venue = Venue(id: 0)

    public init(
        id: OrderID,
        time: Timestamp,
        instrument: Instrument,
        side: Side,
        type: OrderType,
        timeInForce: TimeInForce,
        quantity: Quantity,
        price: Price,
        filled: Quantity,
        tag: OrderTag,
        state: State,
        reason: String,
        bid: Price,
        ask: Price
    ) {
        self.id = id
        self.time = time
        self.instrument = instrument
        self.side = side
        self.type = type
        self.timeInForce = timeInForce
        self.quantity = quantity
        self.price = price
        self.filled = filled
        self.tag = tag
        self.state = state
        self.reason = reason
        self.bid = bid
        self.ask = ask
    }
}

public struct FillRecord: Sendable {
    /// Horizons after a fill at which the mid price is taken, in nanoseconds.
    public static let markoutHorizons: [Nanoseconds] = [
        50_000_000, 100_000_000, 1_000_000_000, 10_000_000_000, 15_000_000_000, 60_000_000_000, 300_000_000_000,
    ]
    /// The same for people: `50 ms`, `1 s`.
    public static let markoutNames = markoutHorizons.map { DurationText.short($0) }
    /// Index of the horizon of one second, by which a simulation's honesty is judged.
    public static let oneSecond = 2

    public var orderID: OrderID
    public var executionID: UInt64
    /// When it happened at the venue.
    public var time: Timestamp
    public var instrument: Instrument
    public var side: Side
    public var quantity: Quantity
    public var price: Price
    /// Positive = paid.
    public var fee: Money
    public var isMaker: Bool
    public var tag: OrderTag
    /// Mid price when the order was sent, for slippage; zero when there was no two-sided quote.
    public var arrivalMid: Price
    /// Mid price at the fill.
    public var mid: Price
    /// Mid price after each of `markoutHorizons`; zero when the day ended first.
    public var laterMids: [Price]
    /// The part of the price, against us, that the impact model charged.
    public var impact: Price = .zero
    /// The venue took it back: it counts for nothing.
    public var isBroken = false

    /// Where it was executed; 0 where there is one venue.
    public var venue = Venue(id: 0)

    public init(
        orderID: OrderID,
        executionID: UInt64,
        time: Timestamp,
        instrument: Instrument,
        side: Side,
        quantity: Quantity,
        price: Price,
        fee: Money,
        isMaker: Bool,
        tag: OrderTag,
        arrivalMid: Price,
        mid: Price,
        laterMids: [Price]
    ) {
        self.orderID = orderID
        self.executionID = executionID
        self.time = time
        self.instrument = instrument
        self.side = side
        self.quantity = quantity
        self.price = price
        self.fee = fee
        self.isMaker = isMaker
        self.tag = tag
        self.arrivalMid = arrivalMid
        self.mid = mid
        self.laterMids = laterMids
    }
}

public struct EquitySample: Sendable {
    public var time: Timestamp
    /// Initial cash + all profit and loss, fees in; open positions at the mid price.
    public var equity: Money
    public var realised: Money
    public var unrealised: Money
    /// Fees paid so far; positive = paid.
    public var fees: Money
    /// Sum of |position value| and of position value.
    public var gross: Money
    public var net: Money
    public var openPositions: Int

    public init(
        time: Timestamp,
        equity: Money,
        realised: Money,
        unrealised: Money,
        fees: Money,
        gross: Money,
        net: Money,
        openPositions: Int
    ) {
        self.time = time
        self.equity = equity
        self.realised = realised
        self.unrealised = unrealised
        self.fees = fees
        self.gross = gross
        self.net = net
        self.openPositions = openPositions
    }
}

public struct PositionRecord: Sendable {
    public var instrument: Instrument
    public var quantity: Quantity
    public var mark: Price
    public var realised: Money
    public var unrealised: Money
    public var fees: Money

    public init(
        instrument: Instrument,
        quantity: Quantity,
        mark: Price,
        realised: Money,
        unrealised: Money,
        fees: Money
    ) {
        self.instrument = instrument
        self.quantity = quantity
        self.mark = mark
        self.realised = realised
        self.unrealised = unrealised
        self.fees = fees
    }
}

/// Percentiles of a latency distribution in nanoseconds, and its histogram.
public struct LatencySummary: Sendable {
    public var count = 0
    public var minimum = 0
    public var mean = 0.0
    public var p50 = 0
    public var p90 = 0
    public var p99 = 0
    public var p999 = 0
    public var maximum = 0
    /// Upper bound in nanoseconds and count, ascending, empty buckets left out.
    public var buckets: [(upTo: Int, count: Int)] = []

    public init() {}
}
