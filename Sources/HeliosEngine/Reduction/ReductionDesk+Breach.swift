// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosRisk
import HeliosStrategy

// MARK: - Breaches and their ends
extension ReductionDesk {
    /// Whether a person's command may be obeyed now: a state is not raised to `active` before the reductions of its scope are over
    /// and the risk has been below the release share for long enough.
    public func mayObey(_ command: RiskCommand, at now: Timestamp) -> Bool {
        guard let rules, command.action == .raise, command.state == .active else { return true }
        return tasks.allSatisfy { task in
            !ReductionDesk.isMeant(task, by: command)
                || task.isSettled && task.belowSince != .never && now - task.belowSince >= rules.releaseTime
        }
    }

    /// Takes a command that the gate has obeyed: one to close begins a reduction, one to raise ends those of its scope.
    ///
    /// True when there is something to do at once.
    public mutating func obey(_ command: RiskCommand, at now: Timestamp) -> Bool {
        switch command.action {
        case .flatten:
            guard Int(command.scope) < members.count, command.target != .venue else { return false }
            let instrument = command.target == .instrument ? command.instrument : .none
            begin(.flatten, scope: Int(command.scope), limit: -1, instrument: instrument, at: now)
            nextRound = now
            return true
        case .raise:
            if command.state == .active {
                for task in tasks where ReductionDesk.isMeant(task, by: command) {
                    for leg in task.lines.flatMap(\.legs) where !leg.isClosed { close(leg, scope: task.scope) }
                }
                tasks.removeAll { ReductionDesk.isMeant($0, by: command) }
            }
            isWorking = tasks.contains { !$0.isSettled }
            return false
        case .lower, .enable: return false
        }
    }

    private static func isMeant(_ task: ReductionTask, by command: RiskCommand) -> Bool {
        guard task.scope == Int(command.scope), command.target != .venue else { return false }
        return command.target == .all || task.instrument == command.instrument
    }

    /// Looks for breaches: limits that the market has pushed what is held beyond, and a loss at its limit.
    ///
    /// The loss is looked at itself: a state that another cause has lowered first says nothing of it.
    mutating func watch(_ market: borrowing MarketState) {
        if let rules, rules.closesOnLoss { watchLosses(market) }
        for place in limits.indices {
            let limit = limits[place]
            guard !hasTask(limit.cause, scope: limit.scope, limit: limit.place) else { continue }
            if isBeyond(limit, share: 10_000, market) {
                begin(limit.cause, scope: limit.scope, limit: limit.place, at: market.now)
            }
        }
    }

    private mutating func watchLosses(_ market: borrowing MarketState) {
        for scope in members.indices where !hasTask(.loss, scope: scope, limit: -1) {
            let status = market.risk.status(of: scope)
            let wasReached = status.state == .reduceOnly && status.cause == .p14
            if wasReached || market.risk.isLossReached(scope: scope) {
                begin(.loss, scope: scope, limit: -1, at: market.now)
            }
        }
        guard watchesInstruments else { return }
        losers.removeAll(keepingCapacity: true)
        market.risk.forEachLossReached { losers.append(($0, $1)) }
        for loser in losers where !hasTask(.loss, scope: loser.scope, limit: -1, instrument: loser.instrument) {
            begin(.loss, scope: loser.scope, limit: -1, instrument: loser.instrument, at: market.now)
        }
    }

