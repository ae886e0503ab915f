// SPDX-License-Identifier: MIT
import HeliosEngine
import HeliosExecution
import HeliosMarket
import HeliosMath
import HeliosRisk
import HeliosStrategy
import Testing

private let first = Intents.firstParent
private let one = Instrument(id: 0)
private let other = Instrument(id: 1)

private func until(_ seconds: Int64) -> Timestamp { ExecutionMarket.ten + seconds * 1_000_000_000 }

@Suite("Parent orders in the engine")
struct ExecutionTests {
    /// Runs one parent to its end.
    private func work(
        _ request: ParentRequest,
        _ tempers: [Temper] = [],
        seconds: Int,
        seed: UInt64 = 1,
        _ settings: ExecutionSettings = ExecutionSettings(),
        trades: Int = 0
    ) throws -> (update: ParentUpdate?, children: [NewOrder], updates: [ParentUpdate], filled: [Int64]) {
        var market = try ExecutionMarket(2, tempers, seed: seed, settings)
        market.engine.strategy.wish = { _ = $0.work(request) }
        for _ in 0..<seconds * 10 {
            if trades > 0 { market.trade(request.instrument.index, trades) }
            market.tick()
        }
        return (market.last(first), market.children(first), market.engine.strategy.updates, market.filled)
    }

    @Test(arguments: [Algorithm.twap, .vwap, .shortfall, .iceberg, .peg, .sniper])
    func `a willing market does all of it`(_ algorithm: Algorithm) throws {
        let request = ParentRequest(
            algorithm,
            one,
            .buy,
            Quantity(10_050),
            until: until(600),
            parameter: algorithm == .twap ? 7 : 0
        )
        let run = try work(request, seconds: 610)
        let update = try #require(run.update)
        #expect(update.state == .done && update.done == Quantity(10_050) && update.open == .zero, "\(update)")
        #expect(update.arrivalPrice == price(10_000) && update.strategy == 0 && update.leaves == .zero)
        #expect(update.averagePrice >= price(9_999) && update.averagePrice <= price(10_001))
        #expect(run.filled == [10_050, 0])
        #expect(run.updates.first?.state == .waiting && run.updates.dropFirst().first?.state == .working)
        #expect(run.updates.filter { $0.state.isFinal }.count == 1, "the end is told once")
        let told = run.updates.map(\.filled.raw).reduce(0, +)
        #expect(told == Quantity(10_050).raw, "every fill is told once")
    }

    @Test func `vwap goes along the instrument's own curve, and others along the one for all`() throws {
        var settings = ExecutionSettings()
        settings.jitter = 0
        // From ten on: a tenth in the first minute and the rest in the second; the other way round for the rest.
        settings.curves = try VolumeCurves(
            csv: "S0,10:00:00,10\nS0,10:01:00,90\nS0,10:02:00,0\n*,10:00:00,90\n*,10:01:00,10\n*,10:02:00,0\n"
        )
        for (instrument, parts) in [(one, [100, 900]), (other, [900, 100])] {
            let request = ParentRequest(
                .vwap,
                instrument,
                .buy,
                Quantity(1_000),
                until: until(120),
                takes: true,
                parameter: 2
            )
            let run = try work(request, seconds: 125, settings)
            #expect(run.update?.state == .done)
            // It begins at the first timer, a tenth of a second after ten: the slices are not quite the curve's stretches.
            let shares = run.children.map { Int($0.quantity.raw / Quantity.scale) }
            #expect(shares.count == 2 && zip(shares, parts).allSatisfy { abs($0 - $1) <= 2 }, "\(shares)")
        }
    }

    @Test func `slices of a schedule that takes are those of the known answer`() throws {
        var settings = ExecutionSettings()
        settings.jitter = 0
        let request = ParentRequest(.twap, one, .sell, Quantity(1_000), until: until(70), takes: true, parameter: 7)
        let run = try work(request, seconds: 80, settings)
        #expect(run.children.map { $0.quantity.raw / Quantity.scale } == [143, 143, 143, 142, 143, 143, 143])
        #expect(run.children.allSatisfy { $0.price == price(9_999) && $0.timeInForce == .immediateOrCancel })
    }

