// SPDX-License-Identifier: MIT
import HeliosExecution
import HeliosMarket
import HeliosMath
import Testing

private let noDraw = Jitter(seed: 0, number: 0)

@Suite("Execution algorithms against known answers")
struct AlgorithmTests {
    // MARK: 4.1

    @Test func `a thousand in seven even slices`() {
        let schedule = EvenSchedule(quantity: 1_000, lot: 1, slices: 7, draw: noDraw)
        #expect((1...7).map(schedule.child) == [143, 143, 143, 142, 143, 143, 143])
    }

    @Test(arguments: 0..<50) func `jittered slices differ by at most a fifth and end with all of it`(_ seed: UInt64) {
        let fifth = Jitter.scale / 5
        let schedule = EvenSchedule(
            quantity: 1_000_000,
            lot: 100,
            slices: 40,
            jitter: fifth,
            draw: Jitter(seed: seed, number: 7)
        )
        let children = (1...40).map(schedule.child)
        #expect(children.reduce(0, +) == 1_000_000)
        #expect(children.allSatisfy { $0 % 100 == 0 && (20_000 - 100...30_000 + 100).contains($0) })
        #expect(Set(children).count > 10, "they are not all alike")
        #expect(children.allSatisfy { abs($0 - 25_000) <= 5_000 + 100 })
    }

    @Test func `the last slice takes the odd shares`() {
        let schedule = EvenSchedule(quantity: 1_050, lot: 100, slices: 4, draw: noDraw)
        #expect((1...4).map(schedule.child) == [300, 200, 300, 250])
    }

