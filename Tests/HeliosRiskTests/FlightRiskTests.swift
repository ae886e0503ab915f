// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosMath
import HeliosRisk
import Testing

/// A model of the instruments of `firm`, two per cent of volatility each, that move together with a correlation of a half.
private func model(_ number: RiskNumber = .parametric, _ names: [String] = ["A", "B", "C", "D"]) throws -> RiskModel {
    var matrix = SymmetricMatrix(count: names.count)
    for row in names.indices {
        for column in 0...row { matrix[row, column] = row == column ? 4e-4 : 2e-4 }
    }
    var random = SeededRandom(seed: 11)
    let days = names.map { _ in (0..<250).map { _ in 0.02 * random.gaussian() } }
    let table = try #require(ReturnTable(names: names, columns: days))
    return try #require(
        RiskModel(names: names, structure: .covariance(matrix), scenarios: table, number: number, tolerance: 0)
    )
}

private func directory() -> InstrumentDirectory {
    var directory = InstrumentDirectory()
    for name in ["A", "B", "C", "D"] { _ = directory.register(symbol(name)) }
    return directory
}

/// A firm whose account one may risk `limit`, by value at risk or by expected shortfall.
private func made(
    _ limit: Int,
    _ kind: LimitKind = .valueAtRisk,
    _ number: RiskNumber = .parametric
) throws -> BoxedGate {
    let gate = firm { $0.limits.append(RiskLimit(2, .all, kind, hard: Money(limit).raw)) }
    gate.gate.load(try model(number), directory())
    return gate
}

extension BoxedGate {
    /// The value at risk of account one, as it is settled.
    fileprivate var risk: Double { gate.valueAtRisk(scope: 2) }

    @inline(never)
    fileprivate func breakTrade(_ order: NewOrder, _ shares: Int) {
        gate.broken(order.instrument, order.side, Quantity(shares), at: order.price, fee: .zero, order: order.id)
    }

    @inline(never)
    fileprivate func bind(_ index: UInt32, _ name: String) -> Bool {
        gate.bind(Instrument(id: index), symbol(name))
    }

    fileprivate func traced(_ order: NewOrder, _ market: MarketSnapshot) -> Int {
        gate.trace(order, market: market).count
    }
}

