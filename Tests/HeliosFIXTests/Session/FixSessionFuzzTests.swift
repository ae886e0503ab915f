// SPDX-License-Identifier: MIT
import HeliosFIX
import HeliosMarket
import HeliosWire
import Testing

@Suite("FIX sessions and arbitrary input")
struct FixSessionFuzzTests {
    static let time = "52=20260102-03:04:05.000|"

    /// Bodies of a peer that knows the protocol.
    static func body(_ random: inout FixRandom, _ sequence: Int) -> String {
        let kinds = [
            "35=D|34=N|49=B|52=T|56=A|11=1|21=1|38=100|40=2|44=10.5|54=1|55=X|60=T|",
            "35=D|34=N|43=Y|49=B|52=T|56=A|122=T|11=1|40=1|54=1|55=X|60=T|38=5|",
            "35=0|34=N|49=B|52=T|56=A|", "35=1|34=N|49=B|52=T|56=A|112=x|", "35=2|34=N|49=B|52=T|56=A|7=1|16=0|",
            "35=2|34=N|49=B|52=T|56=A|7=3|16=7|", "35=4|34=N|49=B|52=T|56=A|36=M|123=Y|",
            "35=4|34=N|49=B|52=T|56=A|36=M|",
            "35=3|34=N|49=B|52=T|56=A|45=2|58=x|", "35=A|34=N|49=B|52=T|56=A|98=0|108=5|",
            "35=A|34=1|49=B|52=T|56=A|98=0|108=5|141=Y|", "35=5|34=N|49=B|52=T|56=A|",
            "35=8|34=N|49=B|52=T|56=A|6=0|14=0|17=1|37=1|39=0|54=1|55=X|150=0|151=1|382=1|375=a|95=3|96=a|b|",
        ]
        let text = kinds[random.below(kinds.count)]
        let number = random.below(5) == 0 ? random.below(60) : sequence
        var out = ""
        for character in text {
            switch character {
            case "N": out += "\(number)"
            case "M": out += "\(number + random.below(9) - 2)"
            case "T" where out.hasSuffix("="): out += "20260102-03:04:05.000"
            default: out.append(character)
            }
        }
        return out
    }

    static func damage(_ bytes: inout [UInt8], _ random: inout FixRandom) {
        guard !bytes.isEmpty else { return }
        let at = random.below(bytes.count)
        switch random.below(6) {
        case 0: bytes[at] = UInt8(random.below(256))
        case 1: bytes.remove(at: at)
        case 2: bytes.insert(UInt8(random.below(256)), at: at)
        case 3: bytes.insert(contentsOf: bytes[at..<min(at + 30, bytes.count)], at: at)
        case 4: bytes.removeSubrange(at..<min(at + 20, bytes.count))
        default: bytes[at] = [1, 0x3D, 0x30, 0x39, 0x2D][random.below(5)]
        }
    }

    /// A message of the peer's: as it should be, damaged before its length and sum are made, or after.
    static func message(_ random: inout FixRandom, _ sequence: Int) -> [UInt8] {
        var body = body(&random, sequence).utf8.map { $0 == 0x7C ? UInt8(1) : $0 }
        if random.below(3) == 0 { damage(&body, &random) }
        var whole = Array("8=FIX.4.4\u{1}9=\(body.count)\u{1}".utf8) + body
        let sum = String(whole.reduce(0) { ($0 + Int($1)) % 256 })
        whole += Array(("10=" + String(repeating: "0", count: 3 - sum.count) + sum + "\u{1}").utf8)
        if random.below(5) == 0 { damage(&whole, &random) }
        return whole
    }

    static func configuration(_ seed: Int) -> FixSessionConfiguration {
        var configuration = FixSessionConfiguration(
            FixSessionID(.fix44, sender: "A", target: "B"),
            seed % 2 == 0 ? .acceptor : .initiator
        )
        configuration.heartbeat = 5
        configuration.largestBody = 2_048
        configuration.earlyMessages = 8
        configuration.earlyBytes = 1_024
        if seed % 3 == 0 { configuration.resync = .nextCheckSum }
        if seed % 5 == 0 { configuration.usesNextExpected = true }
        if seed % 7 == 0 { configuration.resendChunk = 2 }
        return configuration
    }

    /// Feeds a session, and looks at everything that comes out of it.
    struct Feeder: ~Copyable {
        var session: FixSession
        var output: WireOutput
        var now = Timestamp(nanoseconds: 1_767_323_045_000_000_000)
        var delivered = 0
        var closed = 0
        var faults: [String] = []
        let framer = FixFramer()

