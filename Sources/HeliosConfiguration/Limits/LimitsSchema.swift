// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosRisk

/// Every key that a limits file may have: decoding, JSON Schema, explanations and the tables in the documentation are made from
/// this list.
public enum LimitsSchema {
    typealias Member = LimitsShape.Member

    /// All groups of keys, in the order of the documentation; the first is the file as a whole.
    static let shapes: [LimitsShape] =
        [root] + scopeShapes + [limits, instruments, instrument, market, collar] + listShapes

    /// The group called `name`.
    static func shape(_ name: String) -> LimitsShape { shapes.first { $0.name == name } ?? root }

    static func key(
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
            path,
            kind,
            default: value,
            isRequired: required,
            from: low,
            to: high,
            example: example,
            documentation
        )
    }

    static let duration = ConfigurationKind.parameter(.duration)
    static let integer = ConfigurationKind.parameter(.integer)
    static let quantity = ConfigurationKind.parameter(.quantity)
    static let price = ConfigurationKind.parameter(.price)
    static let money = ConfigurationKind.parameter(.money)
    static let symbol = ConfigurationKind.parameter(.symbol)
    static func choice(_ words: [String]) -> ConfigurationKind { .parameter(.choice(words)) }

    // MARK: The file

    private static let root = LimitsShape(
        "file",
        at: "",
        "The file as a whole.",
        [
            .group("firm", "firm", "The firm: what bounds all of its orders together."),
            .named("desks", .word, "scope", "Desks, each under the firm."),
            .named("accounts", .word, "account", "Accounts, each under a desk or the firm."),
            .named("traders", .word, "scope", "Traders, each under an account, a desk or the firm."),
            .named("strategies", .word, "strategy", "Strategies, each under a scope of another level."),
            .group("instruments", "instruments", "What is known of each instrument; what is not known is refused."),
            .values(
                key("venues", .text, example: "[ALFA, BRAVO]", "Names of the venues, in the order of their numbers.")
            ),
            .group("market", "market", "Rules about market data, which hold for all orders alike."),
            .list("restricted", "restriction", short: "instrument", "P18: what may not be traded."),
            .list(
                "permissions",
                "permission",
                short: "for",
                "P22: who may trade what. Without one nobody may trade anything."
            ),
            .list("locates", "locate", "P19: shares that lenders have promised for today."),
            .value(
                key(
                    "selfTrade",
                    choice(SelfTradeMode.allCases.map { "\($0)" }),
                    "cancelNewest",
                    "P16: what happens to an order that would meet one of our own."
                )
            ),
            .value(
                key(
                    "shortSales",
                    choice(ShortSaleRules.allCases.map { "\($0)" }),
                    "us",
                    "P19, P20: us: a short sale needs located shares, and the price test binds it; none: it is marked only."
                )
            ),
            .group("varModel", "varModel", "P15: the model that value at risk is computed by."),
            .group("reduction", "reduction", "What the system does by itself after a breach; without it, nothing."),
            .list("identities", "identity", "Who may give commands and change limits, in the order of their numbers."),
            .group("manifest", "manifest", "P26: what was signed off to trade; without it nothing is asked."),
            .value(
                key(
                    "test",
                    .boolean,
                    "false",
                    "P27: the session is a test; then only test accounts and test instruments trade, and those nowhere else."
                )
            ),
        ]
    )

    // MARK: Scopes

    private static let scopeMembers: [Member] = [
        .group("limits", "limits", "Over all instruments of the scope together."),
        .group("eachInstrument", "limits", "For each instrument by itself."),
        .named("instruments", .symbol, "limits", "For one instrument, in place of eachInstrument."),
        .named("venues", .word, "limits", "For all orders to one venue."),
        .named("assetClasses", .word, "limits", "For all instruments of one class together."),
    ]

    private static let under = Member.value(
        key("under", .text, example: "equities", "The scope above, of a higher level; the firm unless given.")
    )
    private static let test = Member.value(key("test", .boolean, "false", "P27: it is for tests only."))

    private static let scopeShapes = [
        LimitsShape(
            "firm",
            at: "firm",
            "The firm.",
            [.value(key("name", .text, "firm", example: "Example Capital", "What the firm is called."))] + scopeMembers
        ),
        LimitsShape(
            "scope",
            at: "desks.NAME",
            "A desk; a trader, at traders.NAME, has the same keys.",
            [under] + scopeMembers
        ),
        LimitsShape("account", at: "accounts.NAME", "An account.", [under, test] + scopeMembers),
        LimitsShape(
            "strategy",
            at: "strategies.NAME",
            "A strategy.",
            [
                under,
                .value(
                    key(
                        "runs",
                        .text,
                        example: "pairs#2",
                        "Which strategy of the run it is: its name there, and where there are several of the name its number "
                            + "among them, from 1. Its own name unless given."
                    )
                ),
                .group("envelope", "envelope", "P23: what it declared when it was deployed; anything else is refused."),
            ] + scopeMembers
        ),
        LimitsShape(
            "envelope",
            at: "strategies.NAME.envelope",
            "What a strategy declared when it was deployed.",
            [
                .values(key("instruments", symbol, example: "[KO, PEP]", "The instruments; any unless given.")),
                .values(key("venues", .text, example: "[ALFA]", "The venues; any unless given.")),
                .value(key("orders", integer, from: "0", example: "20000", "The most orders in a day.")),
                .value(key("priceMin", price, from: "0", example: "1", "The lowest price.")),
                .value(key("priceMax", price, from: "0", example: "500", "The highest price.")),
                .value(key("orderNotional", money, from: "0", example: "250_000", "The largest value of an order.")),
            ]
        ),
    ]

    private static let limits = LimitsShape(
        "limits",
        at: "SCOPE.limits",
        "Limits: a value, or a mapping of 'hard', 'soft' and 'window'.",
        LimitKind.allCases.map { Member(name: "\($0)", form: .limit($0), documentation: documentation($0)) }
    )

    // MARK: Instruments and the market

    private static let instruments = LimitsShape(
        "instruments",
        at: "instruments",
        "What is known of each instrument; what is not known is refused.",
        [
            .value(
                key("file", .path, example: "instruments.csv", "A CSV file: the column symbol, and keys as columns.")
            ),
            .group("defaults", "instrument", "What holds for every instrument that does not say otherwise."),
            .value(
                key(
                    "others",
                    choice(["refused", "defaults"]),
                    "refused",
                    "What happens to an instrument that is not listed: it is refused, or has the defaults."
                )
            ),
        ],
        others: (.symbol, "instrument", "What is known of one instrument, by its symbol.")
    )

    private static let instrument = LimitsShape(
        "instrument",
        at: "instruments.SYMBOL",
        "An instrument.",
        [
            .value(key("lot", quantity, "1", from: "0.00000001", "P06: orders are multiples of it.")),
            .value(key("tick", price, "0.01", from: "0.00000001", to: "1000", "P06: price step from 1.")),
            .value(key("tickBelowOne", price, "0.0001", from: "0.00000001", to: "1000", "P06: price step below 1.")),
            .value(
                key(
                    "averageDailyVolume",
                    .text,
                    example: "4_000_000",
                    "P01, P24: shares a day over 20 days, or unknown: then it bounds nothing."
                )
            ),
            .value(key("priorClose", price, from: "0", example: "189.50", "P05, P20: yesterday's close.")),
            .value(key("assetClass", .text, example: "energy", "The class or sector that it belongs to.")),
            .value(key("issuer", .text, example: "Apple Inc", "P18: who issued it.")),
            .value(
                key("bandTier", integer, "0", from: "0", to: "2", "P21: tier of its price bands, 1 or 2; 0 has none.")
            ),
            .value(key("dailyVolatility", .share, "0%", from: "0%", to: "1000%", "P24: its volatility a day.")),
            .value(key("halfSpread", .share, "0%", from: "0%", to: "100%", "P24: half of its usual spread.")),
            .value(
                key(
                    "locate",
                    quantity,
                    from: "0",
                    example: "50_000",
                    "P19: shares that may be borrowed today, short for an entry in locates."
                )
            ),
            .value(key("test", .boolean, "false", "P27: it is for tests only.")),
        ]
    )

    private static let market = LimitsShape(
        "market",
        at: "market",
        "Rules about market data, which hold for all orders alike.",
        [
            .group("collar", "collar", "P03: how far from the reference price a limit may be."),
            .value(key("quoteAge", duration, "1s", from: "0s", to: "1h", "P05: oldest quote that gives a reference.")),
            .value(key("tradeAge", duration, "60s", from: "0s", to: "1h", "P05: oldest trade that gives a reference.")),
            .value(key("quoteSpreadMax", .share, "5%", from: "0%", to: "200%", "P05: widest spread of such a quote.")),
            .value(
                key(
                    "staleAfter",
                    duration,
                    "1s",
                    from: "0s",
                    to: "1h",
                    "P17: oldest update on which risk may be taken."
                )
            ),
            .value(key("crossedTime", duration, "1s", from: "0s", to: "1h", "P17: how long a book may be crossed.")),
            .value(
                key("jump", .share, "10%", from: "0%", to: "1000%", "P17: a change of the mid above this is a jump.")
            ),
            .value(key("jumpTime", duration, "1s", from: "0s", to: "1h", "P17: how long a jump is remembered.")),
        ]
    )

    private static let collar = LimitsShape(
        "collar",
        at: "market.collar",
        "How far from the reference price a limit may be.",
        [
            .value(key("from50", .share, "3%", from: "0%", to: "1000%", "Reference of 50 and above.")),
            .value(key("from25", .share, "5%", from: "0%", to: "1000%", "Reference from 25 to 50.")),
            .value(key("from1", .share, "10%", from: "0%", to: "1000%", "Reference from 1 to 25.")),
            .value(key("below1", .share, "50%", from: "0%", to: "1000%", "Reference below 1.")),
            .value(key("passive", .share, "30%", from: "0%", to: "1000%", "How far behind it may rest.")),
        ]
    )
}
