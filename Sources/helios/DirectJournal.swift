// SPDX-License-Identifier: MIT
import Dispatch
import Foundation
import HeliosEngine
import HeliosMarket
import HeliosStore

/// A journal that the engine's own thread writes: a backtest has no order that waits for it.
struct DirectJournal: JournalSink, ~Copyable {
    private var journal: Journal
    private let durability: Durability
    private let blockSlots: Int
    private var slots = 0
    /// Writes that the engine's thread waited for.
    private(set) var writes = 0
    /// Nanoseconds in them.
    private(set) var writeNanoseconds: UInt64 = 0

    init(_ disk: any JournalDisk, _ durability: Durability) throws {
        let options = JournalOptions()
        var recovery = JournalRecovery()
        journal = try Journal(
            disk,
            options: options,
            session: UInt64.random(in: 1...UInt64.max),
            epoch: 1,
            recovery: &recovery
        )
        self.durability = durability
        blockSlots = options.blockSlots
    }

    mutating func append(_ event: Event) -> UInt64 {
        let number = journal.append(event)
        slots += 1
        if slots >= blockSlots { write() }
        return number
    }

    mutating func append(_ kind: SideKind, _ text: [UInt8], at time: Timestamp, price: Price) -> UInt64 {
        write()
        let number = journal.append(kind, text, at: time, price: price)
        write()
        return number
    }

    /// Writes what is waiting.
    mutating func write() {
        slots = 0
        let before = DispatchTime.now().uptimeNanoseconds
        journal.flush()
        if durability == .sync { journal.sync() }
        writes += 1
        writeNanoseconds += DispatchTime.now().uptimeNanoseconds - before
    }

    /// Writes and puts on stable storage what is waiting.
    mutating func close() {
        write()
        journal.sync()
    }

    /// Why it takes no more records.
    var failure: DiskError? { journal.failure }
    var state: JournalState { journal.state }
    var written: UInt64 { journal.written }
    var synced: UInt64 { journal.synced }
}

extension JournalFolder {
    static func open(_ path: String) throws -> any JournalDisk { try DirectoryDisk(path) }
}
