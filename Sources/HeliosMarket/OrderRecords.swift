// SPDX-License-Identifier: MIT

/// Our orders and cancels as records: in a journal, and between us and a venue.
extension Event {
    /// The record of an order that leaves the engine at `time`.
    @inlinable
    public init(order: NewOrder, at time: Timestamp) {
        self.init(
            eventTime: time,
            receiveTime: time,
            orderID: order.id,
            price: order.price,
            quantity: order.quantity,
            instrument: order.instrument,
            venue: order.venue,
            kind: .newOrder,
            detail: order.tag.packed
        )
        if order.side == .sell { flags.insert(.sell) }
        if order.type == .market { flags.insert(.market) }
        if order.timeInForce == .immediateOrCancel { flags.insert(.immediateOrCancel) }
        switch order.mark {
        case .none: break
        case .short: flags.insert(.short)
        case .exempt: flags.insert(.exempt)
        }
    }

    /// The record of a cancel that leaves the engine at `time`.
    @inlinable
    public init(cancelOf id: OrderID, of instrument: Instrument, at time: Timestamp) {
        self.init(eventTime: time, receiveTime: time, orderID: id, instrument: instrument, kind: .cancelRequest)
    }

    /// Whether it is something that the engine did, not something that it was told.
    @inlinable
    public var isOutput: Bool { kind == .newOrder || kind == .cancelRequest }

    /// Whether two records say the same, their journal numbers apart.
    @inlinable
    public func says(_ other: Event) -> Bool {
        eventTime == other.eventTime && receiveTime == other.receiveTime && orderID == other.orderID
            && price == other.price && quantity == other.quantity && instrument == other.instrument
            && venue == other.venue && kind == other.kind && flags == other.flags && detail == other.detail
    }
}

extension NewOrder {
    /// The order of a record of kind `newOrder`; nil for another kind.
    @inlinable
    public init?(record: Event) {
        guard record.kind == .newOrder else { return nil }
        self.init(
            id: record.orderID,
            instrument: record.instrument,
            side: record.side,
            type: record.flags.contains(.market) ? .market : .limit,
            timeInForce: record.flags.contains(.immediateOrCancel) ? .immediateOrCancel : .day,
            quantity: record.quantity,
            price: record.price,
            tag: OrderTag(packed: record.detail),
            venue: record.venue,
            mark: record.flags.contains(.exempt) ? .exempt : record.flags.contains(.short) ? .short : .none
        )
    }
}
