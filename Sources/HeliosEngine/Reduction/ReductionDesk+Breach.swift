// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosRisk
import HeliosStrategy

// MARK: - Breaches and their ends
extension ReductionDesk {
    /// Takes a person's command to close everything that it covers; false when there is no desk, or the scope is not known.
    public mutating func flatten(_ command: RiskCommand, at now: Timestamp) -> Bool {
        guard isEnabled, command.action == .flatten, Int(command.scope) < members.count, command.target != .venue else {
            return false
        }
        let instrument = command.target == .instrument ? command.instrument : .none
        begin(.flatten, scope: Int(command.scope), limit: -1, instrument: instrument, at: now)
        nextRound = now
        return true
    }

    /// Whether the state of a scope may be raised: no reduction of it is under way, and where one was the risk has been below
    /// the release share for long enough.
    public func mayRaise(_ scope: Int, at now: Timestamp) -> Bool {
        guard let rules else { return true }
        return tasks.allSatisfy { task in
            task.scope != scope
                || task.isSettled && task.belowSince != .never && now - task.belowSince >= rules.releaseTime
        }
    }

    /// Takes that the state of a scope was raised: its reductions are over.
    public mutating func raised(_ scope: Int) {
        tasks.removeAll { $0.scope == scope }
        isWorking = tasks.contains { !$0.isSettled }
    }

    /// Looks for breaches: limits that the market has pushed what is held beyond, and a loss at its limit.
    mutating func watch(_ market: borrowing MarketState) {
        if let rules, rules.closesOnLoss {
            let status = market.risk.status
            if status.state == .reduceOnly, status.cause == .p14, !hasTask(.loss, scope: 0, limit: -1) {
                begin(.loss, scope: 0, limit: -1, at: market.now)
            }
        }
        for limit in limits where !hasTask(limit.cause, scope: limit.scope, limit: limit.place) {
            if isBeyond(limit, share: 10_000, market) {
                begin(limit.cause, scope: limit.scope, limit: limit.place, at: market.now)
            }
        }
    }

    private func hasTask(_ cause: ReductionCause, scope: Int, limit: Int) -> Bool {
        tasks.contains { $0.cause == cause && $0.scope == scope && $0.limit == limit }
    }

    private mutating func begin(
        _ cause: ReductionCause,
        scope: Int,
        limit: Int,
        instrument: Instrument = .none,
        at now: Timestamp
    ) {
        if let known = tasks.firstIndex(where: {
            $0.cause == cause && $0.scope == scope && $0.limit == limit && $0.instrument == instrument
        }) {
            again(known, at: now)
        } else {
            tasks.append(
                ReductionTask(scope: scope, cause: cause, limit: limit, instrument: instrument, began: now)
            )
        }
        requests.append(ReductionRequest(scope: scope, instrument: instrument))
        startCounting()
    }

    /// A reduction that had settled begins again.
    mutating func again(_ task: Int, at now: Timestamp) {
        tasks[task].stage = .passive
        tasks[task].began = now
        tasks[task].plannedAt = .never
        tasks[task].belowSince = .never
    }

    /// Volume counts from the first breach on.
    private mutating func startCounting() {
        if !isWorking { for index in credits.indices { credits[index] = 0 } }
        isWorking = true
    }

    /// Whether a task has reached the share (in basis points) of its limit that is asked for; closing asks for nothing held.
    func isReached(_ task: ReductionTask, share: Int64, _ market: borrowing MarketState) -> Bool {
        switch task.cause {
        case .loss, .flatten:
            return held(task.scope, market).allSatisfy { !covers(task, $0.index) }
        case .gross, .valueAtRisk:
            guard let limit = limits.first(where: { $0.place == task.limit }) else { return true }
            return !isBeyond(limit, share: share, market)
        }
    }

    func covers(_ task: ReductionTask, _ index: Int) -> Bool {
        task.instrument == .none || task.instrument.index == index
    }

    private func isBeyond(_ limit: WatchedLimit, share: Int64, _ market: borrowing MarketState) -> Bool {
        let held = held(limit.scope, market)
        if held.isEmpty { return false }
        if limit.cause == .gross {
            // Twice the value, because marks are held twice; with ten thousandths on both sides.
            var sum: Int128 = 0
            for position in held {
                sum += Int128(abs(position.quantity)) * Int128(marks[position.index]) / 20_000
            }
            return sum > limit.hard / 10_000 * Int128(share) / 10_000
        }
        guard model.isKnown else { return false }
        let value = model.valueAtRisk(held.map { weight($0.quantity, $0.index) }, held.map { modelPlaces[$0.index] })
        return value > Money(raw: limit.hard).value * Double(share) / 10_000
    }
}

/// What a scope holds of one instrument, raw.
struct HeldPosition {
    var index: Int
    var quantity: Int64
}

// MARK: - What is held
extension ReductionDesk {
    /// Everything that a scope holds, by instrument: the firm's as the gate knows it, another's as its strategies' fills say.
    func held(_ scope: Int, _ market: borrowing MarketState) -> [HeldPosition] {
        var held: [HeldPosition] = []
        if scope == 0 {
            for index in lots.indices {
                let quantity = market.risk.position(Instrument(id: UInt32(truncatingIfNeeded: index))).raw
                if quantity != 0 { held.append(HeldPosition(index: index, quantity: quantity)) }
            }
            return held
        }
        var sums = [Int64](repeating: 0, count: lots.count)
        for entry in book.entries where isMember(entry.tag, of: scope) {
            sums[Int(entry.instrument)] += entry.position
        }
        for index in sums.indices where sums[index] != 0 {
            held.append(HeldPosition(index: index, quantity: sums[index]))
        }
        return held
    }

    func isMember(_ tag: UInt64, of scope: Int) -> Bool {
        scope < members.count && members[scope].contains(OrderTag(packed: tag).strategy)
    }

    /// Money held, with its sign.
    func weight(_ quantity: Int64, _ index: Int) -> Double {
        Money(raw: Int128(quantity) * Int128(marks[index])).value / 2
    }

    /// Takes the mids of everything held; where there is none the last one stays, before the first the last price.
    mutating func remark(_ market: borrowing MarketState) {
        for index in lots.indices {
            let instrument = Instrument(id: UInt32(truncatingIfNeeded: index))
            guard market.risk.position(instrument).raw != 0 || book.net[index] != 0 else { continue }
            let quote = market.quote(instrument)
            if quote.isTwoSided, !quote.isCrossed {
                let (sum, overflow) = quote.bidPrice.raw.addingReportingOverflow(quote.askPrice.raw)
                marks[index] = overflow ? .max : sum
            } else if marks[index] == 0 {
                let last = market.lastTrade(instrument).price.raw
                let price = last > 0 ? last : book.prices[index]
                marks[index] = price.multipliedReportingOverflow(by: 2).partialValue
            }
        }
    }
}
