// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosMath
import HeliosSignal
import Testing

@Suite("Ticks that come late")
struct SignalReorderTests {
    private func tick(_ time: Int64, _ name: Int = 0) -> SignalTick {
        .trade(0, price: Double(name + 1), size: 1, at: Timestamp(nanoseconds: time))
    }

    private func drain(_ reorder: inout SignalReorder) -> [Int64] {
        var times: [Int64] = []
        while let tick = reorder.next() { times.append(tick.time.nanoseconds) }
        return times
    }

    @Test("a tick waits until none before it can come; a later one than that is dropped")
    func story() {
        var reorder = SignalReorder(lateness: 100)
        func push(_ time: Int64) -> [Int64] {
            reorder.push(tick(time))
            return drain(&reorder)
        }
        #expect(push(1_000) == [])
        #expect(push(1_050) == [])
        #expect(push(950) == [950], "at the watermark itself it is in time")
        #expect(push(1_100) == [1_000])
        #expect(push(999) == [] && reorder.late == 1)
        #expect(push(1_020) == [])
        #expect(push(1_300) == [1_020, 1_050, 1_100])
        reorder.finish()
        #expect(drain(&reorder) == [1_300])
        #expect(reorder.late == 1 && reorder.hurried == 0 && reorder.count == 0)
    }

    @Test("without room the oldest goes on early, and what comes before it then is late")
    func full() {
        var reorder = SignalReorder(lateness: 1_000, capacity: 2)
        reorder.push(tick(5_000))
        reorder.push(tick(5_100))
        #expect(drain(&reorder) == [])
        reorder.push(tick(5_200))
        #expect(drain(&reorder) == [5_000] && reorder.hurried == 1)
        let isTaken = reorder.push(tick(4_999))
        #expect(!isTaken && reorder.late == 1 && reorder.watermark == Timestamp(nanoseconds: 5_000))
    }

    /// By definition: a list that is sorted anew at each step.
    @Test("random streams: what the definition gives, in order, nothing lost and nothing twice")
    func oracle() {
        var random = SeededRandom(seed: 5)
        var (late, given) = (0, 0)
        for _ in 0..<SignalOracleTests.streams {
            let lateness = Int64(random.next() % 60)
            var reorder = SignalReorder(lateness: lateness)
            var waiting: [(time: Int64, name: Int)] = []
            var now: Int64 = 1_000
            var watermark = Int64.min
            for name in 0..<200 {
                now += Int64(random.next() % 12)
                let time = now - Int64(random.next() % 70)
                let isTaken = reorder.push(tick(time, name))
                #expect(isTaken == (time >= watermark))
                if isTaken {
                    waiting.append((time, name))
                    watermark = max(watermark, time - lateness)
                } else {
                    late += 1
                }
                let due = waiting.filter { $0.time <= watermark }.sorted { ($0.time, $0.name) < ($1.time, $1.name) }
                waiting.removeAll { $0.time <= watermark }
                var out: [Int] = []
                while let tick = reorder.next() { out.append(Int(tick.bid) - 1) }
                #expect(out == due.map(\.name))
                given += out.count
            }
        }
        #expect(late > 3 * SignalOracleTests.streams && given > 100 * SignalOracleTests.streams)
    }

    @Test("one that takes over another's state goes on as that one does; damaged state is refused or works on")
    func state() throws {
        var random = SeededRandom(seed: 11)
        var first = SignalReorder(lateness: 40, capacity: 30)
        var second = SignalReorder(lateness: 40, capacity: 30)
        var now: Int64 = 1_000
        func push(_ name: Int) -> SignalTick {
            now += Int64(random.next() % 3)
            return tick(now - Int64(random.next() % 50), name)
        }
        for name in 0..<500 {
            first.push(push(name))
            _ = drain(&first)
        }
        var writer = StateWriter()
        first.save(to: &writer)
        try writer.bytes.withUnsafeBytes { bytes in
            var reader = StateReader(bytes)
            try second.restore(from: &reader)
            #expect(reader.remaining == 0)
        }
        #expect(second.count == first.count && second.count > 5)
        #expect(second.late == first.late && second.hurried == first.hurried && second.watermark == first.watermark)
        let copy = (random, now)
        for name in 0..<200 {
            let tick = push(name)
            first.push(tick)
            second.push(tick)
            let (one, other) = (drain(&first), drain(&second))
            #expect(one == other)
        }
        var refused = 0
        for place in writer.bytes.indices {
            var bytes = writer.bytes
            bytes[place] ^= 0x81
            var damaged = SignalReorder(lateness: 40, capacity: 30)
            bytes.withUnsafeBytes { bytes in
                var reader = StateReader(bytes)
                do throws(StateError) { try damaged.restore(from: &reader) } catch {
                    refused += 1
                    #expect(damaged.count == 0 && damaged.late == 0)
                }
            }
            (random, now) = copy
            for name in 0..<40 {
                damaged.push(push(name))
                _ = drain(&damaged)
            }
        }
        #expect(refused > writer.bytes.count / 10)
        var other = SignalReorder(lateness: 41, capacity: 30)
        writer.bytes.withUnsafeBytes { bytes in
            var reader = StateReader(bytes)
            #expect(throws: StateError.self) { try other.restore(from: &reader) }
        }
    }

    @Test("LATE in the text is the longest of its queries")
    func text() throws {
        let text =
            "SELECT mid(A) FROM quotes LATE 5 ms EVERY 1 s; MATCH trade(A) EMIT x LATE 20 ms; WHEN mid(A) > 2 LATE 7 us EMIT y"
        #expect(try SignalQuery(text).lateness == 20_000_000)
        #expect(try SignalQuery("SELECT mid(A) FROM quotes").lateness == 0)
        for (text, message) in [
            ("SELECT mid(A) FROM quotes LATE 5", "expected a length of time behind LATE"),
            ("SELECT mid(A) FROM quotes LATE 5 ms LATE 5 ms", "expected \";\" or the end"),
            ("SELECT mid(A) FROM quotes LATE 25 h", "LATE is at most a day"),
        ] {
            #expect { _ = try SignalQuery(text) } throws: { "\($0)".contains(message) }
        }
    }

    /// What a machine says of a shuffled stream is what it says of the stream in order.
    @Test("a stream that is shuffled within the lateness says what the one in order says")
    func machine() throws {
        let rules = try SignalQuery(
            "SELECT mean(price(A), 500 ns from 1) AS m, count(price(A), 500 ns) AS n FROM trades",
            symbols: ["A"]
        ).rules
        let plan = try SignalPlan(rules, symbols: ["A"])
        var random = SeededRandom(seed: 9)
        let ordered = (0..<2_000).map { tick(10_000 + Int64($0) * 7, Int(random.next() % 50)) }
        let shuffled = ordered.map { ($0, $0.time.nanoseconds + Int64(random.next() % 300)) }.sorted { $0.1 < $1.1 }
        var reorder = SignalReorder(lateness: 300)
        var first = SignalMachine(plan)
        var second = SignalMachine(plan)
        var (direct, mended): ([String], [String]) = ([], [])
        for tick in ordered { direct += SignalLaneTests.said(&first, tick) }
        for (tick, _) in shuffled {
            reorder.push(tick)
            while let tick = reorder.next() { mended += SignalLaneTests.said(&second, tick) }
        }
        reorder.finish()
        while let tick = reorder.next() { mended += SignalLaneTests.said(&second, tick) }
        #expect(direct == mended && direct.count == 2_000 && reorder.late == 0 && second.refused == 0)
    }
}
