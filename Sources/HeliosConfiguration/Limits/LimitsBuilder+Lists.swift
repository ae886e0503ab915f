// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosRisk

extension LimitsBuilder {
    mutating func readVenues(_ root: LimitsGroup) {
        for item in root.lists["venues"] ?? [] {
            guard case .text(let name) = item.value else { continue }
            if LimitsShape.NameForm.word.accepts(name) {
                policy.venues.append(name)
            } else {
                refuse(item.place, "found \(JSONText.quoted(name)), expected \(LimitsShape.NameForm.word.expectation)")
            }
        }
    }

    mutating func readMarket(_ group: LimitsGroup) {
        var market = RiskLimits.standard(dayLoss: .zero, notional: .zero)
        func set(_ group: LimitsGroup, _ name: String, _ path: WritableKeyPath<RiskLimits, Int64>) {
            switch group.values[name]?.value {
            case .share(let value)?, .parameter(.duration(let value))?: market[keyPath: path] = value
            default: break
            }
        }
        let collar = group.groups["collar"] ?? LimitsGroup(place: group.place)
        set(collar, "from50", \.collarFrom50)
        set(collar, "from25", \.collarFrom25)
        set(collar, "from1", \.collarFrom1)
        set(collar, "below1", \.collarBelow1)
        set(collar, "passive", \.collarPassive)
        set(group, "quoteAge", \.quoteAge)
        set(group, "tradeAge", \.tradeAge)
        set(group, "quoteSpreadMax", \.quoteSpread)
        set(group, "staleAfter", \.staleAge)
        set(group, "crossedTime", \.crossedTime)
        set(group, "jump", \.jump)
        set(group, "jumpTime", \.jumpTime)
        policy.market = market
    }

    mutating func readLists(_ root: LimitsGroup) {
        for group in root.elements["restricted"] ?? [] { readRestriction(group) }
        for group in root.elements["permissions"] ?? [] { readPermission(group) }
        for group in root.elements["locates"] ?? [] { readLocate(group) }
        for group in root.elements["identities"] ?? [] { readIdentity(group) }
        if let word = LimitsBuilder.text(root, "selfTrade") {
            policy.selfTrade = SelfTradeMode.allCases.first { "\($0)" == word } ?? .cancelNewest
        }
        if let word = LimitsBuilder.text(root, "shortSales") {
            policy.shortSales = ShortSaleRules.allCases.first { "\($0)" == word } ?? .us
        }
        readModel(root)
        if let group = root.groups["reduction"] { policy.reduction = reduction(group) }
        guard let group = root.groups["manifest"] else { return }
        let (build, configuration) = (digest(group, "build"), digest(group, "configuration"))
        if let build, let configuration { policy.manifest = RiskManifest(build: build, configuration: configuration) }
    }

    /// The number of its strategy is found when the run's strategies are known.
    private func reduction(_ group: LimitsGroup) -> ReductionRules {
        var rules = ReductionRules(strategy: .max)
        func share(_ key: String, _ path: WritableKeyPath<ReductionRules, Int64>) {
            if case .share(let points)? = group.values[key]?.value { rules[keyPath: path] = points }
        }
        func duration(_ key: String, _ path: WritableKeyPath<ReductionRules, Nanoseconds>) {
            if case .parameter(.duration(let time))? = group.values[key]?.value { rules[keyPath: path] = time }
        }
        share("target", \.target)
        share("release", \.release)
        share("participation", \.participation)
        duration("releaseTime", \.releaseTime)
        duration("patience", \.patience)
        duration("interval", \.interval)
        if case .boolean(let closes)? = group.values["closesOnLoss"]?.value { rules.closesOnLoss = closes }
        return rules
    }

