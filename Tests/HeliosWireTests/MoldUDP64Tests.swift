// SPDX-License-Identifier: MIT

import HeliosMarket
import HeliosWire
import Testing

private func bytes(_ hex: String) -> [UInt8] {
    let digits = hex.utf8.filter { $0 != 0x20 }.map { UInt8($0 > 0x39 ? $0 & 0xDF - 55 : $0 - 48) }
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}

private let session = "53455353494f4e303031"

/// The packet's messages as text, or why it isn't one.
private func parse(_ payload: [UInt8]) -> Result<[String], MoldError> {
    payload.withUnsafeBytes { raw in
        do throws(MoldError) {
            let packet = try MoldPacket(raw)
            var messages = packet.messages
            var found: [String] = []
            while let message = messages.next() {
                found.append(String(decoding: (0..<message.count).map { message[$0] }, as: UTF8.self))
            }
            return .success(found)
        } catch {
            return .failure(error)
        }
    }
}

@Suite("MoldUDP64")
struct MoldUDP64Tests {
    @Test("a data packet gives its messages, the empty one too")
    func data() throws {
        let payload = bytes(session + "0000000000000005 0002 0003616263 0000")
        #expect(parse(payload) == .success(["abc", ""]))
        let header = try payload.withUnsafeBytes { try MoldPacket($0).header }
        #expect(header.session == MoldSession("SESSION001"))
        #expect(header.session.description == "SESSION001")
        #expect(header.sequence == 5)
        #expect(header.kind == .data)
    }

    @Test("heartbeat, end of session and request have the bytes of the protocol")
    func control() throws {
        let known = [
            ("0000000000000007 0000", UInt16(0)), ("0000000000000007 ffff", 0xFFFF), ("0000000000000003 0004", 4),
        ]
        for (hex, count) in known {
            let expected = bytes(session + hex)
            let header = MoldHeader(
                session: try #require(MoldSession("SESSION001")),
                sequence: UInt64(expected[17]),
                count: count
            )
            var written = [UInt8](repeating: 0xAA, count: 20)
            written.withUnsafeMutableBytes { header.write(to: $0) }
            #expect(written == expected)
        }
        #expect(parse(bytes(session + "0000000000000007 0000")) == .success([]))
        #expect(parse(bytes(session + "0000000000000007 ffff")) == .success([]))
    }

    @Test("a packet cut anywhere, or with bytes too many, is refused whole")
    func cuts() {
        let payload = bytes(session + "0000000000000005 0002 0003616263 0000")
        for count in 0..<20 { #expect(parse(Array(payload.prefix(count))) == .failure(.tooShort(count: count))) }
        for count in 20..<25 {
            #expect(parse(Array(payload.prefix(count))) == .failure(.blockBeyondPacket(block: 0, offset: 20)))
        }
        for count in 25..<27 {
            #expect(parse(Array(payload.prefix(count))) == .failure(.blockBeyondPacket(block: 1, offset: 25)))
        }
        #expect(parse(payload + [0]) == .failure(.trailingBytes(offset: 27)))
        #expect(parse(bytes(session + "ffffffffffffffff 0001 0000")) == .failure(.sequenceOverflow))
    }

    @Test("every byte of a packet changed gives an answer")
    func flips() {
        let payload = bytes(session + "0000000000000005 0002 0003616263 0000")
        for position in payload.indices {
            for value in (0..<8).map({ payload[position] ^ (1 << $0) }) + [0, 255] {
                var changed = payload
                changed[position] = value
                if case .success(let messages) = parse(changed) { #expect(messages.count <= 2) }
            }
        }
    }
}

@Suite("MoldUDP64 arbiter")
struct MoldArbiterTests {
    private let first = MoldSession(high: 1, low: 1)

    private func header(_ sequence: UInt64, _ count: UInt16, session: MoldSession? = nil) -> MoldHeader {
        MoldHeader(session: session ?? first, sequence: sequence, count: count)
    }

    @Test("two lines with the same packets deliver each message once")
    func twoLines() {
        var arbiter = MoldArbiter()
        var delivered: [UInt64] = []
        for (sequence, count) in [(1, 2), (1, 2), (3, 1), (2, 3), (3, 1), (5, 1)] as [(UInt64, UInt16)] {
            if case .deliver(let skip) = arbiter.offer(header(sequence, count)) {
                delivered += Array(sequence + UInt64(skip)..<sequence + UInt64(count))
            }
        }
        #expect(delivered == [1, 2, 3, 4, 5])
        #expect(arbiter.counters.duplicates == 5)
        #expect(arbiter.counters.gaps == 0)
    }

    @Test("a gap is named, filled late, or given up")
    func gap() {
        var arbiter = MoldArbiter()
        #expect(arbiter.offer(header(1, 1)) == .deliver(skip: 0))
        #expect(arbiter.offer(header(4, 2)) == .gap(from: 2, to: 4))
        #expect(arbiter.offer(header(2, 1)) == .deliver(skip: 0))
        #expect(arbiter.offer(header(4, 2), again: true) == .gap(from: 3, to: 4))
        arbiter.declareLost(upTo: 4)
        #expect(arbiter.offer(header(4, 2), again: true) == .deliver(skip: 0))
        #expect(arbiter.expected == 6)
        #expect(arbiter.counters.gaps == 1)
        #expect(arbiter.counters.lost == 1)
        #expect(arbiter.counters.packets == 3)
    }

    @Test("heartbeats and the end of the session show what was lost at the end")
    func end() {
        var arbiter = MoldArbiter()
        #expect(arbiter.offer(header(1, 0)) == .heartbeat)
        #expect(arbiter.offer(header(1, 1)) == .deliver(skip: 0))
        #expect(arbiter.offer(header(3, 0)) == .gap(from: 2, to: 3))
        #expect(arbiter.offer(header(3, 0xFFFF)) == .gap(from: 2, to: 3))
        #expect(!arbiter.isComplete)
        #expect(arbiter.offer(header(2, 1)) == .deliver(skip: 0))
        #expect(arbiter.offer(header(3, 0xFFFF)) == .endOfSession)
        #expect(arbiter.isComplete)
    }

    @Test("another session is followed from its beginning, or ignored")
    func sessions() {
        let second = MoldSession(high: 2, low: 2)
        var follower = MoldArbiter()
        #expect(follower.offer(header(1, 1)) == .deliver(skip: 0))
        #expect(follower.offer(header(1, 1, session: second)) == .deliver(skip: 0))
        #expect(follower.counters.sessions == 2)
        var stayer = MoldArbiter(policy: .stay)
        #expect(stayer.offer(header(1, 1)) == .deliver(skip: 0))
        #expect(stayer.offer(header(1, 1, session: second)) == .otherSession)
        #expect(stayer.expected == 2)
    }

    @Test("a line joined midway begins with the first packet seen")
    func midway() {
        var arbiter = MoldArbiter(start: 0)
        #expect(arbiter.offer(header(100, 3)) == .deliver(skip: 0))
        #expect(arbiter.expected == 103)
    }

    @Test("packets without numbers are delivered only where that is wanted")
    func unnumbered() {
        var strict = MoldArbiter()
        #expect(strict.offer(header(0, 1, session: MoldSession(high: 0, low: 0))) == .unnumbered)
        var tolerant = MoldArbiter(start: 0, acceptsUnnumbered: true)
        for _ in 0..<3 {
            #expect(tolerant.offer(header(0, 1, session: MoldSession(high: 0, low: 0))) == .deliver(skip: 0))
        }
        #expect(tolerant.counters.delivered == 3)
    }
}
