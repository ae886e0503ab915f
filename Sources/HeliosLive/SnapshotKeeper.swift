// SPDX-License-Identifier: MIT
import Foundation
import HeliosEngine
import HeliosMarket
import HeliosStore
import Synchronization

/// When snapshots are taken, and how many are kept.
public struct SnapshotOptions: Sendable {
    /// Records between two; 0 takes none.
    public var interval: UInt64 = 1_000_000
    /// How many are kept: one that turns out damaged has an older one behind it.
    public var kept = 2

    public init() {}
}

/// Takes snapshots on the engine's thread, which costs it one copy of its state, and puts them on disk on another.
public final class SnapshotKeeper {
    private let options: SnapshotOptions
    private let session: UInt64
    private let disk: SnapshotDisk
    private var writer = SnapshotWriter()
    private var next: UInt64
    /// How often the engine stood still for one, and for how long at most, in nanoseconds.
    public private(set) var taken = 0
    public private(set) var longestPause: UInt64 = 0
    /// For how long it stood still for the last one: the first pays for finding memory.
    public private(set) var lastPause: UInt64 = 0
    /// Bytes of the last.
    public private(set) var size = 0

    /// - Parameters:
    ///   - directory: that of the journal.
    ///   - options: when.
    ///   - session: the journal's number.
    ///   - last: the journal's last record: the first snapshot comes an interval later.
    public init(directory: String, options: SnapshotOptions, session: UInt64, after last: UInt64) {
        self.options = options
        self.session = session
        disk = SnapshotDisk(SnapshotDirectory(directory), kept: max(options.kept, 1))
        next = last + options.interval
    }

    /// Whether one is due behind record `sequence`; not while the last is still being written.
    public func isDue(_ sequence: UInt64) -> Bool { options.interval > 0 && sequence >= next && !disk.isBusy }

    /// Takes one: `save` appends the state.
    public func keep(
        _ place: NodePosition,
        outputHash: UInt64,
        time: Timestamp,
        _ save: (inout StateWriter) -> Void
    ) {
        let before = DispatchTime.now().uptimeNanoseconds
        writer.begin()
        writer.append(save)
        let bytes = writer.finish(place, session: session, outputHash: outputHash, time: time)
        lastPause = DispatchTime.now().uptimeNanoseconds - before
        longestPause = max(longestPause, lastPause)
        taken += 1
        size = bytes.count
        next = place.sequence + options.interval
        disk.write(bytes, of: place.sequence)
    }

    /// Why the last one was not written, if it was not.
    public var failure: DiskError? { disk.failure }

    /// Waits until everything taken is written.
    public func drain() { disk.drain() }
}

/// The thread that writes snapshots.
private final class SnapshotDisk: @unchecked Sendable {
    private let directory: SnapshotDirectory
    private let kept: Int
    private let queue = DispatchQueue(label: "helios snapshots", qos: .utility)
    private let busy = Atomic<Bool>(false)
    private let lock = NSLock()
    private var failed: DiskError?

    init(_ directory: SnapshotDirectory, kept: Int) {
        self.directory = directory
        self.kept = kept
    }

    var isBusy: Bool { busy.load(ordering: .acquiring) }
    var failure: DiskError? { lock.withLock { failed } }

    func write(_ bytes: [UInt8], of sequence: UInt64) {
        busy.store(true, ordering: .releasing)
        queue.async { [self] in
            do throws(DiskError) {
                try directory.write(bytes, of: sequence)
                try directory.prune(keeping: kept)
                lock.withLock { failed = nil }
            } catch let error {
                // Without a snapshot a restart takes longer, and nothing else is lost.
                lock.withLock { failed = error }
            }
            busy.store(false, ordering: .releasing)
        }
    }

    func drain() { queue.sync {} }
}

/// A journal that also keeps snapshots.
public struct KeepingJournal<Sink: JournalSink & ~Copyable>: JournalSink, ~Copyable {
    /// The journal that takes the records.
    public var sink: Sink
    /// Where snapshots go.
    public let keeper: SnapshotKeeper
    @usableFromInline var appended: UInt64 = 0

    public init(_ sink: consuming Sink, keeper: SnapshotKeeper) {
        self.sink = sink
        self.keeper = keeper
    }

    @inlinable
    public mutating func append(_ event: Event) -> UInt64 {
        appended = sink.append(event)
        return appended
    }

    @inlinable
    public mutating func append(_ kind: SideKind, _ text: [UInt8], at time: Timestamp, price: Price) -> UInt64 {
        sink.append(kind, text, at: time, price: price)
    }

    @inlinable
    public var wantsSnapshot: Bool { keeper.isDue(appended) }

    public mutating func keep(
        _ place: NodePosition,
        outputHash: UInt64,
        time: Timestamp,
        _ save: (inout StateWriter) -> Void
    ) {
        keeper.keep(place, outputHash: outputHash, time: time, save)
    }
}
