// SPDX-License-Identifier: MIT
import HeliosMarket

/// Rules written as text.
///
/// ```sql
/// SELECT zscore(mid(KO) - 1.31 * mid(PEP), 30 min) AS z FROM quotes WHERE spread(KO) < 0.05
/// WHEN zscore(mid(KO) - 1.31 * mid(PEP), 30 min) > 2 FOR 5 s AND NO halted(KO) WITHIN 60 s EMIT sell(mid(KO) - 1.31 * mid(PEP))
/// MATCH a: trade(size > 10000) THEN b: quote(spread widens) WITHIN 200 ms WITHOUT c: halt
/// ```
/// Queries are separated by semicolons. Words of the language are written in any case, symbols as they are. A query that
/// names no symbol in its fields is meant for each symbol by itself.
public struct SignalQuery: Sendable {
    public let rules: [SignalRule]
    /// Instruments that a `PARTITION BY` leaves out, having no group by its key: the key, and their symbols.
    public let ungrouped: [String: [String]]
    /// The longest `LATE` of the queries, 0 without any: how much later than an event with a later time one may come.
    public let lateness: Nanoseconds

    /// Reads a text.
    ///
    /// - Parameters:
    ///   - text: one query or several, separated by semicolons.
    ///   - symbols: the instruments that a query may name; when empty, any.
    ///   - each: the instruments that a query without symbols is made for; nil for all of `symbols`.
    ///   - groups: what `PARTITION BY` goes by, besides the `GROUPS` of the text.
    /// - Throws: `SignalQueryError` with the place of the first fault.
    public init(
        _ text: String,
        symbols: [String] = [],
        each: [String]? = nil,
        groups: SignalGroups = SignalGroups()
    ) throws(SignalQueryError) {
        let tokens = try SignalLexer.tokens(of: text)
        var parser = SignalQueryParser(text, symbols: symbols, each: each, groups: groups, tokens: tokens)
        rules = try parser.queries()
        ungrouped = parser.ungrouped
        lateness = parser.lateness
    }
}

/// Reads queries by recursive descent: each function reads what it is named after.
struct SignalQueryParser {
    let text: String
    let scalars: [Unicode.Scalar]
    let symbols: Set<String>
    let each: [String]
    /// Whether somebody chose what `each` is.
    let isChosen: Bool
    var groups: SignalGroups
    var ungrouped: [String: [String]] = [:]
    var lateness: Nanoseconds = 0
    /// Whether LATE was met in the query that is being read.
    var isLate = false
    let tokens: [SignalToken]
    var place = 0
    /// What fields without a symbol are of: one instrument or group after the other, where a query is for each.
    var subject = SignalSubject.symbol("")
    /// Where PARTITION BY stands in the query that is being read.
    var partition: Int?
    /// Whether a field without a symbol was met in the query that is being read.
    var isForEach = false
    /// How many queries of a text begin with SELECT, the one that is being read included.
    var selects = 0
    /// What its rows are called: those of several queries can be told apart.
    var selectName: String { selects > 1 ? "select#\(selects)" : "select" }
    /// Names that `AS` gave in this query.
    var named: [String: Series] = [:]
    /// Inside an event's parentheses, the kind of event.
    var eventKind: SignalTick.Kind?
    /// Events of the pattern that is being read, by the names that it gave them.
    var labels: [String: Label] = [:]
    /// The number of the event that is being read, and the same inside its parentheses.
    var step = 0
    var current: Int?
    /// What AROUND says, and where it stands.
    var join: SignalJoin?
    var joinPlace: Int?
    var joinEnd = 0
    /// The kinds after FROM; empty for all.
    var sources: Set<SignalTick.Kind> = []

    struct Label {
        var step: Int
        var kind: SignalTick.Kind
        var subject: SignalSubject
    }

    init(_ text: String, symbols: [String], each: [String]?, groups: SignalGroups, tokens: [SignalToken]) {
        self.text = text
        scalars = Array(text.unicodeScalars)
        self.symbols = Set(symbols)
        self.each = each ?? symbols
        isChosen = each != nil
        self.groups = groups
        self.tokens = tokens
    }

    var token: SignalToken { tokens[place] }

    func error(_ message: String, at token: SignalToken? = nil) -> SignalQueryError {
        let token = token ?? self.token
        return SignalQueryError(message, in: text, from: token.start, length: token.length)
    }

    func found(_ token: SignalToken) -> String {
        switch token.kind {
        case .word(let word): "\"\(word)\""
        case .quoted(let name): "'\(name)'"
        case .number(let value): "\(value)"
        case .duration(let length): SignalText.duration(length)
        case .mark(let mark): "\"\(mark)\""
        case .end: "the end"
        }
    }

    mutating func take(_ word: String) -> Bool {
        guard token.word == word else { return false }
        place += 1
        return true
    }

