// SPDX-License-Identifier: MIT
import HeliosLive
import HeliosMarket
import HeliosResearch
import HeliosRisk

/// What a live session came to, as `helios paper` prints it.
struct PaperAnswer: Encodable {
    struct Position: Encodable {
        var symbol: String
        var shares: String
        var mark: String
        var realised: String
        var unrealised: String
        var fees: String
    }

    struct Scope: Encodable {
        var scope: String
        var state: String
        var realised: String
        var unrealised: String
        var fees: String
    }

    struct Limit: Encodable {
        /// The limit's number.
        var number: Int
        var limit: String
        var instrument: String?
        var used: String
        var hard: String
        var peak: String
        /// Hundredths of a per cent of the hard limit.
        var basisPoints: Int
    }

    struct Portfolio: Encodable {
        struct Part: Encodable {
            var instrument: String
            var weight: Double
            var marginal: Double
            var component: Double
        }

        var scope: String
        var valueAtRisk: Double
        var expectedShortfall: Double
        /// The most that orders in flight may add to the value at risk.
        var inFlight: Double
        var largest: [Part]
    }

    struct Feed: Encodable {
        var session: String
        var messages: UInt64
        var packets: [UInt64]
        var firstOnLine: [UInt64]
        var packetsSentAgain: UInt64
        var kernelDrops: UInt64
        var gaps: UInt64
        var requests: Int
        var requestsUnanswered: Int
        var missing: UInt64
        var lost: UInt64
        var conflicts: Int
        var malformed: Int
    }

    /// One of several venues.
    struct Venue: Encodable {
        var name: String
        var kind: String
        var state: String
        var orders: Int
        var working: Int
        var sharesTraded: String
        var connectionsLost: Int
        var messages: UInt64
        var feedGaps: UInt64
        var feedLost: UInt64
        var feedQuality: UInt64

        init(_ status: VenueStatus) {
            name = status.name
            kind = status.isDark ? "dark" : "lit"
            state = "\(status.health.state)"
            orders = status.orders
            working = status.working
            sharesTraded = status.traded.description
            connectionsLost = status.health.losses
            messages = max(status.feed?.next ?? 1, 1) - 1
            feedGaps = status.feed?.gaps ?? 0
            feedLost = status.feed?.lost ?? 0
            feedQuality = status.feedQuality
        }
    }

    struct Latency: Encodable {
        var count: Int
        var p50: Int
        var p90: Int
        var p99: Int
        var p999: Int
        var maximum: Int
    }

    var event = "summary"
    var title: String
    var journal: String
    var outcome: String
    var records: UInt64
    var inputs: Int
    var marketInputs: UInt64
    var epoch: UInt64
    var orders: UInt64
    var sent: Int
    var refusedByRisk: UInt64
    /// Asked for before the venue was ready, while the feed had a gap or an operator held orders.
    var heldBack: UInt64
    /// By a venue, or because they never arrived there.
    var rejected: UInt64
    var working: Int
    var reconciliations: Int
    var neverArrived: Int
    var withheld: Int
    var sharesTraded: String
    var connectionsLost: Int
    var droppedIntents: Int
    var backwardTimes: Int
    var equity: String
    var realised: String
    var unrealised: String
    var fees: String
    var positions: [Position]
    /// Edition of the limits, the scopes that traded or are not active, the limits that are used, most first.
    var edition: String
    var scopes: [Scope]
    var limits: [Limit]
    var portfolios: [Portfolio]
    var alerts: UInt64
    var feed: Feed
    /// Of a session of several.
    var venues: [Venue]?
    var packetToOrderNanoseconds: Latency
    var outputHash: String

    init(_ title: String, _ journal: String, _ outcome: LiveOutcome, _ status: PaperStatus, _ policy: RiskPolicy) {
        self.title = title
        self.journal = journal
        self.outcome = "\(outcome)"
        records = status.records
        inputs = status.inputs
        marketInputs = status.marketInputs
        epoch = status.epoch
        orders = status.orders
        sent = status.counters.sent
        refusedByRisk = status.refused
        heldBack = status.heldBack
        rejected = status.rejected
        working = status.workingCount
        reconciliations = status.counters.reconciled
        neverArrived = status.counters.neverArrived
        withheld = status.counters.withheld
        sharesTraded = status.traded.description
        connectionsLost = status.order.health.losses
        droppedIntents = status.droppedIntents
        backwardTimes = status.backwardTimes
        equity = status.account.equity.description
        realised = status.account.realised.description
        unrealised = status.account.unrealised.description
        fees = status.account.fees.description
        positions = status.positions.map {
            Position(
                symbol: $0.symbol.description,
                shares: $0.record.quantity.description,
                mark: $0.record.mark.description,
                realised: $0.record.realised.description,
                unrealised: $0.record.unrealised.description,
                fees: $0.record.fees.description
            )
        }
        edition = Figures.hash(status.firm.edition)
        alerts = status.firm.alertCount
        portfolios = PaperAnswer.portfolios(status.firm, policy, status.symbols)
        scopes = PaperAnswer.scopes(status.firm, policy)
        limits = PaperAnswer.limits(status.firm, policy, status.symbols)
        let lines = status.feed.lines
        feed = Feed(
            session: status.feed.session,
            messages: max(status.feed.next, 1) - 1,
            packets: lines.map(\.packets),
            firstOnLine: lines.map(\.firsts),
            packetsSentAgain: status.feed.answers?.packets ?? 0,
            kernelDrops: lines.reduce(0) { $0 + $1.kernelDrops },
            gaps: status.feed.gaps,
            requests: status.feed.requests,
            requestsUnanswered: status.feed.unanswered,
            missing: status.feed.missing,
            lost: status.feed.lost,
            conflicts: status.feed.conflicts,
            malformed: status.feed.malformed
        )
        venues = status.venues.count > 1 ? status.venues.map(Venue.init) : nil
        let latency = status.order.latency
        packetToOrderNanoseconds = Latency(
            count: latency.count,
            p50: latency.p50,
            p90: latency.p90,
            p99: latency.p99,
            p999: latency.p999,
            maximum: latency.maximum
        )
        outputHash = Figures.hash(status.outputHash)
    }

