// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosRisk

extension LimitsBuilder {
    /// Every instrument: the defaults, over them a row of the CSV file, over that what stands under its symbol.
    mutating func readInstruments(_ group: LimitsGroup) {
        var rows: [(symbol: Symbol, group: LimitsGroup)] = []
        if case .text(let path)? = group.values["file"]?.value {
            do throws(ConfigurationErrors) { rows = try InstrumentsFile.read(path) } catch {
                let isWhole = error.errors.allSatisfy { $0.line == 0 }
                if isWhole, let at = group.values["file"] {
                    refuse(at.place, error.description)
                } else {
                    errors += error.errors
                }
            }
        }
        let defaults = group.groups["defaults"] ?? LimitsGroup(place: group.place)
        var base = InstrumentProfile(LimitsBuilder.unnamed)
        base.lot = Quantity(1)
        base.tick = Price(raw: Price.scale / 100)
        base.tickBelowOne = Price(raw: Price.scale / 10_000)
        apply(defaults, to: &base)
        if LimitsBuilder.text(group, "others") == "defaults" { policy.otherInstruments = base }
        for (symbol, row) in rows { add(row, symbol, base) }
        for named in group.others {
            if let symbol = Symbol(named.name) { add(named.group, symbol, base) }
        }
        numberAssetClasses()
        addLocates(defaults, rows, group)
    }

    /// The shares that instruments say may be borrowed, as locates of their own.
    private mutating func addLocates(
        _ defaults: LimitsGroup,
        _ rows: [(symbol: Symbol, group: LimitsGroup)],
        _ group: LimitsGroup
    ) {
        var shares: [Symbol: Quantity] = [:]
        for (symbol, row) in rows { shares[symbol] = LimitsBuilder.locate(row) }
        for named in group.others {
            if let symbol = Symbol(named.name), let given = LimitsBuilder.locate(named.group) { shares[symbol] = given }
        }
        for symbol in policy.instruments.map(\.symbol) {
            guard let quantity = shares[symbol] ?? LimitsBuilder.locate(defaults), quantity > .zero else { continue }
            policy.locates.append(Locate(symbol, quantity, reference: "instruments"))
        }
    }

    /// The shares that may be borrowed; nil where the group does not say.
    private static func locate(_ group: LimitsGroup) -> Quantity? {
        if case .parameter(.quantity(let quantity))? = group.values["locate"]?.value { quantity } else { nil }
    }

    /// Numbers the classes in the order of the instruments, so that they don't depend on what nobody belongs to.
    private mutating func numberAssetClasses() {
        var used: [UInt8] = []
        let profiles = [policy.otherInstruments].compactMap { $0 } + policy.instruments
        for place in profiles.compactMap(\.assetClass) where !used.contains(place) { used.append(place) }
        func moved(_ place: UInt8?) -> UInt8? {
            place.flatMap { place in used.firstIndex(of: place).map { UInt8($0) } }
        }
        if var others = policy.otherInstruments {
            others.assetClass = moved(others.assetClass)
            policy.otherInstruments = others
        }
        for index in policy.instruments.indices {
            let place = policy.instruments[index].assetClass
            policy.instruments[index].assetClass = moved(place)
        }
        policy.assetClasses = used.map { policy.assetClasses[Int($0)] }
    }

    /// What stands for an instrument that has no name: `*`.
    static let unnamed = Symbol(packed: 0x2020_2020_2020_202A)

    private mutating func add(_ group: LimitsGroup, _ symbol: Symbol, _ base: InstrumentProfile) {
        let place = policy.instruments.firstIndex { $0.symbol == symbol }
        var profile = place.map { policy.instruments[$0] } ?? base
        profile.symbol = symbol
        apply(group, to: &profile)
        if let place { policy.instruments[place] = profile } else { policy.instruments.append(profile) }
        places[.instrument(symbol)] = group.place
    }

    private mutating func apply(_ group: LimitsGroup, to profile: inout InstrumentProfile) {
        if case .parameter(.quantity(let lot))? = group.values["lot"]?.value { profile.lot = lot }
        if let tick = LimitsBuilder.price(group, "tick") { profile.tick = tick }
        if let tick = LimitsBuilder.price(group, "tickBelowOne") { profile.tickBelowOne = tick }
        if let close = LimitsBuilder.price(group, "priorClose") { profile.priorClose = close }
        if let volume = volume(group) { profile.averageDailyVolume = volume }
        if let issuer = LimitsBuilder.text(group, "issuer") { profile.issuer = issuer }
        if case .parameter(.integer(let tier))? = group.values["bandTier"]?.value { profile.bandTier = UInt8(tier) }
        if case .share(let points)? = group.values["dailyVolatility"]?.value { profile.dailyVolatility = points }
        if case .share(let points)? = group.values["halfSpread"]?.value { profile.halfSpread = points }
        if case .boolean(let isTest)? = group.values["test"]?.value { profile.isTest = isTest }
        if let given = group.values["assetClass"], case .text(let name) = given.value {
            profile.assetClass = newAssetClass(name, given.place)
        }
    }

    private mutating func volume(_ group: LimitsGroup) -> Quantity? {
        guard let given = group.values["averageDailyVolume"], case .text(let text) = given.value else { return nil }
        if text == "unknown" { return InstrumentLimits.volumeUnknown }
        if case .parameter(.quantity(let volume))? = LimitsSchema.quantity.parse(text), volume >= .zero {
            return volume
        }
        refuse(given.place, "found \(JSONText.quoted(text)), expected a number of shares such as 4_000_000, or unknown")
        return nil
    }

    /// The place of an asset class, which is new when nobody named it before.
    private mutating func newAssetClass(_ name: String, _ place: LimitsPlace) -> UInt8? {
        if let index = policy.assetClasses.firstIndex(of: name) { return UInt8(index) }
        guard LimitsShape.NameForm.word.accepts(name) else {
            refuse(place, "found \(JSONText.quoted(name)), expected \(LimitsShape.NameForm.word.expectation)")
            return nil
        }
        guard policy.assetClasses.count < 255 else {
            refuse(place, "is one class too many; 255 are possible")
            return nil
        }
        policy.assetClasses.append(name)
        return UInt8(policy.assetClasses.count - 1)
    }
}
