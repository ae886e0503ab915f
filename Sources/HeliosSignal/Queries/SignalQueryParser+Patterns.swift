// SPDX-License-Identifier: MIT
import HeliosMarket

extension SignalQueryParser {
    // MATCH event (THEN event)* | (AND event)* | (OR event)* | n TIMES event | event THEN NO event, WITHIN duration
    // [WITHOUT event] [EMIT emission]
    mutating func match() throws(SignalQueryError) -> SignalRule {
        labels = [:]
        step = 0
        defer { labels = [:] }
        let pattern = try self.pattern()
        let trigger = Trigger(node: pattern.node)
        try readClauses()
        let rule = take("emit") ? try emission(trigger) : trigger.emit(.signal("match"))
        try readClauses()
        return rule
    }

    private mutating func pattern() throws(SignalQueryError) -> Condition {
        if case .number(let count) = token.kind {
            let start = token
            place += 1
            guard take("times") else { throw error("expected TIMES behind a number of events, found \(found(token))") }
            guard count >= 1, count <= 65_536, count == count.rounded() else {
                throw error("events are counted by a whole number from 1 to 65,536", at: start)
            }
            let event = try self.event()
            return event.times(Int(count), within: try withinLength())
        }
        let first = try event()
        if token.word == "and" { return try conjunction(first) }
        if token.word == "or" { return try alternatives(first) }
        var steps = [first]
        while take("then") {
            if take("no") {
                let missing = try event()
                guard steps.count == 1 else {
                    throw error("THEN NO stands behind one event", at: tokens[place - 1])
                }
                return first.withNo(missing, within: try withinLength())
            }
            steps.append(try event())
        }
        guard steps.count > 1 else { return first }
        guard steps.count <= 16 else { throw error("a sequence has at most 16 steps", at: tokens[place - 1]) }
        let length = try withinLength()
        let excluded: SignalNode? = take("without") ? try event().node : nil
        return Condition(.sequence(steps.map(\.node), within: length, without: excluded, keeping: []))
    }

    private mutating func conjunction(_ first: Condition) throws(SignalQueryError) -> Condition {
        var events = [first]
        while take("and") { events.append(try event()) }
        guard events.count <= 16 else { throw error("at most 16 events happen together", at: tokens[place - 1]) }
        return Condition(.together(events.map(\.node), try withinLength()))
    }

    private mutating func alternatives(_ first: Condition) throws(SignalQueryError) -> Condition {
        var either = first
        while take("or") { either = either || (try event()) }
        return either
    }

    private mutating func withinLength() throws(SignalQueryError) -> Nanoseconds {
        try expect("within", "and a length of time")
        return try duration("behind WITHIN")
    }

    // [label:] trade(condition) | quote(condition) | halt | resume | a condition in parentheses, which happens when it
    // becomes true
    mutating func event() throws(SignalQueryError) -> Condition {
        defer { step += 1 }
        var label: String?
        if case .word(let name) = token.kind, tokens[place + 1].isMark(":") {
            guard labels[name.lowercased()] == nil else { throw error("two events are named \(name)") }
            label = name.lowercased()
            place += 2
        }
        switch token.word {
        case "trade": return try filtered(.trade, .price, label)
        case "quote": return try filtered(.quote, .bid, label)
        case "halt": return try status { $0 > 0 }
        case "resume": return try status { $0.equals(0) }
        default:
            guard take(mark: "(") else {
                let wanted = "trade(…), quote(…), halt, resume or a condition in parentheses"
                throw error("expected \(wanted), found \(found(token))")
            }
            let condition = try self.condition()
            try expect(mark: ")", "behind the condition")
            return condition.rises
        }
    }

    /// An event of one kind, of one symbol, for which a condition holds.
    private mutating func filtered(
        _ kind: SignalTick.Kind,
        _ field: SignalField,
        _ label: String?
    ) throws(SignalQueryError) -> Condition {
        place += 1
        let outer = subject
        defer { subject = outer }
        var condition: Condition?
        var named = false
        if take(mark: "(") {
            if let symbol = try leadingSymbol() {
                subject = .symbol(symbol)
                named = true
            }
            if let label { labels[label] = Label(step: step, kind: kind, subject: subject) }
            if !token.isMark(")") {
                eventKind = kind
                current = step
                defer { current = nil }
                defer { eventKind = nil }
                let wasForEach = isForEach
                condition = try self.condition()
                if named { isForEach = wasForEach }
            }
            try expect(mark: ")", "behind the event")
        }
        if !named { isForEach = true }
        if let label { labels[label] = Label(step: step, kind: kind, subject: subject) }
        return HeliosSignal.event(subject.series(field), condition)
    }

    /// `a.price`: a field of an event that has a name; nil where the word is none.
    mutating func fieldOfEvent(_ word: String, _ start: SignalToken) throws(SignalQueryError) -> Series? {
        guard let dot = word.firstIndex(of: "."), let label = labels[word[..<dot].lowercased()] else { return nil }
        let name = String(word[word.index(after: dot)...])
        guard let field = SignalQueryParser.fields[name.lowercased()] else {
            let nearest = SignalNames.nearest(to: name, among: Array(SignalQueryParser.fields.keys))
            throw error("an event has no \(name)" + (nearest.map { "; is \($0) meant?" } ?? ""), at: start)
        }
        guard field.source == label.kind else {
            throw error("a \(label.kind) has no \(field): that is told by a \(field.source)", at: start)
        }
        let series = label.subject.series(field)
        return label.step == current ? series : series.when(step: label.step)
    }

    /// A symbol and a comma, or a symbol alone.
    private mutating func leadingSymbol() throws(SignalQueryError) -> String? {
        guard token.kind != .end else { return nil }
        let next = tokens[place + 1]
        guard next.isMark(",") || next.isMark(")") else { return nil }
        let name: String
        switch token.kind {
        case .word(let word): name = word
        case .quoted(let word): name = word
        default: return nil
        }
        try check(symbol: name)
        place += 1
        _ = take(mark: ",")
        return name
    }

    private mutating func status(_ body: (Series) -> Condition) throws(SignalQueryError) -> Condition {
        place += 1
        var subject = self.subject
        if take(mark: "(") {
            guard let name = try leadingSymbol() else {
                throw error("expected a symbol, found \(found(token)); others than words are quoted: halt('BRK.B')")
            }
            subject = .symbol(name)
            try expectSymbolsEnd()
        } else {
            isForEach = true
        }
        return body(subject.series(.halted)).rises
    }
}
