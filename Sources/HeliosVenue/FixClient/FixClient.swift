// SPDX-License-Identifier: MIT
import HeliosFIX
import HeliosMarket
import HeliosWire

/// The client's side of a FIX order entry as a pure state machine: records and time in, bytes out; bytes in, records out.
///
/// ```
///         connected           Logon            no gap open           all answered
///  down ────────────► loggingIn ────► replaying ───────────► querying ──────────► ready
///   ▲                                     │                      │                  │
///   └─────────────────────────────────────┴──── connection lost ─┴──────────────────┘
/// ```
/// A process that has just begun expects number 1: the venue sends everything again that it has told, and every order's state is built
/// anew from its own words. Later connections go on where the last one ended; numbers leave no word out. What has left and was not
/// answered is asked after (OrderStatusRequest), as is every order that may still trade, and is never sent again: when the venue
/// asks for numbers that it has missed, it gets them filled without their content.
///
/// Our numbers travel in the ClOrdID (`FixOrderToken`), so that a client that starts with nothing finds its orders again.
///
/// ```swift
/// client.connected(at: now, into: &output)
/// var chunk = bytes
/// while let event = client.next(&chunk, at: now, into: &output) { … }
/// client.submit(Event(order: order, at: now), at: now, into: &output)
/// client.tick(at: now, into: &output)
/// ```
/// Times are UTC: they are written as SendingTime too.
public struct FixClient: ~Copyable {
    /// How far the client is.
    @frozen
    public enum Phase: UInt8, Sendable, BitwiseCopyable {
        case down, loggingIn, replaying, querying, ready
    }

    /// What is told before anything else is read.
    enum Scan: UInt8 {
        case none, unsent, status
    }

    /// What left under a number.
    struct Sent: BitwiseCopyable {
        enum Kind: UInt8 {
            case none, order, replacement, cancel, question, mark, request
        }

        var sequence: UInt64 = 0
        var place: UInt32 = 0
        var kind = Kind.none
    }

    /// The protocol's session.
    public var session: FixSession
    let records: UnsafeMutablePointer<FixClientOrder>
    let byOrder: ReferenceTable
    let bySymbol: ReferenceTable
    /// The venue's OrderIDs, hashed.
    let byVenue: ReferenceTable
    var venueNumbers = 0
    /// Symbols as text in a word, the first character in the lowest byte.
    let symbols: UnsafeMutablePointer<UInt64>
    let instruments: Int
    let orderCapacity: Int
    let midnight: Timestamp
    let day: UInt32
    let venue: Venue
    let epoch: UInt64
    let version: FixVersion
    let capacityCode: UInt8
    let handling: UInt8
    let isDark: Bool
    let liquidityTag: FixTag
    let selfMatch: FixSelfMatch.Instruction?
    let selfMatchID: UnsafeMutableRawBufferPointer
    let patience: Nanoseconds
    /// Account and ExDestination.
    let account: UnsafeMutableRawBufferPointer
    let destination: UnsafeMutableRawBufferPointer
    var bucket: TokenBucket
    var newOrders: PlaceQueue
    var cancels: PlaceQueue
    var asks: PlaceQueue
    /// What left lately, by number, and whose cancels, by their own count.
    let sent: UnsafeMutablePointer<Sent>
    let cancelled: UnsafeMutablePointer<UInt32>
    /// Cancels and marks made by this process.
    var requests: UInt64 = 0
    var marks: UInt64 = 0
    /// A mark is awaited since; zero when none is.
    var markSince = Timestamp.zero
    /// Something under our epoch has left: who else uses it is another writer.
    var hasSpoken = false
    var isMarked = false
    /// The venue does not answer questions.
    var refusesStatus = false
    var asked = 0
    var nextAsk = Timestamp.never
    var scan = Scan.none
    var cursor = 0
    /// What is told next.
    var pending: [FixClientEvent] = []
    var pendingHead = 0
    var wantsStatus = false
    var overtakenBy: UInt64 = 0
    /// Messages of the venue are missing, and were asked for.
    var isGapOpen = false
    /// New orders that wait are to be taken back.
    var withdraws = false
    /// Orders before this one have ended.
    var firstOpen = 0
    /// The latest time of the market that a record has named.
    var marketTime = Timestamp.zero
    /// Numbers of corrected executions, and of those that they correct.
    var corrections: [UInt64: UInt64] = [:]
    /// Requests for quotes and what dealers answer.
    var quotes: FixQuoteBook
    /// How far the client is.
    public internal(set) var phase = Phase.down
    /// Orders that the client remembers, ended ones included.
    public internal(set) var count = 0
    public internal(set) var counters = FixClientCounters()

