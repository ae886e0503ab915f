// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosExecution
import HeliosMarket
import HeliosMath
import HeliosStrategy

// MARK: - What the algorithms want
extension ExecutionDesk {
    /// What a parent wants now.
    mutating func wish(_ place: Int, _ quote: Quote, _ market: borrowing MarketState) -> ChildWish {
        let parent = parents[place]
        switch parent.request.algorithm {
        case .twap, .vwap, .shortfall: return scheduled(place, quote, at: market.now)
        case .participation: return participation(parent, quote)
        case .iceberg: return iceberg(parent, quote)
        case .peg: return peg(place, quote)
        case .sniper: return sniper(parent, quote, at: market.now)
        case .leg: return leg(parent, quote)
        case .rfq: return .nothing
        }
    }

    /// The price at which a slice rests: the best of its own side, never beyond the limit.
    private func resting(_ parent: WorkedParent, _ quote: Quote) -> Price {
        let best = quote.price(parent.request.side)
        let limit = parent.request.limit
        let isBeyond = limit.raw > 0 && parent.request.side.sign * (limit.raw - best.raw) < 0
        return isBeyond ? limit : best
    }

    // MARK: Schedules

    /// A slice rests at first; what it has not done when the next begins is taken when more than the band is behind.
    private mutating func scheduled(_ place: Int, _ quote: Quote, at now: Timestamp) -> ChildWish {
        let parent = parents[place]
        let clock = SliceClock(
            start: parent.start,
            end: parent.end,
            slices: parent.slices,
            jitter: settings.jitter,
            draw: draw(parent)
        )
        let slice = clock.slice(at: now)
        let quantity = parent.quantity
        let may: Int64
        let due: Int64
        if parent.request.algorithm == .shortfall {
            if slice > 0 { resolve(place, slice, quote) }
            due = parents[place].scheduledDue
            may = slice > 0 ? quantity - planned(parents[place], slice) : 0
        } else {
            (due, may) = (self.due(parent, clock, after: slice - 1), self.due(parent, clock, after: slice))
        }
        if now >= clock.finish { return ChildWish(may: quantity, must: quantity, price: resting(parent, quote)) }
        if parent.request.takes { return ChildWish(may: may, must: may, price: nil) }
        let isBehind = Pace(done: parent.done, due: due, of: quantity, band: settings.band) == .catchUp
        return ChildWish(may: may, must: isBehind ? due : 0, price: resting(parent, quote), minimumLife: 50_000_000)
    }

    private func draw(_ parent: WorkedParent) -> Jitter { Jitter(seed: settings.seed, number: parent.number) }

    private func due(_ parent: WorkedParent, _ clock: SliceClock, after slice: Int64) -> Int64 {
        guard slice > 0 else { return 0 }
        if parent.request.algorithm == .vwap {
            let midnight = TradingDay.containing(parent.start)?.midnight ?? .zero
            let schedule = VolumeSchedule(
                quantity: parent.quantity,
                lot: parent.lot,
                from: parent.start - midnight,
                until: parent.end - midnight
            )
            return slice >= parent.slices
                ? parent.quantity : schedule.due(at: clock.boundary(slice + 1) - midnight, curve(of: parent))
        }
        let schedule = EvenSchedule(
            quantity: parent.quantity,
            lot: parent.lot,
            slices: parent.slices,
            jitter: settings.jitter,
            draw: draw(parent)
        )
        return schedule.due(after: slice)
    }

    private func curve(of parent: WorkedParent) -> VolumeCurve {
        let place = curvePlaces[parent.request.instrument.index]
        return place < 0 ? settings.curves.other : curves[place]
    }

    /// Takes the trajectory up anew where a slice has begun, from what is really left, and solves it again where the volatility has
    /// changed by more than a quarter.
    private mutating func resolve(_ place: Int, _ slice: Int64, _ quote: Quote) {
        let parent = parents[place]
        let index = parent.request.instrument.index
        let measured = (parent.variance * 23_400).squareRoot()
        let known = Double(volatilities[index]) * 1e-4 * quote.mid.value
        let volatility = measured > 0 ? measured : known
        if slice > parent.solvedSlice {
            parents[place].scheduledDue = parent.solvedSlice == 0 ? 0 : parent.quantity - planned(parent, slice - 1)
            parents[place].solvedSlice = slice
            // What is behind is taken now: the trajectory goes on as if it were done.
            parents[place].solvedLeft = parent.quantity - max(parent.done, parents[place].scheduledDue)
            if parent.solvedSlice > 0, !parent.schedule.isOutdated(volatility) { return }
        } else if !parent.schedule.isOutdated(volatility) {
            return
        }
        let order = AlmgrenChriss.calibrated(
            quantity: Quantity(raw: parent.quantity).value,
            time: Double(parent.end - parent.start) / 23_400e9,
            slices: Int(parent.slices),
            spread: max(quote.spread.value, Price(raw: parent.tick).value),
            dailyVolume: volumes[index],
            dailyVolatility: volatility,
            riskAversion: parent.request.urgency.riskAversion
        )
        parents[place].schedule =
            order.map { ShortfallSchedule($0) } ?? ShortfallSchedule(urgency: 0, volatility: volatility)
    }