    private static func scopes(_ picture: RiskPicture, _ policy: RiskPolicy) -> [Scope] {
        let told = picture.scopes.filter { $0.profit != ProfitAndLoss() || $0.status.state != .active }
        return told.map { scope in
            Scope(
                scope: policy.title(of: scope.place),
                state: "\(scope.status.state)",
                realised: Money(raw: scope.profit.realised).description,
                unrealised: Money(raw: scope.profit.unrealised).description,
                fees: Money(raw: scope.profit.fees).description
            )
        }
    }

    private static func portfolios(_ picture: RiskPicture, _ policy: RiskPolicy, _ symbols: [Symbol]) -> [Portfolio] {
        picture.portfolios.map { portfolio in
            let parts = portfolio.components.map { part in
                let index = part.instrument.index
                return Portfolio.Part(
                    instrument: index < symbols.count ? symbols[index].description : "#\(index)",
                    weight: part.weight,
                    marginal: part.marginal,
                    component: part.component
                )
            }
            return Portfolio(
                scope: policy.title(of: portfolio.place),
                valueAtRisk: portfolio.valueAtRisk,
                expectedShortfall: portfolio.expectedShortfall,
                inFlight: portfolio.inFlight,
                largest: parts
            )
        }
    }

    private static func limits(_ picture: RiskPicture, _ policy: RiskPolicy, _ symbols: [Symbol]) -> [Limit] {
        picture.limits.filter { policy.limits.indices.contains($0.place) }.map { limit in
            let kind = policy.limits[limit.place].kind
            let instrument = limit.use.instrument?.index
            return Limit(
                number: limit.place,
                limit: policy.title(ofLimit: limit.place),
                instrument: instrument.flatMap { $0 < symbols.count ? symbols[$0].description : nil },
                used: LimitsAnswer.text(limit.use.value, kind),
                hard: LimitsAnswer.text(limit.use.limit, kind),
                peak: LimitsAnswer.text(limit.use.peak, kind),
                basisPoints: Int(clamping: limit.use.basisPoints)
            )
        }
    }

    var text: String {
        var table = TextTable([.left, .left])
        table.add("records", "\(Figures.count(records)), of them \(Figures.count(marketInputs)) market messages")
        table.add(
            "orders",
            "\(Figures.count(orders)) asked for, \(Figures.count(refusedByRisk)) refused by risk, "
                + "\(Figures.count(heldBack)) held back, \(Figures.count(rejected)) rejected; \(working) work still"
        )
        table.add("P&L", "realised \(realised), unrealised \(unrealised), fees \(fees)")
        table.add("equity", equity)
        table.add("positions", "\(positions.filter { $0.shares != "0" }.count) open")
        table.add(
            "feed",
            "\(Figures.counted(Int(feed.gaps), "gap")), \(Figures.counted(feed.requests, "request")), "
                + "\(Figures.count(feed.lost)) messages lost"
        )
        for venue in venues ?? [] {
            table.add(
                venue.name,
                "\(venue.sharesTraded) shares traded, \(Figures.count(venue.orders)) orders, \(venue.working) work still, "
                    + "\(Figures.counted(venue.connectionsLost, "connection")) lost"
            )
        }
        table.add("venue", "\(Figures.counted(connectionsLost, "connection")) lost, epoch \(epoch)")
        if packetToOrderNanoseconds.count > 0 {
            let latency = packetToOrderNanoseconds
            let values = [latency.p50, latency.p99, latency.p999].map { Figures.duration(Double($0)) }
            table.add("packet to order", "p50 \(values[0]), p99 \(values[1]), p99.9 \(values[2])")
        }
        return Console.toned(title, .strong) + "\n" + table.text() + "\n\n"
            + "  output hash \(outputHash), 'helios replay \(journal)' proves it"
    }
}
