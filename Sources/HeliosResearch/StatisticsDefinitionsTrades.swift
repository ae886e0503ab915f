// SPDX-License-Identifier: MIT
import HeliosMarket

private let noTrade = "no closed trade"
private let noSamples = "no equity samples"

extension StatisticDefinition {
    static let trades: [StatisticDefinition] = counts + results + holding

    private static let counts: [StatisticDefinition] = [
        .init(
            "trades",
            "Closed trades",
            .count,
            .trades,
            "Round trips of a group of a strategy, from flat to flat in all its instruments.",
            source: "count"
        ) {
            .count($0.trades.closed.count)
        },
        .init("openTrades", "Open trades", .count, .trades, "Round trips that have not ended.", source: "count") {
            .count($0.ledger.trades.count - $0.trades.closed.count)
        },
        .init(
            "winners",
            "Winners",
            .count,
            .trades,
            "Closed trades with a profit above zero after fees.",
            source: "count"
        ) {
            .count($0.trades.winners.count)
        },
        .init("losers", "Losers", .count, .trades, "Closed trades with a loss after fees.", source: "count") {
            .count($0.trades.losers.count)
        },
        .init("hitRate", "Hit rate", .fraction, .trades, "Winners / closed trades.", source: "textbook") { inputs in
            .of(
                ReturnSeries.quotient(Double(inputs.trades.winners.count), Double(inputs.trades.closed.count)),
                or: noTrade
            )
        },
        .init(
            "longestWinning",
            "Longest winning run",
            .count,
            .trades,
            "Most winners in a row, in the order in which trades ended.",
            source: "count"
        ) {
            .count($0.trades.longestWinning)
        },
        .init(
            "longestLosing",
            "Longest losing run",
            .count,
            .trades,
            "Most losers in a row, in the order in which trades ended.",
            source: "count"
        ) {
            .count($0.trades.longestLosing)
        },
        .init(
            "fillsPerTrade",
            "Fills per trade",
            .ratio,
            .trades,
            "Fills of closed trades / closed trades.",
            source: "count"
        ) { inputs in
            let fills = inputs.trades.closed.reduce(0) { $0 + $1.fills }
            return .of(ReturnSeries.quotient(Double(fills), Double(inputs.trades.closed.count)), or: noTrade)
        },
    ]

