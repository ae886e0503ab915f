// SPDX-License-Identifier: MIT
import HeliosMarket

/// A rate that must not be exceeded: `rate` a second over any time, and `burst` at once.
///
/// Exact and deterministic: it counts in billionths of a token, with the time that it is told. Time that goes back gives
/// nothing.
@frozen
public struct TokenBucket: Sendable, BitwiseCopyable {
    @usableFromInline let rate: Int64
    @usableFromInline let full: Int64
    @usableFromInline var level: Int64
    @usableFromInline var last = Timestamp(nanoseconds: .min)

    /// A full bucket for `rate` tokens a second, 1 to 10^9, and `burst` at once, 1 to 10^9.
    public init(rate: Int, burst: Int) {
        self.rate = Int64(min(max(rate, 1), 1_000_000_000))
        full = Int64(min(max(burst, 1), 1_000_000_000)) * 1_000_000_000
        level = full
    }

    /// Takes a token; false when there is none.
    @inlinable
    public mutating func take(at now: Timestamp) -> Bool {
        fill(at: now)
        guard level >= 1_000_000_000 else { return false }
        level -= 1_000_000_000
        return true
    }

    /// When there will be a token if none is taken before.
    @inlinable
    public func ready(after now: Timestamp) -> Timestamp {
        var later = self
        later.fill(at: now)
        let missing = 1_000_000_000 - later.level
        return missing <= 0 ? now : now + (missing + rate - 1) / rate
    }

    @inlinable
    mutating func fill(at now: Timestamp) {
        guard now > last else { return }
        if last.nanoseconds != .min {
            // Safe: after that long the bucket is full whatever was in it, and the product below can't overflow.
            let enough = full / rate + 1
            let (gone, overflow) = now.nanoseconds.subtractingReportingOverflow(last.nanoseconds)
            level = overflow || gone >= enough ? full : min(full, level + gone * rate)
        }
        last = now
    }
}
