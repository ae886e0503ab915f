// SPDX-License-Identifier: MIT
import HeliosMarket

extension SignalQueryParser {
    private static let aggregates: [String: Aggregate] = [
        "count": .count, "sum": .sum, "mean": .mean, "avg": .mean, "variance": .variance, "stdev": .deviation,
        "deviation": .deviation, "lowest": .minimum, "highest": .maximum, "first": .first, "range": .range,
        "zscore": .zscore, "median": .quantile(0.5), "beta": .slope, "slope": .slope, "alpha": .intercept,
        "intercept": .intercept, "residual": .residual, "covariance": .covariance, "correlation": .correlation,
        "weightedmean": .weightedMean,
    ]

    private static let functions = [
        "abs", "log", "exp", "sqrt", "lag", "change", "changes", "every", "fresh", "ewma", "quantile", "vwap", "min",
        "max", "atend", "kalmanbeta", "kalmanalpha", "kalmanz",
    ]

    /// Everything that stands before a parenthesis, for messages.
    static var names: [String] { Array(aggregates.keys) + functions + Array(fields.keys) + ["halted"] }

    /// A field or a function; the name has been read.
    mutating func call(_ word: String, _ start: SignalToken) throws(SignalQueryError) -> Series {
        let name = word.lowercased()
        if let field = SignalQueryParser.fields[name] { return try self.field(field, start) }
        guard take(mark: "(") else { throw unknown(word, start) }
        let series = try function(name, word, start)
        try expect(mark: ")", "behind what \(word) is of")
        return series
    }

    private func unknown(_ word: String, _ start: SignalToken) -> SignalQueryError {
        let nearest = SignalNames.nearest(to: word, among: SignalQueryParser.names + Array(named.keys))
        return error("nothing is named \(word)" + (nearest.map { "; is \($0) meant?" } ?? ""), at: start)
    }

    private mutating func function(
        _ name: String,
        _ word: String,
        _ start: SignalToken
    ) throws(SignalQueryError) -> Series {
        if let function = SignalQueryParser.aggregates[name] { return try aggregate(function, word) }
        switch name {
        case "vwap": return try volumeWeighted(start)
        case "quantile":
            let series = try expression()
            try expect(mark: ",", "and a share")
            let share = try number("the share of a quantile", in: 0...1)
            if let join, token.isMark(")") { return join.aggregate(.quantile(share), series) }
            try expect(mark: ",", "and a window")
            return HeliosSignal.aggregate(.quantile(share), series, over: try window())
        case "atend":
            guard let join else {
                throw error("atEnd is of a query with AROUND: the value when the window closes", at: start)
            }
            return join.atEnd(try expression())
        case "min", "max":
            let a = try expression()
            try expect(mark: ",", "and a second number; lowest and highest are of a window")
            let b = try expression()
            return name == "min" ? smaller(a, b) : larger(a, b)
        case "abs": return absolute(try expression())
        case "log": return logarithm(try expression())
        case "exp": return exponential(try expression())
        case "sqrt": return squareRoot(try expression())
        case "change": return try expression().change
        case "changes": return try expression().changes
        case "kalmanbeta", "kalmanalpha", "kalmanz": return try kalman(name)
        default: return try memory(name, word, start)
        }
    }

    /// Functions of an expression and a length of time or a count.
    private mutating func memory(
        _ name: String,
        _ word: String,
        _ start: SignalToken
    ) throws(SignalQueryError) -> Series {
        guard ["lag", "every", "fresh", "ewma"].contains(name) else { throw unknown(word, start) }
        let series = try expression()
        try expect(mark: ",", "and what \(word) goes by")
        switch name {
        case "lag":
            let count = try number("a lag", in: 1...1_000_000)
            guard count == count.rounded() else { throw error("a lag is a whole number", at: tokens[place - 1]) }
            return series.lagged(by: Int(count))
        case "every":
            let period = try duration("that every goes by")
            guard period >= 1_000_000 else { throw error("every is at least 1 ms", at: tokens[place - 1]) }
            return series.sampled(every: period)
        case "fresh": return series.noOlder(than: try duration("that a value may be old"))
        default:
            if case .duration(let tau) = token.kind {
                place += 1
                return HeliosSignal.ewma(series, .time(tau))
            }
            let weight = try number("the weight of an average, or a length of time", in: 0...1)
            guard weight > 0 else { throw error("the weight of an average is above 0", at: tokens[place - 1]) }
            return HeliosSignal.ewma(series, .weight(weight))
        }
    }

