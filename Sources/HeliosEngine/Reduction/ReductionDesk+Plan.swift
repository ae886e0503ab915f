// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosRisk
import HeliosStrategy

// MARK: - Plans
extension ReductionDesk {
    /// Makes a new plan for a task from what is held now, and the parent orders of it.
    mutating func plan(_ task: Int, _ market: borrowing MarketState) {
        let now = market.now
        tasks[task].plannedAt = now
        tasks[task].plans += 1
        retire(task)
        let held = candidates(tasks[task])
        var draft = PlanDraft(held)
        draft.take(holders(tasks[task].scope), of: held)
        for position in held {
            let instrument = Instrument(id: UInt32(truncatingIfNeeded: position.index))
            draft.weights.append(weight(position.quantity, position.index))
            let place = RiskCommand(
                .lower,
                .halted,
                scope: UInt16(truncatingIfNeeded: tasks[task].scope),
                target: .instrument,
                instrument: instrument
            )
            let isStopped = market.risk.isStopped(place)
            draft.costs.append(isStopped ? PlanDraft.prohibitive : cost(instrument, market) ?? PlanDraft.prohibitive)
            if draft.costs.last == PlanDraft.prohibitive { draft.leftOut.insert(draft.costs.count - 1) }
        }
        tasks[task].leftOut = draft.leftOut.sorted().map { UInt32(truncatingIfNeeded: held[$0].index) }
        guard let goal = goal(tasks[task], market), let plan = solve(draft, held, goal) else { return }
        let isFlat = tasks[task].cause == .loss || tasks[task].cause == .flatten
        for line in draft.lines(of: plan, isFlat: isFlat) { add(line, to: task) }
    }

    /// What of earlier plans was not sent is not sent any more; what is on its way stays known.
    private mutating func retire(_ task: Int) {
        for line in tasks[task].lines.indices {
            for leg in tasks[task].lines[line].legs.indices {
                let old = tasks[task].lines[line].legs[leg]
                guard old.total > 0 else { continue }
                tasks[task].lines[line].legs[leg].total = min(old.total, old.done + old.open)
                if !old.isClosed { close(old, scope: tasks[task].scope) }
                tasks[task].lines[line].legs[leg].isClosed = true
            }
        }
    }

    mutating func close(_ leg: ReductionLeg, scope: Int) {
        closings.append(OrderTag(strategy: strategy(leg, scope: scope), group: leg.parent))
    }

    /// What may be given up for a task: for a net value only what stands on its side.
    private func candidates(_ task: ReductionTask) -> [HeldPosition] {
        let held = held(task.scope).filter { covers(task, $0.index) }
        guard task.cause == .net else { return held }
        let (long, short) = sides(task.scope)
        return held.filter { ($0.quantity > 0) == (long > short) }
    }

    private func solve(_ draft: PlanDraft, _ held: [HeldPosition], _ goal: ReductionGoal) -> ReductionPlan? {
        let planner = ReductionPlanner(
            matrix: model.covariances(held.map { modelPlaces[$0.index] }),
            quantile: model.quantile
        )
        do throws(ReductionError) {
            return try planner.plan(weights: draft.weights, costs: draft.costs, units: draft.planUnits, goal: goal)
        } catch {
            return nil  // a weight that is no number: nothing can be planned, and reduce-only stands
        }
    }

    /// What the planner has to reach: it goes down to nine tenths of the limit that it is given.
    private mutating func goal(_ task: ReductionTask, _ market: borrowing MarketState) -> ReductionGoal? {
        if task.cause == .loss || task.cause == .flatten { return .flat }
        guard let rules, let limit = limits.first(where: { $0.place == task.limit }),
            let hard = market.risk.limitValue(limit.place)
        else { return nil }
        let money = Money(raw: hard).value * Double(rules.target) / 9_000
        if task.cause == .gross { return .gross(limit: money) }
        if task.cause == .net {
            // Of the heavier side as much may stay as the target is, and what stands against it.
            let (long, short) = sides(task.scope)
            return .gross(limit: money + Money(raw: min(long, short) * 10_000).value / 0.9)
        }
        // Where the gate counts more than the covariances say, the covariances have to go as much further down.
        let risk = tailRisk(limit, market)
        return .valueAtRisk(limit: risk.larger > 0 ? money * risk.own / risk.larger : money)
    }