    @Test func `slices begin on time, or a little late with a jitter`() {
        func clock(_ jitter: Int64, _ seed: UInt64 = 1) -> SliceClock {
            SliceClock(
                start: Timestamp(nanoseconds: 1_000),
                end: Timestamp(nanoseconds: 2_000),
                slices: 10,
                jitter: jitter,
                draw: Jitter(seed: seed, number: 3)
            )
        }
        let even = clock(0)
        #expect((1...10).map { even.begins($0).nanoseconds } == (0..<10).map { 1_000 + 100 * $0 })
        #expect(
            [999, 1_000, 1_099, 1_100, 1_999, 2_000].map { even.slice(at: Timestamp(nanoseconds: $0)) } == [
                0, 1, 1, 2, 10, 10,
            ]
        )
        for seed in 0..<50 as Range<UInt64> {
            let late = clock(Jitter.scale / 5, seed)
            for number in 1...10 as ClosedRange<Int64> {
                let begin = late.begins(number)
                #expect((0...20).contains(begin - even.begins(number)))
                #expect(late.slice(at: begin) == number && late.slice(at: begin + -1) == number - 1)
            }
        }
    }

    @Test func `a draw is the same each time and spreads over its range`() {
        let draw = Jitter(seed: 42, number: 9)
        let numbers = (0..<2_000).map { draw.number($0, within: 10) }
        #expect(numbers == (0..<2_000).map { draw.number($0, within: 10) })
        #expect(Set(numbers) == Set(-10...10))
        #expect(abs(numbers.reduce(0, +)) < 1_000)
        #expect(draw != Jitter(seed: 42, number: 10))
    }

    // MARK: 4.2

    @Test func `ten thousand along a curve, in lots of a hundred`() throws {
        let curve = try #require(
            VolumeCurve([0.18, 0.12, 0.09, 0.08, 0.07, 0.07, 0.08, 0.09, 0.10, 0.12], opens: 0, closes: 1_000)
        )
        let schedule = VolumeSchedule(quantity: 10_000, lot: 100, from: 0, until: 1_000)
        let due = (0...10).map { schedule.due(at: $0 * 100, curve) }
        let children = zip(due.dropFirst(), due).map(-)
        #expect(children == [1_800, 1_200, 900, 800, 700, 700, 800, 900, 1_000, 1_200])
    }

    @Test func `a part of the day takes its part of the curve`() throws {
        let curve = try #require(VolumeCurve([1, 3], opens: 100, closes: 300))
        let schedule = VolumeSchedule(quantity: 400, lot: 1, from: 150, until: 250)
        #expect([100, 150, 200, 225, 250, 900].map { schedule.due(at: $0, curve) } == [0, 0, 100, 250, 400, 400])
        let outside = VolumeSchedule(quantity: 400, lot: 1, from: 400, until: 500)
        #expect(outside.due(at: 450, curve) == 200, "where the curve has nothing, time counts")
    }

    @Test func `stretches need not be equal`() throws {
        let curve = try #require(VolumeCurve([(100, 10), (200, 0), (260, 30)], until: 300))
        let schedule = VolumeSchedule(quantity: 400, lot: 1, from: 0, until: 1_000)
        #expect([100, 150, 200, 259, 280, 300].map { schedule.due(at: $0, curve) } == [0, 50, 100, 100, 250, 400])
        #expect(VolumeCurve([(100, 1), (100, 1)], until: 300) == nil && VolumeCurve([(100, 1)], until: 100) == nil)
        #expect(VolumeCurve([(100, 0)], until: 300) == nil && VolumeCurve([(100, -1), (200, 5)], until: 300) == nil)
    }

    @Test func `a curve without volume is none`() {
        #expect(VolumeCurve([]) == nil && VolumeCurve([0, 0]) == nil && VolumeCurve([1, -1, 1]) == nil)
        #expect(VolumeCurve([1], opens: 5, closes: 5) == nil && VolumeCurve([.nan]) == nil)
        #expect(VolumeCurve.usual.volume(at: 57_600_000_000_000) == VolumeCurve([1])?.volume(at: .max))
    }

    @Test func `it catches up when more than one part in a hundred behind and holds when ahead`() {
        #expect(Pace(done: 5_000, due: 5_100, of: 10_000) == .keep)
        #expect(Pace(done: 5_000, due: 5_101, of: 10_000) == .catchUp)
        #expect(Pace(done: 5_000, due: 5_000, of: 10_000) == .keep)
        #expect(Pace(done: 5_001, due: 5_000, of: 10_000) == .hold)
    }

    // MARK: 4.3

    @Test func `a fifth of all trading is a quarter of the others'`() {
        let rule = ParticipationRule(share: 2_000, clip: 100, lot: 1)
        #expect(rule.wanted(of: 100_000, volume: 10_000, recent: 10_000, working: 0) == 2_500)
        #expect(rule.wanted(of: 100_000, volume: 10_000, recent: 10_000, working: 2_450) == 0, "less than a clip")
        #expect(rule.wanted(of: 100_000, volume: 10_000, recent: 10_000, working: 2_400) == 100)
        #expect(rule.wanted(of: 2_430, volume: 10_000, recent: 10_000, working: 2_400) == 30, "the last may be less")
        #expect(rule.wanted(of: 100_000, volume: 0, recent: 0, working: 0) == 0)
    }

    @Test func `a burst is at most twice the share`() {
        let rule = ParticipationRule(share: 1_000, clip: 1, lot: 1)
        // A fifth of all trading is a quarter of what the others have just traded.
        #expect(rule.wanted(of: 100_000, volume: 90_000, recent: 400, working: 0) == 100)
        #expect(
            ParticipationRule(share: 6_000, clip: 1, lot: 1).wanted(of: 9_000, volume: 400, recent: 1, working: 0)
                == 600
        )
    }

    // MARK: 4.4

    @Test func `the trajectory of Almgren and Chriss in shares`() throws {
        let order = try #require(
            AlmgrenChriss(
                quantity: 1e6,
                time: 5,
                slices: 5,
                volatility: 0.95,
                fixedCost: 0.0625,
                permanent: 2.5e-7,
                temporary: 2.5e-6,
                riskAversion: Urgency.medium.riskAversion
            )
        )
        let schedule = ShortfallSchedule(order)
        let left = (1...5).map { schedule.left(of: 1_000_000, lot: 1, before: 0, after: $0, slices: 5) }
        #expect(left == [541_956, 289_854, 147_897, 62_142, 0])
        // Solved again from where it should be, it says the same.
        #expect(abs(schedule.left(of: 289_854, lot: 1, before: 2, after: 3, slices: 5) - 147_897) <= 1)
        // From twice as much left, twice as much is left after.
        #expect(abs(schedule.left(of: 579_708, lot: 1, before: 2, after: 3, slices: 5) - 295_795) <= 1)
        #expect(
            ShortfallSchedule(urgency: 0, volatility: 1).left(of: 900, lot: 100, before: 0, after: 1, slices: 3) == 600
        )
        #expect(
            ShortfallSchedule(urgency: 900, volatility: 1).left(of: 900, lot: 1, before: 0, after: 1, slices: 3) == 0
        )
    }

    @Test func `a quarter more volatility asks for another solution`() {
        let schedule = ShortfallSchedule(urgency: 1, volatility: 2)
        #expect(!schedule.isOutdated(2.5) && schedule.isOutdated(2.51) && schedule.isOutdated(1.49))
        #expect(Urgency.allCases.map(\.riskAversion) == [1e-7, 1e-6, 1e-5])
    }

    // MARK: 4.5

    @Test func `an iceberg shows 0.8 to 1.2 of its display`() {
        let rule = IcebergRule(display: 1_000, lot: 1, draw: Jitter(seed: 1, number: 1))
        let shown = (0..<500).map { rule.shown($0, left: 1_000_000) }
        #expect(shown.allSatisfy { (800...1_200).contains($0) } && Set(shown).count > 200)
        #expect(rule.shown(0, left: 300) == 300)
        #expect(IcebergRule(display: 50, lot: 100, draw: noDraw).shown(0, left: 1_000) == 100, "at least a lot")
    }

    @Test func `a peg stays within its cap and never crosses`() {
        let rule = PegRule(offset: 1, cap: Price(raw: 105), tick: 1)
        #expect(rule.price(.buy, own: 100, other: 103) == Price(raw: 101))
        #expect(rule.price(.buy, own: 102, other: 103) == Price(raw: 102), "one under the other side")
        #expect(rule.price(.buy, own: 110, other: 120) == Price(raw: 105))
        #expect(rule.price(.buy, own: 0, other: 103) == nil)
        let sell = PegRule(offset: -2, cap: Price(raw: 105), tick: 1)
        #expect(sell.price(.sell, own: 110, other: 108) == Price(raw: 112))
        #expect(sell.price(.sell, own: 101, other: 99) == Price(raw: 105))
        #expect(rule.moves(from: Price(raw: 100), to: Price(raw: 101), age: 50_000_000))
        #expect(!rule.moves(from: Price(raw: 100), to: Price(raw: 101), age: 49_999_999))
        #expect(!PegRule(offset: 0, cap: .zero, tick: 5).moves(from: Price(raw: 100), to: Price(raw: 104), age: .max))
    }

    @Test func `a sniper shoots at enough within its limit and then waits`() {
        let rule = SniperRule(limit: Price(raw: 100), minimum: 500)
        func shot(_ price: Int64, _ size: Int64, left: Int64 = 800, last: Int64 = 0, now: Int64 = 1_000_000_000)
            -> Int64
        {
            rule.shot(
                .buy,
                price: Price(raw: price),
                size: size,
                left: left,
                last: Timestamp(nanoseconds: last),
                now: Timestamp(nanoseconds: now)
            )
        }
        #expect(shot(100, 500) == 500 && shot(99, 2_000) == 800)
        #expect(shot(101, 2_000) == 0 && shot(100, 499) == 0 && shot(100, 300, left: 200) == 200)
        #expect(shot(100, 500, last: 900_000_001) == 0 && shot(100, 500, last: 900_000_000) == 500)
    }
}