@Suite("P15 and what is in flight")
struct FlightRiskTests {
    @Test("of ten resting buys of nine tenths of the limit the second is refused", arguments: RiskNumber.allCases)
    func resting(number: RiskNumber) throws {
        for kind in [LimitKind.valueAtRisk, .expectedShortfall] {
            // 100 shares at 99.00 are risked at the most for 0.9 of the limit.
            let probe = try made(1_000_000, kind, number)
            #expect(probe.judge(order(0, .buy, 100, id: 1)) == nil)
            let unit = probe.gate.inFlight(scope: 2, kind)
            #expect(unit > 0)
            let gate = firm { $0.limits.append(RiskLimit(2, .all, kind, hard: unit * 10 / 9)) }
            gate.gate.load(try model(number), directory())
            var passed = 0
            for id: OrderID in 1...10 {
                let refusal = gate.judge(order(UInt16(id % 2), .buy, 100, id: id, of: UInt32(id % 4)))
                if refusal == nil { passed += 1 } else { #expect(refusal?.control == .p15 && refusal?.scope == 2) }
            }
            #expect(passed == 1)
            // The other account has its own.
            #expect(gate.judge(order(2, .buy, 100, id: 20)) == nil)
        }
    }

    @Test("what is open comes free when it ends, and becomes the position when it fills")
    func life() throws {
        let gate = try made(600)
        let (first, second) = (order(0, .buy, 100, id: 1), order(0, .buy, 100, id: 2, of: 2))
        #expect(gate.judge(first) == nil)
        let open = gate.gate.inFlight(scope: 2, .valueAtRisk)
        #expect(isNear(Double(open) * 1e-16, 9_900 * 0.02 * 2.3263478740, 1e-6))
        #expect(gate.judge(second)?.control == .p15)
        gate.end(first, 100)
        #expect(gate.gate.inFlight(scope: 2, .valueAtRisk) == 0)
        let third = order(0, .buy, 100, id: 3, of: 2)
        #expect(gate.judge(third) == nil)
        gate.fill(third, 50)
        #expect(gate.risk > 0)
        let half = gate.gate.inFlight(scope: 2, .valueAtRisk)
        #expect(half > open / 2 - 1_000_000_000 && half < open / 2 + 1_000_000_000)
        // A hedge that lowers the risk whatever else fills passes; what closes the position always does.
        #expect(gate.judge(order(0, .sell, 50, id: 4, of: 2)) == nil)
        gate.fill(third, 50)
        gate.end(order(0, .sell, 50, id: 4, of: 2), 50)
        #expect(gate.gate.inFlight(scope: 2, .valueAtRisk) == 0)
    }

    @Test(
        "whatever fills of what was cleared, the value at risk stays within its limit",
        arguments: [1, 2, 3] as [UInt64]
    )
    func bound(seed: UInt64) throws {
        for number in RiskNumber.allCases {
            let gate = try made(3_000, .valueAtRisk, number)
            var random = SeededRandom(seed: seed)
            for instrument in 0..<4 as Range<UInt32> {
                gate.gate.mark(Instrument(id: instrument), bid: price("99.99"), ask: price("100.01"), at: noon)
            }
            var live: [(order: NewOrder, left: Int)] = []
            var (refused, largest) = (0, 0.0)
            for id: OrderID in 1...600 {
                // Two instruments are only bought, two only sold: nothing reduces. At the mark, as it is weighed later.
                let instrument = UInt32(random.next() % 4)
                let (side, at): (Side, String) = instrument < 2 ? (.buy, "99.99") : (.sell, "100.01")
                let count = Int(random.next() % 30) + 1
                let next = order(UInt16(random.next() % 2), side, count, id: id, of: instrument, at: at)
                let refusal = gate.refusal(next, market())
                if refusal == nil { live.append((next, count)) }
                if refusal?.control == .p15 { refused += 1 }
                if live.count > 5 {
                    let place = Int(random.next() % UInt64(live.count))
                    let part = min(Int(random.next() % 30) + 1, live[place].left)
                    if random.next() % 4 == 0 {
                        gate.end(live[place].order, live[place].left)
                        live[place].left = 0
                    } else {
                        gate.fill(live[place].order, part)
                        live[place].left -= part
                    }
                    if live[place].left == 0 { live.remove(at: place) }
                }
                largest = max(largest, gate.risk)
            }
            for entry in live { gate.fill(entry.order, entry.left) }
            largest = max(largest, gate.risk)
            #expect(refused > 0 && largest > 1_500 && largest <= 3_000.000_001, "\(number): \(largest)")
        }
    }

    @Test("a restart gives the same sums, and so does a model that is loaded over open orders")
    func restart() throws {
        let gate = try made(100_000)
        for id: OrderID in 1...6 {
            let next = order(UInt16(id % 3), id % 2 == 0 ? .buy : .sell, 10 * Int(id), id: id, of: UInt32(id % 4))
            #expect(gate.judge(next) == nil)
            if id % 3 == 0 { gate.fill(next, 7) }
        }
        let other = try made(100_000)
        try other.restore(gate.saved)
        #expect(other.saved == gate.saved)
        let sum = gate.gate.inFlight(scope: 2, .valueAtRisk)
        #expect(sum > 0 && other.gate.inFlight(scope: 2, .valueAtRisk) == sum)
        gate.gate.load(try model(), directory())
        #expect(gate.gate.inFlight(scope: 2, .valueAtRisk) == sum)
    }

    @Test("a broken trade leaves the value at risk, and so does a fill that belongs to nobody enter it")
    func busts() throws {
        let gate = try made(100_000)
        let long = order(0, .buy, 100, id: 1)
        #expect(gate.judge(long) == nil)
        gate.fill(long, 100)
        #expect(gate.risk > 0)
        gate.breakTrade(long, 100)
        #expect(gate.risk == 0)
        let firm = firm { $0.limits.append(RiskLimit(0, .all, .valueAtRisk, hard: Money(100_000).raw)) }
        firm.gate.load(try model(), directory())
        firm.gate.filled(
            stock,
            .buy,
            Quantity(100),
            releasing: .zero,
            at: price("100.00"),
            fee: .zero,
            tag: OrderTag(strategy: 77)
        )
        #expect(firm.gate.position(stock) == Quantity(100))
        #expect(firm.gate.valueAtRisk(scope: 0) > 0)
    }

    @Test("telling the chain changes nothing, with marks that wait as well")
    func trace() throws {
        let gate = try made(100_000)
        for instrument in 0..<4 as Range<UInt32> {
            let next = order(0, .buy, 100, id: OrderID(instrument + 1), of: instrument)
            #expect(gate.judge(next) == nil)
            gate.fill(next, 100)
        }
        for instrument in 0..<4 as Range<UInt32> {
            gate.gate.mark(Instrument(id: instrument), bid: price("90.00"), ask: price("90.02"), at: noon)
        }
        let before = gate.saved
        let next = order(0, .buy, 10, id: 9)
        #expect(gate.traced(next, market()) > 10)
        #expect(gate.saved == before)
        // It says what the check will say, with those marks.
        #expect(gate.judge(next) == nil)
        #expect(gate.saved != before)
    }

    @Test("a soft limit of value at risk tells")
    func soft() throws {
        let gate = firm {
            $0.limits.append(RiskLimit(2, .all, .valueAtRisk, hard: Money(1_000).raw, soft: Money(400).raw))
        }
        gate.gate.load(try model(), directory())
        #expect(gate.judge(order(0, .buy, 80, id: 1)) == nil)
        #expect(gate.takeAlert() == nil)
        #expect(gate.judge(order(0, .buy, 50, id: 2, of: 2)) == nil)
        #expect(gate.takeAlert()?.control == .p15)
    }
}

@Suite("Instruments that get their names late")
struct LateNameTests {
    /// A gate of the firm whose instruments have no names yet.
    private func unnamed(_ change: (inout RiskPolicy) -> Void = { _ in }) -> BoxedGate {
        var policy = RiskPolicy(simple: limits(), strategies: 2)
        policy.setEvery(.walk, 100_000)
        change(&policy)
        return BoxedGate(policy)
    }

