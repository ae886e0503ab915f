// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosRisk
import Testing

@Suite("P04: price walk")
struct PriceWalkTests {
    private let minute: Nanoseconds = 60 * second

    private func edge(_ walk: PriceWalk, _ side: Side, _ reference: String, _ now: Timestamp, by: Int64 = 200) -> Price?
    {
        walk.edge(0, side, reference: price(reference).raw * 2, at: now, within: minute, by: by)
    }

    @Test("The reference is frozen by the first aggressive order and free again when the window has run out")
    func window() {
        var walk = PriceWalk(count: 1)
        defer { walk.deallocate() }
        #expect(edge(walk, .buy, "100.00", noon) == price("102.00"))
        walk.note(0, .buy, reference: price("100.00").raw * 2, at: noon, within: minute)
        // The market has followed our buying: the edge has not.
        #expect(edge(walk, .buy, "101.90", noon + 30 * second) == price("102.00"))
        walk.note(0, .buy, reference: price("101.90").raw * 2, at: noon + 30 * second, within: minute)
        #expect(edge(walk, .buy, "101.90", noon + (minute - 1)) == price("102.00"))
        #expect(edge(walk, .buy, "101.90", noon + minute) == price("103.938"))
        #expect(edge(walk, .buy, "101.90", noon + -second) == price("102.00"))
        // The other side walks by itself.
        #expect(edge(walk, .sell, "101.90", noon) == price("99.862"))
    }

    @Test("The edge is rounded towards the reference, exact for a mid between two units")
    func rounding() {
        let walk = PriceWalk(count: 1)
        defer { walk.deallocate() }
        // Twice the reference 3: 1.5 units ± 50 %: 2.25 and 0.75 units.
        #expect(walk.edge(0, .buy, reference: 3, at: noon, within: 1, by: 5_000) == Price(raw: 2))
        #expect(walk.edge(0, .sell, reference: 3, at: noon, within: 1, by: 5_000) == Price(raw: 1))
        #expect(walk.edge(0, .sell, reference: 3, at: noon, within: 1, by: 20_000) == Price(raw: 1))
        #expect(walk.edge(0, .buy, reference: .max, at: noon, within: 1, by: .max)?.raw == .max)
    }

    @Test("Without a reference or a place there is no edge: refused")
    func missing() {
        let walk = PriceWalk(count: 1)
        defer { walk.deallocate() }
        #expect(walk.edge(0, .buy, reference: 0, at: noon, within: minute, by: 200) == nil)
        #expect(walk.edge(1, .buy, reference: 100, at: noon, within: minute, by: 200) == nil)
        #expect(walk.edge(-1, .buy, reference: 100, at: noon, within: minute, by: 200) == nil)
    }

    @Test("Aggressive is what reaches the other side, or would meet nobody known")
    func aggressive() {
        let (bid, ask) = (price("99.99"), price("100.01"))
        #expect(PriceWalk.isAggressive(buy(1, at: "100.01"), bid: bid, ask: ask))
        #expect(!PriceWalk.isAggressive(buy(1, at: "100.00"), bid: bid, ask: ask))
        #expect(PriceWalk.isAggressive(sell(1, at: "99.99"), bid: bid, ask: ask))
        #expect(!PriceWalk.isAggressive(sell(1, at: "100.00"), bid: bid, ask: ask))
        #expect(PriceWalk.isAggressive(buy(1, at: "1.00"), bid: bid, ask: .zero))
        #expect(PriceWalk.isAggressive(sell(1, at: "900.00"), bid: .zero, ask: ask))
    }

    @Test(
        "No own order is further than allowed from where its window began, saved and restored on the way",
        arguments: 1...5
    )
    func oracle(seed: Int) {
        var dice = Dice(UInt64(seed))
        var walk = PriceWalk(count: 2)
        defer { walk.deallocate() }
        var (began, reference): (Timestamp?, Int64) = (nil, 0)
        var (now, mid) = (noon, Int64(10_000))
        for step in 0..<3_000 {
            now = now + Int64(dice.below(9))
            mid = max(mid + Int64(dice.below(101) - 50), 1)
            if began.map({ now - $0 >= 100 }) ?? true { (began, reference) = (nil, mid) }
            let limit = Price(raw: mid + Int64(dice.below(400)))
            let expected = limit.raw * 2 * 10_000 <= reference * 2 * 10_200
            let edge = walk.edge(1, .buy, reference: mid * 2, at: now, within: 100, by: 200)
            #expect(edge.map { limit <= $0 } == expected)
            if expected {
                walk.note(1, .buy, reference: mid * 2, at: now, within: 100)
                if began == nil { (began, reference) = (now, mid) }
            }
            if step % 700 == 699 {
                let bytes = saved { walk.save(to: &$0) }
                var other = PriceWalk(count: 2)
                #expect(restored(bytes) { (reader) throws(StateError) in try other.restore(from: &reader) } == nil)
                walk.deallocate()
                walk = other
            }
        }
    }
}

