// SPDX-License-Identifier: MIT
import HeliosFIX
import HeliosMarket
import HeliosWire
import Testing

/// Numbers from a seed: the same each time.
struct FixRandom: RandomNumberGenerator {
    var state: UInt64

    init(_ seed: Int) { state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 | 1 }

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state &* 0x2545_F491_4F6C_DD1D
    }

    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
}

/// One end of a link: a session, and what its application has sent and got.
struct FixEnd: ~Copyable {
    let configuration: FixSessionConfiguration
    var memory: FixStoreMemory
    var session: FixSession
    var output = WireOutput(capacity: 1 << 14)
    /// Bytes that the other side has not read yet.
    var wire: [UInt8] = []
    var given = 0
    /// Contents in the order in which they were told, and whether each was marked.
    var got: [(value: Int, isMarked: Bool)] = []
    var closures: [FixClosure] = []

    init(_ configuration: FixSessionConfiguration) {
        self.configuration = configuration
        memory = FixStoreMemory(bytes: 1 << 18)
        session = FixSession(configuration, dictionary: nil, store: FixStore(memory: memory))
    }

    /// The process dies, and begins again with what the store has.
    mutating func restart() {
        let image = memory.copy()
        memory = FixStoreMemory(bytes: image.count)
        memory.restore(image)
        session = FixSession(configuration, dictionary: nil, store: FixStore(memory: memory))
        output.removeAll()
    }

    mutating func read(_ bytes: [UInt8], at now: Timestamp) -> Bool {
        var isClosed = false
        bytes.withUnsafeBytes { raw in
            var rest = WireBytes(raw)
            while let event = session.next(&rest, at: now, into: &output) {
                switch event {
                case .message(let message, let delivery):
                    got.append((Int(message[.clOrdID]?.int ?? -1), delivery.possDup))
                case .closed(let closure):
                    closures.append(closure)
                    isClosed = true
                default: break
                }
            }
        }
        return isClosed
    }

    mutating func send(at now: Timestamp) {
        let value = given
        let filler = String(repeating: "x", count: value * 7 % 90)
        let number = session.send(.newOrderSingle, isQueued: value % 3 == 0, at: now, into: &output) { writer in
            writer.put(.clOrdID, value)
            writer.putText(.text, filler)
        }
        if number != nil { given += 1 }
    }

    /// Moves as much as the line takes from the output to the wire.
    mutating func flush(_ limit: Int) {
        let count = min(limit, output.count)
        for index in 0..<count { wire.append(output.bytes[index]) }
        output.drop(count)
    }
}

/// Two ends and a line that cuts, damages and delays.
struct FixLink: ~Copyable {
    var left: FixEnd
    var right: FixEnd
    var now = Timestamp(nanoseconds: 1_767_323_045_000_000_000)
    var isUp = false
    var random: FixRandom

    init(seed: Int, _ version: FixVersion, _ change: (inout FixSessionConfiguration) -> Void) {
        random = FixRandom(seed)
        var one = FixSessionConfiguration(FixSessionID(version, sender: "A", target: "B"), .initiator)
        var two = FixSessionConfiguration(FixSessionID(version, sender: "B", target: "A"), .acceptor)
        one.heartbeat = 5
        one.resendTimeout = 4_000_000_000
        two.resendTimeout = 4_000_000_000
        change(&one)
        change(&two)
        left = FixEnd(one)
        right = FixEnd(two)
    }

    mutating func connect() {
        isUp = true
        left.wire = []
        right.wire = []
        left.output.removeAll()
        right.output.removeAll()
        left.session.connected(at: now, into: &left.output)
        right.session.connected(at: now, into: &right.output)
    }

    mutating func cut() {
        guard isUp else { return }
        isUp = false
        left.session.disconnected(at: now)
        right.session.disconnected(at: now)
    }

