// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosMath
import HeliosSignal
import Testing

protocol Stateful: ~Copyable {
    func save(to writer: inout StateWriter)
    mutating func restore(from reader: inout StateReader) throws(StateError)
}

extension AutoRegression: Stateful {}
extension KalmanHedge: Stateful {}
extension PairMoments: Stateful {}
extension PairStates: Stateful {}
extension RollingRegression: Stateful {}
extension RollingWindow: Stateful {}
extension ZScore: Stateful {}

func saved<S: Stateful & ~Copyable>(_ value: borrowing S) -> [UInt8] {
    var writer = StateWriter()
    value.save(to: &writer)
    return writer.bytes
}

/// What the value says against `bytes`; nil when it took them, all of them.
func restore<S: Stateful & ~Copyable>(_ value: inout S, _ bytes: [UInt8]) -> StateError? {
    bytes.withUnsafeBytes { memory in
        var reader = StateReader(memory)
        do throws(StateError) {
            try value.restore(from: &reader)
            return reader.remaining == 0 ? nil : reader.error(.damaged, "bytes left over")
        } catch {
            return error
        }
    }
}

/// Saves after each number of steps in `cuts`, into a fresh value and into a used one, which must go on as the first.
func expectContinues<S: Stateful & ~Copyable>(
    cuts: [Int],
    make: () -> S,
    step: (inout S, inout SeededRandom) -> Void
) {
    let end = (cuts.max() ?? 0) + 5_000
    for cut in cuts {
        var random = SeededRandom(seed: 5)
        var first = make()
        for _ in 0..<cut { step(&first, &random) }
        let bytes = saved(first)
        var fresh = make()
        var used = make()
        var other = SeededRandom(seed: 99)
        for _ in 0..<777 { step(&used, &other) }
        #expect(restore(&fresh, bytes) == nil, "cut \(cut)")
        #expect(restore(&used, bytes) == nil, "cut \(cut)")
        #expect(saved(fresh) == bytes && saved(used) == bytes, "cut \(cut)")
        var (second, third) = (random, random)
        for _ in cut..<end { step(&first, &random) }
        for _ in cut..<end { step(&fresh, &second) }
        for _ in cut..<end { step(&used, &third) }
        let final = saved(first)
        #expect(final != bytes && saved(fresh) == final && saved(used) == final, "cut \(cut)")
    }
}

/// Cuts the state at every byte and turns bits of it: an error or a value that works, never a trap.
func expectSurvives<S: Stateful & ~Copyable>(
    after steps: Int,
    make: () -> S,
    step: (inout S, inout SeededRandom) -> Void
) {
    var random = SeededRandom(seed: 8)
    var value = make()
    for _ in 0..<steps { step(&value, &random) }
    let bytes = saved(value)
    for length in 0..<bytes.count {
        var target = make()
        #expect(restore(&target, Array(bytes.prefix(length)))?.code == .truncated, "cut at \(length)")
        step(&target, &random)
    }
    var refused = 0
    for _ in 0..<3_000 {
        var broken = bytes
        for _ in 0...(random.next() % 3) {
            broken[Int(random.next() % UInt64(bytes.count))] ^= UInt8(1) << UInt8(random.next() % 8)
        }
        var target = make()
        if restore(&target, broken) != nil { refused += 1 }
        for _ in 0..<20 { step(&target, &random) }
        var again = make()
        // Whatever came of it can be saved and taken back.
        #expect(restore(&again, saved(target)) == nil)
    }
    #expect(refused > 0 || bytes.count <= 64, "no flip was noticed")
}

@Suite struct StateTests {
    private let cuts = [0, 1, 2, 39, 40, 41, 100, 4_095, 4_097, 9_000]

    private func stepPairs(_ states: inout PairStates, _ random: inout SeededRandom) {
        for pair in 0..<states.pairCount {
            // Now and then the price stands still, or is none.
            let roll = random.next() % 8
            let x = roll < 2 ? 50 : 50 + random.gaussian()
            states.append(pair, x: x, y: roll == 7 ? .nan : 2 * x + 0.1 * random.gaussian())
        }
    }

    @Test func `a rolling window goes on to the bit`() {
        expectContinues(cuts: cuts) {
            RollingWindow(capacity: 40)
        } step: { window, random in
            window.push(random.next() % 4 == 0 ? 3 : random.gaussian() * 1e3)
        }
    }

    @Test func `windows of the same values save the same bytes wherever their rings stand`() {
        var early = RollingWindow(capacity: 4)
        var late = RollingWindow(capacity: 4)
        for value in [9.0, 2, 9, 2, 9] { early.push(value) }
        for value in [9.0, 2, 9, 2, 9] { late.push(value) }
        var middle = RollingWindow(capacity: 4)
        #expect(restore(&middle, saved(early)) == nil)
        for value in [5.0, 6, 7] {
            early.push(value)
            late.push(value)
            middle.push(value)
        }
        #expect(saved(early) == saved(late) && saved(middle) == saved(early))
        #expect(middle.mean == early.mean && middle.variance == early.variance && middle.last == 7)
    }

