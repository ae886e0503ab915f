// SPDX-License-Identifier: MIT
import HeliosFIX
import HeliosMarket
import HeliosWire

/// A participant's door that speaks FIX: order entry, market data, requests for quotes, packages of several legs.
///
/// ```
///  session ── 35=D … ──► Exchange.receive ──► commands ──► matching
///          ◄─ next ────  outbox ◄─ 35=8 …  ◄── events  ◄──┘
/// ```
public final class FixPort: FixDoorPort, OrderTaker {
    public let owner: UInt32
    /// By OrderID; kept for the day.
    var orders: [UInt64: FixOrder] = [:]
    /// Every ClOrdID that was used, also of requests to cancel and replace, with its order.
    var numbers: [String: UInt64] = [:]
    /// What the message under way asks for.
    var request = FixRequest.none
    /// An order whose replacement was taken and that ends at once, whatever is left of it.
    var immediate: UInt64?
    /// For trades that are undone.
    var executions = FixExecutions()
    /// By MDReqID.
    var subscriptions: [String: FixSubscription] = [:]
    /// Dealers' quotes that are good, by QuoteID.
    var quotes: [String: FixQuote] = [:]
    /// By OrderID.
    var packages: [UInt64: FixPackage] = [:]
    /// Packages that may still trade, in the order of their coming.
    var waitingPackages: [UInt64] = []
    /// Orders of which a report found no room: they are told anew before any other is taken.
    private var untold: [UInt64] = []
    private var isUntold: Set<UInt64> = []
    let settings: PortSettings
    /// Refused orders that are remembered.
    var refused = 0
    /// Questions to dealers and their quotes that are not over yet.
    var dealing = 0

    /// Orders that a door takes in a day.
    static let orderMax = 1 << 20

    init(_ settings: PortSettings, _ dialect: FixDialect, owner: UInt32, number: Int, desk: ExchangeDesk) {
        self.owner = owner
        self.settings = settings
        super.init(settings, dialect, number: number, desk: desk)
    }

    // MARK: To the client

    /// Writes a message; when it finds no room, it is counted, and the session is to be closed.
    ///
    /// With `order` the message tells of an order, which is then told anew later.
    func say(_ type: FixMsgType, of order: UInt64? = nil, _ body: (inout FixWriter) -> Void) {
        if put(type, body) { return }
        if let order, orders[order] != nil, isUntold.insert(order).inserted { untold.append(order) }
    }

    /// A user has logged in again: what waits is sent first, then the state of orders whose reports were lost.
    override func joined() { hasLost = false }

    /// Whether all that was lost was told anew.
    public var isInStep: Bool { untold.isEmpty && !hasLost }

    /// Tells what has waited for room.
    override public func catchUp() {
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

    override func take(_ message: FixMessage, into commands: inout [MatchingCommand]) {
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

    override func refuseRepeated(_ message: FixMessage) -> Bool {
        guard FixPort.enters(message.type) else { return false }
        ignored += 1
        let id = message[.clOrdID].flatMap { $0.count > FixPort.idMax ? nil : $0.text }
        sayBusinessReject(message, 4, "not carried out: it may have been before the venue's machine went down", id: id)
        return true
    }

    /// Cancels everything that may still trade.
    func cancelAll(at time: Timestamp) {
        now = time
        endPackages(.supervisory)
        desk.exchange?.apply(.massCancel(.none, owner: owner, reason: .supervisory, time: time))
    }

    func refusePending(at time: Timestamp) -> Bool {
        guard case .enter(let order) = request else { return false }
        now = time
        refuse(order, FixProblem(.other, "refused by the venue"))
        return true
    }

    /// Whether a lost connection costs its orders.
    var isCancelledOnDisconnect: Bool { settings.cancelsOnDisconnect }

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

    override func disconnected(at time: Timestamp) {
        super.disconnected(at: time)
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
