// SPDX-License-Identifier: MIT
import HeliosMarket

/// What we hold, have in flight, and have won or lost in one instrument.
///
/// Money is raw (1e-16 of the currency). Always, exactly: `realised + unrealised = cashFlow + position × mark`, and
/// `unrealised = position × mark − basis`.
@frozen
public struct Exposure: Sendable, BitwiseCopyable, Equatable {
    /// Negative is short.
    public var position: Quantity = .zero
    /// Bought, sent and not known dead.
    public var openBuy: Quantity = .zero
    /// Sold, sent and not known dead.
    public var openSell: Quantity = .zero
    /// All that was bought today.
    public var bought: Quantity = .zero
    /// All that was sold today.
    public var sold: Quantity = .zero
    /// What the position cost: paid for a long one, received (negative) for a short one.
    public var basis: Int128 = 0
    /// Profit of what was closed, at average cost, without fees.
    public var realised: Int128 = 0
    /// Profit of what is open at its mark.
    public var unrealised: Int128 = 0
    /// Fees paid less rebates received.
    public var fees: Int128 = 0
    /// Received less paid in trades, without fees.
    public var cashFlow: Int128 = 0
    /// The last bid and ask known; a mark before the first quote is the first trade's own price.
    public var bid: Price = .zero
    public var ask: Price = .zero

    @inlinable
    public init() {}

    /// The position if everything open on the buy side fills and nothing else; at the end of the range if it does
    /// not fit.
    @inlinable
    public var worstLong: Quantity {
        let (sum, overflow) = position.raw.addingReportingOverflow(openBuy.raw)
        return Quantity(raw: overflow ? .max : sum)
    }

    /// The position if everything open on the sell side fills and nothing else; at the end of the range if it does
    /// not fit.
    @inlinable
    public var worstShort: Quantity {
        let (sum, overflow) = position.raw.subtractingReportingOverflow(openSell.raw)
        return Quantity(raw: overflow ? .min : sum)
    }

    /// The price that the position could be closed at: the bid for a long one, the ask for a short one.
    @inlinable
    public var mark: Price { position.raw >= 0 ? bid : ask }

    /// Whether `quantity` more on `side` can only bring the position nearer to zero, whatever else fills.
    ///
    /// A sell reduces when everything open on the sell side together with it does not sell more than we hold; a buy
    /// likewise. Then the worst case on its side strictly falls, and never turns over to the other.
    @inlinable
    public func isReduced(by side: Side, _ quantity: Quantity) -> Bool {
        guard quantity.raw > 0 else { return false }
        switch side {
        case .sell:
            let worst = worstShort.raw
            return worst > 0 && quantity.raw <= worst
        case .buy:
            let worst = worstLong.raw
            return worst < 0 && worst != .min && quantity.raw <= -worst
        }
    }
}

/// Profit and loss over all instruments, exact, in raw money (1e-16 of the currency).
@frozen
public struct ProfitAndLoss: Sendable, BitwiseCopyable, Equatable {
    /// Profit of what was closed, at average cost, without fees.
    public var realised: Int128 = 0
    /// Profit of what is open: long at the bid, short at the ask.
    public var unrealised: Int128 = 0
    /// Fees paid less rebates received.
    public var fees: Int128 = 0
    /// The highest total of the day, at least 0.
    public var dayHigh: Int128 = 0
    /// Initial cash, plus what was received, less what was paid, less fees.
    public var cash: Int128 = 0
    /// `realised + unrealised − fees`.
    public var total: Int128 = 0

    @inlinable
    public init() {}
}
