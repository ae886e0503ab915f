// SPDX-License-Identifier: MIT
import HeliosFIX
import HeliosMarket
import HeliosWire

/// A participant's door that speaks FIX: order entry, market data, requests for quotes, packages of several legs.
///
/// It knows application messages only. Who runs the session gives it what came in order (`Exchange.receive`) and takes what is to be
/// sent (`next`, `removeFirst`); numbers, header and resending are the session's.
///
/// ```
///  session ── 35=D … ──► Exchange.receive ──► commands ──► matching
///          ◄─ next ────  outbox ◄─ 35=8 …  ◄── events  ◄──┘
/// ```
public final class FixPort: ExchangePort, OrderTaker {
    public let dialect: FixDialect
    public let owner: UInt32
    /// By OrderID; kept for the day.
    var orders: [UInt64: FixOrder] = [:]
    /// Every ClOrdID that was used, also of requests to cancel and replace, with its order.
    var numbers: [String: UInt64] = [:]
    /// What the message under way asks for.
    var request = FixRequest.none
    /// An order whose replacement was taken and that ends at once, whatever is left of it.
    var immediate: UInt64?
    /// ExecID by execution, for trades that are undone.
    var executions: [FixExecutionKey: UInt64] = [:]
    var executionKeys: [FixExecutionKey] = []
    var executionPlace = 0
    /// By MDReqID.
    var subscriptions: [String: FixSubscription] = [:]
    /// Dealers' quotes that are good, by QuoteID.
    var quotes: [String: FixQuote] = [:]
    /// By OrderID.
    var packages: [UInt64: FixPackage] = [:]
    /// Packages that may still trade, in the order of their coming.
    var waitingPackages: [UInt64] = []
    /// Waits for the session.
    var outbox: FixOutbox
    /// Orders of which a report found no room: they are told anew before any other is taken.
    private var untold: [UInt64] = []
    private var isUntold: Set<UInt64> = []
    /// Whether a message found no room: the connection is to be closed.
    public private(set) var hasLost = false
    /// The market's time of the message or event under way.
    var now = Timestamp.zero
    private var scanner = FixScanner()
    private var writer = FixWriter(capacity: (1 << 17) - 1_024)
    let settings: PortSettings
    /// Refused orders that are remembered.
    var refused = 0
    /// Questions to dealers and their quotes that are not over yet.
    var dealing = 0

    /// Orders that a door takes in a day.
    static let orderMax = 1 << 20
    /// Executions that can be undone: both sides of as many trades as the engine remembers.
    static let executionMax = 1 << 17
    /// Characters of an id.
    static let idMax = 64

    init(_ settings: PortSettings, _ dialect: FixDialect, owner: UInt32, number: Int, desk: ExchangeDesk) {
        self.dialect = dialect
        self.owner = owner
        self.settings = settings
        outbox = FixOutbox(capacity: settings.outboxBytes)
        super.init(user: SoupText(settings.user) ?? .blank, kind: settings.kind, number: number, desk: desk)
    }

    // MARK: To the client

    /// The oldest message that the session has not taken.
    public var next: FixOutgoing? { outbox.next }

    /// Messages that wait.
    public var waiting: Int { outbox.count }

    /// The session has taken the oldest message.
    public func removeFirst() { outbox.removeFirst() }

    /// Writes a message; when it finds no room, it is counted, and the session is to be closed.
    ///
    /// With `order` the message tells of an order, which is then told anew later.
    func say(_ type: FixMsgType, of order: UInt64? = nil, _ body: (inout FixWriter) -> Void) {
        writer.begin(type)
        body(&writer)
        guard !writer.hasOverflowed,
            outbox.append(FixOutgoing(type: type, fields: [UInt8](writer.fields.unsafeBuffer)))
        else {
            lost += 1
            hasLost = true
            if let order, orders[order] != nil, isUntold.insert(order).inserted { untold.append(order) }
            return
        }
    }

    /// A user has logged in again: what waits is sent first, then the state of orders whose reports were lost.
    func joined() { hasLost = false }

    /// Whether all that was lost was told anew.
    public var isInStep: Bool { untold.isEmpty && !hasLost }

    /// Tells what has waited for room.
    public func catchUp() {
        let next = Array(untold.prefix(FixPort.anewMax))
        untold.removeFirst(next.count)
        for id in next {
            isUntold.remove(id)
            if let order = orders[id] { sayStatus(order) }
        }
        if untold.isEmpty { catchUpMarketData() }
    }

    /// Orders told anew at once.
    private static let anewMax = 256

    // MARK: From the client

