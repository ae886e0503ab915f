// SPDX-License-Identifier: MIT
import HeliosFIX
import HeliosMarket
import HeliosWire

/// Something on a FIX line that no record stands for.
public enum FixOrderLineNotice: Sendable, Equatable {
    /// The connection has ended, and why; the venue's own words, when it has said some.
    case closed(FixClosure, text: String)
    /// The venue has begun again at number 1: what it had told before can't be had any more.
    case restarted
    /// Executions of an order are missing: the venue counts more than it has told.
    case lost(order: OrderID, told: UInt64, counted: UInt64)
    /// A message that was none was passed over.
    case malformed(UInt64)
    /// The venue does not say what became of orders when it is asked.
    case statusRefused
    /// The venue refused a message that is no order's.
    case refused(reason: UInt64)
    /// The writer of a later epoch trades here.
    case overtaken(epoch: UInt64)
}

/// Joins a `TradingNode` to a venue that speaks FIX: the node's records in, the venue's reports out, without sockets and clocks.
///
/// ```
/// node ── login, order, cancel, request for status ──► FixOrderLine ──► bytes (`output`) ──► connection
/// node ◄── answers, reports, states of orders ──────── FixOrderLine ◄── bytes ◄───────────── connection
/// ```
/// It is to `FixClient` what `OuchLine` is to `OuchClient`, with the same words for the node. Its epoch stands in the venue's stream as
/// the name of an order that it asks after and that there is not: whoever logs in later reads the stream up to its head first, and
/// leaves the field to a later epoch that it finds there.
public struct FixOrderLine: ~Copyable {
    /// The protocol's side of it.
    public internal(set) var client: FixClient
    /// Bytes for the connection; the owner drops what it has written.
    public var output: WireOutput
    /// The connection must be closed; a new one is wanted.
    public private(set) var wantsClose = false
    /// The venue's day is over: there is nothing more to connect for.
    public private(set) var isOver = false
    private let epoch: UInt64
    private let endText: String
    private var isConnected = false
    private var wasReady = false
    /// The node has logged in since the connection began: what it sends now is meant for this one.
    private var isLoggedIn = false
    /// Gives the session's store more memory; nil when there is none.
    public var grow: (() -> FixStoreMemory?)?
    private var isFull = false
    /// What came up while a record was sent: told by the next call that tells notices.
    private var kept: [FixOrderLineNotice] = []
    /// For gap fills in the place of orders that were taken back.
    private var writer = FixWriter(capacity: 1_024)

    /// - Parameters:
    ///   - configuration: the session, and the epoch of the node.
    ///   - store: the session's numbers.
    ///   - endText: with this word in its Logout the venue says that its day is over; empty when nothing says so.
    ///   - capacity: bytes that may wait for the connection.
    public init(
        _ configuration: FixClientConfiguration,
        store: consuming FixStore,
        endText: String = "",
        capacity: Int = 1 << 18
    ) {
        epoch = configuration.epoch
        self.endText = endText
        client = FixClient(configuration, store: store)
        // An order is never sent twice: one that the venue has missed it does not get any more, and dealers are not asked for the
        // prices of long ago. Cancels and questions do no harm.
        client.session.shouldResend = { message, _ in
            message.type != .newOrderSingle && message.type != .orderCancelReplaceRequest
                && message.type != .quoteRequest
        }
        output = WireOutput(capacity: capacity)
    }

    /// Days since 1970-01-01 that our ClOrdIDs say.
    public var day: UInt32 { client.day }

    /// Sees to it that the store has room for what is sent.
    public mutating func keepHouse() {
        guard client.session.store.wantsRoom, !isFull else { return }
        guard let memory = grow?(), client.session.moveStore(to: memory) else {
            isFull = true
            return
        }
    }

    /// How far it is.
    public var state: OuchLineState {
        switch client.phase {
        case .down, .loggingIn: .down
        case .replaying, .querying: .catchingUp
        case .ready: .ready
        }
    }

    /// When `tick` is due at the latest.
    public func deadline(after now: Timestamp) -> Timestamp { client.deadline(after: now) }

    // MARK: The connection

    /// A connection is there: begins the login.
    ///
    /// - Parameter now: UTC.
    public mutating func connected(at now: Timestamp) {
        output.removeAll()
        wantsClose = false
        isConnected = true
        client.connected(at: now, into: &output)
    }

