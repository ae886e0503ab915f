// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosRisk
import Testing

private struct Random: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}

extension BoxedGate {
    var saved: [UInt8] {
        var writer = StateWriter()
        gate.save(to: &writer)
        return writer.bytes
    }

    func restore(_ bytes: [UInt8]) throws {
        try bytes.withUnsafeBytes { memory throws in
            var reader = StateReader(memory)
            try gate.restore(from: &reader)
        }
    }

    /// Orders, fills, quotes and releases at random; what the gate said.
    fileprivate func play(_ count: Int, _ random: inout Random) -> [Outcome] {
        var heard: [Outcome] = []
        for _ in 0..<count {
            let side: Side = Bool.random(using: &random) ? .buy : .sell
            let shares = Int.random(in: 1...300, using: &random)
            switch Int.random(in: 0..<5, using: &random) {
            case 0, 1:
                let limit = Price(raw: 9_990_000_000 + .random(in: 0...20, using: &random) * 1_000_000)
                let id = OrderID.random(in: 1...900, using: &random)
                heard.append(outcome(order(side, Quantity(shares), limit, id: id), market()))
            case 2: fill(side, shares, releasing: shares / 2, at: "100.00", fee: Money(1))
            case 3: gate.released(stock, side, Quantity(shares))
            default:
                let cents = Int.random(in: 0...40, using: &random)
                mark("99.\(10 + cents)", "100.\(10 + cents)")
            }
        }
        return heard
    }
}

@Suite("Saved gate")
struct GateStateTests {
    @Test(arguments: [UInt64(1), 2, 3, 4, 5])
    func `a restored gate is the same, and judges every later order in the same way`(seed: UInt64) throws {
        var random = Random(state: seed &* 0x9E37_79B9)
        let first = gate()
        let before = first.play(400, &random)
        #expect(before.contains { $0.isCleared } && before.contains { !$0.isCleared })
        let second = gate()
        try second.restore(first.saved)
        #expect(second.saved == first.saved)
        #expect(second.exposure == first.exposure)
        #expect(second.gate.profitAndLoss == first.gate.profitAndLoss)
        var copy = random
        #expect(second.play(400, &copy) == first.play(400, &random))
        #expect(second.saved == first.saved)
    }

    @Test func `a state that went down stays down, with its cause`() throws {
        let first = gate()
        first.hold(1_000)
        first.mark("80.00", "80.02")
        #expect(first.state == .killed)
        let second = gate()
        try second.restore(first.saved)
        #expect(second.gate.status == first.gate.status)
        #expect(second.outcome(sell(100), market()) == first.outcome(sell(100), market()))
    }

    @Test func `other limits than those that were in force are refused by name`() throws {
        let saved = gate().saved
        let loss = #expect(throws: StateError.self) { try gate { $0.dayLoss = Money(5) }.restore(saved) }
        #expect(loss?.reason.contains("dayLoss") == true)
        let collar = #expect(throws: StateError.self) { try gate { $0.collarFrom50 = 1 }.restore(saved) }
        #expect(collar?.code == .mismatch)
        let own = gate { $0.instrument.maxPosition = Quantity(1) }
        let instrument = #expect(throws: StateError.self) { try own.restore(saved) }
        #expect(instrument?.reason.contains("position") == true)
        let lot = #expect(throws: StateError.self) { try gate { $0.instrument.lot = Quantity(10) }.restore(saved) }
        #expect(lot?.reason.contains("policy") == true)
        try gate().restore(saved)
    }

    @Test func `a state that is cut off or wrong in any byte never breaks the gate`() throws {
        var random = Random(state: 4)
        let first = gate()
        _ = first.play(300, &random)
        let saved = first.saved
        for length in stride(from: 0, to: saved.count, by: 7) {
            #expect(throws: StateError.self, "\(length) bytes") { try gate().restore(Array(saved[..<length])) }
        }
        for _ in 0..<3_000 {
            var wrong = saved
            wrong[Int.random(in: 0..<wrong.count, using: &random)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            let other = gate()
            do { try other.restore(wrong) } catch { continue }
            _ = other.play(100, &random)
        }
    }
}
