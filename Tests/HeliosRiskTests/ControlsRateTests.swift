// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosRisk
import Testing

/// A reproducible source of numbers (SplitMix64).
struct Dice {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }
    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
}

/// The bytes of what `save` writes.
func saved(_ save: (inout StateWriter) -> Void) -> [UInt8] {
    var writer = StateWriter()
    save(&writer)
    return writer.bytes
}

/// Lets `restore` read `bytes`; the error, if there was one.
func restored(_ bytes: [UInt8], _ restore: (inout StateReader) throws(StateError) -> Void) -> StateError? {
    bytes.withUnsafeBytes { memory in
        var reader = StateReader(memory)
        do throws(StateError) { try restore(&reader) } catch { return error }
        return reader.remaining == 0 ? nil : StateError(.damaged, section: "end", offset: 0, reason: "bytes left")
    }
}

@Suite("P07: token buckets")
struct TokenBucketTests {
    @Test("A burst passes, one more does not, and a token comes in exactly when its time has gone by")
    func burst() {
        var buckets = TokenBuckets(count: 2)
        defer { buckets.deallocate() }
        buckets.set(0, rate: 200, burst: 400, at: noon)
        for _ in 0..<400 { #expect(buckets.take(0, at: noon) == true) }
        #expect(buckets.take(0, at: noon) == false)
        #expect(buckets.take(0, at: noon + 4_999_999) == false)
        #expect(buckets.take(0, at: noon + 5_000_000) == true)
        #expect(buckets.take(0, at: noon + 5_000_000) == false)
        #expect(buckets.level(0, at: noon + 3_600 * second) == 400)
    }

    @Test("A bucket that was never set, or does not exist, gives nothing")
    func unset() {
        var buckets = TokenBuckets(count: 1)
        defer { buckets.deallocate() }
        #expect(buckets.take(0, at: noon) == false)
        #expect(buckets.take(1, at: noon) == false)
        #expect(buckets.take(-1, at: noon) == false)
        #expect(buckets.level(7, at: noon) == 0)
    }

    @Test("Thirds of a second at three tokens a second: nothing is lost to rounding in a day")
    func drift() {
        var buckets = TokenBuckets(count: 1)
        defer { buckets.deallocate() }
        buckets.set(0, rate: 3, burst: 2, at: .zero)
        for _ in 0..<2 { buckets.take(0, at: .zero) }
        var taken = 0
        for number in 1...86_400 * 3 {
            // The first whole nanosecond at which the token is there.
            let due = Timestamp(nanoseconds: (Int64(number) * 1_000_000_000 + 2) / 3)
            if buckets.take(0, at: due) { taken += 1 }
        }
        #expect(taken == 86_400 * 3)
        #expect(!buckets.canTake(0, at: Timestamp(nanoseconds: 86_400 * second)))
    }

    @Test("Time that goes back refills nothing and does not count twice")
    func backwards() {
        var buckets = TokenBuckets(count: 1)
        defer { buckets.deallocate() }
        buckets.set(0, rate: 1, burst: 1, at: noon)
        #expect(buckets.take(0, at: noon + second) == true)
        #expect(buckets.take(0, at: noon) == false)
        #expect(buckets.take(0, at: noon + second) == false)
        #expect(buckets.take(0, at: Timestamp(nanoseconds: .min)) == false)
        #expect(buckets.take(0, at: noon + 2 * second) == true)
        #expect(buckets.take(0, at: Timestamp(nanoseconds: .max)) == true)
    }

    @Test("A change of the rate fills nothing")
    func change() {
        var buckets = TokenBuckets(count: 1)
        defer { buckets.deallocate() }
        buckets.set(0, rate: 10, burst: 10, at: noon)
        for _ in 0..<8 { buckets.take(0, at: noon) }
        buckets.set(0, rate: 100, burst: 100, at: noon)
        #expect(buckets.level(0, at: noon) == 2)
        buckets.set(0, rate: 1, burst: 1, at: noon)
        #expect(buckets.level(0, at: noon) == 1)
        buckets.set(0, rate: 0, burst: 0, at: noon)
        #expect(!buckets.canTake(0, at: noon + 100 * second))
    }

    @Test("Four fifths for orders, a fifth for cancels, which are never refused")
    func session() {
        var rates = SessionRates(sessions: 1)
        defer { rates.deallocate() }
        rates.set(0, rate: 10, burst: 10, at: noon)
        for _ in 0..<8 {
            #expect(rates.canSend(0, at: noon))
            rates.sent(0, at: noon)
        }
        #expect(!rates.canSend(0, at: noon))
        rates.cancelled(0, at: noon)
        rates.cancelled(0, at: noon)
        rates.cancelled(0, at: noon)
        // The whole cap is overdrawn by one: orders wait for that too (0.2 s at 10 a second), cancels do not.
        #expect(!rates.canSend(0, at: noon + 125_000_000))
        #expect(!rates.canSend(0, at: noon + 199_999_999))
        #expect(rates.canSend(0, at: noon + 200_000_000))
        #expect(!rates.canSend(1, at: noon))
    }

    @Test("In any second a session sends at most four fifths of the cap plus its burst")
    func sustained() {
        var rates = SessionRates(sessions: 1)
        defer { rates.deallocate() }
        rates.set(0, rate: 100, burst: 20, at: noon)
        var sent = 0
        for millisecond in 0..<10_000 {
            let now = noon + Int64(millisecond) * 1_000_000
            while rates.canSend(0, at: now) {
                rates.sent(0, at: now)
                sent += 1
            }
        }
        #expect(sent == 16 + 9_999 * 80 / 1_000)
    }

    @Test("Equal to a model in exact fractions on random sequences, saved and restored on the way", arguments: 1...20)
    func oracle(seed: Int) {
        var dice = Dice(UInt64(seed))
        let (rate, burst) = (1 + dice.below(500), 1 + dice.below(50))
        var buckets = TokenBuckets(count: 3)
        defer { buckets.deallocate() }
        buckets.set(1, rate: rate, burst: burst, at: noon)
        // In billionths of a token, with arbitrary room.
        var level = Int128(burst) * 1_000_000_000
        var (last, now) = (noon, noon)
        for step in 0..<2_000 {
            now = now + (Int64(dice.below(20_000_000)) - Int64(dice.below(5_000_000)))
            if now > last {
                level = min(level + Int128(now - last) * Int128(rate), Int128(burst) * 1_000_000_000)
                last = now
            }
            if dice.below(4) == 0 {
                buckets.spend(1, at: now)
                level = max(level - 1_000_000_000, -Int128(burst) * 1_000_000_000)
            } else {
                let expected = level >= 1_000_000_000
                #expect(buckets.canTake(1, at: now) == expected)
                #expect(buckets.take(1, at: now) == expected)
                if expected { level -= 1_000_000_000 }
            }
            if step == 1_000 {
                let bytes = saved { buckets.save(to: &$0) }
                var other = TokenBuckets(count: 3)
                #expect(restored(bytes) { (reader) throws(StateError) in try other.restore(from: &reader) } == nil)
                buckets.deallocate()
                buckets = other
            }
        }
    }

    @Test("Saved state of another size, cut off or impossible is refused")
    func damaged() {
        var buckets = TokenBuckets(count: 2)
        defer { buckets.deallocate() }
        buckets.set(0, rate: 5, burst: 5, at: noon)
        let bytes = saved { buckets.save(to: &$0) }
        var other = TokenBuckets(count: 3)
        defer { other.deallocate() }
        #expect(restored(bytes) { (reader) throws(StateError) in try other.restore(from: &reader) }?.code == .mismatch)
        for length in 0..<bytes.count {
            let cut = Array(bytes.prefix(length))
            #expect(restored(cut) { (reader) throws(StateError) in try buckets.restore(from: &reader) } != nil)
        }
        var impossible = bytes
        impossible[16 + 7] = 0x7F  // the level's highest byte
        #expect(
            restored(impossible) { (reader) throws(StateError) in try buckets.restore(from: &reader) }?.code == .damaged
        )
    }
}

