// SPDX-License-Identifier: MIT
import HeliosConfiguration
import HeliosMarket
import HeliosRisk

/// What the gate said to orders, for people and for programs.
struct TrialView {
    let policy: RiskPolicy

    /// The whole way of an order through the chain, and the verdict.
    func text(_ answer: TrialGate.Answer) -> String {
        var table = TextTable(
            [.left, .left, .left, .right, .left, .right, .left],
            header: ["control", "scope", "what", "value", "", "limit", "verdict"]
        )
        for check in answer.checks where check.verdict != .notReached { table.add(row(check)) }
        var lines = [
            Console.toned(answer.order.text, .strong), "  belongs to \(answer.chain.joined(separator: ", "))", "",
            table.text(), "",
        ]
        let rest = answer.checks.filter { $0.verdict == .notReached }.map(\.control)
        if !rest.isEmpty {
            let names = Set(rest).sorted { $0.rawValue < $1.rawValue }.map(\.name)
            lines.append("  not reached: \(names.joined(separator: ", "))")
        }
        return (lines + ["  " + verdict(answer)]).joined(separator: "\n")
    }

    private func row(_ check: RiskCheck) -> [String] {
        let own = check.control == .state ? policy.title(of: Int(check.scope)) : ""
        let scope = check.limitIndex.map { policy.title(ofLimit: Int($0)) } ?? own
        return [
            check.control.name, scope, check.subject, value(check), check.relation.rawValue,
            limit(check), check.verdict.rawValue,
        ]
    }

    /// States keep their names.
    private func value(_ check: RiskCheck) -> String {
        guard check.measure != .number, let raw = check.value else { return check.valueText }
        return LimitText.text(raw, check.measure)
    }

    private func limit(_ check: RiskCheck) -> String {
        guard check.measure != .number, let raw = check.limit else { return check.limitText }
        // The largest number stands for a bound that nobody set.
        if raw == Int128(Int64.max) || raw == .max { return "none" }
        return LimitText.text(raw, check.measure)
    }

    func verdict(_ answer: TrialGate.Answer) -> String {
        guard let refusal = answer.refusal else { return Console.toned("passes", .good) }
        let what = refusal.limitIndex.map { policy.title(ofLimit: Int($0)) } ?? refusal.subject
        let numbers =
            refusal.limit == nil || refusal.relation == .holds
            ? "" : ": \(value(refusal)), limit \(limit(refusal))"
        return Console.toned("refused", .bad) + " by \(refusal.control.name), \(what)\(numbers)"
            + "; 'helios risk explain \(refusal.control.name)' tells more"
    }
}

/// What `helios risk check --order --json` answers for an order.
struct TrialAnswer: Encodable {
    struct Check: Encodable {
        var control: String
        var subject: String
        var relation: String
        var unit: String
        var value: String?
        var limit: String?
        var verdict: String
        var scope: String?
        /// The limit's number.
        var number: UInt32?
    }

    var order: String
    var scopes: [String]
    var passes: Bool
    var edition: String
    var checks: [Check]

    init(_ answer: TrialGate.Answer, _ policy: RiskPolicy) {
        order = answer.order.text
        scopes = answer.chain
        passes = answer.isPassed
        edition = Figures.hash(policy.version)
        checks = answer.checks.map { check in
            Check(
                control: check.control.name,
                subject: check.subject,
                relation: check.relation.rawValue,
                unit: "\(check.measure)",
                value: check.value.map(check.measure.text),
                limit: check.limit.map(check.measure.text),
                verdict: check.verdict.rawValue,
                scope: check.limitIndex == nil ? nil : policy.title(of: Int(check.scope)),
                number: check.limitIndex
            )
        }
    }
}
