// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosRisk
import HeliosStrategy
import HeliosVenue

/// Every key that a configuration may have, and what is made from the list: JSON Schema, explanations, an example.
public enum ConfigurationSchema {
    /// A group of keys, or the list of which they are elements.
    struct Section: Sendable {
        let path: String
        let documentation: String
        var isList: Bool { path.hasSuffix("[]") }
    }

    /// The groups in the order of the documentation.
    static let sections: [Section] = [
        Section(path: "data[]", documentation: "Market files, in the order in which they are read."),
        Section(path: "session", documentation: "The part of the day in which equity is sampled, exchange time."),
        Section(path: "account", documentation: "What the run begins with."),
        Section(path: "latency", documentation: "How long things take between the engine and the venue."),
        Section(path: "simulation", documentation: "Which simulated venue, or venues, answer the orders."),
        Section(path: "simulation.agents", documentation: "The generated market of several venues, in place of data."),
        Section(path: "simulation.venues[]", documentation: "Several venues, lit and dark, in place of one."),
        Section(
            path: "simulation.dealers[]",
            documentation: "Dealers who quote on request, for parent orders by rfq. See docs/execution.md."
        ),
        Section(path: "fees", documentation: "Fees a share; negative is a rebate."),
        Section(path: "queue", documentation: "How the place of a resting order in its queue is known."),
        Section(path: "impact", documentation: "What our taking is charged, because recorded days can't react to it."),
        Section(path: "risk", documentation: "The limits before every order. Zero allows none, never everything."),
        Section(path: "risk.collar", documentation: "How far from the reference price a limit may be."),
        Section(
            path: "execution",
            documentation: "How parent orders are worked, where they don't say it. See docs/execution.md."
        ),
        Section(
            path: "execution.curve[]",
            documentation:
                "vwap: how the day's volume usually comes, for all instruments. Without it a usual US share's day."
        ),
        Section(
            path: "orders[]",
            documentation: "Parent orders given by hand, worked by the system. strategies may then be left out."
        ),
        Section(path: "strategies[]", documentation: "What trades: the strategy's name, and its parameters beside it."),
        Section(path: "live", documentation: "How 'helios paper' reaches the market."),
        Section(path: "live.fix", documentation: "Orders by FIX in place of OUCH. See docs/fix.md."),
        Section(path: "live.fix.schedule", documentation: "When the FIX session is open."),
        Section(path: "live.fix.tls", documentation: "How the FIX connection is secured."),
        Section(path: "live.venues[]", documentation: "Several venues that a session trades at, in place of one."),
        Section(path: "output", documentation: "What is written."),
        Section(path: "capacity", documentation: "What is reserved before the run; nothing is allocated during it."),
    ]

    /// Every key, in the order of the documentation; strategies' parameters as `strategies.NAME.PARAMETER`.
    public static let keys: [ConfigurationKey] =
        settings + dataKeys + floorVenueKeys + dealerKeys + curveKeys + orderKeys + strategyKeys + liveVenueKeys

    /// The keys that stand once in a configuration: all but those of the lists' elements.
    public static let settings: [ConfigurationKey] =
        runKeys + dealerSettingKeys + floorKeys + simulationKeys + riskKeys + executionKeys + liveKeys + resultKeys

    /// The keys of an element of `data`.
    static let dataKeys: [ConfigurationKey] = [
        .init(
            "data[].file",
            .path,
            isRequired: true,
            example: "market.itch",
            "ITCH file, capture or LOBSTER messages."
        ),
        .init("data[].orderbook", .path, example: "book.csv", "The order book file of a LOBSTER pair."),
        .init("data[].symbol", .parameter(.symbol), example: "AAPL", "The instrument, where the file doesn't say it."),
        .init("data[].date", .date, example: "2019-12-30", "The trading day, where the file's name doesn't tell it."),
    ]

