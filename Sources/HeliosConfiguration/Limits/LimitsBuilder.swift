// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosRisk

/// Makes a policy of the groups that were read, and checks what a single value can't tell.
struct LimitsBuilder {
    let file: String
    var errors: [ConfigurationError]
    var configuration = LimitsConfiguration()
    /// The places of scopes by name.
    var scopes: [String: Int] = [:]
    /// Where everything stands that a problem may be about.
    var places: [RiskProblem.Subject: LimitsPlace] = [:]

    var policy: RiskPolicy {
        get { configuration.policy }
        set { configuration.policy = newValue }
    }

    init(file: String, errors: [ConfigurationError]) {
        self.file = file
        self.errors = errors
    }

    mutating func build(_ root: LimitsGroup) -> LimitsConfiguration {
        configuration.file = file
        policy.isTestSession = LimitsBuilder.flag(root, "test")
        readVenues(root)
        readMarket(root.groups["market"] ?? LimitsGroup(place: root.place))
        readInstruments(root.groups["instruments"] ?? LimitsGroup(place: root.place))
        let groups = readScopes(root)
        for (scope, group) in groups { readLimits(group, scope) }
        readStrategies(root)
        readLists(root)
        finish(root)
        return configuration
    }

    // MARK: Scopes

    private static let levels: [(key: String, kind: RiskScope.Kind)] = [
        ("desks", .desk), ("accounts", .account), ("traders", .trader), ("strategies", .strategy),
    ]

    /// The firm, then level by level downwards, so that a scope stands behind the one above it.
    private mutating func readScopes(_ root: LimitsGroup) -> [(scope: Int, group: LimitsGroup)] {
        let firm = root.groups["firm"]
        if firm == nil {
            var place = root.place
            place.path = LimitsReader.joined(place.path, "firm")
            refuse(place, "missing, expected the firm's limits")
        }
        let firmGroup = firm ?? LimitsGroup(place: root.place)
        let name = LimitsBuilder.text(firmGroup, "name") ?? "firm"
        policy.scopes = [RiskScope(.firm, name)]
        scopes[name] = 0
        places[.scope(0)] = firmGroup.place
        var groups = [(scope: 0, group: firmGroup)]
        // Names first: a message about `under` then knows what there is.
        let all = LimitsBuilder.levels.flatMap { level in (root.named[level.key] ?? []).map { (level.kind, $0) } }
        for (kind, named) in all {
            if let other = scopes[named.name] {
                let title = policy.title(of: other)
                refuse(named.place, "has the name of \(title); each name may stand once in the whole firm")
                continue
            }
            let place = policy.scopes.count
            scopes[named.name] = place
            places[.scope(place)] = named.place
            let isTest = LimitsBuilder.flag(named.group, "test")
            policy.scopes.append(RiskScope(kind, named.name, parent: 0, isTest: isTest))
            groups.append((place, named.group))
        }
        for (scope, group) in groups.dropFirst() { policy.scopes[scope].parent = parent(of: scope, group) }
        return groups
    }

    private mutating func parent(of scope: Int, _ group: LimitsGroup) -> Int {
        guard let under = group.values["under"], case .text(let name) = under.value else { return 0 }
        guard let parent = self.scope(name, under.place) else { return 0 }
        let kind = policy.scopes[scope].kind
        if parent == scope {
            refuse(under.place, "\(kind) \(name) stands under itself")
        } else if policy.scopes[parent].kind <= kind {
            let what = "\(policy.title(of: parent)) can't stand above a \(kind), expected one of a higher level"
            refuse(under.place, what)
        } else {
            return parent
        }
        return 0
    }

    /// The place of the scope called `name`; nil when there is none, which is reported.
    mutating func scope(_ name: String, _ place: LimitsPlace) -> Int? {
        if let found = scopes[name] { return found }
        let known = scopes.keys.sorted()
        refuse(
            place,
            "found \(JSONText.quoted(name)), expected the name of a scope",
            suggestion: NearestName.of(name, among: known)
        )
        return nil
    }

    // MARK: Limits

    private mutating func readLimits(_ group: LimitsGroup, _ scope: Int) {
        add(group.groups["limits"], scope, .all)
        add(group.groups["eachInstrument"], scope, .eachInstrument)
        for named in group.named["instruments"] ?? [] {
            if let symbol = Symbol(named.name) { add(named.group, scope, .instrument(symbol)) }
        }
        for named in group.named["venues"] ?? [] {
            if let venue = venue(named.name, named.place) { add(named.group, scope, .venue(venue)) }
        }
        for named in group.named["assetClasses"] ?? [] {
            if let place = assetClass(named.name, named.place) { add(named.group, scope, .assetClass(place)) }
        }
    }

    private mutating func add(_ group: LimitsGroup?, _ scope: Int, _ target: LimitTarget) {
        for limit in group?.limits ?? [] {
            places[.limit(policy.limits.count)] = limit.place
            policy.limits.append(
                RiskLimit(scope, target, limit.kind, hard: limit.hard, soft: limit.soft, window: limit.window)
            )
        }
    }

    /// The number of a venue; nil when there is none, which is reported.
    mutating func venue(_ name: String, _ place: LimitsPlace) -> UInt16? {
        if let index = policy.venues.firstIndex(of: name) { return UInt16(index + 1) }
        let nearest = NearestName.of(name, among: policy.venues)
        let what = "found \(JSONText.quoted(name)), expected one of the names in 'venues'"
        refuse(place, what, suggestion: nearest)
        return nil
    }

