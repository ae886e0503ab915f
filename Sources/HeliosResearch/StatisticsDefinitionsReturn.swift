// SPDX-License-Identifier: MIT
import HeliosMarket

private let noSamples = "no equity samples"
private let noReturns = "fewer than two returns, or equity not above zero"
private let noVariance = "fewer than two returns, or all alike"
private let accounting = "accounting identity"

extension StatisticDefinition {
    static let profit: [StatisticDefinition] = [
        .init(
            "netProfit",
            "Net profit",
            .money,
            .profit,
            "Last equity − initial cash; fees in, open positions at the mid.",
            source: accounting
        ) {
            .of($0.netProfit, or: noSamples)
        },
        .init(
            "profitBeforeFees",
            "Profit before fees",
            .money,
            .profit,
            "Net profit + fees paid − rebates received.",
            source: accounting
        ) { inputs in
            .of(inputs.netProfit.map { $0 + inputs.costs.fees }, or: noSamples)
        },
        .init(
            "edgeBeforeCosts",
            "Edge before costs",
            .money,
            .profit,
            "Net profit + fees + slippage: what the same trades would have earned at the mid prices of their arrival.",
            source: "Perold 1988"
        ) {
            .of($0.edgeBeforeCosts, or: noSamples)
        },
        .init(
            "returnOnCapital",
            "Return on capital",
            .fraction,
            .profit,
            "Net profit / initial cash.",
            source: accounting
        ) { inputs in
            .of(
                ReturnSeries.quotient(inputs.netProfit?.value, inputs.result.initialCash.value),
                or: "no samples or no initial cash"
            )
        },
        .init(
            "realisedProfit",
            "Realised profit",
            .money,
            .profit,
            "Profit of closed quantity as of the last sample.",
            source: accounting
        ) {
            .of($0.result.equity.last?.realised, or: noSamples)
        },
        .init(
            "unrealisedProfit",
            "Unrealised profit",
            .money,
            .profit,
            "Profit of open positions at the mid as of the last sample.",
            source: accounting
        ) {
            .of($0.result.equity.last?.unrealised, or: noSamples)
        },
        .init(
            "profitOnTurnover",
            "Profit on turnover",
            .basisPoints,
            .profit,
            "Net profit / value traded.",
            source: accounting
        ) { inputs in
            .of(
                ReturnSeries.quotient(inputs.netProfit.map { $0.value * 10_000 }, inputs.costs.traded.value),
                or: "nothing traded"
            )
        },
        .init(
            "profitPerShare",
            "Profit per share",
            .ratio,
            .profit,
            "Net profit / shares traded, in currency units.",
            source: accounting
        ) { inputs in
            .of(ReturnSeries.quotient(inputs.netProfit?.value, inputs.costs.shares.value), or: "nothing traded")
        },
        .init(
            "groupsTraded",
            "Groups traded",
            .count,
            .profit,
            "Pairs or instruments (groups of a strategy) with at least one fill.",
            source: "count"
        ) {
            .count($0.ledger.groups.count)
        },
        .init(
            "groupsProfitable",
            "Groups with profit",
            .fraction,
            .profit,
            "Share of the traded groups with a profit above zero after fees, open positions at the mark.",
            source: "count"
        ) { inputs in
            let groups = inputs.ledger.groups
            let winners = groups.count { $0.profit > .zero }
            return .of(ReturnSeries.quotient(Double(winners), Double(groups.count)), or: "nothing traded")
        },
        .init(
            "largestGroupShare",
            "Share of the largest group",
            .fraction,
            .profit,
            "Largest |profit| of a group / sum of |profit| over groups: 100 % means that one group made everything.",
            source: "concentration ratio"
        ) { inputs in
            let sizes = inputs.ledger.groups.map { $0.profit.magnitude.value }
            return .of(ReturnSeries.quotient(sizes.max(), sizes.reduce(0, +)), or: "no group made or lost anything")
        },
    ]

