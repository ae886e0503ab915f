// SPDX-License-Identifier: MIT
import HeliosEngine
import HeliosMarket
import HeliosRisk
import HeliosStrategy

/// Where a watched session stands.
public struct WatchStatus: Sendable {
    /// A line of positions or profit.
    public struct Line: Sendable, Equatable {
        public var name: String
        public var position: Int128 = 0
        /// Raw money: without and with its sign.
        public var gross: Int128 = 0
        public var net: Int128 = 0
        public var realised: Int128 = 0
        public var unrealised: Int128 = 0
        public var fees: Int128 = 0

        public var profit: Int128 { realised + unrealised - fees }
    }

    /// How far a limit is used.
    public struct Limit: Sendable, Equatable {
        public var name: String
        public var kind: LimitKind
        /// Now and at most, with the limit as it is now.
        public var use: RiskUse

        /// The day's peak in hundredths of a per cent of the limit.
        public var peakBasisPoints: Int128 {
            RiskUse(value: use.peak, limit: use.limit, soft: nil, peak: use.peak).basisPoints
        }
    }

    public var time = Timestamp.zero
    public var records = 0
    public var hasWriter = false
    public var state = RiskState.active
    /// Why new orders are held back, in words; empty while they are not.
    public var holds: [String] = []
    public var feedIsInterrupted = false
    public var workingOrders = 0
    public var orders = 0
    public var executions = 0
    public var refusals = 0
    public var cash: Int128 = 0
    public var total = Line(name: "all")
    public var byStrategy: [Line] = []
    public var byGroup: [Line] = []
    public var byAccount: [Line] = []
    public var byInstrument: [Line] = []
    /// Each limit of the policy, in its order.
    public var limits: [Limit] = []
    /// Value at risk of the scopes that have a limit of it.
    public var portfolios: [RiskPortfolio] = []
    public var matched: Int?
    public var unmatched: Int?
    public var alerts = 0
    public var incidents = 0

    init(
        _ monitor: borrowing SessionMonitor,
        _ market: borrowing MarketState,
        _ holds: OrderHold,
        _ watcher: RiskWatcher
    ) {
        time = market.now
        records = watcher.records
        hasWriter = watcher.hasWriter
        state = market.risk.status.state
        feedIsInterrupted = market.risk.feedIsInterrupted
        workingOrders = market.orders.workingCount
        orders = monitor.orders.count
        executions = monitor.positions.count
        refusals = monitor.refusals.count
        cash = monitor.positions.cash
        self.holds = WatchStatus.words(holds)
        for (place, sampled) in monitor.use.uses.enumerated() {
            var use = market.risk.use(of: place)
            use.peak = max(use.peak, sampled.peak, use.value)
            limits.append(Limit(name: sampled.name, kind: sampled.kind, use: use))
        }
        portfolios = market.risk.portfolios(most: 8, parts: 8)
        matched = monitor.dropCopy?.matched
        unmatched = monitor.dropCopy?.unmatched
        alerts = monitor.alerts.count
        incidents = monitor.alerts.count { $0.severity == .incident }
        var strategies: [String: Line] = [:]
        var groups: [String: Line] = [:]
        var accounts: [String: Line] = [:]
        var instruments: [String: Line] = [:]
        let names = watcher.names
        for (key, line) in monitor.profit.ordered {
            let instrument = Instrument(id: key.instrument)
            let mark = market.risk.exposure(instrument).mark
            let tag = OrderTag(strategy: key.strategy, group: key.group)
            func add(_ lines: inout [String: Line], _ name: String) {
                lines[name, default: Line(name: name)].take(line, mark)
            }
            total.take(line, mark)
            add(&strategies, names.strategy(key.strategy))
            add(&groups, names.strategy(key.strategy) + " " + names.group(tag))
            add(&accounts, names.scope(.account, of: key.strategy))
            add(&instruments, names.instrument(instrument))
        }
        byStrategy = WatchStatus.ordered(strategies)
        byGroup = WatchStatus.ordered(groups)
        byAccount = WatchStatus.ordered(accounts).filter { !$0.name.isEmpty }
        byInstrument = WatchStatus.ordered(instruments)
    }

    private static func words(_ holds: OrderHold) -> [String] {
        let known: [(OrderHold, String)] = [
            (.venue, "venue"), (.journal, "journal"), (.command, "command"), (.standby, "standby"),
        ]
        return known.filter { holds.contains($0.0) }.map(\.1)
    }

    private static func ordered(_ lines: [String: Line]) -> [Line] { lines.values.sorted { $0.name < $1.name } }
}

extension WatchStatus.Line {
    fileprivate mutating func take(_ line: ProfitBook.Line, _ mark: Price) {
        let value = line.position * Int128(mark.raw)
        position += line.position
        gross += abs(value)
        net += value
        realised += line.realised
        unrealised += line.unrealised(at: mark)
        fees += line.fees
    }
}