    private func hasTask(_ cause: ReductionCause, scope: Int, limit: Int, instrument: Instrument = .none) -> Bool {
        tasks.contains {
            $0.cause == cause && $0.scope == scope && $0.limit == limit && $0.instrument == instrument
        }
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
        requests.append(
            RiskCommand(
                .lower,
                .reduceOnly,
                scope: UInt16(truncatingIfNeeded: scope),
                target: instrument == .none ? .all : .instrument,
                instrument: instrument
            )
        )
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
    mutating func isReached(_ task: Int, share: Int64, _ market: borrowing MarketState) -> Bool {
        switch tasks[task].cause {
        case .loss, .flatten:
            let (scope, instrument) = (tasks[task].scope, tasks[task].instrument)
            return held(scope).allSatisfy { instrument != .none && instrument.index != $0.index }
        case .gross, .net, .valueAtRisk, .expectedShortfall:
            let place = tasks[task].limit
            guard let limit = limits.first(where: { $0.place == place }) else { return true }
            return !isBeyond(limit, share: share, market)
        }
    }

    func covers(_ task: ReductionTask, _ index: Int) -> Bool {
        task.instrument == .none || task.instrument.index == index
    }

    private mutating func isBeyond(_ limit: WatchedLimit, share: Int64, _ market: borrowing MarketState) -> Bool {
        guard let hard = market.risk.limitValue(limit.place) else { return false }
        switch limit.cause {
        case .gross: return grossValue(limit.scope) > hard / 10_000 * Int128(share) / 10_000
        case .net:
            let (long, short) = sides(limit.scope)
            return abs(long - short) > hard / 10_000 * Int128(share) / 10_000
        case .valueAtRisk, .expectedShortfall:
            return tailRisk(limit, market).larger > Money(raw: hard).value * Double(share) / 10_000
        case .loss, .flatten: return false
        }
    }

    /// The values of what a scope holds at mids, without their signs, in ten thousandths of raw money.
    private func grossValue(_ scope: Int) -> Int128 {
        // Twice the value, because marks are held twice; limits are far from the end of the range.
        var sum: Int128 = 0
        for position in held(scope) {
            sum += Int128(abs(position.quantity)) * Int128(marks[position.index]) / 20_000
        }
        return sum
    }

    /// The same, what is held long and what is short apart.
    func sides(_ scope: Int) -> (long: Int128, short: Int128) {
        var sides: (long: Int128, short: Int128) = (0, 0)
        for position in held(scope) {
            let value = Int128(abs(position.quantity)) * Int128(marks[position.index]) / 20_000
            if position.quantity > 0 { sides.long += value } else { sides.short += value }
        }
        return sides
    }

    /// The value at risk of a scope, from the covariances alone, and what is held against the limit: of a limit of value at risk
    /// the larger of that and the gate's number, of one of expected shortfall the gate's.
    mutating func tailRisk(_ limit: WatchedLimit, _ market: borrowing MarketState) -> (own: Double, larger: Double) {
        guard model.isKnown, !held(limit.scope).isEmpty else { return (0, 0) }
        weights.removeAll(keepingCapacity: true)
        rows.removeAll(keepingCapacity: true)
        for position in held(limit.scope) {
            weights.append(weight(position.quantity, position.index))
            rows.append(modelPlaces[position.index])
        }
        let own = model.valueAtRisk(weights, rows)
        if limit.cause == .expectedShortfall { return (own, market.risk.expectedShortfall(scope: limit.scope)) }
        return (own, max(own, market.risk.valueAtRisk(scope: limit.scope)))
    }
}

/// What a scope holds of one instrument, raw.
struct HeldPosition {
    var index: Int
    var quantity: Int64
}

// MARK: - What is held
extension ReductionDesk {
    /// Takes down what each scope holds, as the gate knows it, in the memory of the round before.
    mutating func look(_ market: borrowing MarketState) {
        for scope in holdings.indices { holdings[scope].removeAll(keepingCapacity: true) }
        heldInstruments.removeAll(keepingCapacity: true)
        market.risk.forEachHolding { scope, index, quantity in
            guard index < lots.count, scope < holdings.count else { return }
            holdings[scope].append(HeldPosition(index: index, quantity: quantity))
            if heldInstruments.last != index { heldInstruments.append(index) }
        }
    }

    /// Everything that a scope holds as of this round, by instrument.
    func held(_ scope: Int) -> [HeldPosition] { scope < holdings.count ? holdings[scope] : [] }

    func isMember(_ tag: UInt64, of scope: Int) -> Bool {
        scope < members.count && members[scope].contains(OrderTag(packed: tag).strategy)
    }

    /// Money held, with its sign.
    func weight(_ quantity: Int64, _ index: Int) -> Double {
        Money(raw: Int128(quantity) * Int128(marks[index])).value / 2
    }

    /// Takes the mids of everything held; where there is none the last one stays, before the first the last price.
    mutating func remark(_ market: borrowing MarketState) {
        for index in heldInstruments {
            let instrument = Instrument(id: UInt32(truncatingIfNeeded: index))
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