    /// The place of an asset class; nil when no instrument is of it, which is reported.
    mutating func assetClass(_ name: String, _ place: LimitsPlace) -> UInt8? {
        if let index = policy.assetClasses.firstIndex(of: name) { return UInt8(index) }
        let nearest = NearestName.of(name, among: policy.assetClasses)
        refuse(place, "found \(JSONText.quoted(name)), which is the class of no instrument", suggestion: nearest)
        return nil
    }

    // MARK: Strategies

    private mutating func readStrategies(_ root: LimitsGroup) {
        for named in root.named["strategies"] ?? [] {
            guard let scope = scopes[named.name], policy.scopes[scope].kind == .strategy else { continue }
            policy.strategies.append(scope)
            let envelope = named.group.groups["envelope"].map { self.envelope($0) }
            configuration.envelopes[scope] = envelope
            policy.envelopes.append(envelope ?? StrategyEnvelope())
            let run = LimitsBuilder.text(named.group, "runs") ?? named.name
            if configuration.bindings.contains(where: { $0.run == run }) {
                let place = named.group.values["runs"]?.place ?? named.place
                refuse(place, "another strategy runs \(JSONText.quoted(run)) already")
            }
            configuration.bindings.append((run, scope))
        }
    }

    private mutating func envelope(_ group: LimitsGroup) -> StrategyEnvelope {
        var envelope = StrategyEnvelope()
        envelope.symbols = group.lists["instruments"]?.compactMap { LimitsBuilder.symbol($0.value) }
        envelope.venues = venues(group)
        if case .parameter(.integer(let orders))? = group.values["orders"]?.value { envelope.orders = orders }
        envelope.priceMin = LimitsBuilder.price(group, "priceMin")
        envelope.priceMax = LimitsBuilder.price(group, "priceMax")
        if case .parameter(.money(let value))? = group.values["orderNotional"]?.value {
            envelope.notionalMax = value.raw
        }
        if let low = envelope.priceMin, let high = envelope.priceMax, high < low, let at = group.values["priceMax"] {
            refuse(at.place, "found \(high), expected at least priceMin, \(low)")
        }
        return envelope
    }

    /// The numbers of the venues that a group lists; nil when it lists none.
    mutating func venues(_ group: LimitsGroup) -> [UInt16]? {
        guard let items = group.lists["venues"] else { return nil }
        var found: [UInt16] = []
        for item in items {
            if case .text(let name) = item.value, let venue = venue(name, item.place) { found.append(venue) }
        }
        return found
    }

    // MARK: The end

    /// Fills in the standard limits, checks the whole, and gives it its number.
    private mutating func finish(_ root: LimitsGroup) {
        guard errors.isEmpty else { return }
        addStandardLimits()
        for problem in policy.problems() {
            let place = places[problem.subject] ?? root.place
            let name = title(problem.subject)
            let text = LimitsReader.error(
                place,
                name.isEmpty ? problem.message : "\(name) \(problem.message)",
                in: file
            )
            if problem.severity == .error {
                errors.append(text)
            } else {
                configuration.notices.append(.init(severity: problem.severity, text: text))
            }
        }
        configuration.notices = modelNotices() + configuration.notices
        configuration.resolvedText = LimitsText.text(of: configuration)
        policy.version = FNV1a(configuration.resolvedText).value
    }

    /// Adds the standard limits and puts all in their order: by scope, target and kind, so that a limit's number does not depend
    /// on where the file has it.
    private mutating func addStandardLimits() {
        let given = policy.limits.count
        policy.addDefaults()
        let order = policy.limits.indices.sorted { a, b in
            let (left, right) = (policy.limits[a], policy.limits[b])
            return (left.scope, left.target.order, left.kind.rawValue)
                < (right.scope, right.target.order, right.kind.rawValue)
        }
        var moved: [RiskProblem.Subject: LimitsPlace] = [:]
        for (place, old) in order.enumerated() {
            if old >= given { configuration.standardLimits.insert(place) }
            moved[.limit(place)] = places.removeValue(forKey: .limit(old))
        }
        places.merge(moved) { $1 }
        policy.limits = order.map { policy.limits[$0] }
    }

    /// What a message calls its subject; empty where the place says it.
    private func title(_ subject: RiskProblem.Subject) -> String {
        switch subject {
        case .scope(let place): policy.title(of: place) + ":"
        case .limit(let place): policy.title(ofLimit: place) + ":"
        case .instrument(let symbol): "\(symbol):"
        default: ""
        }
    }

    mutating func refuse(_ place: LimitsPlace, _ message: String, suggestion: String? = nil) {
        errors.append(LimitsReader.error(place, message, in: file, suggestion: suggestion))
    }

    // MARK: Values

    static func text(_ group: LimitsGroup, _ name: String) -> String? {
        switch group.values[name]?.value {
        case .text(let text)?, .parameter(.choice(let text))?: text
        default: nil
        }
    }

    static func flag(_ group: LimitsGroup, _ name: String) -> Bool { group.values[name]?.value == .boolean(true) }

    static func symbol(_ value: ConfigurationValue?) -> Symbol? {
        if case .parameter(.symbol(let symbol))? = value { symbol } else { nil }
    }

    static func price(_ group: LimitsGroup, _ name: String) -> Price? {
        if case .parameter(.price(let price))? = group.values[name]?.value { price } else { nil }
    }
}

extension LimitTarget {
    /// All, each instrument, one, venues, classes; instruments by their symbols, the others by their numbers.
    fileprivate var order: String {
        func padded(_ number: Int) -> String { String(repeating: "0", count: 5 - String(number).count) + "\(number)" }
        return switch self {
        case .all: "0"
        case .eachInstrument: "1"
        case .instrument(let symbol): "2" + symbol.description
        case .venue(let id): "3" + padded(Int(id))
        case .assetClass(let place): "4" + padded(Int(place))
        }
    }
}
