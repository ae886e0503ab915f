// SPDX-License-Identifier: MIT
import HeliosMarket

extension LimitKind {
    /// Kinds without a standard value that each order must meet somewhere; by custom for each instrument by itself.
    public static let homedAtInstruments: [LimitKind] = [.orderQuantity, .position, .dayQuantity]
    /// Kinds without a standard value that each order must meet somewhere; by custom at the firm.
    public static let homedAtScopes: [LimitKind] = [.orderNotional, .grossNotional, .netNotional, .credit, .dayLoss]
    /// Kinds that count for a whole scope, a venue or a class only.
    static let wholeOnly: [LimitKind] = [
        .messageRate, .messageBurst, .orderTradeRatio, .valueAtRisk, .expectedShortfall,
    ]
}

/// What is refused for want of something.
extension RiskPolicy {
    /// Kinds that have no default and that a strategy meets nowhere: each of its orders is refused.
    func homeProblems() -> [RiskProblem] {
        var found: [RiskProblem] = []
        for scope in orderScopes {
            let chain = chain(of: scope)
            let missing = (LimitKind.homedAtScopes + LimitKind.homedAtInstruments).filter { !isSet($0, along: chain) }
            guard !missing.isEmpty else { continue }
            let partial = missing.filter { isSetForSome($0, along: chain) }
            let whole = missing.filter { !partial.contains($0) }
            let levels = chain.map(title(of:)).joined(separator: ", ")
            func miss(_ kinds: [LimitKind], _ what: String) {
                guard !kinds.isEmpty else { return }
                let names = kinds.map { "\($0)" }.joined(separator: ", ")
                let text = "\(what) is refused: no limit \(names); set it at one of \(levels)"
                found.append(RiskProblem(.refusal, .scope(scope), text))
            }
            miss(whole, "every order")
            if otherInstruments != nil { miss(partial, "every order in an instrument without its own") }
            for profile in instruments {
                miss(partial.filter { !isSet($0, along: chain, for: profile) }, "every order in \(profile.symbol)")
            }
        }
        return found
    }

    /// Whether a limit of `kind` holds for some instruments or classes.
    private func isSetForSome(_ kind: LimitKind, along chain: [Int]) -> Bool {
        limits.contains { limit in
            guard limit.kind == kind, chain.contains(limit.scope) else { return false }
            switch limit.target {
            case .instrument, .assetClass: return true
            default: return false
            }
        }
    }

    private func isSet(_ kind: LimitKind, along chain: [Int], for profile: InstrumentProfile) -> Bool {
        limits.contains { limit in
            guard limit.kind == kind, chain.contains(limit.scope) else { return false }
            if case .assetClass(let place) = limit.target { return profile.assetClass == place }
            return limit.target == .instrument(profile.symbol)
        }
    }

    /// What has nothing to do with limits, or only with some.
    func otherProblems() -> [RiskProblem] {
        instrumentProblems() + strategyProblems() + peopleProblems()
    }

    private func instrumentProblems() -> [RiskProblem] {
        var found: [RiskProblem] = []
        var known: Set<Symbol> = []
        let needsVolume = limits.contains { $0.kind == .orderVolumeShare || $0.kind == .participation }
        for profile in instruments {
            let subject = RiskProblem.Subject.instrument(profile.symbol)
            if !known.insert(profile.symbol).inserted { found.append(RiskProblem(.error, subject, "stands twice")) }
            let missing = RiskPolicy.missing(in: profile, needsVolume)
            if !missing.isEmpty {
                found.append(RiskProblem(.refusal, subject, "every order is refused: it has no \(missing)"))
            }
        }
        if let others = otherInstruments {
            let missing = RiskPolicy.missing(in: others, needsVolume)
            if !missing.isEmpty {
                let what = "every order in an instrument that is not listed is refused: its defaults have no \(missing)"
                found.append(RiskProblem(.refusal, .policy, what))
            }
            return found
        }
        if instruments.isEmpty { found.append(RiskProblem(.refusal, .policy, "every order is refused: no instrument")) }
        for (place, limit) in limits.enumerated() {
            guard case .instrument(let symbol) = limit.target, !known.contains(symbol) else { continue }
            found.append(RiskProblem(.warning, .limit(place), "is for \(symbol), which is not among the instruments"))
        }
        for (place, locate) in locates.enumerated() where !known.contains(locate.symbol) {
            let what = "is of \(locate.symbol), which is not among the instruments"
            found.append(RiskProblem(.warning, .locate(place), what))
        }
        return found
    }

    private static func missing(in profile: InstrumentProfile, _ needsVolume: Bool) -> String {
        var words: [String] = []
        if profile.lot <= .zero { words.append("lot") }
        if profile.tick <= .zero { words.append("tick") }
        if profile.tickBelowOne <= .zero { words.append("tickBelowOne") }
        if needsVolume, profile.averageDailyVolume <= .zero { words.append("averageDailyVolume") }
        return words.joined(separator: ", ")
    }

    private func strategyProblems() -> [RiskProblem] {
        var found: [RiskProblem] = []
        for scope in orderScopes {
            let chain = chain(of: scope)
            if !permissions.contains(where: { chain.contains($0.scope) }) {
                found.append(RiskProblem(.refusal, .scope(scope), "every order is refused: no permission covers it"))
            }
            let isTest = chain.contains { scopes[$0].isTest }
            guard isTest != isTestSession else { continue }
            let what = isTest ? "a test account, and the session is none" : "no test account, and the session is a test"
            found.append(RiskProblem(.refusal, .scope(scope), "every order is refused: \(what)"))
        }
        for (place, item) in restrictions.enumerated()
        where item.symbol == nil && item.issuer == nil && (item.scope ?? 0) == 0 {
            found.append(RiskProblem(.warning, .restriction(place), "restricts everything for everybody"))
        }
        return found
    }

    private func peopleProblems() -> [RiskProblem] {
        var found: [RiskProblem] = []
        for (place, person) in identities.enumerated() {
            if person.publicKey.count != 32 {
                let what = "has a key of \(person.publicKey.count) bytes, expected 32"
                found.append(RiskProblem(.error, .identity(place), what))
            }
            if identities[..<place].contains(where: { $0.name == person.name || $0.publicKey == person.publicKey }) {
                found.append(RiskProblem(.error, .identity(place), "has the name or the key of somebody before"))
            }
        }
        if !identities.isEmpty, identities.count < 2 || !identities.contains(where: { $0.role == .riskOfficer }) {
            let what = "nothing can be switched on again: that takes two people, one of them a risk officer"
            found.append(RiskProblem(.warning, .policy, what))
        }
        return found
    }
}