@Suite("P08: repeated executions")
struct RepeatedExecutionTests {
    @Test("The fifty-first fill within a minute stops the strategy, and only a named person lets it go on")
    func boundary() {
        var repeated = RepeatedExecutions(strategies: 2, keys: 16, most: 50)
        defer { repeated.deallocate() }
        for number in 0..<50 {
            let now = noon + Int64(number) * second
            #expect(repeated.filled(0, stock, .buy, at: now, most: 50, within: 60 * second) == false)
        }
        #expect(repeated.count(0, stock, .buy, at: noon + 49 * second, within: 60 * second) == 50)
        #expect(repeated.isEnabled(0))
        #expect(repeated.filled(0, stock, .buy, at: noon + 59 * second, most: 50, within: 60 * second) == true)
        #expect(!repeated.isEnabled(0))
        #expect(repeated.isEnabled(1))
        #expect(repeated.filled(0, stock, .buy, at: noon + 59 * second, most: 50, within: 60 * second) == false)
        #expect(repeated.enable(0, by: 0) == false)
        #expect(!repeated.isEnabled(0))
        #expect(repeated.enable(0, by: 7) == true)
        #expect(repeated.isEnabled(0))
        #expect(repeated.count(0, stock, .buy, at: noon + 59 * second, within: 60 * second) == 0)
    }

