// SPDX-License-Identifier: MIT
import HeliosRisk

/// What each control of the gate means, for people: what it refuses, what sets it, and what a reduction may do.
public struct ControlGuide: Sendable {
    public let control: RiskControl
    /// A few words.
    public let title: String
    /// What it refuses, in one or two sentences.
    public let rule: String
    /// Keys of a limits file that set it, beside limits.
    public let keys: [String]
    /// What becomes of an order that only brings a position nearer to zero.
    public let reductions: String

    private init(
        _ control: RiskControl,
        _ title: String,
        _ rule: String,
        keys: [String] = [],
        reductions: String = "bound like any order"
    ) {
        self.control = control
        self.title = title
        self.rule = rule
        self.keys = keys
        self.reductions = reductions
    }

    /// The kinds of limits that it holds.
    public var limits: [LimitKind] { LimitKind.allCases.filter { $0.control == control } }

    /// The guide to a control.
    public static func of(_ control: RiskControl) -> ControlGuide? { all.first { $0.control == control } }

    /// The guide to the control called `name`, such as `P07`; any case.
    public static func named(_ name: String) -> ControlGuide? {
        all.first { $0.control.name.lowercased() == name.lowercased() }
    }

    /// As text: the rule, the limits with their standard values, the keys, reductions.
    public var text: String {
        var lines = ["\(control.name): \(title)", "  \(rule)", ""]
        for kind in limits {
            lines.append("  Limit       \(kind): \(LimitsSchema.documentation(kind).dropFirst(5))")
            lines.append("              value \(LimitsSchema.form(kind).expectation)")
            lines.append("              default \(LimitsSchema.standardText(kind))")
        }
        for key in keys { lines.append("  Key         \(key)") }
        lines.append("  Reductions  \(reductions)")
        lines.append("  Cancels     always pass")
        return lines.joined(separator: "\n") + "\n"
    }

    /// All controls, in the order of their numbers.
    public static let all: [ControlGuide] = first + second + third

    private static let pass = "pass"

    private static let first: [ControlGuide] = [
        ControlGuide(
            .state,
            "State of a scope, an instrument or a venue",
            "Refuses everything while halted or killed, and all but reductions while reduceOnly. Anybody may lower a state; "
                + "raising one takes two people, one of them a risk officer.",
            keys: ["identities"],
            reductions: "pass while reduceOnly"
        ),
        ControlGuide(
            .p01,
            "Order quantity",
            "Refuses an order of no quantity, of a part of a lot, above its limit, or above its share of the average daily "
                + "volume.",
            keys: ["instruments.SYMBOL.lot", "instruments.SYMBOL.averageDailyVolume"],
            reductions: "pass the upper bounds; whole lots they must be"
        ),
        ControlGuide(
            .p02,
            "Order value",
            "Refuses an order worth more than its limit, at its price; a market order at the edge of its collar.",
            reductions: pass
        ),
        ControlGuide(
            .p03,
            "Price collar",
            "Refuses a price that reaches too far through the reference price, or that rests too far behind it. Twice as wide "
                + "outside the regular session and on a prior close.",
            keys: ["market.collar"],
            reductions: "bound where there is a reference"
        ),
        ControlGuide(
            .p04,
            "Price collar over time",
            "Refuses own aggressive orders that together would walk the price too far from where the window began.",
            reductions: pass
        ),
        ControlGuide(
            .p05,
            "Reference price",
            "Refuses an order for which there is no price to hold it against: no fresh uncrossed quote, no recent trade, no "
                + "prior close. A strategy's own number never counts.",
            keys: ["market.quoteAge", "market.quoteSpreadMax", "market.tradeAge", "instruments.SYMBOL.priorClose"],
            reductions: "pass without one"
        ),
        ControlGuide(
            .p06,
            "Form",
            "Refuses a price off the tick grid or not above zero, an unknown instrument, an order number out of range, and every "
                + "sum that does not fit.",
            keys: ["instruments.SYMBOL.tick", "instruments.SYMBOL.tickBelowOne", "instruments.others"]
        ),
        ControlGuide(
            .p07,
            "Message rate",
            "Refuses new orders and replaces beyond a rate, with some allowed at once. Cancels are counted and never refused.",
            reductions: "pass at a scope whose position they reduce; never beyond a venue's cap"
        ),
        ControlGuide(
            .p08,
            "Repeated execution",
            "Stops a strategy that is filled again and again on one side of an instrument, until a named person enables it.",
            reductions: "pass where they reduce the strategy's own position"
        ),
    ]