@Suite("P20: short price test")
struct ShortPriceTestTests {
    @Test("A fall of exactly a tenth begins the restriction, for that day and the next")
    func fall() {
        var test = ShortPriceTest(instruments: 2)
        defer { test.deallocate() }
        test.setPriorClose(stock, price("100.00"))
        #expect(test.traded(stock, at: price("90.01")) == false)
        #expect(!test.isRestricted(stock))
        #expect(test.fault(stock, price("1.00"), bid: .zero, isExempt: false) == nil)
        #expect(test.traded(stock, at: price("90.00")) == true)
        #expect(test.traded(stock, at: price("89.00")) == false)
        #expect(test.traded(stock, at: price("120.00")) == false)
        #expect(test.isRestricted(stock))
        #expect(test.fault(stock, price("119.00"), bid: price("119.00"), isExempt: false) == .notAboveBid)
        #expect(test.fault(stock, price("119.01"), bid: price("119.00"), isExempt: false) == nil)
        #expect(test.fault(stock, price("119.01"), bid: .zero, isExempt: false) == .noBid)
        test.newDay()
        #expect(test.isRestricted(stock))
        #expect(test.traded(stock, at: price("108.01")) == false)  // the close was 120.00
        test.newDay()
        #expect(!test.isRestricted(stock))
    }

    @Test("A fall on the second day restricts the third")
    func again() {
        var test = ShortPriceTest(instruments: 2)
        defer { test.deallocate() }
        test.setPriorClose(stock, price("100.00"))
        test.traded(stock, at: price("90.00"))
        test.newDay()
        #expect(test.traded(stock, at: price("81.00")) == true)
        test.newDay()
        #expect(test.isRestricted(stock))
    }

    @Test("Of contradicting sources the restrictive one wins")
    func contradictions() {
        var test = ShortPriceTest(instruments: 2)
        defer { test.deallocate() }
        test.setPriorClose(stock, price("100.00"))
        test.announced(stock, UInt8(ascii: "1"))  // no trade was that low
        #expect(test.isRestricted(stock))
        test.announced(stock, UInt8(ascii: "0"))
        #expect(!test.isRestricted(stock))
        test.traded(stock, at: price("80.00"))
        test.announced(stock, UInt8(ascii: "0"))
        #expect(test.isRestricted(stock))
        test.newDay()
        test.newDay()
        test.announced(stock, UInt8(ascii: "?"))
        #expect(test.isRestricted(stock))
    }

    @Test("The venue's restriction of yesterday holds until it says otherwise")
    func tomorrow() {
        var test = ShortPriceTest(instruments: 2)
        defer { test.deallocate() }
        test.setPriorClose(stock, price("100.00"))
        test.announced(stock, UInt8(ascii: "1"))
        test.newDay()
        #expect(test.isRestricted(stock))
        test.newDay()
        #expect(!test.isRestricted(stock))
    }

    @Test("What is not known is restricted, and an exemption needs its stored reason")
    func missing() {
        var test = ShortPriceTest(instruments: 2)
        defer { test.deallocate() }
        #expect(test.isRestricted(stock) && test.isRestricted(Instrument(id: 9)))
        #expect(test.fault(stock, price("1.00"), bid: price("1.00"), isExempt: true) == .notAboveBid)
        test.exempt(stock, .arbitrage)
        #expect(test.fault(stock, price("1.00"), bid: price("1.00"), isExempt: true) == nil)
        #expect(test.fault(stock, price("1.00"), bid: price("1.00"), isExempt: false) == .notAboveBid)
        #expect(test.exemption(stock) == .arbitrage)
        let bytes = saved { test.save(to: &$0) }
        var other = ShortPriceTest(instruments: 2)
        defer { other.deallocate() }
        #expect(restored(bytes) { (reader) throws(StateError) in try other.restore(from: &reader) } == nil)
        #expect(other.exemption(stock) == .arbitrage && saved { other.save(to: &$0) } == bytes)
        test.newDay()
        #expect(test.exemption(stock) == nil)
        test.announced(stock, UInt8(ascii: "0"))
        #expect(!test.isRestricted(stock))
    }
}

