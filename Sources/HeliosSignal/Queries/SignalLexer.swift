// SPDX-License-Identifier: MIT
import HeliosMarket

/// A word of a query.
struct SignalToken: Sendable {
    enum Kind: Equatable, Sendable {
        case word(String)
        /// A name in quotation marks, which is a symbol whatever it looks like.
        case quoted(String)
        case number(Double)
        case duration(Nanoseconds)
        case mark(String)
        case end
    }

    var kind: Kind
    /// Where it begins, and how many characters it has.
    var start: Int
    var length: Int

    /// The word in lower case; empty for everything else.
    var word: String { if case .word(let text) = kind { text.lowercased() } else { "" } }

    func isMark(_ text: String) -> Bool { kind == .mark(text) }
}

/// Cuts a query into words: names, numbers, lengths of time as in `30 min`, marks.
///
/// Two hyphens begin a comment.
struct SignalLexer {
    private static let units: [String: Nanoseconds] = [
        "ns": 1, "us": 1_000, "ms": 1_000_000, "s": 1_000_000_000, "sec": 1_000_000_000, "seconds": 1_000_000_000,
        "min": 60_000_000_000, "minutes": 60_000_000_000, "h": 3_600_000_000_000, "hours": 3_600_000_000_000,
    ]

    private let query: String
    private let scalars: [Unicode.Scalar]
    private var place = 0

    init(_ query: String) {
        self.query = query
        scalars = Array(query.unicodeScalars)
    }

    static func tokens(of query: String) throws(SignalQueryError) -> [SignalToken] {
        var lexer = SignalLexer(query)
        var tokens: [SignalToken] = []
        while let token = try lexer.next() { tokens.append(token) }
        tokens.append(SignalToken(kind: .end, start: lexer.scalars.count, length: 1))
        return tokens
    }

    private mutating func next() throws(SignalQueryError) -> SignalToken? {
        skipBlanks()
        guard place < scalars.count else { return nil }
        let start = place
        let scalar = scalars[place]
        if isDigit(scalar) || scalar == "." { return try number(start) }
        if isLetter(scalar) { return SignalToken(kind: .word(name()), start: start, length: place - start) }
        if scalar == "'" || scalar == "\"" { return try quoted(start, scalar) }
        let two = place + 1 < scalars.count ? "\(scalar)\(scalars[place + 1])" : ""
        if ["<=", ">=", "!=", "<>", "=="].contains(two) {
            place += 2
            return SignalToken(kind: .mark(two == "<>" ? "!=" : two == "==" ? "=" : two), start: start, length: 2)
        }
        guard "+-*/(),<>=:;".unicodeScalars.contains(scalar) else {
            throw SignalQueryError("\"\(scalar)\" has no meaning here", in: query, from: start, length: 1)
        }
        place += 1
        return SignalToken(kind: .mark("\(scalar)"), start: start, length: 1)
    }

    private mutating func skipBlanks() {
        while place < scalars.count {
            if scalars[place].properties.isWhitespace {
                place += 1
            } else if scalars[place] == "-", place + 1 < scalars.count, scalars[place + 1] == "-" {
                while place < scalars.count, scalars[place] != "\n" { place += 1 }
            } else {
                return
            }
        }
    }

    private func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }
    private func isLetter(_ scalar: Unicode.Scalar) -> Bool {
        ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || scalar == "_"
    }

    private mutating func name() -> String {
        let start = place
        while place < scalars.count,
            isLetter(scalars[place]) || isDigit(scalars[place]) || scalars[place] == "."
        { place += 1 }
        return text(start)
    }

    private func text(_ start: Int) -> String { String(String.UnicodeScalarView(scalars[start..<place])) }

    private mutating func quoted(_ start: Int, _ mark: Unicode.Scalar) throws(SignalQueryError) -> SignalToken {
        place += 1
        let begin = place
        while place < scalars.count, scalars[place] != mark { place += 1 }
        guard place < scalars.count else {
            throw SignalQueryError("a quotation mark is not closed", in: query, from: start, length: 1)
        }
        let name = text(begin)
        place += 1
        return SignalToken(kind: .quoted(name), start: start, length: place - start)
    }

    /// A number, or with a unit behind it a length of time.
    private mutating func number(_ start: Int) throws(SignalQueryError) -> SignalToken {
        while place < scalars.count, isDigit(scalars[place]) || scalars[place] == "." || scalars[place] == "_" {
            place += 1
        }
        if place < scalars.count, scalars[place] == "e" || scalars[place] == "E" {
            var ahead = place + 1
            if ahead < scalars.count, scalars[ahead] == "-" || scalars[ahead] == "+" { ahead += 1 }
            if ahead < scalars.count, isDigit(scalars[ahead]) {
                place = ahead
                while place < scalars.count, isDigit(scalars[place]) { place += 1 }
            }
        }
        let digits = text(start).filter { $0 != "_" }
        guard let value = Double(digits), value.isFinite else {
            throw SignalQueryError("\"\(text(start))\" is no number", in: query, from: start, length: place - start)
        }
        let end = place
        skipBlanks()
        let behind = place
        if place < scalars.count, isLetter(scalars[place]) {
            let unit = name().lowercased()
            if let length = SignalLexer.units[unit] {
                return try duration(value, length, start)
            }
            place = behind
        }
        return SignalToken(kind: .number(value), start: start, length: end - start)
    }

    private func duration(_ value: Double, _ unit: Nanoseconds, _ start: Int) throws(SignalQueryError) -> SignalToken {
        let length = value * Double(unit)
        guard length >= 1, length <= 9e17 else {
            let message = "a length of time is between 1 ns and 28 years"
            throw SignalQueryError(message, in: query, from: start, length: place - start)
        }
        return SignalToken(kind: .duration(Nanoseconds(length.rounded())), start: start, length: place - start)
    }
}
