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
        describe(order)
    }

    /// The record of a replacement that leaves the engine at `time`: `order` goes by its own number and takes the place of
    /// `original`; its quantity is over the whole life, executed shares included.
    ///
    /// What a replacement can't change (side, tag, short mark) does not travel but for the side.
    @inlinable
    public init(replacementOf original: OrderID, by order: NewOrder, at time: Timestamp) {
        self.init(
            eventTime: time,
            receiveTime: time,
            orderID: original,
            price: order.price,
            quantity: order.quantity,
            instrument: order.instrument,
            venue: order.venue,
            kind: .replaceRequest,
            detail: order.id
        )
        describe(order)
    }

    @usableFromInline
    mutating func describe(_ order: NewOrder) {
        if order.side == .sell { flags.insert(.sell) }
        if order.type == .market { flags.insert(.market) }
        switch order.timeInForce {
        case .day: break
        // When it is to leave stands where the others repeat the time.
        case .immediateOrCancel:
            flags.insert(.immediateOrCancel)
            receiveTime = eventTime + order.delay
        case .fillOrKill:
            flags.formUnion(.fillOrKill)
            receiveTime = eventTime + order.delay
        case .goodTillCancel: flags.insert(.goodTillCancel)
        case .goodTillDate:
            flags.insert(.goodTillDate)
            // The last day stands where the others repeat the time.
            receiveTime = Timestamp(nanoseconds: Int64(order.expireDay) * 86_400_000_000_000)
        }
        if order.isSweep { flags.insert(.sweep) }
        switch order.mark {
        case .none: break
        case .short: flags.insert(.short)
        case .exempt: flags.insert(.exempt)
        }
    }

    /// On `newOrder` and `replaceRequest`: how long the order may work.
    @inlinable
    public var timeInForce: TimeInForce {
        if flags.contains(.fillOrKill) { return .fillOrKill }
        if flags.contains(.immediateOrCancel) { return .immediateOrCancel }
        if flags.contains(.goodTillCancel) { return .goodTillCancel }
        return flags.contains(.goodTillDate) ? .goodTillDate : .day
    }

    /// On `newOrder` and `replaceRequest`: whether the order is an intermarket sweep.
    @inlinable
    public var isSweep: Bool { timeInForce.isImmediate && flags.contains(.sweep) }

    /// On `newOrder` and `replaceRequest`: the last day of a `goodTillDate` order, else 0.
    @inlinable
    public var expireDay: UInt32 { flags.contains(.goodTillDate) ? receiveTime.dayNumber : 0 }

    /// The record of a cancel that leaves the engine at `time`.
    @inlinable
    public init(cancelOf id: OrderID, of instrument: Instrument, at time: Timestamp) {
        self.init(eventTime: time, receiveTime: time, orderID: id, instrument: instrument, kind: .cancelRequest)
    }

    /// Whether it is something that the engine did, not something that it was told.
    @inlinable
    public var isOutput: Bool {
        switch kind {
        case .newOrder, .cancelRequest, .replaceRequest, .quoteRequest, .quoteAccepted: true
        default: false
        }
    }

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
            timeInForce: record.timeInForce,
            quantity: record.quantity,
            price: record.price,
            tag: OrderTag(packed: record.detail),
            venue: record.venue,
            mark: record.flags.contains(.exempt) ? .exempt : record.flags.contains(.short) ? .short : .none,
            expireDay: record.expireDay,
            delay: record.timeInForce.isImmediate ? record.receiveTime - record.eventTime : 0,
            isSweep: record.isSweep
        )
    }

    /// The new order of a record of kind `replaceRequest`, without its tag, which does not travel; nil for another kind.
    @inlinable
    public init?(replacement record: Event) {
        guard record.kind == .replaceRequest else { return nil }
        self.init(
            id: record.detail,
            instrument: record.instrument,
            side: record.side,
            type: record.flags.contains(.market) ? .market : .limit,
            timeInForce: record.timeInForce,
            quantity: record.quantity,
            price: record.price,
            tag: OrderTag(packed: 0),
            venue: record.venue,
            mark: record.flags.contains(.exempt) ? .exempt : record.flags.contains(.short) ? .short : .none,
            expireDay: record.expireDay,
            delay: record.timeInForce.isImmediate ? record.receiveTime - record.eventTime : 0,
            isSweep: record.isSweep
        )
    }
}
