// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosMath
import HeliosSignal
import Testing

/// A random stream and what is true in it, computed from all of it when it is over.
private struct History {
    struct Moment {
        var time: Int64
        var tick: SignalTick
    }

    /// What a rule said: when, and its columns.
    struct Row: Equatable {
        var time: Int64
        var values: [Double?] = []
    }

    /// An event: its text, and at which moments it happens.
    struct Happening {
        var text: String
        var at: [Bool]
    }

    /// A condition: its text, and what it is behind each moment; nil while unknown.
    struct State {
        var text: String
        var after: [Bool?]
    }

    var random: SeededRandom
    var moments: [Moment] = []
    var end: Int64 = 0

    init(seed: Int) {
        random = SeededRandom(seed: UInt64(9_000_000 + seed))
        var time: Int64 = 1_000_000_000
        for _ in 0..<150 {
            time += [0, 0, 1, 7, 100, 1_000, 5_000][below(7)] * 1_000
            let place = below(2)
            let bad = below(40)
            let price = bad == 0 ? .nan : bad == 1 ? 0 : 99 + Double(below(16)) / 8
            let at = Timestamp(nanoseconds: time)
            let tick: SignalTick =
                switch below(8) {
                case 0: .status(place, halted: below(2) == 0, at: at)
                case 1, 2, 3: .quote(place, bid: price, ask: price, bidSize: 1, askSize: 1, at: at)
                default: .trade(place, price: price, size: Double(below(10) * 10), sign: 1, at: at)
                }
            moments.append(Moment(time: time, tick: tick))
        }
        end = time + 100_000_000
    }

    mutating func below(_ count: Int) -> Int { Int(random.next() % UInt64(count)) }
    /// A length of time as the query has it, and in nanoseconds.
    mutating func length(_ most: Int = 20_000) -> (text: String, length: Int64) {
        let length = 1 + below(most)
        return ("\(length) us", Int64(length) * 1_000)
    }

    func time(_ place: Int) -> Int64 { moments[place].time }

    // MARK: - What happens
    mutating func event() -> Happening {
        let place = below(2)
        let symbol = ["A", "B"][place]
        func all(_ kind: SignalTick.Kind, _ body: (SignalTick) -> Bool = { _ in true }) -> [Bool] {
            moments.map { $0.tick.kind == kind && Int($0.tick.instrument) == place && body($0.tick) }
        }
        switch below(6) {
        case 0:
            let bid = 99 + Double(below(16)) / 8
            return Happening(text: "quote(\(symbol), bid > \(bid))", at: all(.quote) { $0.bid > bid })
        case 1:
            let halts = halted(place)
            return Happening(
                text: "halt(\(symbol))",
                at: moments.indices.map { (halts[$0] ?? false) && ($0 == 0 || halts[$0 - 1] == false) }
            )
        case 2:
            let state = state()
            return Happening(
                text: "(\(state.text))",
                at: moments.indices.map { (state.after[$0] ?? false) && !($0 > 0 && state.after[$0 - 1] ?? false) }
            )
        default:
            let size = below(10) * 10
            return Happening(text: "trade(\(symbol), size > \(size))", at: all(.trade) { $0.bidSize > Double(size) })
        }
    }

    private func halted(_ place: Int) -> [Bool?] {
        var now = false
        return moments.map {
            if $0.tick.kind == .status, Int($0.tick.instrument) == place { now = $0.tick.bid != 0 }
            return now
        }
    }

    mutating func state() -> State {
        let place = below(2)
        let symbol = ["A", "B"][place]
        guard below(3) > 0 else { return State(text: "halted(\(symbol))", after: halted(place)) }
        let level = 99 + Double(below(16)) / 8
        let mids = values(.quote, place)
        return State(text: "mid(\(symbol)) > \(level)", after: mids.map { $0.map { $0 > level } })
    }

