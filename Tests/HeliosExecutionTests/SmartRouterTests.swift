// SPDX-License-Identifier: MIT
import HeliosExecution
import HeliosMarket
import Testing

@Suite struct SmartRouterSweepTests {
    // A 10.01 × 500 fee .0030, B 10.01 × 400 −.0002, C 10.02 × 800 −.0020, D 10.02 × 600 .0030
    private func knownView() -> RoutingView {
        var view = RoutingView(count: 4)
        for (place, (price, shares, fee)) in [
            ("10.01", 500, "0.0030"), ("10.01", 400, "-0.0002"), ("10.02", 800, "-0.0020"), ("10.02", 600, "0.0030"),
        ].enumerated() {
            view.offer(place, .sell, price, shares)
            view.venues[place].takerFee = money(fee)
        }
        return view
    }

    @Test func `a sweep takes by all-in price`() throws {
        let plan = route(buy(1_500, limit: "10.05"), knownView())
        #expect(plan.children == ["B 400 @ 10.01", "A 500 @ 10.01", "C 600 @ 10.02 sweep"])
        #expect(abs(try #require(plan.averageAllIn) - 10.014146666666667) < 1e-12)
        #expect(plan.verdict(3) == .dearer)
        #expect(plan.unrouted == .zero)
    }

    @Test func `without fees the sweep takes by price and place`() {
        var settings = RouterSettings()
        settings.usesFees = false
        let plan = route(buy(1_500, limit: "10.05"), knownView(), SmartRouter(settings: settings))
        #expect(plan.children == ["A 500 @ 10.01", "B 400 @ 10.01", "C 600 @ 10.02 sweep"])
    }

    @Test func `no child goes beyond the limit`() {
        let plan = route(buy(1_500, limit: "10.01"), knownView())
        #expect(plan.children == ["B 400 @ 10.01", "A 500 @ 10.01"])
        #expect(plan.unrouted == Quantity(600))
        #expect(plan.verdict(2) == .beyondLimit)
    }

    @Test func `a sale is the mirror of a buy`() throws {
        var view = RoutingView(count: 2)
        view.offer(0, .buy, "10.00", 300)
        view.offer(0, .buy, "9.99", 300)
        view.offer(1, .buy, "10.00", 300)
        view.venues[0].takerFee = money("0.003")
        let plan = route(sell(700, limit: "9.99"), view)
        #expect(plan.children == ["B 300 @ 10.00", "A 400 @ 9.99 sweep"])
        let received = (300 * 10.00 + 300 * 9.997 + 100 * 9.987) / 700
        #expect(abs(try #require(plan.averageAllIn) - received) < 1e-9)
    }

    @Test func `what is in flight is not routed again`() {
        var request = buy(1_500, limit: "10.05")
        request.inFlight = Quantity(1_400)
        #expect(route(request, knownView()).children == ["B 100 @ 10.01"])
        request.inFlight = Quantity(1_600)
        #expect(route(request, knownView()).children == [])
    }

    @Test func `hidden shares are asked for behind the displayed ones`() {
        var view = knownView()
        view.venues[1].hidden = Quantity(300)
        let plan = route(buy(900, limit: "10.05"), view)
        #expect(plan.children == ["B 700 @ 10.01", "A 200 @ 10.01"])
        #expect(plan[0].displayed == Quantity(400) && plan[0].hidden == Quantity(300) && plan[1].hidden == .zero)
        var settings = RouterSettings()
        settings.usesHidden = false
        let shown = route(buy(900, limit: "10.05"), view, SmartRouter(settings: settings))
        #expect(shown.children == ["B 400 @ 10.01", "A 500 @ 10.01"])
    }

