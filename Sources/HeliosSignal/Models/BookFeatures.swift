// SPDX-License-Identifier: MIT
import HeliosMarket

/// What the best prices of a book say about the next one (section 7).
public enum BookFeatures {
    /// (bid − ask) / (bid + ask) of the quantities shown: near −1 when nearly all is offered, near 1 when it is bid; nil for an empty
    /// side.
    public static func imbalance(bidQuantity: Quantity, askQuantity: Quantity) -> Double? {
        guard bidQuantity.raw > 0, askQuantity.raw > 0 else { return nil }
        let (bid, ask) = (Double(bidQuantity.raw), Double(askQuantity.raw))
        return (bid - ask) / (bid + ask)
    }

    /// The price between bid and ask, nearer to the side that shows less, in units of currency: the simplest
    /// microprice.
    ///
    /// (ask price · bid quantity + bid price · ask quantity) / (bid + ask quantity); nil for an empty side.
    public static func weightedMid(
        bidPrice: Price,
        bidQuantity: Quantity,
        askPrice: Price,
        askQuantity: Quantity
    ) -> Double? {
        guard bidQuantity.raw > 0, askQuantity.raw > 0 else { return nil }
        let (bid, ask) = (Double(bidQuantity.raw), Double(askQuantity.raw))
        // The spread's share on top of the bid: a price of many digits loses none.
        let spread = Double(askPrice.raw) - Double(bidPrice.raw)
        return (Double(bidPrice.raw) + spread * (bid / (bid + ask))) / Double(Price.scale)
    }
}

/// What a change of the best prices brings and takes (section 7): Cont, Kukanov and Stoikov 2014.
///
/// A bid that rose brings all of its quantity, one that fell takes all of the old one, one that stayed the difference; an ask
/// the opposite. Every order flow of the house is summed by this rule, in integers or in fractions.
@frozen
public struct QuoteMove: Sendable, BitwiseCopyable {
    /// Whether the new bid's quantity counts, and the old one's is taken off.
    public let bidComes: Bool
    public let bidGoes: Bool
    /// Whether the new ask's quantity is taken off, and the old one's counts.
    public let askComes: Bool
    public let askGoes: Bool

    @inlinable
    public init<Value: Comparable>(bid: Value, before previousBid: Value, ask: Value, before previousAsk: Value) {
        bidComes = bid >= previousBid
        bidGoes = bid <= previousBid
        askComes = ask <= previousAsk
        askGoes = ask >= previousAsk
    }
}

/// What came to and went from the best prices, bought minus sold (section 7): Cont, Kukanov and Stoikov 2014.
///
/// Integers: the sum of a day is exact.
@frozen
public struct OrderFlowImbalance: Sendable, BitwiseCopyable {
    /// The sum over all changes.
    public private(set) var total = Quantity.zero
    /// Changes counted.
    public private(set) var count = 0
    private var bidPrice = Price.zero
    private var bidQuantity = Quantity.zero
    private var askPrice = Price.zero
    private var askQuantity = Quantity.zero
    private var isStarted = false

    public init() {}

    /// Takes the best prices as they are now; what has come since the last time, or nil for the first, and while a side
    /// is empty.
    ///
    /// By the rule of `QuoteMove`. After an empty side counting starts anew.
    @discardableResult
    public mutating func update(
        bidPrice: Price,
        bidQuantity: Quantity,
        askPrice: Price,
        askQuantity: Quantity
    ) -> Quantity? {
        guard bidQuantity.raw > 0, askQuantity.raw > 0 else {
            isStarted = false
            return nil
        }
        defer {
            (self.bidPrice, self.bidQuantity) = (bidPrice, bidQuantity)
            (self.askPrice, self.askQuantity) = (askPrice, askQuantity)
            isStarted = true
        }
        guard isStarted else { return nil }
        let move = QuoteMove(bid: bidPrice, before: self.bidPrice, ask: askPrice, before: self.askPrice)
        var flow: Int64 = 0
        // Safe: four quantities of at most 92 billion would overflow only beyond 2⁶³; wrapping keeps the hot path
        // without a trap.
        if move.bidComes { flow &+= bidQuantity.raw }
        if move.bidGoes { flow &-= self.bidQuantity.raw }
        if move.askComes { flow &-= askQuantity.raw }
        if move.askGoes { flow &+= self.askQuantity.raw }
        total.raw &+= flow
        count += 1
        return Quantity(raw: flow)
    }

    /// Sets sum and count to zero, at the start of a bar; the last prices stay.
    public mutating func startPeriod() {
        total = .zero
        count = 0
    }
}

extension OrderFlowImbalance {
    /// Appends the sum and the last prices.
    public func save(to writer: inout StateWriter) {
        writer.mark("ordrflow")
        writer.write(total)
        writer.write(count)
        writer.write(bidPrice)
        writer.write(bidQuantity)
        writer.write(askPrice)
        writer.write(askQuantity)
        writer.write(isStarted)
    }

    /// Takes a sum and its last prices; after an error nothing has changed.
    public mutating func restore(from reader: inout StateReader) throws(StateError) {
        try reader.expect("ordrflow")
        var saved = OrderFlowImbalance()
        saved.total = try reader.read(Quantity.self)
        saved.count = try reader.readCount(upTo: StateReader.largestCount, "changes of the order flow")
        saved.bidPrice = try reader.read(Price.self)
        saved.bidQuantity = try reader.readAmount("bid quantity")
        saved.askPrice = try reader.read(Price.self)
        saved.askQuantity = try reader.readAmount("ask quantity")
        saved.isStarted = try reader.readFlag()
        self = saved
    }
}
