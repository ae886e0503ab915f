// SPDX-License-Identifier: MIT
import HeliosMarket

/// Where an engine's owner puts every record before the engine acts on it.
public protocol JournalSink: ~Copyable {
    /// Whether records are kept at all: then nothing may be acted on that was not taken.
    static var isKept: Bool { get }
    /// Takes a record without waiting; its number, or 0 when nothing is taken any more.
    mutating func append(_ event: Event) -> UInt64
    /// Takes a text of at most `JournalFormat.textLimit` bytes with its side record; 0 when it is not taken.
    mutating func append(_ kind: SideKind, _ text: [UInt8], at time: Timestamp, price: Price) -> UInt64
    /// A snapshot is due: the owner gives one at its next checkpoint.
    var wantsSnapshot: Bool { get }
    /// Takes the state behind a checkpoint; `save` appends it.
    mutating func keep(
        _ place: NodePosition,
        outputHash: UInt64,
        time: Timestamp,
        _ save: (inout StateWriter) -> Void
    )
}

extension JournalSink where Self: ~Copyable {
    @inlinable
    public static var isKept: Bool { true }

    /// Never.
    @inlinable
    public var wantsSnapshot: Bool { false }

    /// Keeps nothing.
    @inlinable
    public mutating func keep(
        _ place: NodePosition,
        outputHash: UInt64,
        time: Timestamp,
        _ save: (inout StateWriter) -> Void
    ) {}
}

/// Keeps no journal.
public struct NoJournal: JournalSink {
    @inlinable
    public init() {}
    @inlinable
    public static var isKept: Bool { false }
    @inlinable
    @inline(__always)
    public mutating func append(_ event: Event) -> UInt64 { 0 }
    @inlinable
    public mutating func append(_ kind: SideKind, _ text: [UInt8], at time: Timestamp, price: Price) -> UInt64 { 0 }
}
