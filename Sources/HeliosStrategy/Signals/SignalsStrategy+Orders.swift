// SPDX-License-Identifier: MIT
import HeliosExecution
import HeliosMarket
import HeliosSignal

// From a signal to a position, and back.
extension SignalsStrategy {
    func legs(of basket: Int) -> Range<Int> { starts[basket]..<starts[basket + 1] }

    /// A rule has spoken for one side: enter, add, or act against what is held.
    mutating func take(
        _ output: SignalOutput,
        sign: Double,
        _ market: borrowing MarketState,
        _ intents: inout Intents
    ) {
        guard let basket = acts[output.rule].basket else { return }
        guard readShares(output, basket, sign) else {
            counters.unsized += 1
            return
        }
        let direction: Int64 = shares[starts[basket]] > 0 ? 1 : -1
        switch baskets[basket].phase {
        case .exiting: return
        case .flat: break
        case .entering, .open:
            if direction != baskets[basket].direction {
                note(basket, output)
                if parameters.opposite == .close { return exit(basket, .opposite, market, &intents) }
            } else if baskets[basket].phase == .entering || baskets[basket].entries >= Int64(parameters.maxEntries) {
                return
            }
        }
        enter(basket, direction, output, market, &intents)
    }

    /// The shares for one unit, by leg; false where a number is invalid or zero.
    private mutating func readShares(_ output: SignalOutput, _ basket: Int, _ sign: Double) -> Bool {
        let own = acts[output.rule].ownColumns
        let count = acts[output.rule].legs.count
        for column in 0..<count {
            guard let number = machine.column(own + column, of: output), number.isFinite, number != 0 else {
                return false
            }
            shares[starts[basket] + acts[output.rule].legs[column]] = sign * number
        }
        return true
    }

    private mutating func enter(
        _ basket: Int,
        _ direction: Int64,
        _ output: SignalOutput,
        _ market: borrowing MarketState,
        _ intents: inout Intents
    ) {
        let isReversal = direction == -baskets[basket].direction
        guard clock.allowsEntry(market.now), legs(of: basket).allSatisfy({ isOpen($0, market) }) else {
            counters.untimely += 1
            // What is held is on the wrong side in any case.
            if isReversal { exit(basket, .opposite, market, &intents) }
            return
        }
        guard let units = units(basket, fromZero: isReversal, market),
            setTargets(basket, units, fromZero: isReversal)
        else {
            counters.unsized += 1
            if isReversal { exit(basket, .opposite, market, &intents) }
            return
        }
        note(basket, output)
        counters.entries += 1
        baskets[basket].entries = isReversal ? 1 : baskets[basket].entries + 1
        baskets[basket].direction = direction
        baskets[basket].phase = .entering
        baskets[basket].legDeadline = market.now + parameters.legTimeout
        baskets[basket].timeStop = market.now + parameters.maxHold
        work(basket, market, &intents)
    }

    private func isOpen(_ leg: Int, _ market: borrowing MarketState) -> Bool {
        let instrument = legInstruments[leg]
        return TargetLeg.isOpen(instrument, market.quote(instrument), market)
    }

    /// How many units an entry is: of the notional, less what would take a leg beyond its limit; nil for none.
    private func units(_ basket: Int, fromZero: Bool, _ market: borrowing MarketState) -> Double? {
        var gross = 0.0
        for leg in legs(of: basket) { gross += shares[leg].magnitude * market.quote(legInstruments[leg]).mid.value }
        var units = parameters.notional.value / gross
        let most = parameters.touch.whole(parameters.positionMax).value
        for leg in legs(of: basket) {
            let held = fromZero ? 0 : legs[leg].target.magnitude.value
            units = min(units, (most - held) / shares[leg].magnitude)
        }
        return units.isFinite && units > 0 ? units : nil
    }

