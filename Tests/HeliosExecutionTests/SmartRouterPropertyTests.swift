// SPDX-License-Identifier: MIT
import CProbe
import HeliosExecution
import HeliosMarket
import HeliosMath
import Testing

/// Random small markets: the router against a search through all ways to take.
@Suite struct SmartRouterPropertyTests {
    private static let tick: Int64 = 1_000_000

    /// One to three venues with up to two levels of one to three shares, at neighbouring prices, with fees of up to three ticks.
    private func market(_ random: inout SeededRandom, _ side: Side) -> RoutingView {
        var view = RoutingView(count: Int(random.next() % 3) + 1)
        for place in 0..<view.count {
            var price = 1_000 + side.sign * Int64(random.next() % 3)
            for _ in 0..<random.next() % 3 {
                let shares = Int(random.next() % 3) + 1
                view.append(
                    place,
                    side.opposite,
                    Price(raw: price * SmartRouterPropertyTests.tick),
                    Quantity(shares)
                )
                price += side.sign * (Int64(random.next() % 2) + 1)
            }
            let fee = Int64(random.next() % 7) - 3
            view.venues[place].takerFee = Price(raw: fee * SmartRouterPropertyTests.tick + Int64(place))
            view.venues[place].isProtected = random.next() % 4 != 0
            view.venues[place].isOpen = random.next() % 8 != 0
        }
        return view
    }

    /// What was taken at each level of each venue.
    private typealias Taking = [[Int64]]

    private func allTakings(_ view: RoutingView, _ side: Side) -> [Taking] {
        var all: [Taking] = [[]]
        for place in 0..<view.count {
            var next: [Taking] = []
            for shares in takings(view, place, side) { for taking in all { next.append(taking + [shares]) } }
            all = next
        }
        return all
    }

    /// A level is touched only when the one before it is used up, as an order at a venue does.
    private func takings(_ view: RoutingView, _ place: Int, _ side: Side) -> [[Int64]] {
        let venue = view.venues[place]
        let count = venue.count(side.opposite)
        var all = [Array(repeating: Int64(0), count: count)]
        guard venue.isOpen else { return all }
        var taken = all[0]
        for depth in 0..<count {
            for shares in 1...(view.level(place, side.opposite, depth).quantity.raw / Quantity.scale) {
                taken[depth] = shares
                all.append(taken)
            }
        }
        return all
    }

    /// Shares and all-in cost of a taking; nil where it goes beyond the limit or through a protected quote.
    private func value(_ taking: Taking, _ view: RoutingView, _ request: RouteRequest) -> (shares: Int64, cost: Int64)?
    {
        let sign = request.side.sign
        var (shares, cost, reach) = (Int64(0), Int64(0), Int64.min)
        for (place, levels) in taking.enumerated() {
            for (depth, quantity) in levels.enumerated() where quantity > 0 {
                let key = sign * view.level(place, request.side.opposite, depth).price.raw
                reach = max(reach, key)
                shares += quantity
                cost += quantity * (key + view.venues[place].takerFee.raw)
            }
        }
        if reach > sign * request.limit.raw { return nil }
        for (place, levels) in taking.enumerated() where view.venues[place].isProtected && !levels.isEmpty {
            let best = view.level(place, request.side.opposite, 0)
            if sign * best.price.raw < reach, levels[0] < best.quantity.raw / Quantity.scale { return nil }
        }
        return (shares, cost)
    }

    @Test(arguments: [Side.buy, .sell])
    func `the sweep is the cheapest way to take that is allowed`(_ side: Side) {
        var random = SeededRandom(seed: 2_024)
        var wasForced = 0
        for round in 0..<4_000 {
            let view = market(&random, side)
            let wanted = Int64(random.next() % 8) + 1
            let limit = 1_000 + side.sign * (Int64(random.next() % 6) - 1)
            let request = RouteRequest(
                instrument: Instrument(id: 0),
                side: side,
                leaves: Quantity(Int(wanted)),
                limit: Price(raw: limit * SmartRouterPropertyTests.tick)
            )
            var best: (shares: Int64, cost: Int64) = (0, 0)
            for taking in allTakings(view, side) {
                guard let found = value(taking, view, request), found.shares <= wanted else { continue }
                let isBetter = found.shares > best.shares || (found.shares == best.shares && found.cost < best.cost)
                if isBetter { best = found }
            }
            let plan = route(request, view)
            var (shares, cost) = (Int64(0), Int128(0))
            for index in 0..<plan.count {
                shares += plan[index].quantity.raw / Quantity.scale
                cost += Int128(side.sign) * plan[index].value.raw
                if plan[index].reason == .protected { wasForced += 1 }
                #expect(side.sign * plan[index].price.raw <= side.sign * request.limit.raw)
            }
            #expect(shares == best.shares && cost == Int128(best.cost) * Int128(Quantity.scale), "round \(round)")
            #expect(plan.routed + plan.unrouted == request.leaves)
        }
        #expect(wasForced > 50)
    }

    /// A release build only: a debug build boxes what an optimised one keeps in registers.
    @Test func `a decision allocates nothing`() {
        guard probe_is_available() != 0, isOptimised() else { return }
        var random = SeededRandom(seed: 3)
        var view = RoutingView(count: 5)
        for place in 0..<4 {
            for depth in 0..<10 {
                let shares = Int(random.next() % 500) + 1
                view.append(place, .sell, Price(raw: Int64(1_001 + depth) * 1_000_000), Quantity(shares))
                view.append(place, .buy, Price(raw: Int64(1_000 - depth) * 1_000_000), Quantity(shares))
            }
        }
        view.venues[4].sort = .dark
        var router = SmartRouter(dark: DarkAllocation(venues: 5))
        var plan = RoutePlan()
        var history = RouteHistory()
        let request = buy(5_000, limit: "10.05", [.dark, .take, .post])
        var sum: Int64 = 0
        probe_begin()
        for step in 1...1_000 {
            let now = Timestamp(nanoseconds: Int64(step) * 1_000_000)
            router.route(request, view, history, at: now, into: &plan)
            for index in 0..<plan.count { sum += plan[index].quantity.raw }
            history.missed(step % 5, at: money10, now)
            history.refused((step + 1) % 5, at: now)
            router.took(step % 4, sent: Quantity(500), filled: Quantity(400), displayed: Quantity(450))
            router.tookDark(Instrument(id: 0), 4, sent: Quantity(500), filled: Quantity(step % 6 * 100))
            router.marked(step % 4, 0.0001, Quantity(100), isMaker: step % 2 == 0)
        }
        let counts = probe_end()
        #expect(counts.allocations == 0 && counts.frees == 0)
        #expect(sum > 0)
    }
}

private let money10 = Price(raw: 1_000_000_000)

private func isOptimised() -> Bool {
    var isDebug = false
    assert(
        {
            isDebug = true
            return true
        }()
    )
    return !isDebug
}
