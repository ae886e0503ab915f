// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosWire

/// How far the line to a venue is.
@frozen
public enum OuchLineState: UInt8, Sendable {
    /// No connection.
    case down
    /// The venue's words are being caught up with; cancels may go.
    case catchingUp
    /// Every order is accounted for.
    case ready
}

/// Something on the line that no record stands for.
public enum OuchLineNotice: Sendable, Equatable {
    /// The connection has ended, and why.
    case closed(SoupClosure)
    /// The venue's session is over for good.
    case ended
    /// The venue has begun a new session: it knows nothing of the orders before.
    case newSession
    /// Messages of the venue are lost between the two numbers.
    case discontinuity(requested: UInt64, next: UInt64)
    /// A message that was none was passed over.
    case malformed(UInt64)
    /// The writer of a later epoch trades here.
    case overtaken(epoch: UInt64)
}

/// Joins a `TradingNode` to a venue that speaks OUCH 5.0: the node's records in, the venue's reports out, without sockets and
/// clocks.
///
/// ```
/// node ── login, order, cancel, request for status ──► OuchLine ──► bytes (`output`) ──► connection
/// node ◄── answers, reports, states of orders ──────── OuchLine ◄── bytes ◄───────────── connection
/// ```
/// What a node wants of a venue and OUCH does not have is done here: the answer to the node's login, cancels of orders that a
/// restarted client has not been told of yet (they wait for the node to ask again behind the status), and words for refusals
/// that never left. The owner moves bytes, closes the connection when `wantsClose` says so, and calls `tick` at `deadline`.
///
/// OUCH knows no epochs, and a venue lets in whoever logs in last. So a line writes its epoch into the venue's own stream before
/// the state of orders is told, without which no node trades: an order for a symbol that nobody lists, under a number of that
/// epoch, which the venue rejects. Whoever logs in later reads the stream up to its head first, and leaves the field to a later
/// epoch that it finds there.
public struct OuchLine: ~Copyable {
    /// The protocol's side of it.
    public private(set) var client: OuchClient
    /// Bytes for the connection; the owner drops what it has written.
    public var output: WireOutput
    /// The connection must be closed; a new one is wanted.
    public private(set) var wantsClose = false
    /// The venue's session is over: there is nothing more to connect for.
    public private(set) var isOver = false
    private let epoch: UInt64
    private var isConnected = false
    /// The node has been told of a connection, and not of its loss: between the two of a login there is none.
    private var isUp = false
    private var isReady = false
    /// The instrument, known to no venue, of the orders that show our epoch.
    private let marker: Instrument
    /// The order that shows our epoch, while its answer is awaited; 0 = none.
    private var mark: OrderID = 0
    private var marks: UInt64 = 0
    private var markDue = Timestamp.never
    private let patience: Nanoseconds
    /// Our epoch stands in the venue's stream.
    private var isMarked = false
    private var statusIsWanted = false

    /// Bits of an order's own number.
    private static var ownBits: UInt64 { 40 }
    /// An own number from here on is a mark's.
    private static var firstMark: UInt64 { 0xFF_FFFF_0000 }
    /// Eight characters that no venue lists.
    private static var markSymbol: Symbol { Symbol(packed: 0x2D45_504F_4348_2D2D) }
    /// The node has logged in since the connection began: what it sends now is meant for this one.
    private var isLoggedIn = false

    /// - Parameters:
    ///   - configuration: the login, and the epoch of the node.
    ///   - patience: how long the venue may take to answer the order that shows our epoch, before it is asked after.
    ///   - capacity: bytes that may wait for the connection.
    public init(
        _ configuration: OuchClientConfiguration,
        patience: Nanoseconds = 1_000_000_000,
        capacity: Int = 1 << 18
    ) {
        self.patience = patience
        marker = Instrument(id: UInt32(configuration.symbols.count))
        var configuration = configuration
        configuration.symbols.append(OuchLine.markSymbol)
        epoch = configuration.epoch
        client = OuchClient(configuration)
        output = WireOutput(capacity: capacity)
    }

    /// How far it is.
    public var state: OuchLineState {
        switch client.phase {
        case .down: .down
        case .probing, .replaying, .querying: .catchingUp
        // Until our epoch stands in the venue's stream the state of orders is not told.
        case .ready: isMarked ? .ready : .catchingUp
        }
    }

    /// When `tick` is due at the latest.
    public func deadline(after now: Timestamp) -> Timestamp { client.deadline(after: now) }

    // MARK: The connection

    /// A connection is there: begins the login.
    ///
    /// - Parameter now: the time of the protocol's timers, which never goes backward.
    public mutating func connected(at now: Timestamp) {
        output.removeAll()
        wantsClose = false
        isConnected = true
        isUp = true
        client.connected(at: now, into: &output)
    }