    override func read(_ message: WireBytes, at time: Timestamp, into commands: inout [MatchingCommand]) {
        now = time
        guard let message = try? scanner.scan(message) else {
            ignored += 1
            return
        }
        if !isInStep, FixPort.enters(message.type) {
            return sayBusinessReject(message, 4, "Application not available: reports were lost and are told anew")
        }
        if let tag = FixPort.longText(message) {
            return sayBusinessReject(message, 0, "\(tag) is longer than \(FixPort.idMax) bytes")
        }
        do throws(FixMissing) {
            switch message.type {
            case .newOrderSingle: try enter(message, into: &commands)
            case .orderCancelRequest: try cancel(message, into: &commands)
            case .orderCancelReplaceRequest: try replace(message, into: &commands)
            case .orderStatusRequest: try tellStatus(message)
            case .orderMassCancelRequest where dialect != .fix42: try massCancel(message, into: &commands)
            case .marketDataRequest: try marketData(message)
            case .securityListRequest where dialect != .fix42: try listSecurities(message)
            case .quoteRequest: try requestQuotes(message)
            case .quoteResponse where dialect != .fix42: try respond(message)
            case .newOrderMultileg where dialect != .fix42: try enterPackage(message)
            case .multilegOrderCancelReplace where dialect != .fix42: try replacePackage(message)
            default: sayBusinessReject(message, 3, "Unsupported Message Type")
            }
        } catch {
            sayBusinessReject(message, 5, "Conditionally Required Field Missing (\(error.tag))")
        }
    }

    override func finish() {
        request = .none
        guard let id = immediate else { return }
        immediate = nil
        guard let order = orders[id], order.isLive else { return }
        desk.exchange?.apply(.cancel(order.instrument, owner: owner, id: id, reason: .immediateOrCancel, time: now))
    }

    /// The first text that would be remembered and is too long; ClOrdID is answered by a report of its own.
    private static func longText(_ message: FixMessage) -> FixTag? {
        for index in 0..<message.count where message.value(index).count > idMax {
            switch message.tag(index) {
            case .account, .symbol, .execInst, .legSymbol, .legRefID, .quoteID, .quoteRespID: return message.tag(index)
            default: break
            }
        }
        return nil
    }

    /// Whether a message makes or changes an order.
    private static func enters(_ type: FixMsgType) -> Bool {
        switch type {
        case .newOrderSingle, .orderCancelReplaceRequest, .newOrderMultileg, .multilegOrderCancelReplace,
            .quoteResponse:
            true
        default: false
        }
    }

    /// Whether a message is a new order.
    public static func isNewOrder(_ message: WireBytes) -> Bool {
        var scanner = FixScanner(capacity: 512)
        return (try? scanner.scan(message))?.type == .newOrderSingle
    }

    func refusePending(at time: Timestamp) -> Bool {
        guard case .enter(let order) = request else { return false }
        now = time
        refuse(order, FixProblem(.other, "refused by the venue"))
        return true
    }

    /// Whether a lost connection costs its orders.
    var isCancelledOnDisconnect: Bool { settings.cancelsOnDisconnect }

    func sayBusinessReject(_ message: FixMessage, _ reason: Int, _ text: String, id: String? = nil) {
        say(.businessMessageReject) { writer in
            if let sequence = message[.msgSeqNum] { writer.put(.refSeqNum, sequence) }
            writer.putText(.text, text)
            writer.put(.refMsgType, message.value(2))
            if let id { writer.putText(.businessRejectRefID, id) }
            writer.put(.businessRejectReason, reason)
        }
    }

    /// The text of a field that must be there.
    func text(_ tag: FixTag, _ message: FixMessage) throws(FixMissing) -> String {
        guard let value = message[tag], !value.isEmpty else { throw FixMissing(tag: tag) }
        return value.text
    }

    /// The character of a field that must be there.
    func char(_ tag: FixTag, _ message: FixMessage) throws(FixMissing) -> UInt8 {
        guard let value = message[tag]?.char else { throw FixMissing(tag: tag) }
        return value
    }

    /// The connection is gone: what goes with it.
    func disconnected(at time: Timestamp) {
        now = time
        endSubscriptions()
        outbox.removeUnstored()
        if settings.cancelsOnDisconnect { endPackages(.disconnected) }
    }

    override func systemEvent(_ code: OuchSystemCode, at time: Timestamp) {
        guard code == .endOfDay else { return }
        now = time
        endPackages(.closed)
    }

    // MARK: Time

    func expire(_ entry: ExpiryQueue.Entry) -> MatchingCommand? {
        guard let order = orders[entry.id], order.isLive, order.terms.expiry == entry.time else { return nil }
        return .cancel(order.instrument, owner: owner, id: entry.id, reason: .timeout, time: entry.time)
    }
}

/// What a message asks for, while it is carried out.
enum FixRequest {
    case none
    case enter(FixOrder)
    /// The order as it is to become.
    case replace(FixOrder)
    case cancel(id: UInt64, clOrdID: String)
}

/// One side of one execution.
struct FixExecutionKey: Hashable {
    var match: UInt64
    var id: UInt64
}
