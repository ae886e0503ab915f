// SPDX-License-Identifier: MIT
import HeliosExecution
import HeliosMarket
import HeliosMath
import HeliosStrategy

// MARK: - Beginnings
extension ExecutionDesk {
    /// Takes a request to be worked.
    mutating func begin(_ request: ParentRequest, number: UInt32, _ market: borrowing MarketState) {
        guard let place = add(request, number, market) else { return }
        guard request.quantity.raw > 0 else { return refuse(place, .invalid, at: market.now) }
        if request.algorithm == .rfq, settings.dealers.isEmpty { refuse(place, .noDealers, at: market.now) }
    }

    /// Takes a request for a position; an earlier one in the instrument is given up.
    mutating func beginTarget(_ request: ParentRequest, number: UInt32, _ market: borrowing MarketState) {
        guard let place = add(request, number, market) else { return }
        parents[place].isTarget = true
        parents[place].wasTarget = true
        if request.algorithm == .rfq, settings.dealers.isEmpty { refuse(place, .noDealers, at: market.now) }
    }

    /// Takes two requests that hedge each other; `first` has the bound as its parameter.
    mutating func beginPair(
        _ first: ParentRequest,
        _ second: ParentRequest,
        number: UInt32,
        _ market: borrowing MarketState
    ) {
        var back = first
        back.side = first.side.opposite
        let isFirstHarder = isFirstHarder(first, second, market)
        if !isFirstHarder {
            back = second
            back.side = second.side.opposite
            back.algorithm = .leg
        }
        guard let one = add(first, number, market) else { return }
        guard let other = add(second, number + 1, market) else { return refuse(one, .noRoom, at: market.now) }
        guard let given = add(back, number + 2, market, isGivenBack: true) else {
            refuse(one, .noRoom, at: market.now)
            return refuse(other, .noRoom, at: market.now)
        }
        let (hard, easy) = isFirstHarder ? (one, other) : (other, one)
        // The bound is said in shares of the first leg.
        let share = Int128(first.parameter) * Int128(second.quantity.raw) / Int128(max(first.quantity.raw, 1))
        let executor = PairExecutor(
            hard: parents[hard].quantity,
            easy: parents[easy].quantity,
            bound: isFirstHarder ? first.parameter : Int64(clamping: share),
            hardLot: parents[hard].lot,
            easyLot: parents[easy].lot
        )
        let free = pairs.firstIndex { !$0.isLive } ?? (pairs.count < ExecutionDesk.pairPlaces ? pairs.count : nil)
        guard let executor, let free, first.instrument != second.instrument else {
            for place in [one, other, given] { refuse(place, executor == nil ? .invalid : .noRoom, at: market.now) }
            return
        }
        let pair = WorkedPair(hard: hard, easy: easy, back: given, executor: executor)
        if free < pairs.count { pairs[free] = pair } else { pairs.append(pair) }
        for place in [one, other, given] { parents[place].pair = free }
        // The easier leg and what is given back take; the harder one rests unless it was asked to take.
        parents[easy].isHasty = true
        parents[given].isHasty = true
        parents[hard].isHasty = first.takes
    }

    private func isFirstHarder(_ first: ParentRequest, _ second: ParentRequest, _ market: borrowing MarketState) -> Bool
    {
        let (one, other) = (market.quote(first.instrument), market.quote(second.instrument))
        func spread(_ bid: Int64, _ ask: Int64) -> Int64 {
            bid > 0 ? Int64(clamping: Int128(ask - bid) * Int128(Price.scale) / Int128(bid)) : 0
        }
        return PairExecutor.isFirstHarder(
            (
                first.quantity.raw, one.quantity(first.side.opposite).raw,
                spread(one.bidPrice.raw, one.askPrice.raw)
            ),
            (
                second.quantity.raw, other.quantity(second.side.opposite).raw,
                spread(other.bidPrice.raw, other.askPrice.raw)
            )
        )
    }

