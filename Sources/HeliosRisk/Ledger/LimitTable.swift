// SPDX-License-Identifier: MIT
import HeliosMarket

/// The limits that hold for one thing that is counted: for each kind the limit's place in the policy.
struct LimitRow: BitwiseCopyable {
    /// Room for kinds, more than there are.
    static let width = 32
    /// No limit of this kind.
    static let none = UInt32.max

    /// Bit `kind.rawValue` says that there is a limit of the kind.
    var mask: UInt32 = 0
}

/// One limit: all that a check looks at, in one cache line; without gaps.
struct LimitCell: BitwiseCopyable {
    var hard: Int128 = 0
    /// The largest number where there is no soft limit.
    var soft: Int128 = .max
    /// The largest value of the day that the limit let pass.
    var peak: Int128 = 0
    var window: Int64 = 0
    var scope: UInt16 = 0
    var kind = LimitKind.orderQuantity
    var reserved: UInt8 = 0
    var reserved2: UInt32 = 0
}

/// What a limit is for good: what changes for a time lie above, and come back to it; without gaps.
struct StandingLimit: BitwiseCopyable {
    var hard: Int128
    /// The largest number where there is no soft limit.
    var soft: Int128
}

/// Every limit of a policy, in flat arrays, with the tables that say which of them hold where.
///
/// Freed by its owner (`deallocate`).
@safe
struct LimitTable {
    let cells: UnsafeMutablePointer<LimitCell>
    /// The hard limits as the policy had them.
    let bases: UnsafeMutablePointer<Int128>
    /// The limits as they are for good.
    let standing: UnsafeMutablePointer<StandingLimit>
    let count: Int
    private let rows: UnsafeMutablePointer<LimitRow>
    private let places: UnsafeMutablePointer<UInt32>
    /// Rows there are; row 0 holds no limit.
    let rowCount: Int

    init(_ limits: [RiskLimit], rows list: [[LimitKind: UInt32]]) {
        count = limits.count
        unsafe cells = CacheLines.allocate(LimitCell.self, max(count, 1))
        unsafe bases = .allocate(capacity: max(count, 1))
        unsafe standing = .allocate(capacity: max(count, 1))
        for (place, limit) in limits.enumerated() {
            var cell = LimitCell()
            cell.hard = min(max(limit.hard, 0), LimitTable.most)
            cell.soft = limit.soft.map { max($0, 0) } ?? .max
            cell.window = max(limit.window, 0)
            cell.scope = UInt16(clamping: limit.scope)
            cell.kind = limit.kind
            // Safe: `place` is below `count`.
            unsafe (cells + place).initialize(to: cell)
            unsafe (bases + place).initialize(to: cell.hard)
            unsafe (standing + place).initialize(to: StandingLimit(hard: cell.hard, soft: cell.soft))
        }
        rowCount = list.count
        unsafe rows = .allocate(capacity: max(rowCount, 1))
        unsafe places = .allocate(capacity: max(rowCount, 1) * LimitRow.width)
        unsafe places.initialize(repeating: LimitRow.none, count: max(rowCount, 1) * LimitRow.width)
        for (number, row) in list.enumerated() {
            // Safe: `number` is below `rowCount`, and a kind's number below the width.
            unsafe rows[number] = LimitRow()
            for (kind, place) in row {
                unsafe rows[number].mask |= 1 << UInt32(kind.rawValue)
                unsafe places[number * LimitRow.width + Int(kind.rawValue)] = place
            }
        }
    }

    /// The largest limit: a sixteenth of the range, so that 1.2 of it and its sums fit.
    static var most: Int128 { .max / 16 }

    func deallocate() {
        unsafe cells.deallocate()
        unsafe bases.deallocate()
        unsafe standing.deallocate()
        unsafe rows.deallocate()
        unsafe places.deallocate()
    }

    /// The kinds that `row` has limits of.
    @inline(__always)
    func mask(_ row: UInt32) -> UInt32 { unsafe rows[Int(row)].mask }

    /// The limit of `kind` in `row`, nil for none.
    @inline(__always)
    func place(_ row: UInt32, _ kind: LimitKind) -> Int? {
        guard unsafe rows[Int(row)].mask & kind.bit != 0 else { return nil }
        return unsafe Int(places[Int(row) * LimitRow.width + Int(kind.rawValue)])
    }

    /// The hard limit of `kind` in `row`, nil for none.
    @inline(__always)
    func hard(_ row: UInt32, _ kind: LimitKind) -> Int128? {
        guard let place = place(row, kind) else { return nil }
        return unsafe cells[place].hard
    }
}

extension LimitKind {
    /// The kind's bit in a row's mask.
    @inline(__always)
    var bit: UInt32 { 1 << UInt32(rawValue) }

    static func mask(_ kinds: [LimitKind]) -> UInt32 { kinds.reduce(0) { $0 | $1.bit } }

    /// Kinds that an order must meet at some scope; where it meets none, it is refused.
    static let required = mask(allCases.filter { ![.drawdown, .valueAtRisk, .expectedShortfall].contains($0) })

    /// Kinds that are counted for a whole scope only; set for an instrument they refuse it.
    static let wholeOnlyMask = mask(wholeOnly)
}
