// SPDX-License-Identifier: MIT
import HeliosEngine
import HeliosMarket
import HeliosVenue

/// What the simulation assumed; stated at the top of every report.
public struct RunAssumptions: Sendable {
    /// Medians, in nanoseconds.
    public var feedLatency: Nanoseconds = 0
    public var orderLatency: Nanoseconds = 0
    public var reportLatency: Nanoseconds = 0
    /// Per share; a negative fee is a rebate.
    public var makerFee: Price = .zero
    public var takerFee: Price = .zero
    /// Each model that was chosen, with its parameters.
    public var models: [Model] = []

    /// A model and its parameters in words.
    public struct Model: Sendable, Equatable {
        /// A word for programs: `feedLatency`.
        public var key: String
        /// For people: `Market data arrives after`.
        public var name: String
        public var value: String
        /// Whether it is kinder to us than the market would be.
        public var isKind: Bool

        public init(_ key: String, _ name: String, _ value: String, isKind: Bool = false) {
            self.key = key
            self.name = name
            self.value = value
            self.isKind = isKind
        }
    }

    public init() {}

    /// The models; without any, what the plain figures say.
    public var described: [Model] {
        if !models.isEmpty { return models }
        return [
            Model(
                "feedLatency",
                "Market data arrives after",
                DurationText.short(feedLatency),
                isKind: feedLatency == 0
            ),
            Model("orderLatency", "Orders arrive after", DurationText.short(orderLatency), isKind: orderLatency == 0),
            Model("reportLatency", "Reports come back after", DurationText.short(reportLatency)),
            Model("fees", "Fees", RunAssumptions.text(FeeSchedule(maker: makerFee, taker: takerFee))),
        ]
    }

    /// What a backtest with `settings` assumes.
    public init(_ settings: BacktestSettings) {
        let models = settings.models
        feedLatency = settings.feedLatency
        orderLatency = settings.orderLatency
        reportLatency = settings.reportLatency
        makerFee = settings.fees.maker
        takerFee = settings.fees.taker
        var order = RunAssumptions.text(models.order)
        if models.messageTime > 0 {
            order += ", and \(DurationText.short(models.messageTime)) for each message by which the venue is behind"
        }
        self.models = [
            Model(
                "feedLatency",
                "Market data arrives after",
                RunAssumptions.text(models.feed),
                isKind: feedLatency == 0
            ),
            Model("orderLatency", "Orders arrive after", order, isKind: orderLatency == 0),
            Model("reportLatency", "Reports come back after", RunAssumptions.text(models.report)),
            Model(
                "fees",
                "Fees",
                RunAssumptions.text(settings.fees),
                isKind: settings.fees.isPlain && makerFee == .zero && takerFee == .zero
            ),
            Model("queue", "Place in the queue", RunAssumptions.text(models.queue)),
            Model(
                "impact",
                "Impact of our orders",
                RunAssumptions.text(models.impact),
                isKind: models.impact.model == .none
            ),
            Model("borrow", "Borrowed shares", RunAssumptions.text(models.borrow), isKind: models.borrow == nil),
        ]
        if let floor = settings.floor { describe(floor) }
        if let dealers = settings.dealers { describe(dealers) }
        if RunAssumptions.isDrawn(models) { self.models.append(Model("seed", "Seed of the draws", "\(models.seed)")) }
    }

    private mutating func describe(_ dealers: DealerSettings) {
        for (place, dealer) in dealers.dealers.enumerated() {
            models.append(Model("dealer\(place + 1)", "Dealer \(dealer.name)", RunAssumptions.text(dealer)))
        }
        let way = "\(DurationText.short(dealers.latency)) each way, seed \(dealers.seed)"
        models.append(Model("dealers", "The way to dealers", way, isKind: dealers.latency == 0))
    }

    private static func text(_ dealer: DealerModel) -> String {
        var text = "\(dealer.markup) beyond the best price"
        if dealer.slope.raw != 0 { text += ", \(dealer.slope) more for every thousand shares" }
        if dealer.noise.raw != 0 { text += ", up to \(dealer.noise) more by chance" }
        if dealer.skew.raw != 0 { text += ", skewed by \(dealer.skew)" }
        if let capacity = dealer.capacity { text += "; up to \(capacity) shares" }
        text += "; answers after \(DurationText.short(dealer.delay)), good for \(DurationText.short(dealer.validity))"
        if dealer.declines > 0 { text += "; declines \(plain(dealer.declines * 100)) % of requests" }
        if dealer.refuses > 0 { text += "; refuses \(plain(dealer.refuses * 100)) % of acceptances" }
        if dealer.fee.raw != 0 { text += "; fee \(dealer.fee) a share" }
        return text
    }

