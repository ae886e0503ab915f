// SPDX-License-Identifier: MIT
import HeliosMarket

/// What a client of an OUCH 5.0 port must know.
public struct OuchClientConfiguration: Sendable {
    /// Login and timeouts.
    public var soup: SoupClientConfiguration
    /// The venue's symbols, by instrument.
    public var symbols: [Symbol]
    /// Midnight of the trading day in New York, from which the venue counts its time.
    public var midnight: Timestamp
    /// The venue, for the reports.
    public var venue: Venue
    /// Our epoch: an order of a later one shows that another writer has taken over.
    public var epoch: UInt64 = 0
    /// Orders that a day may have, those of earlier writers included.
    public var orders = 1 << 18
    /// Messages a second that the venue takes, and how many at once.
    public var rate = 1_000_000
    public var burst = 1_000
    /// New orders that may wait for the rate.
    public var waiting = 4_096
    /// For whom orders are entered.
    public var capacity = OuchCapacity.agency
    /// What the venue does when two of our orders meet there all the same; nil leaves it to the port.
    public var selfMatch: OuchSelfMatch?
    /// The port is a dark pool's: every order is a hidden midpoint peg, its price the limit.
    public var isDark = false

    public init(soup: SoupClientConfiguration, symbols: [Symbol], midnight: Timestamp, venue: Venue) {
        self.soup = soup
        self.symbols = symbols
        self.midnight = midnight
        self.venue = venue
    }
}

/// Why an order or a cancel was not taken: nothing of it has left or will leave.
@frozen
public enum OuchRefusal: Equatable, Sendable, BitwiseCopyable {
    /// Neither an order, nor a cancel, nor a request for status.
    case kind
    /// The port can't be used yet: no connection, or the orders of the last one are not all accounted for.
    case notReady
    /// The number was used before, or is 0.
    case duplicate
    /// No order has this number.
    case unknownOrder
    /// The instrument has no symbol.
    case symbol
    /// OUCH can't say it.
    case unsayable(OuchError)
    /// The table of orders or a queue is full.
    case full
}

/// What became of an order or a cancel.
@frozen
public enum OuchSubmission: BitwiseCopyable {
    /// Its bytes wait in the output.
    case sent
    /// It leaves when the venue's rate allows, or when there is a connection.
    case waiting
    /// It needs no venue: this is the answer.
    case answered(Event)
    case refused(OuchRefusal)
}

/// What a client of an OUCH 5.0 port learns.
@frozen
public enum OuchClientEvent: BitwiseCopyable {
    /// A record about one of our orders, its number as the caller gave it: `orderAccepted`, `orderFilled`, `orderCancelled`,
    /// `orderRejected`, `cancelRejected`, `orderReplaced`, `replaceRejected` (in both `detail` is a number of the caller's too),
    /// `executionBroken`, `executionCorrected`, `orderStatus`.
    case report(Event)
    /// Close this connection and make another one: it told where the venue's stream stands.
    case reconnect
    /// All is accounted for; orders may go.
    case ready
    /// The venue's stream does not go on where ours ended: messages between are lost, or the venue has lost some.
    case discontinuity(requested: UInt64, next: UInt64)
    /// Another session than before: orders and numbers of the old one are forgotten.
    case newSession(SoupText)
    /// An order of a later epoch than ours.
    case overtaken(epoch: UInt64)
    /// A message that no record stands for (restatement, phase of the day, …), with its number.
    case notice(UInt64, WireBytes)
    /// A message that is none, with its number; it is skipped.
    case malformed(UInt64, OuchFault)
    /// The session is over for good.
    case ended
    /// The connection must be closed, if it is not.
    case closed(SoupClosure)
}

/// How often something odd was met.
public struct OuchClientCounters: Equatable, Sendable {
    /// Messages that are none.
    public var malformed: UInt64 = 0
    /// Reports about orders that we did not enter, or whose acceptance was never told.
    public var foreign: UInt64 = 0
    /// Reports that contradict what was known.
    public var contradictions: UInt64 = 0
    /// Orders that there was no room to remember.
    public var forgotten: UInt64 = 0
    /// Messages that waited for the venue's rate.
    public var throttled: UInt64 = 0
    /// Cancels sent.
    public var cancels: UInt64 = 0

    public init() {}
}

/// One order of ours at the venue.
@frozen
public struct OuchOrder: Sendable, BitwiseCopyable {
    /// Where in its life an order is.
    @frozen
    public enum State: UInt8, Sendable, BitwiseCopyable {
        /// It waits for the rate, and has not left.
        case waiting
        /// It has left, and was not answered.
        case sent
        /// It may trade.
        case live
        /// It has ended.
        case ended
    }

