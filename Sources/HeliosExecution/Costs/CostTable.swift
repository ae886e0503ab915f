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
    /// Rows by dimension and value, `CostField.count` sums each, in memory reserved at the start: single numbers, because a row as one
    /// value would be copied with each change to it.
    var values = [Double](repeating: 0, count: CostDimension.total * CostField.count)

    public init() {}

    /// Over everything.
    public var all: CostSums { row(0) }

    /// Of a value of a dimension: a venue's place, an algorithm's number, a strategy's number, a half hour from midnight, or a size.
    public subscript(dimension: CostDimension, value: Int) -> CostSums {
        row(dimension.offset + min(max(value, 0), dimension.count - 1))
    }

    private func row(_ number: Int) -> CostSums {
        CostSums(values[(number * CostField.count)..<((number + 1) * CostField.count)])
    }

    /// The values of a dimension that anything is known of.
    public func values(_ dimension: CostDimension) -> [Int] {
        (0..<dimension.count).filter {
            let first = (dimension.offset + $0) * CostField.count
            return values[first + CostField.orders] != 0 || values[first + CostField.fills] != 0
                || values[first + CostField.parents] != 0
        }
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

}

/// The rows that an order or fill counts in: everything, its venue unless that is not known, and the values of its cell.
struct CostRows {
    private var firsts: InlineArray<6, Int>

    init(_ cell: CostCell, place: Int64) {
        // Below zero: no row.
        let venue = place >= 0 && place < 16 ? CostDimension.venue.offset + Int(place) : -1
        firsts = [
            0, venue * CostField.count,
            (CostDimension.algorithm.offset + Int(min(max(cell.algorithm, 0), 15))) * CostField.count,
            (CostDimension.strategy.offset + Int(min(max(cell.strategy, 0), 63))) * CostField.count,
            (CostDimension.timeOfDay.offset + Int(min(max(cell.time, 0), 47))) * CostField.count,
            (CostDimension.size.offset + Int(min(max(cell.size, 0), 7))) * CostField.count,
        ]
    }

    @inline(__always)
    func add(_ field: Int, _ amount: Double, to table: inout CostTable) {
        for index in 0..<6 where firsts[index] >= 0 { table.values[firsts[index] + field] += amount }
    }

    /// Adds a value to a mean, or with `times` −1 takes it back.
    @inline(__always)
    func add(_ field: Int, _ value: Double?, weight: Double, times: Double = 1, to table: inout CostTable) {
        guard let value, weight > 0 else { return }
        for index in 0..<6 where firsts[index] >= 0 {
            let first = firsts[index] + field
            table.values[first] += times
            table.values[first + 1] += times * weight
            table.values[first + 2] += times * weight * value
            table.values[first + 3] += times * value
            table.values[first + 4] += times * value * value
        }
    }

    /// Adds a parent that has ended.
    func add(_ shortfall: Shortfall, lifetime: Double?, interval: Double?, to table: inout CostTable) {
        add(CostField.parents, 1, to: &table)
        add(CostField.orderedShares, shortfall.ordered.value, to: &table)
        add(CostField.doneShares, shortfall.done.value, to: &table)
        // A parent without a quote at its beginning has no benchmark, and none of its parts.
        if shortfall.decision.raw > 0, shortfall.arrival.raw > 0 || shortfall.done.raw == 0 {
            let ordered = Money(shortfall.decision, times: shortfall.ordered).quick
            add(CostField.orderedValue, ordered, to: &table)
            if shortfall.done.raw > 0 {
                add(CostField.delay, shortfall.delay.quick, to: &table)
                add(CostField.trading, shortfall.trading.quick, to: &table)
            }
            if shortfall.end.raw > 0 { add(CostField.opportunity, shortfall.opportunity.quick, to: &table) }
            add(CostField.parentFees, shortfall.fees.quick, to: &table)
        }
        let value = shortfall.value.quick
        add(CostField.lifetime, lifetime, weight: value, to: &table)
        add(CostField.interval, interval, weight: value, to: &table)
    }
}
