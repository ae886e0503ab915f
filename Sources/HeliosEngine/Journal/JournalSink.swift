// SPDX-License-Identifier: MIT
import HeliosMarket

/// Where an engine's owner puts every record before the engine acts on it.
public protocol JournalSink: ~Copyable {
    /// Takes a record without waiting; its number, or 0 when nothing is taken any more.
    mutating func append(_ event: Event) -> UInt64
}

/// Keeps no journal.
public struct NoJournal: JournalSink {
    @inlinable
    public init() {}
    @inlinable
    @inline(__always)
    public mutating func append(_ event: Event) -> UInt64 { 0 }
}