    @Test func `a share of the market follows what the others trade`() throws {
        let request = ParentRequest(
            .participation,
            one,
            .buy,
            Quantity(1_000_000),
            until: until(600),
            takes: true,
            parameter: 2_000
        )
        let run = try work(request, seconds: 60, trades: 100)
        let done = try #require(run.update).done.raw / Quantity.scale
        // A fifth of everything is a quarter of the others' 60,000.
        #expect((14_700...15_000).contains(done), "\(done)")
    }

    @Test func `an iceberg shows a part at a time`() throws {
        let request = ParentRequest(
            .iceberg,
            one,
            .buy,
            Quantity(5_000),
            limit: price(9_998),
            until: until(600),
            parameter: Quantity(500).raw
        )
        let run = try work(request, seconds: 600)
        let parts = run.children.map { $0.quantity.raw / Quantity.scale }
        #expect(parts.dropLast().allSatisfy { (400...600).contains($0) } && Set(parts).count > 3, "\(parts)")
        #expect(run.children.allSatisfy { $0.price == price(9_998) && $0.timeInForce == .day })
        #expect(run.update?.state == .done)
    }

    @Test func `a peg follows the best price, not sooner than in 50 milliseconds`() throws {
        var market = try ExecutionMarket(1, [.idle])
        market.engine.strategy.wish = {
            _ = $0.work(ParentRequest(.peg, one, .buy, Quantity(300), limit: price(10_003)))
        }
        market.tick()
        #expect(market.children(first).map(\.price) == [price(9_999)])
        market.now = market.now + 10_000_000
        market.quote(0, 10_001, 10_004)
        #expect(market.engine.gateway.cancels.isEmpty)
        market.tick(40)
        #expect(market.engine.gateway.cancels.count == 1)
        market.tick()
        #expect(market.children(first).last?.price == price(10_001))
        market.quote(0, 10_010, 10_012)
        for _ in 0..<3 { market.tick() }
        #expect(market.children(first).last?.price == price(10_003), "never beyond its limit")
    }

    @Test func `a sniper shoots when its price is there`() throws {
        var market = try ExecutionMarket(1)
        let request = ParentRequest(
            .sniper,
            one,
            .buy,
            Quantity(700),
            limit: price(9_998),
            parameter: Quantity(200).raw
        )
        market.engine.strategy.wish = { _ = $0.work(request) }
        for _ in 0..<5 { market.tick() }
        #expect(market.children(first).isEmpty)
        market.quote(0, 9_990, 9_998, shares: 100)
        market.tick()
        #expect(market.children(first).isEmpty, "not enough of it")
        market.quote(0, 9_990, 9_997, shares: 400)
        #expect(market.children(first).map(\.quantity) == [Quantity(400)], "at the quote, not at the next timer")
        market.tick()
        market.tick()
        #expect(market.last(first)?.state == .done && market.filled == [700])
    }

    @Test func `what is not done by its end is given up`() throws {
        let request = ParentRequest(.twap, one, .buy, Quantity(1_000), limit: price(9_000), until: until(30))
        let run = try work(request, [.idle], seconds: 40)
        let update = try #require(run.update)
        #expect(update.state == .expired && update.reason == .time && update.done == .zero && update.leaves == .zero)
    }

    @Test func `a child that finds nothing is not followed by another as fast as the venue answers`() throws {
        let request = ParentRequest(.twap, one, .buy, Quantity(1_000), until: until(10), takes: true, parameter: 1)
        let run = try work(request, [.idle], seconds: 20)
        #expect((50...100).contains(run.children.count), "\(run.children.count) in ten seconds")
        #expect(run.update?.state == .expired)
    }