    @Test("The fifty-first fill a whole minute after the first does not: the window's left end is open")
    func window() {
        var repeated = RepeatedExecutions(strategies: 1, keys: 16, most: 50)
        defer { repeated.deallocate() }
        for _ in 0..<50 { _ = repeated.filled(0, stock, .buy, at: noon, most: 50, within: 60 * second) }
        #expect(repeated.filled(0, stock, .buy, at: noon + 60 * second, most: 50, within: 60 * second) == false)
    }

    @Test("Other instruments, sides and strategies count by themselves")
    func apart() {
        var repeated = RepeatedExecutions(strategies: 2, keys: 16, most: 2)
        defer { repeated.deallocate() }
        for _ in 0..<2 {
            for instrument in [stock, Instrument(id: 2)] {
                for side in [Side.buy, .sell] {
                    #expect(repeated.filled(0, instrument, side, at: noon, most: 2, within: second) == false)
                    #expect(repeated.filled(1, instrument, side, at: noon, most: 2, within: second) == false)
                }
            }
        }
        #expect(repeated.filled(1, stock, .sell, at: noon, most: 2, within: second) == true)
        #expect(repeated.isEnabled(0))
    }

    @Test("A strategy without a place may not trade, and a full table stops whose fill can't be counted")
    func full() {
        var repeated = RepeatedExecutions(strategies: 1, keys: 4, most: 5)
        defer { repeated.deallocate() }
        #expect(!repeated.isEnabled(1))
        for id in 0..<4 {
            #expect(repeated.filled(0, Instrument(id: UInt32(id)), .buy, at: noon, most: 5, within: second) == false)
        }
        #expect(repeated.filled(0, Instrument(id: 4), .buy, at: noon, most: 5, within: second) == true)
        repeated.enable(0, by: 1)
        for id in 0..<4 { _ = repeated.filled(0, Instrument(id: UInt32(id)), .buy, at: noon, most: 5, within: second) }
        #expect(repeated.isEnabled(0))
        // A second later they are old, and give their places away.
        #expect(repeated.filled(0, Instrument(id: 9), .buy, at: noon + second, most: 5, within: second) == false)
        #expect(repeated.isEnabled(0))
    }

