// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosExecution
import HeliosMarket
import HeliosRisk
import HeliosStrategy

extension OrderExplanation {
    /// The story as one JSON object.
    ///
    /// Prices, quantities, money and the values of controls are exact decimal texts; times are ISO 8601 in UTC with
    /// nanoseconds, and again as nanoseconds since 1970; what is not known is null.
    public func json() -> String {
        JSONText.object([
            ("order", json(order)), ("cause", causeJSON), ("decision", decisionJSON),
            ("books", .array(books.map(json))), ("signals", .array(signals.map(json))),
            ("risk", .array(checks.map(json))), ("route", routeJSON), ("life", .array(life.map(json))),
            ("outcome", outcomeJSON),
        ]).rendered() + "\n"
    }

    private func time(_ name: String, _ time: Timestamp?) -> [(String, JSONText)] {
        guard let time else { return [(name, .null), (name + "Nanoseconds", .null)] }
        return [(name, .string(TimeText.iso(time))), (name + "Nanoseconds", .integer(Int(time.nanoseconds)))]
    }

    private func number(_ value: UInt64) -> JSONText {
        Int(exactly: value).map { .integer($0) } ?? .string("\(value)")
    }

    private func decimal(_ value: (some CustomStringConvertible)?) -> JSONText {
        value.map { .string($0.description) } ?? .null
    }

    private func json(_ order: NewOrder) -> JSONText {
        .object([
            ("id", number(order.id)), ("instrument", .string(names.name(of: order.instrument))),
            ("side", .string("\(order.side)")), ("type", .string("\(order.type)")),
            ("timeInForce", .string("\(order.timeInForce)")), ("quantity", decimal(order.quantity)),
            ("limit", decimal(order.type == .market ? nil : order.price)),
            ("sentLimit", decimal(travelling.map(\.price))), ("strategy", .integer(Int(order.tag.strategy))),
            ("group", .integer(Int(order.tag.group))), ("leg", .integer(Int(order.tag.leg))),
            ("strategyName", decimal(strategy)), ("groupName", decimal(group)),
        ])
    }

    private var causeJSON: JSONText {
        let event = cause.event
        let instrument: JSONText = event.instrument == .none ? .null : .string(names.name(of: event.instrument))
        return .object(
            [
                ("sequence", number(cause.sequence)), ("kind", .string("\(event.kind)")), ("instrument", instrument),
                ("description", .string(cause.description)),
            ] + time("eventTime", event.eventTime) + time("receiveTime", event.receiveTime)
        )
    }

    private var decisionJSON: JSONText {
        .object(time("time", decided) + [("reason", reason.isEmpty ? .null : .string(reason))])
    }

    private func json(_ book: ExplainedBook) -> JSONText {
        .object(
            [
                ("instrument", .string(names.name(of: book.instrument))),
                ("tradingState", .string("\(book.tradingState)")),
            ] + time("lastUpdate", book.lastUpdate == .zero ? nil : book.lastUpdate) + [
                ("bids", .array(book.bids.map(json))), ("asks", .array(book.asks.map(json))),
            ]
        )
    }

    private func json(_ level: Level) -> JSONText {
        .object([
            ("price", decimal(level.price)), ("quantity", decimal(level.quantity)),
            ("orders", .integer(level.orderCount)),
        ])
    }

    private func json(_ signal: SignalValue) -> JSONText {
        .object([
            ("name", .string(signal.name)), ("value", json(signal.value)), ("unit", .string(signal.unit)),
            ("threshold", signal.threshold.map(json) ?? .null), ("meaning", .string(signal.meaning)),
        ])
    }

    private func json(_ amount: SignalValue.Amount) -> JSONText {
        switch amount {
        case .number(let value): .number(value)
        case .exact(let text): .string(text)
        }
    }

    private func json(_ check: RiskCheck) -> JSONText {
        .object([
            ("control", .string(check.control.name)), ("reason", .string("\(check.reason)")),
            ("subject", .string(check.subject)), ("measure", .string("\(check.measure)")),
            ("value", check.value == nil ? .null : .string(check.valueText)),
            ("relation", .string("\(check.relation)")),
            ("limit", check.limit == nil ? .null : .string(check.limitText)),
            ("verdict", .string("\(check.verdict)")),
            ("scope", policy.map { .string($0.title(of: Int(check.scope))) } ?? .null),
            ("limitNumber", check.limitIndex.map { .integer(Int($0)) } ?? .null),
        ])
    }

    private var routeJSON: JSONText {
        .object([
            ("venue", .string(route.venue)), ("reason", .string(route.reason)),
            (
                "alternatives",
                .array(
                    route.alternatives.map { .object([("venue", .string($0.venue)), ("reason", .string($0.reason))]) }
                )
            ),
        ])
    }

    private func json(_ step: LifeStep) -> JSONText {
        let kind =
            switch step.kind {
            case .sent: "sent"
            case .refused: "refused"
            case .cancelSent: "cancelSent"
            case .report(let update): "\(update)"
            }
        return .object(
            [("sequence", number(step.sequence)), ("kind", .string(kind))] + time("time", step.time)
                + time("venueTime", step.venueTime) + [
                    ("sinceSentNanoseconds", step.sinceSent.map { .integer(Int($0)) } ?? .null),
                    ("description", .string(step.description)), ("before", .string("\(step.before)")),
                    ("after", .string("\(step.after)")), ("quantity", decimal(step.quantity)),
                    ("price", decimal(step.price)), ("leaves", decimal(step.leaves)),
                    ("fee", decimal(step.isMaker == nil ? nil : step.fee)),
                    ("liquidity", step.isMaker.map { .string($0 ? "maker" : "taker") } ?? .null),
                ]
        )
    }

    private var outcomeJSON: JSONText {
        .object([
            ("state", .string("\(outcome.state)")), ("refusedBy", decimal(refusal?.control.name)),
            ("filled", decimal(outcome.filled)), ("averagePrice", decimal(outcome.averagePrice)),
            ("arrivalMid", decimal(outcome.arrivalMid)), ("slippage", decimal(outcome.slippage)),
            ("slippageBasisPoints", outcome.slippageBasisPoints.map { .number($0) } ?? .null),
            ("fees", decimal(outcome.fees)),
            ("durationNanoseconds", outcome.duration.map { .integer(Int($0)) } ?? .null),
        ])
    }
}
