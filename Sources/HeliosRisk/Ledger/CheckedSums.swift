// SPDX-License-Identifier: MIT

/// Sums that remember whether one did not fit.
@usableFromInline
struct CheckedSums {
    @usableFromInline var overflowed = false

    @inlinable
    init() {}

    @inlinable
    mutating func add(_ a: Int128, _ b: Int128) -> Int128 {
        let (sum, overflow) = a.addingReportingOverflow(b)
        overflowed = overflowed || overflow
        return sum
    }

    @inlinable
    mutating func subtract(_ a: Int128, _ b: Int128) -> Int128 {
        let (difference, overflow) = a.subtractingReportingOverflow(b)
        overflowed = overflowed || overflow
        return difference
    }

    /// The value as 64 bits; 0 when it does not fit.
    mutating func narrow(_ value: Int128) -> Int64 {
        guard let narrow = Int64(exactly: value) else {
            overflowed = true
            return 0
        }
        return narrow
    }
}
