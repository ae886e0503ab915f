// SPDX-License-Identifier: MIT
import HeliosEngine
import HeliosMarket

/// Something that the people who run a session want to know.
public struct LiveNotice: Sendable {
    /// What it is.
    public enum Kind: String, Sendable {
        /// A socket listens.
        case listening
        /// The journal was read.
        case recovered
        /// The venue let us in: cancels can leave.
        case cancelOnly
        /// Orders may leave.
        case trading
        /// The venue can't be reached any more.
        case venueLost
        /// A participant of an exchange has logged in, or is gone.
        case joined
        case left
        case standbyJoined
        case standbyLost
        case standbyRefused
        /// A standby has caught up with its primary.
        case following
        /// A standby misses its primary.
        case detected
        case fenced
        case diverged
        case ended
        case warning
    }

    public var kind: Kind
    public var text: String
    /// Nanoseconds of the machine's clock that never goes backward, when it happened.
    public var monotonic: Nanoseconds

    /// It happens now.
    public init(_ kind: Kind, _ text: String) {
        self.kind = kind
        self.text = text
        monotonic = Sockets.now
    }
}

/// How a session ended.
public enum LiveOutcome: Sendable, Equatable {
    /// The recorded market is over and everything is settled.
    case finished
    /// Somebody asked for the end.
    case interrupted
    /// Another writer has taken over.
    case fenced
    /// The engine derives something else than the journal says.
    case diverged(String)
    /// The journal takes nothing any more.
    case halted(String)
    /// The venue, or the primary, can't be reached.
    case unreachable(String)
    /// The primary ended in good order: nothing to take over.
    case primaryEnded
    /// The primary does not take this standby.
    case refused(String)
}

/// What a session has come to.
public struct LiveSummary: Sendable {
    public var sequence: UInt64
    public var inputs: Int
    public var epoch: UInt64
    public var outputHash: UInt64
    public var marketInputs: UInt64
    public var orders: UInt64
    public var counters: NodeCounters
}

/// How a session is run.
public struct LiveOptions: Sendable {
    public var journalDirectory: String
    public var venue: Endpoint
    /// Where a standby may connect.
    public var standbyListen: Endpoint?
    /// Follow this one first, and take over when it dies.
    public var primary: Endpoint?
    public var durability = Durability.cache
    /// Seconds of the market a second; 0 is as fast as the venue keeps up.
    public var speed = 1.0
    /// A primary that was not heard of for so long is taken for dead.
    public var heartbeatTimeout: Nanoseconds = 100_000_000
    /// A venue that was not heard of for so long is taken for lost.
    public var venueTimeout: Nanoseconds = 2_000_000_000
    /// How long a venue or a primary may be out of reach before the process gives up.
    public var patience: Nanoseconds = 30_000_000_000
    public var journal = JournalOptions()
    public var snapshots = SnapshotOptions()

    public init(journalDirectory: String, venue: Endpoint) {
        self.journalDirectory = journalDirectory
        self.venue = venue
    }
}

/// What two processes of ours say to one another beside records: kind `command`, `orderID` = the word.
enum LinkWord: UInt64 {
    /// A standby's first word: `sequence` = its last record, `price.raw` = that record's fingerprint, `detail` = version.
    case follow = 1
    /// The primary's answer: `sequence` = its last record.
    case welcome = 2
    /// The primary's answer: the standby's journal is not a beginning of its own.
    case refuse = 3
    /// The primary ends in good order.
    case end = 4
    /// The standby has everything up to `sequence`.
    case have = 5
    /// To a venue: write down what you know. Answered with the same word.
    case dump = 6
    /// The primary's answer: it has a standby already.
    case busy = 7

    static let version: UInt64 = 1
    /// Keeps our words apart from an operator's commands, which are records like others.
    private static let mark = EventFlags(rawValue: 128)

    func record(sequence: UInt64 = 0, fingerprint: UInt64 = 0, detail: UInt64 = 0) -> Event {
        Event(
            sequence: sequence,
            orderID: rawValue,
            price: Price(raw: Int64(bitPattern: fingerprint)),
            kind: .command,
            flags: LinkWord.mark,
            detail: detail
        )
    }

    init?(_ event: Event) {
        guard event.kind == .command, event.flags == LinkWord.mark else { return nil }
        self.init(rawValue: event.orderID)
    }
}
