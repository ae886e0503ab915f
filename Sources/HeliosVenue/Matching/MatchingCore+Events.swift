// SPDX-License-Identifier: MIT
import HeliosMarket

/// What is told, and when nothing but telling is left to do.
extension MatchingCore {
    @inlinable
    @inline(__always)
    func tellRejected<Output: MatchingOutput & ~Copyable>(
        _ command: MatchingCommand,
        _ reason: MatchingRejectReason,
        ofCancel: Bool = false,
        to output: inout Output
    ) {
        output.receive(
            MatchingEvent(
                ofCancel ? .cancelRejected : .rejected,
                instrument: command.instrument,
                time: now,
                owner: command.owner,
                id: command.kind == .replace ? command.newID : command.id,
                detail: reason.rawValue
            )
        )
    }

    /// The order is accepted, or has replaced another; `death` when it ends with that.
    @inlinable
    @inline(__always)
    func announce<Output: MatchingOutput & ~Copyable>(
        _ order: Incoming,
        death: MatchingCancelReason? = nil,
        to output: inout Output
    ) {
        let hasLimit = order.key != MatchingCore.noLimit
        output.receive(
            MatchingEvent(
                order.isReplacement ? .replaced : .accepted,
                instrument: Instrument(id: order.book),
                time: now,
                owner: order.owner,
                id: order.id,
                reference: order.reference,
                side: order.side,
                price: hasLimit ? key(order.key, order.side) : 0,
                quantity: order.total,
                open: death == nil ? order.open : 0,
                displayed: order.display,
                contraID: order.previousID,
                contraReference: order.previousReference,
                detail: death?.rawValue ?? 0,
                flags: death == nil ? [] : .dead,
                cross: order.cross
            )
        )
    }

    /// What the feed shows of the order that this one replaces is gone.
    @inlinable
    @inline(__always)
    func releasePrevious<Output: MatchingOutput & ~Copyable>(_ order: inout Incoming, to output: inout Output) {
        guard order.previousShown > 0 else { return }
        order.previousShown = 0
        tellUnshown(order.previousReference, order.side, order.book, to: &output)
    }

    /// What is left of an incoming order is cancelled.
    @inlinable
    @inline(__always)
    func tellRestCancelled<Output: MatchingOutput & ~Copyable>(
        _ order: Incoming,
        _ reason: MatchingCancelReason,
        to output: inout Output
    ) {
        output.receive(
            MatchingEvent(
                .cancelled,
                instrument: Instrument(id: order.book),
                time: now,
                owner: order.owner,
                id: order.id,
                reference: order.reference,
                side: order.side,
                quantity: order.open,
                detail: reason.rawValue
            )
        )
    }

    /// `quantity` of a live order is cancelled; told after its open quantity has shrunk.
    @inlinable
    @inline(__always)
    func tellCancelled<Output: MatchingOutput & ~Copyable>(
        _ index: UInt32,
        _ quantity: Int64,
        _ reason: MatchingCancelReason,
        price: Int64 = 0,
        to output: inout Output
    ) {
        let order = orders + Int(index)
        output.receive(
            MatchingEvent(
                .cancelled,
                instrument: Instrument(id: order.pointee.book),
                time: now,
                owner: order.pointee.owner,
                id: order.pointee.id,
                reference: order.pointee.reference,
                side: order.pointee.traits.side,
                price: price,
                quantity: quantity,
                open: order.pointee.open,
                detail: reason.rawValue
            )
        )
    }

    @inlinable
    @inline(__always)
    func tellUnshown<Output: MatchingOutput & ~Copyable>(
        _ reference: UInt64,
        _ side: Side,
        _ book: UInt32,
        to output: inout Output
    ) {
        output.receive(
            MatchingEvent(
                .unshown,
                instrument: Instrument(id: book),
                time: now,
                reference: reference,
                side: side
            )
        )
    }

    @inlinable
    @inline(__always)
    func tellReduced<Output: MatchingOutput & ~Copyable>(
        _ index: UInt32,
        _ quantity: Int64,
        to output: inout Output
    ) {
        let order = orders + Int(index)
        output.receive(
            MatchingEvent(
                .reduced,
                instrument: Instrument(id: order.pointee.book),
                time: now,
                reference: order.pointee.reference,
                side: order.pointee.traits.side,
                quantity: quantity
            )
        )
    }

    /// The order is displayed now; `replacing` names what it was displayed as.
    @inlinable
    @inline(__always)
    func tellShown<Output: MatchingOutput & ~Copyable>(
        _ index: UInt32,
        replacing: UInt64 = 0,
        to output: inout Output
    ) {
        let order = orders + Int(index)
        let side = order.pointee.traits.side
        output.receive(
            MatchingEvent(
                replacing == 0 ? .shown : .reshown,
                instrument: Instrument(id: order.pointee.book),
                time: now,
                reference: order.pointee.reference,
                side: side,
                price: key(levels[Int(order.pointee.level)].key, side),
                quantity: order.pointee.shown,
                contraReference: replacing
            )
        )
    }
}
