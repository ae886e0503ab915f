// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosStrategy
import HeliosVenue

/// Makes venues of the values that were read, and checks what a single value can't tell.
struct VenueBuilder {
    var reader: VenueReader
    let environment: [String: String]

    mutating func build() -> VenueConfiguration {
        var configuration = VenueConfiguration()
        for index in 0..<reader.count("venues") { configuration.venues.append(venue("venues[\(index)]")) }
        checkTogether(configuration.venues)
        return configuration
    }

    // MARK: Values

    func text(_ place: String) -> String? {
        if case .text(let text)? = reader.value(place) { return text }
        if case .parameter(.choice(let word))? = reader.value(place) { return word }
        return nil
    }

    func truth(_ place: String) -> Bool? {
        if case .boolean(let value)? = reader.value(place) { value } else { nil }
    }

    func integer(_ place: String) -> Int? {
        if case .parameter(.integer(let value))? = reader.value(place) { value } else { nil }
    }

    private func duration(_ place: String) -> Nanoseconds {
        switch reader.value(place) {
        case .parameter(.duration(let value)), .parameter(.timeOfDay(let value)): value
        default: 0
        }
    }

    private func price(_ place: String) -> Price {
        if case .parameter(.price(let value))? = reader.value(place) { value } else { .zero }
    }

    private func share(_ place: String) -> Int64 {
        if case .share(let value)? = reader.value(place) { value } else { 0 }
    }

    private func date(_ place: String) -> TradingDay? {
        if case .date(let value)? = reader.value(place) { value } else { nil }
    }

    /// An address as `host:port`; `free` allows port 0.
    mutating func address(_ place: String, free: Bool) -> String? {
        guard let text = text(place) else { return nil }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        let port = parts.last.flatMap { $0.allSatisfy(\.isNumber) ? UInt16($0) : nil }
        guard parts.count <= 2, let port, free || port > 0, parts.count == 1 || !parts[0].isEmpty else {
            reader.refuse(place, "found \"\(text)\", expected host:port such as 127.0.0.1:7010")
            return nil
        }
        return parts.count == 2 ? text : "127.0.0.1:\(text)"
    }

    // MARK: A venue

