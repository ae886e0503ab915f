// SPDX-License-Identifier: MIT
import HeliosMarket

extension SignalQueryParser {
    // MARK: - Conditions
    mutating func condition() throws(SignalQueryError) -> Condition {
        var left = try conjunction()
        while take("or") { left = left || (try conjunction()) }
        return left
    }

    private mutating func conjunction() throws(SignalQueryError) -> Condition {
        var left = try negation()
        // AND NO belongs to the query, not to its condition.
        while token.word == "and", tokens[place + 1].word != "no" {
            place += 1
            left = left && (try negation())
        }
        return left
    }

    private mutating func negation() throws(SignalQueryError) -> Condition {
        if take("not") { return !(try negation()) }
        if token.word == "halted" {
            place += 1
            return try symbolInParentheses().series(.halted) > 0
        }
        // A parenthesis may begin a condition or a number: what stands behind it tells.
        if token.isMark("("), let inner = try conditionInParentheses() { return inner }
        return try comparison()
    }

    private mutating func conditionInParentheses() throws(SignalQueryError) -> Condition? {
        let start = (place, isForEach)
        place += 1
        do throws(SignalQueryError) {
            let condition = try self.condition()
            if take(mark: ")"), !isOperator(token) { return condition }
        } catch {
            // It is read as a number then, and that says what is wrong.
        }
        (place, isForEach) = start
        return nil
    }

    private func isOperator(_ token: SignalToken) -> Bool {
        guard case .mark(let mark) = token.kind else { return false }
        return ["+", "-", "*", "/", "<", ">", "<=", ">=", "=", "!="].contains(mark)
    }

    private mutating func comparison() throws(SignalQueryError) -> Condition {
        let start = token
        let left = try expression()
        guard !left.node.isLarger(than: SignalNode.largestSize) else {
            throw error("this is of too many parts when all names in it are written out", at: start)
        }
        switch token.kind {
        case .mark("<"):
            place += 1
            return left < (try expression())
        case .mark("<="):
            place += 1
            return left <= (try expression())
        case .mark(">"):
            place += 1
            return left > (try expression())
        case .mark(">="):
            place += 1
            return left >= (try expression())
        case .mark("="):
            place += 1
            return left.equals(try expression())
        case .mark("!="):
            place += 1
            return !left.equals(try expression())
        default: break
        }
        if take("widens") || take("rises") { return left.change > 0 }
        if take("narrows") || take("falls") { return left.change < 0 }
        if take("changes") { return !left.change.equals(0) }
        let length = max(1, tokens[place - 1].start + tokens[place - 1].length - start.start)
        throw SignalQueryError(
            "expected a comparison, as in z > 2, and this is a number; then came \(found(token))",
            in: text,
            from: start.start,
            length: length
        )
    }

    // MARK: - Numbers
    mutating func expression() throws(SignalQueryError) -> Series {
        var left = try term()
        while true {
            if take(mark: "+") {
                left = left + (try term())
            } else if take(mark: "-") {
                left = left - (try term())
            } else {
                return left
            }
        }
    }

    private mutating func term() throws(SignalQueryError) -> Series {
        var left = try factor()
        while true {
            if take(mark: "*") {
                left = left * (try factor())
            } else if take(mark: "/") {
                left = left / (try factor())
            } else {
                return left
            }
        }
    }

    private mutating func factor() throws(SignalQueryError) -> Series {
        let start = token
        if take(mark: "-") { return -(try factor()) }
        if take(mark: "+") { return try factor() }
        if take(mark: "(") {
            let inner = try expression()
            try expect(mark: ")", "to close the parenthesis")
            return inner
        }
        switch token.kind {
        case .number(let value):
            place += 1
            return Series(value)
        case .word(let word):
            place += 1
            if let series = try fieldOfEvent(word, start) { return series }
            if let series = named[word.lowercased()], !token.isMark("(") { return series }
            return try call(word, start)
        case .duration: throw error("a length of time is no number; windows and WITHIN have one")
        default: throw error("expected a number, a field or a function, found \(found(token))")
        }
    }

    // MARK: - Fields
    static let fields: [String: SignalField] = [
        "bid": .bid, "ask": .ask, "bidsize": .bidSize, "asksize": .askSize, "mid": .mid, "spread": .width,
        "width": .width, "microprice": .microprice, "imbalance": .imbalance, "ofi": .orderFlow, "price": .price,
        "last": .price, "size": .size, "signedsize": .signedSize,
    ]

    /// Behind a symbol that is a word: what goes on belongs to a symbol that should stand in quotation marks.
    mutating func expectSymbolsEnd() throws(SignalQueryError) {
        guard take(mark: ")") else {
            let hint = "symbols with other characters than letters and digits are quoted: mid('BRK.B')"
            throw error("expected \")\" behind the symbol, found \(found(token)); \(hint)")
        }
    }

    mutating func symbolInParentheses() throws(SignalQueryError) -> SignalSubject {
        guard take(mark: "(") else {
            isForEach = true
            return subject
        }
        let name: String
        switch token.kind {
        case .word(let word): name = word
        case .quoted(let word): name = word
        default: throw error("expected a symbol, found \(found(token)); others than words are quoted: mid('700')")
        }
        try check(symbol: name)
        place += 1
        try expectSymbolsEnd()
        return .symbol(name)
    }

    func check(symbol: String) throws(SignalQueryError) {
        guard !symbols.isEmpty, !symbols.contains(symbol) else { return }
        let nearest = SignalNames.nearest(to: symbol, among: Array(symbols))
        throw error("no instrument is named \(symbol)" + (nearest.map { "; is \($0) meant?" } ?? ""))
    }

    mutating func field(_ field: SignalField, _ start: SignalToken) throws(SignalQueryError) -> Series {
        let subject = try symbolInParentheses()
        if !sources.isEmpty, !sources.contains(field.source) {
            throw error("a \(field.source) tells its \(field), and FROM names no \(field.source)s", at: start)
        }
        if let event = eventKind, event != field.source {
            throw error("a \(event) has no \(field): that is told by a \(field.source)", at: start)
        }
        return subject.series(field)
    }
}

/// What was meant by a name that is not known.
enum SignalNames {
    /// The name with the fewest letters to change; nil when all are too different.
    static func nearest(to name: String, among names: [String]) -> String? {
        let wanted = Array(name.lowercased())
        var best: (distance: Int, name: String)?
        for candidate in names.sorted() {
            let distance = self.distance(wanted, Array(candidate.lowercased()))
            if distance <= max(1, wanted.count / 2), distance < best?.distance ?? .max { best = (distance, candidate) }
        }
        return best?.name
    }

    private static func distance(_ a: [Character], _ b: [Character]) -> Int {
        var row = Array(0...b.count)
        for (i, x) in a.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, y) in b.enumerated() {
                let above = row[j + 1]
                row[j + 1] = min(above + 1, row[j] + 1, diagonal + (x == y ? 0 : 1))
                diagonal = above
            }
        }
        return row[b.count]
    }
}
