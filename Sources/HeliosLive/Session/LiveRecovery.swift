// SPDX-License-Identifier: MIT
import HeliosEngine
import HeliosMarket
import HeliosResearch
import HeliosStore
import HeliosStrategy

/// Brings a new node to where its journal ends: from the newest snapshot that proves good, else from an older one, else
/// from the first record.
final class LiveRecovery {
    private let makeEngine: () throws -> Engine<StrategySet, Outbox, AlertLog>
    private let journal: LiveJournal
    /// What was passed over, and why.
    private(set) var warnings: [String] = []
    private var snapshot: UInt64?
    private var records = 0

    init(journal: LiveJournal, makeEngine: @escaping () throws -> Engine<StrategySet, Outbox, AlertLog>) {
        self.makeEngine = makeEngine
        self.journal = journal
    }

    /// What the state was made from, in words.
    var account: String {
        let read = "\(records) records from the journal"
        return snapshot.map { "the snapshot behind record \($0) and \(read)" } ?? read
    }

    /// The node as its journal left it.
    ///
    /// - Throws: `LiveDivergence` when a replay from the first record differs, `JournalError`, `BookCapacityError`.
    func run() throws -> TradingNode<StrategySet, LiveJournal> {
        guard !journal.countsOnly else { return TradingNode(engine: try makeEngine(), journal: journal) }
        let directory = SnapshotDirectory(journal.directory)
        for sequence in try directory.list() {
            guard sequence <= journal.appended else {
                // Other records will get its numbers: it must be gone before the first of them.
                try directory.remove(sequence)
                warnings.append(
                    "the snapshot behind record \(sequence) is removed: the journal ends at record \(journal.appended)"
                )
                continue
            }
            do {
                let snapshot = try Snapshot(directory.read(sequence), session: journal.session)
                guard snapshot.header.sequence == sequence else {
                    throw PassedOver(reason: "it is that of record \(snapshot.header.sequence)")
                }
                let node = try restore(snapshot)
                self.snapshot = sequence
                return node
            } catch let error as JournalError {
                throw error
            } catch {
                warnings.append("the snapshot behind record \(sequence) is passed over: \(error)")
            }
        }
        var node = TradingNode(engine: try makeEngine(), journal: journal)
        let reader = JournalReader(try journal.makeReader())
        records = 0
        while let record = try reader.next() {
            guard node.follow(record.event) else { throw LiveDivergence(node.divergence) }
            records += 1
        }
        return node
    }

    /// The state of the snapshot and what the journal has behind it.
    private func restore(_ snapshot: Snapshot) throws -> TradingNode<StrategySet, LiveJournal> {
        var node = TradingNode(engine: try makeEngine(), journal: journal)
        try node.restore(snapshot)
        let sequence = snapshot.header.sequence
        let reader = JournalReader(try journal.makeReader(), fromSegmentWith: sequence)
        records = 0
        while let record = try reader.next() {
            switch node.resume(record.event, from: snapshot) {
            case .before, .join: break
            case .misfit: throw PassedOver(reason: "it does not fit the journal's record of that number")
            case .followed: records += 1
            case .diverged: throw LiveDivergence(node.divergence)
            }
        }
        return node
    }

    /// Why a snapshot was not used.
    private struct PassedOver: Error, CustomStringConvertible {
        let reason: String
        var description: String { reason }
    }
}