    /// Gives a request a place, waiting; nil, and its owner told, where that can't be.
    private mutating func add(
        _ request: ParentRequest,
        _ number: UInt32,
        _ market: borrowing MarketState,
        isGivenBack: Bool = false
    ) -> Int? {
        let now = market.now
        guard request.instrument.index < lots.count, request.limit.raw >= 0, let place = makePlace() else {
            let isKnown = request.instrument.index < lots.count && request.limit.raw >= 0
            updates.append(ParentUpdate(number, request, .rejected, isKnown ? .noRoom : .invalid, at: now))
            return nil
        }
        var parent = WorkedParent(request: request)
        parent.number = number
        parent.isGivenBack = isGivenBack
        parent.state = .waiting
        parent.lot = lots[request.instrument.index]
        parent.tick = ticks[request.instrument.index]
        setTimes(&parent, now)
        parents[place] = parent
        for child in childRange(place) { children[child] = WorkedChild() }
        router.begin(parent: place)
        live.append(place)
        watch(place, 1)
        isWorking = true
        if parent.end <= max(now, parent.start) {
            refuse(place, .invalid, at: now)
            return nil
        }
        tell(place, at: now)
        return place
    }

    /// When a parent's schedule begins and ends: within the session, and in as many slices as asked for.
    private func setTimes(_ parent: inout WorkedParent, _ now: Timestamp) {
        let midnight = TradingDay.containing(now)?.midnight ?? .zero
        let request = parent.request
        parent.start = max(request.start, now, midnight + settings.opens)
        let isOpen = request.end == .never || request.end == .zero
        parent.end = isOpen ? max(midnight + settings.closes, parent.start) : request.end
        let asked: Int64
        switch request.algorithm {
        case .twap, .vwap, .shortfall: asked = request.parameter
        case .participation, .iceberg, .peg, .sniper, .leg, .rfq: asked = 1
        }
        let usual = max(parent.end - parent.start, 0) / max(settings.sliceTime, 1)
        parent.slices = min(max(asked > 0 ? asked : usual, 1), 10_000)
    }

    mutating func refuse(_ place: Int, _ reason: ParentReason, at time: Timestamp) {
        parents[place].reason = reason
        end(place, .rejected, at: time)
    }

    // MARK: What waits

    /// Lets what waits begin when its time has come: the gate is asked first.
    mutating func wake(_ place: Int, _ market: borrowing MarketState) {
        let parent = parents[place]
        guard parent.state == .waiting, market.now >= parent.request.start, !openings.contains(place) else { return }
        if market.now >= parent.end {
            parents[place].reason = .time
            return end(place, .expired, at: market.now)
        }
        if parent.isTarget {
            guard isFirstTarget(place, at: market.now) else { return }
            let held = market.risk.position(parent.request.instrument, strategy: parent.request.strategy)
            let difference = parent.request.quantity.raw.subtractingReportingOverflow(held.raw)
            if difference.overflow || difference.partialValue == .min { return refuse(place, .invalid, at: market.now) }
            parents[place].request.side = difference.partialValue < 0 ? .sell : .buy
            parents[place].request.quantity = Quantity(raw: abs(difference.partialValue))
            parents[place].isTarget = false
            if difference.partialValue == 0 { return end(place, .done, at: market.now) }
        }
        openings.append(place)
    }

    /// Whether nothing is left of earlier targets in the instrument; asks for the end of what is.
    private mutating func isFirstTarget(_ place: Int, at now: Timestamp) -> Bool {
        let request = parents[place].request
        var isFirst = true
        for other in live where other != place && parents[other].number < parents[place].number {
            guard parents[other].wasTarget, parents[other].request.instrument == request.instrument,
                parents[other].request.strategy == request.strategy
            else { continue }
            isFirst = false
        }
        return isFirst
    }

    /// Gives up earlier targets of the same strategy in the same instrument.
    mutating func supersede(_ number: UInt32, _ market: borrowing MarketState, _ intents: inout Intents) {
        // One that was refused takes nobody's place.
        guard let place = place(of: number), parents[place].state.isLive else { return }
        let request = parents[place].request
        for other in live.reversed() where other != place && parents[other].wasTarget {
            guard parents[other].request.instrument == request.instrument,
                parents[other].request.strategy == request.strategy
            else { continue }
            finish(other, .cancelled, .superseded, market, &intents)
        }
    }

    /// The gate has opened a parent, or has not.
    mutating func opened(_ place: Int, _ isOpen: Bool, _ market: borrowing MarketState) {
        guard parents[place].state == .waiting else { return }
        guard isOpen else { return refuse(place, .gate, at: market.now) }
        let quote = market.quote(parents[place].request.instrument)
        if quote.isTwoSided { parents[place].arrival = quote.mid }
        parents[place].state = .working
        tell(place, at: market.now)
    }
}
