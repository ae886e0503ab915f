// SPDX-License-Identifier: MIT
import HeliosEngine
import HeliosMarket
import HeliosStrategy
import HeliosVenue

/// A latency as it is written: `100us`, `lognormal(30us, 300us)`, `empirical(measured.csv)`.
public enum LatencyText: Sendable, Equatable {
    case constant(Nanoseconds)
    case logNormal(median: Nanoseconds, p99: Nanoseconds)
    /// A file.
    case measured(String)

    /// Nil for another form, a length above an hour, or a p99 below the median.
    init?(_ text: String) {
        if let file = LatencyText.inside(text, "empirical") {
            guard !file.isEmpty, !file.unicodeScalars.contains("\0") else { return nil }
            self = .measured(file)
            return
        }
        if let inside = LatencyText.inside(text, "lognormal") {
            let parts = inside.split(separator: ",", omittingEmptySubsequences: false).map(LatencyText.length)
            guard parts.count == 2, let median = parts[0], let p99 = parts[1], median > 0, median <= p99 else {
                return nil
            }
            self = .logNormal(median: median, p99: p99)
            return
        }
        guard let latency = LatencyText.length(text[...]) else { return nil }
        self = .constant(latency)
    }

    /// What stands between the brackets behind `name`.
    private static func inside(_ text: String, _ name: String) -> String? {
        guard text.hasPrefix(name + "("), text.hasSuffix(")") else { return nil }
        return trimmed(text.dropFirst(name.utf8.count + 1).dropLast())
    }

    private static func trimmed(_ text: Substring) -> String {
        String(String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()))
    }

    private static func length(_ text: Substring) -> Nanoseconds? {
        guard case .duration(let length)? = try? ParameterKind.duration.parse(trimmed(text)) else { return nil }
        return (0...LatencyModel.maximum).contains(length) ? length : nil
    }

    /// The model, where it needs no file.
    var model: LatencyModel? {
        switch self {
        case .constant(let latency): .constant(latency)
        case .logNormal(let median, let p99): .logNormal(median: median, p99: p99)
        case .measured: nil
        }
    }

    /// The one way to write it.
    var text: String {
        func length(_ value: Nanoseconds) -> String { ConfigurationValue.parameter(.duration(value)).text }
        switch self {
        case .constant(let latency): return length(latency)
        case .logNormal(let median, let p99): return "lognormal(\(length(median)), \(length(p99)))"
        case .measured(let file): return "empirical(\(file))"
        }
    }
}

/// Rules of a fee schedule as they are written: `1000000: -0.0025/0.0029, 2@0: -0.0010/0.0020`.
enum FeeRulesText {
    static func parse(_ text: String) -> [FeeSchedule.Rule]? {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        let rules = parts.compactMap { rule(words($0)) }
        return rules.count == parts.count && rules.count <= FeeSchedule.maximumTiers ? rules : nil
    }

    private static func words(_ text: Substring) -> String { text.filter { $0 != " " } }

    private static func rule(_ text: String) -> FeeSchedule.Rule? {
        let halves = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard halves.count == 2 else { return nil }
        let place = halves[0].split(separator: "@", omittingEmptySubsequences: false).map(String.init)
        let rates = halves[1].split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard place.count <= 2, rates.count == 2, let volume = place.last, let maker = rate(rates[0]),
            let taker = rate(rates[1]),
            case .parameter(.quantity(let from))? = ConfigurationKind.parameter(.quantity).parse(volume), from.raw >= 0
        else { return nil }
        guard place.count == 2 else { return FeeSchedule.Rule(volume: from, maker: maker, taker: taker) }
        guard let venue = UInt16(place[0]), place[0].first?.isNumber == true else { return nil }
        return FeeSchedule.Rule(venue: Venue(id: venue), volume: from, maker: maker, taker: taker)
    }

    private static func rate(_ text: String) -> Price? {
        guard case .parameter(.price(let rate))? = ConfigurationKind.parameter(.price).parse(text) else { return nil }
        return abs(rate.raw) <= 10 * Price.scale ? rate : nil
    }

    static func text(_ rules: [FeeSchedule.Rule]) -> String {
        rules.map { rule in
            "\(rule.venue.map { "\($0.id)@" } ?? "")\(rule.volume): \(rule.maker)/\(rule.taker)"
        }.joined(separator: ", ")
    }
}
