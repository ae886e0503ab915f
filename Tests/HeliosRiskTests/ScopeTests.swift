// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosRisk
import Testing

private func shares(_ count: Int) -> Int128 { Int128(Quantity(count).raw) }

@Suite("Limits at each scope")
struct ScopeTests {
    /// A limit, what passes it, the order that reaches it, and what one share or cent more is refused by.
    struct Case: CustomStringConvertible, Sendable {
        let kind: LimitKind
        let target: LimitTarget
        let hard: Int128
        let control: RiskControl
        var description: String { "\(kind) \(target)" }
    }

    static let cases: [Case] = [
        Case(kind: .orderQuantity, target: .eachInstrument, hard: shares(100), control: .p01),
        Case(kind: .orderQuantity, target: .all, hard: shares(100), control: .p01),
        Case(kind: .orderQuantity, target: .instrument(symbol("B")), hard: shares(100), control: .p01),
        Case(kind: .orderQuantity, target: .venue(1), hard: shares(100), control: .p01),
        Case(kind: .orderQuantity, target: .assetClass(0), hard: shares(100), control: .p01),
        Case(kind: .orderNotional, target: .all, hard: Money(9_900).raw, control: .p02),
        Case(kind: .orderNotional, target: .venue(1), hard: Money(9_900).raw, control: .p02),
        Case(kind: .orderNotional, target: .assetClass(0), hard: Money(9_900).raw, control: .p02),
        Case(kind: .position, target: .eachInstrument, hard: shares(100), control: .p11),
        Case(kind: .position, target: .instrument(symbol("B")), hard: shares(100), control: .p11),
        Case(kind: .position, target: .all, hard: shares(100), control: .p11),
        Case(kind: .position, target: .assetClass(0), hard: shares(100), control: .p11),
        Case(kind: .position, target: .venue(1), hard: shares(100), control: .p11),
        Case(kind: .dayQuantity, target: .eachInstrument, hard: shares(100), control: .p11),
        Case(kind: .dayQuantity, target: .all, hard: shares(100), control: .p11),
        Case(kind: .grossNotional, target: .all, hard: Money(9_900).raw, control: .p12),
        Case(kind: .grossNotional, target: .eachInstrument, hard: Money(9_900).raw, control: .p12),
        Case(kind: .grossNotional, target: .assetClass(0), hard: Money(9_900).raw, control: .p12),
        Case(kind: .grossNotional, target: .venue(1), hard: Money(9_900).raw, control: .p12),
        Case(kind: .netNotional, target: .all, hard: Money(9_900).raw, control: .p12),
        Case(kind: .credit, target: .all, hard: Money(9_900).raw, control: .p13),
        Case(kind: .credit, target: .venue(1), hard: Money(9_900).raw, control: .p13),
    ]

