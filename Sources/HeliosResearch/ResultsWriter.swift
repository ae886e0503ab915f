// SPDX-License-Identifier: MIT
import HeliosMarket

/// The files of a run for programs: orders, fills, equity and positions as CSV, and a summary as JSON.
///
/// Equal results give equal bytes, except for the object `measured` in the summary, which holds wall-clock figures.
/// Prices, quantities and money are exact decimals; a value that is not known is empty. Times are ISO 8601 in UTC with
/// nanoseconds, and again as nanoseconds since 1970.
public struct ResultsWriter: Sendable {
    private let result: RunResult
    private let statistics: RunStatistics

    /// `statistics` spares computing them again; without it they are.
    public init(_ result: RunResult, statistics: RunStatistics? = nil) {
        self.result = result
        self.statistics = statistics ?? RunStatistics(result)
    }

    /// Writes all files into `directory`, which is made if it is not there, and returns their paths.
    ///
    /// A file appears whole or not at all: it is written under another name first.
    @discardableResult
    public func write(to directory: String) throws(ResultsError) -> [String] {
        try OutputFile.makeDirectory(directory)
        var paths: [String] = []
        for table in ResultsTable.allCases {
            let path = directory + "/" + table.fileName
            var file = try OutputFile(path)
            emit(table) { file.write($0) }
            try file.close()
            paths.append(path)
        }
        let path = directory + "/summary.json"
        var file = try OutputFile(path)
        file.write(summary())
        try file.close()
        return paths + [path]
    }

    /// A whole CSV file as text.
    public func text(_ table: ResultsTable) -> String {
        var text = ""
        emit(table) { text += $0 }
        return text
    }

    /// Hands out the file line by line, so that a day of millions of orders needs no memory.
    private func emit(_ table: ResultsTable, _ line: (String) -> Void) {
        line(table.columns.map(\.name).joined(separator: ",") + "\n")
        func row(_ cells: [String]) {
            line(cells.map(ResultsWriter.cell).joined(separator: ",") + "\n")
        }
        switch table {
        case .orders: for order in result.orders { row(cells(order)) }
        case .fills: for fill in result.fills { row(cells(fill)) }
        case .equity: for sample in result.equity { row(cells(sample)) }
        case .positions: for position in result.finalPositions { row(cells(position)) }
        }
    }

