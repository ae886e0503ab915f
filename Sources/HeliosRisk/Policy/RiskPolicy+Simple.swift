// SPDX-License-Identifier: MIT
import HeliosMarket

extension RiskPolicy {
    /// Strategies that a plain policy has room for unless somebody says how many there are.
    public static var simpleStrategies: Int { 64 }

    /// The plain limits of a run as a policy: one firm, and its strategies right under it; everybody may trade everything.
    ///
    /// The firm has all limits: those of `limits`, and the sheet's defaults for what `limits` does not name. An instrument that
    /// nobody names counts as one of `limits.instrument`. Short sales are marked, and need no locate (`ShortSaleRules.none`).
    ///
    /// - Parameters:
    ///   - limits: what is not set in it is zero and refuses.
    ///   - strategies: strategies 0 to `strategies` − 1 may trade.
    public init(simple limits: RiskLimits, strategies: Int = RiskPolicy.simpleStrategies) {
        self.init()
        market = limits
        scopes = [RiskScope(.firm, "firm")]
        for number in 0..<max(strategies, 0) {
            scopes.append(RiskScope(.strategy, "strategy \(number)", parent: 0))
            self.strategies.append(number + 1)
        }
        let own = limits.instrument
        var profile = InstrumentProfile(Symbol(packed: 0))
        profile.lot = own.lot
        profile.tick = own.tick
        profile.tickBelowOne = own.tickBelowOne
        profile.averageDailyVolume = own.averageDailyVolume
        otherInstruments = profile
        permissions = [Permission(scope: 0)]
        shortSales = .none
        let bounded = limits.bounded
        self.limits = [
            RiskLimit(0, .eachInstrument, .orderQuantity, hard: Int128(own.maxOrderQuantity.raw)),
            RiskLimit(0, .all, .orderVolumeShare, hard: Int128(limits.participation)),
            RiskLimit(0, .all, .orderNotional, hard: own.maxOrderNotional),
            RiskLimit(0, .eachInstrument, .position, hard: Int128(own.maxPosition.raw)),
            RiskLimit(0, .eachInstrument, .dayQuantity, hard: Int128(own.maxDayQuantity.raw)),
            RiskLimit(0, .all, .grossNotional, hard: bounded.grossNotional.raw),
            RiskLimit(0, .all, .netNotional, hard: bounded.netNotional.raw),
            RiskLimit(0, .all, .credit, hard: bounded.credit.raw),
            RiskLimit(0, .all, .dayLoss, hard: bounded.dayLoss.raw),
            RiskLimit(0, .all, .drawdown, hard: bounded.dayLoss.raw),
        ]
        addDefaults()
        takeCounts(limits)
    }

    /// Puts the limits that count over time in the place of the sheet's defaults, where they are set.
    private mutating func takeCounts(_ counts: RiskLimits) {
        let own: [(kind: LimitKind, hard: Int128, window: Nanoseconds)] = [
            (.walk, Int128(counts.walk), counts.walkWindow),
            (.messageRate, Int128(counts.messageRate), 0),
            (.messageBurst, Int128(counts.messageBurst), 0),
            (.executions, Int128(counts.executions), counts.executionsWindow),
            (.duplicates, Int128(counts.duplicates), counts.duplicatesWindow),
            (.openOrders, Int128(counts.openOrders), 0),
            (.orderTradeRatio, Int128(counts.orderTradeRatio), 0),
        ]
        for count in own where count.hard > 0 {
            for place in limits.indices where limits[place].kind == count.kind {
                limits[place].hard = count.hard
                if count.window > 0 { limits[place].window = count.window }
            }
        }
    }

    /// Gives every limit of a kind another hard value, and takes its soft one away: for runs that a default would bind, such as
    /// a test that sends a thousand orders in one moment.
    public mutating func setEvery(_ kind: LimitKind, _ hard: Int128) {
        for place in limits.indices where limits[place].kind == kind {
            limits[place].hard = hard
            limits[place].soft = nil
        }
    }

    /// Sets the limits that count orders and fills over time (P04, P07, P08, P10, P25) so high that only an engine that has run
    /// away would meet them.
    public mutating func loosenCounts() {
        setEvery(.walk, 100_000)
        for kind in [LimitKind.messageRate, .messageBurst, .openOrders, .orderTradeRatio] {
            setEvery(kind, 1_000_000_000)
        }
        for kind in [LimitKind.executions, .duplicates] { setEvery(kind, 1_000) }
    }
}
