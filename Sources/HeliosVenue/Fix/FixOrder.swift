// SPDX-License-Identifier: MIT
import HeliosMarket

/// What a FIX door remembers of an order, for the whole day: its terms as they were said, and how far it has come.
struct FixOrder {
    /// OrderID, the same over a chain of replacements, and the order's number in the engine.
    let id: UInt64
    /// Of the last accepted version.
    var clOrdID: String
    var instrument: Instrument
    /// As it was asked for.
    var symbol: String
    /// The character of the wire.
    var side: UInt8
    var terms: FixTerms
    var account: String?

    var cumulative = Quantity.zero
    var leaves = Quantity.zero
    /// Sum of price times quantity over its executions, in units of 1e-16.
    var notional: Int128 = 0
    /// What was executed and undone: it does not come back, so the engine counts it as executed.
    var undone = Quantity.zero
    /// OrdStatus of an order that ended other than by being filled.
    var end: UInt8?
    var isReplaced = false
    /// Its reference in the engine.
    var reference: UInt64 = 0
    /// QuoteID of the quote that it takes.
    var quote: String?
    /// QuoteRespID of the response that was this order.
    var quoteResponse: String?
    /// Of which package it is a leg.
    var leg: FixLegRole?

    init(id: UInt64, clOrdID: String, instrument: Instrument, symbol: String, side: UInt8, terms: FixTerms) {
        self.id = id
        self.clOrdID = clOrdID
        self.instrument = instrument
        self.symbol = symbol
        self.side = side
        self.terms = terms
    }

    var bookSide: Side { side == UInt8(ascii: "1") ? .buy : .sell }
    var isLive: Bool { end == nil && leaves > .zero }

    /// OrdStatus 39.
    func status(_ dialect: FixDialect) -> UInt8 {
        if let end { return end }
        if cumulative > .zero { return UInt8(ascii: leaves > .zero ? "1" : "2") }
        return isReplaced && dialect == .fix42 ? UInt8(ascii: "5") : UInt8(ascii: "0")
    }

    /// The volume-weighted price, to the nearest unit of 1e-8; zero without an execution.
    var averagePrice: Price {
        guard cumulative > .zero else { return .zero }
        let quantity = Int128(cumulative.raw)
        return Price(raw: Int64(clamping: (notional + (notional < 0 ? -quantity : quantity) / 2) / quantity))
    }

    mutating func fill(_ quantity: Quantity, _ price: Price) {
        cumulative = Quantity(raw: cumulative.raw + quantity.raw)
        notional += Int128(price.raw) * Int128(quantity.raw)
    }

    mutating func undo(_ quantity: Quantity, _ price: Price) {
        cumulative = Quantity(raw: max(cumulative.raw - quantity.raw, 0))
        undone = Quantity(raw: undone.raw + quantity.raw)
        notional -= Int128(price.raw) * Int128(quantity.raw)
    }

    /// A trade is undone: an order that is open shrinks by it, one that was filled is over.
    mutating func undoTrade(_ quantity: Quantity, _ price: Price) {
        undo(quantity, price)
        if !isLive, end == nil { end = UInt8(ascii: "4") }
        if isLive { terms.quantity = Quantity(raw: cumulative.raw + leaves.raw) }
    }
}

/// Which leg of which package an order is.
struct FixLegRole {
    /// OrderID of the package.
    var package: UInt64
    /// The place among its legs.
    var index: Int
    /// LegRefID, when it was said.
    var name: String?
}

/// The terms of an order as FIX says them.
struct FixTerms {
    var quantity = Quantity.zero
    /// OrdType 40.
    var type = UInt8(ascii: "2")
    var price: Price?
    /// TimeInForce 59; day unless it was said.
    var timeInForce = UInt8(ascii: "0")
    var expiry: Timestamp?
    /// ExecInst 18 as it came.
    var instructions: String?
    var minimum = Quantity.zero
    /// MaxFloor; nil displays everything, zero nothing.
    var display: Quantity?
    var pegOffset: Price?
    /// SelfMatchPreventionInstruction 2964.
    var selfMatch: UInt8?

    func has(_ instruction: Character) -> Bool { instructions?.contains(instruction) ?? false }
    var isImmediate: Bool { timeInForce == UInt8(ascii: "3") || timeInForce == UInt8(ascii: "4") }
}