    /// What is to be left after a slice.
    private func planned(_ parent: WorkedParent, _ slice: Int64) -> Int64 {
        parent.schedule.left(
            of: parent.solvedLeft,
            lot: parent.lot,
            before: parent.solvedSlice - 1,
            after: slice,
            slices: parent.slices
        )
    }

    /// Takes a sample of the mid once a second.
    mutating func sample(_ place: Int, _ market: borrowing MarketState) {
        guard parents[place].request.algorithm == .shortfall else { return }
        let quote = market.quote(parents[place].request.instrument)
        guard quote.isTwoSided else { return }
        if parents[place].lastSample == .never {
            parents[place].lastSample = market.now
            parents[place].lastMid = quote.mid.raw
            return
        }
        let age = market.now - parents[place].lastSample
        guard age >= 1_000_000_000 else { return }
        let change = Price(raw: quote.mid.raw - parents[place].lastMid).value
        let square = change * change / (Double(age) * 1e-9)
        let index = parents[place].request.instrument.index
        let known = Double(volatilities[index]) * 1e-4 * quote.mid.value
        // It begins at what is known and forgets within five minutes.
        let before = parents[place].variance > 0 ? parents[place].variance : known * known / 23_400
        parents[place].variance = before + (square - before) / 300
        parents[place].lastMid = quote.mid.raw
        parents[place].lastSample = market.now
    }

    // MARK: The others

    private func participation(_ parent: WorkedParent, _ quote: Quote) -> ChildWish {
        let share = parent.request.parameter > 0 ? parent.request.parameter : settings.participation
        let rule = ParticipationRule(share: share, clip: settings.clip.raw, lot: parent.lot)
        let working = parent.done + parent.open
        let wanted = rule.wanted(
            of: parent.quantity,
            volume: parent.volume,
            recent: parent.volume - parent.volumeBefore,
            working: working
        )
        let may = working + wanted
        if parent.request.takes { return ChildWish(may: may, must: may, price: nil) }
        let due = Int64(clamping: Int128(max(parent.volume, 0)) * Int128(rule.share) / Int128(10_000 - rule.share))
        let isBehind =
            Pace(done: parent.done, due: min(due, parent.quantity), of: parent.quantity, band: settings.band)
            == .catchUp
        return ChildWish(
            may: may,
            must: isBehind ? min(due, may) : 0,
            price: resting(parent, quote),
            minimumLife: 50_000_000
        )
    }

    private func iceberg(_ parent: WorkedParent, _ quote: Quote) -> ChildWish {
        let display = parent.request.parameter > 0 ? parent.request.parameter : settings.clip.raw
        let rule = IcebergRule(display: display, lot: parent.lot, draw: draw(parent))
        let price = parent.request.limit.raw > 0 ? parent.request.limit : quote.price(parent.request.side)
        // The next part is shown when nothing of the last is left.
        let shown = parent.open > 0 ? parent.open : rule.shown(parent.parts, left: parent.left)
        return ChildWish(may: parent.done + shown, must: 0, price: price, minimumLife: 50_000_000)
    }

    private func peg(_ place: Int, _ quote: Quote) -> ChildWish {
        let parent = parents[place]
        let rule = PegRule(offset: parent.request.parameter, cap: parent.request.limit, tick: parent.tick)
        let side = parent.request.side
        var price = rule.price(side, own: quote.price(side).raw, other: quote.price(side.opposite).raw)
        // Alone at the best price it would follow itself.
        if settings.showsOwn, parent.request.parameter > 0, let own = ownAtBest(place, quote) { price = own }
        return ChildWish(may: parent.quantity, must: 0, price: price, minimumLife: rule.minimumLife)
    }

    /// The price of own children that are the whole of the best level of their side; nil where others are there too.
    private func ownAtBest(_ place: Int, _ quote: Quote) -> Price? {
        let (side, best) = (parents[place].request.side, quote.price(parents[place].request.side))
        var shown: Int64 = 0
        for child in childRange(place) where children[child].id != 0 && children[child].price == best {
            shown += children[child].open
        }
        return shown > 0 && quote.quantity(side).raw <= shown ? best : nil
    }

    private func sniper(_ parent: WorkedParent, _ quote: Quote, at now: Timestamp) -> ChildWish {
        let least = parent.request.parameter > 0 ? parent.request.parameter : settings.clip.raw
        let rule = SniperRule(limit: parent.request.limit, minimum: least)
        let side = parent.request.side
        let shot = rule.shot(
            side,
            price: quote.price(side.opposite),
            size: quote.quantity(side.opposite).raw,
            left: parent.left,
            last: parent.lastShot,
            now: now
        )
        return ChildWish(may: parent.done + parent.open + shot, must: parent.done + parent.open + shot, price: nil)
    }

    private func leg(_ parent: WorkedParent, _ quote: Quote) -> ChildWish {
        let must = parent.isHasty ? parent.allowance : 0
        let price = parent.isHasty ? nil : resting(parent, quote)
        return ChildWish(may: parent.allowance, must: must, price: price, minimumLife: 50_000_000)
    }
}
