// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosVenue
import Testing

@Suite("What our own impact is charged")
struct ImpactChargeTests {
    private let start = Timestamp(nanoseconds: 1_000_000_000)

    @Test func `an order in slices costs what it costs at once, and a turn begins anew`() {
        let models: [ImpactModel] = [
            .squareRoot(SquareRootImpact()), .almgren(AlmgrenImpact(), days: 0.1, turnoverDays: 250),
            .almgrenChriss(permanent: 0.3, temporary: 0.1, days: 0.1),
        ]
        for model in models {
            var whole = ImpactCharge()
            let once = 900 * whole.execute(model, .buy, 900, volume: 1e5, volatility: 0.02, at: start)
            var sliced = ImpactCharge()
            var sum = 0.0
            for slice in 0..<9 {
                let cost = sliced.execute(model, .buy, 100, volume: 1e5, volatility: 0.02, at: start + Int64(slice))
                sum += 100 * cost
            }
            #expect(near(sum, once, 1e-12) && once > 0, "\(model)")
            let turned = 900 * sliced.execute(model, .sell, 900, volume: 1e5, volatility: 0.02, at: start)
            #expect(near(turned, once, 1e-12))
            sliced.beginDay()
            #expect(near(900 * sliced.execute(model, .sell, 900, volume: 1e5, volatility: 0.02, at: start), once))
        }
    }

    @Test func `the first order costs the law's price`() {
        var charge = ImpactCharge()
        let cost = charge.execute(.squareRoot(.init()), .sell, 0.1, volume: 1, volatility: 0.0157, at: start)
        #expect(near(cost, 49.647759264643554e-4))
        #expect(charge.execute(.none, .sell, 1, volume: 1, volatility: 1, at: start) == 0)
        #expect(charge.execute(.squareRoot(.init()), .sell, 1, volume: 0, volatility: 1, at: start) == 0)
    }

    @Test func `the propagator's pushes meet later orders of the same side and fade`() {
        let law = PropagatorImpact(strength: 1)
        func second(after seconds: Int64, _ side: Side) -> Double {
            var charge = ImpactCharge()
            _ = charge.execute(.propagator(law), .buy, 100, volume: 1e4, volatility: 0.02, at: start)
            let later = start + seconds * 1_000_000_000
            return charge.execute(.propagator(law), side, 400, volume: 1e4, volatility: 0.02, at: later)
        }
        // Own push: 2/3 of √0.04; of the first: √0.01 / √(1 + t).
        let own = 0.2 * 2 / 3
        #expect(near(second(after: 3, .buy), 0.02 * (own + 0.1 / 2)))
        #expect(near(second(after: 99, .buy), 0.02 * (own + 0.1 / 10)))
        #expect(near(second(after: 3, .sell), 0.02 * (own - 0.1 / 2)))
        // Parts of one moment are one trade.
        var parts = ImpactCharge()
        let half = (0..<2).map { _ in
            parts.execute(.propagator(law), .buy, 200, volume: 1e4, volatility: 0.02, at: start)
        }
        #expect(near((half[0] + half[1]) / 2, 0.02 * own))
    }

    @Test func `a push is never paid out to us`() {
        let law = PropagatorImpact(strength: 1)
        var charge = ImpactCharge()
        _ = charge.execute(.propagator(law), .buy, 10_000, volume: 1e4, volatility: 0.02, at: start)
        #expect(charge.execute(.propagator(law), .sell, 1, volume: 1e4, volatility: 0.02, at: start) == 0)
    }

    @Test func `the resilient book refills`() {
        let model = ImpactModel.resilient(push: 1, ResilientBook(resilience: 0.5))
        var charge = ImpactCharge()
        let first = charge.execute(model, .buy, 100, volume: 1e4, volatility: 0.02, at: start)
        #expect(near(first, 0.02 * 0.01 / 2))
        let again = charge.execute(model, .buy, 100, volume: 1e4, volatility: 0.02, at: start)
        #expect(near(again, 0.02 * 0.01 * 1.5))
        // ρ t = 2: e⁻² of two pushes is left.
        let later = charge.execute(model, .buy, 100, volume: 1e4, volatility: 0.02, at: start + 4_000_000_000)
        #expect(near(later, 0.02 * 0.01 * (0.5 + 2 * 0.1353352832366127)))
    }