    /// Half the spread in basis points of the mid; nil where nothing can be traded.
    private func cost(_ instrument: Instrument, _ market: borrowing MarketState) -> Double? {
        guard isTradable(instrument, market) else { return nil }
        let quote = market.quote(instrument)
        return (quote.askPrice.value - quote.bidPrice.value) / (quote.askPrice.value + quote.bidPrice.value) * 10_000
    }

    /// Whether an instrument has a market to be worked in.
    func isTradable(_ instrument: Instrument, _ market: borrowing MarketState) -> Bool {
        let quote = market.quote(instrument)
        return market.tradingState(instrument) == .trading && market.phase == .regular && quote.isTwoSided
            && !quote.isCrossed
    }

    /// Who holds what of a scope.
    private func holders(_ scope: Int) -> [PositionBook.Entry] {
        book.entries.filter { $0.position != 0 && isMember($0.tag, of: scope) }
    }

    private mutating func add(_ draft: DraftLine, to task: Int) {
        var line = ReductionLine(slices: draft.slices, legs: [])
        for leg in draft.legs {
            let lot = max(lots[leg.index], 1)
            let whole = abs(leg.quantity) / lot * lot
            let part = Int128(abs(leg.quantity)) * Int128(draft.slices) / Int128(ReductionPlanner.slices)
            let total = Int64(min((part + Int128(lot) - 1) / Int128(lot) * Int128(lot), Int128(whole)))
            guard total > 0 else { continue }
            line.legs.append(
                ReductionLeg(
                    instrument: Instrument(id: UInt32(truncatingIfNeeded: leg.index)),
                    side: leg.quantity > 0 ? .sell : .buy,
                    total: total,
                    parent: nextParent,
                    owner: leg.owner
                )
            )
            nextParent = nextParent == .max ? ReductionDesk.firstParent : nextParent + 1
        }
        guard !line.legs.isEmpty else { return }
        for leg in line.legs { openings.append((strategy(leg, scope: tasks[task].scope), leg)) }
        tasks[task].lines.append(line)
    }
}

/// A line before it has parents: what is held, and how many twentieths of it go.
struct DraftLine {
    struct Leg {
        var index: Int
        /// Held, with its sign, raw.
        var quantity: Int64
        var owner: OrderTag?
    }

    var legs: [Leg]
    var slices: Int
}

/// What a plan is made from: places of what is held, pairs, and whose the rest is.
struct PlanDraft {
    /// In basis points: taken by a plan only when nothing else helps, and then not worked.
    static let prohibitive = 1e12

    let held: [HeldPosition]
    var weights: [Double] = []
    var costs: [Double] = []
    /// Places that can't be traded now.
    var leftOut: Set<Int> = []
    /// Pairs whose legs stand on the side on which the scope stands.
    private var units: [[DraftLine.Leg]] = []
    /// For each place what belongs to no pair, owner by owner, the rest last.
    private var pieces: [[DraftLine.Leg]]

    init(_ held: [HeldPosition]) {
        self.held = held
        pieces = Array(repeating: [], count: held.count)
    }

    private func place(_ index: Int) -> Int? { held.firstIndex { $0.index == index } }