    @Test func `nothing hidden is asked for while as good a price is displayed elsewhere`() {
        var view = RoutingView(count: 3)
        view.offer(0, .sell, "10.01", 400)
        view.offer(0, .sell, "10.03", 400)
        view.offer(1, .sell, "10.01", 300)
        view.offer(2, .sell, "10.02", 500)
        view.venues[0].hidden = Quantity(250)
        #expect(route(buy(700, limit: "10.05"), view).children == ["A 400 @ 10.01", "B 300 @ 10.01"])
        // The rest is tried at the better price before the next one is taken, and never is more sent than is wanted.
        let some = route(buy(800, limit: "10.05"), view)
        #expect(some.children == ["A 500 @ 10.01", "B 300 @ 10.01"] && some[0].displayed == Quantity(400))
        let more = route(buy(1_100, limit: "10.05"), view)
        #expect(more.children == ["A 650 @ 10.01", "B 300 @ 10.01", "C 150 @ 10.02 sweep"])
        #expect(more.routed == Quantity(1_100))
    }

    @Test func `takers arrive together`() {
        var view = knownView()
        view.venues[0].latency = 300_000
        view.venues[1].latency = 50_000
        view.venues[2].latency = 120_000
        view.venues[3].latency = 900_000  // gets nothing and so delays nobody
        let plan = route(buy(1_500, limit: "10.05"), view)
        #expect((0..<plan.count).map { plan[$0].delay } == [250_000, 0, 180_000])
        view.venues[0].latency = 30_000_000
        #expect(route(buy(1_500, limit: "10.05"), view)[0].delay == RouterSettings().longestDelay)
    }

    @Test func `children are lots, the last one excepted`() {
        var view = RoutingView(count: 2)
        view.offer(0, .sell, "10.00", 250)
        view.offer(1, .sell, "10.01", 500)
        var request = buy(350, limit: "10.05")
        request.lot = Quantity(100)
        #expect(route(request, view).children == ["A 200 @ 10.00", "B 150 @ 10.01 sweep"])
    }

    @Test func `at the same all-in price the better known venue comes first`() {
        var view = RoutingView(count: 2)
        view.offer(0, .sell, "10.00", 500)
        view.offer(1, .sell, "10.00", 500)
        var router = SmartRouter()
        for _ in 0..<20 { router.took(0, sent: Quantity(500), filled: Quantity(100), displayed: Quantity(500)) }
        #expect(route(buy(500, limit: "10.05"), view, router).children == ["B 500 @ 10.00"])
        router.settings.usesScores = false
        #expect(route(buy(500, limit: "10.05"), view, router).children == ["A 500 @ 10.00"])
    }

    @Test func `a quote that fades costs what it is likely to miss`() {
        var view = RoutingView(count: 2)
        view.offer(0, .sell, "10.00", 500)
        view.offer(1, .sell, "10.00", 500)
        view.venues[1].takerFee = money("0.001")
        var router = SmartRouter()
        router.settings.missCost = money("0.01")
        for _ in 0..<200 { router.took(0, sent: Quantity(500), filled: Quantity(100), displayed: Quantity(500)) }
        #expect(router.scores[0].fade > 0.7)
        #expect(route(buy(500, limit: "10.05"), view, router).children == ["B 500 @ 10.00"])
    }
}

@Suite struct SmartRouterProtectionTests {
    /// The rebate makes 10.01 at C cheaper than 10.00 at A.
    private func view(_ shares: Int, fee: String = "0.02") -> RoutingView {
        var view = RoutingView(count: 3)
        view.offer(0, .sell, "10.00", shares)
        view.offer(2, .sell, "10.01", 1_000)
        view.venues[0].takerFee = money(fee)
        view.venues[2].takerFee = money("-0.01")
        return view
    }

    @Test func `a better protected quote is swept before a worse price is taken`() {
        let plan = route(buy(500, limit: "10.05"), view(100))
        #expect(plan.children == ["A 100 @ 10.00", "C 400 @ 10.01 sweep"])
        #expect(plan[0].reason == .protected && plan[1].reason == .cheapest)
    }

    @Test func `a quote that is not protected may be left`() {
        var view = view(100)
        view.venues[0].isProtected = false
        #expect(route(buy(500, limit: "10.05"), view).children == ["C 500 @ 10.01"])
    }

