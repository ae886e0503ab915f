// SPDX-License-Identifier: MIT
import HeliosEngine
import HeliosMarket

extension Simulation {
    /// Snapshots kept on a disk.
    private static var shelf: Int { 2 }

    /// Puts on disk what the node has taken.
    func shelve(_ node: SimulatedNode) {
        guard let taken = node.core?.journal.snapshots, !taken.isEmpty else { return }
        node.core?.journal.snapshots = []
        for bytes in taken { node.snapshots.insert(bytes, at: 0) }
        node.snapshots = Array(node.snapshots.prefix(Simulation.shelf))
        mark("snapshots taken", taken.count)
    }

    /// A bit of the newest snapshot changes, its end is missing, or it comes from another version.
    func damageSnapshot(_ node: SimulatedNode) {
        guard var bytes = node.snapshots.first else { return }
        inject(.snapshotDamage)
        switch disks.below(3) {
        case 0: bytes[disks.below(bytes.count)] ^= 1 << UInt8(disks.below(8))
        case 1: bytes.removeLast(1 + disks.below(bytes.count - 1))
        default:
            bytes[8] ^= 2
            SnapshotWriter.seal(&bytes)
        }
        node.snapshots[0] = bytes
    }

    /// Opens the journal and brings a new core to its end; false when it can't be trusted.
    func boot(_ node: SimulatedNode) -> Bool {
        var recovery = JournalRecovery()
        var records: [Event] = []
        do throws(JournalError) {
            let journal = try Journal(
                node.disk,
                options: setup.options,
                session: seed,
                epoch: 1,
                recovery: &recovery
            ) { records.append($0.event) }
            try replay(node, journal, records)
        } catch {
            mark("journal damaged and refused")
            note("node \(node.index) can't open its journal: \(error)")
            node.flippedBit = false
            return false
        }
        guard node.core != nil else { return false }
        if recovery.tornAt != nil { mark("torn tail erased") }
        if recovery.lost != nil { mark("unsynced damage erased and named") }
        if !records.isEmpty { mark("recovered from the journal") }
        checkRecovery(node, recovery)
        checkBook(node)
        return true
    }

    private func replay(
        _ node: SimulatedNode,
        _ journal: consuming Journal,
        _ records: [Event]
    ) throws(JournalError) {
        let restored = restored(node, records)
        guard let engine = try? setup.engine() else { return }
        // During recovery no snapshot is taken.
        var core = SimulatedCore(
            engine: engine,
            journal: LoggingJournal(journal, log: records, session: seed, snapshotInterval: .max / 2)
        )
        for record in records where !core.follow(record) { break }
        if core.role == .diverged {
            let place = core.divergence.map { "record \($0.sequence): \($0.reason.rawValue)" } ?? ""
            return violate("I9", "the replay of node \(node.index)'s journal differs at \(place)")
        }
        if let restored {
            if restored.state != SimulatedState(core) {
                violate("I9", "node \(node.index): snapshot \(restored.sequence) and tail differ from the full replay")
            }
            mark("snapshot and tail equal to the full replay")
        }
        core.checkpointInterval = setup.checkpointInterval
        core.journal.startSnapshots(setup.snapshotInterval)
        node.core = consume core
    }

    /// What the newest good snapshot and the records after it come to; nil when there is none.
    private func restored(_ node: SimulatedNode, _ records: [Event]) -> (sequence: UInt64, state: SimulatedState)? {
        let last = records.last?.sequence ?? 0
        let count = node.snapshots.count
        // Other records will get their numbers: they must be gone before the first of them.
        node.snapshots.removeAll { bytes in (try? Snapshot(bytes).header.sequence > last) ?? false }
        mark("snapshots newer than the journal removed", count - node.snapshots.count)
        for bytes in node.snapshots {
            do throws(StateError) {
                let snapshot = try Snapshot(bytes, session: seed)
                if let state = try follow(snapshot, records) { return (snapshot.header.sequence, state) }
            } catch {
                mark("snapshot passed over: \(error.code)")
            }
        }
        return nil
    }

    private func follow(_ snapshot: Snapshot, _ records: [Event]) throws(StateError) -> SimulatedState? {
        guard let engine = try? setup.engine() else { return nil }
        var core = TradingNode(engine: engine, journal: NoJournal())
        try core.restore(snapshot)
        for record in records {
            switch core.resume(record, from: snapshot) {
            case .before, .join, .followed: break
            case .misfit:
                violate("I9", "snapshot \(snapshot.header.sequence) does not fit the journal")
                return nil
            case .diverged:
                violate("I9", "behind snapshot \(snapshot.header.sequence) the replay differs")
                return nil
            }
        }
        return SimulatedState(core)
    }
}

/// Everything that a node has come to, as bytes.
private struct SimulatedState: Equatable {
    var bytes: [UInt8]

    init<Sink: JournalSink & ~Copyable>(_ core: borrowing TradingNode<SimulatedTrader, Sink>) {
        var writer = StateWriter()
        core.place.save(to: &writer)
        core.engine.save(to: &writer)
        bytes = writer.bytes
    }
}
