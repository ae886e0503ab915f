// SPDX-License-Identifier: MIT
import HeliosLive
import HeliosMarket
import HeliosResearch

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
    var feed: Feed
    var packetToOrderNanoseconds: Latency
    var outputHash: String

    init(_ title: String, _ journal: String, _ outcome: LiveOutcome, _ status: PaperStatus) {
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

    var text: String {
        var table = TextTable([.left, .left])
        table.add("records", "\(Figures.count(records)), of them \(Figures.count(marketInputs)) market messages")
        table.add(
            "orders",
            "\(Figures.count(orders)), \(Figures.count(refusedByRisk)) refused by risk; \(working) work still"
        )
        table.add("P&L", "realised \(realised), unrealised \(unrealised), fees \(fees)")
        table.add("equity", equity)
        table.add("positions", "\(positions.filter { $0.shares != "0" }.count) open")
        table.add(
            "feed",
            "\(Figures.counted(Int(feed.gaps), "gap")), \(Figures.counted(feed.requests, "request")), "
                + "\(Figures.count(feed.lost)) messages lost"
        )
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
