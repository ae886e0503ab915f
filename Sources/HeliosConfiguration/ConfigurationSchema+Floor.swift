// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosVenue

extension ConfigurationSchema {
    /// The list of the venues of a floor.
    static let floorName = "simulation.venues"

    /// Keys that mean nothing, and are refused, where a floor takes their place.
    static let replacedByFloor = [
        "simulation.venue", "latency.feed", "latency.order", "latency.report", "fees.maker", "fees.taker",
    ]

    /// What holds of the whole floor, beside the list of its venues.
    static let floorKeys: [ConfigurationKey] = [
        .duration(
            "simulation.staleAfter",
            \.staleAfter,
            "0s",
            "Of several venues: one that is silent for longer is left out of the consolidated book. 0s: never."
        ),
        .integer(
            "simulation.agents.seed",
            \.agents.seed,
            "1",
            from: "0",
            to: "9223372036854775807",
            "Of the market: the fair values that all venues follow."
        ),
        .integer("simulation.agents.symbols", \.agents.symbols, "20", from: "2", to: "8000", "How many symbols."),
        .integer(
            "simulation.agents.messages",
            \.agents.messages,
            "200000",
            from: "1",
            to: "20000000",
            "Messages a day of each lit venue to aim at; a day lies in memory, 36 bytes a message."
        ),
        .init(
            "simulation.agents.pairs",
            .parameter(.integer),
            from: "0",
            to: "6400",
            example: "8",
            "Truly cointegrated pairs. Without it two fifths of the symbols."
        ) { if case .parameter(.integer(let count)) = $1 { $0.agents.pairs = count } },
        .init("simulation.agents.date", .date, default: "2026-01-05", "The first trading day.") {
            if case .date(let day) = $1 { $0.agents.date = day }
        },
        .integer(
            "simulation.agents.days",
            \.agents.days,
            "1",
            from: "1",
            to: "1000",
            "Trading days, on weekdays; the seeds rise by one a day."
        ),
    ]

    private static func key(
        _ path: String,
        _ kind: ConfigurationKind,
        _ value: String? = nil,
        from low: String? = nil,
        to high: String? = nil,
        required: Bool = false,
        example: String? = nil,
        _ documentation: String
    ) -> ConfigurationKey {
        ConfigurationKey(
            "\(floorName)[].\(path)",
            kind,
            default: value,
            isRequired: required,
            from: low,
            to: high,
            example: example,
            documentation
        )
    }

    private static let fee = ConfigurationKind.parameter(.price)
    private static let integer = ConfigurationKind.parameter(.integer)

    /// The keys of an element of `simulation.venues`.
    static let floorVenueKeys: [ConfigurationKey] = [
        key("name", .text, required: true, example: "ALFA", "What it is called, once in the list."),
        key(
            "kind",
            .parameter(.choice(FloorVenue.Kind.allCases.map(\.rawValue))),
            "lit",
            "lit: a matching engine with participants of its own. dark: drawn quantities at the lit venues' middle."
        ),
        key("maker", fee, "-0.0020", from: "-10", to: "10", "A share, when a resting order trades."),
        key("taker", fee, "0.0030", from: "-10", to: "10", "A share, when an order takes liquidity."),
        key("feed", .latency, "50us", "From its publication to the engine."),
        key("order", .latency, "100us", "From the engine's decision to it."),
        key("report", .latency, "100us", "From its decision to the engine."),
        key(
            "flow",
            integer,
            from: "0",
            example: "2",
            "lit: seed of its participants' orders. Without it its place, from 1."
        ),
        key(
            "hidden",
            .share,
            "0%",
            from: "0%",
            to: "400%",
            "lit: shares that stand hidden behind each displayed one, for who takes all that is displayed."
        ),
        key("holds", .darkShape, "exponential(500)", "dark: shares on a side of an instrument, where there are any."),
        key("empty", .share, "40%", from: "0%", to: "100%", "dark: how often there are none."),
        key("every", .parameter(.duration), "1s", from: "1ms", to: "1h", "dark: between two draws."),
        key("seed", integer, "1", from: "0", "dark: of the draws."),
        key(
            "outages",
            .outages,
            example: "10:30-10:45, 14:00-14:01",
            "When it can't be reached: it cancels our orders, takes none, and its market data stop."
        ),
    ]
}

/// Keys from which the generated market of a floor is made: one for all venues, with the orders of each its own.
struct FloorAgents: Sendable {
    var seed = 1
    var symbols = 20
    var messages = 200_000
    /// As configured; nil for the usual number.
    var pairs: Int?
    var date: TradingDay?
    var days = 1

    /// The first day of a venue whose orders have `flowSeed`; nil without a date.
    func day(flowSeed: UInt64) -> MarketDayConfiguration? {
        guard let date else { return nil }
        var day = MarketDayConfiguration(
            symbols: symbols,
            messages: messages,
            seed: UInt64(bitPattern: Int64(seed)),
            day: date,
            pairs: pairs
        )
        day.flowSeed = flowSeed
        return day
    }
}
