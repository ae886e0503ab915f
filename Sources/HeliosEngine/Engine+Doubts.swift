// SPDX-License-Identifier: MIT
import HeliosExecution
import HeliosMarket
import HeliosRisk
import HeliosStrategy

// What the venue says and does not add up: a person hears of each, and where the position itself is in doubt the firm stops.
extension Engine where Trader: ~Copyable, Gateway: ~Copyable, Observer: ~Copyable {
    /// Tells of a report that does not add up; a fill that could not be taken halts the firm.
    @usableFromInline
    mutating func doubt(_ update: OrderUpdate, _ report: Event) {
        guard let doubt = OrderDoubt(update, report) else { return }
        observer.doubted(doubt)
        if doubt.reason == .unverified { halt() }
    }

    /// Tells of a report that the ledger could not take as it was.
    @usableFromInline
    mutating func doubt(_ update: OrderUpdate, _ report: Event, after before: (underflows: UInt64, unplaced: UInt64)) {
        func doubt(_ reason: OrderDoubt.Reason) -> OrderDoubt {
            let execution = update.executionID
            return OrderDoubt(
                reason,
                order: update.orderID,
                update.instrument,
                quantity: report.quantity,
                execution: execution,
                at: update.time
            )
        }
        if market.risk.releaseUnderflows != before.underflows { observer.doubted(doubt(.underflow)) }
        if market.risk.unplacedFills != before.unplaced { observer.doubted(doubt(.unplaced)) }
    }

    /// Halts the firm, as an operator's word would: it takes two people to go on.
    private mutating func halt() {
        let command = RiskCommand(.lower, .halted)
        let outcome = market.risk.apply(command)
        observer.commanded(command, outcome, at: market.now)
        cancelAll(coveredBy: command)
    }
}
