// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosStrategy

/// How a live session reaches its market, as configured: the section `live`.
public struct LiveConfiguration: Sendable, Equatable {
    /// The feed's lines, `HOST:PORT` each; empty when the section is not there.
    public internal(set) var feed: [String] = []
    /// The interface to join multicast groups on; nil leaves it to the system.
    public internal(set) var interface: String?
    /// Servers that send lost packets again.
    public internal(set) var requests: [String] = []
    /// The server that has the state of all books, for who joins late.
    public internal(set) var snapshots: String?
    /// The venue's order entry.
    public internal(set) var orders: String?
    public internal(set) var user = "HELIOS"
    /// The file whose first line is the password.
    public internal(set) var passwordFile: String?
    /// The trading day; nil is today in New York.
    public internal(set) var day: TradingDay?
    public internal(set) var clock = "market"
    public internal(set) var speed = 1.0
    /// Orders and cancels a second, and at once.
    public internal(set) var rate = 1_000
    public internal(set) var burst = 100
    public internal(set) var threads = "single"
    public internal(set) var wait = "block"
    /// Processor numbers, as a list.
    public internal(set) var processors: [Int] = []
    public internal(set) var realtimePriority: Int?
    public internal(set) var busyPoll = 0
    public internal(set) var receiveBuffer = 16 << 20
    public internal(set) var durability = "cache"
    /// The control socket; nil is `control.sock` in the journal's folder.
    public internal(set) var control: String?
    /// The group that may use the control socket beside its owner; nil is nobody.
    public internal(set) var controlGroup: String?
    /// Silence of a thread after which it is taken for hung, nanoseconds.
    public internal(set) var watchdog: Nanoseconds = 250_000_000
    /// A second login cancels when the first one's thread hangs.
    public internal(set) var rescue = true
    /// The venue's drop copy, and the login that it is asked for with; nil is `user`.
    public internal(set) var dropCopy: String?
    public internal(set) var dropCopyUser: String?
    /// Several venues in place of one, by place; empty without the list.
    public internal(set) var venues: [LiveVenueConfiguration] = []
    /// Order entry by FIX in place of OUCH.
    public internal(set) var fix = LiveFixConfiguration()
    /// Whom to call when orders do not end.
    public internal(set) var contacts: [String] = []

    public init() {}
}

extension ConfigurationSchema {
    /// The keys of `live`.
    static let liveKeys: [ConfigurationKey] =
        feedKeys + venueKeys + threadKeys + controlKeys + liveFixKeys + liveFloorKeys

    private static let feedKeys: [ConfigurationKey] = [
        .init(
            "live.feed",
            .endpoints,
            example: "239.1.1.1:7020, 239.1.1.2:7020",
            "Where the market data lines come in (ITCH 5.0 over MoldUDP64): the same on each, multicast or unicast."
        ) { $0.live.feed = ConfigurationKind.endpoints($1.text) ?? [] },
        .init("live.interface", .text, example: "eth1", "Interface or its address to join multicast groups on.") {
            $0.live.interface = $1.text
        },
        .init(
            "live.requests",
            .endpoints,
            example: "10.0.0.5:7030",
            "Servers that send lost packets again, asked in turn."
        ) { $0.live.requests = ConfigurationKind.endpoints($1.text) ?? [] },
        .init("live.snapshots", .endpoints, example: "10.0.0.5:7031", "Server with the state of all books.") {
            $0.live.snapshots = ConfigurationKind.endpoints($1.text)?.first
        },
        .init("live.day", .date, example: "2026-11-20", "The trading day. Without it today's, in New York.") {
            if case .date(let day) = $1 { $0.live.day = day }
        },
        .init(
            "live.clock",
            .parameter(.choice(["market", "wall"])),
            default: "market",
            "Whose time the session lives in: the feed's, or the world's."
        ) { $0.live.clock = $1.text },
        .init(
            "live.speed",
            .parameter(.number),
            default: "1",
            from: "0.001",
            to: "100000",
            "Seconds of the market a second, for a simulated market that runs faster than the world."
        ) { if case .parameter(.number(let value)) = $1 { $0.live.speed = value } },
        .integer(
            "live.receiveBuffer",
            \.live.receiveBuffer,
            "16777216",
            from: "4096",
            to: "1073741824",
            "Bytes that may wait in each line's socket."
        ),
        .integer(
            "live.busyPoll",
            \.live.busyPoll,
            "0",
            from: "0",
            to: "10000",
            "Microseconds for which the kernel looks at the card itself (SO_BUSY_POLL); 0 is off."
        ),
    ]