    @Test func `what the venue takes back is traded once more, and what it corrects is not`() throws {
        for corrected in [nil, Int64(10_002)] {
            var market = try ExecutionMarket(1)
            let request = ParentRequest(.twap, one, .buy, Quantity(1_000), until: until(60), takes: true, parameter: 2)
            market.engine.strategy.wish = { _ = $0.work(request) }
            market.run(seconds: 10)
            let children = market.children(first)
            let child = try #require(children.first)
            let shares = child.quantity.raw / Quantity.scale
            #expect(market.filled == [shares] && shares > 0)
            market.restate(1, of: child, Int(shares), corrected: corrected)
            market.run(seconds: 60)
            let last = market.last(first)
            let update = try #require(last)
            #expect(update.state == .done && update.done == Quantity(1_000), "\(update)")
            #expect(market.filled == [1_000])
            let sent = market.children(first).reduce(Quantity.zero) { $0 + $1.quantity }
            #expect(sent == Quantity(corrected == nil ? 1_000 + Int(shares) : 1_000))
        }
    }

    @Test func `a target that makes no sense takes no other's place`() throws {
        var market = try ExecutionMarket(1)
        let how = ParentRequest(.twap, one, .buy, .zero, until: until(600), takes: true, parameter: 5)
        market.engine.strategy.wish = { _ = $0.target(Quantity(900), how) }
        market.run(seconds: 10)
        var past = how
        past.end = until(-5)
        market.engine.strategy.wish = { [past] in _ = $0.target(Quantity(100), past) }
        market.run(seconds: 700)
        #expect(market.last(first + 1)?.state == .rejected)
        #expect(market.last(first)?.state == .done && market.filled == [900])
    }

    @Test func `a strategy can't replace a child of its parent`() throws {
        var market = try ExecutionMarket(1, [.idle])
        market.engine.strategy.wish = { _ = $0.work(ParentRequest(.peg, one, .buy, Quantity(300), until: until(600))) }
        market.tick()
        let children = market.children(first)
        let child = try #require(children.first)
        market.engine.strategy.wish = { _ = $0.replace(child.id, Quantity(300), at: price(9_998)) }
        market.tick()
        #expect(market.engine.strategy.orders.contains { $0.kind == .refusedByRisk })
        #expect(market.engine.market.orders.order(child.id)?.replaceIsPending == false)
        #expect(market.engine.execution.standings.map(\.open) == [Quantity(300)])
    }

    @Test func `a parent that ends while orders are held takes back what rests`() throws {
        var market = try ExecutionMarket(1, [.idle])
        market.engine.strategy.wish = { _ = $0.work(ParentRequest(.peg, one, .buy, Quantity(300), until: until(5))) }
        market.run(seconds: 1)
        #expect(market.children(first).count == 1 && market.engine.gateway.cancels.isEmpty)
        market.record(Event(eventTime: market.now, receiveTime: market.now, kind: .orderHold, detail: 1))
        market.run(seconds: 10)
        #expect(market.engine.gateway.cancels.count == 1 && market.children(first).count == 1)
        #expect(market.last(first)?.state == .expired)
    }

    @Test func `what an instrument's name taught the desk is there after a restart`() throws {
        var settings = ExecutionSettings()
        let symbol = try #require(Symbol("OWN"))
        // All of the volume comes in the last half hour.
        settings.curves.own[symbol] = VolumeCurve([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1])
        func run(restarts: Bool) throws -> [Int64] {
            var market = try ExecutionMarket(1, [], settings)
            let name = Event(
                eventTime: market.now,
                receiveTime: market.now,
                orderID: symbol.packed,
                instrument: one,
                kind: .instrumentDefinition
            )
            market.record(name)
            if restarts { try market.restart() }
            let request = ParentRequest(.vwap, one, .buy, Quantity(1_000), until: until(20_000), takes: true)
            market.engine.strategy.wish = { _ = $0.work(request) }
            market.run(seconds: 3_000)
            return market.filled
        }
        let plain = try run(restarts: false)
        #expect(plain == [0])
        #expect(try run(restarts: true) == plain)
    }

