// SPDX-License-Identifier: MIT
import HeliosEngine
import HeliosExecution
import HeliosMarket
import HeliosRisk

/// A parent order as somebody gives it to a running session: names and texts, which the session understands or refuses.
public struct ParentWish: Codable, Sendable {
    public var symbol: String
    /// `buy` or `sell`.
    public var side: String
    /// Shares, as a decimal.
    public var quantity: String
    /// `twap`, `vwap`, `pov`, `shortfall`, `iceberg`, `peg`, `sniper`.
    public var algorithm: String
    /// In whose name it is worked; nil for the first strategy.
    public var strategy: String?
    /// The worst price, as a decimal; nil for none.
    public var limit: String?
    /// Times of the session's day: `15:30` or `15:30:00`; nil for at once, and for the close.
    public var from: String?
    public var until: String?
    /// `low`, `medium`, `high`.
    public var urgency: String?
    public var takes = false
    /// Slices of `twap`, `vwap` and `shortfall`, basis points of `pov`.
    public var slices: Int64?
    /// Of `iceberg` what is shown, of `sniper` the least that is taken, in shares; of `peg` the offset in money.
    public var amount: String?

    public init(symbol: String, side: String, quantity: String, algorithm: String) {
        self.symbol = symbol
        self.side = side
        self.quantity = quantity
        self.algorithm = algorithm
    }
}

/// A parent order as a session tells of it.
public struct ParentStanding: Codable, Sendable {
    public var number: UInt32
    public var symbol: String
    public var side: String
    public var algorithm: String
    public var state: String
    public var reason: String
    public var quantity: String
    public var done: String
    public var open: String
    public var average: String
    public var arrival: String

    init(_ update: ParentUpdate, symbols: [Symbol]) {
        number = update.number
        let index = update.instrument.index
        symbol = symbols.indices.contains(index) ? symbols[index].description : "#\(index)"
        side = update.side == .buy ? "buy" : "sell"
        algorithm = update.algorithm.name
        state = "\(update.state)"
        reason = "\(update.reason)"
        quantity = "\(update.quantity)"
        done = "\(update.done)"
        open = "\(update.open)"
        average = "\(update.averagePrice)"
        arrival = "\(update.arrivalPrice)"
    }
}

/// Why a parent order was not understood.
public struct ParentWishError: Error, Sendable, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}

extension ParentWish {
    /// The request for a session whose day begins at `midnight`.
    func request(_ names: ControlNames, midnight: Timestamp) throws(ParentWishError) -> ParentRequest {
        guard let index = names.symbols.firstIndex(where: { $0.description == symbol }) else {
            throw ParentWishError("the session does not trade '\(symbol)': \(known(names.symbols.map(\.description)))")
        }
        guard side == "buy" || side == "sell" else { throw ParentWishError("'\(side)' is no side: buy or sell") }
        guard let algorithm = Algorithm(name: algorithm) else {
            throw ParentWishError(
                "'\(algorithm)' is no algorithm: \(known(Algorithm.named.filter { $0 != .rfq || names.hasDealers }.map(\.name)))"
            )
        }
        guard algorithm != .rfq || names.hasDealers else {
            throw ParentWishError(
                "'rfq' asks dealers, and this session has none: live.fix.dealers names them, an OUCH venue takes no requests for quotes"
            )
        }
        guard let quantity = try? Quantity(decimal: quantity), quantity.raw > 0 else {
            throw ParentWishError("'\(quantity)' is no quantity above zero")
        }
        var request = ParentRequest(
            algorithm,
            Instrument(id: UInt32(index)),
            side == "buy" ? .buy : .sell,
            quantity,
            takes: takes
        )
        request.strategy = try number(of: strategy, names)
        if let limit {
            guard let price = try? Price(decimal: limit), price.raw > 0 else {
                throw ParentWishError("'\(limit)' is no price above zero")
            }
            request.limit = price
        }
        if let urgency {
            guard let found = Urgency(name: urgency) else {
                throw ParentWishError("'\(urgency)' is no urgency: \(known(Urgency.allCases.map(\.name)))")
            }
            request.urgency = found
        }
        if let from { request.start = midnight + (try ParentWish.time(from)) }
        if let until { request.end = midnight + (try ParentWish.time(until)) }
        request.parameter = try parameter(algorithm)
        return request
    }

    private func known(_ names: [String]) -> String {
        names.count > 20 ? names.prefix(20).joined(separator: ", ") + " and others" : names.joined(separator: ", ")
    }

    private func number(of strategy: String?, _ names: ControlNames) throws(ParentWishError) -> UInt16 {
        guard let strategy else { return 0 }
        let scopes = names.policy.scopes
        let found = names.policy.strategies.firstIndex { scopes.indices.contains($0) && scopes[$0].name == strategy }
        guard let found else {
            let all = names.policy.strategies.compactMap { scopes.indices.contains($0) ? scopes[$0].name : nil }
            throw ParentWishError("there is no strategy '\(strategy)': \(known(all))")
        }
        return UInt16(truncatingIfNeeded: found)
    }

    private func parameter(_ algorithm: Algorithm) throws(ParentWishError) -> Int64 {
        // What would be passed over without a word is not what somebody wanted.
        let counts: [Algorithm] = [.twap, .vwap, .shortfall, .participation]
        if slices != nil, !counts.contains(algorithm) {
            throw ParentWishError("\(algorithm.name) has no slices: it takes an amount")
        }
        if amount != nil, counts.contains(algorithm) {
            throw ParentWishError("\(algorithm.name) has no amount: it takes slices")
        }
        switch algorithm {
        case .twap, .vwap, .shortfall, .participation:
            guard let slices else { return 0 }
            let most: Int64 = algorithm == .participation ? 9_000 : 10_000
            guard (1...most).contains(slices) else {
                throw ParentWishError("\(slices) is not between 1 and \(most)")
            }
            return slices
        case .iceberg, .sniper:
            guard let amount else { return 0 }
            guard let shares = try? Quantity(decimal: amount), shares.raw > 0 else {
                throw ParentWishError("'\(amount)' is no quantity above zero")
            }
            return shares.raw
        case .peg:
            guard let amount else { return 0 }
            guard let offset = try? Price(decimal: amount) else { throw ParentWishError("'\(amount)' is no price") }
            return offset.raw
        case .leg, .rfq: return 0
        }
    }

    /// Nanoseconds since midnight of `15:30` or `15:30:00`.
    private static func time(_ text: String) throws(ParentWishError) -> Nanoseconds {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map { Int64($0) ?? -1 }
        let bounds: [Int64] = [24, 60, 60]
        guard (2...3).contains(parts.count), zip(parts, bounds).allSatisfy({ $0 >= 0 && $0 < $1 }) else {
            throw ParentWishError("'\(text)' is no time of day such as 15:30")
        }
        let seconds = parts[0] * 3_600 + parts[1] * 60 + (parts.count == 3 ? parts[2] : 0)
        return seconds * 1_000_000_000
    }
}
