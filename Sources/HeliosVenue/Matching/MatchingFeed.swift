// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosWire

/// Writes what a matching engine tells the market as ITCH 5.0.
///
/// It keeps no orders: each message comes from its event alone. Locate codes are instrument numbers plus one. Prices are cut
/// to 1e-4 and quantities to whole shares, as the protocol has them.
///
/// ```swift
/// if writer.remaining >= ItchWriter.largestFrame { feed.write(event, into: &writer) }
/// ```
public struct MatchingFeed: Sendable {
    /// By instrument number.
    private let symbols: [Symbol]
    private let midnight: Timestamp

    /// - Parameters:
    ///   - symbols: the instruments' names, by their numbers; at most 65,535.
    ///   - midnight: where the protocol's times begin.
    public init(symbols: [Symbol], midnight: Timestamp) {
        self.symbols = symbols
        self.midnight = midnight
    }

    /// Names an instrument, once a day before anything else about it.
    public func announce(_ instrument: Instrument, at time: Timestamp = .zero, into writer: inout ItchWriter) {
        guard instrument.index < symbols.count else { return }
        writer.stockDirectory(
            locate: UInt16(truncatingIfNeeded: instrument.id + 1),
            timestamp: self.time(time),
            symbol: symbols[instrument.index]
        )
    }

    /// Writes the event's message, if the market learns of it; room for one frame must be left.
    public func write(_ event: MatchingEvent, into writer: inout ItchWriter) {
        guard event.instrument.index < symbols.count else { return }
        switch event.kind {
        case .accepted, .replaced, .cancelled, .rejected, .cancelRejected, .restated, .priorityUpdated, .massCancelled,
            .crossExecuted:
            break
        case .shown, .reduced, .unshown, .reshown, .executed, .shownCrossed: writeOrder(event, into: &writer)
        case .crossed, .broken, .imbalance, .phaseChanged, .bandsChanged: writeMarket(event, into: &writer)
        }
    }

    private func writeOrder(_ event: MatchingEvent, into writer: inout ItchWriter) {
        let locate = UInt16(truncatingIfNeeded: event.instrument.id + 1)
        let time = time(event.time)
        let reference = event.reference
        let shares = UInt32(truncatingIfNeeded: shares(event.quantity))
        let price = price(event.price)
        let symbol = symbols[event.instrument.index]
        let side = event.side
        let match = event.match
        switch event.kind {
        case .shown:
            writer.addOrder(
                locate: locate,
                timestamp: time,
                reference: reference,
                side: side,
                shares: shares,
                symbol: symbol,
                price: price
            )
        case .reduced: writer.orderCancel(locate: locate, timestamp: time, reference: reference, shares: shares)
        case .unshown: writer.orderDelete(locate: locate, timestamp: time, reference: reference)
        case .reshown:
            writer.orderReplace(
                locate: locate,
                timestamp: time,
                reference: event.contraReference,
                newReference: reference,
                shares: shares,
                price: price
            )
        case .shownCrossed:
            writer.orderExecuted(
                locate: locate,
                timestamp: time,
                reference: reference,
                shares: shares,
                match: match,
                price: price,
                printable: false
            )
        default:
            if event.flags.contains(.displayed) {
                writer.orderExecuted(
                    locate: locate,
                    timestamp: time,
                    reference: reference,
                    shares: shares,
                    match: match
                )
            } else {
                // The exchange does not tell the hidden order's side or reference.
                writer.trade(
                    locate: locate,
                    timestamp: time,
                    shares: shares,
                    symbol: symbol,
                    price: price,
                    match: match
                )
            }
        }
    }

    private func writeMarket(_ event: MatchingEvent, into writer: inout ItchWriter) {
        let locate = UInt16(truncatingIfNeeded: event.instrument.id + 1)
        let time = time(event.time)
        let symbol = symbols[event.instrument.index]
        switch event.kind {
        case .crossed:
            writer.crossTrade(
                locate: locate,
                timestamp: time,
                shares: shares(event.quantity),
                symbol: symbol,
                price: price(event.price),
                match: event.match,
                crossType: event.cross.code
            )
        case .broken: writer.brokenTrade(locate: locate, timestamp: time, match: event.match)
        case .imbalance:
            writer.imbalance(
                locate: locate,
                timestamp: time,
                pairedShares: shares(event.quantity),
                imbalanceShares: shares(event.imbalance),
                direction: event.direction,
                symbol: symbol,
                farPrice: price(event.farPrice),
                nearPrice: price(event.nearPrice),
                referencePrice: price(event.price),
                crossType: event.cross.code,
                variation: event.variation
            )
        case .bandsChanged:
            writer.auctionCollar(
                locate: locate,
                timestamp: time,
                symbol: symbol,
                reference: price(event.price),
                upper: price(event.upperBand),
                lower: price(event.lowerBand),
                extensionNumber: 0
            )
        default:
            writer.tradingAction(locate: locate, timestamp: time, symbol: symbol, state: state(event.phase))
        }
    }

    /// `T` while orders match, `P` paused, `Q` while they only gather, `H` otherwise.
    private func state(_ phase: MatchingPhase) -> UInt8 {
        switch phase {
        case .open: UInt8(ascii: "T")
        case .paused: UInt8(ascii: "P")
        case .preOpen, .auctionCall: UInt8(ascii: "Q")
        case .halted, .closed: UInt8(ascii: "H")
        }
    }

    private func time(_ time: Timestamp) -> UInt64 { UInt64(max(time - midnight, 0)) & (1 << 48 - 1) }
    private func shares(_ quantity: Quantity) -> UInt64 { UInt64(max(quantity.raw, 0) / Quantity.scale) }
    private func price(_ price: Price) -> UInt32 { UInt32(truncatingIfNeeded: price.raw / 10_000) }
}
