// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosRisk

/// The exposure ledger and the controls over it, written down from their definitions as plainly as possible.
///
/// Nothing is kept but what happened: fills by (strategy, instrument, venue), live orders, quotes, and times. Every number is added
/// up anew for each question. It shares no code with the gate.
struct SlowRisk {
    /// What one strategy traded of one instrument at one venue.
    struct Trades {
        var position = 0
        var bought = 0
        var sold = 0
        /// Received less paid, without fees, raw money.
        var cash: Int128 = 0
        var fees: Int128 = 0
    }

    struct Live {
        var id: OrderID
        var strategy: Int
        var instrument: Int
        var venue: Int
        var side: Side
        /// What its value is taken at, and what it may trade at.
        var price: Int64
        var limit: Int64
        var leaves: Int
    }

    /// A limit that is not on single instruments, or one on one.
    struct Place: Hashable {
        var scope: Int
        var target: LimitTarget
    }

    let policy: RiskPolicy
    let symbols: [Symbol]
    let venues: Int
    /// Strategy to its scopes, from itself to the firm.
    let chains: [[Int]]
    var trades: [Trades]
    var live: [Live] = []
    var bids: [Int64]
    var asks: [Int64]
    var quoteTimes: [Timestamp]
    var used: Set<OrderID> = []
    /// The states that losses and people brought about.
    var states: [Place: RiskState] = [:]
    /// The profit at which the day began, and its highest of the day.
    var starts: [Place: Int128] = [:]
    var highs: [Place: Int128] = [:]

    init(_ policy: RiskPolicy, _ symbols: [Symbol]) {
        self.policy = policy
        self.symbols = symbols
        venues = policy.venues.count + 1
        chains = policy.strategies.map { first in
            var chain: [Int] = []
            var next: Int? = first
            while let scope = next {
                chain.append(scope)
                next = policy.scopes[scope].parent
            }
            return chain
        }
        trades = Array(repeating: Trades(), count: policy.strategies.count * symbols.count * venues)
        bids = Array(repeating: 0, count: symbols.count)
        asks = bids
        quoteTimes = Array(repeating: .zero, count: symbols.count)
    }

    // MARK: What counts where

    private func index(_ strategy: Int, _ instrument: Int, _ venue: Int) -> Int {
        (strategy * symbols.count + instrument) * venues + venue
    }

    func assetClass(_ instrument: Int) -> UInt8? {
        policy.instruments.first { $0.symbol == symbols[instrument] }?.assetClass
    }

    /// Whether what a strategy does in an instrument at a venue counts at a scope for a target.
    func counts(_ strategy: Int, _ instrument: Int, _ venue: Int, _ place: Place) -> Bool {
        guard chains[strategy].contains(place.scope) else { return false }
        switch place.target {
        case .all, .eachInstrument: return true
        case .instrument(let symbol): return symbols[instrument] == symbol
        case .venue(let number): return venue == Int(number)
        case .assetClass(let number): return assetClass(instrument) == number
        }
    }

    /// What stands in one instrument at a place.
    struct Standing {
        var position = 0
        var openBuy = 0
        var openSell = 0
        var bought = 0
        var sold = 0
        var openBuyValue: Int128 = 0
        var openSellValue: Int128 = 0
        var cash: Int128 = 0
        var fees: Int128 = 0
        var mark: Int64 = 0

        var worstLong: Int { position + openBuy }
        var worstShort: Int { position - openSell }
        var value: Int128 { Int128(position) * Int128(mark) }
        var worstQuantity: Int { max(abs(worstLong), abs(worstShort)) }
        var worstValue: Int128 { max(abs(value + openBuyValue), abs(value - openSellValue)) }
        var profit: Int128 { cash + value - fees }
    }

    func standing(_ instrument: Int, _ place: Place, with order: NewOrder? = nil, price: Int64 = 0) -> Standing {
        var sum = Standing()
        for strategy in policy.strategies.indices {
            for venue in 0..<venues where counts(strategy, instrument, venue, place) {
                let part = trades[index(strategy, instrument, venue)]
                sum.position += part.position
                sum.bought += part.bought
                sum.sold += part.sold
                sum.cash += part.cash
                sum.fees += part.fees
            }
        }
        for order in live where order.instrument == instrument {
            guard counts(order.strategy, instrument, order.venue, place) else { continue }
            sum.open(order.side, order.leaves, Int128(order.leaves) * Int128(order.price))
        }
        if let order, order.instrument.index == instrument,
            counts(Int(order.tag.strategy), instrument, Int(order.venue.id), place)
        {
            let quantity = Int(order.quantity.raw)
            sum.open(order.side, quantity, Int128(quantity) * Int128(price))
        }
        sum.mark = sum.position >= 0 ? bids[instrument] : asks[instrument]
        return sum
    }