    mutating func take(mark: String) -> Bool {
        guard token.isMark(mark) else { return false }
        place += 1
        return true
    }

    mutating func expect(mark: String, _ what: String) throws(SignalQueryError) {
        guard take(mark: mark) else { throw error("expected \"\(mark)\" \(what), found \(found(token))") }
    }

    mutating func expect(_ word: String, _ what: String) throws(SignalQueryError) {
        guard take(word) else { throw error("expected \(word.uppercased()) \(what), found \(found(token))") }
    }

    mutating func duration(_ what: String) throws(SignalQueryError) -> Nanoseconds {
        guard case .duration(let length) = token.kind else {
            throw error("expected a length of time \(what), as 200 ms or 30 min, found \(found(token))")
        }
        place += 1
        return length
    }

    // MARK: - Queries
    mutating func queries() throws(SignalQueryError) -> [SignalRule] {
        var rules: [SignalRule] = []
        while token.kind != .end {
            if take(mark: ";") { continue }
            if token.word == "select" { selects += 1 }
            if take("groups") { try readGroups() } else { rules += try forEachSubject() }
            guard token.isMark(";") || token.kind == .end else {
                throw error("expected \";\" or the end of the query, found \(found(token))")
            }
        }
        guard !rules.isEmpty else { throw error("there is no query: it begins with SELECT, WHEN or MATCH") }
        return rules
    }

    /// Reads a query once, or where its fields have no symbol once for each symbol.
    private mutating func forEachSubject() throws(SignalQueryError) -> [SignalRule] {
        let start = place
        try checkSize()
        isForEach = false
        partition = ahead("partition")
        let subjects = try self.subjects()
        subject = subjects.first ?? .symbol("")
        let rule = try query()
        guard isForEach else {
            if let partition {
                throw error("every field names its symbol: there is nothing to part", at: tokens[partition])
            }
            return [rule]
        }
        guard !subjects.isEmpty else {
            throw error("a field without a symbol is of each symbol, and none are given", at: tokens[start])
        }
        var rules: [SignalRule] = []
        for subject in subjects {
            place = start
            self.subject = subject
            rules.append(try query().named("\(rule.name).\(subject.name)"))
        }
        return rules
    }

    /// Reading and compiling go as deep as the query is nested, and as its sums are long.
    private func checkSize() throws(SignalQueryError) {
        var depth = 0
        var signs = 0
        for index in place..<tokens.count {
            guard !tokens[index].isMark(";") else { return }
            if tokens[index].isMark("(") { depth += 1 }
            if tokens[index].isMark(")") { depth -= 1 }
            signs = tokens[index].word == "not" || tokens[index].isMark("-") ? signs + 1 : 0
            guard depth + signs <= 200 else { throw error("the query is nested too deeply", at: tokens[index]) }
            guard index - place < 3_000 else { throw error("a query has at most 3,000 words", at: tokens[index]) }
        }
    }

    private mutating func query() throws(SignalQueryError) -> SignalRule {
        named = [:]
        eventKind = nil
        sources = []
        isLate = false
        if take("select") { return try select() }
        if take("when") { return try whenQuery() }
        if take("match") { return try match() }
        throw error("a query begins with SELECT, WHEN or MATCH, not with \(found(token))")
    }

    // SELECT expression [AS name], … FROM quotes [WHERE condition] [EVERY duration]
    private mutating func select() throws(SignalQueryError) -> SignalRule {
        let start = place
        // FROM says what the columns may be of, and stands behind them.
        if let from = ahead("from") {
            place = from + 1
            try readSources()
            place = start
        }
        try readJoin()
        defer { join = nil }
        var columns = try self.columns(until: "from")
        if take("from") { try readSources() }
        try readClauses()
        skipJoin()
        try readClauses()
        let condition: Condition? = take("where") ? try self.condition() : nil
        try readClauses()
        if let join {
            guard token.word != "every" else {
                throw error("rows around events come with the events, not EVERY so often")
            }
            return try joined(columns, where: condition, join)
        }
        guard columns.contains(where: { $0.1.node.isMoved }) else {
            throw error("no column ever changes: one names a field, as mid(KO)", at: tokens[start])
        }
        if take("every") {
            let period = try duration("behind EVERY")
            guard period >= 1_000_000 else { throw error("EVERY is at least 1 ms", at: tokens[place - 1]) }
            columns = columns.map { ($0.0, $0.1.sampled(every: period)) }
        }
        try readClauses()
        let parts = columns.map { SignalRule.Column(name: $0.0, node: $0.1.node) }
        let any = SignalNode.any(parts.map(\.node))
        return SignalRule(
            name: selectName,
            trigger: condition.map { .filter(any, by: $0.node) } ?? any,
            columns: parts,
            action: .tell
        )
    }