    /// The keys of all strategies.
    static let strategyKeys: [ConfigurationKey] = StrategyCatalog.strategies.flatMap(keys)

    /// The keys of a strategy: its parameters, and behind a list the file that may take their place.
    static func keys(of strategy: StrategyDescriptor) -> [ConfigurationKey] {
        strategy.parameters.flatMap { parameter in
            let key = ConfigurationKey(parameter, of: strategy.name)
            return parameter.kind.isList ? [key, fileKey(key)] : [key]
        }
    }

    private static let runKeys: [ConfigurationKey] = [
        .init("title", .text, default: "Backtest", example: "Pairs on 30 December", "Title of the report.") {
            $0.settings.title = $1.text
        },
        .time("session.start", \.settings.sessionStart, "09:30", "First sample of the equity."),
        .time("session.end", \.settings.sessionEnd, "16:00", "Last sample of the equity."),
        .money("account.cash", \.settings.initialCash, "10000000", "Cash at the beginning."),
        .init(
            "simulation.venue",
            .parameter(.choice(SimulatedVenueKind.allCases.map(\.rawValue))),
            default: SimulatedVenueKind.historical.rawValue,
            "historical: the recorded day does not react. matching: recorded orders and ours share a matching engine."
        ) {
            if case .parameter(.choice(let word)) = $1 {
                $0.settings.venue = SimulatedVenueKind(rawValue: word) ?? .historical
            }
        },
    ]

    /// The key at the top that holds a firm's limits in place of a file.
    static let limitsName = "limits"