    /// Quoted as RFC 4180 demands when it holds a comma, a quote or a line end.
    private static func cell(_ text: String) -> String {
        let special: [UInt8] = [0x2C, 0x22, 0x0A, 0x0D]
        guard text.utf8.contains(where: { special.contains($0) }) else { return text }
        return "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }

    private func known(_ price: Price) -> String { price == .zero ? "" : price.description }

    private func tagCells(_ tag: OrderTag) -> [String] {
        ["\(tag.strategy)", "\(tag.group)", TradeLedger.name(of: tag, in: result), "\(tag.leg)"]
    }

    private func cells(_ order: OrderRecord) -> [String] {
        [
            "\(order.id)", TimeText.iso(order.time), "\(order.time.nanoseconds)",
            result.instruments.name(of: order.instrument), order.side == .buy ? "buy" : "sell",
            order.type == .limit ? "limit" : "market",
            order.timeInForce == .day ? "day" : "immediateOrCancel", order.quantity.description,
            order.price.description, order.filled.description, order.state.rawValue, order.reason,
            known(order.bid), known(order.ask),
        ] + tagCells(order.tag)
    }

    private func cells(_ fill: FillRecord) -> [String] {
        let horizons = FillRecord.markoutHorizons.indices
        return [
            "\(fill.executionID)", "\(fill.orderID)", TimeText.iso(fill.time), "\(fill.time.nanoseconds)",
            result.instruments.name(of: fill.instrument), fill.side == .buy ? "buy" : "sell",
            fill.quantity.description, fill.price.description, fill.fee.description,
            fill.isMaker ? "maker" : "taker", known(fill.arrivalMid), known(fill.mid),
        ] + horizons.map { $0 < fill.laterMids.count ? known(fill.laterMids[$0]) : "" } + tagCells(fill.tag)
    }

    private func cells(_ sample: EquitySample) -> [String] {
        let money = [sample.equity, sample.realised, sample.unrealised, sample.fees, sample.gross, sample.net]
        return [TimeText.iso(sample.time), "\(sample.time.nanoseconds)"] + money.map(\.description)
            + ["\(sample.openPositions)"]
    }

    private func cells(_ position: PositionRecord) -> [String] {
        [
            result.instruments.name(of: position.instrument), position.quantity.description,
            known(position.mark), Money(position.mark, times: position.quantity).description,
            position.realised.description, position.unrealised.description, position.fees.description,
        ]
    }

    /// `summary.json`: what was run, what was assumed, every statistic, and last what was measured on the machine.
    public func summary() -> String {
        let counts = result.counts
        let counted: [(String, Int)] = [
            ("messages", counts.messages), ("malformed", counts.malformed), ("inconsistent", counts.inconsistent),
            ("instruments", counts.instruments), ("quotes", counts.quotes), ("orders", counts.orders),
            ("accepted", counts.accepted), ("filledOrders", counts.filledOrders), ("fills", counts.fills),
            ("cancelled", counts.cancelled), ("rejectedByVenue", counts.rejectedByVenue),
            ("rejectedByRisk", counts.rejectedByRisk),
        ]
        let hash = String(result.outputHash, radix: 16)
        return JSONText.object([
            ("schema", .string("helios-summary/1")), ("title", .string(result.title)),
            ("start", .string(TimeText.iso(result.start))),
            ("startNanoseconds", .integer(Int(result.start.nanoseconds))),
            ("end", .string(TimeText.iso(result.end))), ("endNanoseconds", .integer(Int(result.end.nanoseconds))),
            ("outputHash", .string(String(repeating: "0", count: 16 - hash.count) + hash)),
            ("initialCash", .string(result.initialCash.description)),
            ("equityIntervalNanoseconds", .integer(Int(result.equityInterval))),
            ("assumptions", assumptions()), ("strategies", strategies()),
            ("counts", .object(counted.map { ($0.0, .integer($0.1)) })),
            ("riskRejects", .array(result.riskRejects.map(reject))),
            ("statistics", .object(statistics.values.map { ($0.definition.key, json($0)) })),
            ("groups", .array(statistics.ledger.groups.map(breakdown))),
            ("instruments", .array(statistics.ledger.instruments.map(breakdown))),
            ("measured", measured()),
        ]).rendered() + "\n"
    }

    private func reject(_ item: (control: String, count: Int)) -> JSONText {
        .object([("control", .string(item.control)), ("count", .integer(item.count))])
    }

    private func assumptions() -> JSONText {
        let assumed = result.assumptions
        return .object([
            ("feedLatencyNanoseconds", .integer(Int(assumed.feedLatency))),
            ("orderLatencyNanoseconds", .integer(Int(assumed.orderLatency))),
            ("reportLatencyNanoseconds", .integer(Int(assumed.reportLatency))),
            ("makerFeePerShare", .string(assumed.makerFee.description)),
            ("takerFeePerShare", .string(assumed.takerFee.description)),
        ])
    }

    private func strategies() -> JSONText {
        .array(
            result.strategies.map { strategy in
                .object([
                    ("name", .string(strategy.name)),
                    ("parameters", .object(strategy.parameters.map { ($0.name, .string($0.value)) })),
                    ("groups", .integer(strategy.groups.count)),
                ])
            }
        )
    }

    private func json(_ statistic: Statistic) -> JSONText {
        var members: [(String, JSONText)] = [("unit", .string(statistic.definition.unit.rawValue))]
        switch statistic.value {
        case .number(let value): members.append(("value", .number(value)))
        case .money(let value): members.append(("value", .string(value.description)))
        case .count(let value): members.append(("value", .integer(value)))
        case .quantity(let value): members.append(("value", .string(value.description)))
        case .undefined(let reason): members += [("value", .null), ("reason", .string(reason))]
        }
        return .object(members)
    }

    private func breakdown(_ item: ProfitBreakdown) -> JSONText {
        .object([
            ("name", .string(item.name)), ("profit", .string(item.profit.description)),
            ("realised", .string(item.realised.description)), ("unrealised", .string(item.unrealised.description)),
            ("fees", .string(item.fees.description)), ("traded", .string(item.traded.description)),
            ("fills", .integer(item.fills)), ("trades", .integer(item.trades)), ("winners", .integer(item.winners)),
        ])
    }

    private func measured() -> JSONText {
        func latency(_ summary: LatencySummary) -> JSONText {
            .object([
                ("count", .integer(summary.count)), ("minimum", .integer(summary.minimum)),
                ("mean", .number(summary.mean)), ("p50", .integer(summary.p50)), ("p90", .integer(summary.p90)),
                ("p99", .integer(summary.p99)), ("p999", .integer(summary.p999)),
                ("maximum", .integer(summary.maximum)),
            ])
        }
        return .object([
            ("wallSeconds", .number(result.wallSeconds)), ("processorSeconds", .number(result.processorSeconds)),
            ("orderLatencyNanoseconds", latency(result.orderLatency)),
            ("eventLatencyNanoseconds", latency(result.eventLatency)),
        ])
    }
}
