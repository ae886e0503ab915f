// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosStrategy
import HeliosVenue

/// What a dark venue holds, as it is written: `fixed(300)`, `uniform(100, 900)`, `exponential(500)`, `power(100, 1.5)`.
enum DarkShapeText {
    static func parse(_ text: String) -> DarkLiquidity.Shape? {
        let text = text.filter { $0 != " " }
        guard let open = text.firstIndex(of: "("), text.hasSuffix(")") else { return nil }
        let inside = text[text.index(after: open)...].dropLast()
        let parts = inside.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        func shares(_ index: Int) -> Int? {
            guard index < parts.count, let value = Int(parts[index]), (1...DarkLiquidity.maximum).contains(value) else {
                return nil
            }
            return value
        }
        switch (text[..<open], parts.count) {
        case ("fixed", 1): return shares(0).map(DarkLiquidity.Shape.fixed)
        case ("uniform", 2):
            guard let low = shares(0), let high = shares(1), low <= high else { return nil }
            return .uniform(low, high)
        case ("exponential", 1): return shares(0).map { .exponential(mean: Double($0)) }
        case ("power", 2):
            guard let minimum = shares(0), let exponent = Double(parts[1]), (0.1...20).contains(exponent) else {
                return nil
            }
            return .power(minimum: minimum, exponent: exponent)
        default: return nil
        }
    }

    static func text(_ shape: DarkLiquidity.Shape) -> String {
        switch shape {
        case .fixed(let shares): "fixed(\(shares))"
        case .uniform(let low, let high): "uniform(\(low), \(high))"
        case .exponential(let mean): "exponential(\(Int(mean)))"
        case .power(let minimum, let exponent): "power(\(minimum), \(exponent))"
        }
    }
}

/// When a venue can't be reached, as it is written: `10:30-10:45, 14:00-14:01:30`.
enum OutagesText {
    static func parse(_ text: String) -> [FloorOutage]? {
        let parts = text.filter { $0 != " " }.split(separator: ",", omittingEmptySubsequences: false)
        let outages = parts.compactMap { part -> FloorOutage? in
            let ends = part.split(separator: "-", omittingEmptySubsequences: false).map(String.init)
            guard ends.count == 2, let start = time(ends[0]), let end = time(ends[1]), start < end else { return nil }
            return FloorOutage(from: start, to: end)
        }
        guard outages.count == parts.count else { return nil }
        let isOrdered = zip(outages, outages.dropFirst()).allSatisfy { $0.end < $1.start }
        return isOrdered ? outages : nil
    }

    private static func time(_ text: String) -> Nanoseconds? {
        guard case .parameter(.timeOfDay(let time))? = ConfigurationKind.parameter(.timeOfDay).parse(text) else {
            return nil
        }
        return time
    }

    static func text(_ outages: [FloorOutage]) -> String {
        func time(_ value: Nanoseconds) -> String { ConfigurationValue.parameter(.timeOfDay(value)).text }
        return outages.map { "\(time($0.start))-\(time($0.end))" }.joined(separator: ", ")
    }
}
