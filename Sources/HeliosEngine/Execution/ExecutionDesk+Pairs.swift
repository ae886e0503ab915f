// SPDX-License-Identifier: MIT
import HeliosExecution
import HeliosMarket
import HeliosStrategy

// MARK: - Pairs
extension ExecutionDesk {
    /// Does for a pair what there is to do now.
    mutating func work(pair: Int, _ market: borrowing MarketState, _ intents: inout Intents) {
        guard pairs[pair].isLive else { return }
        let (hard, easy, back) = (pairs[pair].hard, pairs[pair].easy, pairs[pair].back)
        for leg in 0..<3 where parents[place(pair, leg)].state != .working { return wait(pair, market, &intents) }
        watchHedge(pair, at: market.now)
        judge(pair, market)
        let targets = pairs[pair].executor.targets(hard: fill(hard), easy: fill(easy), unwind: fill(back))
        parents[hard].allowance = targets.hard
        parents[easy].allowance = targets.easy
        parents[back].allowance = targets.unwind
        // Near its end the harder leg takes what it may.
        let length = parents[hard].end - parents[hard].start
        if market.now >= parents[hard].end + -min(length / 4, 30_000_000_000) { parents[hard].isHasty = true }
        for leg in 0..<3 {
            let place = place(pair, leg)
            if parents[place].allowance < parents[place].done + parents[place].open {
                withdraw(place, market, &intents)
            }
            work(place, market, &intents)
        }
        conclude(pair, market)
    }

    /// The place of the harder leg, the easier one, and what is given back.
    private func place(_ pair: Int, _ leg: Int) -> Int {
        switch leg {
        case 0: pairs[pair].hard
        case 1: pairs[pair].easy
        default: pairs[pair].back
        }
    }

    private func fill(_ place: Int) -> LegFill { LegFill(done: parents[place].done, open: parents[place].open) }

    /// Legs of which one is not open at the gate yet, or never will be.
    private mutating func wait(_ pair: Int, _ market: borrowing MarketState, _ intents: inout Intents) {
        for leg in 0..<3 where !parents[place(pair, leg)].state.isLive {
            return giveUp(pair, .failed, .hedge, market, &intents)
        }
    }

    /// Ends a pair that has not begun.
    private mutating func giveUp(
        _ pair: Int,
        _ outcome: ParentState,
        _ reason: ParentReason,
        _ market: borrowing MarketState,
        _ intents: inout Intents
    ) {
        pairs[pair].isLive = false
        for leg in 0..<3 {
            let place = place(pair, leg)
            parents[place].pair = -1
            finish(place, outcome, reason, market, &intents)
        }
    }

    /// Since when the easier leg owes something without having traded.
    private mutating func watchHedge(_ pair: Int, at now: Timestamp) {
        let (hard, easy, back) = (fill(pairs[pair].hard), fill(pairs[pair].easy), fill(pairs[pair].back))
        let owes = pairs[pair].executor.targets(hard: hard, easy: easy, unwind: back).easy > easy.done
        if !owes {
            pairs[pair].hedgeSince = .never
        } else if pairs[pair].hedgeSince == .never || easy.done > pairs[pair].hedged {
            pairs[pair].hedgeSince = now
        }
        pairs[pair].hedged = easy.done
    }

    /// Which legs have failed, or are to end.
    private mutating func judge(_ pair: Int, _ market: borrowing MarketState) {
        let (hard, easy) = (parents[pairs[pair].hard], parents[pairs[pair].easy])
        let now = market.now
        let waits = pairs[pair].hedgeSince != .never && now - pairs[pair].hedgeSince > settings.hedgeTime
        let hardFailed = hard.refusals >= settings.patience || isUnanswered(pairs[pair].hard, market)
        let easyFailed = easy.refusals >= settings.patience || waits
        if pairs[pair].executor.stage == .working {
            if hardFailed { (pairs[pair].outcome, pairs[pair].reason) = (.failed, .refused) }
            if easyFailed { (pairs[pair].outcome, pairs[pair].reason) = (.failed, .hedge) }
        }
        let isOver = now >= hard.end || pairs[pair].outcome == .cancelled
        pairs[pair].executor.advance(hardFailed: hardFailed || isOver, easyFailed: easyFailed)
    }

    /// Whether the venue owes an answer to one of a parent's orders for too long.
    private func isUnanswered(_ place: Int, _ market: borrowing MarketState) -> Bool {
        for child in childRange(place) where children[child].id != 0 {
            guard market.now - children[child].sentAt > settings.hedgeTime,
                let order = market.orders.order(children[child].id)
            else { continue }
            if !order.isAccepted || order.cancelIsPending && !children[child].rests { return true }
        }
        return false
    }

    /// Ends a pair whose legs have nothing open and nothing to do.
    private mutating func conclude(_ pair: Int, _ market: borrowing MarketState) {
        let (hard, easy, back) = (pairs[pair].hard, pairs[pair].easy, pairs[pair].back)
        let executor = pairs[pair].executor
        let isGivenUp = parents[back].refusals >= settings.patience && parents[back].open == 0
        let isSettled = executor.isSettled(hard: fill(hard), easy: fill(easy), unwind: fill(back))
        let isQuiet = parents[hard].open == 0 && parents[easy].open == 0
        guard isSettled || isGivenUp && isQuiet else { return }
        pairs[pair].isLive = false
        let isDone = executor.isComplete(fill(hard), fill(easy))
        for leg in 0..<3 {
            let place = place(pair, leg)
            let isWhole = parents[place].done >= parents[place].quantity
            parents[place].reason = isDone || isWhole ? .none : pairs[pair].reason
            end(place, isDone && place != back || isWhole ? .done : pairs[pair].outcome, at: market.now)
            parents[place].pair = -1
        }
    }

    /// Somebody asks for the end of a pair: what is done of the harder leg is still hedged.
    mutating func cancel(pair: Int, _ market: borrowing MarketState, _ intents: inout Intents) {
        guard pairs[pair].isLive else { return }
        for leg in 0..<3 where parents[place(pair, leg)].state == .waiting {
            return giveUp(pair, .cancelled, .asked, market, &intents)
        }
        if pairs[pair].executor.stage == .working { (pairs[pair].outcome, pairs[pair].reason) = (.cancelled, .asked) }
        work(pair: pair, market, &intents)
    }
}