    /// The price behind each moment that ticks of one kind last told.
    func values(_ kind: SignalTick.Kind, _ place: Int) -> [Double?] {
        var now: Double?
        return moments.map {
            if $0.tick.kind == kind, Int($0.tick.instrument) == place {
                now = $0.tick.bid.isFinite && $0.tick.bid > 0 ? $0.tick.bid : nil
            }
            return now
        }
    }

    // MARK: - Patterns
    /// The first match of the oldest begin, over and over; `excluded` and a match end what had begun before.
    func sequence(_ steps: [[Bool]], within length: Int64, without excluded: [Bool]?) -> [Row] {
        var rows: [Row] = []
        var first = 0
        for now in moments.indices {
            if excluded?[now] ?? false { first = now }
            let isMatch = (first..<now).contains { begin in
                guard steps[0][begin] else { return false }
                var place = begin
                for step in steps.dropFirst() {
                    guard let next = (place + 1..<now + 1).first(where: { step[$0] }) else { return false }
                    place = next
                }
                return place == now && time(now) - time(begin) <= length
            }
            guard isMatch else { continue }
            rows.append(Row(time: time(now)))
            first = now
        }
        return rows
    }

    func together(_ events: [[Bool]], within length: Int64) -> [Row] {
        var rows: [Row] = []
        var first = 0
        for now in moments.indices where events.contains(where: { $0[now] }) {
            let isMatch = events.allSatisfy { event in
                guard let last = (first..<now + 1).last(where: { event[$0] }) else { return false }
                return time(now) - time(last) <= length
            }
            guard isMatch else { continue }
            rows.append(Row(time: time(now)))
            first = now + 1
        }
        return rows
    }

    func times(_ count: Int, _ event: [Bool], within length: Int64) -> [Row] {
        var rows: [Row] = []
        var first = 0
        for now in moments.indices where event[now] {
            let last = (first..<now + 1).filter { event[$0] }.suffix(count)
            guard last.count == count, time(now) - time(last[last.startIndex]) <= length else { continue }
            rows.append(Row(time: time(now)))
            first = now + 1
        }
        return rows
    }

    /// Events without another behind them; those of one time are told at once.
    func absence(of missing: [Bool], after begin: [Bool], within length: Int64) -> [Row] {
        var told: Set<Int64> = []
        for place in moments.indices where begin[place] {
            let limit = time(place) + length
            let comes = (place + 1..<moments.count).contains { missing[$0] && time($0) <= limit }
            if !comes, limit <= end { told.insert(limit) }
        }
        return told.sorted().map { Row(time: $0) }
    }

    // MARK: - Conditions in time
    /// A condition's states, each from a time on; what changes by itself comes before what comes at that time.
    struct Change {
        var time: Int64
        var isByItself = false
        var state: Bool
    }

    func changes(_ state: State) -> [Change] {
        moments.indices.map { Change(time: time($0), state: state.after[$0] ?? false) }
    }

    /// The times at which a condition becomes true, or has been so for a time.
    func told(_ changes: [Change], for length: Int64, startsTrue: Bool = false) -> [Int64] {
        var told: [Int64] = []
        for (place, change) in changes.enumerated() where change.state {
            guard place > 0 ? !changes[place - 1].state : !startsTrue else { continue }
            let due = change.time + length
            let ends = changes[place...].first { !$0.state }
            let lasts = ends.map { $0.time > due || ($0.time == due && !$0.isByItself) } ?? true
            if length == 0 || lasts && due <= end { told.append(due) }
        }
        return told
    }

    /// Whether a condition was true at no time of the last `length` before a time, at which no moment has come yet where `isBefore`.
    func quiet(_ state: State, for length: Int64, at time: Int64, isBefore: Bool) -> Bool {
        guard let now = moments.lastIndex(where: { isBefore ? $0.time < time : $0.time <= time }) else {
            // A halt is known from the start not to be, a quote is not known.
            return state.text.hasPrefix("halted")
        }
        guard let isTrue = state.after[now] else { return false }
        if isTrue { return false }
        // Until when it was last true: the moment that ended it.
        guard let last = (0..<now + 1).last(where: { ($0 > 0 ? state.after[$0 - 1] : nil) ?? false }) else {
            return true
        }
        return time - moments[last].time >= length
    }

