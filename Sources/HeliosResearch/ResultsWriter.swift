// SPDX-License-Identifier: MIT
import HeliosMarket

/// The files of a run for programs: orders, parents, fills, equity and positions as CSV, a summary and what trading cost as JSON.
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
        file.write(summary().utf8)
        try file.close()
        paths.append(path)
        if let costs = CostReport(result) { paths.append(try costs.write(to: directory)) }
        return paths
    }

    /// A whole CSV file as text.
    public func text(_ table: ResultsTable) -> String {
        var bytes: [UInt8] = []
        emit(table) { bytes += $0 }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Hands out the file piece by piece, so that a day of millions of orders needs no memory.
    private func emit(_ table: ResultsTable, _ piece: ([UInt8]) -> Void) {
        var rows = ResultsRows()
        for column in table.columns { rows.text(column.name) }
        rows.endRow()
        func handOn(always: Bool = false) {
            guard always || rows.bytes.count > 1 << 16 else { return }
            piece(rows.bytes)
            rows.clear()
        }
        let names = (0..<result.instruments.count).map { result.instruments.name(of: Instrument(id: UInt32($0))) }
        func name(_ instrument: Instrument) -> String {
            instrument.index < names.count ? names[instrument.index] : result.instruments.name(of: instrument)
        }
        switch table {
        case .orders:
            for order in result.orders {
                add(order, name(order.instrument), to: &rows)
                handOn()
            }
        case .parents:
            for parent in result.parents {
                rows.add(parent, name(parent.instrument))
                handOn()
            }
        case .fills:
            for fill in result.fills {
                add(fill, name(fill.instrument), to: &rows)
                handOn()
            }
        case .equity:
            for sample in result.equity {
                add(sample, to: &rows)
                handOn()
            }
        case .positions:
            for position in result.finalPositions {
                add(position, name(position.instrument), to: &rows)
                handOn()
            }
        }
        handOn(always: true)
    }

    private func add(_ tag: OrderTag, _ venue: Venue, to rows: inout ResultsRows) {
        rows.integer(tag.strategy)
        rows.integer(tag.group)
        rows.text(TradeLedger.name(of: tag, in: result))
        rows.integer(tag.leg)
        rows.text(result.name(of: venue))
        rows.endRow()
    }

    private func add(_ order: OrderRecord, _ symbol: String, to rows: inout ResultsRows) {
        rows.integer(order.id)
        rows.time(order.time)
        rows.text(symbol)
        rows.text(order.side == .buy ? "buy" : "sell")
        rows.text(order.type == .limit ? "limit" : "market")
        rows.text(order.timeInForce == .day ? "day" : "immediateOrCancel")
        rows.quantity(order.quantity)
        rows.price(order.price)
        rows.quantity(order.filled)
        rows.text(order.state.rawValue)
        rows.text(order.reason)
        rows.known(order.bid)
        rows.known(order.ask)
        add(order.tag, order.venue, to: &rows)
    }

    private func add(_ fill: FillRecord, _ symbol: String, to rows: inout ResultsRows) {
        rows.integer(fill.executionID)
        rows.integer(fill.orderID)
        rows.time(fill.time)
        rows.text(symbol)
        rows.text(fill.side == .buy ? "buy" : "sell")
        rows.quantity(fill.quantity)
        rows.price(fill.price)
        rows.money(fill.fee)
        rows.text(fill.isMaker ? "maker" : "taker")
        rows.known(fill.arrivalMid)
        rows.known(fill.mid)
        for horizon in FillRecord.markoutHorizons.indices {
            rows.known(horizon < fill.laterMids.count ? fill.laterMids[horizon] : .zero)
        }
        rows.price(fill.impact)
        add(fill.tag, fill.venue, to: &rows)
    }

    private func add(_ sample: EquitySample, to rows: inout ResultsRows) {
        rows.time(sample.time)
        rows.money(sample.equity)
        rows.money(sample.realised)
        rows.money(sample.unrealised)
        rows.money(sample.fees)
        rows.money(sample.gross)
        rows.money(sample.net)
        rows.integer(sample.openPositions)
        rows.endRow()
    }

    private func add(_ position: PositionRecord, _ symbol: String, to rows: inout ResultsRows) {
        rows.text(symbol)
        rows.quantity(position.quantity)
        rows.known(position.mark)
        rows.money(Money(position.mark, times: position.quantity))
        rows.money(position.realised)
        rows.money(position.unrealised)
        rows.money(position.fees)
        rows.endRow()
    }

    /// `summary.json`: what was run, what was assumed, every statistic, and last what was measured on the machine.
    public func summary() -> String {
        let counts = result.counts
        var counted: [(String, Int)] = [
            ("messages", counts.messages), ("malformed", counts.malformed), ("inconsistent", counts.inconsistent),
            ("instruments", counts.instruments), ("quotes", counts.quotes), ("orders", counts.orders),
            ("accepted", counts.accepted), ("filledOrders", counts.filledOrders), ("fills", counts.fills),
            ("cancelled", counts.cancelled), ("rejectedByVenue", counts.rejectedByVenue),
            ("rejectedByRisk", counts.rejectedByRisk),
        ]
        if !result.venues.isEmpty { counted += [("tradeThroughs", counts.tradeThroughs), ("sweeps", counts.sweeps)] }
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
            ("honesty", honesty()),
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
            ("models", .object(assumed.described.map { ($0.key, .string($0.value)) })),
            ("kindToUs", .array(assumed.described.filter(\.isKind).map { .string($0.key) })),
        ])
    }

    /// Markouts of passive fills one second later, and what they say of the simulation.
    private func honesty() -> JSONText {
        let check = HonestyCheck(statistics.costs)
        return .object([
            ("passiveFills", .integer(check.fills)),
            ("meanMarkoutBasisPoints", check.mean.map(JSONText.number) ?? .null),
            ("standardErrorBasisPoints", check.standardError.map(JSONText.number) ?? .null),
            ("verdict", .string(check.verdict.rawValue)),
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