    /// Bytes go over the line; now and then one of them is damaged when `isBad`, so that no two damages make the sum right
    /// again: that would be the line's fault, and nobody could see it.
    mutating func carry(isBad: Bool) {
        left.flush(1 + random.below(400))
        right.flush(1 + random.below(400))
        var toRight = Array(left.wire.prefix(random.below(300)))
        left.wire.removeFirst(toRight.count)
        var toLeft = Array(right.wire.prefix(random.below(300)))
        right.wire.removeFirst(toLeft.count)
        if isBad, random.below(30) == 0, !toRight.isEmpty { toRight[random.below(toRight.count)] = 255 }
        if isBad, random.below(30) == 0, !toLeft.isEmpty { toLeft[random.below(toLeft.count)] = 255 }
        let isLeftClosed = left.read(toLeft, at: now)
        let isRightClosed = right.read(toRight, at: now)
        if isLeftClosed || isRightClosed { cut() }
    }

    mutating func tick() {
        var isClosed = false
        while let event = left.session.tick(at: now, into: &left.output) {
            if case .closed = event { isClosed = true }
        }
        while let event = right.session.tick(at: now, into: &right.output) {
            if case .closed = event { isClosed = true }
        }
        if isClosed { cut() }
    }

    mutating func turn(isBad: Bool) {
        now = now + Int64(random.below(200)) * 1_000_000
        if !isUp, random.below(3) == 0 { connect() }
        if isBad, random.below(4) == 0 { left.send(at: now) }
        if isBad, random.below(4) == 0 { right.send(at: now) }
        if isUp { carry(isBad: isBad) }
        tick()
        guard isBad else { return }
        switch random.below(200) {
        case 0: cut()
        case 1:
            cut()
            left.restart()
        case 2:
            cut()
            right.restart()
        case 3: if isUp { left.session.logout(nil, at: now, into: &left.output) }
        default: break
        }
    }
}

@Suite("FIX sessions over a bad line")
struct FixLinkTests {
    static func check(_ got: [(value: Int, isMarked: Bool)], _ given: Int, _ name: String, _ seed: Int) {
        var next = 0
        for (value, isMarked) in got {
            if value == next {
                next += 1
            } else {
                #expect(value < next && isMarked, "seed \(seed), \(name): \(value) when \(next) was next")
            }
        }
        #expect(next == given, "seed \(seed), \(name): \(next) of \(given) came")
    }

    @Test("every message comes in order, whatever the line does", arguments: 0..<40)
    func everything(_ seed: Int) {
        let version: FixVersion = [.fix42, .fix44, .fixt11][seed % 3]
        var link = FixLink(seed: seed, version) { configuration in
            if seed % 4 == 1 { configuration.resendChunk = 3 }
            if seed % 4 == 2 { configuration.resendEnd = .explicit }
            if seed % 4 == 3 { configuration.usesNextExpected = version != .fix42 }
            if seed % 5 == 0 {
                configuration.earlyMessages = 3
                configuration.earlyBytes = 400
            }
        }
        if seed % 2 == 0 {
            link.left.output = WireOutput(capacity: 600)
            link.right.output = WireOutput(capacity: 600)
        }
        for _ in 0..<1_500 { link.turn(isBad: true) }
        for _ in 0..<2_500 { link.turn(isBad: false) }
        let (sent, back) = (link.left.given, link.right.given)
        #expect(sent > 50 && back > 50, "seed \(seed): \(sent), \(back)")
        FixLinkTests.check(link.right.got, sent, "to the right", seed)
        FixLinkTests.check(link.left.got, back, "to the left", seed)
        let numbers = [
            link.left.session.nextOut, link.right.session.nextIn, link.right.session.nextOut, link.left.session.nextIn,
        ]
        let waiting = link.left.wire.count + link.right.wire.count + link.left.output.count + link.right.output.count
        if waiting == 0, link.isUp {
            #expect(numbers[0] == numbers[1] && numbers[2] == numbers[3], "seed \(seed): \(numbers)")
        }
        let isLow = (link.left.closures + link.right.closures).contains { if case .tooLow = $0 { true } else { false } }
        #expect(!isLow, "seed \(seed): a number was too low")
    }
}