    /// What is said of the trades of A in the last `length`, as it changes.
    func counts(within length: Int64, _ body: (Int) -> Bool) -> [Change] {
        sliding([0], within: [length]) { body($0[0].count) }
    }

    /// What is said of the samples in windows that slide, as it changes with trades and with samples that leave.
    ///
    /// Of one place a sample is its price and its size, of two the prices of both.
    func sliding(_ places: [Int], within lengths: [Int64], _ body: ([[SignalOracle.Sample]]) -> Bool) -> [Change] {
        let trades = moments.filter { $0.tick.kind == .trade && places.contains(Int($0.tick.instrument)) }
        var last: [Int: Double] = [:]
        // Looked at with each trade, of which those without a price count for nothing.
        var samples: [SignalOracle.Sample] = []
        var changes: [Change] = []
        func state(_ now: Int64) -> Bool {
            body(lengths.map { length in samples.filter { now - $0.time < length } })
        }
        for (place, trade) in trades.enumerated() {
            let price = trade.tick.bid
            last[Int(trade.tick.instrument)] = price.isFinite && price > 0 ? price : nil
            if last.count == places.count {
                let (first, second) = (last[places[0]] ?? 0, places.count > 1 ? last[places[1]] : trade.tick.bidSize)
                samples.append(SignalOracle.Sample(time: trade.time, first: first, second: second ?? 0))
            }
            changes.append(Change(time: trade.time, state: state(trade.time)))
            let next = place + 1 < trades.count ? trades[place + 1].time : end
            let leaving = Set(lengths.flatMap { length in samples.map { $0.time + length } })
            for time in leaving.sorted() where time > trade.time && time <= next {
                changes.append(Change(time: time, isByItself: true, state: state(time)))
            }
        }
        return changes
    }

    /// A condition on what is computed of samples in a window of time, as the query has it.
    mutating func windowed() -> (text: String, changes: [Change]) {
        let (text, within) = length()
        let isMore = below(2) == 0
        // No number can lie on these levels: rounding decides nothing.
        let odd = 0.0137 + Double(below(1_000)) / 1_000_000
        let price = 99 + Double(below(16)) / 8 + odd
        let functions: [(String, Aggregate, Double)] = [
            ("sum", .sum, Double(1 + below(5)) * 99 + odd), ("mean", .mean, price), ("lowest", .minimum, price),
            ("highest", .maximum, price), ("first", .first, price),
            ("median", .quantile(0.5), price), ("range", .range, Double(below(8)) / 8 + odd),
            ("stdev", .deviation, 0.3 + odd), ("variance", .variance, 0.2 + odd), ("zscore", .zscore, 0.5 + odd),
            ("vwap", .weightedMean, price), ("beta", .slope, odd), ("correlation", .correlation, odd),
            ("residual", .residual, odd),
        ]
        let (name, function, level) = functions[below(functions.count)]
        func isTrue(_ value: Double?) -> Bool { value.map { isMore ? $0 > level : $0 < level } ?? false }
        let sign = isMore ? ">" : "<"
        if below(6) == 0 {
            let (other, longer) = length()
            return (
                "mean(price(A), \(text)) - mean(price(A), \(other)) \(sign) \(odd)",
                sliding([0], within: [within, longer]) { contents in
                    guard let a = SignalOracle.value(.mean, contents[0]), let b = SignalOracle.value(.mean, contents[1])
                    else { return false }
                    return isMore ? a - b > odd : a - b < odd
                }
            )
        }
        let isPair = ["beta", "correlation", "residual"].contains(name)
        let of = isPair ? "price(A), price(B)" : function == .weightedMean ? "A" : "price(A)"
        return (
            "\(name)(\(of), \(text)) \(sign) \(level)",
            sliding(isPair ? [0, 1] : [0], within: [within]) { isTrue(History.value(function, $0[0], from: nil)) }
        )
    }

