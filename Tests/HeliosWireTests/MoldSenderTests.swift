// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosWire
import Testing

private func time(_ seconds: Double) -> Timestamp { Timestamp(nanoseconds: Int64(seconds * 1e9)) }

@Suite("The store of a session's messages")
struct MessageStoreTests {
    @Test func `messages come back by their numbers, and what does not fit is not kept`() {
        var random = TestRandom(2)
        var store = MessageStore(messages: 40, bytes: 1_000)
        var kept: [[UInt8]] = []
        for _ in 0..<200 {
            let message = random.bytes(random.below(60))
            let fits = kept.count < 40 && kept.reduce(0, { $0 + $1.count }) + message.count <= 1_000
            must(withWire(message) { store.append($0) } == fits)
            if fits { kept.append(message) }
        }
        must(store.count == kept.count && store.nextSequence == UInt64(kept.count) + 1)
        must(store[0] == nil && store[store.nextSequence] == nil && store[.max] == nil)
        store.reserve(messages: 400, bytes: 100_000)
        for (index, message) in kept.enumerated() { must(store[UInt64(index) + 1].map(copied) == message) }
        for _ in 0..<300 { must(withWire(random.bytes(20)) { store.append($0) }) }
        must(withWire([UInt8](repeating: 0, count: 65_535)) { store.append($0) } == false)
    }
}

