// SPDX-License-Identifier: MIT
import HeliosMarket

/// What costs are broken down by.
public enum CostDimension: String, Sendable, CaseIterable {
    case venue, algorithm, strategy, timeOfDay, size

    /// How many values it has.
    public var count: Int {
        switch self {
        case .venue: 16
        case .algorithm: 16
        case .strategy: 64
        case .timeOfDay: 48
        case .size: 8
        }
    }

    /// Where its sums begin in a table; the first sums are those of everything.
    var offset: Int {
        switch self {
        case .venue: 1
        case .algorithm: 17
        case .strategy: 33
        case .timeOfDay: 97
        case .size: 145
        }
    }

    static let total = 153
}

/// The value that an order or fill has in each dimension but the venue.
struct CostCell: BitwiseCopyable, Sendable {
    var algorithm: Int64
    var strategy: Int64
    var time: Int64
    var size: Int64

    /// For a parent's number of shares.
    static func sizeBucket(_ quantity: Quantity) -> Int64 {
        let bounds: InlineArray<7, Int> = [100, 500, 1_000, 5_000, 10_000, 50_000, 100_000]
        var bucket: Int64 = 0
        while bucket < 7, quantity.raw >= Quantity(bounds[Int(bucket)]).raw { bucket += 1 }
        return bucket
    }
}

/// Costs of everything, and by venue, algorithm, strategy, half hour of the day and size.
public struct CostTable: Sendable {
    /// By dimension and value, in memory reserved at the start.
    var sums = [CostSums](repeating: CostSums(), count: CostDimension.total)

    public init() {}

    /// Over everything.
    public var all: CostSums { sums[0] }

    /// Of a value of a dimension: a venue's place, an algorithm's number, a strategy's number, a half hour from midnight, or a size.
    public subscript(dimension: CostDimension, value: Int) -> CostSums {
        value >= 0 && value < dimension.count ? sums[dimension.offset + value] : CostSums()
    }

    /// The values of a dimension that anything is known of.
    public func values(_ dimension: CostDimension) -> [Int] {
        (0..<dimension.count).filter { !sums[dimension.offset + $0].isEmpty }
    }

    /// The shares of a parent that make up a size: `1,000 to 4,999`.
    public static func sizeName(_ value: Int) -> String {
        let bounds = ["100", "500", "1,000", "5,000", "10,000", "50,000", "100,000"]
        let lasts = ["99", "499", "999", "4,999", "9,999", "49,999", "99,999"]
        if value <= 0 { return "below 100" }
        return value < 7 ? "\(bounds[value - 1]) to \(lasts[value])" : "100,000 and more"
    }

    /// `09:30` for the half hour that begins there.
    public static func timeName(_ value: Int) -> String {
        let hour = value / 2
        return "\(hour < 10 ? "0" : "")\(hour):\(value % 2 == 0 ? "00" : "30")"
    }

    /// Changes the sums of everything and of the values of a cell; those of a venue too unless its place is negative.
    @inline(__always)
    mutating func change(_ cell: CostCell, place: Int64, _ body: (inout CostSums) -> Void) {
        body(&sums[0])
        if place >= 0, place < 16 { body(&sums[1 + Int(place)]) }
        body(&sums[17 + Int(min(max(cell.algorithm, 0), 15))])
        body(&sums[33 + Int(min(max(cell.strategy, 0), 63))])
        body(&sums[97 + Int(min(max(cell.time, 0), 47))])
        body(&sums[145 + Int(min(max(cell.size, 0), 7))])
    }
}
