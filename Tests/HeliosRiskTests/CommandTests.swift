// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosRisk
import Testing

private func shares(_ count: Int) -> Int128 { Int128(Quantity(count).raw) }

@Suite("Commands, states and limit changes")
struct CommandTests {
    private func people(_ policy: inout RiskPolicy) {
        policy.identities = [
            RiskIdentity("ana", .trader, publicKey: []), RiskIdentity("ben", .trader, publicKey: []),
            RiskIdentity("cleo", .riskOfficer, publicKey: []),
        ]
    }

    @Test("a command covers a scope with everything below it, an instrument there, or a venue there")
    func targets() throws {
        let account = firm()
        #expect(account.apply(RiskCommand(.lower, .halted, scope: 2)) == .obeyed)
        #expect(account.apply(RiskCommand(.lower, .halted, scope: 2)) == .unchanged)
        #expect(account.judge(order(1, .buy, 1, id: 1))?.scope == 2)
        #expect(account.judge(order(2, .buy, 1, id: 1)) == nil)
        let instrument = firm()
        let stop = RiskCommand(.lower, .killed, scope: 1, target: .instrument, instrument: stock)
        #expect(instrument.apply(stop) == .obeyed)
        #expect(instrument.judge(order(0, .buy, 1, id: 1))?.reason == .stateForbids)
        #expect(instrument.judge(order(0, .buy, 1, id: 1, of: 2)) == nil)
        let venue = firm()
        #expect(venue.apply(RiskCommand(.lower, .halted, scope: 0, target: .venue, venue: Venue(id: 1))) == .obeyed)
        #expect(venue.judge(order(0, .buy, 1, id: 1, venue: 1))?.control == .state)
        #expect(venue.judge(order(0, .buy, 1, id: 1, venue: 2)) == nil)
        #expect(venue.apply(RiskCommand(.lower, .halted, scope: 9)) == .unknownTarget)
        let tag = OrderTag(strategy: 0)
        #expect(account.covers(stop, tag, stock, Venue(id: 1)))
        #expect(!account.covers(stop, tag, Instrument(id: 2), Venue(id: 1)))
        #expect(!account.covers(RiskCommand(.lower, .killed, scope: 3), tag, stock, Venue(id: 1)))
    }

