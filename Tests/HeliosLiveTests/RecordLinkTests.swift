// SPDX-License-Identifier: MIT
import Foundation
import HeliosLive
import HeliosMarket
import Testing

/// Two ends of a connection on this machine.
private struct Pair {
    let listener: LinkListener
    let here: RecordLink
    let there: RecordLink

    init(capacity: Int = RecordLink.defaultCapacity) throws {
        listener = try LinkListener(Endpoint(port: 0))
        here = try RecordLink.connect(listener.endpoint, patience: 1_000_000_000, capacity: capacity)
        var accepted: RecordLink?
        while accepted == nil { accepted = listener.accept() }
        there = try #require(accepted)
    }
}

@Suite("Records over a connection")
struct RecordLinkTests {
    @Test("a hundred thousand records arrive once each and in order, whatever the system takes at a time")
    func manyRecords() throws {
        let pair = try Pair()
        let count: UInt64 = 100_000
        var sent: UInt64 = 0
        var received: UInt64 = 0
        while received < count {
            while sent < count, pair.here.pending < 1 << 20 {
                sent += 1
                pair.here.send(Event(sequence: sent, kind: .timer, detail: sent &* 3))
            }
            pair.here.flush()
            pair.there.receive()
            while let message = pair.there.next() {
                received += 1
                #expect(message.event.sequence == received && message.event.detail == received &* 3)
            }
            try #require(pair.here.isOpen && pair.there.isOpen)
        }
        #expect(received == count)
    }

    @Test("what was sent before a close arrives, then the end is told as a close")
    func peerCloses() throws {
        let pair = try Pair()
        pair.here.send(Event(sequence: 7, kind: .timer))
        pair.here.flush()
        pair.here.close()
        var received: [UInt64] = []
        while pair.there.isOpen {
            pair.there.receive()
            while let message = pair.there.next() { received.append(message.event.sequence) }
        }
        #expect(received == [7])
        #expect(pair.there.end == .closed)
    }

    @Test("silence is told apart from a close, and a beat breaks it without being a record")
    func silence() throws {
        var pair: Pair
        // A thread that gets no processor between the receipt and the look at the clock has been silent itself: once more.
        var before: UInt64
        repeat {
            pair = try Pair()
            usleep(30_000)
            pair.here.beat(every: 1_000_000)
            pair.here.flush()
            usleep(5_000)
            before = DispatchTime.now().uptimeNanoseconds
            pair.there.receive()
            #expect(pair.there.next() == nil)
            pair.there.checkSilence(20_000_000)
        } while DispatchTime.now().uptimeNanoseconds - before > 20_000_000
        #expect(pair.there.isOpen)
        usleep(30_000)
        pair.there.receive()
        pair.there.checkSilence(20_000_000)
        #expect(pair.there.end == .silent)
    }

    @Test("somebody who does not read is cut off when the bound is reached")
    func overflow() throws {
        let pair = try Pair(capacity: 1 << 16)
        for number in 0..<1_000_000 where pair.here.isOpen {
            pair.here.send(Event(sequence: UInt64(number), kind: .timer))
            pair.here.flush()
        }
        #expect(pair.here.end == .overflow)
        #expect(pair.here.pending <= 1 << 16 + 64)
    }

    @Test("a text may hold any bytes: they are not read as records")
    func anyText() throws {
        let pair = try Pair()
        var bytes = [UInt8](repeating: 0, count: 64)
        bytes[54] = 0xEE
        var side = Event(kind: .side, detail: 64)
        side.orderID = SideWord.note
        pair.here.send(side, text: bytes)
        pair.here.flush()
        var found: LinkMessage?
        while found == nil, pair.there.isOpen {
            pair.there.receive()
            found = pair.there.next()
        }
        #expect(found?.text == bytes)
        #expect(pair.there.isOpen)
    }

    @Test("nobody listens: connecting fails with the system's words")
    func nobody() throws {
        #expect(throws: SocketError.self) { try RecordLink.connect(Endpoint(port: 1), patience: 100_000_000) }
    }

    @Test(
        "an endpoint is a host and a port, or a port",
        arguments: [
            ("7001", "127.0.0.1:7001"), ("10.0.0.1:80", "10.0.0.1:80"), (":80", "127.0.0.1:80"),
        ]
    )
    func endpoints(text: String, meaning: String) { #expect(Endpoint(text)?.description == meaning) }

    @Test("an endpoint of another form is none", arguments: ["", "host", "host:", "1:2:3", "70000", "a:-1"])
    func noEndpoints(text: String) { #expect(Endpoint(text) == nil) }
}
