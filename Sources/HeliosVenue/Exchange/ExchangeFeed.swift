// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosWire

/// Writes what the market learns from a matching engine as ITCH 5.0, one message an event.
///
/// Orders are named by the engine's references; nothing of an owner stands in it.
public struct ExchangeFeed: ~Copyable {
    /// The messages, from number 1: what a MoldUDP64 sender and its re-request server read.
    public var messages: MessageStore
    /// Messages that found no room: the feed has ended and nothing more is published.
    public private(set) var lost: UInt64 = 0
    private var writer = ItchWriter(capacity: ItchWriter.largestFrame)
    private let symbols: [Symbol]
    private let midnight: Timestamp

    /// - Parameters:
    ///   - symbols: by instrument; the stock locate of instrument n is n + 1.
    ///   - midnight: times of day count from here.
    ///   - messages: room for as many messages.
    public init(symbols: [Symbol], midnight: Timestamp, messages: Int = 1 << 22) {
        self.symbols = symbols
        self.midnight = midnight
        // The usual mix of adds, deletes and executions takes less than 32 bytes a message.
        self.messages = MessageStore(messages: messages, bytes: messages * 36)
    }

    /// Begins the day: the start of messages and of system hours, a directory entry and an open book for each instrument.
    public mutating func begin(at time: Timestamp) {
        let timestamp = timeOfDay(time)
        publish { $0.systemEvent(timestamp: timestamp, code: UInt8(ascii: "O")) }
        for (index, symbol) in symbols.enumerated() {
            publish { $0.stockDirectory(locate: UInt16(index + 1), timestamp: timestamp, symbol: symbol) }
        }
        publish { $0.systemEvent(timestamp: timestamp, code: UInt8(ascii: "S")) }
    }

    /// Publishes a phase of the whole market: one of `O S Q M E C`.
    public mutating func systemEvent(_ code: UInt8, at time: Timestamp) {
        let timestamp = timeOfDay(time)
        publish { $0.systemEvent(timestamp: timestamp, code: code) }
    }

    private func timeOfDay(_ time: Timestamp) -> UInt64 { UInt64(clamping: max(time - midnight, 0)) & (1 << 48 - 1) }

    private mutating func publish(_ write: (inout ItchWriter) -> Void) {
        writer.reset()
        write(&writer)
        // Behind the two bytes of the frame's length.
        let isKept = writer.withBytes { frame in
            messages.append(WireBytes(UnsafeRawBufferPointer(rebasing: frame.dropFirst(2))))
        }
        if !isKept { lost += 1 }
    }

    /// Publishes one event, if the market learns it.
    mutating func publish(_ event: MatchingEvent) {
        let locate = UInt16(truncatingIfNeeded: event.instrument.id + 1)
        let timestamp = timeOfDay(event.time)
        guard event.kind == .broken || event.instrument.index < symbols.count else { return }
        let symbol = event.instrument.index < symbols.count ? symbols[event.instrument.index] : Symbol(packed: 0x2020_2020_2020_2020)
        let shares = UInt32(clamping: event.quantity.raw / Quantity.scale)
        let price = ExchangeFeed.price(event.price)
        publish { itch in
            switch event.kind {
            case .shown:
                itch.addOrder(
                    locate: locate,
                    timestamp: timestamp,
                    reference: event.reference,
                    side: event.side,
                    shares: shares,
                    symbol: symbol,
                    price: price
                )
            case .executed where event.flags.contains(.displayed):
                itch.orderExecuted(
                    locate: locate,
                    timestamp: timestamp,
                    reference: event.reference,
                    shares: shares,
                    match: event.match
                )
            case .executed:
                itch.trade(
                    locate: locate,
                    timestamp: timestamp,
                    shares: shares,
                    symbol: symbol,
                    price: price,
                    match: event.match,
                    side: event.side
                )
            case .reduced:
                itch.orderCancel(locate: locate, timestamp: timestamp, reference: event.reference, shares: shares)
            case .unshown: itch.orderDelete(locate: locate, timestamp: timestamp, reference: event.reference)
            case .reshown:
                itch.orderReplace(
                    locate: locate,
                    timestamp: timestamp,
                    reference: event.contraReference,
                    newReference: event.reference,
                    shares: shares,
                    price: price
                )
            case .shownCrossed:
                itch.orderExecuted(
                    locate: locate,
                    timestamp: timestamp,
                    reference: event.reference,
                    shares: shares,
                    match: event.match,
                    price: price,
                    printable: false
                )
            default: ExchangeFeed.writeRare(event, locate, timestamp, symbol, price, &itch)
            }
        }
    }

    private static func writeRare(
        _ event: MatchingEvent,
        _ locate: UInt16,
        _ timestamp: UInt64,
        _ symbol: Symbol,
        _ price: UInt32,
        _ itch: inout ItchWriter
    ) {
        switch event.kind {
        case .crossed:
            itch.crossTrade(
                locate: locate,
                timestamp: timestamp,
                shares: UInt64(clamping: event.quantity.raw / Quantity.scale),
                symbol: symbol,
                price: price,
                match: event.match,
                crossType: event.cross.code
            )
        case .broken: itch.brokenTrade(locate: locate, timestamp: timestamp, match: event.match)
        case .imbalance:
            itch.imbalance(
                locate: locate,
                timestamp: timestamp,
                pairedShares: UInt64(clamping: event.quantity.raw / Quantity.scale),
                imbalanceShares: UInt64(clamping: event.imbalance.raw / Quantity.scale),
                direction: event.direction,
                symbol: symbol,
                farPrice: ExchangeFeed.price(event.farPrice),
                nearPrice: ExchangeFeed.price(event.nearPrice),
                referencePrice: price,
                crossType: event.cross.code,
                variation: event.variation
            )
        case .bandsChanged:
            itch.auctionCollar(
                locate: locate,
                timestamp: timestamp,
                symbol: symbol,
                reference: price,
                upper: ExchangeFeed.price(event.upperBand),
                lower: ExchangeFeed.price(event.lowerBand),
                extensionNumber: 0
            )
        default:
            itch.tradingAction(locate: locate, timestamp: timestamp, symbol: symbol, state: event.phase.itchCode)
        }
    }

    /// In ITCH's 1e-4 dollars.
    private static func price(_ price: Price) -> UInt32 { UInt32(clamping: price.raw / 10_000) }
}

extension MatchingEventKind {
    /// Whether the market learns it.
    var isPublic: Bool { self == .executed || rawValue >= MatchingEventKind.shown.rawValue }
}

extension MatchingPhase {
    /// ITCH's trading state.
    var itchCode: UInt8 {
        switch self {
        case .open: UInt8(ascii: "T")
        case .paused: UInt8(ascii: "P")
        case .preOpen, .auctionCall: UInt8(ascii: "Q")
        case .halted, .closed: UInt8(ascii: "H")
        }
    }
}