    private mutating func readRestriction(_ group: LimitsGroup) {
        let symbol = LimitsBuilder.symbol(group.values["instrument"]?.value)
        let issuer = LimitsBuilder.text(group, "issuer")
        if symbol != nil, issuer != nil, let at = group.values["issuer"] {
            refuse(at.place, "stands beside instrument, expected one of the two")
        }
        if let issuer, let at = group.values["issuer"], !isKnown(issuer) {
            let names = policy.instruments.map(\.issuer)
            let nearest = NearestName.of(issuer, among: names)
            refuse(at.place, "found \(JSONText.quoted(issuer)), the issuer of no instrument", suggestion: nearest)
        }
        places[.restriction(policy.restrictions.count)] = group.place
        policy.restrictions.append(
            Restriction(
                symbol: symbol,
                issuer: issuer,
                scope: named(group, "for"),
                reason: LimitsBuilder.text(group, "reason") ?? "on the restricted list",
                allowsReductions: LimitsBuilder.flag(group, "reductions")
            )
        )
    }

    private func isKnown(_ issuer: String) -> Bool {
        policy.instruments.contains { $0.issuer == issuer } || policy.otherInstruments?.issuer == issuer
    }

    /// The scope that a key names; nil when it is not given or there is none of the name, which is reported.
    private mutating func named(_ group: LimitsGroup, _ key: String) -> Int? {
        guard let given = group.values[key], case .text(let name) = given.value else { return nil }
        return scope(name, given.place)
    }

    private mutating func readPermission(_ group: LimitsGroup) {
        guard let scope = named(group, "for") else { return }
        var permission = Permission(scope: scope)
        permission.symbols = group.lists["instruments"]?.compactMap { LimitsBuilder.symbol($0.value) }
        permission.venues = venues(group)
        if let items = group.lists["assetClasses"] {
            var classes: [UInt8] = []
            for item in items {
                if case .text(let name) = item.value, let found = assetClass(name, item.place) { classes.append(found) }
            }
            permission.assetClasses = classes
        }
        permission.types = group.lists["types"]?.map { item in
            if case .parameter(.choice("market")) = item.value { .market } else { .limit }
        }
        places[.permission(policy.permissions.count)] = group.place
        policy.permissions.append(permission)
    }

    private mutating func readLocate(_ group: LimitsGroup) {
        guard let symbol = LimitsBuilder.symbol(group.values["instrument"]?.value),
            case .parameter(.quantity(let quantity))? = group.values["quantity"]?.value,
            let reference = LimitsBuilder.text(group, "reference")
        else { return }
        places[.locate(policy.locates.count)] = group.place
        policy.locates.append(Locate(symbol, quantity, reference: reference))
    }

    private mutating func readIdentity(_ group: LimitsGroup) {
        guard let name = LimitsBuilder.text(group, "name"), let word = LimitsBuilder.text(group, "role"),
            let role = RiskIdentity.Role.allCases.first(where: { "\($0)" == word }),
            let key = group.values["publicKey"], case .text(let text) = key.value
        else { return }
        guard let bytes = LimitsBuilder.bytes(text), bytes.count == 32 else {
            return refuse(key.place, "found \(JSONText.quoted(text)), expected 64 hexadecimal digits")
        }
        places[.identity(policy.identities.count)] = group.place
        policy.identities.append(RiskIdentity(name, role, publicKey: bytes))
    }

    mutating func digest(_ group: LimitsGroup, _ name: String) -> UInt64? {
        guard let given = group.values[name], case .text(let text) = given.value else { return nil }
        if let bytes = LimitsBuilder.bytes(text), bytes.count == 8 {
            return bytes.reduce(0) { $0 << 8 | UInt64($1) }
        }
        refuse(given.place, "found \(JSONText.quoted(text)), expected 16 hexadecimal digits")
        return nil
    }

    /// The bytes that pairs of hexadecimal digits name; nil for another text.
    static func bytes(_ text: String) -> [UInt8]? {
        let digits = text.unicodeScalars.map { scalar -> UInt8? in
            switch scalar {
            case "0"..."9": UInt8(scalar.value) - 48
            case "a"..."f": UInt8(scalar.value) - 87
            case "A"..."F": UInt8(scalar.value) - 55
            default: nil
            }
        }
        guard digits.count % 2 == 0, !digits.isEmpty else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = digits[index], let low = digits[index + 1] else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }
}
