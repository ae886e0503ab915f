// SPDX-License-Identifier: MIT
import HeliosMarket

/// How patiently missing messages are asked for; times in nanoseconds.
public struct MoldRequestSettings: Sendable, Equatable {
    /// How long the other line, or a late packet, may bring what is missing before it is asked for.
    public var patience: Nanoseconds = 2_000_000
    /// How long an answer is waited for the first time; twice as long each further time.
    public var timeout: Nanoseconds = 50_000_000
    /// The longest wait for an answer.
    public var timeoutMax: Nanoseconds = 1_000_000_000
    /// Requests without an answer until the messages are given up.
    public var attemptsMax = 8
    /// Messages asked for at once.
    public var messagesMax: UInt16 = 1_000
    /// The least time between two requests: servers shut out who asks too fast.
    public var interval: Nanoseconds = 1_000_000
    /// Servers, which are asked in turn when one does not answer.
    public var servers = 1

    public init() {}
}

/// What a requester wants done.
public enum MoldRequestAction: Equatable, Sendable {
    case none
    /// Ask server number `server` for `count` messages from `sequence` on.
    case request(sequence: UInt64, count: UInt16, server: Int)
    /// Nobody has these messages: go on without them.
    case giveUp(Range<UInt64>)
}

/// Decides when to ask a retransmission server for what, knowing only what is missing and what time it is.
///
/// ```
/// whole ── hole ──► patient ── patience over ──► asked ── answer, hole closed ──► whole
///                      ▲                          │  └── answer, hole smaller ──► asked for the rest at once
///                      └── another hole ──────────┤
///                                                 ├── no answer in time ──► asked again, the next server, waiting twice as long
///                                                 └── no answer to the last attempt ──► given up
/// ```
/// The answers come to the feed as packets like any other; the requester sees only that the hole gets smaller.
public struct MoldRequester: Sendable {
    private enum Phase: Equatable {
        case whole
        /// Nothing asked yet, or more to ask.
        case patient
        case asked
    }

    private let settings: MoldRequestSettings
    private var phase = Phase.whole
    private var hole: Range<UInt64> = 0..<0
    /// When something is to be done next.
    private var due: Nanoseconds = 0
    private var wait: Nanoseconds
    private var attempts = 0
    private var server = 0
    private var lastRequest: Nanoseconds?
    /// How far the stream was known at some time, and how far it was known at least `patience` ago: holes before the latter
    /// have had their chance.
    private var mark: (end: UInt64, time: Nanoseconds) = (0, 0)
    private var seasoned: UInt64 = 0
    /// Requests sent so far.
    public private(set) var requests = 0
    /// Requests whose time ran out.
    public private(set) var timeouts = 0

    public init(_ settings: MoldRequestSettings = MoldRequestSettings()) {
        self.settings = settings
        wait = settings.timeout
    }

    /// When `step` has to be called at the latest; nil when nothing is missing.
    public var dueTime: Nanoseconds? { phase == .whole ? nil : due }

    /// Says what to do now.
    ///
    /// - Parameters:
    ///   - missing: the first hole in the stream, `MoldFeed.missing`.
    ///   - end: how far the stream is known, the end of `MoldFeed.gap`; holes behind the first, which were known while it was
    ///     open, then need no patience of their own.
    ///   - now: a clock that does not go backward.
    /// - Returns: at most one action; call again after doing it only when time has passed or something came in.
    public mutating func step(
        missing: Range<UInt64>?,
        knownTo end: UInt64 = 0,
        at now: Nanoseconds
    ) -> MoldRequestAction {
        guard let missing, !missing.isEmpty else {
            phase = .whole
            return .none
        }
        season(end, now)
        follow(missing, now)
        guard now >= due else { return .none }
        if phase == .asked {
            timeouts += 1
            #if HELIOS_BUG_BANK
            if isOn(.missingAskedForOnce) { return .none }
            #endif
            guard attempts < settings.attemptsMax else {
                phase = .whole
                return .giveUp(missing)
            }
            wait = min(wait * 2, settings.timeoutMax)
            server = (server + 1) % max(settings.servers, 1)
            phase = .patient
        }
        if let lastRequest, now - lastRequest < settings.interval {
            due = lastRequest + settings.interval
            return .none
        }
        return ask(missing, now)
    }

    private mutating func season(_ end: UInt64, _ now: Nanoseconds) {
        // A stream that was whole before: what its last gap knew is over.
        if phase == .whole { mark = (end, now) }
        guard now - mark.time >= settings.patience else { return }
        seasoned = mark.end
        mark = (end, now)
    }

    /// Takes notice of how the hole has changed.
    private mutating func follow(_ missing: Range<UInt64>, _ now: Nanoseconds) {
        let isOther = phase == .whole || missing.lowerBound >= hole.upperBound || missing.lowerBound < hole.lowerBound
        if isOther {
            phase = .patient
            due = missing.lowerBound < seasoned ? now : now + settings.patience
            attempts = 0
            wait = settings.timeout
        } else if missing.lowerBound > hole.lowerBound {
            // An answer, in part: the server works, and the rest need not wait.
            attempts = 0
            wait = settings.timeout
            if phase == .asked {
                phase = .patient
                due = now
            }
        }
        hole = missing
    }

    private mutating func ask(_ missing: Range<UInt64>, _ now: Nanoseconds) -> MoldRequestAction {
        phase = .asked
        attempts += 1
        requests += 1
        lastRequest = now
        due = now + wait
        let count = UInt16(min(UInt64(settings.messagesMax), missing.upperBound - missing.lowerBound))
        return .request(sequence: missing.lowerBound, count: max(count, 1), server: server)
    }
}
