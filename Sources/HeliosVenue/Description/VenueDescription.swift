// SPDX-License-Identifier: MIT
import HeliosMarket

/// One simulated exchange as its owner wants it: what trades there, who may connect where, and what goes wrong on the way.
///
/// Plain data; `VenueServer` (HeliosLive) serves it, `VenueConfiguration` (HeliosConfiguration) reads it. Addresses are
/// `host:port`. Latencies, skews and faults are in the machine's time, hours and halts in the market's.
public struct VenueDescription: Sendable, Equatable {
    /// What kind of market it is.
    public enum Kind: String, Sendable, CaseIterable {
        case lit, dark
    }

    /// Where the orders come from that are not its participants'.
    public enum Flow: Sendable, Equatable {
        /// The seeded population of `helios generate`, generated while the venue runs.
        case agents(MarketDayConfiguration)
        /// A recorded day, whose date may stand in the file's name.
        case recorded(path: String, day: TradingDay?)
        /// Nobody but the participants.
        case none
    }

    /// Told in notices and in the summary; the feed's session begins with its letters.
    public var name: String
    public var kind = Kind.lit
    /// What is listed; empty for all that the flow (of a dark venue: the reference) has.
    public var symbols: [Symbol] = []
    public var flow = Flow.none
    /// The lit venue whose best prices are a dark one's reference.
    public var reference: String?
    /// Seconds of the market a second; 0 is as fast as possible.
    public var speed = 1.0
    /// Of latencies and faults.
    public var seed: UInt64 = 1
    /// Trading days, each a session of its own; the agents' seed rises by one a day.
    public var days = 1
    /// What is before is played at once.
    public var start: Nanoseconds = 0
    /// The day ends here, or where the flow does.
    public var end: Nanoseconds = 86_400_000_000_000
    /// A share.
    public var fees = VenueFees()
    public var latency = VenueLatency()
    /// Where the feed goes; each line carries the same packets.
    public var lines: [VenueLine] = []
    /// Where requests for lost packets come in.
    public var requests: String?
    public var doors: [VenueDoor] = []
    /// Who quotes on request, by FIX.
    public var dealers: [DealerModel] = []
    public var bands: VenueBands?
    public var halts: [VenueHalt] = []
    public var quirks = VenueQuirks()
    /// How long a day's end is announced.
    public var farewell: Nanoseconds = 3_000_000_000

    public init(name: String) { self.name = name }
}

/// Fees a share; negative is a rebate.
public struct VenueFees: Sendable, Equatable {
    public var maker = Price.zero
    public var taker = Price.zero

    public init() {}
}

/// How long messages are on their way.
public struct VenueLatency: Sendable, Equatable {
    /// From a participant to the matching.
    public var order: Nanoseconds = 0
    /// From the matching to a participant.
    public var report: Nanoseconds = 0
    /// From the matching to the feed's lines.
    public var feed: Nanoseconds = 0
    /// Above 0 the times are medians of a log-normal law with this standard deviation of the logarithm; 0 makes them constant.
    public var sigma = 0.0

    public init() {}
}

/// One line of a feed and its faults.
public struct VenueLine: Sendable, Equatable {
    /// A host or a multicast group.
    public var address: String
    /// The address or name of the interface to send by.
    public var interface: String?
    /// How far it is behind.
    public var skew: Nanoseconds = 0
    /// Parts of the datagrams that are lost, come twice, or come behind later ones; in basis points.
    public var loss: Int64 = 0
    public var duplication: Int64 = 0
    public var reordering: Int64 = 0

    public init(_ address: String) { self.address = address }
}

/// How a port is kept from others' eyes; files in PEM.
public struct VenueTLS: Sendable, Equatable {
    public var certificate: String
    public var key: String
    /// The authority that must have signed a participant's certificate; nil lets anybody connect.
    public var authority: String?

    public init(certificate: String, key: String, authority: String? = nil) {
        self.certificate = certificate
        self.key = key
        self.authority = authority
    }
}