    /// Whether the last price of A is younger than `length` and above a level.
    func freshness(_ length: Int64, above level: Double) -> [Change] {
        let places = moments.indices.filter { moments[$0].tick.kind == .trade && moments[$0].tick.instrument == 0 }
        var changes: [Change] = []
        for (number, place) in places.enumerated() {
            let price = moments[place].tick.bid
            changes.append(Change(time: time(place), state: price.isFinite && price > 0 && price > level))
            let next = number + 1 < places.count ? time(places[number + 1]) : end
            if time(place) + length <= next {
                changes.append(Change(time: time(place) + length, isByItself: true, state: false))
            }
        }
        return changes
    }

    // MARK: - Windows
    func samples(_ place: Int) -> [SignalOracle.Sample] {
        moments.filter { $0.tick.kind == .trade && Int($0.tick.instrument) == place }
            .filter { $0.tick.bid.isFinite && $0.tick.bid > 0 }
            .map { SignalOracle.Sample(time: $0.time, first: $0.tick.bid, second: $0.tick.bidSize) }
    }

    static func value(_ function: Aggregate, _ samples: [SignalOracle.Sample], from minimum: Int?) -> Double? {
        guard samples.count >= max(minimum ?? 0, function == .count ? 0 : SignalOracle.least(function)) else {
            return nil
        }
        return function == .count ? Double(samples.count) : SignalOracle.value(function, samples)
    }
}

/// Patterns, conditions in time, clocks, windows one after the other and sessions, against what they are said to be.
@Suite("Patterns and time against their definition")
struct SignalTimeOracleTests {
    /// What each rule of a query says of a history; nil where more waited than there is room for.
    private func said(_ text: String, _ history: History) throws -> [[History.Row]]? {
        let plan = try SignalPlan(SignalQuery(text).rules, symbols: ["A", "B"])
        var machine = SignalMachine(plan)
        var rows: [[History.Row]] = Array(repeating: [], count: plan.rules.count)
        func take(_ tick: SignalTick) {
            machine.begin(tick)
            while let output = machine.next() {
                let values = plan.rules[output.rule].columnNames.indices.map { machine.column($0, of: output) }
                rows[output.rule].append(.init(time: output.time.nanoseconds, values: values))
            }
        }
        for (place, moment) in history.moments.enumerated() {
            take(moment.tick)
            if place % 60 == 40 { machine = try SignalLaneTests.moved(machine, plan) }
        }
        take(.clock(at: Timestamp(nanoseconds: history.end)))
        return machine.forgotten > 0 ? nil : rows
    }

    /// Compares what rules said with what they should have, rule by rule.
    private func compare(_ history: History, _ seed: Int, _ rules: [(text: String, rows: [History.Row])]) throws -> Int
    {
        let text = rules.map(\.text).joined(separator: ";\n")
        guard let found = try said(text, history) else { return 0 }
        var count = 0
        for (rule, rows) in zip(rules, found) {
            let isRight =
                rows.count == rule.rows.count
                && zip(rows, rule.rows).allSatisfy { row, expected in
                    row.time == expected.time && row.values.count == expected.values.count
                        && zip(row.values, expected.values).allSatisfy { isNear($0, $1) }
                }
            guard isRight else {
                Issue.record("seed \(seed): \(rows) is not \(rule.rows) of \(rule.text)")
                return -1
            }
            count += rows.count
        }
        return count
    }

