// SPDX-License-Identifier: MIT
import HeliosLive
import HeliosMarket
import Testing

@Suite("ITCH line")
struct ItchLineTests {
    @Test("a feed that is there at the first look, and whole, is told as whole")
    func wholeFromTheFirstPacket() throws {
        var line = try ItchLine(
            FeedSettings(lines: [UDPSource(Endpoint(port: 0))]),
            midnight: .zero,
            venue: Venue(id: 1),
            directory: InstrumentDirectory()
        )
        let place = try #require(line.receiver.receivers.first?.endpoint)
        let publisher = try UDPPublisher([UDPDestination(place)])
        var market = LatencyMarket(number: 1, at: 0)
        publisher.add { market.open(at: 0, into: $0) }
        publisher.flush()
        // Waits without looking, so that the first look finds the packet.
        var time: Nanoseconds = 1_000_000
        line.wait(at: time, timeout: 5_000_000_000)
        var words: [(kind: OrderID, detail: UInt64)] = []
        var messages = 0
        for _ in 0..<50 {
            messages += line.poll(at: time) { event in
                if event.kind == .side { words.append((event.orderID, event.detail)) }
            }
            time += 1_000_000
        }
        #expect(messages == 7)
        // 3 is what the feed is worth, 0 is whole; the session that listens begins with "not whole".
        #expect(words.contains { $0.kind == 3 && $0.detail == 0 })
    }
}