    /// The connection is gone.
    ///
    /// - Parameters:
    ///   - now: the time of the protocol's timers.
    ///   - time: the market's time.
    ///   - deliver: gets the orders that never left.
    ///   - notice: gets what no record stands for.
    /// - Returns: whether the line is lost, and the node must hear of it; false for the end of a connection that only found
    ///   out where the venue's stream stands.
    public mutating func disconnected(
        at now: Timestamp,
        _ time: Timestamp,
        _ deliver: (Event) -> Void,
        _ notice: (OuchLineNotice) -> Void
    ) -> Bool {
        guard isConnected else { return false }
        let wasProbe = client.phase == .probing && client.knowsHead
        isConnected = false
        isReady = false
        if !wasProbe {
            statusIsWanted = false
            isLoggedIn = false
            isUp = false
        }
        wantsClose = false
        output.removeAll()
        let event = client.disconnected()
        if let event, !wasProbe { take(event, time, deliver, notice) }
        wantsClose = false
        receive(WireBytes(UnsafeRawBufferPointer(start: nil, count: 0)), at: now, time, deliver, notice)
        return !wasProbe
    }

    /// Takes bytes of the venue.
    ///
    /// - Parameters:
    ///   - bytes: what was read.
    ///   - now: the time of the protocol's timers.
    ///   - time: the market's time, which the reports get as their time of receipt.
    ///   - deliver: gets each report.
    ///   - notice: gets what no record stands for.
    public mutating func receive(
        _ bytes: WireBytes,
        at now: Timestamp,
        _ time: Timestamp,
        _ deliver: (Event) -> Void,
        _ notice: (OuchLineNotice) -> Void
    ) {
        var chunk = bytes
        while let event = client.next(&chunk, at: now, into: &output) {
            take(event, time, deliver, notice)
            if isReady { showEpoch(at: now) }
        }
    }

    /// Keeps the line alive, sends what waited for the venue's rate, notices a silent venue.
    public mutating func tick(
        at now: Timestamp,
        _ time: Timestamp,
        _ deliver: (Event) -> Void,
        _ notice: (OuchLineNotice) -> Void
    ) {
        guard isConnected else { return }
        if let event = client.tick(at: now, into: &output) { take(event, time, deliver, notice) }
        // A query settles whatever the venue has swallowed.
        guard mark != 0, isReady, now >= markDue else { return }
        markDue = now + patience
        _ = client.submit(Event(kind: .orderStatus), at: now, into: &output)
    }

    /// Takes back the new orders that have not left: each is told as one that never arrived.
    ///
    /// - Parameters:
    ///   - begun: bytes of the first packet in `output`, when the packet's beginning has left already.
    ///   - now: the time of the protocol's timers.
    ///   - time: the market's time.
    ///   - deliver: gets the rejections.
    ///   - notice: gets what no record stands for.
    public mutating func withdraw(
        begun: Int,
        at now: Timestamp,
        _ time: Timestamp,
        _ deliver: (Event) -> Void,
        _ notice: (OuchLineNotice) -> Void
    ) {
        client.withdraw()
        receive(.empty, at: now, time, deliver, notice)
        // Those whose bytes wait for the connection count as sent: the next status finds that they never arrived.
        if output.takeBackOrders(begun: begun) > 0, isReady, isMarked {
            _ = client.submit(Event(kind: .orderStatus), at: now, into: &output)
        }
    }

    /// Asks the venue to cancel every order that may still trade, whoever entered it; how many they are.
    ///
    /// `isMeant` is told each order's number, epoch and all: false leaves it alone.
    @discardableResult
    public mutating func cancelAll(at now: Timestamp, where isMeant: (OrderID) -> Bool = { _ in true }) -> Int {
        guard isConnected else { return 0 }
        return client.cancelAll(at: now, into: &output, where: isMeant)
    }

    /// Gives `body` each order that may still trade; how many there are.
    @discardableResult
    public mutating func forEachOpen(_ body: (OuchOrder) -> Void) -> Int { client.forEachOpen(body) }

    /// Refuses a new order that was stopped on its way, as one that never arrived.
    public func refuseStopped(_ record: Event, _ time: Timestamp, _ deliver: (Event) -> Void) {
        refuse(record, .notReady, time, deliver)
    }

    /// Says goodbye; cancel before what works.
    public mutating func logout(at now: Timestamp) { client.logout(at: now, into: &output) }

    private mutating func take(
        _ event: OuchClientEvent,
        _ time: Timestamp,
        _ deliver: (Event) -> Void,
        _ notice: (OuchLineNotice) -> Void
    ) {
        switch event {
        case .report(let report): tell(timed(report, time), deliver, notice)
        case .reconnect: wantsClose = true
        case .ready: isReady = true
        case .discontinuity(let requested, let next): notice(.discontinuity(requested: requested, next: next))
        case .newSession: notice(.newSession)
        case .overtaken(let later): fence(later, time, deliver, notice)
        case .notice: break
        case .malformed(let number, _): notice(.malformed(number))
        case .ended:
            isOver = true
            wantsClose = true
            notice(.ended)
        case .closed(let reason):
            wantsClose = true
            notice(.closed(reason))
        }
    }

