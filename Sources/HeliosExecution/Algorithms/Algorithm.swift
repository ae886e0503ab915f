// SPDX-License-Identifier: MIT

/// How a parent order is worked.
@frozen
public enum Algorithm: UInt8, Sendable, BitwiseCopyable, CaseIterable {
    /// Even slices over time (4.1).
    case twap = 0
    /// Slices along the day's usual volume (4.2).
    case vwap = 1
    /// A share of what the others trade (4.3).
    case participation = 2
    /// Almgren and Chriss's trajectory: haste against risk (4.4).
    case shortfall = 3
    /// A small part of it shown at a time (4.5).
    case iceberg = 4
    /// Rests at an offset to the best price (4.5).
    case peg = 5
    /// Shows nothing; takes what comes up to its limit (4.5).
    case sniper = 6
    /// A leg of a pair: how much of it may be done is up to its `PairExecutor`.
    case leg = 7
    /// Asks dealers for quotes and takes the best of them, all-in.
    case rfq = 8

    /// The name in a configuration and on the command line.
    public var name: String {
        switch self {
        case .twap: "twap"
        case .vwap: "vwap"
        case .participation: "pov"
        case .shortfall: "shortfall"
        case .iceberg: "iceberg"
        case .peg: "peg"
        case .sniper: "sniper"
        case .leg: "leg"
        case .rfq: "rfq"
        }
    }

    /// Those that a user can ask for by name.
    public static let named: [Algorithm] = allCases.filter { $0 != .leg }

    /// The algorithm called `name`.
    public init?(name: String) {
        guard let found = Algorithm.named.first(where: { $0.name == name }) else { return nil }
        self = found
    }
}

/// How much risk is worth avoiding: λ of the trajectory.
@frozen
public enum Urgency: UInt8, Sendable, BitwiseCopyable, CaseIterable {
    case low = 0
    case medium = 1
    case high = 2

    /// λ, per unit of money (4.4).
    @inlinable
    public var riskAversion: Double {
        switch self {
        case .low: 1e-7
        case .medium: 1e-6
        case .high: 1e-5
        }
    }

    public var name: String {
        switch self {
        case .low: "low"
        case .medium: "medium"
        case .high: "high"
        }
    }

    public init?(name: String) {
        guard let found = Urgency.allCases.first(where: { $0.name == name }) else { return nil }
        self = found
    }
}

/// Whether a schedule is kept.
@frozen
public enum Pace: UInt8, Sendable, BitwiseCopyable {
    /// More is done than was due: nothing is added.
    case hold = 0
    /// As it should be, or only a little behind: rests in the book.
    case keep = 1
    /// Behind by more than the band: what is behind crosses the spread.
    case catchUp = 2

    /// The pace of somebody who has `done` where `due` was, with a band in basis points of `quantity` (4.2: 100).
    @inlinable
    public init(done: Int64, due: Int64, of quantity: Int64, band: Int64 = 100) {
        let behind = Int128(due) - Int128(done)
        self =
            behind < 0 ? .hold : behind * 10_000 > Int128(quantity) * Int128(band) ? .catchUp : .keep
    }
}