    func ahead(_ word: String) -> Int? {
        var index = place
        var depth = 0
        while tokens[index].kind != .end, !tokens[index].isMark(";") {
            if tokens[index].isMark("(") { depth += 1 }
            if tokens[index].isMark(")") { depth -= 1 }
            // Inside parentheses the same word belongs to a window.
            if depth == 0, tokens[index].word == word, !isName(at: index) { return index }
            index += 1
        }
        return nil
    }

    /// Whether a word is a name that `AS` gives, or the use of one: a clause stands behind what is whole.
    private func isName(at index: Int) -> Bool {
        guard index > 0 else { return false }
        switch tokens[index - 1].kind {
        case .mark(let mark): return mark != ")"
        default:
            let isWhole = index > 1 && tokens[index - 2].word == "as"
            return !isWhole && ["select", "where", "and", "or", "not", "as"].contains(tokens[index - 1].word)
        }
    }

    private mutating func readSources() throws(SignalQueryError) {
        sources = []
        repeat {
            switch token.word {
            case "quotes": sources.insert(.quote)
            case "trades": sources.insert(.trade)
            case "statuses": sources.insert(.status)
            default: throw error("expected quotes, trades or statuses behind FROM, found \(found(token))")
            }
            place += 1
        } while take(mark: ",")
    }

    mutating func columns(until word: String) throws(SignalQueryError) -> [(String, Series)] {
        var columns: [(String, Series)] = []
        repeat {
            let begin = place
            let series = try expression()
            var name = String(String.UnicodeScalarView(scalars[tokens[begin].start..<end]))
            guard !series.node.isLarger(than: SignalNode.largestSize) else {
                throw error("\(name) is of too many parts when all names in it are written out", at: tokens[begin])
            }
            if take("as") {
                guard case .word(let given) = token.kind else {
                    throw error("expected a name behind AS, found \(found(token))")
                }
                place += 1
                name = given
                named[given.lowercased()] = series
            }
            if columns.contains(where: { $0.0 == name }) {
                throw error("two columns are named \"\(name)\"; AS gives another name", at: tokens[place - 1])
            }
            columns.append((name, series))
        } while take(mark: ",")
        return columns
    }

    /// Where the token before ends.
    private var end: Int { tokens[place - 1].start + tokens[place - 1].length }

    // WHEN condition [FOR duration] [AND NO condition WITHIN duration] EMIT emission
    private mutating func whenQuery() throws(SignalQueryError) -> SignalRule {
        let start = token
        let condition = try self.condition()
        guard condition.node.isMoved else {
            throw error("the condition never changes: it names no field, as mid(KO)", at: start)
        }
        var trigger = take("for") ? when(condition, for: try duration("behind FOR")) : when(condition)
        while take("and") {
            guard take("no") else {
                trigger = trigger.and(try self.condition())
                continue
            }
            let excluded = try self.condition()
            try expect("within", "and a length of time behind AND NO")
            trigger = trigger.and(no: excluded, within: try duration("behind WITHIN"))
        }
        try readClauses()
        try expect("emit", "and what is to be said")
        let rule = try emission(trigger)
        try readClauses()
        return rule
    }

    // buy(expression), sell(expression), close(expression), close or name(expression [AS name], …)
    mutating func emission(_ trigger: Trigger) throws(SignalQueryError) -> SignalRule {
        guard case .word(let name) = token.kind else {
            throw error("expected buy(…), sell(…), close(…) or a name behind EMIT, found \(found(token))")
        }
        place += 1
        let action = name.lowercased()
        let isBare = !token.isMark("(") || tokens[place + 1].isMark(")")
        guard !isBare || (action != "buy" && action != "sell") else {
            throw error("\(action) is of a sum of prices, as \(action)(mid(KO))", at: tokens[place - 1])
        }
        guard !isBare else {
            if take(mark: "(") { place += 1 }
            return trigger.emit(action == "close" ? .closeAll : .signal(name))
        }
        place += 1
        let start = token
        let columns = try self.columns(until: ")")
        try expect(mark: ")", "behind what is said")
        switch action {
        case "buy", "sell", "close":
            guard columns.count == 1 else { throw error("\(name) is of one expression", at: tokens[place - 1]) }
            let emission: Emission =
                action == "buy" ? .buy(columns[0].1) : action == "sell" ? .sell(columns[0].1) : .close(columns[0].1)
            return try checked(trigger.emit(emission), from: start)
        default:
            let parts = columns.map { SignalRule.Column(name: $0.0, node: $0.1.node) }
            return SignalRule(name: name, trigger: trigger.node, columns: parts, action: .tell)
        }
    }

    /// Refuses what can't be traded at the place where it stands.
    private func checked(_ rule: SignalRule, from start: SignalToken) throws(SignalQueryError) -> SignalRule {
        do {
            _ = try rule.tradedSymbols()
            return rule
        } catch {
            let last = tokens[place - 2]
            throw SignalQueryError(
                error.description,
                in: text,
                from: start.start,
                length: last.start + last.length - start.start
            )
        }
    }
}
