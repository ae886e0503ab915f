// SPDX-License-Identifier: MIT
import CProbe
import HeliosMarket
import HeliosWire
import Testing

#if DEBUG
private let isOptimised = false
#else
private let isOptimised = true
#endif

@Suite("SBE and MDP 3.0 allocate nothing", .serialized)
struct SbeAllocationTests {
    /// Writes a packet of two messages.
    @inline(never)
    private func write(_ sequence: UInt32, _ output: inout WireOutput) throws(SbeError) {
        try output.write(upTo: 1_400) { (writer) throws(SbeError) in
            try writer.mdp3Packet(sequence: sequence, sendingTime: 1)
            try writer.beginFrame(.size16)
            try Mdp3.IncrementalBook.write(transactTime: 1, matchEventIndicator: .endOfEvent, to: &writer)
            try writer.group(Mdp3.IncrementalBook.Entry.self, count: 3)
            for side in 0..<3 {
                try Mdp3.IncrementalBook.Entry.write(
                    price: SbeDecimal(mantissa: 10, exponent: -9),
                    size: 1,
                    securityID: 7,
                    rptSeq: (sequence &- 1) &* 3 &+ UInt32(side) &+ 1,
                    orderCount: 1,
                    level: 1,
                    action: sequence % 2 == 1 ? .new : .delete,
                    entryType: side == 0 ? .bid : .offer,
                    tradeableSize: nil,
                    to: &writer
                )
            }
            try writer.group(Mdp3.IncrementalBook.Order.self, count: 1)
            try Mdp3.IncrementalBook.Order.write(
                orderID: 5,
                priority: 1,
                displaySize: 3,
                referenceID: 1,
                action: sequence % 2 == 1 ? .new : .delete,
                to: &writer
            )
            try writer.endFrame()
            try writer.beginFrame(.size16)
            try Mdp3.Logout.write(text: "a text that is longer than a small string", to: &writer)
            try writer.endFrame()
        }
    }

    private struct Taker: Mdp3EventTaker {
        var events = 0
        mutating func take(_ event: Event) { events += 1 }
    }

    @Test(
        "encoding, decoding, the feed, its books and its orders",
        .enabled(if: isOptimised && probe_is_available() == 1, "only optimised builds are free of reference counting")
    )
    func feed() throws {
        var output = WireOutput(capacity: 4_096)
        var feed = Mdp3Feed(Mdp3FeedConfiguration())
        var books = Mdp3Books(instruments: 4_096)
        var orders = Mdp3Orders(into: Taker(), venue: Venue(id: 1), instruments: 4_096)
        var other = Mdp3Feed(Mdp3FeedConfiguration())
        var errors = 0
        // Once to warm up, once with every tenth packet late.
        probe_begin()
        for sequence in 1...20_000 as ClosedRange<UInt32> {
            output.removeAll()
            do throws(SbeError) {
                try write(sequence, &output)
                if sequence % 10 != 0 { feed.incremental(output.bytes, into: &books) }
                other.incremental(output.bytes, into: &orders)
                guard sequence % 10 == 1, sequence > 1 else { continue }
                output.removeAll()
                try write(sequence - 1, &output)
                feed.incremental(output.bytes, into: &books)
            } catch {
                errors += 1
            }
        }
        let counts = probe_end()
        let (packets, filled, events, faults) = (
            feed.counters.packets, feed.counters.filled, orders.taker.events, books.faults
        )
        #expect(errors == 0 && packets > 19_000 && filled > 1_900 && events == 20_000 && faults == 0)
        #expect(counts.allocations == 0 && counts.frees == 0, "\(counts)")
        #expect(counts.retains == 0 && counts.releases == 0, "\(counts)")
    }
}