    @Test("Equal to a list of all fills on random sequences, saved and restored on the way", arguments: 1...10)
    func oracle(seed: Int) {
        var dice = Dice(UInt64(seed))
        var repeated = RepeatedExecutions(strategies: 3, keys: 12, most: 6)
        defer { repeated.deallocate() }
        var fills: [(key: Int, time: Int64)] = []
        var stopped: Set<Int> = []
        var now = noon
        for step in 0..<3_000 {
            if dice.below(3) > 0 { now = now + Int64(dice.below(40)) }
            let (strategy, instrument, side) = (dice.below(3), dice.below(2), dice.below(2))
            let key = strategy * 4 + instrument * 2 + side
            let isNew = repeated.filled(
                UInt16(strategy),
                Instrument(id: UInt32(instrument)),
                side == 0 ? .buy : .sell,
                at: now,
                most: 6,
                within: 500
            )
            fills.append((key, now.nanoseconds))
            let recent = fills.filter { $0.key == key && now.nanoseconds - $0.time < 500 }.count
            #expect(isNew == (recent > 6 && !stopped.contains(strategy)))
            if recent > 6 { stopped.insert(strategy) }
            for other in 0..<3 { #expect(repeated.isEnabled(UInt16(other)) != stopped.contains(other)) }
            if dice.below(20) == 0 {
                let who = dice.below(3)
                repeated.enable(UInt16(who), by: 1)
                stopped.remove(who)
                fills.removeAll { $0.key / 4 == who }
            }
            if step % 700 == 699 {
                let bytes = saved { repeated.save(to: &$0) }
                var other = RepeatedExecutions(strategies: 3, keys: 12, most: 6)
                #expect(restored(bytes) { (reader) throws(StateError) in try other.restore(from: &reader) } == nil)
                #expect(saved { other.save(to: &$0) } == bytes)
                repeated.deallocate()
                repeated = other
            }
        }
    }

    @Test("Saved state that is cut off anywhere is refused")
    func damaged() {
        var repeated = RepeatedExecutions(strategies: 2, keys: 4, most: 2)
        defer { repeated.deallocate() }
        _ = repeated.filled(0, stock, .buy, at: noon, most: 2, within: second)
        let bytes = saved { repeated.save(to: &$0) }
        for length in 0..<bytes.count {
            var other = RepeatedExecutions(strategies: 2, keys: 4, most: 2)
            let cut = Array(bytes.prefix(length))
            #expect(restored(cut) { (reader) throws(StateError) in try other.restore(from: &reader) } != nil)
            other.deallocate()
        }
    }
}

@Suite("P10: equal orders")
struct EqualOrderTests {
    private let window: Nanoseconds = 500_000_000

    @Test("The fifth equal order within half a second is refused, the fifth after half a second is not")
    func boundary() {
        var equal = EqualOrders(capacity: 100, most: 5)
        defer { equal.deallocate() }
        for _ in 0..<4 {
            #expect(!equal.isTooMany(buy(100), account: 1, at: noon, most: 5, within: window))
            #expect(equal.note(buy(100), account: 1, at: noon, within: window) == true)
        }
        #expect(equal.count(buy(100), account: 1, at: noon, within: window) == 4)
        #expect(equal.isTooMany(buy(100, id: 9), account: 1, at: noon, most: 5, within: window))
        #expect(equal.isTooMany(buy(100), account: 1, at: noon + (window - 1), most: 5, within: window))
        #expect(!equal.isTooMany(buy(100), account: 1, at: noon + window, most: 5, within: window))
        // A clock that goes back finds the window where it was.
        #expect(equal.isTooMany(buy(100), account: 1, at: noon + -second, most: 5, within: window))
    }

