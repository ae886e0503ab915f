// SPDX-License-Identifier: MIT
import HeliosConfiguration
import HeliosMarket
import HeliosRisk

/// What `helios risk check --json` answers.
struct LimitsAnswer: Encodable {
    struct Scope: Encodable {
        var name: String
        var kind: String
        var parent: String?
        var isTest: Bool
    }

    struct Limit: Encodable {
        var number: Int
        var scope: String
        /// Empty for all orders of the scope.
        var target: String
        var kind: String
        var control: String
        var unit: String
        /// Exact decimal texts; basis points and plain numbers are whole.
        var hard: String
        var soft: String?
        var window: String?
        var isStandard: Bool
    }

    struct Notice: Encodable {
        var severity: String
        var line: Int
        var column: Int
        var key: String
        var message: String
    }

    var file: String
    var valid: Bool
    var errors: [String] = []
    var firm: String?
    var edition: String?
    var scopes: [Scope] = []
    var limits: [Limit] = []
    var notices: [Notice] = []

    init(file: String, errors: [String]) {
        self.file = file
        valid = false
        self.errors = errors
    }

    init(_ configuration: LimitsConfiguration) {
        let policy = configuration.policy
        file = configuration.file
        valid = true
        firm = policy.scopes.first?.name
        edition = Figures.hash(policy.version)
        scopes = policy.scopes.map { scope in
            Scope(
                name: scope.name,
                kind: "\(scope.kind)",
                parent: scope.parent.map { policy.scopes[$0].name },
                isTest: scope.isTest
            )
        }
        limits = policy.limits.enumerated().map { place, limit in
            Limit(
                number: place,
                scope: policy.scopes[limit.scope].name,
                target: policy.title(of: limit.target),
                kind: "\(limit.kind)",
                control: limit.kind.control.name,
                unit: "\(limit.kind.measure)",
                hard: LimitsAnswer.text(limit.hard, limit.kind),
                soft: limit.soft.map { LimitsAnswer.text($0, limit.kind) },
                window: limit.window > 0 ? "\(limit.window)ns" : nil,
                isStandard: configuration.standardLimits.contains(place)
            )
        }
        notices = configuration.notices.map { notice in
            Notice(
                severity: notice.severity.rawValue,
                line: notice.text.line,
                column: notice.text.column,
                key: notice.text.key,
                message: notice.text.message
            )
        }
    }

    static func text(_ value: Int128, _ kind: LimitKind) -> String {
        kind.measure == .basisPoints ? "\(value)" : kind.measure.text(value)
    }
}