    /// No order is larger: a message that says so can't be right.
    static var most: Quantity { Quantity(raw: 1 << 60) }
    /// Places in the tables of what has left lately.
    static var recent: Int { 1 << 14 }

    /// - Parameters:
    ///   - configuration: the login, and the epoch of the node.
    ///   - store: the session's numbers; what was read before counts for nothing, the venue tells it again.
    public init(_ configuration: FixClientConfiguration, store: consuming FixStore) {
        var store = store
        store.setNextIn(1)
        version = configuration.session.id.version
        orderCapacity = min(max(configuration.orders, 1), 1 << 28)
        records = .allocate(capacity: orderCapacity)
        // Touched now, so that no page has to be found while an order waits.
        records.initialize(repeating: FixClientOrder.none, count: orderCapacity)
        byOrder = ReferenceTable(capacity: orderCapacity, isDense: true)
        byVenue = ReferenceTable(capacity: orderCapacity, isDense: false)
        instruments = configuration.symbols.count
        symbols = .allocate(capacity: max(instruments, 1))
        bySymbol = ReferenceTable(capacity: max(instruments, 1), isDense: false)
        midnight = configuration.midnight
        day = configuration.midnight.dayNumber & 0x7FFF
        venue = configuration.venue
        epoch = configuration.epoch
        capacityCode = configuration.capacity
        handling = configuration.handling
        isDark = configuration.isDark
        liquidityTag = configuration.liquidityTag
        selfMatch = configuration.selfMatch?.instruction
        selfMatchID = FixClient.bytes(configuration.selfMatch?.id ?? "")
        patience = max(configuration.patience, 1_000_000)
        account = FixClient.bytes(configuration.account)
        destination = FixClient.bytes(configuration.destination)
        bucket = TokenBucket(rate: configuration.rate, burst: configuration.burst)
        newOrders = PlaceQueue(capacity: configuration.waiting)
        cancels = PlaceQueue(capacity: orderCapacity)
        asks = PlaceQueue(capacity: orderCapacity)
        sent = .allocate(capacity: FixClient.recent)
        sent.initialize(repeating: Sent(), count: FixClient.recent)
        cancelled = .allocate(capacity: FixClient.recent)
        cancelled.initialize(repeating: .max, count: FixClient.recent)
        pending.reserveCapacity(8)
        quotes = FixQuoteBook(configuration.dealers)
        session = FixSession(
            configuration.session,
            dictionary: configuration.dictionary,
            store: store
        )
        for (index, symbol) in configuration.symbols.enumerated() {
            let text = FixClient.text(symbol)
            (symbols + index).initialize(to: text)
            bySymbol.insert(text, index)
        }
        for known in configuration.known { remember(known) }
    }

    deinit {
        records.deallocate()
        symbols.deallocate()
        account.deallocate()
        destination.deallocate()
        selfMatchID.deallocate()
        sent.deallocate()
        cancelled.deallocate()
        byOrder.deallocate()
        byVenue.deallocate()
        bySymbol.deallocate()
        newOrders.deallocate()
        cancels.deallocate()
        asks.deallocate()
    }

    private static func bytes(_ text: String) -> UnsafeMutableRawBufferPointer {
        let bytes = Array(text.utf8)
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
        memory.copyBytes(from: bytes)
        return memory
    }

    /// A symbol without its padding, the first character in the lowest byte.
    static func text(_ symbol: Symbol) -> UInt64 {
        var text: UInt64 = 0
        var isText = false
        for place in (0..<8).reversed() {
            let byte = symbol.packed >> UInt64(8 * place) & 0xFF
            if byte != 0x20 { isText = true }
            text = text << 8 | (isText ? byte : 0)
        }
        return text
    }

