// SPDX-License-Identifier: MIT
import HeliosExecution
import HeliosMarket
import HeliosResearch

/// A made-up day that adds up: pairs on random walks, entered and left at random, sampled each minute.
struct SyntheticRun {
    private var state: UInt64
    private var mids: [Price] = []
    private var positions: [Quantity] = []
    private var cash: Money
    private var fees: Money = .zero
    private(set) var result = RunResult()
    private let minutes: Int
    private let midnight = Timestamp(nanoseconds: 1_795_150_800_000_000_000)

    static func make(pairs: Int, minutes: Int = 390, seed: UInt64 = 1) -> RunResult {
        var run = SyntheticRun(pairs: pairs, minutes: minutes, seed: seed)
        run.trade(pairs: pairs)
        return run.result
    }

    private init(pairs: Int, minutes: Int, seed: UInt64) {
        state = seed
        self.minutes = minutes
        cash = Money(1_000_000)
        result.title = "Pairs mean reversion on a synthetic day"
        result.midnight = midnight
        result.start = midnight + 34_200_000_000_000
        result.end = result.start + Nanoseconds(minutes) * 60_000_000_000
        result.initialCash = cash
        result.equityInterval = 60_000_000_000
        result.assumptions.feedLatency = 20_000
        result.assumptions.orderLatency = 80_000
        result.assumptions.reportLatency = 80_000
        result.assumptions.takerFee = Price(raw: 300_000)
        result.assumptions.makerFee = Price(raw: -200_000)
        for index in 0..<(2 * pairs) {
            if let symbol = Symbol("S\(index)") { _ = result.instruments.register(symbol) }
            mids.append(Price(raw: Int64(20 + 180 * uniform()) * 100_000_000))
            positions.append(.zero)
        }
        let names = (0..<pairs).map { "S\(2 * $0)~S\(2 * $0 + 1)" }
        let request = ParentRequest(.vwap, Instrument(id: 0), .buy, Quantity(500))
        result.parents = [ParentRecord(ParentUpdate(1 << 30, request, .done, .none, at: result.start))]
        result.strategies = [
            StrategyLabel(
                name: "pairs",
                parameters: [
                    ("hedge", "kalman"), ("entry", "2.0"), ("exit", "0.5"), ("stop", "4.0"), ("window", "60"),
                ],
                groups: names
            )
        ]
    }

    private mutating func uniform() -> Double {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return Double((z ^ (z >> 31)) >> 11) * 0x1p-53
    }

    private mutating func trade(pairs: Int) {
        for minute in 0...minutes {
            let now = result.start + Nanoseconds(minute) * 60_000_000_000
            for index in mids.indices {
                mids[index] = Price(raw: mids[index].raw + Int64((uniform() - 0.5) * 12) * 1_000_000)
            }
            for pair in 0..<pairs where minute < minutes {
                let isOpen = positions[2 * pair] != .zero
                let chance = uniform()
                if !isOpen, chance < 0.02 { order(pair, now, isBuy: uniform() < 0.5, opening: true) }
                if isOpen, chance < 0.04 { order(pair, now, isBuy: positions[2 * pair] < .zero, opening: false) }
            }
            sample(now)
        }
        finish()
    }

    /// One order for each leg, in opposite directions.
    private mutating func order(_ pair: Int, _ now: Timestamp, isBuy: Bool, opening: Bool) {
        for leg in 0..<2 {
            let index = 2 * pair + leg
            let side: Side = (leg == 0) == isBuy ? .buy : .sell
            let shares = opening ? Int(1 + 4 * uniform()) * 100 : Int(positions[index].magnitude.value)
            let mid = mids[index]
            let half = Price(raw: 1_000_000)
            let isMaker = uniform() < 0.4
            let price = (side == .buy) == isMaker ? mid - half : mid + half
            let quantity = Quantity(shares)
            let tag = OrderTag(strategy: 0, group: UInt32(pair), leg: UInt16(leg))
            let record = OrderRecord(
                id: OrderID(result.orders.count + 1),
                time: now,
                instrument: Instrument(id: UInt32(index)),
                side: side,
                type: .limit,
                timeInForce: isMaker ? .day : .immediateOrCancel,
                quantity: quantity,
                price: price,
                filled: quantity,
                tag: tag,
                state: .filled,
                reason: "",
                bid: mid - half,
                ask: mid + half
            )
            result.orders.append(record)
            fill(record, mid: mid, isMaker: isMaker)
        }
    }

    private mutating func fill(_ order: OrderRecord, mid: Price, isMaker: Bool) {
        let perShare = isMaker ? result.assumptions.makerFee : result.assumptions.takerFee
        let fee = Money(perShare, times: order.quantity)
        let drift = isMaker ? -0.3 : 0.1
        let later = FillRecord.markoutHorizons.indices.map { horizon in
            Price(
                raw: mid.raw + order.side.sign
                    * Int64((uniform() - 0.5 + drift / 2) * Double(horizon + 1) * 2_000_000)
            )
        }
        let wait = Nanoseconds(isMaker ? 1_000_000_000 * (1 + 20 * uniform()) : 160_000)
        result.fills.append(
            FillRecord(
                orderID: order.id,
                executionID: UInt64(result.fills.count + 1),
                time: order.time + wait,
                instrument: order.instrument,
                side: order.side,
                quantity: order.quantity,
                price: order.price,
                fee: fee,
                isMaker: isMaker,
                tag: order.tag,
                arrivalMid: mid,
                mid: mid,
                laterMids: later
            )
        )
        let signed = order.side == .buy ? order.quantity : -order.quantity
        positions[order.instrument.index] += signed
        cash -= Money(order.price, times: signed) + fee
        fees += fee
    }

    private mutating func sample(_ now: Timestamp) {
        var gross = Money.zero
        var net = Money.zero
        for (quantity, mid) in zip(positions, mids) {
            let value = Money(mid, times: quantity)
            gross += value.magnitude
            net += value
        }
        result.equity.append(
            EquitySample(
                time: now,
                equity: cash + net,
                realised: cash + net - result.initialCash + fees,
                unrealised: .zero,
                fees: fees,
                gross: gross,
                net: net,
                openPositions: positions.count { $0 != .zero }
            )
        )
    }

    private mutating func finish() {
        for index in positions.indices where positions[index] != .zero {
            result.finalPositions.append(
                PositionRecord(
                    instrument: Instrument(id: UInt32(index)),
                    quantity: positions[index],
                    mark: mids[index],
                    realised: .zero,
                    unrealised: .zero,
                    fees: .zero
                )
            )
        }
        result.counts.messages = 8_000_000
        result.counts.instruments = mids.count
        result.counts.orders = result.orders.count + 12
        result.counts.accepted = result.orders.count
        result.counts.filledOrders = result.orders.count
        result.counts.fills = result.fills.count
        result.counts.rejectedByRisk = 12
        result.riskRejects = [("P03", 9), ("P11", 3)]
        result.wallSeconds = 2.6
        result.outputHash = 0x0123_4567_89AB_CDEF
        var latency = LatencySummary()
        latency.count = 100_000
        (latency.minimum, latency.p50, latency.p90, latency.p99) = (140, 320, 510, 940)
        (latency.p999, latency.maximum, latency.mean) = (4100, 88_000, 350)
        var count = 12
        for step in 0..<60 {
            latency.buckets.append((upTo: 140 + step * step * 24, count: max(1, count)))
            count = step < 8 ? count * 3 : count * 2 / 3
        }
        result.eventLatency = latency
        result.orderLatency = latency
    }
}
