// SPDX-License-Identifier: MIT
import CProbe
import HeliosMarket
import HeliosMath
import HeliosVenue
import Testing

/// Only counts, so that nothing of it allocates.
private struct EventCount: MatchingOutput {
    var kinds: UInt64 = 0
    var count = 0

    mutating func receive(_ event: MatchingEvent) {
        kinds |= 1 << UInt64(event.kind.rawValue)
        count += 1
    }
}

/// Commands of every kind, most of them ordinary.
private struct MixedStream {
    var random = SeededRandom(seed: 3)

    mutating func below(_ bound: UInt64) -> UInt64 { random.next() % bound }

    mutating func next() -> MatchingCommand {
        let stock = Instrument(id: UInt32(below(2)))
        let price = Price(raw: Int64(990 + below(20)) * 1_000_000)
        let (owner, id) = (UInt32(below(8)), 1 + below(40))
        switch below(400) {
        case ..<120: return .cancel(stock, owner: owner, id: id)
        case ..<160: return .replace(stock, owner: owner, id: id, newID: id, Quantity(Int(1 + below(300))), at: price)
        case 160: return .uncross(stock, .closing)
        case 161: return .imbalance(stock, .closing)
        case 162: return .massCancel(.none, owner: owner)
        case 163: return .phase(stock, .paused)
        case 164...168: return .phase(stock, .open)
        case 169: return .bands(stock, lower: Price(raw: 985_000_000), upper: price)
        case 170...172: return .bands(stock, lower: .zero, upper: .zero)
        case 173: return .bust(match: below(5_000))
        case 174...190: return .quote(stock, bid: price, ask: Price(raw: price.raw + 2_000_000))
        default: break
        }
        var command = MatchingCommand.enter(
            stock,
            owner: owner,
            id: id,
            below(2) == 0 ? .buy : .sell,
            Quantity(Int(1 + below(300))),
            at: price
        )
        switch below(12) {
        case 0: command.duration = .fillOrKill
        case 1: command.instructions = .hidden
        case 2: command.display = Quantity(1)
        case 3: command.type = .midpointPeg
        case 4: command.type = .primaryPeg
        case 5: command.cross = .closing
        default: command.selfTrade = .decrement
        }
        return command
    }
}

@Suite(.serialized)
struct MatchingAllocationTests {
    private static var isOptimised: Bool {
        #if DEBUG
        false
        #else
        true
        #endif
    }

    @Test(.enabled(if: MatchingAllocationTests.isOptimised && probe_is_available() == 1))
    func `The matching engine allocates nothing and counts no references, whatever the command`() throws {
        var engine = try MatchingEngine(capacity: MatchingCapacity(instruments: 2, orders: 1_024, owners: 8))
        for index in 0..<2 {
            let rules = MatchingRules(isDark: index == 1)
            _ = engine.define(Instrument(id: UInt32(index)), rules)
        }
        var stream = MixedStream()
        var output = EventCount()
        for _ in 0..<1_000 { engine.apply(stream.next(), to: &output) }
        probe_begin()
        for _ in 0..<100_000 { engine.apply(stream.next(), to: &output) }
        let counts = probe_end()
        #expect(counts.allocations == 0 && counts.frees == 0 && counts.retains == 0 && counts.releases == 0)
        // Every kind of event but `disconnect`'s own, so that no path was missed.
        #expect(output.count > 100_000 && output.kinds == 1 << 20 - 1)
    }
}