    private mutating func remember(_ known: FixKnownOrder) {
        guard count < orderCapacity, byOrder[known.order] == nil else { return }
        var order = FixClientOrder(
            order: known.order,
            quantity: known.terms.quantity,
            open: known.terms.quantity,
            price: known.terms.price,
            instrument: known.terms.instrument,
            isSell: known.terms.side == .sell,
            state: .sent
        )
        order.timeInForce = known.terms.timeInForce
        order.expireDay = known.terms.expireDay
        order.mark = known.terms.mark
        if quotes.place(of: known.terms.venue) != nil { order.dealer = known.terms.venue.id }
        order.isCountOpen = true
        if let original = byOrder[known.original] {
            order.replaces = UInt32(original) + 1
            records[original].successor = UInt32(count) + 1
        }
        _ = remember(order)
    }

    /// When `tick` must be called at the latest.
    public func deadline(after now: Timestamp) -> Timestamp {
        var deadline = session.deadline(after: now)
        let waits = cancels.count + asks.count + (phase == .ready ? newOrders.count : 0)
        if waits > 0, session.state.isLoggedOn { deadline = min(deadline, bucket.ready(after: now)) }
        return min(deadline, nextAsk)
    }

    /// The order with the caller's number `order`, or nil.
    public func order(_ order: OrderID) -> FixClientOrder? { byOrder[order].map { records[$0] } }

    /// The numbers of the orders that have left and were not answered.
    public var unknownOrders: [OrderID] {
        (0..<count).filter { records[$0].state == .sent }.map { records[$0].order }
    }
}

// MARK: - Connection
extension FixClient {
    /// A connection is there.
    public mutating func connected(at now: Timestamp, into output: inout WireOutput) {
        phase = .loggingIn
        session.connected(at: now, into: &output)
    }

    /// The connection is gone; `next` then tells of the orders that never left.
    public mutating func disconnected(at now: Timestamp) {
        session.disconnected(at: now)
        fallDown()
    }

    mutating func fallDown() {
        phase = .down
        newOrders.removeAll()
        asks.removeAll()
        for place in firstOpen..<max(count, firstOpen) {
            records[place].isAsked = false
            records[place].isDenied = false
            records[place].cancelsOut = 0
        }
        asked = 0
        nextAsk = .never
        markSince = .zero
        isMarked = false
        scan = .unsent
        cursor = 0
    }

    /// Says goodbye; cancel what works before.
    public mutating func logout(at now: Timestamp, into output: inout WireOutput) {
        session.logout(nil, at: now, into: &output)
    }

    /// Sends what the rate allows now, and heartbeats; gives up a silent venue.
    public mutating func tick(at now: Timestamp, into output: inout WireOutput) -> FixClientEvent? {
        if let event = session.tick(at: now, into: &output), case .closed(let reason) = event {
            fallDown()
            return .closed(reason)
        }
        askAgain(at: now, into: &output)
        pump(at: now, into: &output)
        return nil
    }

    /// The next event in what was read; call it until nil, with an empty `chunk` too after `disconnected`.
    public mutating func next(
        _ chunk: inout WireBytes,
        at now: Timestamp,
        into output: inout WireOutput
    ) -> FixClientEvent? {
        while true {
            if let event = told(at: now, into: &output) { return event }
            // What was just told may ask for a cancel or a question.
            if asked > 0 { nextAsk = min(nextAsk, now + patience) }
            if cancels.count + asks.count > 0 { pump(at: now, into: &output) }
            guard let event = session.next(&chunk, at: now, into: &output) else {
                guard advance(at: now, into: &output) else { return nil }
                continue
            }
            if let event = judge(event, at: now, into: &output) { return event }
            _ = advance(at: now, into: &output)
        }
    }

    private mutating func judge(
        _ event: FixSessionEvent,
        at now: Timestamp,
        into output: inout WireOutput
    ) -> FixClientEvent? {
        switch event {
        case .loggedOn(let isReset):
            phase = .replaying
            return isReset && count > 0 ? .restarted : nil
        case .message(let message, let delivery):
            return take(message, delivery, at: now, into: &output)
        case .rejected(let message):
            return refused(message, isBusiness: false, at: now)
        case .refused(let message, _):
            if message.type == .executionReport { unreadable(message) }
            counters.malformed += 1
            return .malformed(message[.msgSeqNum]?.unsigned ?? 0)
        case .gap:
            counters.gaps += 1
            isGapOpen = true
            return nil
        case .garbled(let reason, _):
            counters.malformed += 1
            return .garbled(reason)
        case .closed(let reason):
            fallDown()
            return .closed(reason)
        }
    }

