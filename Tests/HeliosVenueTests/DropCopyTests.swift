// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosVenue
import HeliosWire
import Testing

@Suite("Drop copy")
struct DropCopyTests {
    private func messages(_ floor: PortFloor, _ index: Int) throws -> [DropCopyMessage] {
        var all: [DropCopyMessage] = []
        try floor.forEach(floor.port(index)) { all.append(try DropCopyMessage($0)) }
        return all
    }

    private struct Sums: Equatable {
        var bought: [String: UInt64] = [:]
        var sold: [String: UInt64] = [:]
        var notional: UInt64 = 0
    }

    @Test(
        "its fills are the ports' fills and the market's prints, share by share, and what is open adds up",
        arguments: [1, 2, 3, 4] as [UInt64]
    )
    func sums(seed: UInt64) throws {
        let floor = try PortFloor([
            PortSettings(user: "OLD", kind: .ouch42), PortSettings(user: "NEW"), PortSettings(user: "ALSO"),
            PortSettings(user: "COPY", kind: .dropCopy),
            PortSettings(user: "ONLY", kind: .dropCopy, concerning: ["NEW"]),
        ])
        try floor.trade(seed)
        let copies = try messages(floor, 3)
        let executed = copies.filter { $0.kind == .executed }
        #expect(executed.count > 100)
        // Each execution has two sides of the same size and price.
        for (match, sides) in Dictionary(grouping: executed, by: \.match) {
            #expect(sides.count == 2 && sides[0].quantity == sides[1].quantity && sides[0].price == sides[1].price)
            #expect(match > 0 && sides.contains { $0.side.meaning == .buy })
        }
        // The ports' own words.
        var told: [String: UInt64] = [:]
        floor.forEach(floor.port(0)) {
            if $0[0] == UInt8(ascii: "E") { told["OLD", default: 0] += UInt64($0.big(23, as: UInt32.self)) }
        }
        for (index, user) in [(1, "NEW"), (2, "ALSO")] {
            floor.forEach(floor.port(index)) {
                if $0[0] == UInt8(ascii: "E") { told[user, default: 0] += UInt64($0.big(13, as: UInt32.self)) }
            }
        }
        var copied: [String: UInt64] = [:]
        for fill in executed { copied["\(fill.user)", default: 0] += UInt64(fill.quantity) }
        #expect(copied == told)
        // The market's prints.
        var printed: UInt64 = 0
        floor.exchange.withFeed { feed in
            var number: UInt64 = 1
            while let message = feed[number] {
                number += 1
                if message[0] == UInt8(ascii: "E") { printed += UInt64(message.big(19, as: UInt32.self)) }
                if message[0] == UInt8(ascii: "P") { printed += UInt64(message.big(20, as: UInt32.self)) }
            }
        }
        #expect(copied.values.reduce(0, +) == 2 * printed)
        // Whoever asks for one user gets what the whole copy says of it.
        let only = try messages(floor, 4).filter { $0.kind != .systemEvent }
        #expect(only == copies.filter { "\($0.user)" == "NEW" })
        try checkOrders(copies)
    }

    /// Folds the copy: what an order had open, less what went, is what it has open.
    private func checkOrders(_ copies: [DropCopyMessage]) throws {
        var open: [UInt64: UInt32] = [:]
        for message in copies {
            switch message.kind {
            case .accepted, .replaced:
                if message.previous != message.reference { open[message.previous] = nil }
                open[message.reference] = message.open
            case .executed, .cancelled:
                let before = try #require(open[message.reference])
                #expect(message.open + message.quantity == before)
                open[message.reference] = message.open
            case .modified: open[message.reference] = message.open
            default: break
            }
        }
        #expect(open.values.allSatisfy { $0 == 0 }, "the day has ended")
    }