    @Test("Any difference makes another order")
    func differences() {
        var equal = EqualOrders(capacity: 100, most: 5)
        defer { equal.deallocate() }
        for _ in 0..<4 { _ = equal.note(buy(100), account: 1, at: noon, within: window) }
        var others = [buy(101), sell(100), buy(100, at: "100.01"), buy(100), buy(100), buy(100)]
        others[3].type = .market
        others[4].timeInForce = .immediateOrCancel
        others[5].instrument = Instrument(id: 2)
        for other in others { #expect(!equal.isTooMany(other, account: 1, at: noon, most: 5, within: window)) }
        #expect(!equal.isTooMany(buy(100), account: 2, at: noon, most: 5, within: window))
        #expect(equal.isTooMany(buy(100), account: 1, at: noon, most: 5, within: window))
    }

    @Test("A full table takes nothing more until its orders are old")
    func full() {
        var equal = EqualOrders(capacity: 8, most: 5)
        defer { equal.deallocate() }
        for size in 1...8 { #expect(equal.note(buy(size), account: 0, at: noon, within: window) == true) }
        #expect(equal.note(buy(9), account: 0, at: noon + (window - 1), within: window) == false)
        #expect(equal.note(buy(3), account: 0, at: noon + (window - 1), within: window) == true)
        #expect(equal.note(buy(9), account: 0, at: noon + window, within: window) == true)
        // What is within the window was not forgotten with the rest.
        #expect(equal.count(buy(3), account: 0, at: noon + window, within: window) == 1)
    }

    @Test("A limit below two refuses everything, one above the capacity counts as the capacity")
    func limits() {
        var equal = EqualOrders(capacity: 8, most: 3)
        defer { equal.deallocate() }
        #expect(equal.isTooMany(buy(1), account: 0, at: noon, most: 1, within: window))
        #expect(equal.isTooMany(buy(1), account: 0, at: noon, most: 0, within: window))
        for _ in 0..<2 { _ = equal.note(buy(1), account: 0, at: noon, within: window) }
        #expect(equal.isTooMany(buy(1), account: 0, at: noon, most: 100, within: window))
    }

    @Test("Equal to a list of all orders on random sequences, saved and restored on the way", arguments: 1...10)
    func oracle(seed: Int) {
        var dice = Dice(UInt64(seed))
        var equal = EqualOrders(capacity: 24, most: 5)
        defer { equal.deallocate() }
        var noted: [(key: Int, time: Int64)] = []
        var now = noon
        for step in 0..<4_000 {
            if dice.below(2) > 0 { now = now + Int64(dice.below(30)) }
            let key = dice.below(40)
            let order = key % 2 == 0 ? buy(1 + key / 4) : sell(1 + key / 4)
            let account = key / 2 % 2
            let recent = noted.filter { now.nanoseconds - $0.time < 300 }
            let count = recent.filter { $0.key == key }.count
            #expect(equal.isTooMany(order, account: account, at: now, most: 5, within: 300) == (count >= 4))
            let keys = Set(recent.map(\.key))
            let fits = keys.contains(key) || keys.count < 24
            #expect(equal.note(order, account: account, at: now, within: 300) == fits)
            if fits { noted.append((key, now.nanoseconds)) }
            if step % 900 == 899 {
                let bytes = saved { equal.save(to: &$0) }
                var other = EqualOrders(capacity: 24, most: 5)
                #expect(restored(bytes) { (reader) throws(StateError) in try other.restore(from: &reader) } == nil)
                #expect(saved { other.save(to: &$0) } == bytes)
                equal.deallocate()
                equal = other
            }
        }
    }
}

@Suite("P25: the ratio of messages to trades")
struct TradeRatioTests {
    @Test("The first messages pass before a trade, then the ratio binds, in integers")
    func ratio() {
        var ratios = TradeRatios(count: 1)
        defer { ratios.deallocate() }
        for _ in 0..<500 {
            #expect(ratios.maySend(0, ratio: 500))
            ratios.sent(0)
        }
        #expect(!ratios.maySend(0, ratio: 500))
        ratios.filled(0)
        // 501 messages / 1 trade − 1 = 500.
        #expect(ratios.maySend(0, ratio: 500))
        ratios.cancelled(0)
        #expect(!ratios.maySend(0, ratio: 500))
        ratios.newDay()
        #expect(ratios.maySend(0, ratio: 500))
        #expect(ratios.messages(0) == 0 && ratios.trades(0) == 0)
        #expect(!ratios.maySend(0, ratio: 0))
        #expect(!ratios.maySend(1, ratio: 500))
    }

    @Test("Equal to the sheet's fraction on random sequences, saved and restored on the way", arguments: 1...10)
    func oracle(seed: Int) {
        var dice = Dice(UInt64(seed))
        var ratios = TradeRatios(count: 2)
        defer { ratios.deallocate() }
        var (messages, trades) = (0.0, 0.0)
        for step in 0..<2_000 {
            let expected = trades == 0 ? messages + 1 <= 7 : (messages + 1) / trades - 1 <= 7
            #expect(ratios.maySend(1, ratio: 7) == expected)
            switch dice.below(9) {
            case 0:
                ratios.filled(1)
                trades += 1
            case 1, 2:
                ratios.cancelled(1)
                messages += 1
            default:
                guard expected else { continue }
                ratios.sent(1)
                messages += 1
            }
            if step == 1_000 {
                let bytes = saved { ratios.save(to: &$0) }
                var other = TradeRatios(count: 2)
                #expect(restored(bytes) { (reader) throws(StateError) in try other.restore(from: &reader) } == nil)
                ratios.deallocate()
                ratios = other
            }
        }
    }
}