    /// The number as the caller knows it.
    public var order: OrderID
    /// The UserRefNum; 0 while it waits.
    public var reference: UInt32
    /// Shares entered, executed, cancelled without being told yet, and open.
    public var quantity: UInt32
    public var filled: UInt32
    public var untold: UInt32
    public var open: UInt32
    public var instrument: Instrument
    public var price: Price
    public var isSell: Bool
    /// Immediate or cancel.
    public var isImmediate: Bool
    /// An intermarket sweep.
    public var isSweep = false
    /// A cancel is wanted and has not left.
    public var wantsCancel: Bool
    public var state: State
    /// One more than the place of the order that it takes, or is to take, the place of, and of the one that is to take its place;
    /// 0 for none.
    var replaces: UInt32 = 0
    var successor: UInt32 = 0

    @inlinable
    var flags: EventFlags { isSell ? .sell : [] }

    static var none: OuchOrder {
        OuchOrder(
            order: 0,
            reference: 0,
            quantity: 0,
            filled: 0,
            untold: 0,
            open: 0,
            instrument: .none,
            price: .zero,
            isSell: false,
            isImmediate: false,
            wantsCancel: false,
            state: .ended
        )
    }
}

/// The client's side of an OUCH 5.0 port over SoupBinTCP as a pure state machine: orders and time in, bytes out; bytes in, records
/// out.
///
/// ```
///          connected          A: head       connected            next = head            answer
///  down ────────────► probing ───────► down ────────► replaying ────────────► querying ───────► ready
///   ▲                                                     │                      │                │
///   └─────────────────────────────────────────────────────┴──── connection lost ─┴────────────────┘
/// ```
/// A connection that was lost leaves orders whose fate nobody knows (`unknownOrders`). Getting ready settles every one: the first
/// login asks where the venue's stream stands, the second replays up to there, and an Account Query behind the replay comes
/// back after everything that the venue had to say. What is unanswered then never arrived.
///
/// The venue's UserRefNums are counted here; the caller's numbers travel in the ClOrdID (`OuchToken.init(order:)`), so that a client
/// that starts with nothing finds its orders again in the replay.
///
/// ```swift
/// client.connected(at: now, into: &output)
/// var chunk = bytes
/// while let event = client.next(&chunk, at: now, into: &output) { … }
/// client.submit(Event(order: order, at: now), at: now, into: &output)
/// client.tick(at: now, into: &output)
/// ```
@safe
public struct OuchClient: ~Copyable {
    /// How far the client is.
    @frozen
    public enum Phase: UInt8, Sendable, BitwiseCopyable {
        case down, probing, replaying, querying, ready
    }

    /// What is told before anything else is read.
    enum Scan: UInt8 {
        case none, unsent, unanswered, status
    }

    var soup: SoupClient
    let records: UnsafeMutablePointer<OuchOrder>
    let byReference: ReferenceTable
    let byOrder: ReferenceTable
    let bySymbol: ReferenceTable
    let symbols: UnsafeMutablePointer<Symbol>
    let instruments: Int
    let orderCapacity: Int
    let midnight: Timestamp
    let venue: Venue
    let epoch: UInt64
    let capacityCode: OuchCode<OuchCapacity>
    let display: OuchCode<OuchDisplay>
    /// Optional fields of every order, three bytes each.
    let fields: UnsafeMutableRawBufferPointer
    var bucket: TokenBucket
    var newOrders: PlaceQueue
    var cancels: PlaceQueue
    var scan = Scan.none
    var cursor = 0
    /// What is told next, and after that.
    var pending: Event?
    var pendingRefusal: Event?
    /// Where the venue's stream stood when the old connection was known to be gone.
    var head: UInt64?
    /// Numbers below this one left before the query that is under way.
    var queried: UInt32 = 0
    var queryIsOut = false
    var wantsStatus = false
    var overtakenBy: UInt64 = 0
    var replacements = 0
    var reconnectIsDue = false
    /// New orders that wait are to be taken back.
    var withdraws = false
    /// Orders before this one have ended.
    var firstOpen = 0
    /// How far the client is.
    public internal(set) var phase = Phase.down
    /// Orders that the client remembers, ended ones included.
    public internal(set) var count = 0
    /// The UserRefNum of the next order.
    public internal(set) var nextReference: UInt32 = 1
    public internal(set) var counters = OuchClientCounters()