    private mutating func kalman(_ name: String) throws(SignalQueryError) -> Series {
        let y = try expression()
        try expect(mark: ",", "and what it is hedged with")
        let x = try expression()
        var settings = KalmanSettings()
        if take(mark: ",") {
            settings.drift = try number("the drift of a Kalman hedge", in: 0...0.999_999)
            if take(mark: ",") { settings.noise = try number("the noise of a Kalman hedge", in: 1e-300...1e300) }
        }
        let series = KalmanSeries(y, on: x, settings)
        return name == "kalmanbeta" ? series.beta : name == "kalmanalpha" ? series.alpha : series.zscore
    }

    /// vwap(SYMBOL, window), or of the event's own symbol vwap(window); around events without a window.
    private mutating func volumeWeighted(_ start: SignalToken) throws(SignalQueryError) -> Series {
        guard sources.isEmpty || sources.contains(.trade) else {
            throw error("a vwap is of trades, and FROM names no trades", at: start)
        }
        var subject = self.subject
        let isBare = token.isMark(")")
        let name: String? =
            switch token.kind {
            case .word(let word) where tokens[place + 1].isMark(",") || tokens[place + 1].isMark(")"): word
            case .quoted(let word): word
            default: nil
            }
        if let name {
            try check(symbol: name)
            subject = .symbol(name)
            place += 1
            if join == nil || !token.isMark(")") { try expect(mark: ",", "and a window") }
        } else {
            isForEach = true
        }
        if let join, isBare || token.isMark(")") {
            return join.aggregate(.weightedMean, subject.series(.price), subject.series(.size))
        }
        let window = try self.window()
        return HeliosSignal.aggregate(.weightedMean, subject.series(.price), subject.series(.size), over: window)
    }

    private mutating func aggregate(_ function: Aggregate, _ word: String) throws(SignalQueryError) -> Series {
        let first = try expression()
        if let join, function.inputs == 1, token.isMark(")") { return join.aggregate(function, first) }
        let next = function.inputs == 2 ? "and a second expression" : "and a window, as in \(word)(…, 30 min)"
        try expect(mark: ",", next)
        guard function.inputs == 2 else { return HeliosSignal.aggregate(function, first, over: try window()) }
        let second = try expression()
        if let join, token.isMark(")") { return join.aggregate(function, first, second) }
        try expect(mark: ",", "and a window, as in \(word)(…, …, 30 min)")
        return HeliosSignal.aggregate(function, first, second, over: try window())
    }

    // [TUMBLING] duration | [TUMBLING] n SAMPLES | SESSION gap, then [HOLDING n] [FROM n]
    private mutating func window() throws(SignalQueryError) -> SignalWindow {
        var window: SignalWindow
        if take("session") {
            window = .session(gap: try duration("without an event that ends a session"))
        } else {
            let isTumbling = take("tumbling")
            switch token.kind {
            case .duration(let length):
                place += 1
                guard !isTumbling || length >= 1_000_000 else {
                    throw error("windows one after the other are at least 1 ms long", at: tokens[place - 1])
                }
                window = isTumbling ? .tumbling(length) : .time(length)
            case .number:
                let count = try whole("a window's samples", in: 1...1_000_000)
                guard take("samples") else {
                    throw error("expected SAMPLES, or a unit of time behind the number, found \(found(token))")
                }
                window = isTumbling ? .tumbling(count: count) : .count(count)
            default:
                let examples = "30 min, 100 samples, tumbling 1 min or session 5 s"
                throw error("expected a window, as \(examples), found \(found(token))")
            }
        }
        if take("holding") { window = window.holding(try whole("room for samples", in: 1...16_000_000)) }
        if take("from") {
            let least = try whole("the least samples", in: 1...16_000_000)
            window = window.from(least)
            guard least <= window.mostSamples else {
                let most = "the window never holds more than \(window.mostSamples)"
                throw error("from \(least) samples it would never give a number: \(most)", at: tokens[place - 1])
            }
        }
        return window
    }

    mutating func whole(_ what: String, in range: ClosedRange<Double>) throws(SignalQueryError) -> Int {
        let value = try number(what, in: range)
        guard value == value.rounded() else { throw error("\(what) are a whole number", at: tokens[place - 1]) }
        return Int(value)
    }

    private mutating func number(
        _ what: String,
        in range: ClosedRange<Double>
    ) throws(SignalQueryError) -> Double {
        guard case .number(let value) = token.kind else { throw error("expected \(what), found \(found(token))") }
        guard range.contains(value) else {
            throw error("\(what) is between \(range.lowerBound) and \(range.upperBound), not \(value)")
        }
        place += 1
        return value
    }
}