    static let returns: [StatisticDefinition] = [
        .init(
            "periods",
            "Periods",
            .count,
            .returns,
            "Returns between equity samples that count (see the top of the page).",
            source: "count"
        ) {
            .count($0.series.count)
        },
        .init(
            "periodsPerYear",
            "Periods per year",
            .ratio,
            .returns,
            "252 × 6.5 h / sampling interval: what annualised figures are scaled with.",
            source: "convention"
        ) { inputs in
            inputs.series.count > 0 ? .number(inputs.series.periodsPerYear) : .undefined(noReturns)
        },
        .init(
            "meanReturn",
            "Mean return",
            .basisPoints,
            .returns,
            "Arithmetic mean of the period returns.",
            source: "textbook"
        ) {
            .of($0.series.mean.map { $0 * 10_000 }, or: noReturns)
        },
        .init(
            "returnDeviation",
            "Deviation of returns",
            .basisPoints,
            .returns,
            "Standard deviation of the period returns, divisor n − 1.",
            source: "textbook"
        ) {
            .of($0.series.deviation.map { $0 * 10_000 }, or: noReturns)
        },
        .init("totalReturn", "Total return", .fraction, .returns, "Compounded period returns.", source: "textbook") {
            .of($0.series.total, or: noReturns)
        },
        .init(
            "annualReturn",
            "Annual return",
            .fraction,
            .returns,
            "Mean return × periods per year, not compounded. From one day it is a scaling, not a forecast.",
            source: "convention"
        ) {
            .of($0.series.annualReturn, or: noReturns)
        },
        .init(
            "annualVolatility",
            "Annual volatility",
            .fraction,
            .returns,
            "Deviation of returns × √(periods per year).",
            source: "convention"
        ) {
            .of($0.series.annualVolatility, or: noReturns)
        },
        .init(
            "sharpe",
            "Sharpe ratio",
            .ratio,
            .returns,
            "Mean / standard deviation (n − 1) of the period returns × √(periods per year); no risk-free rate.",
            source: "Sharpe 1994"
        ) {
            .of($0.series.sharpe, or: noVariance)
        },
        .init(
            "sharpeAdjusted",
            "Sharpe ratio, autocorrelation in",
            .ratio,
            .returns,
            "Per-period Sharpe ratio × q / √(q + 2 Σ (q − k) ρ_k), q periods per year, ρ_k for lags 1 to min(20, n / 4).",
            source: "Lo 2002"
        ) { inputs in
            let series = inputs.series
            let lags = max(0, min(20, series.count / 4))
            let correlations = (0..<lags).map { series.autocorrelation(lag: $0 + 1) ?? 0 }
            let factor = SharpeInference.annualisation(periods: series.periodsPerYear, autocorrelations: correlations)
            guard let factor, let sharpe = series.sharpePerPeriod else { return .undefined(noVariance) }
            return .number(sharpe * factor)
        },
        .init(
            "sortino",
            "Sortino ratio",
            .ratio,
            .returns,
            "Mean / √(mean of min(r, 0)²) × √(periods per year).",
            source: "Sortino and Price 1994"
        ) {
            .of($0.series.sortino, or: "fewer than two returns, or none negative")
        },
        .init("calmar", "Calmar ratio", .ratio, .returns, "Annual return / |maximum drawdown|.", source: "Young 1991") {
            .of($0.series.calmar, or: "no drawdown")
        },
        .init(
            "maximumDrawdown",
            "Maximum drawdown",
            .fraction,
            .returns,
            "Lowest value of curve / running maximum − 1, on the compounded curve that starts at 1.",
            source: "textbook"
        ) {
            .of($0.series.maximumDrawdown, or: noReturns)
        },
        .init(
            "maximumDrawdownMoney",
            "Maximum drawdown in money",
            .money,
            .returns,
            "Deepest fall of the equity below its highest value before, over all samples.",
            source: "textbook"
        ) { inputs in
            inputs.result.equity.isEmpty ? .undefined(noSamples) : .money(inputs.exposure.drawdown)
        },
        .init(
            "averageDrawdown",
            "Average drawdown",
            .fraction,
            .returns,
            "Mean of the drawdown over all periods, zero at a new high.",
            source: "textbook"
        ) {
            .of($0.series.averageDrawdown, or: noReturns)
        },
        .init(
            "ulcerIndex",
            "Ulcer index",
            .fraction,
            .returns,
            "Root mean square of the drawdown.",
            source: "Martin and McCann 1989"
        ) {
            .of($0.series.ulcerIndex, or: noReturns)
        },
        .init(
            "longestUnderWater",
            "Longest under water",
            .nanoseconds,
            .returns,
            "Longest run of periods below an earlier high × interval.",
            source: "textbook"
        ) { inputs in
            guard let periods = inputs.series.longestUnderWater else { return .undefined(noReturns) }
            return .count(periods * Int(inputs.result.equityInterval))
        },
        .init(
            "profitFactorPeriods",
            "Profit factor of periods",
            .ratio,
            .returns,
            "Sum of positive returns / |sum of negative returns|.",
            source: "textbook"
        ) {
            .of($0.series.profitFactor, or: "no negative return")
        },
        .init(
            "hitRatePeriods",
            "Positive periods",
            .fraction,
            .returns,
            "Share of returns above zero.",
            source: "textbook"
        ) {
            .of($0.series.hitRate, or: noReturns)
        },
        .init("bestPeriod", "Best period", .basisPoints, .returns, "Largest return.", source: "textbook") {
            .of($0.series.returns.max().map { $0 * 10_000 }, or: noReturns)
        },
        .init("worstPeriod", "Worst period", .basisPoints, .returns, "Smallest return.", source: "textbook") {
            .of($0.series.returns.min().map { $0 * 10_000 }, or: noReturns)
        },
        .init(
            "skewness",
            "Skewness",
            .ratio,
            .returns,
            "Third standardised moment of the returns, divisor n.",
            source: "textbook"
        ) {
            .of($0.series.skewness, or: noVariance)
        },
        .init(
            "kurtosis",
            "Kurtosis",
            .ratio,
            .returns,
            "Fourth standardised moment of the returns, divisor n; 3 for a normal distribution.",
            source: "textbook"
        ) {
            .of($0.series.kurtosis, or: noVariance)
        },
        .init(
            "autocorrelation",
            "Autocorrelation",
            .ratio,
            .returns,
            "Correlation of each return with the one before.",
            source: "textbook"
        ) {
            .of($0.series.autocorrelation(lag: 1), or: noVariance)
        },
        .init(
            "valueAtRisk95",
            "Value at risk, 95 %",
            .basisPoints,
            .returns,
            "Loss of a period that 95 % of the periods do not exceed: the ⌈0.95 n⌉-th of the losses in ascending order.",
            source: "historical simulation"
        ) {
            .of($0.series.valueAtRisk(0.95).map { $0 * 10_000 }, or: "fewer than twenty returns")
        },
        .init(
            "expectedShortfall95",
            "Expected shortfall, 95 %",
            .basisPoints,
            .returns,
            "Mean loss of the worst 5 % of the periods.",
            source: "Acerbi and Tasche 2002"
        ) {
            .of($0.series.expectedShortfall(0.95).map { $0 * 10_000 }, or: "fewer than twenty returns")
        },
    ]