    private static let results: [StatisticDefinition] = [
        .init(
            "profitFactor",
            "Profit factor",
            .ratio,
            .trades,
            "Sum of winners' profit / |sum of losers' loss|.",
            source: "textbook"
        ) { inputs in
            let lost = -TradeResults.sum(inputs.trades.losers).value
            return .of(
                ReturnSeries.quotient(TradeResults.sum(inputs.trades.winners).value, lost),
                or: "no losing trade"
            )
        },
        .init(
            "averageTrade",
            "Average trade",
            .ratio,
            .trades,
            "Mean profit of a closed trade after fees, in currency units.",
            source: "textbook"
        ) {
            .of($0.trades.sample.mean, or: noTrade)
        },
        .init(
            "medianTrade",
            "Median trade",
            .ratio,
            .trades,
            "Median profit of a closed trade after fees, in currency units.",
            source: "textbook"
        ) { inputs in
            .of(TradeResults.median(inputs.trades.profits.map(\.value)), or: noTrade)
        },
        .init(
            "tradeDeviation",
            "Deviation of trades",
            .ratio,
            .trades,
            "Standard deviation of the profit of closed trades, divisor n − 1, in currency units.",
            source: "textbook"
        ) {
            .of($0.trades.sample.deviation, or: "fewer than two closed trades")
        },
        .init(
            "tradeTStatistic",
            "t statistic of trades",
            .ratio,
            .trades,
            "Average trade / (deviation of trades / √n).",
            source: "Student 1908"
        ) { inputs in
            .of(
                ReturnSeries.quotient(inputs.trades.sample.mean, inputs.trades.sample.standardError),
                or: "fewer than two closed trades, or all alike"
            )
        },
        .init(
            "averageTradeReturn",
            "Average trade return",
            .basisPoints,
            .trades,
            "Mean of profit / value of the fills that built the position.",
            source: "textbook"
        ) {
            .of($0.trades.basisPoints.mean, or: noTrade)
        },
        .init(
            "averageWin",
            "Average win",
            .ratio,
            .trades,
            "Mean profit of the winners, in currency units.",
            source: "textbook"
        ) { inputs in
            .of(
                ReturnSeries.quotient(
                    TradeResults.sum(inputs.trades.winners).value,
                    Double(inputs.trades.winners.count)
                ),
                or: "no winner"
            )
        },
        .init(
            "averageLoss",
            "Average loss",
            .ratio,
            .trades,
            "Mean loss of the losers, negative, in currency units.",
            source: "textbook"
        ) { inputs in
            .of(
                ReturnSeries.quotient(TradeResults.sum(inputs.trades.losers).value, Double(inputs.trades.losers.count)),
                or: "no loser"
            )
        },
        .init("payoffRatio", "Payoff ratio", .ratio, .trades, "Average win / |average loss|.", source: "textbook") {
            inputs in
            let trades = inputs.trades
            let win = ReturnSeries.quotient(TradeResults.sum(trades.winners).value, Double(trades.winners.count))
            let loss = ReturnSeries.quotient(-TradeResults.sum(trades.losers).value, Double(trades.losers.count))
            return .of(ReturnSeries.quotient(win, loss), or: "no winner or no loser")
        },
        .init("largestWin", "Largest win", .money, .trades, "Profit of the best closed trade.", source: "textbook") {
            .of($0.trades.winners.map(\.profit).max(), or: "no winner")
        },
        .init("largestLoss", "Largest loss", .money, .trades, "Result of the worst closed trade.", source: "textbook") {
            .of($0.trades.losers.map(\.profit).min(), or: "no loser")
        },
        .init(
            "profitWithoutBest",
            "Closed profit without the best trade",
            .money,
            .trades,
            "Sum of the closed trades' profit − the best of them: negative means that one trade carried the day.",
            source: "robustness check"
        ) { inputs in
            .of(inputs.trades.profits.last.map { TradeResults.sum(inputs.trades.closed) - $0 }, or: noTrade)
        },
    ]

    private static let holding: [StatisticDefinition] = [
        .init(
            "averageHolding",
            "Average holding time",
            .nanoseconds,
            .trades,
            "Mean time from the first to the last fill of a closed trade.",
            source: "textbook"
        ) {
            .of(TradeResults.meanHolding($0.trades.closed), or: noTrade)
        },
        .init(
            "medianHolding",
            "Median holding time",
            .nanoseconds,
            .trades,
            "Median time from the first to the last fill of a closed trade.",
            source: "textbook"
        ) { inputs in
            .of(TradeResults.median(inputs.trades.closed.map { Double($0.holding) }.sorted()), or: noTrade)
        },
        .init(
            "longestHolding",
            "Longest holding time",
            .nanoseconds,
            .trades,
            "Longest time from the first to the last fill of a closed trade.",
            source: "textbook"
        ) { inputs in
            inputs.trades.closed.map(\.holding).max().map { .count(Int($0)) } ?? .undefined(noTrade)
        },
        .init(
            "averageHoldingWinners",
            "Holding time of winners",
            .nanoseconds,
            .trades,
            "Mean holding time of the winners.",
            source: "textbook"
        ) {
            .of(TradeResults.meanHolding($0.trades.winners), or: "no winner")
        },
        .init(
            "averageHoldingLosers",
            "Holding time of losers",
            .nanoseconds,
            .trades,
            "Mean holding time of the losers: far above that of the winners, losses are left to run.",
            source: "Shefrin and Statman 1985"
        ) {
            .of(TradeResults.meanHolding($0.trades.losers), or: "no loser")
        },
        .init(
            "shareHolding",
            "Holding time of a share",
            .nanoseconds,
            .trades,
            "Mean time between purchase and sale of a share, matched first in, first out, weighted by quantity.",
            source: "FIFO accounting"
        ) { inputs in
            .of(
                ReturnSeries.quotient(inputs.ledger.matchedShareSeconds * 1e9, inputs.ledger.matchedShares),
                or: "nothing was closed"
            )
        },
    ]

