// SPDX-License-Identifier: MIT
import Foundation
import HeliosEngine
import HeliosMarket
import HeliosRisk
import Synchronization

/// What is proposed in a session and not yet approved.
///
/// In memory: a restart forgets what nobody has approved, and its signatures are of no use elsewhere.
final class FourEyesBook: Sendable {
    private struct Entry {
        var proposal: RiskProposal
        /// How often the session had been stopped by then.
        var stops: UInt64
    }

    private struct State {
        var open: [String: Entry] = [:]
        /// What was seen once never comes again.
        var seen: Set<String> = []
    }

    /// Proposals that may wait.
    private static var room: Int { 256 }

    private let state = Mutex(State())

    func add(_ proposal: RiskProposal, stops: UInt64) throws(FourEyesError) {
        let fault = state.withLock { state -> String? in
            if state.seen.contains(proposal.id) { return "this proposal was made before" }
            if state.open.count >= FourEyesBook.room { return "too many proposals wait" }
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

    var all: [RiskProposal] { state.withLock { $0.open.values.map(\.proposal) }.sorted { $0.time < $1.time } }
}