    @Test func `z-score, fits, moments, Kalman filter and generator go on to the bit`() {
        expectContinues(cuts: cuts) {
            ZScore(window: 30)
        } step: { score, random in
            score.push(random.gaussian())
        }
        expectContinues(cuts: cuts) {
            AutoRegression()
        } step: { fit, random in
            fit.add(random.gaussian())
        }
        expectContinues(cuts: cuts) {
            PairMoments()
        } step: { moments, random in
            moments.add(random.gaussian(), random.gaussian())
        }
        expectContinues(cuts: cuts) {
            KalmanHedge(drift: 1e-6, noise: 1e-2)
        } step: { filter, random in
            let x = random.gaussian()
            filter.update(x: x, y: 2 * x + 0.1 * random.gaussian())
        }
        expectContinues(cuts: cuts) {
            RollingRegression(window: 25)
        } step: { line, random in
            line.push(x: random.gaussian(), y: random.gaussian())
        }
    }

    @Test func `the statistics of many pairs go on to the bit`() {
        expectContinues(cuts: cuts, make: { PairStates(pairs: 3, hedgeWindow: 40, spreadWindow: 25) }, step: stepPairs)
    }

    @Test func `restored statistics give the same lines, spreads and half-lives`() {
        var random = SeededRandom(seed: 4)
        var states = PairStates(pairs: 2, hedgeWindow: 60, spreadWindow: 50)
        for _ in 0..<500 { stepPairs(&states, &random) }
        var copy = PairStates(pairs: 2, hedgeWindow: 60, spreadWindow: 50)
        #expect(restore(&copy, saved(states)) == nil)
        for pair in 0..<2 {
            #expect(copy.hedge(pair) == states.hedge(pair) && copy.hedge(pair) != nil)
            #expect(copy.spread(pair, beta: 2) == states.spread(pair, beta: 2))
            #expect(copy.reversion(pair, beta: 2, step: 1) == states.reversion(pair, beta: 2, step: 1))
        }
    }

    @Test func `only what a window holds is saved`() {
        var states = PairStates(pairs: 50, hedgeWindow: 20_000, spreadWindow: 10)
        states.append(49, x: 1, y: 2)
        #expect(saved(states).count < 10_000)
    }

    @Test func `another capacity, window or noise is a mismatch that names it`() {
        var window = RollingWindow(capacity: 4)
        let other = saved(RollingWindow(capacity: 5))
        #expect(restore(&window, other)?.reason == "capacity of the window is 4 here and 5 in the saved state")
        var filter = KalmanHedge(noise: 1)
        let reason = restore(&filter, saved(KalmanHedge(noise: 2)))?.reason ?? ""
        #expect(reason.hasPrefix("noise of the Kalman filter"))
        let names = [
            saved(PairStates(pairs: 3, hedgeWindow: 9, spreadWindow: 8, minimumCount: 8)): "number of sampled pairs",
            saved(PairStates(pairs: 2, hedgeWindow: 10, spreadWindow: 8, minimumCount: 8)): "hedgeWindow",
            saved(PairStates(pairs: 2, hedgeWindow: 9, spreadWindow: 7, minimumCount: 8)): "spread window",
            saved(PairStates(pairs: 2, hedgeWindow: 9, spreadWindow: 8, minimumCount: 7)): "minimum number of samples",
        ]
        for (bytes, name) in names {
            var states = PairStates(pairs: 2, hedgeWindow: 9, spreadWindow: 8, minimumCount: 8)
            let error = restore(&states, bytes)
            #expect(error?.code == .mismatch && error?.reason.hasPrefix(name) == true)
        }
    }

    @Test func `a value that could not be restored is empty and works`() {
        var window = RollingWindow(capacity: 3)
        for value in [1.0, 2, 3, 4] { window.push(value) }
        let bytes = saved(window)
        #expect(restore(&window, Array(bytes.dropLast())) != nil)
        #expect(window.count == 0 && window.mean == nil && window.last == nil)
        window.push(8)
        #expect(window.mean == 8 && window.last == 8)
        var states = PairStates(pairs: 1, hedgeWindow: 3, spreadWindow: 2)
        for value in [1.0, 2, 4, 8] { states.append(0, x: value, y: value) }
        #expect(restore(&states, Array(saved(states).dropLast())) != nil)
        #expect(states.sampleCount(0) == 0 && states.hedge(0) == nil)
    }

    @Test func `cut or turned bytes are an error or a value that works, never a trap`() {
        expectSurvives(after: 30) {
            RollingWindow(capacity: 12)
        } step: { window, random in
            window.push(random.gaussian())
        }
        expectSurvives(after: 30) {
            AutoRegression()
        } step: { fit, random in
            fit.add(random.gaussian())
            _ = fit.fit(step: 1)
        }
        expectSurvives(after: 30) {
            KalmanHedge()
        } step: { filter, random in
            filter.update(x: random.gaussian(), y: random.gaussian())
        }
        for steps in [5, 30] {
            expectSurvives(after: steps) {
                PairStates(pairs: 2, hedgeWindow: 12, spreadWindow: 7)
            } step: { states, random in
                stepPairs(&states, &random)
                _ = states.hedge(1)
                _ = states.spread(1, beta: 2)
                _ = states.reversion(1, beta: 2, step: 1)
            }
        }
    }
}
