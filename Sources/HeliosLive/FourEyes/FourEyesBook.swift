// SPDX-License-Identifier: MIT
import Foundation
import HeliosEngine
import HeliosMarket
import HeliosRisk
import Synchronization

/// What is proposed in a session and not yet approved.
///
/// What waits is in memory: a restart forgets what nobody has approved. What was seen once is in the journal, and stays so: a
/// restart keeps the journal's number, so that the signatures in it would otherwise be good for a second time.
final class FourEyesBook: Sendable {
    private struct Entry {
        var proposal: RiskProposal
        /// How often the session had been stopped by then.
        var stops: UInt64
    }

    private struct State {
        var open: [String: Entry] = [:]
        /// What was seen once never comes again.
        var seen: Set<String>
    }

    /// Proposals that may wait, and those that a journal may have.
    private static var room: Int { 256 }
    private static var most: Int { 1 << 16 }

    private let state: Mutex<State>

    /// - Parameter seen: the proposals that the journal has, whatever became of them.
    init(seen: Set<String>) { state = Mutex(State(seen: seen)) }

    func add(_ proposal: RiskProposal, stops: UInt64) throws(FourEyesError) {
        let now = Sockets.wallClock
        let fault = state.withLock { state -> String? in
            state.open = state.open.filter { $0.value.proposal.expires > now }
            if state.seen.contains(proposal.id) {
                return "this proposal was made before, and counts once: propose anew"
            }
            if state.open.count >= FourEyesBook.room {
                return "\(FourEyesBook.room) proposals wait already: approve or withdraw some"
            }
            if state.seen.count >= FourEyesBook.most {
                return "this journal has \(FourEyesBook.most) proposals: no more are taken"
            }
            state.seen.insert(proposal.id)
            state.open[proposal.id] = Entry(proposal: proposal, stops: stops)
            return nil
        }
        if let fault { throw FourEyesError(fault) }
    }

    /// The proposal called `id`, with the number of stops when it was made.
    func find(_ id: String) -> (proposal: RiskProposal, stops: UInt64)? {
        state.withLock { state in state.open[id].map { ($0.proposal, $0.stops) } }
    }

    /// Takes it away; false when it is gone: nobody uses it twice.
    func remove(_ id: String) -> Bool { state.withLock { $0.open.removeValue(forKey: id) != nil } }

    /// Those that may still be approved, the oldest first.
    var all: [RiskProposal] {
        let now = Sockets.wallClock
        let open = state.withLock { $0.open.values.map(\.proposal) }
        return open.filter { $0.expires > now }.sorted { $0.time < $1.time }
    }
}

/// The proposals that a journal has seen, read from it.
struct FourEyesTrail {
    /// What they are called.
    private(set) var seen: Set<String> = []

    /// Takes a record of the journal.
    mutating func take(_ record: Event, _ text: [UInt8]) {
        guard record.kind == .side else { return }
        switch SideKind(rawValue: record.orderID) {
        case .proposal: if let proposal = ControlLine.decode(RiskProposal.self, text) { seen.insert(proposal.id) }
        case .approval:
            if let approval = ControlLine.decode(RiskApproval.self, text) { seen.insert(approval.proposal.id) }
        default: break
        }
    }
}
