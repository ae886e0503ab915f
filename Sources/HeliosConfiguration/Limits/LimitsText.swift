// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosRisk

/// Writes a policy as a limits file that spells out everything, in a stable order: equal policies give equal texts.
struct LimitsText {
    private var text = ""

    /// The text of `configuration`; its standard limits are written out like given ones.
    static func text(of configuration: LimitsConfiguration) -> String {
        var writer = LimitsText()
        writer.write(configuration)
        return writer.text
    }

    private mutating func line(_ depth: Int, _ line: String) {
        text += String(repeating: "  ", count: depth) + line + "\n"
    }

    private mutating func write(_ configuration: LimitsConfiguration) {
        let policy = configuration.policy
        line(0, "test: \(policy.isTestSession)")
        line(0, "selfTrade: \(policy.selfTrade)")
        line(0, "shortSales: \(policy.shortSales)")
        if let model = configuration.modelDescription { write(model, configuration.modelDigest) }
        if let rules = policy.reduction { write(rules) }
        if !policy.venues.isEmpty { line(0, "venues: \(LimitsText.list(policy.venues))") }
        line(0, "firm:")
        if let firm = policy.scopes.first { line(1, "name: \(JSONText.quoted(firm.name))") }
        limits(of: 0, policy, 1)
        let levels: [(String, RiskScope.Kind)] = [
            ("desks", .desk), ("accounts", .account), ("traders", .trader), ("strategies", .strategy),
        ]
        for (key, kind) in levels {
            let places = policy.scopes.indices.filter { policy.scopes[$0].kind == kind }
            if !places.isEmpty { line(0, "\(key):") }
            for place in places { scope(place, configuration) }
        }
        market(policy.market)
        instruments(policy)
        lists(policy)
    }

    private mutating func write(_ model: RiskModelDescription, _ digest: UInt64) {
        line(0, "varModel:")
        line(1, "file: \(JSONText.quoted(model.file))")
        line(1, "digest: \"\(LimitsText.hex(digest, 16))\"")
        line(1, "content: \(model.holdsPrices ? "prices" : "returns")")
        line(1, "covariance: \(model.method)")
        line(1, "number: \(model.measure)")
        line(1, "confidence: \(LimitsText.share(Int64((model.confidence * 10_000).rounded())))")
        line(1, "lambda: \(model.lambda)")
        line(1, "horizon: \(model.horizon)")
        line(1, "scenarios: \(model.scenarios)")
        line(1, "priceTolerance: \(LimitsText.share(model.priceTolerance))")
    }

    private mutating func write(_ rules: ReductionRules) {
        line(0, "reduction:")
        line(1, "target: \(LimitsText.share(rules.target))")
        line(1, "release: \(LimitsText.share(rules.release))")
        line(1, "releaseTime: \(rules.releaseTime)ns")
        line(1, "participation: \(LimitsText.share(rules.participation))")
        line(1, "patience: \(rules.patience)ns")
        line(1, "interval: \(rules.interval)ns")
        line(1, "closesOnLoss: \(rules.closesOnLoss)")
    }

    // MARK: Scopes

    private mutating func scope(_ place: Int, _ configuration: LimitsConfiguration) {
        let policy = configuration.policy
        let scope = policy.scopes[place]
        line(1, "\(JSONText.quoted(scope.name)):")
        if let parent = scope.parent { line(2, "under: \(JSONText.quoted(policy.scopes[parent].name))") }
        if scope.kind == .account { line(2, "test: \(scope.isTest)") }
        if let binding = configuration.bindings.first(where: { $0.scope == place }) {
            line(2, "runs: \(JSONText.quoted(binding.run))")
        }
        if let envelope = configuration.envelopes[place] { self.envelope(envelope, policy) }
        limits(of: place, policy, 2)
    }