    public init(_ configuration: OuchClientConfiguration) {
        soup = SoupClient(configuration.soup)
        orderCapacity = min(max(configuration.orders, 1), 1 << 28)
        unsafe records = .allocate(capacity: orderCapacity)
        // Touched now, so that no page has to be found while an order waits.
        unsafe records.initialize(repeating: OuchOrder.none, count: orderCapacity)
        byReference = ReferenceTable(capacity: orderCapacity * 2, isDense: true)
        byOrder = ReferenceTable(capacity: orderCapacity, isDense: true)
        instruments = configuration.symbols.count
        unsafe symbols = .allocate(capacity: max(instruments, 1))
        bySymbol = ReferenceTable(capacity: max(instruments, 1), isDense: false)
        midnight = configuration.midnight
        venue = configuration.venue
        epoch = configuration.epoch
        capacityCode = OuchCode(configuration.capacity)
        display = OuchCode(configuration.isDark ? .hidden : .visible)
        let options = OuchClient.fields(configuration)
        unsafe fields = .allocate(byteCount: options.count, alignment: 1)
        unsafe fields.copyBytes(from: options)
        bucket = TokenBucket(rate: configuration.rate, burst: configuration.burst)
        newOrders = PlaceQueue(capacity: configuration.waiting)
        cancels = PlaceQueue(capacity: orderCapacity)
        for (index, symbol) in configuration.symbols.enumerated() {
            unsafe (symbols + index).initialize(to: symbol)
            bySymbol.insert(symbol.packed, index)
        }
    }

    deinit {
        unsafe records.deallocate()
        unsafe symbols.deallocate()
        unsafe fields.deallocate()
        byReference.deallocate()
        byOrder.deallocate()
        bySymbol.deallocate()
        newOrders.deallocate()
        cancels.deallocate()
    }

    private static func fields(_ configuration: OuchClientConfiguration) -> [UInt8] {
        var fields: [UInt8] = []
        if configuration.isDark { fields += [2, OuchTag.priceType.rawValue, OuchPriceType.midpointPeg.rawValue] }
        if let selfMatch = configuration.selfMatch {
            fields += [2, OuchTag.selfMatchStrategy.rawValue, selfMatch.rawValue]
        }
        return fields
    }

    /// The number of the next message of the venue's stream.
    public var nextSequence: UInt64 { soup.next }

    /// The session followed.
    public var session: SoupText { soup.session }

    /// Whether it is known where the venue's stream stood when the last connection had ended.
    public var knowsHead: Bool { head != nil }

    /// When `tick` must be called at the latest.
    public func deadline(after now: Timestamp) -> Timestamp {
        let waits = phase == .ready ? newOrders.count + cancels.count : cancels.count
        return waits > 0 && soup.state == .active ? min(soup.deadline, bucket.ready(after: now)) : soup.deadline
    }

    /// The order with the caller's number `order`, or nil.
    public func order(_ order: OrderID) -> OuchOrder? {
        guard let place = byOrder[order] else { return nil }
        // Safe: tables hold places below `count`.
        return unsafe records[place]
    }

    /// The numbers of the orders that have left and were not answered: after a connection was lost, those of unknown fate.
    public var unknownOrders: [OrderID] {
        var unknown: [OrderID] = []
        for place in 0..<count where unsafe records[place].state == .sent {
            unknown.append(unsafe records[place].order)
        }
        return unknown
    }
}

// MARK: - Connection
extension OuchClient {
    /// A connection is there.
    public mutating func connected(at now: Timestamp, into output: inout WireOutput) {
        phase = head == nil ? .probing : .replaying
        #if HELIOS_BUG_BANK
        if isOn(.onlyNewMessagesAskedFor) {
            phase = .replaying
            return soup.connected(at: now, into: &output)
        }
        #endif
        soup.connected(at: now, isProbe: head == nil, into: &output)
    }

    /// The connection is gone; `next` then tells of the orders that never left.
    public mutating func disconnected() -> OuchClientEvent? {
        let event = soup.disconnected()
        // After a probe the way is known, whatever it was closed by.
        if phase != .probing || head == nil { fallDown() }
        phase = .down
        if case .closed(let reason) = event { return .closed(reason) }
        return nil
    }

    mutating func fallDown() {
        head = nil
        queryIsOut = false
        phase = .down
        newOrders.removeAll()
        scan = .unsent
        cursor = 0
    }

