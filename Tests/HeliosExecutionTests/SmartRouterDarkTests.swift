// SPDX-License-Identifier: MIT
import CProbe
import HeliosExecution
import HeliosMarket
import HeliosMath
import Testing

@Suite struct SmartRouterDarkTests {
    // A lit 10.00 | 10.02, B dark
    private func view() -> RoutingView {
        var view = RoutingView(count: 2)
        view.offer(0, .buy, "10.00", 1_000)
        view.offer(0, .sell, "10.02", 1_000)
        view.venues[1].sort = .dark
        return view
    }

    private func router(_ fills: [(Int, Int)]) -> SmartRouter {
        var router = SmartRouter(dark: DarkAllocation(venues: 2, units: 8, evidence: 1))
        for (sent, filled) in fills {
            router.tookDark(Instrument(id: 0), 1, sent: Quantity(sent * 100), filled: Quantity(filled * 100))
        }
        return router
    }

    @Test func `what is likely enough goes dark, the rest to the lit side`() {
        let router = router([(4, 4), (4, 2), (4, 2), (4, 4), (4, 0)])
        let plan = route(buy(1_000, limit: "10.05", [.dark, .take]), view(), router)
        #expect(plan.children == ["B 500 @ 10.02 dark", "A 500 @ 10.02"])
        #expect(plan[0].weight == 1)  // the fifth unit is the one that is explored
        #expect(abs(plan[0].value.value - 500 * 10.01) < 1e-9)
        #expect(plan.routed == Quantity(1_000))
    }

    @Test func `beside a sweep an unlikely venue gets nothing`() {
        let router = router([(4, 0), (4, 0), (4, 0), (4, 0), (4, 1)])
        let plan = route(buy(1_000, limit: "10.05", [.dark, .take]), view(), router)
        #expect(plan.children == ["A 1000 @ 10.02"])
        #expect(plan.verdict(1) == .unlikely)
        // A dark order alone takes any chance that there is: 1 unit with probability 0.2, none above.
        #expect(route(buy(1_000, limit: "10.05", .dark), view(), router).children == ["B 100 @ 10.02 dark"])
    }

    @Test func `a midpoint that costs more than the lit side is left`() {
        var view = view()
        view.venues[1].takerFee = money("0.011")
        #expect(route(buy(500, limit: "10.05", [.dark, .take]), view, router([])).children == ["A 500 @ 10.02"])
    }

    @Test func `nothing goes dark where the midpoint is beyond the limit, or is none`() {
        let router = router([])
        #expect(route(buy(500, limit: "10.00", .dark), view(), router).verdict(1) == .beyondLimit)
        var locked = view()
        locked.clear(0)
        locked.offer(0, .buy, "10.00", 100)
        locked.offer(0, .sell, "10.00", 100)
        #expect(route(buy(500, limit: "10.05", .dark), locked, router).children == [])
    }

    @Test func `a dark venue that had nothing is not asked again at once`() {
        var history = RouteHistory()
        history.missed(1, at: money("10.01"), Timestamp(nanoseconds: 1_000_000_000))
        let request = buy(500, limit: "10.05", .dark)
        let router = router([])
        #expect(route(request, view(), router, history: history, at: 1_050_000_000).verdict(1) == .faded)
        #expect(route(request, view(), router, history: history, at: 1_200_000_000).count == 1)
    }
}

@Suite struct SmartRouterRestTests {
    // A 10.00 × 900 | 10.02, B 10.00 × 100 | 10.02
    private func view() -> RoutingView {
        var view = RoutingView(count: 2)
        view.offer(0, .buy, "10.00", 900)
        view.offer(0, .sell, "10.02", 500)
        view.offer(1, .buy, "10.00", 100)
        view.offer(1, .sell, "10.02", 500)
        return view
    }

    @Test func `it rests where the queue is short`() {
        #expect(route(buy(100, limit: "10.00", .post), view()).children == ["B 100 @ 10.00 rest"])
    }

    @Test func `a rebate, or more trading, makes up for a longer queue`() {
        var view = view()
        view.venues[0].makerFee = money("-0.1")
        #expect(route(buy(100, limit: "10.00", .post), view).children == ["A 100 @ 10.00 rest"])
        view.venues[0].makerFee = .zero
        view.venues[0].flow = Quantity(20_000)
        #expect(route(buy(100, limit: "10.00", .post), view).children == ["A 100 @ 10.00 rest"])
    }

    @Test func `resting fills that the market leaves behind count against a venue`() {
        var router = SmartRouter()
        for _ in 0..<500 { router.marked(1, -0.002, Quantity(500), isMaker: true) }
        #expect(route(buy(100, limit: "10.00", .post), view(), router).children == ["A 100 @ 10.00 rest"])
    }

    @Test func `what is left of a sweep rests`() {
        let plan = route(buy(1_500, limit: "10.02", [.take, .post]), view())
        #expect(plan.children == ["A 500 @ 10.02", "B 500 @ 10.02", "A 500 @ 10.02 rest"])
    }

    @Test func `an order that rests neither locks nor crosses`() {
        #expect(route(buy(100, limit: "10.05", .post), view()).children == ["A 100 @ 10.01 rest"])
        #expect(route(sell(100, limit: "9.90", .post), view()).children == ["A 100 @ 10.01 rest"])
        var half = buy(100, limit: "10.05", .post)
        half.restPrice = money("9.995")
        #expect(route(half, view()).children == ["B 100 @ 9.99 rest"])
    }

    @Test func `a peg follows its reference within the limit`() {
        func pegged(_ peg: RoutePeg, limit: String = "10.05", side: Side = .buy) -> [String] {
            var request = buy(100, limit: limit, .post)
            request.side = side
            request.peg = peg
            return route(request, view()).children
        }
        #expect(pegged(RoutePeg(.primary)) == ["B 100 @ 10.00 peg"])
        #expect(pegged(RoutePeg(.primary, offset: money("-0.02"))) == ["B 100 @ 9.98 peg"])
        #expect(pegged(RoutePeg(.midpoint)) == ["A 100 @ 10.01 peg"])
        #expect(pegged(RoutePeg(.market)) == ["A 100 @ 10.01 peg"])
        #expect(pegged(RoutePeg(.primary), limit: "9.97") == ["B 100 @ 9.97 peg"])
        #expect(pegged(RoutePeg(.primary), limit: "9.90", side: .sell) == ["A 100 @ 10.02 peg"])
        #expect(pegged(RoutePeg(.primary, offset: money("0.01")), limit: "9.90", side: .sell) == ["A 100 @ 10.01 peg"])
    }
}
