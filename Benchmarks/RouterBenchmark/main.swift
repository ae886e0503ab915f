// SPDX-License-Identifier: MIT
import CHelios
import Foundation
import HeliosBook
import HeliosExecution
import HeliosMarket
import HeliosMath

/// `RouterBenchmark [decisions] [fills]`: the router's decision over four lit venues of ten levels, alone and with a dark venue and a
/// resting child, beside a plain sort of all levels by all-in price; and cost analysis over many fills with all their later mids.

let arguments = CommandLine.arguments.dropFirst().compactMap { Int($0) }
let decisions = arguments.first ?? 1_000_000
let fills = arguments.dropFirst().first ?? 1_000_000

/// Views of a market that differ from each other, so that nothing is decided from a warm branch history alone.
func makeViews(_ count: Int) -> [RoutingView] {
    var random = SeededRandom(seed: 7)
    return (0..<count).map { _ in
        var view = RoutingView(count: 5)
        for place in 0..<4 {
            let offset = Int64(random.next() % 3)
            for depth in 0..<RoutingVenue.depth {
                for side in [Side.buy, .sell] {
                    let step = Int64(depth) + offset + 1
                    let price = Price(raw: (10_000 - side.sign * step) * 1_000_000)
                    view.append(place, side, price, Quantity(Int(random.next() % 900) + 100))
                }
            }
            view.venues[place].takerFee = Price(raw: Int64(random.next() % 700_000) - 300_000)
            view.venues[place].makerFee = Price(raw: -Int64(random.next() % 300_000))
            view.venues[place].latency = Nanoseconds(random.next() % 500_000)
        }
        view.venues[4].sort = .dark
        return view
    }
}

func percentiles(_ cycles: [UInt64], _ perCycle: Double) -> String {
    let sorted = cycles.sorted()
    func at(_ share: Double) -> String {
        let value = Double(sorted[min(Int(Double(sorted.count) * share), sorted.count - 1)]) * perCycle
        return String(format: "%.0f", value)
    }
    return "p50 \(at(0.5)) ns, p90 \(at(0.9)) ns, p99 \(at(0.99)) ns, p99.9 \(at(0.999)) ns, worst \(at(1)) ns"
}

func measureRouter(_ name: String, _ style: RouteStyle, shares: Int, decisions: Int) {
    let views = makeViews(64)
    var router = SmartRouter(dark: DarkAllocation(venues: 5))
    for round in 0..<200 {
        let sent = Quantity((round % 20 + 1) * 100)
        router.tookDark(Instrument(id: 0), 4, sent: sent, filled: Quantity(raw: sent.raw / Int64(round % 3 + 1)))
        router.took(round % 4, sent: sent, filled: Quantity(raw: sent.raw / 2), displayed: sent)
    }
    let history = RouteHistory()
    var plan = RoutePlan()
    var cycles: [UInt64] = []
    cycles.reserveCapacity(decisions)
    var children = 0
    let begin = (helios_cycles(), Date())
    for decision in 0..<decisions {
        let side: Side = decision & 1 == 0 ? .buy : .sell
        let request = RouteRequest(
            instrument: Instrument(id: 0),
            side: side,
            leaves: Quantity(shares),
            limit: Price(raw: (10_000 + side.sign * 20) * 1_000_000),
            style: style
        )
        let started = helios_cycles()
        router.route(request, views[decision & 63], history, at: Timestamp(nanoseconds: 1), into: &plan)
        cycles.append(helios_cycles() &- started)
        children += plan.count
    }
    let perCycle = Date().timeIntervalSince(begin.1) * 1e9 / Double(helios_cycles() - begin.0)
    let mean = String(format: "%.1f", Double(children) / Double(decisions))
    print("  \(name), \(shares) shares, \(mean) children: \(percentiles(cycles, perCycle))")
}

/// The textbook's way: all levels in a list, sorted by all-in price, taken from the top.
///
/// It knows no protected quotes, no scores and no delays.
@inline(never)
func sortedSweep(_ view: borrowing RoutingView, _ side: Side, _ shares: Quantity, _ limit: Price) -> [Quantity] {
    var levels: [(price: Int64, place: Int, shares: Int64)] = []
    for place in 0..<view.count where view.venues[place].sort == .lit {
        for depth in 0..<view.venues[place].count(side.opposite) {
            let level = view.level(place, side.opposite, depth)
            guard side.sign * level.price.raw <= side.sign * limit.raw else { continue }
            let price = side.sign * level.price.raw + view.venues[place].takerFee.raw
            levels.append((price, place, level.quantity.raw))
        }
    }
    levels.sort { $0.price < $1.price }
    var children = [Quantity](repeating: .zero, count: view.count)
    var rest = shares.raw
    for level in levels where rest > 0 {
        let taken = min(rest, level.shares)
        children[level.place] += Quantity(raw: taken)
        rest -= taken
    }
    return children
}

