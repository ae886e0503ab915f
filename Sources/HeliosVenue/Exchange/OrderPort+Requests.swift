// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosWire

/// Requests that both protocols know.
extension OrderPort {
    /// The command for a cancel that leaves `shares` open; nil when there is nothing to do, or it was answered.
    final func cancel(_ id: UInt64, keeping shares: UInt32, _ time: Timestamp) -> MatchingCommand? {
        guard let order = live(id), shares < order.open else {
            ignored += 1
            return nil
        }
        if order.cross.meaning != OuchCross.none, desk.isFrozen[order.instrument.index] {
            // What is left of it after the cross is cancelled anyway.
            if shares == 0 {
                sayCancelPending(order, desk.timeOfDay(time))
            } else {
                sayCancelRejected(order, desk.timeOfDay(time))
            }
            return nil
        }
        return .cancel(order.instrument, owner: owner, id: id, keeping: Quantity(Int(shares)), time: time)
    }

    /// The command for a smaller size, or another kind of sell: S to T or E, E to T; nil when it is none of these, or was
    /// answered.
    final func modify(_ id: UInt64, _ side: OuchCode<OuchSide>, _ shares: UInt32, _ time: Timestamp) -> MatchingCommand?
    {
        guard var order = live(id), shares > 0, shares <= order.open else {
            ignored += 1
            return nil
        }
        if side != order.side {
            switch (order.side.meaning, side.meaning) {
            case (.sell, .sellShort), (.sell, .sellShortExempt), (.sellShortExempt, .sellShort): order.side = side
            default:
                ignored += 1
                return nil
            }
        } else if shares == order.open {
            ignored += 1
            return nil
        }
        guard shares < order.open else {
            modifySide(order, time)
            return nil
        }
        pending = order
        modifying = id
        return .cancel(order.instrument, owner: owner, id: id, keeping: Quantity(Int(shares)), time: time)
    }

    /// The auction of a cross type; nil for one that is not held here.
    static func cross(_ cross: OuchCode<OuchCross>) -> CrossKind? {
        switch cross.meaning {
        case .some(.none): CrossKind.none
        case .opening: .opening
        case .closing: .closing
        case .halt: .halt
        default: nil
        }
    }

    /// Why a dark market does not take an order: only midpoint pegs, with or without a limit, and never displayed.
    static func darkRefusal(_ command: MatchingCommand, isHidden: Bool) -> PortRefusal? {
        guard isHidden, !command.instructions.contains(.postOnly), command.display == .zero else {
            return PortRefusal(.display, .display)
        }
        guard command.cross == CrossKind.none else { return PortRefusal(.crossOrder, .cross) }
        return command.type == .midpointPeg ? nil : PortRefusal(.pegType, .display)
    }
}