@Suite("P21: limit-up and limit-down bands")
struct LimitBandTests {
    private let midnight = Timestamp(nanoseconds: 1_700_000_000 * second)

    private func at(_ hour: Int, _ minute: Int, _ seconds: Int = 0) -> Timestamp {
        midnight + Int64(hour * 3_600 + minute * 60 + seconds) * second
    }

    private func bands(_ tier: UInt8, _ reference: String, _ now: Timestamp) -> LimitBands.Bands {
        var bands = LimitBands(instruments: 2)
        defer { bands.deallocate() }
        bands.setMidnight(midnight)
        bands.setTier(stock, tier)
        bands.seed(stock, price(reference))
        return bands.bands(stock, at: now)
    }

    private func between(_ lower: String, _ upper: String) -> LimitBands.Bands {
        .between(lower: price(lower), upper: price(upper))
    }

    @Test("The table of widths, its edges, and the last 25 minutes")
    func widths() {
        let noon = at(12, 0)
        #expect(bands(1, "100.00", noon) == between("95.00", "105.00"))
        #expect(bands(2, "100.00", noon) == between("90.00", "110.00"))
        #expect(bands(1, "3.01", noon) == between("2.86", "3.16"))
        #expect(bands(1, "3.00", noon) == between("2.40", "3.60"))
        #expect(bands(2, "0.75", noon) == between("0.60", "0.90"))
        #expect(bands(1, "0.7499", noon) == between("0.60", "0.90"))  // 0.15
        #expect(bands(1, "0.10", noon) == between("0.03", "0.18"))  // 75 %: 0.025 and 0.175
        #expect(bands(1, "100.00", at(15, 34, 59)) == between("95.00", "105.00"))
        #expect(bands(1, "100.00", at(15, 35)) == between("90.00", "110.00"))
        #expect(bands(2, "100.00", at(15, 35)) == between("90.00", "110.00"))
        #expect(bands(2, "3.00", at(15, 59, 59)) == between("1.80", "4.20"))
        #expect(bands(1, "100.00", at(16, 0)) == between("95.00", "105.00"))
        #expect(bands(1, "0.01", noon) == between("0.01", "0.02"))
    }

    @Test("No tier has no bands; no reference, or no place, has bands that nobody knows")
    func unknown() {
        let bands = LimitBands(instruments: 2)
        defer { bands.deallocate() }
        var tiered = bands
        #expect(bands.bands(stock, at: midnight) == .none)
        tiered.setTier(stock, 1)
        #expect(tiered.bands(stock, at: midnight) == .unknown)
        #expect(tiered.bands(Instrument(id: 2), at: midnight) == .unknown)
        #expect(tiered.reference(stock) == nil)
    }

    @Test("The reference moves when the mean of five minutes is a hundredth away, and not before")
    func reference() {
        var bands = LimitBands(instruments: 2)
        defer { bands.deallocate() }
        bands.setMidnight(midnight)
        bands.setTier(stock, 1)
        bands.traded(stock, price("100.00"), at: at(10, 0))
        #expect(bands.reference(stock) == price("100.00"))
        bands.traded(stock, price("101.99"), at: at(10, 1))  // mean 100.995
        #expect(bands.reference(stock) == price("100.00"))
        bands.traded(stock, price("101.01"), at: at(10, 1))  // mean 101.00
        #expect(bands.reference(stock) == price("101.00"))
        // Five minutes after the first trade it no longer counts: mean (101.99 + 101.01 + 108.03) / 3 = 103.6766…
        bands.traded(stock, price("108.03"), at: at(10, 5))
        #expect(bands.reference(stock)?.raw == 10_367_666_666)
        // Hours without a trade change nothing; the next trade stands alone.
        #expect(bands.bands(stock, at: at(14, 0)) == bands.bands(stock, at: at(10, 6)))
        bands.traded(stock, price("50.00"), at: at(14, 0))
        #expect(bands.reference(stock) == price("50.00"))
        // Time that goes back counts in the newest second.
        bands.traded(stock, price("52.00"), at: at(9, 0))
        #expect(bands.reference(stock) == price("51.00"))
    }

