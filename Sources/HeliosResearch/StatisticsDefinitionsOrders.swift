// SPDX-License-Identifier: MIT
import HeliosMarket

private let noFill = "no fill"
private let noOrder = "no accepted order"

extension StatisticDefinition {
    static let orders: [StatisticDefinition] = [
        .init(
            "orders",
            "Orders",
            .count,
            .orders,
            "Orders that strategies wanted, refused ones included.",
            source: "count"
        ) {
            .count($0.result.counts.orders)
        },
        .init("accepted", "Accepted", .count, .orders, "Orders that the venue accepted.", source: "count") {
            .count($0.result.counts.accepted)
        },
        .init("filledOrders", "Filled", .count, .orders, "Orders filled in full.", source: "count") {
            .count($0.result.counts.filledOrders)
        },
        .init(
            "cancelled",
            "Cancelled",
            .count,
            .orders,
            "Orders that ended with quantity left: by us, immediate-or-cancel, end of session.",
            source: "count"
        ) {
            .count($0.result.counts.cancelled)
        },
        .init(
            "rejectedByVenue",
            "Rejected by the venue",
            .count,
            .orders,
            "Orders that the venue refused.",
            source: "count"
        ) {
            .count($0.result.counts.rejectedByVenue)
        },
        .init(
            "rejectedByRisk",
            "Refused by risk",
            .count,
            .orders,
            "Orders that the risk gate stopped before the venue.",
            source: "count"
        ) {
            .count($0.result.counts.rejectedByRisk)
        },
        .init("fills", "Fills", .count, .orders, "Executions.", source: "count") {
            .count($0.result.counts.fills)
        },
        .init(
            "fillRatio",
            "Fill ratio",
            .fraction,
            .orders,
            "Shares filled / shares ordered, over orders that were not refused.",
            source: "textbook"
        ) { inputs in
            .of(ReturnSeries.quotient(inputs.activity.filled.value, inputs.activity.ordered.value), or: noOrder)
        },
        .init(
            "ordersWithFill",
            "Orders with a fill",
            .fraction,
            .orders,
            "Orders with at least one fill / orders that were not refused.",
            source: "textbook"
        ) { inputs in
            .of(ReturnSeries.quotient(Double(inputs.activity.withFill), Double(inputs.activity.accepted)), or: noOrder)
        },
        .init(
            "ordersPerFill",
            "Orders per fill",
            .ratio,
            .orders,
            "Orders that were not refused / fills: venues charge for high values.",
            source: "order-to-trade ratio"
        ) { inputs in
            .of(ReturnSeries.quotient(Double(inputs.activity.accepted), Double(inputs.result.fills.count)), or: noFill)
        },
        .init(
            "immediateShare",
            "Immediate-or-cancel orders",
            .fraction,
            .orders,
            "Immediate-or-cancel orders / orders that were not refused.",
            source: "count"
        ) { inputs in
            .of(ReturnSeries.quotient(Double(inputs.activity.immediate), Double(inputs.activity.accepted)), or: noOrder)
        },
        .init(
            "makerShare",
            "Maker share",
            .fraction,
            .orders,
            "Shares filled while resting in the book / shares filled.",
            source: "textbook"
        ) { inputs in
            .of(ReturnSeries.quotient(inputs.costs.makerShares.value, inputs.costs.shares.value), or: noFill)
        },
        .init("averageFill", "Average fill", .ratio, .orders, "Shares filled / fills.", source: "textbook") { inputs in
            .of(ReturnSeries.quotient(inputs.costs.shares.value, Double(inputs.result.fills.count)), or: noFill)
        },
        .init(
            "averageFillValue",
            "Average fill value",
            .ratio,
            .orders,
            "Value traded / fills, in currency units.",
            source: "textbook"
        ) { inputs in
            .of(ReturnSeries.quotient(inputs.costs.traded.value, Double(inputs.result.fills.count)), or: noFill)
        },
        .init(
            "medianTimeToFill",
            "Median time to first fill",
            .nanoseconds,
            .orders,
            "Median of first fill − order sent, over orders with a fill.",
            source: "textbook"
        ) { inputs in
            .of(TradeResults.median(inputs.activity.timesToFill.map(Double.init)), or: noFill)
        },
        .init(
            "sharesTraded",
            "Shares traded",
            .shares,
            .orders,
            "Sum of the quantities of all fills.",
            source: "textbook"
        ) {
            .quantity($0.costs.shares)
        },
        .init(
            "valueTraded",
            "Value traded",
            .money,
            .orders,
            "Sum of quantity × price over all fills, both sides.",
            source: "textbook"
        ) {
            .money($0.costs.traded)
        },
        .init("valueBought", "Value bought", .money, .orders, "Sum of quantity × price over buys.", source: "textbook")
        {
            .money($0.costs.bought)
        },
        .init("turnover", "Turnover", .ratio, .orders, "Value traded / average equity.", source: "textbook") { inputs in
            .of(ReturnSeries.quotient(inputs.costs.traded.value, inputs.exposure.equity.mean), or: "no equity samples")
        },
    ]

