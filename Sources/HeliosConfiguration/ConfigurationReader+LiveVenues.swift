// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosStrategy
import HeliosVenue
import Yams

extension ConfigurationReader {
    /// The list of a live session's venues, which stands at the end of the section `live`.
    mutating func readLiveVenues(_ node: Node, _ document: YAMLDocument) {
        let name = ConfigurationSchema.liveVenuesName
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
            let (venue, facts) = readLiveVenue(item, "\(name)[\(place)]", document)
            if errors.count == before, floor.venues.contains(where: { $0.name == venue.name }) {
                report(item, "\(name)[\(place)].name", "\(Node.quoted(venue.name)) is another venue's name")
            }
            checkEndpoints(venue, item, "\(name)[\(place)]")
            configuration.live.venues.append(venue)
            floor.venues.append(facts)
        }
        if !items.isEmpty, floor.litPlaces.isEmpty { report(node, name, "expected at least one lit venue") }
        floor.staleAfter = configuration.staleAfter
        configuration.settings.floor = floor
    }

    private mutating func readLiveVenue(
        _ node: Node,
        _ path: String,
        _ document: YAMLDocument
    ) -> (LiveVenueConfiguration, FloorVenue) {
        var venue = LiveVenueConfiguration()
        var facts = FloorVenue("")
        guard let mapping = node.mapping else {
            report(node, path, "found \(node.found), expected a mapping with the keys 'name' and 'orders'")
            return (venue, facts)
        }
        let names = ConfigurationSchema.liveVenueKeys.map(\.name)
        var members: [String: Node] = [:]
        for entry in unique(document.entries(mapping), below: path) {
            if names.contains(entry.key) {
                members[entry.key] = entry.value
            } else {
                reportUnknown(entry, "\(path).\(entry.key)", among: names)
            }
        }
        var lines: [String] = []
        for key in ConfigurationSchema.liveVenueKeys {
            let place = "\(path).\(key.name)"
            let isGiven = members[key.name] != nil || environment[ConfigurationKey.variable(place)] != nil
            guard let value = value(of: key, at: place, members[key.name]) else {
                if key.isRequired, !isGiven { report(node, place, "missing, expected \(key.expectation)") }
                if key.name == "feed", !isGiven, venue.kind == .lit {
                    report(node, place, "missing, expected \(key.expectation): a lit venue has quotes")
                }
                continue
            }
            lines.append(ResolvedText.member(key, value))
            LiveVenueReading.set(key.name, value, &venue, &facts)
        }
        checkFix(venue, node, path, members)
        resolved.line("    - " + lines.joined(separator: "\n      "))
        return (venue, facts)
    }

    /// Who talks FIX to whom must be said for each venue.
    private mutating func checkFix(
        _ venue: LiveVenueConfiguration,
        _ node: Node,
        _ path: String,
        _ members: [String: Node]
    ) {
        let fix = configuration.live.fix
        if venue.isFix {
            let names = [("sender", venue.sender ?? fix.sender), ("target", venue.target ?? fix.target)]
            for (name, value) in names where value == nil && members[name] == nil {
                report(node, "\(path).\(name)", "missing, expected a text: its orders go by FIX")
            }
            let twin = configuration.live.venues.first {
                $0.isFix && ($0.sender ?? fix.sender) == (venue.sender ?? fix.sender)
                    && ($0.target ?? fix.target) == (venue.target ?? fix.target)
                    && ($0.senderSub ?? fix.senderSub) == (venue.senderSub ?? fix.senderSub)
                    && ($0.targetSub ?? fix.targetSub) == (venue.targetSub ?? fix.targetSub)
            }
            if let twin, names.allSatisfy({ $0.1 != nil }) {
                report(node, "\(path).target", "sender and target are those of \(Node.quoted(twin.name))")
            }
        } else {
            for name in ["sender", "target", "senderSub", "targetSub", "account", "store"] {
                if let member = members[name] { report(member, "\(path).\(name)", "is of FIX, and protocol is ouch") }
            }
        }
    }

    /// Two venues that share an address would take each other's messages for their own.
    private mutating func checkEndpoints(_ venue: LiveVenueConfiguration, _ node: Node, _ path: String) {
        for other in configuration.live.venues {
            if !venue.orders.isEmpty, other.orders == venue.orders {
                report(node, path + ".orders", "\(venue.orders) is that of \(Node.quoted(other.name))")
            }
            if let line = venue.feed.first(where: { other.feed.contains($0) }) {
                report(node, path + ".feed", "\(line) is that of \(Node.quoted(other.name))")
            }
        }
    }

    /// Checks what only holds of the list and the rest together.
    mutating func finishLiveVenues() {
        guard let node = liveVenuesNode, let floor = configuration.settings.floor else {
            for key in ConfigurationSchema.liveFloorKeys where isGiven(key.path) {
                refuse(key.path, "is of several venues, and there is no list \(ConfigurationSchema.liveVenuesName)")
            }
            return
        }
        for path in ConfigurationSchema.replacedByLiveVenues where isGiven(path) {
            let why =
                path.hasPrefix("live.dropCopy")
                ? "is recorded of one venue only" : "where each venue has its own"
            refuse(path, "stands beside \(ConfigurationSchema.liveVenuesName), \(why)")
        }
        checkVenueNames(floor, node, ConfigurationSchema.liveVenuesName)
    }
}

/// Puts a value where it belongs.
private enum LiveVenueReading {
    static func set(
        _ name: String,
        _ value: ConfigurationValue,
        _ venue: inout LiveVenueConfiguration,
        _ facts: inout FloorVenue
    ) {
        switch (name, value) {
        case ("name", .text(let text)): (venue.name, facts.name) = (text, text)
        case ("kind", .parameter(.choice(let word))):
            facts.kind = FloorVenue.Kind(rawValue: word) ?? .lit
            venue.kind = facts.kind
        case ("feed", .text(let text)): venue.feed = ConfigurationKind.endpoints(text) ?? []
        case ("requests", .text(let text)): venue.requests = ConfigurationKind.endpoints(text) ?? []
        case ("snapshots", .text(let text)): venue.snapshots = ConfigurationKind.endpoints(text)?.first
        case ("orders", .text(let text)): venue.orders = ConfigurationKind.endpoints(text)?.first ?? ""
        case ("user", .text(let text)): venue.user = text
        case ("passwordFile", .text(let text)): venue.passwordFile = text
        case ("protocol", .parameter(.choice(let word))): venue.isFix = word == "fix"
        case ("sender", .text(let text)): venue.sender = text
        case ("target", .text(let text)): venue.target = text
        case ("senderSub", .text(let text)): venue.senderSub = text
        case ("targetSub", .text(let text)): venue.targetSub = text
        case ("account", .text(let text)): venue.account = text
        case ("store", .text(let text)): venue.store = text
        case ("maker", .parameter(.price(let fee))): facts.maker = fee
        case ("taker", .parameter(.price(let fee))): facts.taker = fee
        case ("latency", .parameter(.duration(let length))): facts.order = .constant(length)
        case ("rate", .parameter(.integer(let number))): venue.rate = Int(number)
        case ("burst", .parameter(.integer(let number))): venue.burst = Int(number)
        default: break
        }
    }
}
