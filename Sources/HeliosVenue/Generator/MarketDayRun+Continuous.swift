// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosWire

/// Continuous trading: in each step the fair values move, quotes that they passed are repaired, and what is left of
/// the step's messages is background.
extension MarketDayRun {
    mutating func continuousTrading(_ chunks: Chunks) throws {
        baseline = mix
        let steps = Int((DayTime.close - DayTime.open) / configuration.fairStep)
        let sentAtOpen = sent
        let due = UnsafeMutablePointer<Int32>.allocate(capacity: configuration.symbols)
        defer { due.deallocate() }
        var imbalanceTime = DayTime.closingImbalance
        for step in 0..<steps {
            let start = DayTime.open + Int64(step) * configuration.fairStep
            changeHalts(at: start)
            if start >= imbalanceTime {
                imbalanceTime += imbalanceInterval * DayTime.second
                try imbalances(at: start, crossType: "C", share: start - DayTime.closingImbalance, chunks)
            }
            fair.step()
            let repairs = symbolsToRepair(due)
            // What comes after the close is set aside, so that the day ends near its target.
            let available = Double(configuration.messages - sentAtOpen - messagesAfterClose)
            let goal = available * activityUntil(Double(step + 1) / Double(steps))
            let missing = Int(goal) - (sent - sentAtOpen)
            steer(income: available * activityUntil(Double(step) / Double(steps)), goal: goal, missing: missing)
            try perform(due, repairs, background: missing - repairs * 3, from: start, chunks)
        }
    }

    /// Share of the session's messages sent until `time` (0 to 1): a U shape, the integral of a parabola.
    private func activityUntil(_ time: Double) -> Double {
        let swing = 2 * time - 1
        return 0.55 * time + 0.225 * (swing * swing * swing + 1)
    }

    private var messagesAfterClose: Int { book.liveTotal * 4 / 5 + configuration.symbols * 3 + afterHoursActions }

    /// Fits the patience of all symbols to the messages there are: following the fair values may cost two thirds.
    private mutating func steer(income: Double, goal: Double, missing: Int) {
        stepIncome += (goal - income - stepIncome) / 256
        let isTooDear = repairCost > 0.65 * stepIncome || missing < -configuration.symbols
        patience *= isTooDear ? 1.005 : 0.9975
        patience = min(max(patience, 0.6), 200)
    }

    /// Lists the symbols whose best prices are not where the market makers want them.
    private mutating func symbolsToRepair(_ due: UnsafeMutablePointer<Int32>) -> Int {
        var count = 0
        for index in 0..<configuration.symbols where flows[index].phase == .continuous {
            recentre(index)
            let isRight =
                book.bestKey(index, .buy) == flows[index].bid && book.bestKey(index, .sell) == -flows[index].ask
            if !isRight {
                due[count] = Int32(index)
                count += 1
            }
        }
        return count
    }

    /// Moves the wanted quotes when the fair value has left the middle by more than the symbol's patience.
    mutating func recentre(_ index: Int, force: Bool = false) {
        let flow = flows[index]
        let value = fair.values[index] * MarketDayRun.ticksPerDollar
        let middle = Double(flow.bid + flow.ask) * 0.5
        let limit = 0.5 + 0.4 * patience * flow.patience * Double(flow.spread)
        guard force || abs(value - middle) > limit else { return }
        let spread = flow.spread + (random.chance(250) ? 1 : 0)
        flows[index].bid = max(1, Int32((value - Double(spread) * 0.5 + 0.5).rounded(.down)))
        flows[index].ask = flows[index].bid + spread
    }