    static let costs: [StatisticDefinition] = [
        .init("fees", "Fees", .money, .costs, "Fees paid − rebates received.", source: "accounting identity") {
            .money($0.costs.fees)
        },
        .init(
            "rebates",
            "Rebates",
            .money,
            .costs,
            "Rebates received, as a positive amount.",
            source: "accounting identity"
        ) {
            .money($0.costs.rebates)
        },
        .init("feesOnTurnover", "Fees on turnover", .basisPoints, .costs, "Fees / value traded.", source: "textbook") {
            inputs in
            .of(ReturnSeries.quotient(inputs.costs.fees.value * 10_000, inputs.costs.traded.value), or: noFill)
        },
        .init(
            "slippage",
            "Slippage",
            .money,
            .costs,
            "Sum over fills of s (price − arrival mid) × quantity, s = +1 buy, −1 sell; positive is a cost. Arrival mid: mid price when the order was sent.",
            source: "Perold 1988"
        ) {
            .money($0.costs.slippage)
        },
        .init(
            "slippageOnTurnover",
            "Arrival slippage",
            .basisPoints,
            .costs,
            "Slippage / value at the arrival mid.",
            source: "Perold 1988"
        ) {
            .of($0.costs.slippageBasisPoints, or: "no fill with a known arrival mid")
        },
        .init(
            "totalCost",
            "Fees, slippage, borrow",
            .money,
            .costs,
            "What trading cost against the arrival mid, and borrowed shares.",
            source: "Perold 1988"
        ) {
            .money($0.totalCost)
        },
        .init(
            "impactCost",
            "Impact charged",
            .money,
            .costs,
            "Sum over fills of what the impact model added to the price × quantity; a part of the slippage.",
            source: "the impact model"
        ) {
            .money($0.costs.impact)
        },
        .init(
            "impactOnTurnover",
            "Impact charged on taking",
            .basisPoints,
            .costs,
            "Impact charged / value of the fills that were charged.",
            source: "the impact model"
        ) { inputs in
            .of(
                ReturnSeries.quotient(inputs.costs.impact.value * 10_000, inputs.costs.impactValue.value),
                or: "no fill was charged"
            )
        },
        .init(
            "borrowCost",
            "Borrow",
            .money,
            .costs,
            "Shares borrowed overnight: quantity × mark rounded up to a whole unit × 1.02 × rate / 360 a day.",
            source: "US stock lending"
        ) {
            .money($0.result.borrowCost)
        },
        .init(
            "costToEdge",
            "Costs / edge",
            .fraction,
            .costs,
            "Fees, slippage and borrow / edge before costs: above 100 % the costs eat the edge.",
            source: "Perold 1988"
        ) { inputs in
            guard let edge = inputs.edgeBeforeCosts, edge > .zero else { return .undefined("no edge before costs") }
            return .of(
                ReturnSeries.quotient(inputs.totalCost.value, edge.value),
                or: "no edge before costs"
            )
        },
        .init(
            "quotedSpread",
            "Quoted spread",
            .basisPoints,
            .costs,
            "Mean of (ask − bid) / mid when orders were sent.",
            source: "SEC Rule 605"
        ) {
            .of($0.activity.quotedSpread.mean, or: "no order with a two-sided quote")
        },
        .init(
            "effectiveSpread",
            "Effective spread",
            .basisPoints,
            .costs,
            "2 s (price − mid at the fill) / mid, weighted by value.",
            source: "SEC Rule 605"
        ) {
            .of($0.costs.effective.mean, or: noFill)
        },
        .init(
            "effectiveSpreadMaker",
            "Effective spread, maker",
            .basisPoints,
            .costs,
            "The same over fills that rested in the book: negative is spread earned.",
            source: "SEC Rule 605"
        ) {
            .of($0.costs.effectiveMaker.mean, or: "no maker fill")
        },
        .init(
            "effectiveSpreadTaker",
            "Effective spread, taker",
            .basisPoints,
            .costs,
            "The same over fills that took from the book.",
            source: "SEC Rule 605"
        ) {
            .of($0.costs.effectiveTaker.mean, or: "no taker fill")
        },
        .init(
            "realisedSpread",
            "Realised spread, 1 s",
            .basisPoints,
            .costs,
            "2 s (price − mid one second later) / mid, weighted by value: what the other side kept.",
            source: "Huang and Stoll 1996"
        ) {
            .of($0.costs.realisedOneSecond.mean, or: "no fill with a mid one second later")
        },
        .init(
            "priceImpact",
            "Price impact, 1 s",
            .basisPoints,
            .costs,
            "2 s (mid one second later − mid) / mid, weighted by value: effective − realised spread.",
            source: "Huang and Stoll 1996"
        ) {
            .of($0.costs.impactOneSecond.mean, or: "no fill with a mid one second later")
        },
        .init(
            "toxicity",
            "Toxicity, 1 s",
            .basisPoints,
            .costs,
            "− markout after one second, weighted by value: positive means that prices run against us after a fill.",
            source: "adverse selection"
        ) {
            .of($0.costs.toxicity.mean, or: "no fill with a mid one second later")
        },
    ]

