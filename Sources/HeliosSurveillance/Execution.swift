// SPDX-License-Identifier: MIT
import HeliosMarket

/// An execution as one of the parties to it has it in its books.
public struct Execution: Sendable, Equatable {
    public var venue: Venue
    /// The venue's number: both sides of a trade have the same.
    public var id: UInt64
    public var orderID: OrderID
    public var instrument: Instrument
    public var side: Side
    public var quantity: Quantity
    public var price: Price
    /// When it happened at the venue, and when we learnt of it.
    public var time: Timestamp
    public var received: Timestamp
    public var isMaker: Bool
    public var tag: OrderTag
    public var fee: Money

    public init(
        venue: Venue,
        id: UInt64,
        orderID: OrderID,
        instrument: Instrument,
        side: Side,
        quantity: Quantity,
        price: Price,
        time: Timestamp,
        received: Timestamp,
        isMaker: Bool = false,
        tag: OrderTag = OrderTag(strategy: .max),
        fee: Money = .zero
    ) {
        self.venue = venue
        self.id = id
        self.orderID = orderID
        self.instrument = instrument
        self.side = side
        self.quantity = quantity
        self.price = price
        self.time = time
        self.received = received
        self.isMaker = isMaker
        self.tag = tag
        self.fee = fee
    }

    /// The quantity with its sign.
    public var signed: Int128 { Int128(quantity.raw) * Int128(side.sign) }
    /// What it brought, raw money, without the fee.
    public var cashFlow: Int128 { -signed * Int128(price.raw) }
}