    /// The connection is gone.
    ///
    /// - Parameters:
    ///   - now: UTC.
    ///   - time: the market's time.
    ///   - deliver: gets the orders that never left.
    ///   - notice: gets what no record stands for.
    /// - Returns: whether there was one.
    public mutating func disconnected(
        at now: Timestamp,
        _ time: Timestamp,
        _ deliver: (Event) -> Void,
        _ notice: (FixOrderLineNotice) -> Void
    ) -> Bool {
        guard isConnected else { return false }
        isConnected = false
        isLoggedIn = false
        wantsClose = false
        output.removeAll()
        client.disconnected(at: now)
        receive(.empty, at: now, time, deliver, notice)
        wantsClose = false
        return true
    }

    /// Takes bytes of the venue.
    ///
    /// - Parameters:
    ///   - bytes: what was read.
    ///   - now: UTC.
    ///   - time: the market's time, which the reports get as their time of receipt.
    ///   - deliver: gets each report.
    ///   - notice: gets what no record stands for.
    public mutating func receive(
        _ bytes: WireBytes,
        at now: Timestamp,
        _ time: Timestamp,
        _ deliver: (Event) -> Void,
        _ notice: (FixOrderLineNotice) -> Void
    ) {
        tellKept(notice)
        read(bytes, at: now, time, deliver, notice)
    }

    private mutating func read(
        _ bytes: WireBytes,
        at now: Timestamp,
        _ time: Timestamp,
        _ deliver: (Event) -> Void,
        _ notice: (FixOrderLineNotice) -> Void
    ) {
        var chunk = bytes
        while let event = client.next(&chunk, at: now, into: &output) { take(event, time, deliver, notice) }
    }

    private mutating func tellKept(_ notice: (FixOrderLineNotice) -> Void) {
        guard !kept.isEmpty else { return }
        for it in kept { notice(it) }
        kept.removeAll(keepingCapacity: true)
    }