    private static let riskKeys: [ConfigurationKey] = [
        .init(
            "risk.limits",
            .path,
            example: "limits.yaml",
            "A limits file: the whole firm's limits, in place of all other keys of this section. See docs/limits.md."
        ) { $0.limitsFile = $1.text },
        .quantity("risk.orderQuantityMax", \.limits.instrument.maxOrderQuantity, "10000", "P01: the largest order."),
        .money("risk.orderNotionalMax", \.limits.instrument.orderNotional, "500000", "P02: the largest order's value."),
        .quantity(
            "risk.positionMax",
            \.limits.instrument.maxPosition,
            "20000",
            "P11: the largest position of an instrument, long or short, with everything in flight filled."
        ),
        .quantity(
            "risk.dayQuantityMax",
            \.limits.instrument.maxDayQuantity,
            "1000000",
            "P11: the most that is bought, and the most that is sold, of an instrument in a day."
        ),
        .money(
            "risk.dailyLossMax",
            \.limits.dayLoss,
            "100000",
            "P14: the day's loss, and the fall from its high, from which on only reductions pass."
        ),
        .money(
            "risk.grossNotionalMax",
            \.limits.grossNotional,
            "50000000",
            "P12: all positions together at their values, with everything in flight filled."
        ),
        .money("risk.netNotionalMax", \.limits.netNotional, "50000000", "P12: the same, long less short."),
        .money("risk.creditMax", \.limits.credit, "50000000", "P13: what is held plus what is open."),
        .share(
            "risk.walk",
            \.limits.walk,
            "2%",
            from: "1bps",
            to: "1000%",
            "P04: how far aggressive orders may walk the price."
        ),
        .duration("risk.walkWindow", \.limits.walkWindow, "60s", "P04: from where it was so long ago."),
        .integer("risk.messageRate", \.limits.messageRate, "200", from: "1", to: "1000000000", "P07: orders a second."),
        .integer(
            "risk.messageBurst",
            \.limits.messageBurst,
            "400",
            from: "1",
            to: "1000000000",
            "P07: orders at once."
        ),
        .integer(
            "risk.executionsMax",
            \.limits.executions,
            "50",
            from: "1",
            to: "1023",
            "P08: fills of a strategy in an instrument on one side; more stop the strategy until a person lets it go on."
        ),
        .duration("risk.executionsWindow", \.limits.executionsWindow, "60s", "P08: within so long."),
        .integer("risk.duplicatesMax", \.limits.duplicates, "5", from: "1", to: "1023", "P10: equal orders."),
        .duration("risk.duplicatesWindow", \.limits.duplicatesWindow, "500ms", "P10: within so long."),
        .integer("risk.openOrdersMax", \.limits.openOrders, "500", from: "1", to: "1000000000", "P25: live orders."),
        .integer(
            "risk.orderTradeRatioMax",
            \.limits.orderTradeRatio,
            "500",
            from: "1",
            to: "1000000000",
            "P25: messages for each trade, less one."
        ),
        .share("risk.collar.from50", \.limits.collarFrom50, "3%", to: "1000%", "P03: reference of 50 and above."),
        .share("risk.collar.from25", \.limits.collarFrom25, "5%", to: "1000%", "P03: reference from 25 to 50."),
        .share("risk.collar.from1", \.limits.collarFrom1, "10%", to: "1000%", "P03: reference from 1 to 25."),
        .share("risk.collar.below1", \.limits.collarBelow1, "50%", to: "1000%", "P03: reference below 1."),
        .share("risk.collar.passive", \.limits.collarPassive, "30%", to: "1000%", "P03: how far behind it may rest."),
        .duration("risk.quoteAge", \.limits.quoteAge, "1s", "P05: the oldest quote that gives a reference."),
        .duration("risk.tradeAge", \.limits.tradeAge, "60s", "P05: the oldest trade that gives a reference."),
        .share("risk.quoteSpreadMax", \.limits.quoteSpread, "5%", to: "200%", "P05: widest spread of such a quote."),
        .duration("risk.staleAfter", \.limits.staleAge, "1s", "P17: the oldest update on which risk may be taken."),
        .price(
            "risk.tick",
            \.limits.instrument.tick,
            "0.01",
            from: "0.00000001",
            to: "1000",
            "P06: price step from 1."
        ),
        .price(
            "risk.tickBelowOne",
            \.limits.instrument.tickBelowOne,
            "0.0001",
            from: "0.00000001",
            to: "1000",
            "P06: price step below 1."
        ),
        .quantity("risk.lot", \.limits.instrument.lot, "1", from: "0.00000001", "P06: orders are multiples of it."),
        .quantity(
            "risk.averageDailyVolume",
            \.limits.instrument.averageDailyVolume,
            nil,
            example: "4_000_000",
            "P01: shares a day over 20 days. Without it only orderQuantityMax bounds an order."
        ),
        .share("risk.participation", \.limits.participation, "1%", to: "100%", "P01: an order's part of that volume."),
    ]

    private static let resultKeys: [ConfigurationKey] = [
        .init("output.directory", .path, default: "out", "Folder of the results.") { $0.outputDirectory = $1.text },
        .init("output.report", .boolean, default: "true", "Whether an HTML report is written.") {
            if case .boolean(let value) = $1 { $0.writesReport = value }
        },
        .duration(
            "output.equityInterval",
            \.settings.equityInterval,
            "10s",
            from: "100ms",
            to: "24h",
            "Time between samples of the equity."
        ),
        .integer(
            "capacity.orders",
            \.settings.orderCapacity,
            "1048576",
            from: "16",
            to: "1073741824",
            "The most orders that a run may send."
        ),
        .integer(
            "capacity.liveOrders",
            \.settings.bookCapacity.orders,
            "4194304",
            from: "16",
            to: "1073741824",
            "The most orders alive in the books at a time."
        ),
        .integer(
            "capacity.instruments",
            \.settings.bookCapacity.instruments,
            "16384",
            from: "1",
            to: "65536",
            "Instruments; their numbers must stay below."
        ),
    ]
}

extension InstrumentLimits {
    /// `maxOrderNotional` as money.
    var orderNotional: Money {
        get { Money(raw: maxOrderNotional) }
        set { maxOrderNotional = newValue.raw }
    }
}
