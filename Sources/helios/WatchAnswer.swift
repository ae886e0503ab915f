// SPDX-License-Identifier: MIT
import HeliosRisk
import HeliosSurveillance

/// The state of a watched session as programs read it.
struct WatchAnswer: Encodable {
    struct Line: Encodable {
        var name: String
        var profit: String
        var realised: String
        var unrealised: String
        var fees: String
        var gross: String
        var net: String

        init(_ line: WatchStatus.Line) {
            func money(_ raw: Int128) -> String { RiskMeasure.money.text(raw) }
            name = line.name
            profit = money(line.profit)
            realised = money(line.realised)
            unrealised = money(line.unrealised)
            fees = money(line.fees)
            gross = money(line.gross)
            net = money(line.net)
        }
    }

    struct Position: Encodable {
        var instrument: String
        var quantity: String
    }

    struct Limit: Encodable {
        var name: String
        var limit: String
        /// Now, and at most today.
        var used: String
        var usePercent: Double
        var peak: String
        var peakPercent: Double
        /// Which instrument uses most, of a limit of each.
        var instrument: String?
    }

    struct Portfolio: Encodable {
        struct Component: Encodable {
            var instrument: String
            /// The position's value.
            var weight: Double
            /// What one unit more would add to the value at risk, and what of it is the position's own.
            var marginal: Double
            var component: Double
        }

        var scope: String
        var valueAtRisk: Double
        var expectedShortfall: Double
        /// The most that orders in flight may add to the value at risk.
        var inFlight: Double
        var components: [Component]
    }

    var type = "state"
    var time: String
    var timeNanoseconds: Int64
    var records: Int
    var writer: Bool
    var state: String
    var holds: [String]
    var feedInterrupted: Bool
    var workingOrders: Int
    var orders: Int
    var executions: Int
    var refusals: Int
    var cash: String
    var total: Line
    var accounts: [Line]
    var strategies: [Line]
    var groups: [Line]
    var instruments: [Line]
    var positions: [Position]
    var limits: [Limit]
    var portfolios: [Portfolio]
    var dropCopyMatched: Int?
    var dropCopyOpen: Int?
    var alerts: Int
    var incidents: Int
    /// The longest that an alert was told after its record was written, at most.
    var slowestAlertMilliseconds: Double

    init(_ status: WatchStatus, _ watcher: RiskWatcher) {
        time = UTCText.text(status.time)
        timeNanoseconds = status.time.nanoseconds
        records = status.records
        writer = status.hasWriter
        state = "\(status.state)"
        holds = status.holds
        feedInterrupted = status.feedIsInterrupted
        workingOrders = status.workingOrders
        orders = status.orders
        executions = status.executions
        refusals = status.refusals
        cash = RiskMeasure.money.text(status.cash)
        total = Line(status.total)
        accounts = status.byAccount.map(Line.init)
        strategies = status.byStrategy.map(Line.init)
        groups = status.byGroup.map(Line.init)
        instruments = status.byInstrument.map(Line.init)
        positions = status.byInstrument.filter { $0.position != 0 }.map {
            Position(instrument: $0.name, quantity: RiskMeasure.quantity.text($0.position))
        }
        limits = status.limits.map { limit in
            let measure = limit.kind.measure
            return Limit(
                name: limit.name,
                limit: measure.text(limit.use.limit),
                used: measure.text(limit.use.value),
                usePercent: Double(limit.use.basisPoints) / 100,
                peak: measure.text(limit.use.peak),
                peakPercent: Double(limit.peakBasisPoints) / 100,
                instrument: limit.use.value > 0 ? limit.use.instrument.map { watcher.names.instrument($0) } : nil
            )
        }
        portfolios = status.portfolios.map { portfolio in
            Portfolio(
                scope: watcher.names.scope(portfolio.place),
                valueAtRisk: portfolio.valueAtRisk,
                expectedShortfall: portfolio.expectedShortfall,
                inFlight: portfolio.inFlight,
                components: portfolio.components.map {
                    Portfolio.Component(
                        instrument: watcher.names.instrument($0.instrument),
                        weight: $0.weight,
                        marginal: $0.marginal,
                        component: $0.component
                    )
                }
            )
        }
        dropCopyMatched = status.matched
        dropCopyOpen = status.unmatched
        alerts = status.alerts
        incidents = status.incidents
        slowestAlertMilliseconds = Double(watcher.slowest) / 1e6
    }
}
