// SPDX-License-Identifier: MIT
import HeliosExecution
import HeliosMarket
import HeliosRisk
import HeliosStrategy

extension Engine where Trader: ~Copyable, Gateway: ~Copyable, Observer: ~Copyable {
    /// Takes an execution back, or gives it other terms: positions, cash, fees and limits are restated, and the strategy is told.
    ///
    /// A correction is a bust followed by a fill under the same execution number.
    @usableFromInline
    mutating func restate(_ event: Event) {
        hash.mix(event)
        let broken = market.orders.takeBack(event)
        if broken.update.kind == .broken, fees.ruleCount > 0 { feeVolume -= min(broken.update.quantity, feeVolume) }
        // In the middle of a correction nobody acts on what is missing: it comes back at once.
        execution.isRestating = event.kind == .executionCorrected
        tell(broken.update, event, fee: broken.fee)
        execution.isRestating = false
        guard event.kind == .executionCorrected, broken.update.kind == .broken else { return }
        let update = market.orders.takeAgain(event)
        guard update.kind == .filled else { return }
        let fee = fees.fee(update.quantity, event, isMaker: update.isMaker, volume: feeVolume)
        if fees.ruleCount > 0 { feeVolume += update.quantity }
        market.orders.setFee(fee, of: event)
        tell(update, event, fee: fee)
    }

    private mutating func tell(_ update: OrderUpdate, _ event: Event, fee: Money) {
        let before = (market.risk.releaseUnderflows, market.risk.unplacedFills)
        market.settle(update, fee: fee)
        observer.updated(update, event, market.quote(update.instrument), fee: fee)
        if market.hasFloor { execution.observed(update, fee: fee, market.quote(update.instrument)) }
        if !update.anomalies.isEmpty { doubt(update, event) }
        if before != (market.risk.releaseUnderflows, market.risk.unplacedFills) { doubt(update, event, after: before) }
        tell(update)
    }
}