    @Test func `its reader gets every message once, wherever the connection is cut`() throws {
        let floor = try PortFloor([
            PortSettings(user: "OLD", kind: .ouch42), PortSettings(user: "NEW"), PortSettings(user: "ALSO"),
            PortSettings(user: "COPY", kind: .dropCopy),
        ])
        try floor.trade(9)
        floor.port(3).stream.hasEnded = true
        let all = try messages(floor, 3)
        var dice = PortDice(state: 77)
        var reader = DropCopyReader(user: try #require(SoupText("COPY")), password: .blank)
        var read: [DropCopyMessage] = []
        var (cuts, hasEnded) = (0, false)
        while !hasEnded, cuts < 1_000 {
            var up = WireOutput(capacity: 100)
            var down = WireOutput(capacity: 1 << 12)
            var server = SoupServerConnection(SoupServerConfiguration(), at: .zero)
            reader.connected(at: .zero, into: &up)
            var request = up.bytes
            _ = server.next(&request, at: .zero, into: &down)
            _ = server.accept(floor.port(3).stream, at: .zero, into: &down)
            let size = Int(dice.roll(UInt64(down.count + 1)))
            var piece = down.bytes.slice(0..<size)
            while let event = reader.next(&piece, at: .zero) {
                if case .message(let number, let message) = event {
                    read.append(message)
                    #expect(number == UInt64(read.count))
                }
                if case .ended = event { hasEnded = true }
            }
            _ = reader.disconnected()
            cuts += 1
        }
        #expect(hasEnded && cuts > 10 && read == all)
    }

    @Test func `nobody trades at a drop copy, and a login finds the door of its kind`() throws {
        let floor = try PortFloor([PortSettings(user: "ME"), PortSettings(user: "ME", kind: .dropCopy)])
        try floor.enter(1, 1, .buy, 100, 90_000)
        #expect(floor.port(1).ignored == 1)
        #expect(floor.letters(1) == "S" && floor.letters(0) == "S")
        let user = try #require(SoupText("me"))
        #expect(floor.exchange.open(.ouch50, user: user, at: floor.now) === floor.port(0))
        #expect(floor.exchange.open(.dropCopy, user: user, at: floor.now) === floor.port(1))
        #expect(floor.exchange.open(.ouch42, user: user, at: floor.now) == nil)
        #expect(floor.exchange.open(.snapshot, user: try #require(SoupText("YOU")), at: floor.now) == nil)
    }

    @Test func `a message has the bytes that its page says, and other bytes are refused`() throws {
        var message = DropCopyMessage(.executed)
        message.timestamp = 1
        message.user = try #require(SoupText("HELIOS"))
        message.token = try #require(OuchToken("TOKEN"))
        message.number = 2
        message.reference = 3
        message.side = OuchCode(.sellShort)
        message.symbol = try #require(Symbol("ACME"))
        message.quantity = 4
        message.price = 5
        message.open = 6
        message.match = 7
        message.detail = UInt16(UInt8(ascii: "R"))
        message.previous = 8
        var output = WireOutput(capacity: 100)
        let isWritten = message.write(to: &output)
        #expect(isWritten)
        var expected: [UInt8] = [0x45, 0, 0, 0, 0, 0, 0, 0, 1] + Array("HELIOSTOKEN         ".utf8)
        expected += [0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 3] + Array("TACME    ".utf8) + [0, 0, 0, 4]
        expected += [0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0x52, 0, 0, 0, 0, 0, 0, 0, 8]
        #expect([UInt8](output.bytes.unsafeBuffer) == expected && expected.count == DropCopyMessage.length)
        #expect(try DropCopyMessage(output.bytes) == message)
        for length in 0..<DropCopyMessage.length {
            #expect(throws: DropCopyFault.length(count: length)) { try DropCopyMessage(output.bytes.slice(0..<length)) }
        }
        expected[0] = 0x5A
        expected.withUnsafeBytes { bytes in
            _ = #expect(throws: DropCopyFault.unknownKind(0x5A)) { try DropCopyMessage(WireBytes(bytes)) }
        }
    }
}