/// A port that participants connect to.
public struct VenueDoor: Sendable, Equatable {
    /// What is spoken there: FIX, everything else over SoupBinTCP.
    public enum Language: String, Sendable, CaseIterable {
        case ouch50 = "ouch-5.0"
        case ouch42 = "ouch-4.2"
        /// Read only: what happens to everybody's orders, or to one user's.
        case dropCopy = "drop-copy"
        /// Read only: the books as they are at login, and where the feed goes on.
        case snapshot = "snapshot"
        case fix42 = "fix-4.2"
        case fix44 = "fix-4.4"
        /// Over FIXT.1.1.
        case fix50sp2 = "fix-5.0sp2"
    }

    /// Who may log in.
    public struct User: Sendable, Equatable {
        /// At most six characters.
        public var name: String
        /// Nil lets any password in.
        public var password: String?
        /// Of a drop copy: whose orders; empty for everybody's.
        public var concerning: [String]
        /// SenderCompID by FIX; nil is the name.
        public var compID: String?

        public init(_ name: String, password: String? = nil, concerning: [String] = [], compID: String? = nil) {
            self.name = name
            self.password = password
            self.concerning = concerning
            self.compID = compID
        }
    }

    /// What a port by FIX is for.
    public enum Role: String, Sendable, CaseIterable {
        /// Orders, market data, quotes.
        case orders
        /// Read only: ExecutionReports of others' orders.
        case dropCopy = "drop-copy"
    }

    public var language: Language
    /// By FIX; other ports have their role by what is spoken.
    public var role = Role.orders
    public var address: String
    public var users: [User]
    /// The venue's own SenderCompID by FIX; nil is its name.
    public var compID: String?
    /// Whether orders by FIX end with their connection.
    public var cancelsOnDisconnect = true
    /// By FIX: the venue's own field for who has made and who has taken; nil for none.
    public var liquidityTag: UInt32?
    /// TLS; nil is plain TCP.
    public var tls: VenueTLS?
    /// The folder in which sessions by FIX are kept over restarts; nil keeps them in memory.
    public var store: String?

    /// What is spoken, and for what.
    public var words: String { role == .orders ? language.rawValue : "\(language.rawValue) \(role.rawValue)" }

    public init(_ language: Language, _ address: String, users: [User]) {
        self.language = language
        self.address = address
        self.users = users
    }
}

/// A trading halt that an operator has planned.
public struct VenueHalt: Sendable, Equatable {
    public var symbol: Symbol
    /// Since midnight.
    public var start: Nanoseconds
    public var length: Nanoseconds

    public init(_ symbol: Symbol, start: Nanoseconds, length: Nanoseconds) {
        self.symbol = symbol
        self.start = start
        self.length = length
    }
}

/// What goes wrong beside the lines' faults, about so often; 0 for never.
public struct VenueQuirks: Sendable, Equatable {
    /// Time between two lost order-entry connections, on average.
    public var disconnectEvery: Nanoseconds = 0
    /// Time between two stalls, in which nothing is read or sent, on average.
    public var stallEvery: Nanoseconds = 0
    public var stallLength: Nanoseconds = 100_000_000
    /// Part of the participants' new orders that is refused without a reason of theirs, in basis points.
    public var reject: Int64 = 0

    public init() {}
}

/// Limit-up/limit-down: bands around a reference that follows the trades.
public struct VenueBands: Sendable, Equatable {
    /// How wide they are.
    public enum Width: Sendable, Equatable {
        /// A part of the reference, in basis points.
        case fixed(Int64)
        /// As the US plan has it: 5 % in tier 1 and 10 % in tier 2 from a reference of 3.00, 20 % from 0.75, below it the lesser of
        /// 0.15 and 75 %; doubled from 15:35 on up to 3.00, and in tier 1 above it.
        case limitUpLimitDown(tier: Int)
    }

    public var width: Width
    /// The reference is the mean of the last trade's price, taken each second, over this time.
    public var window: Nanoseconds = 300_000_000_000
    /// It moves when that mean is a hundredth of it away.
    public var step: Int64 = 100
    /// A limit state of this length pauses trading.
    public var limitState: Nanoseconds = 15_000_000_000
    /// How long a pause is; then an auction opens trading again.
    public var pause: Nanoseconds = 300_000_000_000

    public init(_ width: Width) { self.width = width }
}