func measureSort(shares: Int, decisions: Int) {
    let views = makeViews(64)
    var cycles: [UInt64] = []
    cycles.reserveCapacity(decisions)
    var placed = Quantity.zero
    let begin = (helios_cycles(), Date())
    for decision in 0..<decisions {
        let side: Side = decision & 1 == 0 ? .buy : .sell
        let limit = Price(raw: (10_000 + side.sign * 20) * 1_000_000)
        let started = helios_cycles()
        placed += sortedSweep(views[decision & 63], side, Quantity(shares), limit)[0]
        cycles.append(helios_cycles() &- started)
    }
    let perCycle = Date().timeIntervalSince(begin.1) * 1e9 / Double(helios_cycles() - begin.0)
    precondition(placed.raw > 0)
    print("  reference, a sorted list, \(shares) shares: \(percentiles(cycles, perCycle))")
}

func measureCosts(_ fills: Int) {
    var costs = TransactionCosts(instruments: 64)
    var random = SeededRandom(seed: 5)
    var quotes: [Quote] = []
    for index in 0..<64 {
        let price = Price(raw: Int64(5_000 + index * 100) * 1_000_000)
        quotes.append(
            Quote(
                bidPrice: price,
                bidQuantity: Quantity(300),
                askPrice: price + Price(raw: 1_000_000),
                askQuantity: Quantity(300)
            )
        )
    }
    var marks = 0
    var worst = 0.0
    let start = Date()
    for number in 1...fills {
        // A fill each 20 ms: fifteen thousand wait for their mid of five minutes.
        let time = Timestamp(nanoseconds: 1_548_858_600_000_000_000 + Int64(number) * 20_000_000)
        let instrument = Instrument(id: UInt32(random.next() % 64))
        let step = Price(raw: Int64(random.next() % 3) * 1_000_000 - 1_000_000)
        quotes[instrument.index].bidPrice = quotes[instrument.index].bidPrice + step
        quotes[instrument.index].askPrice = quotes[instrument.index].askPrice + step
        while let due = costs.due(before: time) {
            costs.mark(due, quotes[due.instrument.index])
            marks += 1
        }
        let quote = quotes[instrument.index]
        costs.trade(instrument, quote.askPrice, Quantity(100))
        let order = NewOrder(
            id: UInt64(number),
            instrument: instrument,
            side: number & 1 == 0 ? .buy : .sell,
            timeInForce: .immediateOrCancel,
            quantity: Quantity(100),
            price: number & 1 == 0 ? quote.askPrice : quote.bidPrice,
            tag: OrderTag(strategy: UInt16(number % 4)),
            venue: Venue(id: UInt16(number % 4 + 1))
        )
        costs.send(order, quote, at: time)
        costs.fill(
            order.id,
            execution: UInt64(number),
            order.quantity,
            order.price,
            fee: Money(1),
            isMaker: false,
            isFinal: true,
            quote,
            at: time
        )
        costs.takeScores { worst = min(worst, $0.markout) }
    }
    let seconds = Date().timeIntervalSince(start)
    let perFill = String(format: "%.0f", seconds * 1e9 / Double(fills))
    let text = String(format: "%.2f", seconds)
    let slippage = String(format: "%.3f", costs.table.all.effective.mean ?? 0)
    print("  \(fills) orders, trades and fills with \(marks) later mids: \(text) s, \(perFill) ns a fill")
    print("  effective spread \(slippage) bps, worst markout \(worst), overflows \(costs.overflows)")
}

print("Router: four lit venues of ten levels")
measureRouter("sweep", .take, shares: 1_000, decisions: decisions)
measureRouter("sweep", .take, shares: 10_000, decisions: decisions)
measureSort(shares: 1_000, decisions: decisions)
measureSort(shares: 10_000, decisions: decisions)
measureRouter("dark, sweep and rest", [.dark, .take, .post], shares: 5_000, decisions: decisions)
print("Costs")
measureCosts(fills)