    @Test("sequences, conjunctions, alternatives, repetitions and what does not follow")
    func patterns() throws {
        var rows = 0
        for seed in 0..<SignalOracleTests.streams {
            var history = History(seed: seed)
            var rules: [(String, [History.Row])] = []
            let steps = (0..<2 + history.below(2)).map { _ in history.event() }
            let (text, length) = history.length()
            let excluded = history.below(2) == 0 ? history.event() : nil
            rules.append(
                (
                    "MATCH \(steps.map(\.text).joined(separator: " THEN ")) WITHIN \(text)"
                        + (excluded.map { " WITHOUT \($0.text)" } ?? ""),
                    history.sequence(steps.map(\.at), within: length, without: excluded?.at)
                )
            )
            let parts = (0..<2 + history.below(2)).map { _ in history.event() }
            rules.append(
                (
                    "MATCH \(parts.map(\.text).joined(separator: " AND ")) WITHIN \(text)",
                    history.together(parts.map(\.at), within: length)
                )
            )
            let either = [history.event(), history.event()]
            rules.append(
                (
                    "MATCH \(either[0].text) OR \(either[1].text)",
                    history.moments.indices.filter { either[0].at[$0] || either[1].at[$0] }
                        .map { History.Row(time: history.time($0)) }
                )
            )
            let event = history.event()
            let count = 1 + history.below(4)
            rules.append(
                (
                    "MATCH \(count) TIMES \(event.text) WITHIN \(text)",
                    history.times(count, event.at, within: length)
                )
            )
            let (begin, missing) = (history.event(), history.event())
            let (limit, longest) = history.length(6_000)
            rules.append(
                (
                    "MATCH \(begin.text) THEN NO \(missing.text) WITHIN \(limit)",
                    history.absence(of: missing.at, after: begin.at, within: longest)
                )
            )
            let compared = try compare(history, seed, rules)
            guard compared >= 0 else { return }
            rows += compared
        }
        #expect(rows > 10 * SignalOracleTests.streams)
    }

    @Test("conditions that become true, stay true, and were not true before; counts and fresh values that time changes")
    func conditions() throws {
        var rows = 0
        for seed in 0..<SignalOracleTests.streams {
            var history = History(seed: 1_000_000 + seed)
            var rules: [(String, [History.Row])] = []
            for hasLength in [true, false] {
                let (state, other) = (history.state(), history.state())
                let (text, length) = history.length(8_000)
                let (quietText, quiet) = history.length()
                let times = history.told(history.changes(state), for: hasLength ? length : 0)
                    .filter { history.quiet(other, for: quiet, at: $0, isBefore: hasLength) }
                // Without FOR each is told by its own moment: others of the same time may come before and after it.
                let wanted = hasLength ? times : plainTimes(history, state, other, quiet)
                rules.append(
                    (
                        "WHEN \(state.text)\(hasLength ? " FOR \(text)" : "") AND NO \(other.text) WITHIN \(quietText) EMIT x",
                        wanted.map { History.Row(time: $0) }
                    )
                )
            }
            let (window, within) = history.length()
            let (hold, held) = history.length(8_000)
            let few = history.counts(within: within) { $0 < 1 }
            rules.append(
                ("WHEN count(price(A), \(window)) < 1 EMIT few", rowsOf(history.told(few, for: 0, startsTrue: true)))
            )
            rules.append(
                ("WHEN count(price(A), \(window)) < 1 FOR \(hold) EMIT few", rowsOf(history.told(few, for: held)))
            )
            let least = 1 + history.below(4)
            let many = history.counts(within: within) { $0 >= least }
            rules.append(("WHEN count(price(A), \(window)) >= \(least) EMIT many", rowsOf(history.told(many, for: 0))))
            rules.append(
                (
                    "WHEN count(price(A), \(window)) >= \(least) FOR \(hold) EMIT many",
                    rowsOf(history.told(many, for: held))
                )
            )
            let level = 99 + Double(history.below(10)) / 8
            let fresh = history.freshness(within, above: level)
            rules.append(("WHEN fresh(price(A), \(window)) > \(level) EMIT known", rowsOf(history.told(fresh, for: 0))))
            rules.append(
                (
                    "WHEN fresh(price(A), \(window)) > \(level) FOR \(hold) EMIT known",
                    rowsOf(history.told(fresh, for: held))
                )
            )
            for _ in 0..<3 {
                let (text, changes) = history.windowed()
                rules.append(("WHEN \(text) EMIT x", rowsOf(history.told(changes, for: 0))))
                rules.append(("WHEN \(text) FOR \(hold) EMIT x", rowsOf(history.told(changes, for: held))))
            }
            let compared = try compare(history, seed, rules)
            guard compared >= 0 else { return }
            rows += compared
        }
        #expect(rows > 10 * SignalOracleTests.streams)
    }

