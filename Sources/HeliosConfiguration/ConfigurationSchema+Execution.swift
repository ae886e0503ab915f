// SPDX-License-Identifier: MIT
import HeliosEngine
import HeliosExecution
import HeliosMarket

extension ConfigurationSchema {
    /// How parent orders are worked.
    static let executionKeys: [ConfigurationKey] = [
        .integer(
            "execution.seed",
            \.settings.execution.seedNumber,
            "1",
            from: "0",
            to: "9223372036854775807",
            "Seed of the jitter, which is drawn from it, the parent's number and the slice's."
        ),
        .share("execution.jitter", \.settings.execution.jitterShare, "20%", to: "100%", "How irregular slices are."),
        .duration(
            "execution.sliceTime",
            \.settings.execution.sliceTime,
            "60s",
            from: "1s",
            "A slice of twap, vwap and shortfall."
        ),
        .share(
            "execution.band",
            \.settings.execution.band,
            "1%",
            to: "100%",
            "How much of a parent may be behind its schedule before it crosses the spread."
        ),
        .share(
            "execution.participation",
            \.settings.execution.participation,
            "10%",
            from: "1bps",
            to: "90%",
            "pov: its part of all trading."
        ),
        .quantity(
            "execution.clip",
            \.settings.execution.clip,
            "100",
            from: "0.00000001",
            "pov: the least child; iceberg: what is shown; sniper: the least that it takes."
        ),
        .quantity(
            "execution.dailyVolume",
            \.settings.execution.dailyVolume,
            "1000000",
            from: "1",
            "shortfall: shares a day of an instrument whose volume the limits don't know."
        ),
        .share(
            "execution.dailyVolatility",
            \.settings.execution.dailyVolatility,
            "2%",
            from: "1bps",
            to: "1000%",
            "shortfall, and P24 without a limits file: the volatility a day of an instrument that the limits don't know."
        ),
        .duration("execution.pause", \.settings.execution.pause, "1s", "Nothing is sent for so long after a refusal."),
        .integer(
            "execution.patience",
            \.settings.execution.patience,
            "10",
            from: "1",
            to: "1000000",
            "Refusals in a row that end a parent."
        ),
        .duration(
            "execution.hedgeTime",
            \.settings.execution.hedgeTime,
            "10s",
            "Pairs: how long a leg waits for its hedge, or for an answer, before it counts as failed."
        ),
        .duration(
            "execution.quoteTime",
            \.settings.execution.quoteTime,
            "5s",
            from: "1ms",
            "rfq: how long a request for quotes stays open; without a quote to take it is asked again then."
        ),
        .init(
            "execution.curveFile",
            .path,
            example: "volume.csv",
            "vwap: a CSV file of usual volumes, symbol,time,volume, in place of curve; 'helios volume' makes one."
        ) { $0.curveFile = $1.text },
        .init(
            "execution.showsOwn",
            .boolean,
            default: "false",
            "The market data shows our own orders and trades, which pov and peg must not count. Always so in 'helios paper', "
                + "with several venues, and with simulation.venue matching."
        ) { if case .boolean(let value) = $1 { $0.settings.execution.showsOwn = value } },
        .init(
            "execution.dark",
            .parameter(.choice(DarkMethod.allCases.map(\.rawValue))),
            default: DarkMethod.censored.rawValue,
            "Of several venues: how dark ones are divided up. censored: what is likely to be there, learnt from fills; gradient: "
                + "everything, by shares that move toward those that fill."
        ) {
            if case .parameter(.choice(let word)) = $1 {
                $0.settings.execution.routing.dark = DarkMethod(rawValue: word) ?? .censored
            }
        },
        .init(
            "execution.hidden",
            .boolean,
            default: "true",
            "Of several venues: orders that take ask for what is likely to be hidden behind the best price, too."
        ) { if case .boolean(let value) = $1 { $0.settings.execution.routing.router.usesHidden = value } },
    ]