    /// Does a step's repairs and background in random order, spread over the step.
    private mutating func perform(
        _ due: UnsafeMutablePointer<Int32>,
        _ repairs: Int,
        background: Int,
        from start: Int64,
        _ chunks: Chunks
    ) throws {
        var repairsLeft = repairs
        var cost = 0
        let actions = repairs + max(background, 0)
        for action in 0..<actions {
            let offset = Int64(action) * configuration.fairStep + Int64(random.below(Int(configuration.fairStep)))
            wait(until: start + offset / Int64(actions))
            if random.below(actions - action) < repairsLeft {
                let chosen = random.below(repairsLeft)
                let before = sent
                repair(Int(due[chosen]))
                cost += sent - before
                repairsLeft -= 1
                due[chosen] = due[repairsLeft]
            } else {
                self.background(Int(pickTable[random.below(pickTable.count)]))
            }
            try flushIfNeeded(chunks)
        }
        repairCost += (Double(cost) - repairCost) / 256
    }

    /// Brings a symbol's best prices to where the market makers want them.
    private mutating func repair(_ index: Int) {
        for side in [Side.buy, .sell] {
            while book.bestKey(index, side) > wantedKey(index, side), let order = book.bestOrder(index, side) {
                removeStale(order, wantedKey(index, side))
            }
        }
        for side in [Side.buy, .sell] where book.bestKey(index, side) < wantedKey(index, side) {
            improve(index, side)
        }
    }

    /// A quote that the fair value has passed is withdrawn, moved behind it, or taken by someone faster.
    private mutating func removeStale(_ order: Int, _ wanted: Int32) {
        let record = book[order]
        let now = mix
        let deleteWeight = 400 * MarketDayRun.mixWindow
        let moveWeight = weight(80, now.replaces - baseline.replaces, now)
        let takeWeight = weight(50, now.executions - baseline.executions, now)
        let choice = random.below(deleteWeight + moveWeight + takeWeight)
        if choice < deleteWeight {
            delete(order)
        } else if choice < deleteWeight + moveWeight {
            replace(order, positive(record.side, wanted - Int32(random.geometric())), shares: record.shares)
        } else {
            execute(order, shares: record.shares)
        }
    }

    /// New orders at the wanted best price: one, often two, rarely more.
    private mutating func improve(_ index: Int, _ side: Side) {
        let key = positive(side, uncrossed(index, side, wantedKey(index, side)))
        let now = mix
        let moveWeight = weight(80, now.replaces - baseline.replaces, now)
        if random.below(430 * MarketDayRun.mixWindow + moveWeight) < moveWeight, let order = pickOrder(index),
            book[order].side == side, book[order].key < key
        {
            return replace(order, key, shares: book[order].shares)
        }
        for _ in 0...min(random.geometric(), 3) {
            if !add(index, side, key, shares: size()), let order = worstOrder(index, side) { delete(order) }
        }
    }

    private func worstOrder(_ index: Int, _ side: Side) -> Int? {
        let levels = book.levelCount(index, side)
        return levels == 0 ? nil : Int(book.level(index, side, levels - 1).head)
    }

    /// How much a kind of message is wanted: its share of a thousand, corrected within bounds by what is missing.
    func weight(_ share: Int, _ count: Int, _ now: MixCounts) -> Int {
        let window = share * MarketDayRun.mixWindow
        let missing = share * (now.total - baseline.total) - 1000 * count
        return window + min(max(missing, -window * 9 / 10), window * 6)
    }

    /// One action of the background: of a kind that the mix lacks, in a book of its own choice.
    mutating func background(_ index: Int) {
        let now = mix
        let isTrading = flows[index].phase == .continuous
        let change = weight(830, now.addsAndDeletes - baseline.addsAndDeletes, now)
        let replace = weight(80, now.replaces - baseline.replaces, now)
        let cancel = weight(20, now.cancels - baseline.cancels, now)
        let take = isTrading ? weight(50, now.executions - baseline.executions, now) : 0
        let print = isTrading ? weight(15, now.trades - baseline.trades, now) : 0
        var choice = random.below(change + replace + cancel + take + print)
        if choice < change { return addOrDelete(index) }
        choice -= change
        if choice < replace { return move(index) }
        choice -= replace
        if choice < cancel { return shrink(index) }
        choice -= cancel
        if choice < take { return takeLiquidity(index) }
        hiddenTrade(index)
    }