    private mutating func envelope(_ envelope: StrategyEnvelope, _ policy: RiskPolicy) {
        guard envelope != StrategyEnvelope() else { return }
        line(2, "envelope:")
        if let symbols = envelope.symbols { line(3, "instruments: \(LimitsText.list(symbols.map(\.description)))") }
        if let venues = envelope.venues {
            line(3, "venues: \(LimitsText.list(venues.map { LimitsText.name($0, policy) }))")
        }
        if let orders = envelope.orders { line(3, "orders: \(orders)") }
        if let price = envelope.priceMin { line(3, "priceMin: \(price)") }
        if let price = envelope.priceMax { line(3, "priceMax: \(price)") }
        if let value = envelope.notionalMax { line(3, "orderNotional: \(Money(raw: value))") }
    }

    /// The limits of a scope: by target in the order of their first limit, within it by kind.
    private mutating func limits(of scope: Int, _ policy: RiskPolicy, _ depth: Int) {
        let mine = policy.limits.filter { $0.scope == scope }
        block("limits", mine.filter { $0.target == .all }, depth)
        block("eachInstrument", mine.filter { $0.target == .eachInstrument }, depth)
        named("instruments", mine, policy, depth) { if case .instrument = $0 { true } else { false } }
        named("venues", mine, policy, depth) { if case .venue = $0 { true } else { false } }
        named("assetClasses", mine, policy, depth) { if case .assetClass = $0 { true } else { false } }
    }

    private mutating func named(
        _ key: String,
        _ limits: [RiskLimit],
        _ policy: RiskPolicy,
        _ depth: Int,
        _ isMeant: (LimitTarget) -> Bool
    ) {
        var targets: [LimitTarget] = []
        for limit in limits where isMeant(limit.target) && !targets.contains(limit.target) {
            targets.append(limit.target)
        }
        guard !targets.isEmpty else { return }
        line(depth, "\(key):")
        for target in targets {
            block(JSONText.quoted(policy.title(of: target)), limits.filter { $0.target == target }, depth + 1)
        }
    }

    private mutating func block(_ name: String, _ limits: [RiskLimit], _ depth: Int) {
        guard !limits.isEmpty else { return }
        line(depth, "\(name):")
        for limit in limits.sorted(by: { $0.kind.rawValue < $1.kind.rawValue }) {
            var parts = ["hard: \(LimitsText.value(limit.hard, limit.kind))"]
            if let soft = limit.soft { parts.append("soft: \(LimitsText.value(soft, limit.kind))") }
            if limit.window > 0 { parts.append("window: \(LimitsText.length(limit.window))") }
            line(depth + 1, "\(limit.kind): { \(parts.joined(separator: ", ")) }")
        }
    }

    // MARK: The rest

    private mutating func market(_ market: RiskLimits) {
        line(0, "market:")
        let collar = [
            ("from50", market.collarFrom50), ("from25", market.collarFrom25), ("from1", market.collarFrom1),
            ("below1", market.collarBelow1), ("passive", market.collarPassive),
        ]
        line(1, "collar: { \(collar.map { "\($0.0): \(LimitsText.share($0.1))" }.joined(separator: ", ")) }")
        line(1, "quoteAge: \(LimitsText.length(market.quoteAge))")
        line(1, "tradeAge: \(LimitsText.length(market.tradeAge))")
        line(1, "quoteSpreadMax: \(LimitsText.share(market.quoteSpread))")
        line(1, "staleAfter: \(LimitsText.length(market.staleAge))")
        line(1, "crossedTime: \(LimitsText.length(market.crossedTime))")
        line(1, "jump: \(LimitsText.share(market.jump))")
        line(1, "jumpTime: \(LimitsText.length(market.jumpTime))")
    }

    private mutating func instruments(_ policy: RiskPolicy) {
        line(0, "instruments:")
        line(1, "others: \(policy.otherInstruments == nil ? "refused" : "defaults")")
        if let others = policy.otherInstruments { line(1, "defaults: \(LimitsText.profile(others, policy))") }
        for profile in policy.instruments {
            line(1, "\(JSONText.quoted(profile.symbol.description)): \(LimitsText.profile(profile, policy))")
        }
    }