        init(_ configuration: FixSessionConfiguration, _ dictionary: FixDictionary?, room: Int) {
            session = FixSession(configuration, dictionary: dictionary, store: .inMemory(bytes: 1 << 14))
            output = WireOutput(capacity: room)
            session.connected(at: now, into: &output)
        }

        mutating func feed(_ bytes: [UInt8], _ random: inout FixRandom) {
            var at = 0
            while at < bytes.count {
                let end = min(at + 1 + random.below(200), bytes.count)
                let piece = Array(bytes[at..<end])
                at = end
                piece.withUnsafeBytes { raw in
                    var rest = WireBytes(raw)
                    var steps = 0
                    while let event = session.next(&rest, at: now, into: &output) {
                        take(event)
                        steps += 1
                        if steps > 1_000 { return faults.append("no end") }
                    }
                    if rest.count != 0 { faults.append("bytes are left") }
                }
            }
            now = now + Int64(random.below(400)) * 1_000_000
            if let event = session.tick(at: now, into: &output) { take(event) }
            if random.below(4) == 0 {
                _ = session.send(.newOrderSingle, at: now, into: &output) { $0.put(.clOrdID, 1) }
            }
            if random.below(3) > 0 { drain() }
        }

        mutating func take(_ event: FixSessionEvent) {
            switch event {
            case .message(let message, _):
                delivered += 1
                if !Self.isSumRight(message.bytes) { faults.append("a wrong sum was taken") }
            case .closed:
                closed += 1
                session.disconnected(at: now)
                output.removeAll()
                session.connected(at: now, into: &output)
            default: break
            }
        }

        static func isSumRight(_ bytes: WireBytes) -> Bool {
            let sum = (0..<(bytes.count - 7)).reduce(0) { ($0 + Int(bytes[$1])) % 256 }
            return sum == (0..<3).reduce(0) { $0 * 10 + Int(bytes[bytes.count - 4 + $1]) - 48 }
        }

        mutating func drain() {
            while output.count > 0 {
                guard case .message(let count) = framer.next(output.bytes) else {
                    output.removeAll()
                    return faults.append("output is no message")
                }
                if !Self.isSumRight(output.bytes.slice(0..<count)) { faults.append("a wrong sum was sent") }
                output.drop(count)
            }
        }
    }

    @Test("damaged streams end in nothing worse than a logout", arguments: 0..<60)
    func streams(_ seed: Int) {
        var random = FixRandom(seed + 1_000)
        let dictionary = seed % 4 == 0 ? FixDictionary.builtin(.fix44) : nil
        var feeder = Feeder(Self.configuration(seed), dictionary, room: seed % 3 == 0 ? 300 : 1 << 14)
        for _ in 0..<600 {
            let next = Int(feeder.session.nextIn)
            let isFirst = feeder.session.state == .awaitingLogon || feeder.session.state == .logonSent
            let logon = "35=A|34=\(next)|49=B|\(Self.time)56=A|98=0|108=5|"
            // Time goes on, what the peer says of it does not: often enough it is still right.
            feeder.now = Timestamp(nanoseconds: feeder.now.nanoseconds % 1_000_000_000 + 1_767_323_045_000_000_000)
            feeder.feed(
                isFirst && random.below(3) > 0
                    ? fixText(logon).utf8.map { $0 == 0x7C ? 1 : $0 } : Self.message(&random, next),
                &random
            )
        }
        let (faults, delivered, closed) = (feeder.faults, feeder.delivered, feeder.closed)
        #expect(faults.isEmpty, "seed \(seed): \(faults.prefix(3))")
        #expect(delivered > 5 && closed > 2, "seed \(seed): \(delivered) delivered, \(closed) closed")
    }

    @Test(
        "a time that no clock reaches is none",
        arguments: ["99991231-23:59:59", "00010101-00:00:00", "22630101-00:00:00"]
    )
    func years(_ text: String) {
        let time = withFix(text) { FixValue($0).timestamp }
        #expect(time == nil)
    }

    @Test("random bytes are passed over", arguments: 0..<20)
    func noise(_ seed: Int) {
        var random = FixRandom(seed + 77)
        var configuration = Self.configuration(seed)
        configuration.role = .initiator
        var feeder = Feeder(configuration, nil, room: 1 << 14)
        let alphabet = Array("8=FIX.4.4\u{1}9=1234567890\u{1}35=A10=\u{1}".utf8)
        for _ in 0..<200 {
            let bytes = (0..<300).map { _ in
                random.below(3) == 0 ? UInt8(random.below(256)) : alphabet[random.below(alphabet.count)]
            }
            feeder.feed(bytes, &random)
        }
        let (faults, delivered) = (feeder.faults, feeder.delivered)
        #expect(faults.isEmpty && delivered == 0, "seed \(seed): \(faults.prefix(3))")
    }
}
