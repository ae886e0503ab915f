// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosRisk

/// Why a scope is none.
public struct ControlScopeError: Error, Sendable, Equatable, CustomStringConvertible {
    public let description: String
}

/// What a text such as `strategy:pairs` means in a session: the place for a command, and the orders that it covers.
public struct ControlScope: Sendable, Equatable {
    public var text: String
    public var scope: UInt16
    public var target: RiskCommand.Target
    public var instrument: Instrument
    public var venue: Venue
    public var cover: KillCover

    /// The whole firm.
    public static var firm: ControlScope {
        ControlScope(text: "firm", scope: 0, target: .all, instrument: .none, venue: Venue(id: 0), cover: .all)
    }

    /// The command about it.
    public func command(_ action: RiskCommand.Action, _ state: RiskState, first: UInt32 = 0, second: UInt32 = 0)
        -> RiskCommand
    {
        RiskCommand(
            action,
            state,
            scope: scope,
            target: target,
            instrument: instrument,
            venue: venue,
            officer: first,
            second: second
        )
    }
}

/// The names that scopes have in a session.
public struct ControlNames: Sendable {
    public var policy: RiskPolicy
    public var symbols: [Symbol]
    /// Somebody answers requests for quotes.
    public var hasDealers = false

    public init(_ policy: RiskPolicy, symbols: [Symbol]) {
        self.policy = policy
        self.symbols = symbols
    }

    /// What `text` names.
    public func scope(_ text: String) throws(ControlScopeError) -> ControlScope {
        if text == "firm" || text.isEmpty { return .firm }
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, !parts[1].isEmpty else {
            throw ControlScopeError(
                description: "'\(text)' is no scope: firm, strategy:NAME, trader:NAME, account:NAME, desk:NAME, "
                    + "instrument:SYMBOL or venue:NAME"
            )
        }
        var found = ControlScope.firm
        found.text = text
        switch parts[0] {
        case "firm", "strategy", "trader", "account", "desk": try place(parts[0], parts[1], &found)
        case "instrument":
            guard let index = symbols.firstIndex(where: { $0.description == parts[1] }) else {
                throw unknown("instrument", parts[1], symbols.map(\.description))
            }
            found.target = .instrument
            found.instrument = Instrument(id: UInt32(index))
            found.cover = .instrument(found.instrument)
        case "venue":
            guard let index = policy.venues.firstIndex(of: parts[1]) else {
                throw unknown("venue", parts[1], policy.venues)
            }
            found.target = .venue
            found.venue = Venue(id: UInt16(index + 1))
            found.cover = .venue(UInt16(index + 1))
        default: throw unknown("scope", text, ["firm"] + policy.scopes.dropFirst().map { "\($0.kind):\($0.name)" })
        }
        return found
    }

    private func place(_ kind: String, _ name: String, _ found: inout ControlScope) throws(ControlScopeError) {
        guard let index = policy.scopes.firstIndex(where: { "\($0.kind)" == kind && $0.name == name }) else {
            throw unknown(kind, name, policy.scopes.filter { "\($0.kind)" == kind }.map(\.name))
        }
        found.scope = UInt16(index)
        if policy.scopes[index].kind == .firm { return }
        found.cover = .strategies(
            policy.strategies.indices.filter { policy.path(of: $0).contains(index) }.map { UInt16($0) }
        )
    }

    private func unknown(_ kind: String, _ name: String, _ known: [String]) -> ControlScopeError {
        let names = known.isEmpty ? "there is none" : "there are \(known.prefix(20).joined(separator: ", "))"
        return ControlScopeError(description: "there is no \(kind) '\(name)': \(names)")
    }
}

extension RiskPolicy {
    /// The scopes that a strategy's orders belong to, its own first, without the firm.
    func path(of strategy: Int) -> [Int] {
        var path: [Int] = []
        var place = strategies.indices.contains(strategy) ? strategies[strategy] : nil
        // No longer than there are scopes: a ring of parents ends too.
        while let scope = place, scopes.indices.contains(scope), scopes[scope].kind != .firm, path.count < scopes.count
        {
            path.append(scope)
            place = scopes[scope].parent
        }
        return path
    }
}
