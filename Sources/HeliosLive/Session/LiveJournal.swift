// SPDX-License-Identifier: MIT
import HeliosEngine
import HeliosMarket
import HeliosStore

/// A node's journal and, behind it, the standby that gets a copy.
public final class LiveJournal: JournalSink {
    private var journal: Journal
    let disk: DirectoryDisk
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
    ///   - session: the number of a new journal.
    ///   - visit: gets every record that is there, in order.
    /// - Throws: `JournalError` when it can't be read, or what was on stable storage is damaged.
    init(
        directory: String,
        options: JournalOptions,
        session: UInt64,
        visit: (JournalRecord) -> Void
    ) throws(JournalError) {
        do throws(DiskError) {
            disk = try DirectoryDisk(directory)
            try disk.lock()
        } catch let error {
            throw .disk(error)
        }
        var recovery = JournalRecovery()
        var last = Event(kind: .none)
        journal = try Journal(disk, options: options, session: session, epoch: 1, recovery: &recovery) { record in
            last = record.event
            visit(record)
        }
        self.recovery = recovery
        self.last = last
    }

    /// The last record taken, written or not.
    var appended: UInt64 { journal.appended }
    var written: UInt64 { journal.written }
    var synced: UInt64 { journal.synced }
    var state: JournalState { journal.state }
    var failure: DiskError? { journal.failure }
    /// The writer's epoch as the blocks say it.
    var epoch: UInt64 { journal.position.epoch }
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
        standby?.send(last)
        return number
    }

    /// Takes a text with its side record; 0 when nothing is taken any more.
    public func append(_ kind: SideKind, _ text: [UInt8], at time: Timestamp, price: Price) -> UInt64 {
        let number = journal.append(kind, text, at: time, price: price)
        guard number != 0 else { return 0 }
        last = Event(eventTime: time, receiveTime: time, sequence: number, kind: .side)
        last.orderID = kind.rawValue
        last.detail = UInt64(text.count)
        last.price = price
        standby?.send(last, text: text)
        return number
    }

    /// Writes what was appended, and puts it on stable storage when asked to.
    func commit(syncs: Bool) {
        journal.flush()
        if syncs, journal.synced < journal.written { journal.sync() }
    }
}
