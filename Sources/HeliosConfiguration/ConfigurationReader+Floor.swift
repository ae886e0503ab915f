// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosStrategy
import HeliosVenue
import Yams

extension ConfigurationReader {
    /// The list of several venues, which stands in the middle of the section `simulation`.
    mutating func readFloor(_ node: Node, _ document: YAMLDocument) {
        let name = ConfigurationSchema.floorName
        resolved.line("  venues:")
        let items = node.sequence.map(Array.init) ?? []
        if items.isEmpty {
            let found = node.sequence == nil ? "found \(node.found)" : "found an empty list"
            report(node, name, "\(found), expected a list of venues")
        }
        if items.count > FloorSettings.maximumVenues {
            report(node, name, "found \(items.count) venues, expected at most \(FloorSettings.maximumVenues)")
        }
        var floor = FloorSettings([])
        for (place, item) in items.enumerated() {
            let before = errors.count
            let venue = readFloorVenue(item, "\(name)[\(place)]", place, document)
            if errors.count == before, floor.venues.contains(where: { $0.name == venue.name }) {
                report(item, "\(name)[\(place)].name", "\(Node.quoted(venue.name)) is another venue's name")
            }
            floor.venues.append(venue)
        }
        if !items.isEmpty, floor.litPlaces.isEmpty { report(node, name, "expected at least one lit venue") }
        floor.staleAfter = configuration.staleAfter
        configuration.settings.floor = floor
    }

    private mutating func readFloorVenue(
        _ node: Node,
        _ path: String,
        _ place: Int,
        _ document: YAMLDocument
    ) -> FloorVenue {
        var venue = FloorVenue("")
        venue.flowSeed = UInt64(place + 1)
        guard let mapping = node.mapping else {
            report(node, path, "found \(node.found), expected a mapping with the key 'name'")
            return venue
        }
        let names = ConfigurationSchema.floorVenueKeys.map(\.name)
        var members: [String: Node] = [:]
        for entry in unique(document.entries(mapping), below: path) {
            if names.contains(entry.key) {
                members[entry.key] = entry.value
            } else {
                reportUnknown(entry, "\(path).\(entry.key)", among: names)
            }
        }
        var lines: [String] = []
        for key in ConfigurationSchema.floorVenueKeys {
            let place = "\(path).\(key.name)"
            let isGiven = members[key.name] != nil || environment[ConfigurationKey.variable(place)] != nil
            let value = value(of: key, at: place, members[key.name])
            // Keys of the other kind of venue: `kind` stands before them.
            let other: FloorVenue.Kind? =
                key.documentation.hasPrefix("lit:") ? .lit : key.documentation.hasPrefix("dark:") ? .dark : nil
            if let other, other != venue.kind {
                if isGiven {
                    refuseMember(
                        place,
                        members[key.name],
                        "is of a \(other.rawValue) venue, and this one is \(venue.kind.rawValue)"
                    )
                }
                continue
            }
            guard let value else {
                if key.isRequired, !isGiven { report(node, place, "missing, expected \(key.expectation)") }
                continue
            }
            lines.append(ResolvedText.member(key, value))
            FloorReading.set(key.name, value, &venue)
        }
        resolved.line("    - " + lines.joined(separator: "\n      "))
        return venue
    }

    private mutating func refuseMember(_ path: String, _ node: Node?, _ message: String) {
        if let node { report(node, path, message) } else { refuse(path, message) }
    }

    /// Checks what only holds of a floor and the rest together, and makes its market.
    mutating func finishFloor(_ data: Node?) {
        guard let node = floorNode, let floor = configuration.settings.floor else {
            for key in ConfigurationSchema.floorKeys where isGiven(key.path) {
                refuse(key.path, "is of several venues, and there is no list \(ConfigurationSchema.floorName)")
            }
            return
        }
        for path in ConfigurationSchema.replacedByFloor where isGiven(path) {
            refuse(path, "stands beside \(ConfigurationSchema.floorName), where each venue has its own")
        }
        if let data {
            report(data, "data", "stands beside \(ConfigurationSchema.floorName), whose market is generated")
        }
        if hasLive { report(node, ConfigurationSchema.floorName, "stands beside live, which reaches one venue") }
        checkVenueNames(floor, node, ConfigurationSchema.floorName)
        for place in floor.litPlaces {
            guard let day = configuration.agents.day(flowSeed: floor.venues[place].flowSeed) else { continue }
            do throws(MarketDayError) { try day.validate() } catch {
                return refuse("simulation.agents.\(error.key)", "expected \(error.expected)")
            }
            configuration.floorDays.append(day)
        }
    }

    /// A firm's limits name venues by their places too.
    mutating func checkVenueNames(_ floor: FloorSettings, _ node: Node, _ list: String) {
        guard let named = configuration.settings.policy?.venues else { return }
        for (place, name) in named.prefix(floor.venues.count).enumerated() where floor.venues[place].name != name {
            let path = "\(list)[\(place)].name"
            report(node, path, "the limits call the venue of this place \(Node.quoted(name))")
        }
    }
}

/// Puts a value where it belongs.
private enum FloorReading {
    static func set(_ name: String, _ value: ConfigurationValue, _ venue: inout FloorVenue) {
        switch (name, value) {
        case ("name", .text(let text)): venue.name = text
        case ("kind", .parameter(.choice(let word))): venue.kind = FloorVenue.Kind(rawValue: word) ?? .lit
        case ("maker", .parameter(.price(let fee))): venue.maker = fee
        case ("taker", .parameter(.price(let fee))): venue.taker = fee
        case ("feed", .latency(_, let model?)): venue.feed = model
        case ("order", .latency(_, let model?)): venue.order = model
        case ("report", .latency(_, let model?)): venue.report = model
        case ("flow", .parameter(.integer(let seed))): venue.flowSeed = UInt64(max(seed, 0))
        case ("hidden", .share(let points)): venue.hiddenShare = points
        case ("holds", .darkShape(let shape)): venue.dark.shape = shape
        case ("empty", .share(let points)): venue.dark.emptyShare = points
        case ("every", .parameter(.duration(let length))): venue.dark.interval = length
        case ("seed", .parameter(.integer(let seed))): venue.dark.seed = UInt64(max(seed, 0))
        case ("outages", .outages(let outages)): venue.outages = outages
        default: break
        }
    }
}