    private static let venueKeys: [ConfigurationKey] = [
        .init(
            "live.orders",
            .endpoints,
            example: "10.0.0.5:7010",
            "The venue's order entry (OUCH 5.0 over SoupBinTCP, or FIX with the keys live.fix)."
        ) { $0.live.orders = ConfigurationKind.endpoints($1.text)?.first },
        .init("live.user", .text, default: "HELIOS", "The login, at most six characters.") { $0.live.user = $1.text },
        .init("live.passwordFile", .path, example: "ouch.password", "The file whose first line is the password.") {
            $0.live.passwordFile = $1.text
        },
        .init(
            "live.dropCopy",
            .endpoints,
            example: "10.0.0.5:7012",
            "The venue's drop copy of our executions: recorded beside the journal, for 'helios risk watch' and 'helios risk report'."
        ) { $0.live.dropCopy = ConfigurationKind.endpoints($1.text)?.first },
        .init(
            "live.dropCopyUser",
            .text,
            example: "COPY",
            "Its login, at most six characters; without it that of the orders."
        ) {
            $0.live.dropCopyUser = $1.text
        },
        .integer(
            "live.rate",
            \.live.rate,
            "1000",
            from: "1",
            to: "10000000",
            "Orders and cancels a second that the venue takes; more wait, cancels first."
        ),
        .integer("live.burst", \.live.burst, "100", from: "1", to: "1000000", "How many of them at once."),
        .init(
            "live.durability",
            .parameter(.choice(["memory", "cache", "sync"])),
            default: "cache",
            "What has happened to a record before an order that depends on it leaves."
        ) { $0.live.durability = $1.text },
    ]

    private static let threadKeys: [ConfigurationKey] = [
        .init(
            "live.threads",
            .parameter(.choice(["single", "three"])),
            default: "single",
            "One thread for all, or one each for feed, engine and orders."
        ) { $0.live.threads = $1.text },
        .init(
            "live.wait",
            .parameter(.choice(["spin", "yield", "block"])),
            default: "block",
            "How a thread waits: spin and yield take a whole processor, block gives it back."
        ) { $0.live.wait = $1.text },
        .init(
            "live.processors",
            .processors,
            example: "2, 3, 4",
            "Processors to pin to: one for a single thread, else feed, engine, orders."
        ) { $0.live.processors = ConfigurationKind.processors($1.text) ?? [] },
        .init(
            "live.realtimePriority",
            .parameter(.integer),
            from: "1",
            to: "99",
            example: "50",
            "Real-time priority of the session's threads; without it they are ordinary."
        ) { if case .parameter(.integer(let value)) = $1 { $0.live.realtimePriority = Int(value) } },
    ]
}

extension ConfigurationSchema {
    private static let controlKeys: [ConfigurationKey] = [
        .init(
            "live.control",
            .path,
            example: "/run/helios/control.sock",
            "The socket that 'helios kill' comes in by. Without it control.sock in the journal's folder."
        ) { $0.live.control = $1.text },
        .init(
            "live.controlGroup",
            .text,
            example: "traders",
            "The group whose members may use the socket too (mode 0660): people with accounts of their own. Without it the owner only."
        ) { $0.live.controlGroup = $1.text },
        .init(
            "live.watchdog",
            .parameter(.duration),
            default: "250ms",
            from: "10ms",
            to: "1min",
            "Silence of the engine after which all orders are cancelled without it."
        ) { if case .parameter(.duration(let value)) = $1 { $0.live.watchdog = value } },
        .init(
            "live.rescue",
            .boolean,
            default: "true",
            "When the thread that writes to the venue hangs during a kill: cut its connection, and cancel by a second login."
        ) { if case .boolean(let value) = $1 { $0.live.rescue = value } },
        .init(
            "live.contacts",
            .text,
            example: "venue desk +1 212 555 0100; risk officer +1 212 555 0101",
            "Whom to call when orders do not end after a kill; ';' between them."
        ) { configuration, value in
            configuration.live.contacts = value.text.split(separator: ";").map {
                String($0.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
            }
        },
    ]
}

extension ConfigurationKind {
    /// The parts of `HOST:PORT, HOST:PORT`; nil when one of them has another form.
    public static func endpoints(_ text: String) -> [String]? {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
            .map { $0.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed() }
            .map { String($0) }
        for part in parts {
            let halves = part.split(separator: ":", omittingEmptySubsequences: false)
            guard halves.count == 2, !halves[0].isEmpty, !halves[0].contains(" "),
                halves[1].first != "0", !halves[1].hasPrefix("+"), UInt16(halves[1]) != nil
            else { return nil }
        }
        return parts
    }

    /// The numbers of `2, 3, 4`; nil for anything else.
    public static func processors(_ text: String) -> [Int]? {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        let numbers = parts.compactMap { Int($0.filter { $0 != " " }) }
        return numbers.count == parts.count && numbers.allSatisfy { (0..<4_096).contains($0) } ? numbers : nil
    }
}