    /// Goes on to the next phase when this one is over; whether it did.
    private mutating func advance(at now: Timestamp, into output: inout WireOutput) -> Bool {
        if isGapOpen, session.state == .active { isGapOpen = false }
        switch phase {
        case .replaying where session.state == .active:
            phase = .querying
            showEpoch(at: now, into: &output)
            askAll(at: now, into: &output)
            return true
        case .querying where isMarked && asked == 0:
            phase = .ready
            tell(.ready)
            beginStatus()
            pump(at: now, into: &output)
            return true
        case .ready where wantsStatus && asked == 0 && scan == .none && !isInDoubt:
            beginStatus()
            return true
        default: return false
        }
    }

    /// The node takes what is not named for what never arrived: as long as one order is neither, nothing is said of any.
    private mutating func beginStatus() {
        guard wantsStatus, !isInDoubt else { return }
        wantsStatus = false
        scan = .status
        cursor = 0
    }

    /// To be told before anything else is read.
    mutating func tell(_ event: FixClientEvent) { pending.append(event) }

    private mutating func told(at now: Timestamp, into output: inout WireOutput) -> FixClientEvent? {
        if pendingHead < pending.count {
            pendingHead += 1
            return pending[pendingHead - 1]
        }
        if pendingHead > 0 {
            pending.removeAll(keepingCapacity: true)
            pendingHead = 0
        }
        if withdraws, scan == .none {
            withdraws = false
            newOrders.removeAll()
            scan = .unsent
            cursor = 0
        }
        guard scan != .none else { return nil }
        while cursor < count {
            cursor += 1
            if let event = look(at: cursor - 1, at: now) { return .report(event) }
        }
        let ended = scan
        scan = .none
        guard ended == .status else { return nil }
        return .report(Event(eventTime: now, receiveTime: now, venue: venue, kind: .orderStatus))
    }

    /// The venue's day is over: what it has not answered it never took, unless some of its words are missing.
    mutating func endDay(at now: Timestamp) {
        guard !isGapOpen else { return }
        for place in firstOpen..<max(count, firstOpen) where records[place].state == .sent {
            tell(.report(neverArrived(place, at: now)))
        }
    }

    /// What the scan under way has to say about an order.
    private mutating func look(at place: Int, at now: Timestamp) -> Event? {
        let order = records[place]
        switch scan {
        case .none: return nil
        case .unsent: return order.state == .waiting ? neverArrived(place, at: now) : nil
        case .status:
            guard order.isNamed, order.state == .live || order.state == .ended else { return nil }
            var status = report(.orderStatus, order, at: now)
            status.quantity = order.filled
            status.price = Price(raw: order.open.raw)
            status.detail = order.state == .live ? 1 : 0
            // The venue's own count, which the node compares with its own; a replaced order's is that of its successor.
            if order.successor == 0 { status.flags.insert(.printable) }
            return status
        }
    }

    mutating func neverArrived(_ place: Int, at now: Timestamp) -> Event {
        var event = report(.orderRejected, records[place], at: now)
        event.quantity = records[place].open
        event.detail = UInt64(RejectReason.neverArrived.rawValue)
        records[place].state = .ended
        records[place].open = .zero
        records[place].isNamed = false
        records[place].wantsCancel = false
        return event
    }

    /// Keeps `order`; the caller has made sure that there is room.
    mutating func remember(_ order: FixClientOrder) -> Int {
        let place = count
        records[place] = order
        count += 1
        if byOrder[order.order] == nil { byOrder.insert(order.order, place) }
        return place
    }

    /// A report about `order` without a quantity.
    func report(_ kind: EventKind, _ order: FixClientOrder, at now: Timestamp) -> Event {
        Event(
            eventTime: now,
            receiveTime: now,
            orderID: order.order,
            price: order.price,
            instrument: order.instrument,
            venue: order.dealer == 0 ? venue : Venue(id: order.dealer),
            kind: kind,
            flags: order.flags
        )
    }
}