    /// Says goodbye; cancel what works before.
    public mutating func logout(at now: Timestamp, into output: inout WireOutput) {
        soup.logout(at: now, into: &output)
        fallDown()
    }

    /// Sends what the rate allows now, and heartbeats; gives up a silent venue.
    public mutating func tick(at now: Timestamp, into output: inout WireOutput) -> OuchClientEvent? {
        if let event = soup.tick(at: now, into: &output), case .closed(let reason) = event {
            fallDown()
            return .closed(reason)
        }
        pump(at: now, into: &output)
        return nil
    }
}

// MARK: - Orders out
extension OuchClient {
    /// Takes a record of kind `newOrder`, `replaceRequest`, `cancelRequest`, or `orderStatus` (a request for the state of all
    /// orders).
    ///
    /// Numbers are at most 64 bits wide, an epoch of 24 bits before 40 bits; order types that are not a limit travel with their
    /// price as limit.
    public mutating func submit(_ record: Event, at now: Timestamp, into output: inout WireOutput) -> OuchSubmission {
        switch record.kind {
        case .newOrder: return enter(record, at: now, into: &output)
        case .replaceRequest: return replace(record, at: now, into: &output)
        case .cancelRequest: return cancel(record, at: now, into: &output)
        case .orderStatus:
            wantsStatus = true
            // What waits for the rate would be missing in the answer, and be called dead before it left.
            if newOrders.count > 0, scan == .none {
                newOrders.removeAll()
                scan = .unsent
                cursor = 0
            }
            if phase == .ready, !queryIsOut { query(at: now, into: &output) }
            return .waiting
        default: return .refused(.kind)
        }
    }

    private mutating func enter(_ record: Event, at now: Timestamp, into output: inout WireOutput) -> OuchSubmission {
        guard phase == .ready else { return .refused(.notReady) }
        guard record.orderID != 0, byOrder[record.orderID] == nil else { return .refused(.duplicate) }
        guard record.instrument.index < instruments else { return .refused(.symbol) }
        let (shares, rest) = record.quantity.raw.quotientAndRemainder(dividingBy: Quantity.scale)
        guard rest == 0, shares >= 1, shares <= Int64(Ouch50.largestQuantity) else {
            return .refused(.unsayable(.quantity))
        }
        let (price, fraction) = record.price.raw.quotientAndRemainder(dividingBy: 10_000)
        guard fraction == 0, price >= 0, price <= Int64(Ouch50.largestPrice) else {
            return .refused(.unsayable(.price))
        }
        guard nextReference < .max else { return .refused(.unsayable(.reference)) }
        guard record.timeInForce == .day || record.timeInForce == .immediateOrCancel else {
            return .refused(.unsayable(.timeInForce))
        }
        let order = OuchOrder(
            order: record.orderID,
            reference: 0,
            quantity: UInt32(shares),
            filled: 0,
            untold: 0,
            open: UInt32(shares),
            instrument: record.instrument,
            price: record.price,
            isSell: record.side == .sell,
            isImmediate: record.flags.contains(.immediateOrCancel),
            isSweep: record.isSweep,
            wantsCancel: false,
            state: .waiting
        )
        return queue(order, at: now, into: &output)
    }

    /// Lets an order leave as soon as the rate allows.
    mutating func queue(_ order: OuchOrder, at now: Timestamp, into output: inout WireOutput) -> OuchSubmission {
        guard count < orderCapacity, newOrders.append(count) else { return .refused(.full) }
        let place = remember(order)
        // Before it leaves: what ends the other tells of this one.
        if order.replaces != 0 { unsafe records[Int(order.replaces) - 1].successor = UInt32(place) + 1 }
        pump(at: now, into: &output)
        if unsafe records[place].state != .waiting { return .sent }
        counters.throttled += 1
        return .waiting
    }

    private mutating func cancel(_ record: Event, at now: Timestamp, into output: inout WireOutput) -> OuchSubmission {
        guard let place = byOrder[record.orderID] else { return .refused(.unknownOrder) }
        let order = unsafe records[place]
        switch order.state {
        case .ended: return .answered(report(.cancelRejected, order, at: now))
        case .waiting where order.replaces != 0:
            unsafe records[place].state = .ended
            unsafe records[place].open = 0
            return .answered(replaceRejected(order, at: now))
        case .waiting:
            unsafe records[place].state = .ended
            unsafe records[place].open = 0
            var answer = report(.orderCancelled, order, at: now)
            answer.quantity = Quantity(Int(order.open))
            answer.detail = UInt64(CancelReason.user.rawValue)
            return .answered(answer)
        case .sent, .live:
            if !order.wantsCancel {
                guard cancels.append(place) else { return .refused(.full) }
                unsafe records[place].wantsCancel = true
            }
            pump(at: now, into: &output)
            return unsafe records[place].wantsCancel ? .waiting : .sent
        }
    }

