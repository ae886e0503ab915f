// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosRisk
import Testing

private func shares(_ count: Int) -> Int128 { Int128(Quantity(count).raw) }

/// A firm whose limit `place`, of the account, is a position of 100.
private final class Changes {
    let place: UInt32
    let gate: BoxedGate

    init(_ kind: LimitKind = .position, hard: Int128 = shares(100), soft: Int128? = nil, window: Nanoseconds = 0) {
        var place = 0
        gate = firm { policy in
            place = policy.limits.count
            policy.limits.append(RiskLimit(2, .eachInstrument, kind, hard: hard, soft: soft, window: window))
        }
        self.place = UInt32(place)
    }

    func change(
        _ value: Int128,
        soft: Bool = false,
        minutes: UInt32 = 0,
        effective: UInt64 = 0,
        at minute: Int = 0
    ) -> RiskLimitOutcome {
        let change = RiskLimitChange(
            limit: place,
            isSoft: soft,
            value: value,
            proposer: 1,
            approver: 2,
            effective: effective,
            minutes: minutes
        )
        return gate.apply(change, sequence: 10, at: time(minute))
    }

    private func time(_ minute: Int) -> Timestamp { noon + Nanoseconds(minute) * 60 * second }

    /// The limit at a minute, in whole shares.
    func value(at minute: Int, sequence: UInt64 = 11) -> Int {
        gate.gate.advance(to: sequence, at: time(minute))
        return Int((gate.gate.limitValue(Int(place)) ?? -1) / Int128(Quantity.scale))
    }
}

@Suite("Changes of limits that overlap")
struct LimitChangeTests {
    @Test("changes for a time that overlap end at the value for good, in whichever order they end")
    func overlapping() throws {
        let first = Changes()
        #expect(first.change(shares(200), minutes: 60) == .accepted)
        #expect(first.change(shares(400), minutes: 120) == .accepted)
        #expect(first.value(at: 59) == 400 && first.value(at: 60) == 400 && first.value(at: 119) == 400)
        #expect(first.value(at: 120) == 100 && first.gate.gate.pendingChanges == 0)
        let second = Changes()
        #expect(second.change(shares(200), minutes: 120) == .accepted)
        #expect(second.change(shares(150), minutes: 60) == .accepted)
        #expect(second.value(at: 59) == 150 && second.value(at: 60) == 200 && second.value(at: 120) == 100)
    }

    @Test("the end of a change never loosens what was tightened for good after it")
    func tightening() throws {
        let changes = Changes()
        #expect(changes.change(shares(200), minutes: 10) == .accepted)
        #expect(changes.change(shares(50)) == .accepted)
        #expect(changes.value(at: 1) == 50 && changes.value(at: 10) == 50 && changes.value(at: 1_000) == 50)
        // For good it is at most twice what it was for good, whatever holds for a time.
        #expect(changes.change(shares(100), minutes: 10, at: 1_000) == .accepted)
        #expect(changes.change(shares(101), at: 1_001) == .tooLoose)
        #expect(changes.change(shares(100), at: 1_001) == .accepted)
        #expect(changes.value(at: 1_010) == 100)
    }

    @Test("a change is held against the limit again when its record comes, and dropped with an alert if too loose")
    func effect() throws {
        let changes = Changes()
        #expect(changes.change(shares(200), effective: 20) == .accepted)
        #expect(changes.change(shares(60)) == .accepted)
        #expect(changes.value(at: 1, sequence: 19) == 60 && changes.value(at: 1, sequence: 20) == 60)
        let alert = try #require(changes.gate.takeAlert())
        #expect(alert.cause == .changeDropped && alert.limitIndex == changes.place && alert.control == .p11)
        #expect(alert.value == shares(200) && alert.soft == shares(120))
        // Twice what it is by then passes.
        #expect(changes.change(shares(120), effective: 30) == .accepted && changes.value(at: 2, sequence: 30) == 120)
        #expect(changes.gate.takeAlert() == nil)
    }

    @Test("of several changes whose records have come at once the last record counts")
    func together() throws {
        let changes = Changes()
        #expect(changes.change(shares(150), effective: 30) == .accepted)
        #expect(changes.change(shares(80), effective: 20) == .accepted)
        #expect(changes.value(at: 1, sequence: 40) == 150)
    }

    @Test("a soft limit comes back as well, and is never beyond the hard one")
    func soft() throws {
        let changes = Changes(soft: shares(80))
        let place = Int(changes.place)
        #expect(changes.change(shares(90), soft: true, minutes: 30) == .accepted)
        #expect(changes.change(shares(120), minutes: 10) == .accepted)
        #expect(changes.gate.gate.softLimitValue(place) == shares(90))
        #expect(changes.value(at: 30) == 100 && changes.gate.gate.softLimitValue(place) == shares(80))
        #expect(changes.change(shares(70), effective: 20) == .softBeyondHard)
        #expect(changes.change(shares(50), soft: true, at: 31) == .accepted)
        #expect(changes.change(shares(60), minutes: 10, at: 31) == .accepted)
        #expect(changes.gate.gate.softLimitValue(place) == shares(50) && changes.value(at: 41) == 100)
    }

    @Test("what is for good and what holds for a time survives a restart")
    func restart() throws {
        let changes = Changes()
        #expect(changes.change(shares(150)) == .accepted)
        #expect(changes.change(shares(300), minutes: 60) == .accepted)
        #expect(changes.change(shares(200), minutes: 30) == .accepted)
        let other = Changes()
        try other.gate.restore(changes.gate.saved)
        #expect(other.gate.saved == changes.gate.saved)
        #expect(other.value(at: 29) == 200 && other.value(at: 30) == 300 && other.value(at: 60) == 150)
    }

    @Test("a raise of what is counted over time counts, up to twice its value, and no further than there is room")
    func counts() throws {
        let window = 60 * second
        let changes = Changes(.duplicates, hard: 3, window: window)
        changes.gate.gate.lower(to: .active)
        #expect(changes.change(6) == .accepted)
        for id: OrderID in 1...5 { #expect(changes.gate.judge(order(0, .buy, 7, id: id)) == nil) }
        #expect(changes.gate.judge(order(0, .buy, 7, id: 6))?.control == .p10)
        let firm = BoxedGate(tight())
        func raise(_ value: Int128) -> RiskLimitOutcome {
            firm.apply(RiskLimitChange(limit: UInt32(tight().limits.count - 1), value: value, proposer: 1, approver: 2))
        }
        #expect(raise(8) == .accepted)
        #expect(raise(9) == .outOfRange && raise(8) == .accepted)
    }

    /// A plain policy in which no more than four fills are counted.
    private func tight() -> RiskPolicy {
        var policy = RiskPolicy(simple: limits())
        policy.limits.removeAll { $0.kind == .executions }
        policy.limits.append(RiskLimit(0, .all, .executions, hard: 4, window: second))
        return policy
    }
}