    static let markouts: [StatisticDefinition] = FillRecord.markoutHorizons.indices.flatMap { horizon in
        let name = DurationText.short(FillRecord.markoutHorizons[horizon])
        let key = "markout" + name.split(separator: " ").joined()
        let meaning = "Mean over fills of s (mid \(name) after the fill − price) / price; positive is good for us."
        let missing = "no such fill with a mid \(name) later"
        return [
            StatisticDefinition(key, "Markout, \(name)", .basisPoints, .costs, meaning, source: "adverse selection") {
                .of($0.costs.allMarkouts[horizon].mean, or: missing)
            },
            StatisticDefinition(
                key + "Maker",
                "Markout, \(name), maker",
                .basisPoints,
                .costs,
                meaning + " Fills that rested in the book.",
                source: "adverse selection"
            ) {
                .of($0.costs.makerMarkouts[horizon].mean, or: missing)
            },
            StatisticDefinition(
                key + "MakerError",
                "Markout error, \(name), maker",
                .basisPoints,
                .costs,
                "Deviation / √n of the maker markouts after \(name), as if fills were independent.",
                source: "textbook"
            ) {
                .of($0.costs.makerMarkouts[horizon].standardError, or: missing)
            },
            StatisticDefinition(
                key + "Taker",
                "Markout, \(name), taker",
                .basisPoints,
                .costs,
                meaning + " Fills that took from the book.",
                source: "adverse selection"
            ) {
                .of($0.costs.takerMarkouts[horizon].mean, or: missing)
            },
            StatisticDefinition(
                key + "TakerError",
                "Markout error, \(name), taker",
                .basisPoints,
                .costs,
                "Deviation / √n of the taker markouts after \(name), as if fills were independent.",
                source: "textbook"
            ) {
                .of($0.costs.takerMarkouts[horizon].standardError, or: missing)
            },
        ]
    }
}