    @Test("an order in an instrument without a name is refused where the policy says something about names")
    func refused() throws {
        let changes: [(inout RiskPolicy) -> Void] = [
            { $0.restrictions = [Restriction(symbol: symbol("B"), reason: "")] },
            { $0.limits.append(RiskLimit(0, .instrument(symbol("B")), .position, hard: 1)) },
            { $0.instruments = [InstrumentProfile(symbol("B"))] },
            { $0.permissions = [Permission(scope: 0, symbols: [symbol("A")])] },
        ]
        for change in changes {
            let gate = unnamed(change)
            #expect(gate.judge(buy(1))?.reason == .unknownInstrument)
            #expect(gate.bind(1, "A") && gate.judge(buy(1)) == nil)
        }
        // A plain policy says nothing about names.
        let plain = unnamed()
        #expect(plain.judge(buy(1)) == nil)
        #expect(plain.bind(1, "A") && plain.judge(buy(2, id: 2)) == nil && plain.takeAlert() == nil)
    }

    @Test("a state that was set before the name does not keep the name away, and stays")
    func halted() throws {
        let gate = unnamed { $0.restrictions = [Restriction(symbol: symbol("B"), reason: "")] }
        let stop = RiskCommand(.lower, .halted, scope: 0, target: .instrument, instrument: stock)
        #expect(gate.apply(stop) == .obeyed)
        #expect(gate.bind(1, "B"))
        #expect(gate.judge(buy(1))?.control == .state)
        let go = RiskCommand(.raise, .active, scope: 0, target: .instrument, instrument: stock, officer: 1, second: 2)
        #expect(gate.apply(go) == .obeyed)
        #expect(gate.judge(buy(1))?.control == .p18)
    }