    static let exposure: [StatisticDefinition] = [
        .init(
            "maximumGross",
            "Largest gross exposure",
            .money,
            .exposure,
            "Largest sum of |position value| over the samples.",
            source: "textbook"
        ) { inputs in
            inputs.result.equity.isEmpty ? .undefined(noSamples) : .money(inputs.exposure.maximumGross)
        },
        .init(
            "averageGross",
            "Average gross exposure",
            .ratio,
            .exposure,
            "Mean of the gross exposure over the samples, in currency units.",
            source: "textbook"
        ) {
            .of($0.exposure.gross.mean, or: noSamples)
        },
        .init(
            "maximumNetLong",
            "Largest net long",
            .money,
            .exposure,
            "Largest net exposure over the samples, zero when never net long.",
            source: "textbook"
        ) { inputs in
            inputs.result.equity.isEmpty ? .undefined(noSamples) : .money(inputs.exposure.maximumLong)
        },
        .init(
            "maximumNetShort",
            "Largest net short",
            .money,
            .exposure,
            "Smallest net exposure over the samples, zero when never net short.",
            source: "textbook"
        ) { inputs in
            inputs.result.equity.isEmpty ? .undefined(noSamples) : .money(inputs.exposure.maximumShort)
        },
        .init(
            "averageNet",
            "Average net exposure",
            .ratio,
            .exposure,
            "Mean of the net exposure over the samples, in currency units.",
            source: "textbook"
        ) {
            .of($0.exposure.net.mean, or: noSamples)
        },
        .init(
            "maximumLeverage",
            "Largest leverage",
            .ratio,
            .exposure,
            "Largest gross exposure / initial cash.",
            source: "textbook"
        ) { inputs in
            .of(
                ReturnSeries.quotient(inputs.exposure.maximumGross.value, inputs.result.initialCash.value),
                or: "no initial cash"
            )
        },
        .init(
            "averageLeverage",
            "Average leverage",
            .ratio,
            .exposure,
            "Average gross exposure / initial cash.",
            source: "textbook"
        ) { inputs in
            .of(
                ReturnSeries.quotient(inputs.exposure.gross.mean, inputs.result.initialCash.value),
                or: "no samples or no initial cash"
            )
        },
        .init(
            "timeInMarket",
            "Time in the market",
            .fraction,
            .exposure,
            "Share of samples with an open position.",
            source: "textbook"
        ) { inputs in
            .of(
                ReturnSeries.quotient(Double(inputs.exposure.samplesInMarket), Double(inputs.result.equity.count)),
                or: noSamples
            )
        },
        .init(
            "maximumPositions",
            "Most open positions",
            .count,
            .exposure,
            "Largest number of instruments with a position at a sample.",
            source: "count"
        ) {
            .count($0.exposure.maximumPositions)
        },
        .init(
            "averagePositions",
            "Average open positions",
            .ratio,
            .exposure,
            "Mean number of instruments with a position.",
            source: "count"
        ) {
            .of($0.exposure.positions.mean, or: noSamples)
        },
        .init(
            "finalGross",
            "Gross exposure at the end",
            .money,
            .exposure,
            "Sum of |position value| at the last sample.",
            source: "textbook"
        ) {
            .of($0.result.equity.last?.gross, or: noSamples)
        },
        .init(
            "returnOnGross",
            "Return on average gross",
            .basisPoints,
            .exposure,
            "Net profit / average gross exposure.",
            source: "textbook"
        ) { inputs in
            .of(
                ReturnSeries.quotient(inputs.netProfit.map { $0.value * 10_000 }, inputs.exposure.gross.mean),
                or: "never in the market"
            )
        },
    ]
}