    @Test func `volume and volatility come from the trades so far`() {
        let settings = ImpactSettings(priorVolume: Quantity(1_000), priorVolatility: 0.02, priorDays: 0.5)
        var estimate = ActivityEstimate()
        #expect(estimate.volume(settings, days: 0) == 1_000 && near(estimate.volatility(settings, days: 0), 0.02))
        let step = ActivityEstimate.interval
        estimate.trade(Quantity(600), at: price(1_000), time: start)
        estimate.trade(Quantity(1), at: price(9_999), time: start + 1)
        estimate.trade(Quantity(399), at: price(1_010), time: start + step)
        // 500 assumed and 1,000 seen in a day; squares 0.02² / 2 and 0.01².
        #expect(near(estimate.volume(settings, days: 0.5), 1_500))
        #expect(near(estimate.volatility(settings, days: 0.5), (0.0004 * 0.5 + 0.0001).squareRoot()))
        estimate.beginDay()
        estimate.trade(Quantity(500), at: price(2_000), time: start + 2 * step)
        #expect(near(estimate.volume(settings, days: 1.5), 1_000), "a night is no return, its volume counts")
        #expect(near(estimate.volatility(settings, days: 1.5), (0.0003 / 2).squareRoot()))
    }

    /// A venue that charges the square root, with little known of the instrument.
    private func script(_ impact: ImpactSettings) throws -> VenueScript {
        var models = SimulationModels()
        models.report = .constant(VenueScript.reportLatency)
        models.impact = impact
        return try VenueScript(models: models)
    }

    @Test func `a taking order pays the charge in its price, rounded against it, a resting one pays none`() throws {
        let impact = ImpactSettings(
            .squareRoot(SquareRootImpact()),
            priorVolume: Quantity(10_000),
            priorVolatility: 0.02,
            priorDays: 1_000_000
        )
        var script = try script(impact)
        script.add(1, .sell, 100, 1_000)
        script.add(2, .buy, 100, 990)
        script.submit(1, .buy, 100, 1_000)
        // 0.02 √(100 / 10,000) = 20 bps of 10.00.
        let bought = script.fills()
        #expect(bought.count == 1 && abs(bought[0].price.value - 10.02) < 1e-7 && bought[0].price.value >= 10.02 - 1e-9)
        script.submit(2, .sell, 100, 990)
        let sold = script.fills()
        #expect(sold.count == 1 && abs(sold[0].price.value - 9.9 * 0.998) < 1e-7)
        script.submit(3, .buy, 100, 980)
        script.add(4, .sell, 100, 970)
        #expect(script.fills().map(\.price) == [price(980)])
        let charges = script.venue.impactCharges
        #expect(charges == [bought[0].price - price(1_000), price(990) - sold[0].price, .zero])
    }

    @Test func `what is not known yet does not change what is charged`() throws {
        let impact = ImpactSettings(.squareRoot(SquareRootImpact()), priorDays: 0.01)
        func charge(later shares: Int) throws -> [Price] {
            var script = try script(impact)
            script.add(1, .sell, 500, 1_000)
            script.execute(1, 100)
            script.submit(1, .buy, 100, 1_000)
            script.execute(1, shares)
            return script.venue.impactCharges
        }
        #expect(try charge(later: 1) == charge(later: 300))
        #expect(try charge(later: 1)[0] > .zero)
    }
}

extension VenueScript {
    /// The executions among what the venue has told since the last call.
    mutating func fills() -> [Event] {
        var fills: [Event] = []
        while venue.nextReportTime != .never {
            let report = venue.takeReport()
            if report.kind == .orderFilled { fills.append(report) }
        }
        return fills
    }
}