    private func rowsOf(_ times: [Int64]) -> [History.Row] { times.map { History.Row(time: $0) } }

    /// When a condition becomes true at a moment behind which another was not true for a time.
    private func plainTimes(_ history: History, _ state: History.State, _ other: History.State, _ length: Int64)
        -> [Int64]
    {
        var times: [Int64] = []
        for place in history.moments.indices {
            guard state.after[place] ?? false, !(place > 0 && state.after[place - 1] ?? false) else { continue }
            var earlier = history
            earlier.moments = Array(history.moments[...place])
            let cut = History.State(text: other.text, after: Array(other.after[...place]))
            if earlier.quiet(cut, for: length, at: history.time(place), isBefore: false) {
                times.append(history.time(place))
            }
        }
        return times
    }

    @Test("clocks, windows of time one after the other, and sessions")
    func windows() throws {
        let functions: [(String, Aggregate)] = [
            ("count", .count), ("sum", .sum), ("mean", .mean), ("variance", .variance), ("stdev", .deviation),
            ("lowest", .minimum), ("highest", .maximum), ("range", .range), ("first", .first),
            ("median", .quantile(0.5)),
            ("zscore", .zscore),
        ]
        var rows = 0
        for seed in 0..<SignalOracleTests.streams {
            var history = History(seed: 2_000_000 + seed)
            var rules: [(String, [History.Row])] = []
            let start = history.time(0)
            // Values by the clock: of all that came before each of its ticks.
            let period = Int64(1 + history.below(12)) * 1_000_000
            let (mids, prices) = (history.values(.quote, 0), history.values(.trade, 1))
            var ticks: [Int64] = []
            var next = start / period * period + period
            while next <= history.end {
                ticks.append(next)
                next += period
            }
            let sampled = ticks.map { tick in
                let place = history.moments.lastIndex { $0.time < tick } ?? 0
                return History.Row(time: tick, values: [mids[place], prices[place]])
            }
            rules.append(
                ("SELECT mid(A) AS m, price(B) AS p FROM quotes, trades EVERY \(period / 1_000_000) ms", sampled)
            )
            let samples = history.samples(0)
            let chosen = (0..<2).map { _ in functions[history.below(functions.count)] }
            let minimum = history.below(2) == 0 ? 1 + history.below(5) : nil
            // Each session has a timer of its own: a row is of one of them.
            func columns(_ window: String, isSession: Bool = false) -> String {
                let window = window + (minimum.map { " from \($0)" } ?? "")
                let parts =
                    chosen.enumerated().map { "\($1.0)(price(A), \(window)) AS c\($0)" }
                    + (isSession ? [] : ["vwap(A, \(window)) AS v"])
                return "SELECT \(parts.joined(separator: ", ")) FROM trades"
            }
            func row(_ time: Int64, _ inside: [SignalOracle.Sample], isSession: Bool = false) -> History.Row {
                let values = chosen.map { History.value($0.1, inside, from: minimum) }
                let last = isSession ? [] : [History.value(.weightedMean, inside, from: minimum)]
                return History.Row(time: time, values: values + last)
            }
            rules.append(
                (
                    columns("tumbling \(period / 1_000_000) ms"),
                    ticks.map { tick in row(tick, samples.filter { $0.time < tick && $0.time >= tick - period }) }
                )
            )
            let (gap, pause) = history.length(4_000)
            var sessions: [[SignalOracle.Sample]] = []
            for sample in samples {
                if let last = sessions.last?.last, sample.time - last.time < pause {
                    sessions[sessions.count - 1].append(sample)
                } else {
                    sessions.append([sample])
                }
            }
            rules.append(
                (
                    columns("session \(gap)", isSession: true),
                    sessions.map { row(($0.last?.time ?? 0) + pause, $0, isSession: true) }
                )
            )
            let compared = try compare(history, seed, rules)
            guard compared >= 0 else { return }
            rows += compared
        }
        #expect(rows > 10 * SignalOracleTests.streams)
    }
}
