// SPDX-License-Identifier: MIT
import HeliosMarket

/// Something about a policy that a risk officer should know before it is used.
public struct RiskProblem: Sendable, Equatable {
    /// How bad it is.
    public enum Severity: String, Sendable, CaseIterable, Comparable {
        /// The policy means nothing and can't be used.
        case error
        /// The policy can be used, and orders will be refused because of this.
        case refusal
        /// Probably not what was meant.
        case warning

        public static func < (a: Severity, b: Severity) -> Bool {
            func rank(_ severity: Severity) -> Int { severity == .error ? 0 : severity == .refusal ? 1 : 2 }
            return rank(a) < rank(b)
        }
    }

    /// What it is about: places in the policy's lists.
    public enum Subject: Sendable, Hashable {
        case policy
        case scope(Int)
        case limit(Int)
        case instrument(Symbol)
        case strategy(Int)
        case permission(Int)
        case restriction(Int)
        case locate(Int)
        case identity(Int)
    }

    public var severity: Severity
    public var subject: Subject
    /// What is wrong, and what to do about it, as a part of a sentence.
    public var message: String

    public init(_ severity: Severity, _ subject: Subject, _ message: String) {
        self.severity = severity
        self.subject = subject
        self.message = message
    }
}

extension RiskPolicy {
    /// Everything that is wrong with the policy or that looks so, errors first.
    ///
    /// An empty list says that the policy is whole: each strategy's orders meet every limit that must be set.
    public func problems() -> [RiskProblem] {
        let found = treeProblems() + limitProblems()
        // A tree with faults would give misleading reports about what hangs on it.
        guard !found.contains(where: { $0.severity == .error }) else {
            return found.filter { $0.severity == .error }
        }
        let all = found + homeProblems() + comparisonProblems() + otherProblems()
        return RiskProblem.Severity.allCases.flatMap { severity in all.filter { $0.severity == severity } }
    }

    /// How messages call a scope: `trader kim`, `the firm`.
    public func title(of scope: Int) -> String {
        guard scopes.indices.contains(scope) else { return "scope \(scope)" }
        return scope == 0 ? "the firm" : "\(scopes[scope].kind) \(scopes[scope].name)"
    }

    /// How messages and tables call a target: empty for `all`.
    public func title(of target: LimitTarget) -> String {
        switch target {
        case .all: ""
        case .eachInstrument: "each instrument"
        case .instrument(let symbol): symbol.description
        case .venue(let id): id > 0 && Int(id) <= venues.count ? venues[Int(id) - 1] : "venue \(id)"
        case .assetClass(let place): Int(place) < assetClasses.count ? assetClasses[Int(place)] : "class \(place)"
        }
    }

    /// How messages call a limit: `trader kim, AAPL, position`.
    public func title(ofLimit place: Int) -> String {
        guard limits.indices.contains(place) else { return "limit \(place)" }
        let limit = limits[place]
        return [title(of: limit.scope), title(of: limit.target), "\(limit.kind)"].filter { !$0.isEmpty }
            .joined(separator: ", ")
    }
}

extension RiskPolicy {
    private func treeProblems() -> [RiskProblem] {
        guard let firm = scopes.first, firm.kind == .firm, firm.parent == nil else {
            return [RiskProblem(.error, .policy, "has no firm; the first scope must be one, with nothing above it")]
        }
        var found: [RiskProblem] = []
        var names: [String: Int] = [:]
        if scopes.count > Int(UInt16.max) {
            found.append(RiskProblem(.error, .policy, "has \(scopes.count) scopes, at most \(UInt16.max) are possible"))
        }
        for (place, scope) in scopes.enumerated() {
            func fault(_ message: String) { found.append(RiskProblem(.error, .scope(place), message)) }
            if scope.name.isEmpty { fault("has no name") }
            if let other = names[scope.name] { fault("has the name of \(title(of: other))") }
            names[scope.name] = place
            guard place > 0 else { continue }
            guard let parent = scope.parent, scopes.indices.contains(parent) else {
                fault("stands under nothing; everything but the firm needs a scope above it")
                continue
            }
            if parent == place { fault("stands under itself") }
            if parent > place { fault("stands before \(title(of: parent)), which is above it") }
            if parent < place, scopes[parent].kind <= scope.kind {
                fault("stands under \(title(of: parent)), expected a scope of a higher level")
            }
        }
        for (number, place) in strategies.enumerated() where !scopes.indices.contains(place) {
            found.append(RiskProblem(.error, .strategy(number), "belongs to scope \(place), which there is not"))
        }
        return found
    }

    private func limitProblems() -> [RiskProblem] {
        var found: [RiskProblem] = []
        var seen: Set<LimitPlace> = []
        for (place, limit) in limits.enumerated() {
            func fault(_ message: String) { found.append(RiskProblem(.error, .limit(place), message)) }
            if !scopes.indices.contains(limit.scope) { fault("belongs to scope \(limit.scope), which there is not") }
            if limit.hard < 0 { fault("is \(limit.kind.measure.text(limit.hard)), expected zero or more") }
            if let soft = limit.soft, soft < 0 || soft > limit.hard {
                let texts = (limit.kind.measure.text(soft), limit.kind.measure.text(limit.hard))
                fault("has the soft limit \(texts.0) beyond the hard limit \(texts.1), expected one within it")
            }
            if limit.kind.isWindowed != (limit.window > 0) {
                fault(limit.kind.isWindowed ? "has no window" : "has a window, but does not count over time")
            }
            switch limit.target {
            case .venue(let id) where id == 0 || Int(id) > venues.count: fault("is for a venue that has no name")
            case .assetClass(let name) where Int(name) >= assetClasses.count: fault("is for an unnamed asset class")
            case .eachInstrument where LimitKind.wholeOnly.contains(limit.kind),
                .instrument where LimitKind.wholeOnly.contains(limit.kind):
                fault("is for an instrument, but counts all orders together; set it in 'limits'")
            case .venue where limit.kind.control == .p15, .assetClass where limit.kind.control == .p15:
                fault("is for a part of a scope, but counts all of it; set it in 'limits'")
            case .venue where limit.kind.control == .p14, .assetClass where limit.kind.control == .p14:
                // The state that it would bring about is none that a command names: nobody could raise it.
                let what = "is for a part of a scope, but stops a scope or an instrument; set it in 'limits' of a "
                fault(what + "scope that trades nothing else, in 'eachInstrument' or in 'instruments'")
            default: break
            }
            if !seen.insert(LimitPlace(limit)).inserted { fault("stands twice") }
        }
        return found
    }
}

/// What makes a limit another one.
struct LimitPlace: Hashable {
    var scope: Int
    var target: LimitTarget
    var kind: LimitKind

    init(_ limit: RiskLimit) { (scope, target, kind) = (limit.scope, limit.target, limit.kind) }
    init(_ scope: Int, _ target: LimitTarget, _ kind: LimitKind) {
        (self.scope, self.target, self.kind) = (scope, target, kind)
    }
}
