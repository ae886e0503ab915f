// SPDX-License-Identifier: MIT

extension SignalQueryParser {
    // GROUPS key: name (symbol, …), …
    mutating func readGroups() throws(SignalQueryError) {
        let start = token
        let key = try name("what the groups are by, as GROUPS sector: drinks (KO, PEP)")
        try expect(mark: ":", "behind the key of the groups")
        var list: [SignalGroup] = []
        repeat {
            let begin = token
            let name = try name("a group's name")
            guard !list.contains(where: { $0.name == name }) else {
                throw error("two groups are named \(name)", at: begin)
            }
            try expect(mark: "(", "and the group's symbols")
            var members: [String] = []
            repeat {
                let symbol = try self.name("a symbol", isTaken: false)
                try check(symbol: symbol)
                place += 1
                members.append(symbol)
            } while take(mark: ",")
            try expect(mark: ")", "behind the group's symbols")
            list.append(SignalGroup(key: key, name: name, members: members))
        } while take(mark: ",")
        do {
            try groups.add(key, list)
        } catch {
            throw self.error(error.description, at: start)
        }
    }

    private mutating func name(_ what: String, isTaken: Bool = true) throws(SignalQueryError) -> String {
        defer { if isTaken { place += 1 } }
        switch token.kind {
        case .word(let name), .quoted(let name): return name
        default: throw error("expected \(what), found \(found(token))")
        }
    }

    // PARTITION BY key
    /// What the query is made for, one after the other: instruments, or the groups that it is parted by.
    mutating func subjects() throws(SignalQueryError) -> [SignalSubject] {
        guard let partition else { return each.map { .symbol($0) } }
        let start = place
        defer { place = start }
        place = partition + 1
        try expect("by", "behind PARTITION")
        let token = self.token
        let key = try name("a key behind PARTITION BY, as sector")
        guard key.lowercased() != "symbol" else { return each.map { .symbol($0) } }
        guard let groups = groups.groups(by: key) else { throw unknown(key: key, at: token) }
        if isChosen, let symbol = each.first(where: { symbol in !groups.contains { $0.members.contains(symbol) } }) {
            throw error("\(symbol) has no \(key): its groups don't name it", at: token)
        }
        return try parted(groups, key, at: token).map { .group($0) }
    }

    /// The groups, of which only the instruments count that the query is made for.
    private mutating func parted(
        _ groups: [SignalGroup],
        _ key: String,
        at token: SignalToken
    ) throws(SignalQueryError) -> [SignalGroup] {
        guard !each.isEmpty else { return groups }
        let wanted = Set(each)
        let grouped = Set(groups.flatMap(\.members))
        ungrouped[key] = each.filter { !grouped.contains($0) }
        let parted = groups.map {
            SignalGroup(key: $0.key, name: $0.name, members: $0.members.filter { wanted.contains($0) })
        }
        let rest = parted.filter { !$0.members.isEmpty }
        guard !rest.isEmpty else { throw error("none of the instruments has a \(key)", at: token) }
        return rest
    }

    private func unknown(key: String, at token: SignalToken) -> SignalQueryError {
        let nearest = SignalNames.nearest(to: key, among: groups.keys + ["symbol"])
        let known = nearest.map { " (is \($0) meant?)" } ?? ""
        return error(
            "nothing says what \(key) an instrument is of\(known); a table says it (--groups), or GROUPS \(key): NAME (SYMBOL, …);",
            at: token
        )
    }

    // [PARTITION BY key] [LATE duration]
    /// Passes over PARTITION BY, which has been read before the query, and reads LATE.
    mutating func readClauses() throws(SignalQueryError) {
        while true {
            if place == partition {
                place += 3
            } else if token.word == "late", !isLate {
                place += 1
                lateness = max(lateness, try duration("behind LATE"))
                guard lateness <= 86_400_000_000_000 else {
                    throw error("LATE is at most a day", at: tokens[place - 1])
                }
                isLate = true
            } else {
                return
            }
        }
    }
}