@Suite("MoldUDP64, the sender's side")
struct MoldSenderTests {
    private func session() throws -> MoldSession { try #require(MoldSession("SESSION001")) }

    @Test func `the stated packets`() throws {
        let head = "53455353494f4e303031"
        var store = MessageStore(messages: 10, bytes: 100)
        for text in ["x", "x", "x", "x", "abc", ""] { must(withWire(Array(text.utf8)) { store.append($0) }) }
        var output = WireOutput(capacity: 200)
        var sender = MoldSender(session: try session(), next: 5)
        must(sender.packet(from: store, at: time(0), into: &output) == .data)
        must(copied(output.bytes) == hexBytes(head + "0000000000000005 0002 0003616263 0000"))
        output.removeAll()
        must(sender.packet(from: store, at: time(0.99), into: &output) == nil && output.count == 0)
        must(sender.packet(from: store, at: time(1), into: &output) == .heartbeat)
        must(copied(output.bytes) == hexBytes(head + "0000000000000007 0000"))
        output.removeAll()
        sender.end(at: time(1.1), for: 2_000_000_000)
        must(sender.packet(from: store, at: time(1.1), into: &output) == .endOfSession)
        must(copied(output.bytes) == hexBytes(head + "0000000000000007 ffff"))
        output.removeAll()
        must(sender.packet(from: store, at: time(2), into: &output) == nil)
        must(sender.packet(from: store, at: time(2.1), into: &output) == .endOfSession)
        must(sender.packet(from: store, at: time(3.1), into: &output) == nil && sender.isOver(at: time(3.1)))
        output.removeAll()
        must(output.append(MoldHeader(session: try session(), sequence: 3, count: 4)))
        must(copied(output.bytes) == hexBytes(head + "0000000000000003 0004"))
    }

    @Test func `the client puts together what a lossy line and the re-request server give`() throws {
        for seed in 1...60 as ClosedRange<UInt64> {
            var random = TestRandom(seed)
            let messages = (0..<300).map { _ in random.bytes(random.below(120)) }
            var store = MessageStore(messages: 300, bytes: 40_000)
            var sender = MoldSender(session: try session(), packetLimit: 200)
            var server = MoldRetransmitter(session: try session(), packetLimit: 150, rate: 50, burst: 3)
            var feed = MoldFeed()
            var output = WireOutput(capacity: 256)
            var got: [[UInt8]] = []
            var now = time(0)
            for round in 0..<20_000 where got.count < messages.count {
                now = now + 5_000_000
                if round < messages.count { must(withWire(messages[round]) { store.append($0) }) }
                while sender.packet(from: store, at: now, into: &output) != nil {
                    must(output.count <= 200)
                    if random.below(3) > 0 { feed.receive(copied(output.bytes)) { got.append(copied($0)) } }
                    output.removeAll()
                }
                guard let gap = feed.gap else { continue }
                let header = MoldHeader(
                    session: try session(),
                    sequence: gap.lowerBound,
                    count: UInt16(min(gap.count, 65_534))
                )
                var request = WireOutput(capacity: 20)
                must(request.append(header))
                do throws(MoldRefusal) {
                    let count = try server.answer(request.bytes, from: store, at: now, into: &output)
                    must(count > 0 && count <= Int(header.count) && output.count <= 150)
                    if random.below(4) > 0 { feed.receive(copied(output.bytes)) { got.append(copied($0)) } }
                } catch { must(error == .rate) }
                output.removeAll()
            }
            must(got == messages, "seed \(seed): \(got.count) of \(messages.count)")
            must(feed.isWhole && sender.oversized == 0)
        }
    }

    @Test func `a message that no packet can hold is left out and counted, and room is waited for`() throws {
        var store = MessageStore(messages: 10, bytes: 4_000)
        for count in [10, 500, 20] { must(withWire([UInt8](repeating: 1, count: count)) { store.append($0) }) }
        var sender = MoldSender(session: try session(), packetLimit: 100)
        var output = WireOutput(capacity: 100)
        must(sender.packet(from: store, at: time(0), into: &output) == .data && sender.next == 2)
        must(sender.packet(from: store, at: time(0), into: &output) == .data && sender.next == 4)
        must(sender.oversized == 1)
        var small = WireOutput(capacity: 30)
        var other = MoldSender(session: try session())
        must(other.packet(from: store, at: time(0), into: &small) == nil && other.next == 1 && other.oversized == 0)
    }

    @Test func `requests that can't be served get no answer`() throws {
        var store = MessageStore(messages: 10, bytes: 4_000)
        for count in [10, 500, 20] { must(withWire([UInt8](repeating: 1, count: count)) { store.append($0) }) }
        var server = MoldRetransmitter(session: try session(), packetLimit: 100)
        var output = WireOutput(capacity: 200)
        func ask(_ bytes: [UInt8]) -> MoldRefusal? {
            withWire(bytes) { request in
                do throws(MoldRefusal) {
                    _ = try server.answer(request, from: store, at: time(1), into: &output)
                    return nil
                } catch { return error }
            }
        }
        let head = "53455353494f4e303031"
        must(ask(hexBytes(head + "0000000000000001 0001")) == nil)
        must(output.count == 32)
        output.removeAll()
        must(ask(hexBytes(head + "0000000000000000 0001")) == .noSuchMessage)
        must(ask(hexBytes(head + "0000000000000004 0001")) == .noSuchMessage)
        must(ask(hexBytes(head + "ffffffffffffffff 0001")) == .noSuchMessage)
        must(ask(hexBytes(head + "0000000000000001 0000")) == .nothingAsked)
        must(ask(hexBytes(head + "0000000000000002 0001")) == .noRoom)
        must(ask(hexBytes("53455353494f4e303032 0000000000000001 0001")) == .otherSession)
        for count in [0, 19, 21] { must(ask([UInt8](repeating: 0, count: count)) == .malformed) }
        must(output.count == 0 && server.answered == 1 && server.refused == 9)
    }
}

@Suite("A rate that must not be exceeded")
struct TokenBucketTests {
    @Test func `over any time no more than rate and burst, and a token as soon as there is one`() {
        var random = TestRandom(9)
        for (rate, burst) in [(1, 1), (3, 2), (1_000, 10), (999_999_937, 1), (7, 1_000_000_000)] {
            var bucket = TokenBucket(rate: rate, burst: burst)
            var now = time(1_000)
            var taken = 0
            let start = now
            for _ in 0..<2_000 {
                now = now + Int64(random.below(3_000_000_000 / rate + 2))
                let ready = bucket.ready(after: now)
                let isTaken = bucket.take(at: now)
                must(isTaken == (ready == now))
                taken += isTaken ? 1 : 0
                let bound = Int128(burst) * 1_000_000_000 + Int128(now - start) * Int128(rate)
                must(Int128(taken) * 1_000_000_000 <= bound)
                if !isTaken {
                    var probe = bucket
                    must(!probe.take(at: ready + -1))
                    must(probe.take(at: ready))
                }
            }
        }
        var bucket = TokenBucket(rate: 1, burst: 1)
        must(bucket.take(at: time(10)) && !bucket.take(at: time(5)) && !bucket.take(at: time(10.5)))
        must(bucket.take(at: .never) && !bucket.take(at: .never))
    }
}