    @Test("the limits of its name bind an instrument that was traded before it had one")
    func named() throws {
        let gate = unnamed { policy in
            policy.limits.append(RiskLimit(0, .instrument(symbol("B")), .position, hard: Int128(Quantity(150).raw)))
        }
        gate.hold(100)
        #expect(gate.bind(1, "B") && gate.takeAlert() == nil)
        #expect(gate.judge(buy(51))?.limit == Int128(Quantity(150).raw))
        #expect(gate.judge(buy(50)) == nil)
    }

    @Test("a name that would count what was traded elsewhere halts the instrument, with an alert")
    func unfitting() throws {
        let gate = unnamed()
        #expect(gate.bind(1, "A") && gate.bind(1, "A"))
        gate.hold(100)
        #expect(!gate.bind(1, "B"))
        let alert = try #require(gate.takeAlert())
        #expect(alert.cause == .instrumentHalted && alert.instrument == stock)
        #expect(gate.judge(buy(1))?.control == .state)
        #expect(gate.judge(order(0, .buy, 1, id: 2, of: 2, at: "100.00")) == nil)
        #expect(!gate.bind(1, "B") && gate.takeAlert() == nil)
        #expect(!gate.bind(99, "B"))
    }

    @Test("locates hold from the name on, and for each day anew")
    func locates() throws {
        let gate = unnamed { policy in
            policy.shortSales = .us
            policy.locates = [100, 50].map { Locate(symbol("A"), Quantity($0), reference: "") }
        }
        #expect(gate.gate.located(stock) == .zero)
        #expect(gate.bind(1, "A") && gate.gate.located(stock) == Quantity(150))
        #expect(gate.judge(sell(60, at: "101.00")) == nil && gate.gate.located(stock) == Quantity(90))
        gate.gate.locate(stock, Quantity(40))
        gate.gate.newDay(at: noon)
        // What is in flight stays reserved; what a lender promised yesterday has expired.
        #expect(gate.gate.located(stock) == Quantity(90))
    }

    @Test("a stray fill of what the model does not know stops risk for as long as it is held, and no longer")
    func stray() throws {
        let gate = firm { $0.limits.append(RiskLimit(0, .all, .valueAtRisk, hard: Money(1_000_000).raw)) }
        gate.gate.load(try model(.parametric, ["A", "B"]), directory())
        let (known, unknown) = (Instrument(id: 1), Instrument(id: 3))
        func stray(_ side: Side, _ instrument: Instrument) {
            gate.gate.filled(
                instrument,
                side,
                Quantity(5),
                releasing: .zero,
                at: price("100.00"),
                fee: .zero,
                tag: OrderTag(strategy: .max)
            )
        }
        #expect(gate.judge(order(0, .buy, 1, id: 1, of: known.id)) == nil)
        stray(.buy, unknown)
        #expect(gate.judge(order(0, .buy, 1, id: 2, of: known.id))?.control == .p15)
        let other = firm { $0.limits.append(RiskLimit(0, .all, .valueAtRisk, hard: Money(1_000_000).raw)) }
        other.gate.load(try model(.parametric, ["A", "B"]), directory())
        try other.restore(gate.saved)
        #expect(other.judge(order(0, .buy, 1, id: 3, of: known.id))?.control == .p15)
        stray(.sell, unknown)
        #expect(gate.judge(order(0, .buy, 1, id: 4, of: known.id)) == nil)
    }

    @Test("the model knows an instrument that is named after it was loaded, and after a restart")
    func modelled() throws {
        let made = {
            self.unnamed { $0.limits.append(RiskLimit(0, .all, .valueAtRisk, hard: Money(1_000_000).raw)) }
        }
        let gate = made()
        gate.gate.load(try model(), InstrumentDirectory())
        #expect(gate.judge(buy(1))?.reason == .noModel)
        #expect(gate.bind(1, "B") && gate.judge(buy(1)) == nil)
        #expect(gate.gate.inFlight(scope: 0, .valueAtRisk) > 0)
        let other = made()
        other.gate.load(try model(), InstrumentDirectory())
        try other.restore(gate.saved)
        #expect(other.judge(buy(2, id: 2)) == nil)
        #expect(other.gate.inFlight(scope: 0, .valueAtRisk) > gate.gate.inFlight(scope: 0, .valueAtRisk))
    }
}