    private static func profile(_ profile: InstrumentProfile, _ policy: RiskPolicy) -> String {
        var parts = ["lot: \(profile.lot)", "tick: \(profile.tick)", "tickBelowOne: \(profile.tickBelowOne)"]
        let isUnknown = profile.averageDailyVolume == InstrumentLimits.volumeUnknown
        parts.append("averageDailyVolume: \(isUnknown ? "unknown" : profile.averageDailyVolume.description)")
        if profile.priorClose > .zero { parts.append("priorClose: \(profile.priorClose)") }
        if let place = profile.assetClass {
            parts.append("assetClass: \(JSONText.quoted(policy.assetClasses[Int(place)]))")
        }
        if !profile.issuer.isEmpty { parts.append("issuer: \(JSONText.quoted(profile.issuer))") }
        parts.append("bandTier: \(profile.bandTier)")
        parts.append("dailyVolatility: \(share(profile.dailyVolatility))")
        parts.append("halfSpread: \(share(profile.halfSpread))")
        parts.append("test: \(profile.isTest)")
        return "{ \(parts.joined(separator: ", ")) }"
    }

    private mutating func lists(_ policy: RiskPolicy) {
        items("restricted", policy.restrictions) { item in
            let words = [
                ("instrument", item.symbol?.description), ("issuer", item.issuer),
                ("for", item.scope.map { policy.scopes[$0].name }), ("reason", item.reason),
            ]
            let given = words.compactMap { name, value in value.map { "\(name): \(JSONText.quoted($0))" } }
            return given + ["reductions: \(item.allowsReductions)"]
        }
        items("permissions", policy.permissions) { item in
            let words: [(String, [String]?)] = [
                ("instruments", item.symbols?.map(\.description)),
                ("assetClasses", item.assetClasses?.map { policy.assetClasses[Int($0)] }),
                ("venues", item.venues?.map { LimitsText.name($0, policy) }),
                ("types", item.types?.map { "\($0)" }),
            ]
            let given = words.compactMap { name, value in value.map { "\(name): \(LimitsText.list($0))" } }
            return ["for: \(JSONText.quoted(policy.scopes[item.scope].name))"] + given
        }
        items("locates", policy.locates) { item in
            let symbol = JSONText.quoted(item.symbol.description)
            return [
                "instrument: \(symbol)", "quantity: \(item.quantity)", "reference: \(JSONText.quoted(item.reference))",
            ]
        }
        items("identities", policy.identities) { item in
            let key = item.publicKey.map { LimitsText.hex(UInt64($0), 2) }.joined()
            return ["name: \(JSONText.quoted(item.name))", "role: \(item.role)", "publicKey: \"\(key)\""]
        }
        guard let manifest = policy.manifest else { return }
        let (build, configuration) = (LimitsText.hex(manifest.build, 16), LimitsText.hex(manifest.configuration, 16))
        line(0, "manifest: { build: \"\(build)\", configuration: \"\(configuration)\" }")
    }

    private mutating func items<Item>(_ name: String, _ list: [Item], _ parts: (Item) -> [String]) {
        guard !list.isEmpty else { return }
        line(0, "\(name):")
        for item in list { line(1, "- { \(parts(item).joined(separator: ", ")) }") }
    }

    // MARK: Values

    private static func name(_ venue: UInt16, _ policy: RiskPolicy) -> String { policy.title(of: .venue(venue)) }

    private static func list(_ words: [String]) -> String {
        "[\(words.map(JSONText.quoted).joined(separator: ", "))]"
    }

    static func value(_ raw: Int128, _ kind: LimitKind) -> String {
        kind.measure == .basisPoints ? share(Int64(clamping: raw)) : kind.measure.text(raw)
    }

    static func share(_ points: Int64) -> String { ConfigurationValue.share(points).text }

    static func length(_ length: Nanoseconds) -> String {
        ConfigurationValue.parameter(.duration(length)).text
    }

    static func hex(_ value: UInt64, _ width: Int) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