    static let confidence: [StatisticDefinition] = [
        .init(
            "returnTStatistic",
            "t statistic of the mean",
            .ratio,
            .confidence,
            "Per-period Sharpe ratio × √n: above 2 is rarely luck, were the periods independent and the strategy the first one tried.",
            source: "Student 1908"
        ) { inputs in
            .of(inputs.series.sharpePerPeriod.map { $0 * Double(inputs.series.count).squareRoot() }, or: noVariance)
        },
        .init(
            "probabilisticSharpe",
            "Probabilistic Sharpe ratio",
            .fraction,
            .confidence,
            "Probability that the true Sharpe ratio is above zero: Φ(SR √(T − 1) / √(1 − s SR + (k − 1)/4 SR²)), per period, k not excess.",
            source: "Bailey and López de Prado 2012"
        ) { inputs in
            let value = inputs.shape.flatMap {
                SharpeInference.probabilistic(
                    sharpe: $0.sharpe,
                    periods: Double(inputs.series.count),
                    skewness: $0.skewness,
                    kurtosis: $0.kurtosis
                )
            }
            return .of(value, or: noVariance)
        },
        .init(
            "minimumTrackRecord",
            "Minimum track record",
            .ratio,
            .confidence,
            "Periods needed until the Sharpe ratio is above zero with 95 % confidence: 1 + (1 − s SR + (k − 1)/4 SR²)(z / SR)².",
            source: "Bailey and López de Prado 2012"
        ) { inputs in
            let value = inputs.shape.flatMap {
                SharpeInference.minimumTrackRecord(sharpe: $0.sharpe, skewness: $0.skewness, kurtosis: $0.kurtosis)
            }
            return .of(value, or: "Sharpe ratio undefined or not above zero")
        },
        .init(
            "trials",
            "Trials",
            .count,
            .confidence,
            "Configurations tried before this one was chosen, itself included.",
            source: "declared by the user"
        ) { inputs in
            inputs.selection.map { .count($0.trials) } ?? .undefined("not declared")
        },
        .init(
            "deflatedSharpe",
            "Deflated Sharpe ratio",
            .fraction,
            .confidence,
            "Probabilistic Sharpe ratio against the best that so many worthless trials are expected to show: √V [(1 − γ) Φ⁻¹(1 − 1/N) + γ Φ⁻¹(1 − 1/(N e))]. 95 % and above passes.",
            source: "Bailey and López de Prado 2014"
        ) { inputs in
            guard let selection = inputs.selection else { return .undefined("number of trials not declared") }
            let value = inputs.shape.flatMap {
                SharpeInference.deflated(
                    sharpe: $0.sharpe,
                    periods: Double(inputs.series.count),
                    skewness: $0.skewness,
                    kurtosis: $0.kurtosis,
                    trials: selection.trials,
                    variance: selection.sharpeVariance
                )
            }
            return .of(value, or: "fewer than two trials, or " + noVariance)
        },
    ]
}
