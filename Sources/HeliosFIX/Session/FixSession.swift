// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosWire

/// One FIX session as a pure state machine, acceptor or initiator: bytes and time in, bytes and events out.
///
/// ```
///                 connected            Logon                gap
///  disconnected ───────────► awaiting ───────► active ◄───────────► resendPending
///        ▲                  or logonSent          │ logout                │
///        └────────────────────────┴───────────────┴──► logoutSent ◄───────┘
/// ```
/// ```swift
/// var session = FixSession(configuration, dictionary: nil, store: .inMemory())
/// session.connected(at: now, into: &output)
/// while let event = session.next(&bytes, at: now, into: &output) { … }
/// _ = session.send(.newOrderSingle, at: now, into: &output) { $0.put(.clOrdID, "A1") }
/// ```
/// Numbers, and what was sent, are in the store before bytes are in the output. Messages come in order, each number once; one
/// that was delivered but not acknowledged comes again after a restart. Owned by one thread; memory is taken at the start.
public struct FixSession: ~Copyable {
    /// What the session was made with.
    public let configuration: FixSessionConfiguration
    var checker: FixChecker?
    /// The store: for its room, and for what a restart found.
    public internal(set) var store: FixStore
    let texts: FixTexts
    var inbox: FixInbox
    var early: FixEarly
    var scanner: FixScanner
    /// For messages of the store, while one that came is being looked at.
    var storeScanner: FixScanner
    var writer: FixWriter

    /// Where in its life the session is.
    public internal(set) var state = FixSessionState.disconnected
    /// The number of the next message that is expected; the store's is behind while messages are not acknowledged.
    public internal(set) var nextIn: UInt64
    /// The number of the next message that is sent.
    public var nextOut: UInt64 { store.nextOut }
    /// The peer's Text, when it has logged out or refused a Logon.
    public internal(set) var peerText: String?
    /// Decides whether an application message is sent again when it is asked for; false fills its number instead.
    ///
    /// Without it everything is sent again.
    public var shouldResend: (@Sendable (FixMessage, UInt64) -> Bool)?
    /// Judges a Logon that is otherwise right, by its user and password for one: a text refuses it, by Logout.
    public var refusal: (@Sendable (FixMessage) -> String?)?
    /// Messages of the session's own that were lost because neither output nor store had room.
    public internal(set) var dropped = 0

    /// Seconds between heartbeats, as agreed; zero is off.
    public internal(set) var heartbeat: Int
    private var isConnected = false
    var connectedAt = Timestamp.zero
    var lastSent = Timestamp.zero
    var lastReceived = Timestamp.zero
    var isTestSent = false
    var hasUnacknowledged = false
    var pendingGap: (from: UInt64, to: UInt64)?
    var pendingClosure: FixClosure?
    var pendingLogon: Bool?

    // A gap that is being filled.
    var chunkEnd: UInt64 = 0
    var lastAsked: UInt64 = 0
    var progressAt = Timestamp.zero
    /// Whether something garbled came since it was asked for, and how often that was so for the same number.
    var cameGarbled = false
    var strikes = 0

    // What the peer has asked for: from `replayNext` to `replayEnd`; and what has a number but was never sent, from `unsent`.
    var replayNext: UInt64 = 1
    var replayEnd: UInt64 = 0
    /// The run that is filled over next, when there was no room for it.
    var run: (first: UInt64, last: UInt64)?
    var unsent: UInt64

    // Logout and reset.
    var logoutCause = FixClosure.ourLogout
    var logoutDeadline = Timestamp.never
    var isFaulted = false
    var sentResetAt: Timestamp?
    var sendsNextExpected: Bool
    var period: (start: Timestamp, end: Timestamp)?

    /// A session that goes on where `store` has it.
    ///
    /// - Parameters:
    ///   - configuration: who talks to whom, and how.
    ///   - dictionary: what messages are checked against; nil means that only the session layer's rules are.
    ///   - store: numbers and messages of before.
    public init(_ configuration: FixSessionConfiguration, dictionary: FixDictionary?, store: consuming FixStore) {
        self.configuration = configuration
        if configuration.validates, let dictionary {
            checker = FixChecker(dictionary, options: configuration.checks)
        } else {
            checker = nil
        }
        let pairs = dictionary?.dataPairs ?? FixDataPairs()
        scanner = FixScanner(capacity: configuration.mostFields, pairs: pairs)
        storeScanner = FixScanner(capacity: configuration.mostFields, pairs: pairs)
        texts = FixTexts(configuration)
        inbox = FixInbox(largestBody: configuration.largestBody, resync: configuration.resync)
        early = FixEarly(messages: configuration.earlyMessages, bytes: configuration.earlyBytes)
        writer = FixWriter(capacity: min(max(configuration.largestBody, 1_024), 1 << 28))
        heartbeat = max(configuration.heartbeat, 0)
        nextIn = store.nextIn
        unsent = store.nextOut
        let version = configuration.id.version
        sendsNextExpected = configuration.usesNextExpected && (version == .fix44 || version == .fixt11)
        self.store = store
    }

    // MARK: Connections

    /// The connection is made; an initiator sends its Logon.
    public mutating func connected(at now: Timestamp, into output: inout WireOutput) {
        if isConnected { disconnected(at: now) }
        isConnected = true
        forgetConnection(now)
        beginPeriod(now)
        if configuration.schedule != nil, period == nil {
            return close(.schedule)
        }
        guard configuration.role == .initiator else {
            state = .awaitingLogon
            return
        }
        state = .logonSent
        if configuration.resetOnLogon { reset(now) }
        // A reset that was not confirmed is asked for until it is.
        let isReset = configuration.resetOnLogon || store.isResetOpen
        if isReset { sentResetAt = now }
        if !sendLogon(isReset: isReset, isReset ? 1 : nextIn, now, &output) { close(.refused(.room)) }
    }