    @Test func `nothing is taken beyond a protected quote that can't be reached`() {
        var view = view(100)
        view.venues[0].isOpen = false
        let plan = route(buy(500, limit: "10.05"), view)
        #expect(plan.children == [])
        #expect(plan.unrouted == Quantity(500))
        #expect(plan.verdict(0) == .closed && plan.verdict(2) == .tradesThrough)
    }

    @Test func `where sweeping the protected quote costs too much the plan stays at its price`() {
        var view = view(100, fee: "5.00")
        view.offer(1, .sell, "10.00", 500)
        #expect(route(buy(500, limit: "10.05"), view).children == ["B 500 @ 10.00"])
    }

    @Test func `deeper levels are not protected`() {
        var view = RoutingView(count: 2)
        view.offer(0, .sell, "10.00", 100)
        view.offer(0, .sell, "10.01", 500)
        view.offer(1, .sell, "10.02", 500)
        view.venues[0].takerFee = money("0.02")
        view.venues[1].takerFee = money("-0.02")
        #expect(route(buy(500, limit: "10.05"), view).children == ["A 100 @ 10.00", "B 400 @ 10.02 sweep"])
    }
}

@Suite struct SmartRouterHistoryTests {
    private func view() -> RoutingView {
        var view = RoutingView(count: 2)
        view.offer(0, .sell, "10.00", 500)
        view.offer(0, .sell, "10.02", 500)
        view.offer(1, .sell, "10.01", 500)
        view.venues[0].updated = Timestamp(nanoseconds: 1_000)
        view.venues[1].updated = Timestamp(nanoseconds: 1_000)
        return view
    }

    @Test func `after a refusal the order goes elsewhere until the pause is over`() {
        var history = RouteHistory()
        history.refused(0, at: Timestamp(nanoseconds: 5_000))
        let request = buy(500, limit: "10.05")
        let later = Timestamp(nanoseconds: 5_000 + RouteHistory.firstPause)
        #expect(route(request, view(), history: history, at: 6_000).children == ["B 500 @ 10.01"])
        #expect(route(request, view(), history: history, at: 6_000).verdict(0) == .barred)
        #expect(route(request, view(), history: history, at: later.nanoseconds).children == ["A 500 @ 10.00"])
        history.refused(0, at: later)
        #expect(history.isBarred(0, at: later + RouteHistory.firstPause))
        #expect(!history.isBarred(0, at: later + 2 * RouteHistory.firstPause))
        history.filled(0)
        history.refused(0, at: later)
        #expect(!history.isBarred(0, at: later + RouteHistory.firstPause))
    }

    @Test func `a quote that was gone is not asked again before it changes`() {
        var history = RouteHistory()
        history.missed(0, at: money("10.00"), Timestamp(nanoseconds: 2_000))
        let request = buy(700, limit: "10.05")
        var view = view()
        #expect(route(request, view, history: history, at: 3_000).children == ["B 500 @ 10.01", "A 200 @ 10.02 sweep"])
        view.venues[0].updated = Timestamp(nanoseconds: 2_001)
        #expect(route(request, view, history: history, at: 3_000).children == ["A 500 @ 10.00", "B 200 @ 10.01 sweep"])
    }

    @Test func `what was lived through is saved and restored`() throws {
        var history = RouteHistory()
        history.refused(3, at: Timestamp(nanoseconds: 5_000))
        history.missed(15, at: money("10.00"), Timestamp(nanoseconds: 2_000))
        var writer = StateWriter()
        history.save(to: &writer)
        var copy = RouteHistory()
        try writer.bytes.withUnsafeBytes { bytes in
            var reader = StateReader(bytes)
            try copy.restore(from: &reader)
            #expect(reader.remaining == 0)
        }
        #expect(copy.isBarred(3, at: Timestamp(nanoseconds: 6_000)))
        #expect(copy.missedPrice(15, updated: Timestamp(nanoseconds: 1)) == money("10.00"))
    }
}
