// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosStrategy
import HeliosVenue
import Yams

extension ConfigurationReader {
    /// The list of dealers, the last of the section `simulation`.
    mutating func readDealers(_ node: Node, _ document: YAMLDocument) {
        let name = ConfigurationSchema.dealersName
        resolved.line("  dealers:")
        let items = node.sequence.map(Array.init) ?? []
        if items.isEmpty {
            let found = node.sequence == nil ? "found \(node.found)" : "found an empty list"
            report(node, name, "\(found), expected a list of dealers")
        }
        if items.count > DealerSettings.maximumDealers {
            report(node, name, "found \(items.count) dealers, expected at most \(DealerSettings.maximumDealers)")
        }
        for (place, item) in items.enumerated() {
            let before = errors.count
            let dealer = readDealer(item, "\(name)[\(place)]", document)
            let others =
                configuration.dealers.dealers.map(\.name) + (configuration.settings.floor?.venues.map(\.name) ?? [])
            if errors.count == before, others.contains(dealer.name) {
                report(
                    item,
                    "\(name)[\(place)].name",
                    "\(Node.quoted(dealer.name)) is another dealer's or venue's name"
                )
            }
            configuration.dealers.dealers.append(dealer)
        }
    }

    private mutating func readDealer(_ node: Node, _ path: String, _ document: YAMLDocument) -> DealerModel {
        var dealer = DealerModel(venue: Venue(id: 0), markup: .zero)
        guard let mapping = node.mapping else {
            report(node, path, "found \(node.found), expected a mapping with the key 'name'")
            return dealer
        }
        let names = ConfigurationSchema.dealerKeys.map(\.name)
        var members: [String: Node] = [:]
        for entry in unique(document.entries(mapping), below: path) {
            if names.contains(entry.key) {
                members[entry.key] = entry.value
            } else {
                reportUnknown(entry, "\(path).\(entry.key)", among: names)
            }
        }
        var lines: [String] = []
        for key in ConfigurationSchema.dealerKeys {
            let place = "\(path).\(key.name)"
            guard let value = value(of: key, at: place, members[key.name]) else {
                let isGiven = members[key.name] != nil || environment[ConfigurationKey.variable(place)] != nil
                if key.isRequired, !isGiven { report(node, place, "missing, expected \(key.expectation)") }
                continue
            }
            lines.append(ResolvedText.member(key, value))
            DealerReading.set(key.name, value, &dealer)
        }
        resolved.line("    - " + lines.joined(separator: "\n      "))
        return dealer
    }

    /// Checks what only holds of dealers and the rest together.
    mutating func finishDealers() {
        guard let node = dealersNode else {
            for key in ConfigurationSchema.dealerSettingKeys where isGiven(key.path) {
                refuse(key.path, "is of dealers, and there is no list \(ConfigurationSchema.dealersName)")
            }
            return
        }
        let name = ConfigurationSchema.dealersName
        if hasLive { report(node, name, "stands beside live, whose dealers are those of live.fix.dealers") }
        let dealers = configuration.dealers.dealers
        let venues = configuration.settings.floor?.venues.count ?? 1
        if venues + dealers.count > DealerSettings.maximumPlaces {
            let most = "expected at most \(DealerSettings.maximumPlaces)"
            report(node, name, "found \(dealers.count) dealers beside \(venues) venues, \(most) together")
        }
        // A firm's limits name venues by their places, and dealers have those behind the venues'.
        for (place, known) in (configuration.settings.policy?.venues ?? []).enumerated().dropFirst(venues) {
            guard dealers.indices.contains(place - venues), dealers[place - venues].name != known else { continue }
            report(
                node,
                "\(name)[\(place - venues)].name",
                "the limits call the venue of this place \(Node.quoted(known))"
            )
        }
        configuration.settings.dealers = configuration.dealers
    }

    /// Dealers are venues of their own behind the one that they are asked through.
    mutating func finishFixDealers() {
        let fix = configuration.live.fix
        guard !fix.dealers.isEmpty else {
            if fix.dealerFee != .zero {
                refuseFix("live.fix.dealerFee", "is of live.fix.dealers, and there are none")
            }
            return
        }
        let key = "live.fix.dealers"
        if liveVenuesNode != nil {
            refuseFix(key, "stands beside live.venues: dealers are asked through a session's only venue")
        }
        if fix.dealers.contains("") { refuseFix(key, "found an empty name, expected names with commas between them") }
        if Set(fix.dealers).count < fix.dealers.count { refuseFix(key, "found a name twice") }
        if fix.dealers.count > DealerSettings.maximumDealers {
            refuseFix(key, "found \(fix.dealers.count) dealers, expected at most \(DealerSettings.maximumDealers)")
        }
        // A firm's limits name venues by their places, and dealers have those behind the venue's.
        for (dealer, known) in zip(fix.dealers, (configuration.settings.policy?.venues ?? []).dropFirst())
        where dealer != known {
            refuseFix(key, "the limits call the venue in the place of \(dealer) '\(known)'")
        }
        configuration.settings.dealers = DealerSettings(
            fix.dealers.map { name in
                var dealer = DealerModel(name, venue: Venue(id: 0), markup: .zero)
                dealer.fee = fix.dealerFee
                return dealer
            }
        )
    }

    /// A parent order that asks dealers needs some.
    mutating func checkDealers(of algorithm: String, _ node: Node, _ path: String) {
        guard algorithm == "rfq", hasLive ? configuration.live.fix.dealers.isEmpty : dealersNode == nil else { return }
        let why =
            hasLive
            ? "live.fix.dealers names none; an OUCH venue takes no requests for quotes"
            : "there is no list \(ConfigurationSchema.dealersName)"
        report(node, path, "rfq asks dealers, and \(why)")
    }
}

/// Puts a value where it belongs.
private enum DealerReading {
    static func set(_ name: String, _ value: ConfigurationValue, _ dealer: inout DealerModel) {
        switch (name, value) {
        case ("name", .text(let text)): dealer.name = text
        case ("markup", .parameter(.price(let price))): dealer.markup = price
        case ("slope", .parameter(.price(let price))): dealer.slope = price
        case ("skew", .parameter(.price(let price))): dealer.skew = price
        case ("noise", .parameter(.price(let price))): dealer.noise = price
        case ("capacity", .parameter(.quantity(let shares))): dealer.capacity = shares
        case ("delay", .parameter(.duration(let length))): dealer.delay = length
        case ("life", .parameter(.duration(let length))): dealer.validity = length
        case ("declines", .share(let points)): dealer.declines = Double(points) / 10_000
        case ("refuses", .share(let points)): dealer.refuses = Double(points) / 10_000
        case ("fee", .parameter(.price(let price))): dealer.fee = price
        default: break
        }
    }
}
