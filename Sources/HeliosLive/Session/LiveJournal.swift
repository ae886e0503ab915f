// SPDX-License-Identifier: MIT
import HeliosEngine
import HeliosMarket
import HeliosStore

/// A node's journal and, behind it, the standby that gets a copy.
public final class LiveJournal: JournalSink {
    // What changes with every record is not checked for overlapping accesses at run time, which costs an order a tenth of
    // its time: one thread owns it, and none of it is lent to a closure.

    /// Nil when records are only counted.
    @exclusivity(unchecked)
    private var journal: ThreadedJournal?
    /// The last record taken, written or not.
    @exclusivity(unchecked)
    private(set) var appended: UInt64
    /// The writer's epoch as the blocks say it.
    let epoch: UInt64
    private let syncs: Bool
    let directory: String
    /// The journal's number.
    let session: UInt64
    /// Takes snapshots, once recovery is over.
    @exclusivity(unchecked)
    var keeper: SnapshotKeeper?
    /// Instruments whose names are in the journal.
    private(set) var named = 0
    /// Where the live feed stood, as far as records tell.
    private(set) var feed = FeedTrail()
    /// What two people had signed when it was opened.
    private(set) var fourEyes = FourEyesTrail()
    /// The parent orders of the configuration that are in it.
    @exclusivity(unchecked)
    private(set) var given = GivenTrail()
    /// The standby, when one is connected.
    @exclusivity(unchecked)
    var standby: StandbyFeed?
    /// What was found on opening.
    let recovery: JournalRecovery
    /// The last record, to compare with another journal's.
    @exclusivity(unchecked)
    private var last = Event(kind: .none)

    /// Opens the journal in `directory`, or begins one.
    ///
    /// - Parameters:
    ///   - directory: made when it is not there.
    ///   - options: how it is laid out.
    ///   - durability: how far a record goes by itself.
    ///   - session: the number of a new journal.
    /// - Throws: `JournalError` when it can't be read, or what was on stable storage is damaged.
    init(
        directory: String,
        options: JournalOptions,
        durability: Durability,
        session: UInt64
    ) throws(JournalError) {
        self.directory = directory
        let disk: DirectoryDisk
        do throws(DiskError) {
            disk = try DirectoryDisk(directory)
            try disk.lock()
        } catch let error {
            throw .disk(error)
        }
        var recovery = JournalRecovery()
        var last = Event(kind: .none)
        var named = 0
        var feed = FeedTrail()
        var fourEyes = FourEyesTrail()
        var given = GivenTrail()
        let opened = try Journal(disk, options: options, session: session, epoch: 1, recovery: &recovery) { record in
            last = record.event
            named = max(named, LiveJournal.named(by: record.event, record.text))
            feed.take(record.event, record.text)
            fourEyes.take(record.event, record.text)
            given.take(record.event, record.text)
        }
        self.session = opened.position.session ?? session
        appended = opened.appended
        epoch = opened.position.epoch
        syncs = durability == .sync
        journal = ThreadedJournal(opened, durability: durability)
        self.recovery = recovery
        self.last = last
        self.named = named
        self.feed = feed
        self.fourEyes = fourEyes
        self.given = given
    }

    /// A journal that keeps nothing and only numbers the records: for measuring what is beside it.
    init(countingFor session: UInt64) {
        directory = ""
        self.session = session
        appended = 0
        epoch = 1
        syncs = false
        journal = nil
        recovery = JournalRecovery()
    }

    /// Whether records are only counted.
    var countsOnly: Bool { journal == nil }

    /// The number of instruments that are named when this side record has been read; 0 for another record.
    private static func named(by record: Event, _ text: [UInt8]) -> Int {
        guard record.kind == .side, record.orderID == SideKind.instruments.rawValue else { return 0 }
        return Int(record.price.raw) + text.count { $0 == UInt8(ascii: "\n") }
    }

    var written: UInt64 { journal?.written ?? appended }
    var synced: UInt64 { journal?.synced ?? appended }
    /// Reads `synced` on any thread, and does not keep the journal open.
    var syncedReader: @Sendable () -> UInt64 {
        guard let reader = journal?.syncedReader else { return { 0 } }
        return reader
    }
    var state: JournalState { journal?.state ?? .open }
    var failure: DiskError? { journal?.failure ?? nil }
    /// What tells the last record from another one with its number.
    var lastFingerprint: UInt64 { LiveJournal.fingerprint(last) }

    static func fingerprint(_ event: Event) -> UInt64 {
        UInt64(withUnsafeBytes(of: event) { CRC32C.checksum($0) })
    }

    public func append(_ event: Event) -> UInt64 {
        let number = journal?.append(event) ?? appended + 1
        guard number != 0 else { return 0 }
        last = event
        last.sequence = number
        appended = number
        given.take(event.kind)
        standby?.send(last)
        return number
    }

    /// Takes a text with its side record; 0 when nothing is taken any more.
    public func append(_ kind: SideKind, _ text: [UInt8], at time: Timestamp, price: Price) -> UInt64 {
        let number = journal?.append(kind, text, at: time, price: price) ?? appended + 1
        guard number != 0 else { return 0 }
        appended = number
        last = Event(eventTime: time, receiveTime: time, sequence: number, kind: .side)
        last.orderID = kind.rawValue
        last.detail = UInt64(text.count)
        last.price = price
        named = max(named, LiveJournal.named(by: last, text))
        given.take(last, text)
        standby?.send(last, text: text)
        return number
    }

    public var wantsSnapshot: Bool { keeper?.isDue(appended) ?? false }

    public func keep(
        _ place: NodePosition,
        outputHash: UInt64,
        time: Timestamp,
        _ save: (inout StateWriter) -> Void
    ) {
        keeper?.keep(place, outputHash: outputHash, time: time, save)
    }

    /// The same files for a reader of their own: the writer's thread owns the disk that writes.
    func makeReader() throws(DiskError) -> DirectoryDisk { try DirectoryDisk(directory) }

    /// Lets the writer have what was appended; nothing waits.
    ///
    /// - Parameter hurries: something can't leave before it is written, so the writer begins at once.
    func commit(hurries: Bool) {
        if hurries { journal?.hurry() } else { _ = journal?.publish() }
    }

    /// Waits until everything is written, and on stable storage when `syncs`.
    func drain(syncs: Bool) { journal?.drain(syncs: syncs) }

    /// Whether the writer is behind.
    var isBehind: Bool { (syncs ? synced : written) < appended && state < .full }
}