    @Test func `a parent whose children are refused again and again fails`() throws {
        let run = try work(
            ParentRequest(.twap, one, .buy, Quantity(1_000), until: until(600)),
            [.refusing],
            seconds: 300
        )
        #expect(run.update?.state == .failed && run.update?.reason == .refused)
        #expect(run.children.count == 10)
    }

    @Test func `a strategy cancels its own parents only, and children end with them`() throws {
        var market = try ExecutionMarket(1, [.idle])
        market.engine.strategy.wish = { _ = $0.work(ParentRequest(.peg, one, .buy, Quantity(300))) }
        market.tick()
        market.engine.strategy.wish = {
            $0.strategy = 1
            $0.cancelParent(first)
            $0.strategy = 0
        }
        market.tick()
        #expect(market.last(first)?.state == .working)
        market.engine.strategy.wish = { $0.cancelParent(first) }
        market.tick()
        #expect(market.engine.gateway.cancels.count == 1)
        #expect(market.last(first)?.state == .cancelled && market.last(first)?.reason == .asked)
        #expect(market.engine.market.orders.workingCount == 0)
        market.engine.strategy.wish = { $0.cancelParent(first) }
        market.tick()
        #expect(market.engine.strategy.updates.filter { $0.state.isFinal }.count == 1)
    }

    @Test func `a silent venue keeps a parent ending, not forgotten`() throws {
        var market = try ExecutionMarket(1, [.silent])
        market.engine.strategy.wish = { _ = $0.work(ParentRequest(.peg, one, .buy, Quantity(300), until: until(5))) }
        market.run(seconds: 20)
        #expect(market.last(first)?.state == .ending && market.last(first)?.open == Quantity(300))
        market.tempers = [.idle]
        market.run(seconds: 1)
        #expect(market.last(first)?.state == .expired)
    }

    @Test func `nonsense is refused with a reason`() throws {
        var market = try ExecutionMarket(1)
        market.engine.strategy.wish = {
            _ = $0.work(ParentRequest(.twap, one, .buy, .zero))
            _ = $0.work(ParentRequest(.twap, Instrument(id: 9), .buy, Quantity(1)))
            _ = $0.work(ParentRequest(.twap, one, .buy, Quantity(1), until: until(-5)))
            _ = $0.workPair(
                ParentRequest(.leg, one, .buy, Quantity(100)),
                ParentRequest(.leg, one, .sell, Quantity(100)),
                bound: Quantity(10)
            )
        }
        market.tick()
        let ends = market.engine.strategy.updates.filter { $0.state == .rejected }
        #expect(ends.map(\.reason).filter { $0 == .invalid }.count == 3)
        #expect(Set(ends.map(\.number)) == [first, first + 1, first + 2, first + 3, first + 4])
        #expect(market.engine.gateway.orders.isEmpty)
    }

    @Test func `a target is worked as the difference, and a later one takes its place`() throws {
        var market = try ExecutionMarket(1, [.slow])
        let how = ParentRequest(.twap, one, .buy, .zero, until: until(600), takes: true, parameter: 5)
        market.engine.strategy.wish = { _ = $0.target(Quantity(900), how) }
        market.run(seconds: 200)
        #expect(market.filled[0] > 0 && market.filled[0] < 900)
        market.engine.strategy.wish = { _ = $0.target(-Quantity(400), how) }
        market.run(seconds: 450)
        #expect(market.filled == [-400])
        #expect(market.last(first)?.reason == .superseded && market.last(first + 1)?.state == .done)
        #expect(market.last(first + 1)?.side == .sell)
        market.engine.strategy.wish = { _ = $0.target(-Quantity(400), how) }
        market.now = ExecutionMarket.ten
        #expect(market.engine.market.position(one) == -Quantity(400))
    }

