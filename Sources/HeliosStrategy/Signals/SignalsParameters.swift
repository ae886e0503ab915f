// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosSignal

/// What can be set on the signals strategy, and the plan that its queries compile to.
///
/// The meaning of each stands in `descriptor`.
public struct SignalsParameters: Sendable {
    /// What a signal against an open position does.
    public enum Opposite: String, Sendable, CaseIterable {
        case close
        /// Straight from one side to the other.
        case reverse
    }

    public let queries: String
    /// What queries without a symbol are made for.
    public let symbols: [Symbol]
    /// The queries compiled, and what they trade.
    let program: SignalProgram
    public var notional = Money(10_000)
    public var maxEntries = 1
    public var positionMax = Quantity(10_000)
    public var opposite = Opposite.close
    public var maxHold: Nanoseconds = 1_800_000_000_000
    public var legTimeout: Nanoseconds = 2_000_000_000
    public var touch = TouchParameters()
    public var hours = TradingHours()

    /// The defaults for some queries.
    ///
    /// - Throws: `ParameterError` for queries that don't compile, or trade nothing.
    public init(queries: String, symbols: [Symbol] = []) throws(ParameterError) {
        self.queries = queries
        self.symbols = symbols
        program = try SignalProgram(queries, each: symbols)
    }

    /// The parameters from checked values.
    ///
    /// - Throws: `ParameterError` when values contradict each other, and as `init(queries:symbols:)`.
    public init(_ values: ParameterValues) throws(ParameterError) {
        try self.init(queries: try values.queries("queries"), symbols: try values.symbols("symbols"))
        notional = try values.money("notional")
        maxEntries = try values.integer("maxEntries")
        positionMax = try values.quantity("positionMax")
        opposite = Opposite(rawValue: try values.choice("opposite")) ?? .close
        maxHold = try values.nanoseconds("maxHold")
        legTimeout = try values.nanoseconds("legTimeout")
        touch = try TouchParameters(values)
        try touch.check(positionMax, "positionMax")
        hours = try TradingHours(values)
    }

    public static let descriptor = StrategyDescriptor(
        name: "signals",
        summary: "Trades what queries for signals say: buy, sell and close of a sum of prices.",
        parameters: rules + TouchParameters.descriptors + TradingHours.descriptors
    )

    private static let rules: [ParameterDescriptor] = [
        .init("queries", .queries, default: nil, "What is traded and when; see docs/signals.md."),
        .init("symbols", .symbols, default: "", "The instruments that queries without a symbol are made for."),
        .init("notional", .money, default: "10000", from: "1", "Value of all legs of one entry together."),
        .init("maxEntries", .integer, default: "1", from: "1", to: "100", "Entries that signals on one side add up."),
        .init(
            "positionMax",
            .quantity,
            default: "10000",
            from: "0.00000001",
            to: "1000000000",
            "The most shares of one leg, long or short; entries are cut to it."
        ),
        .init(
            "opposite",
            .choice(Opposite.allCases.map(\.rawValue)),
            default: "close",
            "What a signal against an open position does: close it, or reverse it."
        ),
        .init("maxHold", .duration, default: "30min", from: "1ms", to: "24h", "Close a position that is older."),
        .init("legTimeout", .duration, default: "2s", from: "1ms", to: "1h", "Undo an entry not complete by then."),
    ]

    func code<Coder: ParameterCoder>(_ coder: inout Coder) throws(Coder.Failure) {
        try coder.code(queries, "queries")
        try coder.code(symbols, "symbols")
        try coder.code(notional, "notional")
        try coder.code(maxEntries, "maxEntries")
        try coder.code(positionMax, "positionMax")
        try coder.code(opposite == .reverse ? UInt8(1) : 0, "opposite")
        try coder.code(maxHold, "maxHold")
        try coder.code(legTimeout, "legTimeout")
        try touch.code(&coder)
        try hours.code(&coder)
    }
}

/// Queries compiled: the plan, and what its rules trade.
///
/// A position is of a set of instruments: rules that name the same ones, in whatever proportion, share it.
struct SignalProgram: Sendable {
    struct Basket: Sendable {
        var symbols: [Symbol]
        var name: String { symbols.map(\.description).joined(separator: "+") }
    }

    /// What a rule does.
    struct Act: Sendable {
        var action: SignalAction
        /// What it trades; nil for what only tells, and for `close` of everything.
        var basket: Int?
        /// For each of the rule's columns behind its own ones: the leg of the basket.
        var legs: [Int] = []
        /// Columns that the rule has itself.
        var ownColumns: Int
    }

    let plan: SignalPlan
    let acts: [Act]
    let baskets: [Basket]

    init(_ text: String, each: [Symbol]) throws(ParameterError) {
        do {
            let query = try SignalQuery(text, each: each.map(\.description))
            guard query.lateness == 0 else {
                throw ParameterError("queries", expected: "none with LATE: an engine takes events as they come")
            }
            let rules = query.rules
            var weighed: [SignalRule] = []
            for rule in rules { weighed.append(try rule.weighed()) }
            plan = try SignalPlan(weighed)
            (acts, baskets) = try SignalProgram.acts(of: rules)
        } catch let error as SignalQueryError {
            throw ParameterError("queries", expected: "queries that compile; \(error)")
        } catch let error as SignalPlanError {
            throw ParameterError("queries", expected: "queries that compile; \(error)")
        } catch let error as ParameterError {
            throw error
        } catch {
            throw ParameterError("queries", expected: "queries that compile; \(error)")
        }
        for name in plan.symbols where Symbol(name) == nil {
            throw ParameterError("queries", expected: "symbols of one to eight characters, not \(name)")
        }
        guard baskets.count > 0 else {
            throw ParameterError("queries", expected: "at least one that trades, by EMIT buy(…) or EMIT sell(…)")
        }
    }

    private static func acts(of rules: [SignalRule]) throws -> ([Act], [Basket]) {
        var acts: [Act] = []
        var baskets: [Basket] = []
        // Entries first: what is only ever closed is never held.
        for rule in rules where rule.action == .buy || rule.action == .sell {
            let symbols = try rule.tradedSymbols().compactMap { Symbol($0) }
            guard !baskets.contains(where: { Set($0.symbols) == Set(symbols) }) else { continue }
            baskets.append(Basket(symbols: symbols))
        }
        for rule in rules {
            let symbols = try rule.tradedSymbols().compactMap { Symbol($0) }
            var act = Act(action: rule.action, ownColumns: rule.columnNames.count)
            if !symbols.isEmpty {
                guard let place = baskets.firstIndex(where: { Set($0.symbols) == Set(symbols) }) else {
                    let names = symbols.map(\.description).joined(separator: ", ")
                    throw ParameterError("queries", expected: "a buy or sell of \(names), which a query closes")
                }
                act.basket = place
                act.legs = symbols.compactMap { baskets[place].symbols.firstIndex(of: $0) }
            }
            acts.append(act)
        }
        return (acts, baskets)
    }
}