    private static let second: [ControlGuide] = [
        ControlGuide(
            .p09,
            "Children within their parent",
            "Refuses a child order with which a parent order would be exceeded: what is filled, what is open, and the child. "
                + "Counted a second time where orders leave.",
            reductions: "bound like any order: a parent is a promise, not a risk"
        ),
        ControlGuide(
            .p10,
            "Duplicates",
            "Refuses an order that has been sent too often just before with the same terms, and a number that was used before.",
            reductions: "pass at a scope whose position they reduce; a number is never used again"
        ),
        ControlGuide(
            .p11,
            "Position and turnover",
            "Refuses an order with which the position could grow beyond its limit if all that is open were filled, or with which "
                + "more would be bought or sold in the day than allowed.",
            reductions: pass
        ),
        ControlGuide(
            .p12,
            "Gross and net value",
            "Refuses an order with which the worst-case values of all positions, added without or with their signs, would exceed "
                + "a limit.",
            reductions: pass
        ),
        ControlGuide(
            .p13,
            "Credit",
            "Refuses an order with which what is open and what is held would be worth more than the line, over all venues.",
            reductions: pass
        ),
        ControlGuide(
            .p14,
            "Loss of the day",
            "At the limit only reductions pass, at 1.2 times the limit nothing; at 0.7 there is an alert. The profit is realised "
                + "plus unrealised less fees, longs at the bid, shorts at the ask; the fall from the day's high counts the same.",
            reductions: "pass until 1.2 times the limit"
        ),
        ControlGuide(
            .p15,
            "Value at risk",
            "Refuses an order after which value at risk or expected shortfall, with what is open counted at its worst, would exceed "
                + "the limit, unless it lowers it. Without a model such a limit refuses everything.",
            reductions: pass
        ),
        ControlGuide(
            .p16,
            "Self-trade",
            "An order that would meet one of our own: refuses the new one, cancels the old one, both, or makes the new one "
                + "smaller.",
            keys: ["selfTrade"]
        ),
        ControlGuide(
            .p17,
            "Stale market data",
            "Refuses to take risk on an instrument whose data are old, interrupted, crossed for too long, or have just jumped.",
            keys: ["market.staleAfter", "market.crossedTime", "market.jump", "market.jumpTime"],
            reductions: pass
        ),
        ControlGuide(
            .p18,
            "Restricted list",
            "Refuses what is on the list: an instrument, all of an issuer, for everybody or for one scope.",
            keys: ["restricted"],
            reductions: "pass where the entry says 'reductions: true'"
        ),
    ]

    private static let third: [ControlGuide] = [
        ControlGuide(
            .p19,
            "Short sales",
            "Marks a sale long only when the account holds what it sells; any other needs shares that a lender has promised for "
                + "today, which are reserved while it lives.",
            keys: ["locates"],
            reductions: "are long sales"
        ),
        ControlGuide(
            .p20,
            "Short price test",
            "After a fall of 10 % from the prior close, for the rest of the day and the next, refuses a short sale that is not "
                + "above the best bid, unless it is exempt.",
            keys: ["instruments.SYMBOL.priorClose"],
            reductions: "are long sales"
        ),
        ControlGuide(
            .p21,
            "Session, halts and bands",
            "Refuses orders while the instrument is not trading, in a phase that does not take them, and outside its price "
                + "bands.",
            keys: ["instruments.SYMBOL.bandTier"]
        ),
        ControlGuide(
            .p22,
            "Permission",
            "Refuses what nobody granted: the scope, the instrument, its class, the venue, the order type.",
            keys: ["permissions"]
        ),
        ControlGuide(
            .p23,
            "What a strategy declared",
            "Refuses orders outside the instruments, venues, prices, values and number that the strategy declared when it was "
                + "deployed.",
            keys: ["strategies.NAME.envelope"]
        ),
        ControlGuide(
            .p24,
            "Participation and cost",
            "Refuses a parent whose rest would be too large a part of the volume over its time, or whose predicted cost is too "
                + "high.",
            keys: [
                "instruments.SYMBOL.averageDailyVolume", "instruments.SYMBOL.dailyVolatility",
                "instruments.SYMBOL.halfSpread",
            ]
        ),
        ControlGuide(
            .p25,
            "Open orders, orders for each trade",
            "Refuses an order with which too many would be live, or when the day has too many messages for its trades.",
            reductions: "pass at a scope whose position they reduce"
        ),
        ControlGuide(
            .p26,
            "Signed program and configuration",
            "Refuses everything unless the program and the configuration are the ones that were signed off.",
            keys: ["manifest"]
        ),
        ControlGuide(
            .p27,
            "Tests apart",
            "Refuses test accounts and test instruments in a live session, and all others in a test.",
            keys: ["test", "accounts.NAME.test", "instruments.SYMBOL.test"]
        ),
    ]
}