    @Test func `a record's parent is worked, and the record says all of it`() throws {
        let request = ParentRequest(
            .iceberg,
            other,
            .sell,
            Quantity(1_200),
            limit: price(9_999),
            from: until(2),
            until: until(400),
            urgency: .high,
            takes: true,
            parameter: Quantity(300).raw,
            strategy: 1
        )
        #expect(ParentRequest(request.record(at: until(1))) == request)
        let peg = ParentRequest(.peg, one, .buy, Quantity(1), parameter: -price(2).raw)
        #expect(ParentRequest(peg.record(at: .zero)) == peg)
        var bad = request.record(at: .zero)
        bad.detail |= 0xFF
        #expect(ParentRequest(bad) == nil)
        var market = try ExecutionMarket(2)
        let before = market.engine.hash.value
        market.record(request.record(at: market.now))
        #expect(market.engine.hash.value != before && market.last(first)?.state == .waiting)
        market.run(seconds: 300)
        #expect(market.last(first)?.state == .done && market.filled == [0, -1_200])
        market.record(request.record(at: market.now))
        market.record(ParentRequest.cancel(first + 1, at: market.now))
        market.run(seconds: 1)
        #expect(market.last(first + 1)?.state == .cancelled)
        #expect(market.engine.execution.standings.map(\.number) == [first, first + 1])
    }

    @Test func `while new orders are held back nothing is sent`() throws {
        var market = try ExecutionMarket(1)
        market.record(Event(eventTime: market.now, receiveTime: market.now, kind: .orderHold, detail: 1))
        market.engine.strategy.wish = { _ = $0.work(ParentRequest(.peg, one, .buy, Quantity(300))) }
        market.run(seconds: 30)
        #expect(market.engine.gateway.orders.isEmpty && market.last(first)?.state == .waiting)
        market.record(Event(eventTime: market.now, receiveTime: market.now, kind: .orderHold))
        market.tick()
        #expect(market.children(first).count == 1)
    }

    @Test(arguments: 0..<6)
    func `children are never more than the parent, and a restored engine goes on the same`(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var requests: [ParentRequest] = []
        for _ in 0..<6 {
            let algorithm = Algorithm.named[Int(random.next() % 7)]
            let side: Side = random.next() % 2 == 0 ? .buy : .sell
            requests.append(
                ParentRequest(
                    algorithm,
                    Instrument(id: UInt32(random.next() % 3)),
                    side,
                    Quantity(Int(random.next() % 5_000) + 1),
                    until: until(20 + Int64(random.next() % 50)),
                    urgency: Urgency.allCases[Int(random.next() % 3)],
                    takes: random.next() % 3 == 0
                )
            )
        }
        let tempers = (0..<3).map { _ in Temper.allCases[Int(random.next() % 5)] }
        func run(restarts: Bool) throws -> (hash: UInt64, updates: Int) {
            var market = try ExecutionMarket(3, tempers, seed: seed)
            market.engine.strategy.wish = { [requests] intents in for request in requests { _ = intents.work(request) }
            }
            for step in 0..<800 {
                if step % 7 == 0 { market.trade(step % 3, 200) }
                if step % 50 == 0 { market.quote(step / 50 % 3, 9_990 + Int64(step / 50), 9_993 + Int64(step / 50)) }
                market.tick()
                if restarts, step % 197 == 5 { try market.restart() }
                guard step % 5 == 0 else { continue }
                for standing in market.engine.execution.standings {
                    #expect(standing.done.raw + standing.open.raw <= standing.quantity.raw)
                    #expect(standing.open.raw >= 0)
                }
            }
            let silent = tempers.contains(.silent)
            #expect(silent || market.engine.execution.standings.allSatisfy { $0.state.isFinal })
            return (market.engine.hash.value, market.engine.strategy.updates.count)
        }
        let (plain, again) = (try run(restarts: false), try run(restarts: true))
        #expect(plain.hash == again.hash && plain.updates == again.updates)
    }
}