    /// The list of the stretches of the usual volume curve.
    static let curveName = "execution.curve"

    /// The keys of an element of `execution.curve`.
    static let curveKeys: [ConfigurationKey] = [
        .init(
            "execution.curve[].from",
            .parameter(.timeOfDay),
            isRequired: true,
            example: "09:30",
            "When the stretch begins; it ends where the next begins, the last at 16:00."
        ),
        .init(
            "execution.curve[].share",
            .share,
            isRequired: true,
            from: "0%",
            to: "100%",
            example: "13.3%",
            "Its part of the day's volume; all together are 100%."
        ),
    ]

    /// The keys of an element of `orders`.
    static let orderKeys: [ConfigurationKey] = [
        .init("orders[].symbol", .parameter(.symbol), isRequired: true, example: "AAPL", "What to trade."),
        .init("orders[].side", .parameter(.choice(["buy", "sell"])), isRequired: true, example: "buy", "Which way."),
        .init(
            "orders[].quantity",
            .parameter(.quantity),
            isRequired: true,
            from: "0.00000001",
            example: "50000",
            "How many shares."
        ),
        .init(
            "orders[].algorithm",
            .parameter(.choice(Algorithm.named.map(\.name))),
            default: Algorithm.twap.name,
            "How it is worked."
        ),
        .init(
            "orders[].at",
            .parameter(.timeOfDay),
            default: "09:30",
            "When it is given; it begins at once, or at the open."
        ),
        .init(
            "orders[].until",
            .parameter(.timeOfDay),
            example: "15:30",
            "When it ends, done or not. Without it at the close."
        ),
        .init(
            "orders[].limit",
            .parameter(.price),
            from: "0.00000001",
            example: "295.00",
            "The worst price. Without it any."
        ),
        .init(
            "orders[].urgency",
            .parameter(.choice(Urgency.allCases.map(\.name))),
            default: Urgency.medium.name,
            "shortfall: how much risk is worth avoiding."
        ),
        .init(
            "orders[].takes",
            .boolean,
            default: "false",
            "Whether slices take what is offered instead of resting first."
        ),
        .init(
            "orders[].slices",
            .parameter(.integer),
            from: "1",
            to: "10000",
            example: "20",
            "twap, vwap, shortfall: how many."
        ),
        .init(
            "orders[].participation",
            .share,
            from: "1bps",
            to: "90%",
            example: "5%",
            "pov: its part of all trading."
        ),
        .init(
            "orders[].display",
            .parameter(.quantity),
            from: "0.0001",
            example: "500",
            "iceberg: what is shown at a time."
        ),
        .init(
            "orders[].offset",
            .parameter(.price),
            from: "-1000",
            to: "1000",
            example: "-0.01",
            "peg: from the best price of its own side; above zero is towards the other side."
        ),
        .init(
            "orders[].least",
            .parameter(.quantity),
            from: "0.0001",
            example: "200",
            "sniper: the least that it takes."
        ),
        .init(
            "orders[].strategy",
            .parameter(.integer),
            default: "0",
            from: "0",
            to: "65534",
            "In whose name: the strategy's place in the list, from 0."
        ),
    ]

    /// The keys that only some algorithms know.
    static let ownKeys: [(name: String, algorithms: [Algorithm])] = [
        ("slices", [.twap, .vwap, .shortfall]), ("participation", [.participation]), ("display", [.iceberg]),
        ("offset", [.peg]), ("least", [.sniper]),
    ]

    /// A parent order by hand, as a comment of the example.
    static func orderExample(_ commented: (String, ConfigurationKey) -> String) -> String {
        let documentation = sections.first { $0.path == "orders[]" }?.documentation ?? ""
        var text = "\n# \(documentation)\n# orders:\n"
        for (place, key) in orderKeys.enumerated() {
            text += commented("# \(place == 0 ? "  - " : "    ")\(key.name): \(key.example)", key)
        }
        return text
    }
}