    private mutating func venue(_ place: String) -> VenueDescription {
        var venue = VenueDescription(name: text("\(place).name") ?? "")
        let isWord = venue.name.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x41...0x5A).contains($0 & 0xDF) }
        if reader.isGiven("\(place).name"), !isWord || !(1...16).contains(venue.name.utf8.count) {
            reader.refuse("\(place).name", "found \"\(venue.name)\", expected one to sixteen letters and digits")
        }
        venue.kind = text("\(place).kind").flatMap(VenueDescription.Kind.init) ?? .lit
        venue.symbols = symbols("\(place).symbols")
        venue.speed = speed("\(place).speed")
        venue.seed = UInt64(integer("\(place).seed") ?? 1)
        venue.days = integer("\(place).days") ?? 1
        venue.start = duration("\(place).hours.start")
        venue.end = duration("\(place).hours.end")
        if venue.end <= venue.start { reader.refuse("\(place).hours.end", "expected a time after hours.start") }
        venue.fees.maker = price("\(place).fees.maker")
        venue.fees.taker = price("\(place).fees.taker")
        venue.latency.order = duration("\(place).latency.order")
        venue.latency.report = duration("\(place).latency.report")
        venue.latency.feed = duration("\(place).latency.feed")
        if case .parameter(.number(let sigma))? = reader.value("\(place).latency.sigma") { venue.latency.sigma = sigma }
        venue.flow = flow(place, venue.kind)
        venue.reference = text("\(place).reference")
        readFeed(place, &venue)
        venue.doors = doors(place)
        venue.dealers = (0..<reader.count("\(place).dealers")).map { dealer("\(place).dealers[\($0)]") }
        if venue.dealers.count > DealerSettings.maximumDealers {
            reader.refuse("\(place).dealers", "expected at most \(DealerSettings.maximumDealers) dealers")
        }
        venue.bands = bands("\(place).bands")
        venue.halts = (0..<reader.count("\(place).halts")).compactMap { halt("\(place).halts[\($0)]") }
        venue.quirks.disconnectEvery = duration("\(place).quirks.disconnectEvery")
        venue.quirks.stallEvery = duration("\(place).quirks.stallEvery")
        venue.quirks.stallLength = duration("\(place).quirks.stallLength")
        venue.quirks.reject = share("\(place).quirks.reject")
        return venue
    }

    private mutating func symbols(_ place: String) -> [Symbol] {
        guard let text = text(place), text != "all" else { return [] }
        var symbols: [Symbol] = []
        for name in text.split(whereSeparator: { $0 == " " || $0 == "," }) {
            if let symbol = Symbol(String(name)), !symbols.contains(symbol) {
                symbols.append(symbol)
            } else {
                reader.refuse(place, "found \"\(name)\", expected all or different symbols such as [KO, PEP]")
            }
        }
        return symbols
    }

    private mutating func speed(_ place: String) -> Double {
        guard let text = text(place), text != "max" else { return 0 }
        if let value = Double(text), value.isFinite, value >= 0.001, value <= 1_000_000 { return value }
        reader.refuse(place, "found \"\(text)\", expected max or a number from 0.001 to 1000000")
        return 1
    }

    private mutating func flow(_ place: String, _ kind: VenueDescription.Kind) -> VenueDescription.Flow {
        let (agents, recorded) = (reader.isGiven("\(place).agents"), reader.isGiven("\(place).recorded"))
        if kind == .dark, agents || recorded {
            reader.refuse(
                "\(place).\(agents ? "agents" : "recorded")",
                "a dark venue has its participants' orders only"
            )
            return .none
        }
        if agents, recorded {
            reader.refuse("\(place).recorded", "stands beside agents, expected one of the two")
        } else if recorded {
            guard let path = text("\(place).recorded.file") else {
                reader.refuse("\(place).recorded.file", "missing, expected a path")
                return .none
            }
            return .recorded(path: path, day: date("\(place).recorded.date"))
        }
        return kind == .dark ? .none : agentFlow("\(place).agents")
    }

    private mutating func agentFlow(_ place: String) -> VenueDescription.Flow {
        guard let day = date("\(place).date") ?? TradingDay(year: 2026, month: 1, day: 5) else { return .none }
        var agents = MarketDayConfiguration(
            symbols: integer("\(place).symbols") ?? 500,
            messages: integer("\(place).messages") ?? 5_000_000,
            seed: UInt64(integer("\(place).seed") ?? 1),
            day: day,
            pairs: integer("\(place).pairs")
        )
        agents.flowSeed = integer("\(place).flow").flatMap(UInt64.init(exactly:))
        do throws(MarketDayError) { try agents.validate() } catch {
            reader.refuse("\(place).\(error.key)", "expected \(error.expected)")
        }
        return .agents(agents)
    }

    private mutating func readFeed(_ place: String, _ venue: inout VenueDescription) {
        for index in 0..<reader.count("\(place).feed.lines") {
            let line = "\(place).feed.lines[\(index)]"
            guard let address = address("\(line).to", free: false) else { continue }
            var described = VenueLine(address)
            described.interface = text("\(line).interface")
            described.skew = duration("\(line).skew")
            described.loss = share("\(line).loss")
            described.duplication = share("\(line).duplication")
            described.reordering = share("\(line).reordering")
            venue.lines.append(described)
        }
        venue.requests = address("\(place).feed.requests", free: true)
    }

    private mutating func bands(_ place: String) -> VenueBands? {
        guard let width = text("\(place).width") else {
            if reader.isGiven(place) { reader.refuse("\(place).width", "missing, expected 5%, luld-1 or luld-2") }
            return nil
        }
        var bands: VenueBands
        switch (width, ConfigurationKind.share.parse(width)) {
        case ("luld-1", _): bands = VenueBands(.limitUpLimitDown(tier: 1))
        case ("luld-2", _): bands = VenueBands(.limitUpLimitDown(tier: 2))
        case (_, .share(let points)?) where (1..<10_000).contains(points): bands = VenueBands(.fixed(points))
        default:
            reader.refuse(
                "\(place).width",
                "found \"\(width)\", expected a share below 100% such as 5%, luld-1 or luld-2"
            )
            return nil
        }
        bands.window = duration("\(place).window")
        bands.limitState = duration("\(place).limitState")
        bands.pause = duration("\(place).pause")
        return bands
    }

    private func dealer(_ place: String) -> DealerModel {
        var dealer = DealerModel(text("\(place).name") ?? "", venue: Venue(id: 0), markup: price("\(place).markup"))
        dealer.slope = price("\(place).slope")
        dealer.skew = price("\(place).skew")
        dealer.noise = price("\(place).noise")
        if case .parameter(.quantity(let shares))? = reader.value("\(place).capacity") { dealer.capacity = shares }
        dealer.delay = duration("\(place).delay")
        dealer.validity = duration("\(place).life")
        dealer.declines = Double(share("\(place).declines")) / 10_000
        dealer.refuses = Double(share("\(place).refuses")) / 10_000
        return dealer
    }

    private func halt(_ place: String) -> VenueHalt? {
        guard case .parameter(.symbol(let symbol))? = reader.value("\(place).symbol") else { return nil }
        return VenueHalt(symbol, start: duration("\(place).at"), length: duration("\(place).lasts"))
    }
}