    /// Keeps the line alive, sends what waited for the venue's rate, notices a silent venue.
    public mutating func tick(
        at now: Timestamp,
        _ time: Timestamp,
        _ deliver: (Event) -> Void,
        _ notice: (FixOrderLineNotice) -> Void
    ) {
        tellKept(notice)
        guard isConnected else { return }
        if let event = client.tick(at: now, into: &output) { take(event, time, deliver, notice) }
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
    public mutating func forEachOpen(_ body: (FixClientOrder) -> Void) -> Int { client.forEachOpen(body) }

    /// Refuses a new order that was stopped on its way, as one that never arrived.
    public func refuseStopped(_ record: Event, _ time: Timestamp, _ deliver: (Event) -> Void) {
        refuse(record, .notReady, time, deliver)
    }

    /// Says goodbye; cancel before what works.
    public mutating func logout(at now: Timestamp) { client.logout(at: now, into: &output) }

    private mutating func take(
        _ event: FixClientEvent,
        _ time: Timestamp,
        _ deliver: (Event) -> Void,
        _ notice: (FixOrderLineNotice) -> Void
    ) {
        switch event {
        case .report(let report): deliver(timed(report, time))
        case .ready: wasReady = true
        case .notice, .garbled: break
        case .overtaken(let later): fence(later, time, deliver, notice)
        case .restarted: notice(.restarted)
        case .lost(let order, let told, let counted): notice(.lost(order: order, told: told, counted: counted))
        case .statusRefused: notice(.statusRefused)
        case .refused(let reason): notice(.refused(reason: reason))
        case .malformed(let number): notice(.malformed(number))
        case .closed(let reason):
            wantsClose = true
            let text = client.session.peerText ?? ""
            if reason == .peerLogout, !endText.isEmpty, text.contains(endText) { isOver = true }
            // Before its beginning the session is only waited for.
            if reason == .schedule, wasReady { isOver = true }
            if isOver { client.endDay(at: time) }
            if !isOver { notice(.closed(reason, text: text)) }
        }
    }

    private func fence(
        _ later: UInt64,
        _ time: Timestamp,
        _ deliver: (Event) -> Void,
        _ notice: (FixOrderLineNotice) -> Void
    ) {
        notice(.overtaken(epoch: later))
        deliver(Event(eventTime: time, receiveTime: time, kind: .epoch, detail: later))
    }

    /// The client knows UTC only; a record has the market's time.
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
    ///   - now: UTC.
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
            isLoggedIn = isConnected
            return deliver(Event(orderID: record.orderID, kind: .epoch, detail: epoch))
        }
        switch client.submit(record, at: now, into: &output) {
        case .sent, .waiting: break
        case .answered(let answer): deliver(timed(answer, time))
        case .refused(let refusal): refuse(record, refusal, time, deliver)
        }
        if record.kind == .orderStatus || record.kind == .quoteRequest {
            // What needs no question is told at once; nobody listens for notices here.
            var notices: [FixOrderLineNotice] = []
            read(.empty, at: now, time, deliver) { notices.append($0) }
            kept += notices
        }
    }

    private func refuse(_ record: Event, _ refusal: FixClientRefusal, _ time: Timestamp, _ deliver: (Event) -> Void) {
        var answer = record
        (answer.eventTime, answer.receiveTime, answer.sequence) = (time, time, 0)
        switch record.kind {
        case .newOrder:
            answer.kind = .orderRejected
            answer.flags = record.flags.intersection(.sell)
            answer.detail = UInt64(FixOrderLine.reason(refusal).rawValue)
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

    private static func reason(_ refusal: FixClientRefusal) -> RejectReason {
        switch refusal {
        case .kind, .full, .unknownOrder: .capacity
        case .notReady: .neverArrived
        case .duplicate: .duplicateOrder
        case .symbol: .unknownInstrument
        case .price, .quote: .invalidPrice
        case .quantity: .invalidQuantity
        }
    }
}

// MARK: - What has not left
extension FixOrderLine {
    /// Takes back the new orders that have not left: each is told as one that never arrived.
    ///
    /// - Parameters:
    ///   - begun: bytes of the first message in `output`, when the message's beginning has left already.
    ///   - now: UTC.
    ///   - time: the market's time.
    ///   - deliver: gets the rejections.
    ///   - notice: gets what no record stands for.
    public mutating func withdraw(
        begun: Int,
        at now: Timestamp,
        _ time: Timestamp,
        _ deliver: (Event) -> Void,
        _ notice: (FixOrderLineNotice) -> Void
    ) {
        takeBackOrders(begun: begun, at: now)
        client.withdraw()
        receive(.empty, at: now, time, deliver, notice)
    }

    /// Bytes that a message still has behind the first `sent` waiting bytes, when those end in its middle.
    public func unfinished(after sent: Int, begun: Int) -> Int {
        let framer = FixFramer()
        let bytes = output.bytes
        var end = begun
        while end < sent, end < bytes.count {
            guard case .message(let count) = framer.next(bytes.slice(end..<bytes.count)) else { break }
            end += count
        }
        return max(end - sent, 0)
    }

    /// Puts in the place of every whole order and replacement that waits a message that only fills its number: the venue misses none,
    /// and cancels behind it are not held up.
    private mutating func takeBackOrders(begun: Int, at now: Timestamp) {
        guard output.count > begun else { return }
        var kept: [UInt8] = []
        var taken = 0
        let framer = FixFramer()
        var scanner = FixScanner(capacity: 256)
        let bytes = output.bytes
        var from = min(max(begun, 0), bytes.count)
        kept.append(contentsOf: bytes.slice(0..<from).unsafeBuffer)
        while from < bytes.count {
            let rest = bytes.slice(from..<bytes.count)
            guard case .message(let count) = framer.next(rest) else {
                kept.append(contentsOf: rest.unsafeBuffer)
                break
            }
            let whole = rest.slice(0..<count)
            from += count
            if let message = try? scanner.scan(whole), isOrder(message), let fill = fill(message, at: now),
                let token = FixOrderToken(message[.clOrdID]), client.takeBack(token.number)
            {
                taken += 1
                kept.append(contentsOf: fill.unsafeBuffer)
            } else {
                kept.append(contentsOf: whole.unsafeBuffer)
            }
        }
        guard taken > 0 else { return }
        output.removeAll()
        // Shorter than what was there.
        _ = kept.withUnsafeBytes { output.append(WireBytes($0)) }
    }

    private func isOrder(_ message: FixMessage) -> Bool {
        message.type == .newOrderSingle || message.type == .orderCancelReplaceRequest
    }

    /// SequenceReset-GapFill in the place of `message`.
    private mutating func fill(_ message: FixMessage, at now: Timestamp) -> WireBytes? {
        guard let sequence = message[.msgSeqNum]?.unsigned, let sender = message[.senderCompID],
            let target = message[.targetCompID], let sending = message[.sendingTime]
        else { return nil }
        writer.begin(.sequenceReset)
        writer.put(.msgSeqNum, unsigned: sequence)
        writer.put(.possDupFlag, true)
        writer.put(.senderCompID, sender)
        if let sub = message[.senderSubID] { writer.put(.senderSubID, sub) }
        writer.put(.sendingTime, sending)
        writer.put(.targetCompID, target)
        if let sub = message[.targetSubID] { writer.put(.targetSubID, sub) }
        writer.put(.origSendingTime, sending)
        writer.put(.newSeqNo, unsigned: sequence + 1)
        writer.put(.gapFillFlag, true)
        return writer.finish(client.version)
    }
}