    private func fence(
        _ later: UInt64,
        _ time: Timestamp,
        _ deliver: (Event) -> Void,
        _ notice: (OuchLineNotice) -> Void
    ) {
        #if HELIOS_BUG_BANK
        if isOn(.laterEpochIgnored) { return }
        #endif
        notice(.overtaken(epoch: later))
        deliver(Event(eventTime: time, receiveTime: time, kind: .epoch, detail: later))
    }

    private mutating func tell(
        _ report: Event,
        _ deliver: (Event) -> Void,
        _ notice: (OuchLineNotice) -> Void
    ) {
        if report.kind == .orderStatus {
            // While our mark is not answered others may still be ahead of us in the stream.
            if isMarked, !OuchLine.isMark(report.orderID) { deliver(report) }
            return
        }
        if mark != 0, report.orderID == mark { return answeredMark(report) }
        let its = report.orderID >> OuchLine.ownBits
        // Before our mark nothing of our epoch is ours: another process has used it.
        if its != OuchToken.foreignEpoch, its > epoch || its == epoch && marks == 0 {
            fence(its, report.receiveTime, deliver, notice)
        }
        if !OuchLine.isMark(report.orderID) { deliver(report) }
    }

    private static func isMark(_ order: OrderID) -> Bool {
        order >> ownBits != OuchToken.foreignEpoch && order & (1 << ownBits - 1) >= firstMark
    }

    private mutating func answeredMark(_ report: Event) {
        // A venue that took it has it in its stream too.
        guard report.kind == .orderRejected || report.kind == .orderAccepted else { return }
        mark = 0
        isMarked = report.kind == .orderAccepted || report.detail != UInt64(RejectReason.neverArrived.rawValue)
    }

    /// Writes our epoch into the venue's stream; behind it the node may have the state of its orders.
    private mutating func showEpoch(at now: Timestamp) {
        if isMarked {
            guard statusIsWanted else { return }
            statusIsWanted = false
            _ = client.submit(Event(kind: .orderStatus), at: now, into: &output)
            return
        }
        #if HELIOS_BUG_BANK
        if isOn(.epochNotShown) {
            isMarked = true
            return showEpoch(at: now)
        }
        #endif
        guard mark == 0 else { return }
        var order = Event(kind: .newOrder)
        order.orderID = epoch << OuchLine.ownBits | OuchLine.firstMark + marks
        order.instrument = marker
        order.quantity = Quantity(1)
        order.price = Price(raw: 100_000_000)
        order.flags = .immediateOrCancel
        if case .refused = client.submit(order, at: now, into: &output) { return }
        mark = order.orderID
        marks += 1
        markDue = now + patience
    }

    /// The client knows its own clock only; a record has the market's.
    private func timed(_ report: Event, _ time: Timestamp) -> Event {
        var report = report
        report.receiveTime = time
        // Without a number it was made here, and happened now.
        if report.sequence == 0 { report.eventTime = time }
        return report
    }

    // MARK: The node's records

    /// Takes a record that the node has released.
    ///
    /// - Parameters:
    ///   - record: a login, an order, a replacement, a cancel, or a request for the state of all orders.
    ///   - now: the time of the protocol's timers.
    ///   - time: the market's time.
    ///   - deliver: gets answers that need no venue.
    public mutating func send(
        _ record: Event,
        at now: Timestamp,
        _ time: Timestamp,
        _ deliver: (Event) -> Void
    ) {
        if record.kind == .newOrder || record.kind == .replaceRequest, !isLoggedIn {
            return refuse(record, .notReady, time, deliver)
        }
        guard record.kind != .epoch else {
            isLoggedIn = isUp
            return deliver(Event(orderID: record.orderID, kind: .epoch, detail: epoch))
        }
        if record.kind == .orderStatus, !isReady || !isMarked {
            statusIsWanted = true
            return
        }
        switch client.submit(record, at: now, into: &output) {
        case .sent, .waiting: break
        case .answered(let answer): deliver(timed(answer, time))
        case .refused(let refusal): refuse(record, refusal, time, deliver)
        }
    }

    private func refuse(_ record: Event, _ refusal: OuchRefusal, _ time: Timestamp, _ deliver: (Event) -> Void) {
        var answer = record
        (answer.eventTime, answer.receiveTime, answer.sequence) = (time, time, 0)
        switch record.kind {
        case .newOrder:
            answer.kind = .orderRejected
            answer.flags = record.flags.intersection(.sell)
            answer.detail = UInt64(OuchLine.reason(refusal).rawValue)
        case .replaceRequest:
            // `detail` is the new order's number, as in the request.
            answer.kind = .replaceRejected
            answer.flags = record.flags.intersection(.sell)
        case .cancelRequest:
            // While the venue's words are still coming the order may be one of them; the node asks again behind the status.
            guard state == .ready else { return }
            answer.kind = .cancelRejected
        default: return
        }
        deliver(answer)
    }

    private static func reason(_ refusal: OuchRefusal) -> RejectReason {
        switch refusal {
        case .kind, .full, .unknownOrder: .capacity
        case .notReady: .neverArrived
        case .duplicate: .duplicateOrder
        case .symbol: .unknownInstrument
        case .unsayable(.price): .invalidPrice
        case .unsayable: .invalidQuantity
        }
    }
}
