// SPDX-License-Identifier: MIT
import HeliosEngine
import HeliosMarket
import HeliosStore

/// A node's journal and, behind it, the standby that gets a copy.
public final class LiveJournal: JournalSink {
    private var journal: ThreadedJournal
    /// The last record taken, written or not.
    private(set) var appended: UInt64
    /// The writer's epoch as the blocks say it.
    let epoch: UInt64
    private let syncs: Bool
    private let directory: String
    /// The standby, when one is connected.
    var standby: StandbyFeed?
    /// What was found on opening.
    let recovery: JournalRecovery
    /// The last record, to compare with another journal's.
    private var last = Event(kind: .none)

    /// Opens the journal in `directory`, or begins one.
    ///
    /// - Parameters:
    ///   - directory: made when it is not there.
    ///   - options: how it is laid out.
    ///   - durability: how far a record goes by itself.
    ///   - session: the number of a new journal.
    ///   - visit: gets every record that is there, in order.
    /// - Throws: `JournalError` when it can't be read, or what was on stable storage is damaged.
    init(
        directory: String,
        options: JournalOptions,
        durability: Durability,
        session: UInt64,
        visit: (JournalRecord) -> Void
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
        let opened = try Journal(disk, options: options, session: session, epoch: 1, recovery: &recovery) { record in
            last = record.event
            visit(record)
        }
        appended = opened.appended
        epoch = opened.position.epoch
        syncs = durability == .sync
        journal = ThreadedJournal(opened, durability: durability)
        self.recovery = recovery
        self.last = last
    }

    var written: UInt64 { journal.written }
    var synced: UInt64 { journal.synced }
    var state: JournalState { journal.state }
    var failure: DiskError? { journal.failure }
    /// What tells the last record from another one with its number.
    var lastFingerprint: UInt64 { LiveJournal.fingerprint(last) }

    static func fingerprint(_ event: Event) -> UInt64 {
        UInt64(withUnsafeBytes(of: event) { CRC32C.checksum($0) })
    }

    public func append(_ event: Event) -> UInt64 {
        let number = journal.append(event)
        guard number != 0 else { return 0 }
        last = event
        last.sequence = number
        appended = number
        standby?.send(last)
        return number
    }

    /// Takes a text with its side record; 0 when nothing is taken any more.
    public func append(_ kind: SideKind, _ text: [UInt8], at time: Timestamp, price: Price) -> UInt64 {
        let number = journal.append(kind, text, at: time, price: price)
        guard number != 0 else { return 0 }
        appended = number
        last = Event(eventTime: time, receiveTime: time, sequence: number, kind: .side)
        last.orderID = kind.rawValue
        last.detail = UInt64(text.count)
        last.price = price
        standby?.send(last, text: text)
        return number
    }

    /// The same files for a reader of their own: the writer's thread owns the disk that writes.
    func makeReader() throws(DiskError) -> DirectoryDisk { try DirectoryDisk(directory) }

    /// Lets the writer have what was appended; nothing waits.
    ///
    /// - Parameter hurries: something can't leave before it is written, so the writer begins at once.
    func commit(hurries: Bool) {
        if hurries { journal.hurry() } else { _ = journal.publish() }
    }

    /// Waits until everything is written, and on stable storage when `syncs`.
    func drain(syncs: Bool) { journal.drain(syncs: syncs) }

    /// Whether the writer is behind.
    var isBehind: Bool { (syncs ? journal.synced : journal.written) < appended && journal.state < .full }
}