    /// Sends what waits as far as rate and room allow: cancels before orders.
    mutating func pump(at now: Timestamp, into output: inout WireOutput) {
        guard soup.state == .active, phase != .probing else { return }
        while let place = cancels.first {
            let order = unsafe records[place]
            // It ended in the meantime, or its cancel has left.
            let isMoot = order.state == .ended || !order.wantsCancel
            if !isMoot {
                guard output.remaining >= 12, bucket.take(at: now) else { return }
                guard
                    say(
                        { output throws(OuchError) in
                            try Ouch50.CancelOrder.write(userRefNum: order.reference, quantity: 0, to: &output)
                        },
                        at: now,
                        into: &output
                    )
                else { return }
                unsafe records[place].wantsCancel = false
                counters.cancels += 1
            }
            cancels.removeFirst()
        }
        guard phase == .ready, !withdraws else { return }
        while let place = newOrders.first {
            if unsafe records[place].state == .waiting {
                guard unsafe output.remaining >= 50 + fields.count, bucket.take(at: now),
                    send(place, at: now, into: &output)
                else { return }
            }
            newOrders.removeFirst()
        }
    }

    private mutating func send(_ place: Int, at now: Timestamp, into output: inout WireOutput) -> Bool {
        let order = unsafe records[place]
        if order.replaces != 0 { return sendReplacement(place, at: now, into: &output) }
        let symbol = unsafe symbols[order.instrument.index]
        let (reference, capacity, display) = (nextReference, capacityCode, display)
        // Safe: the memory lives as long as the client.
        let options = unsafe OuchOptions(checked: WireBytes(UnsafeRawBufferPointer(fields)))
        let isSent = say(
            { output throws(OuchError) in
                try Ouch50.EnterOrder.write(
                    userRefNum: reference,
                    side: OuchCode(order.isSell ? .sell : .buy),
                    quantity: order.quantity,
                    symbol: symbol,
                    price: UInt64(order.price.raw / 10_000),
                    timeInForce: OuchCode(order.isImmediate ? .immediateOrCancel : .day),
                    display: display,
                    capacity: capacity,
                    sweep: OuchCode(order.isSweep ? .yes : .no),
                    cross: OuchCode(.none),
                    clientOrderID: OuchToken(order: order.order),
                    options: options,
                    to: &output
                )
            },
            at: now,
            into: &output
        )
        guard isSent else { return false }
        number(place)
        return true
    }

    /// The order in `place` has left under the next number.
    mutating func number(_ place: Int) {
        unsafe records[place].reference = nextReference
        unsafe records[place].state = .sent
        byReference.insert(UInt64(nextReference), place)
        // Safe: `enter` and `replace` leave the last number unused.
        nextReference += 1
    }

    /// Writes one unsequenced packet.
    mutating func say(
        _ body: (inout WireOutput) throws(OuchError) -> Void,
        at now: Timestamp,
        into output: inout WireOutput
    ) -> Bool {
        do throws(OuchError) { try output.appendSoup(SoupType.unsequenced, body) } catch { return false }
        soup.noteSent(at: now)
        return true
    }

    /// Asks the venue for its next number: the answer comes behind everything that it has to say about what was sent before.
    mutating func query(at now: Timestamp, into output: inout WireOutput) {
        queryIsOut = say(
            { output throws(OuchError) in try Ouch50.AccountQuery.write(to: &output) },
            at: now,
            into: &output
        )
        queried = nextReference
    }

    /// Keeps `order`; the caller has made sure that there is room.
    mutating func remember(_ order: OuchOrder) -> Int {
        let place = count
        // Safe: callers check that `count` is below the capacity.
        unsafe records[place] = order
        count += 1
        if byOrder[order.order] == nil { byOrder.insert(order.order, place) }
        return place
    }

    /// A report about `order` without a quantity.
    func report(_ kind: EventKind, _ order: OuchOrder, at now: Timestamp) -> Event {
        Event(
            eventTime: now,
            receiveTime: now,
            orderID: order.order,
            price: order.price,
            instrument: order.instrument,
            venue: venue,
            kind: kind,
            flags: order.flags
        )
    }
}