    /// The instruments that a target covers.
    func instruments(_ place: Place) -> [Int] {
        symbols.indices.filter { instrument in
            switch place.target {
            case .all, .eachInstrument, .venue: true
            case .instrument(let symbol): symbols[instrument] == symbol
            case .assetClass(let number): assetClass(instrument) == number
            }
        }
    }

    /// What a limit counts, if `order` were open as well; for a limit on each instrument, that of the order's.
    func value(_ limit: RiskLimit, with order: NewOrder?, price: Int64, of instrument: Int) -> Int128 {
        let place = Place(scope: limit.scope, target: limit.target)
        let isSingle =
            switch limit.target {
            case .eachInstrument, .instrument: true
            default: false
            }
        let covered = isSingle ? [instrument] : instruments(place)
        let all = covered.map { standing($0, place, with: order, price: price) }
        let side = order?.side
        switch limit.kind {
        case .position:
            if isSingle { return Int128(side == .buy ? all[0].worstLong : -all[0].worstShort) }
            return Int128(all.reduce(0) { $0 + $1.worstQuantity })
        case .dayQuantity:
            return Int128(all.reduce(0) { $0 + (side == .buy ? $1.bought + $1.openBuy : $1.sold + $1.openSell) })
        case .grossNotional: return all.reduce(0) { $0 + $1.worstValue }
        case .netNotional:
            let long = all.reduce(Int128(0)) { $0 + $1.value + $1.openBuyValue }
            let short = all.reduce(Int128(0)) { $0 + $1.value - $1.openSellValue }
            return max(abs(long), abs(short))
        case .credit: return all.reduce(0) { $0 + abs($1.value) + $1.openBuyValue + $1.openSellValue }
        case .openOrders:
            let count = live.count {
                counts($0.strategy, $0.instrument, $0.venue, place) && (!isSingle || $0.instrument == instrument)
            }
            return Int128(count) + (order == nil ? 0 : 1)
        default: return 0
        }
    }

    /// Whether an order can only bring the position nearer to zero at a place, whatever else fills.
    func reduces(_ order: NewOrder, _ place: Place) -> Bool {
        let now = standing(order.instrument.index, place)
        let quantity = Int(order.quantity.raw)
        return order.side == .sell
            ? now.worstShort > 0 && quantity <= now.worstShort : now.worstLong < 0 && quantity <= -now.worstLong
    }

    // MARK: What happens

    mutating func take(_ order: NewOrder, valuePrice: Int64) {
        used.insert(order.id)
        live.append(
            Live(
                id: order.id,
                strategy: Int(order.tag.strategy),
                instrument: order.instrument.index,
                venue: Int(order.venue.id),
                side: order.side,
                price: valuePrice,
                limit: order.price.raw,
                leaves: Int(order.quantity.raw)
            )
        )
    }

    mutating func fill(_ id: OrderID, _ quantity: Int, _ price: Int64, _ fee: Int128) {
        guard let place = live.firstIndex(where: { $0.id == id }) else { return }
        let order = live[place]
        live[place].leaves -= quantity
        if live[place].leaves == 0 { live.remove(at: place) }
        let at = index(order.strategy, order.instrument, order.venue)
        let sign = Int(order.side.sign)
        trades[at].position += sign * quantity
        if order.side == .buy { trades[at].bought += quantity } else { trades[at].sold += quantity }
        trades[at].cash -= Int128(sign * quantity) * Int128(price)
        trades[at].fees += fee
        if bids[order.instrument] == 0 { bids[order.instrument] = price }
        if asks[order.instrument] == 0 { asks[order.instrument] = price }
        judge()
    }

    mutating func end(_ id: OrderID) { live.removeAll { $0.id == id } }

    mutating func quote(_ instrument: Int, _ bid: Int64, _ ask: Int64, at time: Timestamp) {
        if bid > 0 { bids[instrument] = bid }
        if ask > 0 { asks[instrument] = ask }
        quoteTimes[instrument] = time
        judge()
    }

    // MARK: Losses

    func profit(_ place: Place, of instrument: Int? = nil) -> Int128 {
        let covered = instrument.map { [$0] } ?? instruments(place)
        return covered.reduce(0) { $0 + standing($1, place).profit }
    }

    /// The places that losses are judged at: a limit on each instrument is one place for each.
    func lossPlaces(_ limit: RiskLimit) -> [(place: Place, instrument: Int?)] {
        guard limit.kind == .dayLoss || limit.kind == .drawdown else { return [] }
        return switch limit.target {
        case .eachInstrument:
            symbols.indices.map { (Place(scope: limit.scope, target: .instrument(symbols[$0])), $0) }
        case .instrument(let symbol):
            symbols.firstIndex(of: symbol).map { [(Place(scope: limit.scope, target: limit.target), $0)] } ?? []
        default: [(place: Place(scope: limit.scope, target: limit.target), instrument: Int?.none)]
        }
    }

