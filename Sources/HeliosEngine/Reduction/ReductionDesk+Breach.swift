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
                for leg in tasks.filter({ ReductionDesk.isMeant($0, by: command) }).flatMap(\.lines).flatMap(\.legs)
                where !leg.isClosed {
                    closings.append(OrderTag(strategy: leg.owner?.strategy ?? rules?.strategy ?? 0, group: leg.parent))
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
    mutating func watch(_ market: borrowing MarketState) {
        if let rules, rules.closesOnLoss {
            for scope in members.indices where !hasTask(.loss, scope: scope, limit: -1) {
                let status = market.risk.status(of: scope)
                if status.state == .reduceOnly, status.cause == .p14 {
                    begin(.loss, scope: scope, limit: -1, at: market.now)
                }
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
        guard let hard = market.risk.limitValue(limit.place) else { return false }
        if limit.cause == .gross {
            // Twice the value, because marks are held twice; limits are far from the end of the range.
            var sum: Int128 = 0
            for position in held(limit.scope, market) {
                sum += Int128(abs(position.quantity)) * Int128(marks[position.index]) / 20_000
            }
            return sum > hard / 10_000 * Int128(share) / 10_000
        }
        return valueAtRisk(limit, market).larger > Money(raw: hard).value * Double(share) / 10_000
    }

    /// The value at risk of a scope, from the covariances alone, and the larger of that and the number that the gate holds against
    /// the limit.
    func valueAtRisk(_ limit: WatchedLimit, _ market: borrowing MarketState) -> (own: Double, larger: Double) {
        let held = held(limit.scope, market)
        guard model.isKnown, !held.isEmpty else { return (0, 0) }
        let own = model.valueAtRisk(held.map { weight($0.quantity, $0.index) }, held.map { modelPlaces[$0.index] })
        return (own, max(own, Money(raw: market.risk.use(of: limit.place).value).value))
    }
}

/// What a scope holds of one instrument, raw.
struct HeldPosition {
    var index: Int
    var quantity: Int64
}

// MARK: - What is held
extension ReductionDesk {
    /// Everything that a scope holds, by instrument, as the gate knows it.
    func held(_ scope: Int, _ market: borrowing MarketState) -> [HeldPosition] {
        var held: [HeldPosition] = []
        for index in lots.indices {
            let instrument = Instrument(id: UInt32(truncatingIfNeeded: index))
            let quantity = market.risk.position(instrument, scope: scope).raw
            if quantity != 0 { held.append(HeldPosition(index: index, quantity: quantity)) }
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
