// SPDX-License-Identifier: MIT
import HeliosConfiguration
import HeliosMarket
import HeliosRisk

/// A firm's limits for people: its tree with what counts at each scope, the list of limits, and what is wrong with them.
struct LimitsView {
    private let configuration: LimitsConfiguration
    private var policy: RiskPolicy { configuration.policy }

    init(_ configuration: LimitsConfiguration) { self.configuration = configuration }

    func text(listsLimits: Bool) -> String {
        var parts = [head, section("Scopes, with the limits that count for their orders", tree)]
        if listsLimits { parts.append(section("Limits", list)) }
        parts += notices(.refusal, "Refused") + notices(.warning, "Probably not meant")
        if !listsLimits { parts.append("'--limits' lists every limit with its number, '--order' tries an order.") }
        return parts.joined(separator: "\n\n")
    }

    private var head: String {
        let counts = RiskScope.Kind.allCases.reversed().compactMap { kind -> String? in
            let count = policy.scopes.filter { $0.kind == kind }.count
            let plural = kind == .strategy ? "strategies" : "\(kind)s"
            return kind == .firm || count == 0 ? nil : Figures.counted(count, "\(kind)", plural)
        }
        let name = policy.scopes.first?.name ?? ""
        let given = policy.limits.count - configuration.standardLimits.count
        let parts =
            counts + [
                Figures.counted(policy.instruments.count, "instrument"),
                "\(Figures.counted(given, "limit")) and \(configuration.standardLimits.count) standard ones",
            ]
        let session = policy.isTestSession ? " (a test session)" : ""
        return "\(configuration.file): right: \(name)\(session), edition \(Figures.hash(policy.version))\n"
            + parts.joined(separator: ", ")
    }

    private func section(_ title: String, _ table: TextTable) -> String {
        Console.toned(title, .strong) + "\n" + table.text()
    }

    // MARK: The tree

    /// The kinds that the tree shows, each the tightest along the way up to the firm.
    private static let shown: [(kind: LimitKind, title: String)] = [
        (.grossNotional, "gross"), (.netNotional, "net"), (.credit, "credit"), (.dayLoss, "day loss"),
        (.orderNotional, "order value"), (.orderQuantity, "order"), (.position, "position"),
        (.openOrders, "open orders"),
    ]

    private var tree: TextTable {
        let columns = [TextTable.Column.left] + LimitsView.shown.map { _ in TextTable.Column.right }
        var table = TextTable(columns, header: ["scope"] + LimitsView.shown.map(\.title))
        add(0, depth: 0, &table)
        return table
    }

    private func add(_ scope: Int, depth: Int, _ table: inout TextTable) {
        guard policy.scopes.indices.contains(scope) else { return }
        let name = String(repeating: "  ", count: depth) + policy.scopes[scope].name
        let kind = policy.scopes[scope].kind == .firm ? "" : " (\(policy.scopes[scope].kind))"
        table.add([name + kind] + LimitsView.shown.map { effective($0.kind, scope) })
        for child in policy.scopes.indices where child > scope && policy.scopes[child].parent == scope {
            add(child, depth: depth + 1, &table)
        }
    }

    /// The tightest limit along the way up; marked where it is not the scope's own.
    private func effective(_ kind: LimitKind, _ scope: Int) -> String {
        guard let limit = policy.tightest(kind, at: scope) else { return "–" }
        let text = LimitText.value(limit.hard, kind)
        return limit.scope == scope ? text : Console.toned(text, .faint)
    }

    // MARK: The list

    private var list: TextTable {
        var table = TextTable(
            [.right, .left, .left, .left, .right, .right, .right, .left],
            header: ["number", "scope", "for", "limit", "hard", "soft", "window", ""]
        )
        for (place, limit) in policy.limits.enumerated() {
            table.add(
                "\(place)",
                policy.title(of: limit.scope),
                policy.title(of: limit.target),
                "\(limit.kind)",
                LimitText.value(limit.hard, limit.kind),
                limit.soft.map { LimitText.value($0, limit.kind) } ?? "",
                limit.window > 0 ? Figures.duration(Double(limit.window)) : "",
                configuration.standardLimits.contains(place) ? "standard" : ""
            )
        }
        return table
    }

    private func notices(_ severity: RiskProblem.Severity, _ title: String) -> [String] {
        let lines = configuration.notices.filter { $0.severity == severity }.map { "  \($0.text)" }
        return lines.isEmpty ? [] : [([Console.toned(title, .strong)] + lines).joined(separator: "\n")]
    }
}

/// Values of limits for people.
enum LimitText {
    /// `value` in the unit that people read the kind in.
    static func value(_ value: Int128, _ kind: LimitKind) -> String { text(value, kind.measure) }

    static func text(_ value: Int128, _ measure: RiskMeasure) -> String {
        switch measure {
        case .money: money(value)
        case .quantity: Int64(exactly: value).map { Figures.quantity(Quantity(raw: $0)) } ?? measure.text(value)
        case .basisPoints: value % 100 == 0 ? "\(value / 100) %" : "\(value) bp"
        case .number: Figures.count(value)
        case .time: Figures.duration(Double(value))
        case .price: measure.text(value)
        }
    }

    /// Money with separators, exact, without a fraction of nothing.
    private static func money(_ raw: Int128) -> String {
        let parts = Money(raw: raw).description.split(separator: ".")
        let fraction = parts.count > 1 && parts[1] != "00" ? ".\(parts[1])" : ""
        return (raw < 0 ? "-" : "") + Figures.count(raw.magnitude / Money(1).raw.magnitude) + fraction
    }
}

extension RiskPolicy {
    /// The smallest limit of `kind` that an order of a scope meets, whatever its instrument; nil for none.
    func tightest(_ kind: LimitKind, at scope: Int) -> RiskLimit? {
        let chain = chain(of: scope)
        let met = limits.filter { limit in
            limit.kind == kind && (limit.target == .all || limit.target == .eachInstrument)
                && chain.contains(limit.scope)
        }
        // Of two equal ones the nearer.
        return met.min { ($0.hard, -$0.scope) < ($1.hard, -$1.scope) }
    }
}