    /// A day begins: turnover and losses count from here; what was stopped stays so.
    mutating func newDay() {
        for index in trades.indices {
            trades[index].bought = 0
            trades[index].sold = 0
        }
        for (place, instrument) in policy.limits.flatMap({ lossPlaces($0) }) {
            starts[place] = profit(place, of: instrument)
            highs[place] = starts[place]
        }
    }

    mutating func judge() {
        for limit in policy.limits {
            for (place, instrument) in lossPlaces(limit) {
                let profit = profit(place, of: instrument)
                let start = starts[place] ?? 0
                let high = max(highs[place] ?? start, profit)
                highs[place] = high
                let fall = (limit.kind == .dayLoss ? start : high) - profit
                var state = RiskState.active
                if fall >= limit.hard { state = .reduceOnly }
                if fall * 10 >= limit.hard * 12 { state = .killed }
                states[place] = max(states[place] ?? .active, state)
            }
        }
    }
}

// MARK: - Verdicts
extension SlowRisk {
    /// The controls that an order breaks, what its value is taken at, and the limit that it travels with.
    func broken(by order: NewOrder, bid: Int64, ask: Int64) -> (controls: Set<RiskControl>, value: Int64, limit: Int64)
    {
        var controls: Set<RiskControl> = []
        let quantity = Int(order.quantity.raw)
        let strategy = Int(order.tag.strategy)
        let instrument = order.instrument.index
        // P03: three per cent of a reference above 50; a market order travels with the collar's edge, on the grid of cents.
        var (limit, price) = (order.price.raw, order.price.raw)
        let twice = Int128(bid) + Int128(ask)
        if order.type == .market {
            price = Int64(twice * 10_300 / 20_000)
            let cent = Price.scale / 100
            let low = Int64((twice * 9_700 + 19_999) / 20_000)
            limit = order.side == .buy ? price / cent * cent : (low + cent - 1) / cent * cent
        } else {
            let furthest: (below: Int128, above: Int128) = order.side == .buy ? (7_000, 10_300) : (9_700, 13_000)
            let times = Int128(limit) * 20_000
            if times > twice * furthest.above || times < twice * furthest.below { controls.insert(.p03) }
            // A sale brings at least what the market pays.
            if order.side == .sell { price = max(limit, Int64((twice + 1) / 2)) }
        }
        if used.contains(order.id) { controls.insert(.p10) }
        for state in policy.limits.flatMap({ lossPlaces($0) }) where (states[state.place] ?? .active) != .active {
            guard counts(strategy, instrument, Int(order.venue.id), state.place) else { continue }
            if states[state.place] == .killed || !reduces(order, state.place) { controls.insert(.p14) }
        }
        for rule in policy.limits
        where counts(strategy, instrument, Int(order.venue.id), Place(scope: rule.scope, target: rule.target)) {
            // One instrument's own limit stands in the place of that for each.
            if rule.target == .eachInstrument,
                policy.limits.contains(where: {
                    $0.scope == rule.scope && $0.kind == rule.kind && $0.target == .instrument(symbols[instrument])
                })
            {
                continue
            }
            // A limit passes what reduces that which it counts.
            if reduces(order, Place(scope: rule.scope, target: rule.target)) { continue }
            switch rule.kind {
            case .orderQuantity: if Int128(quantity) > rule.hard { controls.insert(.p01) }
            case .orderNotional:
                // An order by itself counts at its own limit.
                let own = order.type == .market ? price : limit
                if Int128(quantity) * Int128(own) > rule.hard { controls.insert(.p02) }
            case .netNotional:
                let after = self.value(rule, with: order, price: price, of: instrument)
                // The other leg of a pair takes no risk here.
                let before = self.value(rule, with: nil, price: 0, of: instrument)
                if after > rule.hard, after > before { controls.insert(.p12) }
            case .position, .dayQuantity, .grossNotional, .credit, .openOrders:
                if self.value(rule, with: order, price: price, of: instrument) > rule.hard {
                    controls.insert(rule.kind.control)
                }
            default: break
            }
        }
        // P16: every order of the firm has the same owner, at whichever venue.
        let meets = live.contains {
            $0.instrument == instrument && $0.side != order.side
                && (order.side == .buy ? $0.limit <= limit : $0.limit >= limit)
        }
        if meets { controls.insert(.p16) }
        return (controls, price, limit)
    }

    /// Two people let a scope go on; a loss that stands stops it again at once.
    mutating func raise(_ scope: Int) {
        let place = Place(scope: scope, target: .all)
        guard (states[place] ?? .active) != .active else { return }
        states[place] = .active
        judge()
    }
}

extension SlowRisk.Standing {
    mutating func open(_ side: Side, _ quantity: Int, _ value: Int128) {
        if side == .buy {
            openBuy += quantity
            openBuyValue += value
        } else {
            openSell += quantity
            openSellValue += value
        }
    }
}