    @Test("a limit of 100 shares, or of their value, passes 99 and 100 and refuses 101", arguments: cases)
    func boundaries(_ test: Case) throws {
        for scope in [0, 1, 2, 4] {
            for count in [99, 100, 101] {
                let gate = firm { policy in
                    // The fixture's own limit at the firm makes room.
                    policy.limits.removeAll { $0.kind == test.kind && $0.scope == scope && $0.target == test.target }
                    policy.limits.append(RiskLimit(scope, test.target, test.kind, hard: test.hard))
                    if !policy.limits.contains(where: { $0.kind == test.kind && $0.target == .all }),
                        test.target != .all
                    {
                        policy.limits.append(RiskLimit(0, .all, test.kind, hard: Money(1_000_000_000).raw))
                    }
                }
                let refusal = gate.judge(order(0, .buy, count, id: 1, venue: 1))
                #expect((refusal == nil) == (count <= 100), "scope \(scope), \(count)")
                guard let refusal else { continue }
                #expect(refusal.control == test.control && refusal.limit == test.hard && refusal.value > test.hard)
                #expect(Int(refusal.scope) == scope && refusal.version == 1_000)
                #expect(gate.gate.limitValue(Int(refusal.limitIndex)) == test.hard)
                // An order elsewhere does not meet it.
                if scope == 2 || scope == 4 { #expect(gate.judge(order(2, .buy, count, id: 2, venue: 1)) == nil) }
                if test.target == .venue(1) { #expect(gate.judge(order(0, .buy, count, id: 3, venue: 2)) == nil) }
                if test.target == .assetClass(0) || test.target == .instrument(symbol("B")) {
                    #expect(gate.judge(order(0, .buy, count, id: 4, of: 2)) == nil)
                }
            }
        }
    }

    @Test("strategies of an account add up to its limit, in flight and filled, and other accounts do not count")
    func sums() throws {
        let gate = firm { $0.limits.append(RiskLimit(2, .eachInstrument, .position, hard: shares(100))) }
        let first = order(0, .buy, 60, id: 1)
        #expect(gate.judge(first) == nil)
        #expect(gate.judge(order(1, .buy, 41, id: 2))?.scope == 2)
        #expect(gate.judge(order(2, .buy, 100, id: 3)) == nil)
        gate.fill(first, 60)
        #expect(gate.judge(order(1, .buy, 41, id: 4))?.control == .p11)
        #expect(gate.judge(order(1, .buy, 40, id: 5)) == nil)
        #expect(gate.gate.position(stock, scope: 2) == Quantity(60) && gate.gate.position(stock, scope: 3) == .zero)
        #expect(gate.gate.exposure(stock).openBuy == Quantity(140))
        #expect(gate.gate.exposure(stock, scope: 5).openBuy == Quantity(40))
    }

    @Test("what reduces at one scope and not at another is held against the limits of the other")
    func reductionByScope() throws {
        let gate = firm { $0.limits.append(RiskLimit(2, .eachInstrument, .position, hard: shares(50))) }
        let long = order(0, .buy, 50, id: 1)
        let short = order(1, .sell, 50, id: 2)
        #expect(gate.judge(long) == nil && gate.judge(short) == nil)
        gate.fill(long, 50)
        gate.fill(short, 50)
        // Strategy 0 is long, the account flat: closing is a reduction of the strategy alone.
        #expect(gate.judge(order(0, .sell, 51, id: 3))?.scope == 2)
        #expect(gate.judge(order(0, .sell, 50, id: 4)) == nil)
    }

    @Test("the other leg of a pair does not raise the net, and passes above its limit")
    func net() throws {
        let gate = firm { policy in
            policy.limits.append(RiskLimit(2, .all, .netNotional, hard: Money(10_000).raw))
        }
        let long = order(0, .buy, 100, id: 1)
        #expect(gate.judge(long) == nil)
        gate.fill(long, 100, at: "99.00")
        gate.gate.mark(stock, bid: price("120.00"), ask: price("120.02"), at: noon)
        #expect(gate.judge(order(0, .buy, 1, id: 2, of: 2))?.control == .p12)
        #expect(gate.judge(order(0, .sell, 50, id: 3, of: 2)) == nil)
    }

    @Test("a kind that no scope of the chain sets refuses, and one set for another account does not help")
    func missing() throws {
        for kind in LimitKind.allCases where ![.drawdown, .valueAtRisk, .expectedShortfall].contains(kind) {
            let gate = firm { policy in
                policy.limits.removeAll { $0.kind == kind }
                policy.limits.append(RiskLimit(3, .all, kind, hard: 1_000_000_000))
            }
            let isOfChildren = kind == .participation || kind == .predictedCost
            let refusal = gate.judge(order(0, .buy, 1, id: 1))
            #expect(refusal?.reason == (isOfChildren ? nil : .missingLimit), "\(kind)")
            if !isOfChildren { #expect(refusal?.control == kind.control, "\(kind)") }
        }
    }

    @Test("the day's loss of a scope stops that scope, at 0.7, 1 and 1.2 of its limit")
    func loss() throws {
        let gate = firm { $0.limits.append(RiskLimit(2, .all, .dayLoss, hard: Money(1_000).raw)) }
        let long = order(0, .buy, 100, id: 1)
        #expect(gate.judge(long) == nil)
        gate.fill(long, 100, at: "99.00")
        func mark(_ bid: String) { gate.mark(bid, bid) }
        mark("92.01")
        #expect(gate.gate.status(of: 2).lossAlert == false)
        mark("92.00")
        let alert = try #require(gate.takeAlert())
        #expect(alert.control == .p14 && alert.scope == 2 && alert.value == Money(700).raw)
        mark("89.00")
        #expect(gate.gate.status(of: 2).state == .reduceOnly && gate.state == .active)
        let now = market { ($0.bid, $0.ask) = (price("88.99"), price("89.01")) }
        #expect(gate.judge(order(1, .buy, 1, id: 2, at: "89.00"), now)?.scope == 2)
        #expect(gate.judge(order(2, .buy, 1, id: 3, at: "88.00"), now) == nil)
        #expect(gate.judge(order(0, .sell, 10, id: 4, at: "90.00"), now) == nil)
        mark("87.00")
        #expect(gate.gate.status(of: 2).state == .killed)
        #expect(gate.judge(order(0, .sell, 10, id: 5, at: "90.00"), now)?.control == .p14)
        #expect(gate.clearCancel(4))
        // A new day begins a new count, and not a new state.
        gate.gate.newDay(at: noon)
        #expect(gate.gate.status(of: 2).state == .killed)
        #expect(gate.apply(RiskCommand(.raise, .active, scope: 2, officer: 1, second: 2)) == .obeyed)
        mark("86.99")
        #expect(gate.gate.status(of: 2).state == .active)
    }

    @Test("a soft limit lets pass and tells, within the hard one, and use says how far it is")
    func soft() throws {
        let limit = RiskLimit(2, .eachInstrument, .position, hard: shares(100), soft: shares(50))
        var place = 0
        let gate = firm {
            place = $0.limits.count
            $0.limits.append(limit)
        }
        #expect(gate.judge(order(0, .buy, 50, id: 1)) == nil)
        #expect(gate.takeAlert() == nil)
        #expect(gate.judge(order(1, .buy, 1, id: 2)) == nil)
        let alert = try #require(gate.takeAlert())
        #expect(alert.value == shares(51) && alert.soft == shares(50) && alert.orderID == 2)
        #expect(Int(alert.limitIndex) == place && alert.scope == 2 && alert.instrument == stock)
        #expect(gate.judge(order(1, .buy, 50, id: 3))?.control == .p11)
        #expect(gate.takeAlert() == nil)
        let use = gate.gate.use(of: place)
        #expect(use.value == shares(51) && use.limit == shares(100) && use.peak == shares(51))
        #expect(use.basisPoints == 5_100 && use.instrument == stock)
    }

    @Test("a plain policy counts over time as its limits say, and as the sheet says where they don't")
    func counts() {
        var limits = RiskLimits.standard(dayLoss: Money(1_000), notional: Money(1_000))
        let standard = RiskPolicy(simple: limits)
        limits.messageRate = 7
        limits.walk = 55
        limits.walkWindow = 3_000_000_000
        limits.orderTradeRatio = 0
        let policy = RiskPolicy(simple: limits)
        #expect(policy.limits.first { $0.kind == .messageRate }?.hard == 7)
        let walk = policy.limits.first { $0.kind == .walk }
        #expect(walk?.hard == 55 && walk?.window == 3_000_000_000)
        #expect(policy.limits.first { $0.kind == .orderTradeRatio }?.hard == 500)
        #expect(policy.limits.map(\.kind) == standard.limits.map(\.kind))
    }
}