    @Test("what was halted after its clearance does not leave, and the live orders are listed oldest first")
    func leaving() throws {
        let gate = firm()
        for id: OrderID in 1...3 { #expect(gate.judge(order(UInt16(id - 1), .buy, 1, id: id)) == nil) }
        #expect(gate.mayLeave(1) && !gate.mayLeave(4))
        gate.gate.lower(to: .reduceOnly)
        #expect(gate.mayLeave(1))
        #expect(gate.apply(RiskCommand(.lower, .halted, scope: 2)) == .obeyed)
        #expect(!gate.mayLeave(1) && !gate.mayLeave(2) && gate.mayLeave(3))
        #expect(gate.gate.firstLiveOrder == 1 && gate.gate.liveOrder(after: 1) == 2)
        gate.end(order(1, .buy, 1, id: 2), 1)
        #expect(gate.gate.liveOrder(after: 1) == 3 && gate.gate.liveOrder(after: 3) == 0)
    }

    @Test("up takes two different people whom the policy knows, one of them a risk officer")
    func upwards() throws {
        let gate = firm(people)
        gate.gate.lower(to: .killed)
        let expected: [(UInt32, UInt32, RiskCommandOutcome)] = [
            (0, 3, .needsTwoPeople), (3, 3, .needsTwoPeople), (3, 4, .needsTwoPeople), (1, 2, .needsRiskOfficer),
            (1, 3, .obeyed),
        ]
        for (first, second, outcome) in expected {
            #expect(gate.apply(RiskCommand(.raise, .active, officer: first, second: second)) == outcome)
        }
        #expect(gate.state == .active)
    }

    @Test("a limit changes by four eyes, at most twofold, at its record, and back when its time is over")
    func limits() throws {
        var place: UInt32 = 0
        let gate = firm { policy in
            people(&policy)
            place = UInt32(policy.limits.count)
            policy.limits.append(RiskLimit(2, .eachInstrument, .position, hard: shares(100), soft: shares(80)))
        }
        func change(
            _ value: Int,
            soft: Bool = false,
            by: UInt32 = 1,
            and: UInt32 = 3,
            at: UInt64 = 0,
            minutes: UInt32 = 0
        )
            -> RiskLimitOutcome
        {
            let value = shares(value)
            let change = RiskLimitChange(
                limit: place,
                isSoft: soft,
                value: value,
                proposer: by,
                approver: and,
                effective: at,
                minutes: minutes
            )
            #expect(RiskLimitChange(change.record(at: noon)) == change)
            return gate.apply(change, sequence: 10)
        }
        #expect(change(200, by: 3, and: 3) == .needsTwoPeople && change(200, by: 1, and: 2) == .needsRiskOfficer)
        #expect(change(201) == .tooLoose && change(79) == .softBeyondHard && change(101, soft: true) == .softBeyondHard)
        #expect(gate.gate.limitValue(Int(place)) == shares(100) && gate.gate.version == 1_000)
        #expect(change(200, at: 20, minutes: 5) == .accepted)
        gate.gate.advance(to: 19, at: noon)
        #expect(gate.judge(order(0, .buy, 101, id: 1))?.control == .p11)
        gate.gate.advance(to: 20, at: noon)
        #expect(gate.gate.version == 1_001 && gate.judge(order(0, .buy, 200, id: 2)) == nil)
        gate.gate.advance(to: 21, at: noon + (300 * second - 1))
        #expect(gate.gate.limitValue(Int(place)) == shares(200))
        gate.gate.advance(to: 22, at: noon + 300 * second)
        #expect(gate.gate.limitValue(Int(place)) == shares(100) && gate.gate.pendingChanges == 0)
        #expect(gate.judge(order(0, .buy, 1, id: 3))?.limit == shares(100))
        // Above its limit now, and still what reduces passes.
        gate.fill(order(0, .buy, 200, id: 2), 200)
        #expect(gate.judge(order(0, .sell, 200, id: 4)) == nil)
        #expect(change(50, soft: true) == .accepted && gate.gate.softLimitValue(Int(place)) == shares(50))
    }
}

@Suite("Replacing")
struct ReplaceTests {
    /// A gate with a position limit of 100 in the account, and an open buy of `open`.
    private func gate(open: Int) -> BoxedGate {
        let gate = firm { $0.limits.append(RiskLimit(2, .eachInstrument, .position, hard: shares(100))) }
        #expect(gate.judge(order(0, .buy, open, id: 1)) == nil)
        return gate
    }

    @Test("until the venue answers the larger of the two counts", arguments: [(60, 80), (80, 60)])
    func larger(old: Int, new: Int) throws {
        let gate = gate(open: old)
        #expect(gate.replace(1, by: order(0, .buy, new, id: 2)) == nil)
        #expect(gate.exposure.openBuy == Quantity(80))
        #expect(gate.replace(1, by: order(0, .buy, new, id: 3))?.reason == .notReplaceable)
        gate.gate.replaced(2, leaves: Quantity(new))
        #expect(gate.exposure.openBuy == Quantity(new))
        let refused = self.gate(open: old)
        #expect(refused.replace(1, by: order(0, .buy, new, id: 2)) == nil)
        refused.gate.replaceRejected(2)
        #expect(refused.exposure.openBuy == Quantity(old))
        #expect(refused.replace(1, by: order(0, .buy, new, id: 3)) == nil)
    }

    @Test("only what a replace adds is held against sums, and the order itself against the limits of one order")
    func limits() throws {
        let gate = gate(open: 60)
        #expect(gate.replace(1, by: order(0, .buy, 101, id: 2))?.control == .p11)
        #expect(gate.replace(1, by: order(0, .buy, 100, id: 3)) == nil)
        let other = self.gate(open: 60)
        for wrong in [order(0, .sell, 60, id: 2), order(1, .buy, 60, id: 2), order(0, .buy, 60, id: 2, of: 2)] {
            #expect(other.replace(1, by: wrong)?.reason == .notReplaceable)
        }
        #expect(other.replace(1, by: order(0, .buy, 60, id: 1))?.control == .p10)
    }