    @Test("Equal to the mean of a list of trades on random sequences, saved and restored on the way", arguments: 1...10)
    func oracle(seed: Int) {
        var dice = Dice(UInt64(seed))
        var bands = LimitBands(instruments: 2)
        defer { bands.deallocate() }
        bands.setMidnight(midnight)
        bands.setTier(stock, 2)
        var trades: [(second: Int64, price: Int64)] = []
        var (now, reference, mid) = (at(10, 0), Int64(0), Int64(5_000_000_000))
        for step in 0..<3_000 {
            now = now + Int64(dice.below(dice.below(50) == 0 ? 400 : 4)) * second / 2
            mid = max(mid + Int64(dice.below(200_000_001) - 100_000_000), 1_000_000)
            bands.traded(stock, Price(raw: mid), at: now)
            let current = now.nanoseconds / second
            trades.append((current, mid))
            trades.removeAll { current - $0.second >= 300 }
            let sum = trades.reduce(Int128(0)) { $0 + Int128($1.price) }
            let away = abs(Double(sum) / Double(trades.count) - Double(reference)) / Double(max(reference, 1))
            let mean = Int64(sum / Int128(trades.count))
            if reference == 0 || away >= 0.01 { reference = mean }
            #expect(bands.reference(stock)?.raw == reference)
            if step % 700 == 699 {
                let bytes = saved { bands.save(to: &$0) }
                var other = LimitBands(instruments: 2)
                #expect(restored(bytes) { (reader) throws(StateError) in try other.restore(from: &reader) } == nil)
                #expect(saved { other.save(to: &$0) } == bytes)
                bands.deallocate()
                bands = other
            }
        }
    }
}

@Suite("P24: participation and predicted cost")
struct ParticipationTests {
    @Test("A fifth of the volume over the horizon passes, one unit more does not")
    func boundary() {
        let half = Participation.session / 2
        func size(_ raw: Int64) -> Participation {
            Participation(remaining: Quantity(raw: raw), averageDailyVolume: Quantity(1_000_000), horizon: half)
        }
        let limit = Quantity(100_000).raw
        #expect(!size(limit).exceeds(2_000) && size(limit).basisPoints == 2_000)
        #expect(size(limit + 1).exceeds(2_000) && size(limit + 1).basisPoints == 2_001)
        #expect(!size(0).exceeds(0) && size(1).exceeds(0))
        #expect(size(.max).exceeds(2_000))
    }

    @Test("No volume, no horizon, no volatility: exceeded; more than a session counts as one")
    func missing() {
        #expect(Participation(remaining: Quantity(1), averageDailyVolume: .zero, horizon: second).exceeds(10_000))
        #expect(Participation(remaining: Quantity(1), averageDailyVolume: Quantity(9), horizon: 0).exceeds(10_000))
        let long = Participation(remaining: Quantity(1), averageDailyVolume: Quantity(10), horizon: .max)
        #expect(long.basisPoints == 1_000)
        #expect(PredictedCost(Quantity(1), .zero, dailyVolatility: 1, halfSpread: 0).exceeds(1_000_000))
        #expect(PredictedCost(Quantity(1), Quantity(9), dailyVolatility: 0, halfSpread: 0).exceeds(1_000_000))
    }

    @Test("The formula sheet's answer: 49.6477… basis points of a tenth of the volume at 157 a day")
    func known() {
        let cost = PredictedCost(Quantity(100), Quantity(1_000), dailyVolatility: 157, halfSpread: 0)
        #expect(cost.basisPoints == 50 && !cost.exceeds(50) && cost.exceeds(49))
        let spread = PredictedCost(Quantity(100), Quantity(1_000), dailyVolatility: 157, halfSpread: 3)
        #expect(spread.basisPoints == 53 && !spread.exceeds(53) && spread.exceeds(52) && spread.exceeds(2))
        let exact = PredictedCost(Quantity(1), Quantity(100), dailyVolatility: 500, halfSpread: 0)
        #expect(exact.basisPoints == 50 && !exact.exceeds(50) && exact.exceeds(49))
    }

    @Test("Equal to floating point on random orders, away from its rounding", arguments: 1...5)
    func oracle(seed: Int) {
        var dice = Dice(UInt64(seed))
        for _ in 0..<5_000 {
            let (quantity, volume) = (1 + dice.below(1_000_000), 1 + dice.below(100_000_000))
            let (volatility, spread) = (1 + dice.below(1_000), dice.below(20))
            let cost = PredictedCost(
                Quantity(quantity),
                Quantity(volume),
                dailyVolatility: Int64(volatility),
                halfSpread: Int64(spread)
            )
            let real = Double(spread) + Double(volatility) * (Double(quantity) / Double(volume)).squareRoot()
            if abs(real - real.rounded()) > 1e-6 { #expect(cost.basisPoints == Int128(real.rounded(.up))) }
            let limit = Int64(dice.below(200))
            if abs(real - Double(limit)) > 1e-6 { #expect(cost.exceeds(limit) == (real > Double(limit))) }
        }
    }
}
