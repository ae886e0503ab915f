// SPDX-License-Identifier: MIT
import CHelios
import HeliosBook
import HeliosEngine
import HeliosExecution
import HeliosMarket
import HeliosMath
import HeliosRisk
import HeliosStrategy

/// `RiskBenchmark [orders] [instruments] [strategies] [working]`: the whole gate with every control on, beside one that adds up
/// what is open from a list of the working orders; then a kill, from the command to the last cancel.
@main
struct RiskBenchmark {
    let orders: Int
    let instruments: Int
    let strategies: Int
    let working: Int

    static func main() {
        let arguments = CommandLine.arguments.dropFirst().compactMap { Int($0) }
        func argument(_ place: Int, _ standard: Int) -> Int { place < arguments.count ? arguments[place] : standard }
        RiskBenchmark(
            orders: argument(0, 400_000),
            instruments: argument(1, 1_000),
            strategies: argument(2, 100),
            working: argument(3, 1_000)
        ).run()
    }

    func run() {
        print("\(instruments) instruments, \(strategies) strategies, \(working) working orders, \(orders) orders")
        let stream = (1...orders).map(order)
        let plain = measure(stream, withModel: false)
        plain.print("full gate")
        let whole = measure(stream, withModel: true)
        whole.print("full gate with value at risk (P15)")
        let naive = measureNaive(Array(stream.prefix(orders / 10)))
        naive.print("sums from the list of working orders, no other control")
        let ratios = [0.5, 0.99].map { Double(naive.at($0)) / Double(plain.at($0)) }
        print("ratio of the medians \(ratios[0].rounded(places: 1)), of p99 \(ratios[1].rounded(places: 1))")
        kill(stream)
    }

    // MARK: What is sent

    /// An order of a strategy in one of its instruments, near 100.00, buys below sells.
    func order(_ number: Int) -> NewOrder {
        // Wrapping is meant: a scramble of the number.
        let mixed = UInt64(number) &* 0x9E37_79B9_7F4A_7C15
        let strategy = Int(mixed >> 40) % strategies
        // Ten instruments a strategy, shared with its neighbours.
        let instrument = (strategy * 5 + Int(mixed >> 20 & 0xFFFF) % 10) % instruments
        let isBuy = mixed >> 60 & 1 == 0
        let cents = isBuy ? 9_900 + Int64(mixed >> 10 & 63) : 10_010 + Int64(mixed >> 10 & 63)
        return NewOrder(
            id: OrderID(number),
            instrument: Instrument(id: UInt32(instrument)),
            side: isBuy ? .buy : .sell,
            quantity: Quantity(1 + Int(mixed >> 30 & 63)),
            price: Price(raw: cents * Price.scale / 100),
            tag: OrderTag(strategy: UInt16(strategy))
        )
    }

    func snapshot(at now: Timestamp) -> MarketSnapshot {
        MarketSnapshot(
            bid: Price(raw: 9_999 * Price.scale / 100),
            ask: Price(raw: 10_001 * Price.scale / 100),
            bidQuantity: Quantity(100),
            askQuantity: Quantity(100),
            quoteTime: now,
            lastTradePrice: Price(raw: 100 * Price.scale),
            lastTradeTime: now,
            tradingState: .trading,
            phase: .regular,
            now: now
        )
    }

    /// Firm, two desks, four accounts, ten traders, strategies; limits of every kind, at every level where it makes sense.
    func policy(withModel: Bool) -> RiskPolicy {
        var policy = RiskPolicy()
        policy.market = RiskLimits.standard(dayLoss: Money(1_000_000_000), notional: Money(1_000_000_000))
        policy.scopes = [RiskScope(.firm, "firm")]
        func level(_ kind: RiskScope.Kind, _ count: Int, over parents: Range<Int>) -> Range<Int> {
            let start = policy.scopes.count
            for number in 0..<count {
                let parent = parents.lowerBound + number % parents.count
                policy.scopes.append(RiskScope(kind, "\(kind) \(number)", parent: parent))
            }
            return start..<policy.scopes.count
        }
        let desks = level(.desk, 2, over: 0..<1)
        let accounts = level(.account, 4, over: desks)
        let traders = level(.trader, 10, over: accounts)
        policy.strategies = Array(level(.strategy, strategies, over: traders))
        policy.assetClasses = ["shares", "funds"]
        policy.permissions = [Permission(scope: 0)]
        for number in 0..<instruments { policy.instruments.append(profile(number)) }
        for scope in policy.scopes.indices { addLimits(&policy, scope) }
        policy.limits.append(RiskLimit(0, .assetClass(0), .grossNotional, hard: Money(1_000_000_000_000).raw))
        if withModel { policy.limits.append(RiskLimit(0, .all, .valueAtRisk, hard: Money(1_000_000_000_000).raw)) }
        for locate in policy.instruments {
            policy.locates.append(Locate(locate.symbol, Quantity(1_000_000_000), reference: "lender"))
        }
        return policy
    }

    func symbol(_ number: Int) -> Symbol { Symbol("S\(number)") ?? Symbol(packed: UInt64(number)) }

    func profile(_ number: Int) -> InstrumentProfile {
        var profile = InstrumentProfile(symbol(number))
        profile.lot = Quantity(1)
        profile.tick = Price(raw: Price.scale / 100)
        profile.tickBelowOne = Price(raw: Price.scale / 10_000)
        profile.averageDailyVolume = Quantity(10_000_000)
        profile.priorClose = Price(raw: 100 * Price.scale)
        profile.assetClass = UInt8(number % 2)
        profile.dailyVolatility = 150
        profile.halfSpread = 1
        return profile
    }

    /// High enough that orders pass, so that the whole chain is measured.
    func addLimits(_ policy: inout RiskPolicy, _ scope: Int) {
        func add(_ target: LimitTarget, _ kind: LimitKind, _ hard: Int128) {
            policy.limits.append(RiskLimit(scope, target, kind, hard: hard, window: kind.standardWindow))
        }
        let (shares, money) = (Int128(Quantity(1_000_000_000).raw), Money(1_000_000_000_000).raw)
        for kind in [LimitKind.orderQuantity, .position, .dayQuantity] { add(.eachInstrument, kind, shares) }
        for kind in [LimitKind.orderNotional, .grossNotional, .netNotional, .credit, .dayLoss, .drawdown] {
            add(.all, kind, money)
        }
        for kind in [LimitKind.messageRate, .messageBurst, .openOrders, .orderTradeRatio] {
            add(.all, kind, 1_000_000_000)
        }
        add(.all, .orderVolumeShare, 100)
        // What an account counts by custom: at each of them, and for the firm.
        guard policy.scopes[scope].kind == .account || scope == 0 else { return }
        for kind in [LimitKind.walk, .duplicates, .executions, .participation, .predictedCost] {
            add(.all, kind, kind == .walk ? 1_000 : kind == .executions ? 50 : kind.standardValue ?? 0)
        }
    }

    var directory: InstrumentDirectory {
        var directory = InstrumentDirectory()
        for number in 0..<instruments { _ = directory.register(symbol(number)) }
        return directory
    }
}