    @Test("every interleaving of fills, the end of the old order and the answer leaves what can still trade")
    func interleavings() throws {
        // Steps: f fills 10 of the old, e ends the old, n fills 10 of the new, y accepts, x refuses.
        for story in ["fy", "yn", "ffyn", "ey", "ex", "fex", "x", "fx", "n", "nn", "fn", "fyne"] {
            let gate = gate(open: 40)
            #expect(gate.replace(1, by: order(0, .buy, 50, id: 2)) == nil)
            var (old, new, answered, position) = (40, 50, 0, 0)
            for step in story {
                switch step {
                case "f":
                    gate.fill(order(0, .buy, 40, id: 1), 10)
                    (old, position) = (old - 10, position + 10)
                case "e":
                    gate.end(order(0, .buy, 40, id: 1), answered == 0 ? old : 0)
                    if answered == 0 { old = 0 }
                case "n":
                    if answered == 0 { (answered, old) = (1, 0) }
                    gate.fill(order(0, .buy, 50, id: 2), 10)
                    (new, position) = (new - 10, position + 10)
                case "y":
                    gate.gate.replaced(2, leaves: Quantity(new))
                    (answered, old) = (1, 0)
                default:
                    gate.gate.replaceRejected(2)
                    (answered, new) = (2, 0)
                }
                let open = answered == 0 ? max(old, new) : answered == 1 ? new : old
                let exposure = gate.exposure
                #expect(exposure.openBuy == Quantity(open), "\(story) at \(step)")
                #expect(exposure.position == Quantity(position), "\(story) at \(step)")
                #expect(gate.gate.exposure(stock, scope: 4).openBuy == exposure.openBuy)
            }
            #expect(gate.gate.releaseUnderflows == 0, "\(story)")
        }
    }
}

@Suite("A restart in the middle")
struct RestartTests {
    @Test(
        "10,000 orders of three strategies: a gate that is saved and restored every 500 says the same as one that runs on"
    )
    func restart() throws {
        func made() -> BoxedGate {
            firm { policy in
                for scope in [2, 3, 4] {
                    policy.limits.append(RiskLimit(scope, .eachInstrument, .position, hard: shares(150)))
                    policy.limits.append(RiskLimit(scope, .all, .messageRate, hard: 60))
                    policy.limits.append(RiskLimit(scope, .all, .messageBurst, hard: 4))
                    policy.limits.append(RiskLimit(scope, .all, .openOrders, hard: 40))
                    policy.limits.append(RiskLimit(scope, .all, .grossNotional, hard: Money(25_000).raw))
                }
                policy.setEvery(.duplicates, 4)
                policy.setEvery(.executions, 3)
                policy.setEvery(.walk, 150)
            }
        }
        var (whole, parted) = (made(), made())
        var random = Numbers(state: 11)
        var refusals: Set<RiskControl> = []
        var live: [NewOrder] = []
        for step in 0..<10_000 {
            if step % 1_000 == 0 {
                (whole, parted, live) = (made(), made(), [])
            } else if step % 500 == 0 {
                let next = made()
                try next.restore(parted.saved)
                #expect(next.saved == parted.saved)
                parted = next
            }
            let time = Nanoseconds(step % 1_000) * 700_000
            let side: Side = random.below(2) == 0 ? .buy : .sell
            let text = (side == .buy ? ["99.00", "99.50", "101.60"] : ["101.00", "99.50", "98.40"])[random.below(3)]
            let next = order(
                UInt16(random.below(3)),
                side,
                10 + random.below(3) * 50,
                id: OrderID(step % 1_000 + 1),
                of: UInt32(random.below(4)),
                at: text
            )
            let first = whole.refusal(next, later(time))
            try #require(first == parted.refusal(next, later(time)), "step \(step)")
            if let first { refusals.insert(first.control) } else { live.append(next) }
            if live.count > 20 {
                let done = live.remove(at: random.below(live.count))
                let count = Int(done.quantity.raw / Quantity.scale)
                if random.below(2) == 0 {
                    for gate in [whole, parted] { gate.fill(done, count, time: noon + time) }
                } else {
                    for gate in [whole, parted] { gate.end(done, count) }
                }
            }
        }
        #expect(whole.saved == parted.saved)
        #expect(refusals.isSuperset(of: [.p04, .p07, .p08, .p10, .p11, .p12, .p16]), "\(refusals)")
    }
}

private func later(_ nanoseconds: Nanoseconds) -> MarketSnapshot {
    market { ($0.now, $0.quoteTime) = (noon + nanoseconds, noon + nanoseconds) }
}

/// Numbers from a seed.
private struct Numbers {
    var state: UInt64

    mutating func below(_ count: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(state >> 33) % count
    }
}