    /// Adds while the book is thinner than usual, deletes while it is fuller.
    private mutating func addOrDelete(_ index: Int) {
        if random.chance(350), let order = takeFleeting() { return delete(order) }
        let target = flows[index].liveTarget
        let lack = (target - book.liveCount(index)) * 1000 / target
        let isAdd = random.chance(min(max(500 + lack, 60), 940))
        let side: Side = random.chance(500) ? .buy : .sell
        if isAdd, add(index, side, newKey(index, side), shares: size()) {
            let order = book.liveOrder(index, book.liveCount(index) - 1)
            return noteFleeting(order)
        }
        if let order = pickOrder(index) { delete(order) }
    }

    /// Half of the background's new orders live for seconds at most, and some for microseconds.
    private mutating func noteFleeting(_ order: Int) {
        let choice = random.below(100)
        if choice < 8 {
            pause(bits: 18)
            delete(order)
        } else if choice < 55 {
            fleeting[fleetingCount & MarketDayRun.fleetingMask] = Fleeting(
                order: order,
                reference: book[order].reference
            )
            fleetingCount += 1
        }
    }

    /// One of the latest fleeting orders of all symbols that is still alive.
    private mutating func takeFleeting() -> Int? {
        let back = 1 + random.logUniform(bits: MarketDayRun.fleetingBits)
        guard back <= fleetingCount else { return nil }
        let chosen = fleeting[(fleetingCount - back) & MarketDayRun.fleetingMask]
        let isAlive = book[chosen.order].reference == chosen.reference && book[chosen.order].shares > 0
        return isAlive ? chosen.order : nil
    }

    private mutating func move(_ index: Int) {
        guard let order = pickOrder(index) else { return addOrDelete(index) }
        let record = book[order]
        var key = newKey(index, record.side)
        if random.chance(500), flows[index].phase == .continuous {
            let near = min(record.key + Int32(random.below(4)) - 2, wantedKey(index, record.side))
            key = positive(record.side, uncrossed(index, record.side, near))
        }
        replace(order, key, shares: random.chance(660) ? record.shares : size())
    }

    private mutating func shrink(_ index: Int) {
        guard let order = pickOrder(index), book[order].shares > 1 else { return addOrDelete(index) }
        let shares = Int(book[order].shares)
        let lots = (shares - 1) / 100
        cancel(order, shares: UInt32(lots > 0 ? 100 * (1 + random.below(lots)) : 1 + random.below(shares - 1)))
    }

    /// A marketable order, more often towards the fair value, takes from the front of the best level.
    private mutating func takeLiquidity(_ index: Int) {
        let middle = Double(flows[index].bid + flows[index].ask) * 0.5
        let isAbove = fair.values[index] * MarketDayRun.ticksPerDollar > middle
        let side: Side = random.chance(isAbove ? 620 : 380) ? .sell : .buy
        var wanted = size()
        let key = book.bestKey(index, side)
        while wanted > 0, book.liveCount(index) > 4, let order = book.bestOrder(index, side) {
            guard book[order].key == key || random.chance(60) else { return }
            let shares = min(wanted, book[order].shares)
            execute(order, shares: shares)
            wanted -= shares
        }
    }

    /// A trade against hidden liquidity: at the middle mostly, else at one of the best prices.
    private mutating func hiddenTrade(_ index: Int) {
        let bid = book.bestKey(index, .buy)
        let ask = book.bestKey(index, .sell)
        guard bid != GeneratorBook.none, ask != GeneratorBook.none else { return addOrDelete(index) }
        let choice = random.below(10)
        let price = choice < 6 ? (bid - ask) * MarketDayRun.tick / 2 : (choice < 8 ? bid : -ask) * MarketDayRun.tick
        pause(bits: 13)
        writer.trade(
            locate: flows[index].locate,
            timestamp: timestamp,
            shares: size(),
            symbol: flows[index].symbol,
            price: UInt32(price),
            match: takeMatch()
        )
        count("P")
    }
}
