// SPDX-License-Identifier: MIT
import HeliosMarket

/// A list of checks in the making: knows whether the order has been refused already.
struct RiskTrace {
    private(set) var checks: [RiskCheck] = []
    /// A control has failed: what follows is not reached.
    private(set) var isOver = false
    /// What the stage that is being told refuses with.
    private var refusal: RiskRefusal?
    private var isWaived = false

    init() { checks.reserveCapacity(24) }

    /// Tells one step of the chain, whose verdict is `refusal`; `body` adds its conditions in the order of their tests.
    ///
    /// The verdict counts, not the numbers of `body`: a refusal that no condition owns up to is added as it stands.
    mutating func stage(
        _ refusal: @autoclosure () -> RiskRefusal?,
        waived: Bool = false,
        _ body: (inout RiskTrace) -> Void
    ) {
        self.refusal = isOver ? nil : refusal()
        isWaived = waived
        body(&self)
        if let refusal = self.refusal { fail(RiskCheck(refusal)) }
    }

    /// Adds one condition; its numbers are asked for only when the control is reached.
    mutating func add(
        _ control: RiskControl,
        _ reason: RiskReason,
        _ subject: String,
        _ relation: RiskCheck.Relation,
        _ measure: RiskMeasure = .number,
        value: @autoclosure () -> Int128? = nil,
        limit: @autoclosure () -> Int128? = nil
    ) {
        var check = RiskCheck(control, reason, subject, relation, measure, verdict: .notReached)
        guard !isOver else { return checks.append(check) }
        check.value = value()
        check.limit = limit()
        if let refusal, isRefused(check, by: refusal) {
            check.value = refusal.value
            check.limit = refusal.limit
            return fail(check)
        }
        check.verdict = isWaived ? .waived : .passed
        checks.append(check)
    }

    private mutating func fail(_ check: RiskCheck) {
        var check = check
        check.verdict = .failed
        checks.append(check)
        refusal = nil
        isOver = true
    }

    /// P11 has two conditions of one reason: there the numbers tell which.
    private func isRefused(_ check: RiskCheck, by refusal: RiskRefusal) -> Bool {
        guard check.control == refusal.control, check.reason == refusal.reason else { return false }
        return refusal.control != .p11 || (check.value, check.limit) == (refusal.value, refusal.limit)
    }
}
