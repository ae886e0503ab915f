// SPDX-License-Identifier: MIT
import HeliosMarket

/// A number for each of some symbols, sorted: what a policy or a model says of instruments that may get their names later.
///
/// Freed by its owner (`deallocate`).
@safe
struct SymbolNumbers {
    private struct Entry: BitwiseCopyable {
        var symbol: UInt64
        var number: Int64
    }

    private let entries: UnsafeMutablePointer<Entry>
    private let count: Int

    /// Numbers of the same symbol are added up; what does not fit is the largest number.
    init(_ pairs: [(symbol: UInt64, number: Int64)]) {
        var sums: [UInt64: Int64] = [:]
        for pair in pairs {
            let (sum, overflow) = sums[pair.symbol, default: 0].addingReportingOverflow(pair.number)
            sums[pair.symbol] = overflow ? .max : sum
        }
        count = sums.count
        unsafe entries = .allocate(capacity: max(count, 1))
        for (place, pair) in sums.sorted(by: { $0.key < $1.key }).enumerated() {
            // Safe: below the number of symbols.
            unsafe (entries + place).initialize(to: Entry(symbol: pair.key, number: pair.value))
        }
    }

    func deallocate() { unsafe entries.deallocate() }

    /// The number of a symbol; 0 for one that has none.
    subscript(symbol: UInt64) -> Int64 {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            // Safe: `middle` is below the number of symbols.
            if unsafe entries[middle].symbol < symbol { low = middle + 1 } else { high = middle }
        }
        guard low < count, unsafe entries[low].symbol == symbol else { return 0 }
        return unsafe entries[low].number
    }
}