    /// The connection is gone, or was closed as the session has asked.
    public mutating func disconnected(at now: Timestamp) {
        guard isConnected else { return }
        isConnected = false
        state = .disconnected
        if configuration.resetOnDisconnect { reset(now) }
        forgetConnection(now)
    }

    private mutating func forgetConnection(_ now: Timestamp) {
        inbox.removeAll()
        early.removeAll()
        heartbeat = max(configuration.heartbeat, 0)
        connectedAt = now
        lastSent = now
        lastReceived = now
        isTestSent = false
        pendingGap = nil
        pendingClosure = nil
        pendingLogon = nil
        lastAsked = 0
        cameGarbled = false
        strikes = 0
        replayNext = 1
        replayEnd = 0
        run = nil
        // What has a number is asked for after the next Logon.
        unsent = store.nextOut
        logoutCause = .ourLogout
        logoutDeadline = .never
        isFaulted = false
        sentResetAt = nil
        peerText = nil
    }

    /// Both numbers are 1 again, and the store is empty.
    mutating func reset(_ now: Timestamp) {
        store.reset(at: now)
        nextIn = 1
        hasUnacknowledged = false
        early.removeAll()
        forgetSent()
    }

    /// Nothing that was sent can be asked for any more, and nothing is asked for.
    mutating func forgetSent() {
        replayNext = 1
        replayEnd = 0
        run = nil
        unsent = store.nextOut
        lastAsked = 0
        strikes = 0
        if case .resendPending = state { state = .active }
    }

    /// Finds the schedule's period, and begins a new sequence when the store's is of an earlier one.
    mutating func beginPeriod(_ now: Timestamp) {
        period = configuration.schedule?.period(containing: now)
        if store.created == .zero, store.nextOut == 1, store.nextIn == 1 {
            reset(now)
        } else if let period, configuration.resetOnSchedule, store.created < period.start {
            reset(now)
        }
    }

    /// Ends the connection: the closure is told with the next event.
    mutating func close(_ closure: FixClosure) {
        state = .disconnected
        pendingClosure = closure
        pendingGap = nil
        replayEnd = 0
        unsent = store.nextOut
        early.removeAll()
        inbox.removeAll()
    }

    // MARK: Input

    /// The next event in what was read; nil when there is none.
    ///
    /// - Parameters:
    ///   - bytes: fresh bytes of the connection; they are moved behind what was taken, all when there is no event.
    ///   - now: UTC.
    ///   - output: where answers go.
    /// - Returns: an event, valid until the session is next used.
    public mutating func next(
        _ bytes: inout WireBytes,
        at now: Timestamp,
        into output: inout WireOutput
    ) -> FixSessionEvent? {
        acknowledgeByItself()
        pump(now, &output)
        while true {
            if let event = takePending() { return event }
            guard state != .disconnected else {
                bytes = .empty
                return nil
            }
            if let waiting = early.take(nextIn) {
                if let event = drain(waiting, now, &output) { return event }
                continue
            }
            switch inbox.next(&bytes) {
            case .incomplete: return nil
            case .garbled(let count, let reason): return garbled(count, reason, now, &output)
            case .message(let whole):
                let message: FixMessage
                do throws(FixGarble) { message = try scanner.scan(whole) } catch {
                    return garbled(whole.count, error, now, &output)
                }
                lastReceived = max(lastReceived, now)
                isTestSent = false
                if let event = receive(message, now, &output) { return event }
            }
        }
    }

    private mutating func garbled(
        _ count: Int,
        _ reason: FixGarble,
        _ now: Timestamp,
        _ output: inout WireOutput
    ) -> FixSessionEvent? {
        // A connection has to begin with a Logon.
        if state == .awaitingLogon {
            close(.notLogon)
            return takePending()
        }
        cameGarbled = true
        // It would be so each time that it is sent again.
        if reason == .tooManyFields, state.isLoggedOn { fault(.unreadable, "Too many fields", now, &output) }
        return .garbled(reason, count: count)
    }

    /// Deals with a message that has waited for its turn.
    private mutating func drain(
        _ waiting: WireBytes,
        _ now: Timestamp,
        _ output: inout WireOutput
    ) -> FixSessionEvent? {
        guard waiting.count > 0, let message = try? scanner.scan(waiting) else {
            advance(to: nextIn + 1, now, &output)
            return nil
        }
        return perform(message, FixHeader(message), now, &output)
    }

    mutating func takePending() -> FixSessionEvent? {
        if let isReset = pendingLogon {
            pendingLogon = nil
            return .loggedOn(isReset: isReset)
        }
        if let gap = pendingGap {
            pendingGap = nil
            return .gap(from: gap.from, to: gap.to)
        }
        if let closure = pendingClosure {
            pendingClosure = nil
            return .closed(closure)
        }
        return nil
    }

    // MARK: Acknowledgement

    /// The application has durably taken all messages that were delivered: the store's nextIn moves behind them.
    public mutating func acknowledge() {
        hasUnacknowledged = false
        store.setNextIn(nextIn)
    }

    mutating func acknowledgeByItself() {
        if hasUnacknowledged, configuration.acknowledgesByItself { acknowledge() }
    }

    /// Gives the store more memory; false when it is too small.
    public mutating func moveStore(to memory: FixStoreMemory) -> Bool { store.move(to: memory) }
}