    /// Of several venues each has latencies and fees of its own, and queues are those of its matching engine.
    private mutating func describe(_ floor: FloorSettings) {
        models.removeAll {
            ["feedLatency", "orderLatency", "reportLatency", "fees", "queue", "impact"].contains($0.key)
        }
        let described = floor.venues.enumerated().map { place, venue in
            Model("venue\(place + 1)", "Venue \(venue.name)", RunAssumptions.text(venue))
        }
        models.insert(contentsOf: described, at: 0)
    }

    private static func text(_ venue: FloorVenue) -> String {
        var text =
            venue.kind.rawValue + ", data after \(RunAssumptions.text(venue.feed)), "
            + "orders after \(RunAssumptions.text(venue.order)), reports after \(RunAssumptions.text(venue.report)); "
            + RunAssumptions.text(FeeSchedule(maker: venue.maker, taker: venue.taker))
        if venue.kind == .dark { text += "; \(RunAssumptions.text(venue.dark))" }
        if !venue.outages.isEmpty { text += "; \(venue.outages.count) outages a day" }
        return text
    }

    private static func text(_ dark: DarkLiquidity) -> String {
        let shape =
            switch dark.shape {
            case .fixed(let shares): "\(shares) shares"
            case .uniform(let low, let high): "\(low) to \(high) shares"
            case .exponential(let mean): "exponential, mean \(plain(mean)) shares"
            case .power(let minimum, let exponent): "power law from \(minimum) shares, exponent \(plain(exponent))"
            }
        return "holds \(shape), nothing in \(plain(Double(dark.emptyShare) / 100)) % of intervals of "
            + DurationText.short(dark.interval)
    }

    private static func isDrawn(_ models: SimulationModels) -> Bool {
        [models.feed, models.order, models.report].contains { if case .logNormal = $0 { true } else { false } }
    }

    static func text(_ model: LatencyModel) -> String {
        switch model {
        case .constant(let latency): return DurationText.short(latency)
        case .logNormal(let median, let p99):
            return "log-normal, median \(DurationText.short(median)), p99 \(DurationText.short(p99))"
        case .empirical(let table):
            let latencies = table.rows.map(\.latency)
            let range = "\(DurationText.short(latencies.min() ?? 0)) to \(DurationText.short(latencies.max() ?? 0))"
            return "as measured, \(table.rows.count) times, \(range)\(table.name.isEmpty ? "" : " (\(table.name))")"
        }
    }

    private static func text(_ queue: QueueModel) -> String {
        switch queue {
        case .exact: "exact, order by order; where the data shows levels only, moved by trades alone"
        case .power(let n): "estimated from levels, power \(plain(n))"
        case .log: "estimated from levels, logarithmic"
        case .riskAverse: "moved by trades alone"
        }
    }

    private static func text(_ impact: ImpactSettings) -> String {
        let model =
            switch impact.model {
            case .none: "none: our orders don't move the market"
            case .squareRoot(let law): "square root, coefficient \(plain(law.coefficient))"
            case .almgren(let law, let days, let turnover):
                "Almgren 2005, γ \(plain(law.permanentCoefficient)), η \(plain(law.temporaryCoefficient)), "
                    + "worked over \(plain(days)) days, turnover in \(plain(turnover)) days"
            case .almgrenChriss(let permanent, let temporary, let days):
                "Almgren–Chriss, γ \(plain(permanent)), η \(plain(temporary)), worked over \(plain(days)) days"
            case .resilient(let push, let book):
                "resilient book, push \(plain(push)), ρ \(plain(book.resilience)) a second"
            case .propagator(let law):
                "propagator, G₀ \(plain(law.strength)), δ \(plain(law.sizeExponent)), γ \(plain(law.decayExponent))"
            }
        guard impact.model != .none else { return model }
        let volume = NumberText.fixed(impact.priorVolume.value, 0)
        return model + "; before data \(volume) shares and \(plain(impact.priorVolatility * 100)) % a day, "
            + "weighing \(plain(impact.priorDays)) days"
    }

    static func text(_ fees: FeeSchedule) -> String {
        func share(_ fee: Price) -> String {
            fee < .zero ? "\(Price(raw: -fee.raw)) a share received" : "\(fee) a share"
        }
        var text = "taking \(share(fees.taker)), resting \(share(fees.maker))"
        if let hidden = fees.hidden { text += ", hidden \(share(hidden))" }
        if let auction = fees.auction { text += ", auctions \(share(auction))" }
        for index in 0..<fees.ruleCount {
            let rule = fees.rule(index)
            text += "; from \(NumberText.fixed(rule.volume.value, 0)) shares a \(fees.period)"
            if let venue = rule.venue { text += " at venue \(venue.id)" }
            text += " \(share(rule.taker)), \(share(rule.maker))"
        }
        return text
    }

    private static func text(_ borrow: BorrowCost?) -> String {
        borrow.map { "\(plain(Double($0.rate) / 100)) % a year on positions short overnight" } ?? "cost nothing"
    }

    /// A number as it was written, without a trailing `.0`.
    static func plain(_ value: Double) -> String {
        let text = "\(value)"
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
}
