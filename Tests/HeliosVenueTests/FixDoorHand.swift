// SPDX-License-Identifier: MIT
import HeliosFIX
import HeliosMarket
import HeliosVenue
import HeliosWire
import Testing

/// A user of a FIX door whose side is a session too, byte by byte: it keeps its numbers, and asks for what it lacks.
final class FixDoorHand {
    private(set) var exchange: Exchange
    private(set) var door: FixDoor
    private let dialect: FixDialect
    private var connection: FixConnection?
    private var session: FixSession
    private var up = WireOutput(capacity: 1 << 18)
    private var down = WireOutput(capacity: 1 << 18)
    /// Application messages as they came, each number once: `35=8|…|`.
    private(set) var said: [String] = []
    /// Application messages whose bytes came, however often.
    private(set) var arrived = 0
    private(set) var isRefused = false
    private(set) var peerText: String?
    /// Called before the exchange gets a message.
    var beforeExchange: () -> Void = {}
    /// The time that the machine shows.
    var now = Timestamp(nanoseconds: 20_460 * 86_400_000_000_000)
    /// The market's.
    var market: Timestamp

    /// With `sent` it has the number of its next message, and has forgotten what it was told.
    init(_ exchange: Exchange, _ door: FixDoor, compID: String, market: Timestamp, sent: UInt64 = 1) {
        self.exchange = exchange
        self.door = door
        self.market = market
        dialect = door.dialect
        var configuration = FixSessionConfiguration(
            FixSessionID(door.dialect.version, sender: compID, target: door.compID),
            .initiator
        )
        configuration.largestBody = 1 << 17
        var store = FixStore.inMemory(bytes: 1 << 22)
        store.setNextOut(sent)
        // Its dictionary knows which fields hold data.
        configuration.validates = false
        let builtin: FixBuiltin = door.dialect == .fix50sp2 ? .fix50sp2 : door.dialect == .fix44 ? .fix44 : .fix42
        session = FixSession(configuration, dictionary: .builtin(builtin), store: store)
        door.bind(exchange, at: now)
    }

    var isLoggedOn: Bool { session.state.isLoggedOn }
    var nextIn: UInt64 { session.nextIn }
    var nextOut: UInt64 { session.nextOut }

    /// The venue is another process from here on: another's exchange and door.
    func adopt(_ other: FixDoorHand) {
        exchange = other.exchange
        door = other.door
    }

    /// Connects and logs on.
    func join() {
        isRefused = false
        connection = door.accept(at: now)
        session.connected(at: now, into: &up)
        exchange(rounds: 100)
    }

    /// The line is cut, with what is on its way.
    func cut() {
        up.removeAll()
        down.removeAll()
        connection?.disconnected(at: now) { take($0) }
        connection = nil
        session.disconnected(at: now)
    }

    func tell(_ type: FixMsgType, _ fields: String) {
        let bytes = [UInt8]((fields + "|").utf8.map { $0 == UInt8(ascii: "|") ? 1 : $0 })
        let number = session.send(type, at: now, into: &up) { writer in
            bytes.withUnsafeBytes { writer.put(fields: WireBytes($0)) }
        }
        #expect(number != nil)
        exchange(rounds: 100)
    }

    /// Sends what the line loses.
    func lose(_ type: FixMsgType, _ fields: String) {
        let bytes = [UInt8]((fields + "|").utf8.map { $0 == UInt8(ascii: "|") ? 1 : $0 })
        let number = session.send(type, at: now, into: &up) { writer in
            bytes.withUnsafeBytes { writer.put(fields: WireBytes($0)) }
        }
        #expect(number != nil)
        up.removeAll()
    }

    /// Moves bytes until nobody has any, or for so many rounds; of what the door says, at most `most` bytes a round.
    func exchange(rounds: Int, most: Int = .max, reads: Bool = true) {
        guard let connection else { return }
        for _ in 0..<rounds {
            let asked = [UInt8](up.bytes.unsafeBuffer)
            up.removeAll()
            asked.withUnsafeBytes { connection.receive(WireBytes($0), at: now, into: &down) { take($0) } }
            connection.send(at: now, into: &down)
            guard reads else { return }
            let told = [UInt8](down.bytes.unsafeBuffer.prefix(most))
            down.drop(told.count)
            told.withUnsafeBytes { read(WireBytes($0)) }
            if asked.isEmpty, told.isEmpty { return }
        }
    }

    private func read(_ bytes: WireBytes) {
        var bytes = bytes
        while let event = session.next(&bytes, at: now, into: &up) {
            switch event {
            case .message(let message, _):
                arrived += 1
                let text = String(decoding: message.bytes.unsafeBuffer.map { $0 == 1 ? 0x7C : $0 }, as: UTF8.self)
                said.append("35=" + (text.split(separator: "|35=").last.map(String.init) ?? ""))
            case .closed: peerText = session.peerText
            default: break
            }
        }
    }

    private func take(_ event: FixDoorEvent) {
        switch event {
        case .message(let bytes, let port):
            beforeExchange()
            exchange.receive(bytes, from: port, at: market)
        case .left(let port, _): exchange.disconnected(port, at: market)
        case .refused: isRefused = true
        case .joined: break
        }
    }

    /// What was told since the last call.
    func takeSaid() -> [String] {
        defer { said = [] }
        return said
    }
}