    /// Divides what is held among those who hold it.
    ///
    /// A strategy may hold the other side of what the scope holds: then there is less to give up than the others hold, and who
    /// comes later gets less. A pair that does not find all of both legs is worked leg by leg.
    mutating func take(_ holders: [PositionBook.Entry], of held: [HeldPosition]) {
        var left = held.map { abs($0.quantity) }
        var groups: [UInt64: [DraftLine.Leg]] = [:]
        var order: [UInt64] = []
        for holder in holders {
            let tag = OrderTag(packed: holder.tag)
            let key = OrderTag(strategy: tag.strategy, group: tag.group).packed
            if groups[key] == nil { order.append(key) }
            let leg = DraftLine.Leg(index: Int(holder.instrument), quantity: holder.position, owner: tag)
            groups[key, default: []].append(leg)
        }
        for key in order {
            let legs = groups[key] ?? []
            let isWhole = legs.allSatisfy { leg in
                guard let place = place(leg.index) else { return false }
                return (leg.quantity > 0) == (held[place].quantity > 0) && abs(leg.quantity) <= left[place]
            }
            let isPair = legs.count > 1 && Set(legs.map(\.index)).count == legs.count
            for leg in legs {
                guard let place = place(leg.index), (leg.quantity > 0) == (held[place].quantity > 0) else { continue }
                let part = min(abs(leg.quantity), left[place])
                left[place] -= part
                guard !(isWhole && isPair), part > 0 else { continue }
                let signed = leg.quantity > 0 ? part : -part
                pieces[place].append(DraftLine.Leg(index: leg.index, quantity: signed, owner: leg.owner))
            }
            if isWhole, isPair { units.append(legs) }
        }
        for place in held.indices where left[place] > 0 {
            let signed = held[place].quantity > 0 ? left[place] : -left[place]
            pieces[place].append(DraftLine.Leg(index: held[place].index, quantity: signed, owner: nil))
        }
    }

    /// The pairs as the planner wants them.
    var planUnits: [ReductionUnit] { units.map { ReductionUnit(legs: planLegs($0)) } }

    private func planLegs(_ legs: [DraftLine.Leg]) -> [ReductionUnit.Leg] {
        legs.compactMap { leg in
            guard let place = place(leg.index), held[place].quantity != 0 else { return nil }
            let share = Double(leg.quantity) / Double(held[place].quantity)
            return ReductionUnit.Leg(place: place, weight: weights[place] * share)
        }
    }

    /// The lines of a plan, in the order in which it takes them first; what can't be traded is left out.
    ///
    /// To be flat a plan takes whole units; they are worked in as many slices as any other.
    func lines(of plan: ReductionPlan, isFlat: Bool) -> [DraftLine] {
        let slices = isFlat ? 1.0 : Double(ReductionPlanner.slices)
        let step = isFlat ? ReductionPlanner.slices : 1
        let parts = planUnits.map { unit in
            unit.legs.map { ReductionUnit.Leg(place: $0.place, weight: -$0.weight / slices) }
        }
        var taken = [Int](repeating: 0, count: parts.count)
        var single = [Int](repeating: 0, count: held.count)
        // Units count from 0, single places from the number of units on.
        var order: [Int] = []
        for change in plan.steps.map(\.changes) {
            let unit = parts.indices.first { parts[$0] == change && taken[$0] < ReductionPlanner.slices }
            if let unit {
                if taken[unit] == 0 { order.append(unit) }
                taken[unit] += step
            } else if let place = change.first?.place {
                if single[place] == 0 { order.append(parts.count + place) }
                single[place] += step
            }
        }
        if plan.ending == .stuck { shrinkAll(by: plan.proportional.share, &taken, &single, &order) }
        var lines: [DraftLine] = []
        for number in order {
            if number < parts.count {
                if parts[number].contains(where: { leftOut.contains($0.place) }) { continue }
                lines.append(DraftLine(legs: units[number], slices: taken[number]))
            } else {
                let place = number - parts.count
                if leftOut.contains(place) { continue }
                for piece in pieces[place] { lines.append(DraftLine(legs: [piece], slices: single[place])) }
            }
        }
        return lines
    }

    /// Where no single slice helps, everything shrinks together.
    private func shrinkAll(by share: Double, _ taken: inout [Int], _ single: inout [Int], _ order: inout [Int]) {
        let least = Int((share * Double(ReductionPlanner.slices)).rounded(.up))
        for unit in taken.indices {
            if taken[unit] == 0 { order.append(unit) }
            taken[unit] = max(taken[unit], least)
        }
        for place in single.indices where !pieces[place].isEmpty {
            if single[place] == 0 { order.append(taken.count + place) }
            single[place] = max(single[place], least)
        }
    }
}
