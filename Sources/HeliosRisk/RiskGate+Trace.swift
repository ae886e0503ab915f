// SPDX-License-Identifier: MIT
import HeliosMarket

// MARK: - The chain, told
extension RiskGate {
    /// Every control of the chain in its order, as it would meet `order` now; nothing is changed, counted or reserved.
    ///
    /// The first control that fails is the one that `check` would refuse with, value and limit included: the verdicts
    /// come from the same steps. Allocates, so not for the way of an order. Ask before the order is checked: afterwards
    /// its number is used and its quantity reserved.
    public func trace(_ order: NewOrder, market: MarketSnapshot) -> [RiskCheck] {
        var trace = RiskTrace()
        var checked = CheckedOrder(order, market)
        let isKnown = order.instrument.index < instruments
        let exposure = ledger.exposure(order.instrument)
        checked.reduces = isKnown && exposure.isReduced(by: order.side, order.quantity)
        traceState(&trace, checked, isKnown)
        // Safe: the index is below `instruments`. Without an instrument nothing that follows is reached.
        let rules =
            isKnown ? unsafe rules[order.instrument.index] : InstrumentRules(InstrumentLimits(), participation: 0)
        traceMarket(&trace, checked)
        // Finds the reference and the limit of a market order, which the steps after it hold the order against.
        let sanity = trace.isOver ? nil : sanity(&checked, rules)
        traceSanity(&trace, checked, rules, sanity)
        traceSize(&trace, checked, rules)
        traceCollar(&trace, checked)
        tracePosition(&trace, checked, exposure, rules)
        return trace.checks
    }

    private func traceState(_ trace: inout RiskTrace, _ checked: CheckedOrder, _ isKnown: Bool) {
        let order = checked.order
        let isShut = current.state >= .halted
        trace.stage(isShut ? stateRefusal(order) : nil) { trace in
            guard isShut, current.cause != .state else {
                return trace.add(
                    .state,
                    .stateForbids,
                    "state of the gate",
                    .atMost,
                    value: Int128(current.state.rawValue),
                    limit: Int128(RiskState.reduceOnly.rawValue)
                )
            }
            traceCause(&trace)
        }
        trace.stage(isKnown ? nil : unknownInstrument(order)) { trace in
            trace.add(
                .p06,
                .unknownInstrument,
                "number of the instrument",
                .below,
                value: Int128(order.instrument.id),
                limit: Int128(instruments)
            )
        }
        let isReducing = current.state == .reduceOnly
        let refusal = isReducing && !checked.reduces ? stateRefusal(order) : nil
        trace.stage(refusal, waived: isReducing) { trace in
            if isReducing { traceCause(&trace) } else { traceLoss(&trace) }
        }
    }

    private func unknownInstrument(_ order: NewOrder) -> RiskRefusal {
        let (value, limit) = (Int128(order.instrument.id), Int128(instruments))
        return RiskRefusal(order, .p06, .unknownInstrument, value: value, limit: limit)
    }

    /// What brought the gate's state about.
    private func traceCause(_ trace: inout RiskTrace) {
        switch current.cause {
        case .p14:
            let (value, limit) = (current.value, current.limit)
            trace.add(.p14, .belowLimit, RiskGate.lossSubject, .above, .money, value: value, limit: limit)
        case .p06:
            let state = Int128(current.state.rawValue)
            trace.add(.p06, .overflow, "sums of positions and money that fit", .holds, value: state)
        default:
            let state = Int128(current.state.rawValue)
            trace.add(current.cause, .stateForbids, "state of the gate", .atMost, value: state, limit: 0)
        }
    }

    private static let lossSubject = "the day's profit below its high"

    /// P14 while the day's loss is within its limit.
    private func traceLoss(_ trace: inout RiskTrace) {
        let result = ledger.profitAndLoss
        let fall = result.total.subtractingReportingOverflow(result.dayHigh).partialValue
        trace.add(.p14, .belowLimit, RiskGate.lossSubject, .above, .money, value: fall, limit: reduceAt)
    }

    private func tracePosition(
        _ trace: inout RiskTrace,
        _ checked: CheckedOrder,
        _ exposure: Exposure,
        _ rules: InstrumentRules
    ) {
        let order = checked.order
        let isUsed = !trace.isOver && isUsed(order.id)
        trace.stage(isUsed ? RiskRefusal(order, .p10, .duplicate, value: Int128(order.id)) : nil) { trace in
            trace.add(.p10, .duplicate, "an order number not used before", .holds, value: Int128(order.id))
        }
        let isBuy = order.side == .buy
        let open = Int128(isBuy ? exposure.openBuy.raw : exposure.openSell.raw) + Int128(order.quantity.raw)
        let position = Int128(exposure.position.raw)
        let worst = (isBuy ? position : -position) + open
        let traded = Int128(isBuy ? exposure.bought.raw : exposure.sold.raw) + open
        let side = isBuy ? "bought" : "sold"
        trace.stage(self.position(checked, exposure, rules), waived: checked.reduces) { trace in
            let (sum, most) = (max(worst, traded), Int128(Int64.max))
            trace.add(.p06, .overflow, "sums of quantities that fit", .atMost, .quantity, value: sum, limit: most)
            let largest = Int128(rules.maxPosition)
            let worstCase = "position with all open orders \(side)"
            trace.add(.p11, .aboveLimit, worstCase, .atMost, .quantity, value: worst, limit: largest)
            let turnover = "\(side) today with all open orders"
            let day = Int128(rules.maxDayQuantity)
            trace.add(.p11, .aboveLimit, turnover, .atMost, .quantity, value: traded, limit: day)
        }
        // `reserve` refuses what does not fit 64 bits; a quantity that is not positive did not get here.
        let reserved = RiskRefusal(order, .p06, .overflow, .quantity, value: Int128(order.quantity.raw))
        trace.stage(open > Int128(Int64.max) ? reserved : nil) { trace in
            let quantity = Int128(order.quantity.raw)
            trace.add(.p06, .overflow, "a reservation that fits", .holds, .quantity, value: quantity)
        }
    }
}
