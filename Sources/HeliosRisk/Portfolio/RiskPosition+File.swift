// SPDX-License-Identifier: MIT

extension RiskPosition {
    /// Reads positions: a header with `symbol` and `value`, and if wanted `class` and `beta`, in any order.
    ///
    /// The value is money, negative when short. A field of `class` or `beta` may be empty: no class, a beta of 1.
    ///
    /// - Parameter csv: the text of the file.
    /// - Returns: the positions in the file's order.
    /// - Throws: `RiskFileError` with line, column and reason.
    public static func list(csv: String) throws(RiskFileError) -> [RiskPosition] {
        let file = try CommaFile(csv)
        let places = try columns(
            file.header,
            known: ["symbol", "value", "class", "beta"],
            needed: ["symbol", "value"]
        )
        var positions: [RiskPosition] = []
        var seen: Set<Substring> = []
        for row in file.rows {
            let symbol = row.fields[places["symbol", default: 0]]
            guard !symbol.text.isEmpty else { throw symbol.error("the symbol is missing") }
            guard seen.insert(symbol.text).inserted else { throw symbol.error("\(symbol.text) stands twice") }
            let value = row.fields[places["value", default: 1]]
            var position = RiskPosition(String(symbol.text), value: try value.number("the value of \(symbol.text)"))
            guard position.value.magnitude < 1e30 else { throw value.error("a value of \(value.text) is too large") }
            if let place = places["class"], !row.fields[place].text.isEmpty {
                position.assetClass = String(row.fields[place].text)
            }
            if let place = places["beta"], !row.fields[place].text.isEmpty {
                position.beta = try row.fields[place].number("the beta of \(symbol.text)")
                guard position.beta.magnitude <= 100 else { throw row.fields[place].error("a beta beyond 100") }
            }
            positions.append(position)
        }
        return positions
    }
}

extension StressScenario {
    /// Reads scenarios from `scenario,kind,name,shock`: one shock a line, the lines of a scenario in any order.
    ///
    /// `kind` is `market` (no name), `class` or `instrument`; a shock is a return, −0.2 for a fall by a fifth.
    ///
    /// - Parameter csv: the text of the file.
    /// - Returns: the scenarios in the order of their first lines.
    /// - Throws: `RiskFileError` with line, column and reason.
    public static func list(csv: String) throws(RiskFileError) -> [StressScenario] {
        let file = try CommaFile(csv)
        let known = ["scenario", "kind", "name", "shock"]
        let places = try columns(file.header, known: known, needed: known)
        var scenarios: [StressScenario] = []
        for row in file.rows {
            let fields = known.map { row.fields[places[$0, default: 0]] }
            guard !fields[0].text.isEmpty else { throw fields[0].error("the scenario's name is missing") }
            let name = String(fields[0].text)
            let place = scenarios.firstIndex { $0.name == name } ?? scenarios.count
            if place == scenarios.count { scenarios.append(StressScenario(name)) }
            try scenarios[place].take(kind: fields[1], name: fields[2], shock: fields[3])
        }
        return scenarios
    }

    private mutating func take(
        kind: CommaFile.Field,
        name: CommaFile.Field,
        shock: CommaFile.Field
    ) throws(RiskFileError) {
        let value = try shock.number("a shock")
        guard value >= -1, value <= 10 else { throw shock.error("a shock of \(shock.text) is outside -1 to 10") }
        let target = String(name.text)
        var isNew = false
        switch kind.text {
        case "market":
            guard target.isEmpty else { throw name.error("the market has no name") }
            isNew = market == nil
            market = value
        case "class", "instrument":
            guard !target.isEmpty else { throw name.error("which \(kind.text) is meant is missing") }
            if kind.text == "class" {
                isNew = classes.updateValue(value, forKey: target) == nil
            } else {
                isNew = instruments.updateValue(value, forKey: target) == nil
            }
        default: throw kind.error("'\(kind.text)' is none of market, class and instrument")
        }
        guard isNew else {
            throw kind.error("\(self.name) says twice what the \(kind.text)\(target.isEmpty ? "" : " " + target) does")
        }
    }
}

/// The places of named columns.
private func columns(
    _ header: CommaFile.Row,
    known: [String],
    needed: [String]
) throws(RiskFileError) -> [String: Int] {
    var places: [String: Int] = [:]
    for (place, field) in header.fields.enumerated() {
        let name = String(field.text)
        guard known.contains(name) else {
            throw field.error("there is no column '\(name)'; the columns are \(known.joined(separator: ", "))")
        }
        guard places.updateValue(place, forKey: name) == nil else { throw field.error("column '\(name)' stands twice") }
    }
    for name in needed where places[name] == nil {
        throw header.fields[0].error("the header has no column '\(name)'")
    }
    return places
}
