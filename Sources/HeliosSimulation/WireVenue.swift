// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosVenue
import HeliosWire

/// One TCP connection: each direction keeps its order, is cut anywhere, and ends as a whole, with what is under way.
final class SimulatedLine {
    let node: Int
    let life: Int
    /// The exchange's end, once the connection was made.
    var venue: ExchangeConnection?
    var nodeIsOpen = true
    var venueIsOpen = true
    /// Nothing gets through any more; each side finds out by itself.
    var isCut = false
    /// Bytes under way: towards the venue, towards the node.
    var underWay: [[[UInt8]]] = [[], []]
    var arrival = [Timestamp.zero, Timestamp.zero]
    /// Bytes that may be under way in one direction; more wait at the sender.
    var window: Int

    init(node: Int, life: Int, window: Int) {
        self.node = node
        self.life = life
        self.window = window
    }

    func waiting(_ direction: Int) -> Int { underWay[direction].reduce(0) { $0 + $1.count } }
}

/// The exchange of a run: the real matching engine, ports, sessions and feed, with a memory of all that was true.
final class WireVenue {
    static let user = "HELIOS"
    static let room = 4_096
    static let heartbeat: Nanoseconds = 50_000_000
    static let timeout: Nanoseconds = 200_000_000

    let exchange: Exchange
    let sessions: ExchangeSessions
    var ledger: OuchLedger
    var lines: [SimulatedLine] = []
    let window: Int
    /// The session of order entry has been lost or cut short: what stood in it nobody can read again.
    var hasForgotten = false
    var sessionNumber = 1

    // The feed.
    var sender: MoldSender
    var retransmitter: MoldRetransmitter
    private(set) var feedEvents: [Event] = []
    /// The message of each event.
    private(set) var feedNumbers: [UInt64] = []
    private var decoded: UInt64 = 0
    private var decoder = ItchDecoder(midnight: SimulatedMarket.midnight, venue: Venue(id: 1))
    private var output = WireOutput(capacity: 4_096)

    static var requests: MoldRequestSettings {
        var settings = MoldRequestSettings()
        settings.timeout = 10_000_000
        settings.timeoutMax = 40_000_000
        settings.attemptsMax = 40
        settings.messagesMax = 200
        return settings
    }

    /// Nil when there is no memory for a matching engine.
    init?(seed: UInt64) {
        var random = SimulationRandom(seed: seed, stream: "wire setup")
        let symbols = SimulatedMarket.symbolNames
        guard
            let exchange = try? Exchange(
                symbols: symbols,
                users: [WireVenue.user],
                midnight: SimulatedMarket.midnight,
                feedMessages: 1 << 16
            )
        else { return nil }
        self.exchange = exchange
        var soup = SoupServerConfiguration()
        soup.heartbeat = WireVenue.heartbeat
        soup.timeout = WireVenue.timeout
        soup.loginTimeout = WireVenue.timeout
        soup.cancelsOnDisconnect = random.chance(0.5)
        sessions = ExchangeSessions(exchange, configuration: soup, room: WireVenue.room)
        window = 256 << random.below(8)
        ledger = OuchLedger(instruments: symbols)
        let session = MoldSession(high: 0x5349_4D55_4C41_5445, low: 0x3030)
        sender = MoldSender(session: session, packetLimit: 200 + random.below(1_200), heartbeat: 20_000_000)
        retransmitter = MoldRetransmitter(session: session)
    }

    var port: SoupPort { exchange.ports[0] }
    /// The port's owner in the matching engine: the first that is none of the recorded day's.
    static let owner: UInt32 = 2

    /// A node's next connection, which will be number `number`.
    func open(_ number: Int, _ node: SimulatedNode) {
        while lines.count < number { lines.append(SimulatedLine(node: node.index, life: node.life, window: window)) }
    }

    /// Opens the market.
    func begin(at time: Timestamp) {
        exchange.begin(at: time)
        for index in exchange.symbols.indices {
            exchange.apply(.phase(Instrument(id: UInt32(index)), .open, time: time))
        }
    }

    /// Decodes what was published since, and gives the packets that are due to `send`.
    func publish(at now: Timestamp, _ send: ([UInt8]) -> Void) {
        exchange.withFeed { feed in
            while let message = feed[decoded + 1] {
                decoded += 1
                guard let event = decoder.decode(message.unsafeBuffer, offset: 0) else { continue }
                feedEvents.append(event)
                feedNumbers.append(decoded)
            }
            while sender.packet(from: feed, at: now, into: &output) != nil {
                send([UInt8](output.bytes.unsafeBuffer))
                output.removeAll()
            }
        }
    }

    /// The answer to a request for lost messages, or nothing.
    func answer(_ request: [UInt8], at now: Timestamp) -> [UInt8]? {
        request.withUnsafeBytes { bytes in
            exchange.withFeed { feed in
                defer { output.removeAll() }
                let written = try? retransmitter.answer(WireBytes(bytes), from: feed, at: now, into: &output)
                return written == nil ? nil : [UInt8](output.bytes.unsafeBuffer)
            }
        }
    }

    /// The port loses its session: its orders are cancelled and another one begins.
    func beginSession(at now: Timestamp) {
        exchange.apply(.massCancel(.none, owner: WireVenue.owner, time: now))
        ledger.follow(port.stream.store) { _, _ in }
        sessionNumber += 1
        port.stream = SoupStream(
            session: SoupText("S\(sessionNumber)") ?? .blank,
            messages: 1 << 16,
            bytes: 1 << 22
        )
        ledger.restart(at: 1, keepsReferences: false)
        hasForgotten = true
    }

    /// The port loses the last messages of its session.
    func cutStream(by count: Int) {
        ledger.follow(port.stream.store) { _, _ in }
        var shorter = SoupStream(session: port.stream.session, messages: 1 << 16, bytes: 1 << 22)
        let keeps = max(port.stream.store.count - count, 0)
        var number: UInt64 = 1
        while number <= UInt64(keeps), let message = port.stream.store[number] {
            _ = shorter.store.append(message)
            number += 1
        }
        port.stream = shorter
        ledger.restart(at: number, keepsReferences: true)
        hasForgotten = true
    }
}