    /// Adds so many units to the targets; false, and nothing changed, when a leg would be less than a lot or beyond its limit.
    private mutating func setTargets(_ basket: Int, _ units: Double, fromZero: Bool) -> Bool {
        func target(_ leg: Int) -> Quantity? {
            guard let more = parameters.touch.lots(units * shares[leg]), more.raw != 0 else { return nil }
            let target = fromZero ? more : legs[leg].target + more
            return target.magnitude <= parameters.positionMax ? target : nil
        }
        guard legs(of: basket).allSatisfy({ target($0) != nil }) else { return false }
        for leg in legs(of: basket) {
            if let target = target(leg) { legs[leg].target = target }
        }
        return true
    }

    /// Sets all targets to zero and begins to work towards them.
    mutating func exit(
        _ basket: Int,
        _ reason: SignalExit,
        _ market: borrowing MarketState,
        _ intents: inout Intents
    ) {
        for leg in legs(of: basket) { legs[leg].target = .zero }
        if reason != .signal && reason != .opposite { baskets[basket].rule = -1 }
        baskets[basket].phase = .exiting
        baskets[basket].exit = reason
        counters.exits += 1
        // A late fill is undone without having been entered.
        if baskets[basket].direction == 0 { baskets[basket].direction = 1 }
        work(basket, market, &intents)
    }

    /// What time asks of a position that is not flat.
    mutating func attend(
        _ basket: Int,
        _ isClosing: Bool,
        _ market: borrowing MarketState,
        _ intents: inout Intents
    ) {
        let phase = baskets[basket].phase
        if phase != .exiting {
            if isClosing { return exit(basket, .close, market, &intents) }
            if market.now >= baskets[basket].timeStop { return exit(basket, .timeStop, market, &intents) }
        }
        if phase != .open { work(basket, market, &intents) }
    }

    /// Sends what the legs still need, undoes an entry that has run out of time, and ends the phase when all have arrived.
    mutating func work(_ basket: Int, _ market: borrowing MarketState, _ intents: inout Intents) {
        if legs(of: basket).allSatisfy({ legs[$0].isDone }) { return arrived(basket) }
        if baskets[basket].phase == .entering && market.now >= baskets[basket].legDeadline {
            return exit(basket, .legging, market, &intents)
        }
        for leg in legs(of: basket) {
            let place = UInt16(truncatingIfNeeded: leg - starts[basket])
            let isSent = legs[leg].send(
                legInstruments[leg],
                touch,
                group: UInt32(truncatingIfNeeded: basket),
                leg: place,
                market,
                &intents
            )
            if isSent { counters.orders += 1 }
        }
    }

    private mutating func arrived(_ basket: Int) {
        if baskets[basket].phase == .entering {
            baskets[basket].phase = .open
        } else if baskets[basket].phase == .exiting {
            baskets[basket].phase = .flat
            baskets[basket].direction = 0
            baskets[basket].entries = 0
        }
    }

    private func leg(of update: OrderUpdate) -> (basket: Int, leg: Int)? {
        let basket = Int(update.tag.group)
        guard basket < baskets.count, legs(of: basket).count > Int(update.tag.leg) else { return nil }
        return (basket, starts[basket] + Int(update.tag.leg))
    }

    public mutating func onOrder(
        _ update: OrderUpdate,
        _ market: borrowing MarketState,
        _ intents: inout Intents
    ) {
        guard let (basket, leg) = leg(of: update), legs[leg].take(update, touch, market.now) else { return }
        switch baskets[basket].phase {
        case .entering, .exiting: work(basket, market, &intents)
        // Late fills and busts: the position they leave must not be left alone.
        case .flat, .open: if !legs[leg].isDone { exit(basket, .legging, market, &intents) }
        }
    }

    public mutating func onReduction(
        _ update: OrderUpdate,
        _ market: borrowing MarketState,
        _ intents: inout Intents
    ) {
        guard let (basket, leg) = leg(of: update) else { return }
        legs[leg].reduce(update)
        // What a bust gives back after the end has no other end.
        if baskets[basket].phase == .flat, !legs[leg].isDone { return exit(basket, .legging, market, &intents) }
        guard baskets[basket].phase == .open, legs(of: basket).allSatisfy({ legs[$0].isFlat }) else { return }
        baskets[basket].phase = .exiting
        arrived(basket)
    }
}
