// SPDX-License-Identifier: MIT
import HeliosMarket

/// What stands where a command points.
extension RiskGate {
    /// The state of what a command speaks of: that of its scope, or what the instrument or the venue was told there.
    ///
    /// That of the scopes around it counts too for orders. Killed for a place that there is not.
    public func state(of command: RiskCommand) -> RiskState {
        let scope = Int(command.scope)
        guard scope < policy.scopes else { return .killed }
        switch command.target {
        case .all: return status(of: scope).state
        case .instrument:
            guard command.instrument.index < instruments else { return .killed }
            // Nobody has told it anything where it has no place yet.
            guard let number = ledger.slot(scope, command.instrument.index) else { return .active }
            return unsafe RiskState(rawValue: ledger.slots[number].state) ?? .killed
        case .venue:
            guard Int(command.venue.id) < policy.venues else { return .killed }
            // Safe: a place for each scope and venue.
            return unsafe RiskState(rawValue: venueStates[scope * policy.venues + Int(command.venue.id)]) ?? .killed
        }
    }

    /// Whether no order at all may be sent for what a command speaks of: it, or what is around it, is halted or killed.
    public func isStopped(_ command: RiskCommand) -> Bool {
        let scope = Int(command.scope)
        guard scope < policy.scopes else { return true }
        if isStopped(0, command) || isStopped(scope, command) { return true }
        let members = (0..<policy.strategies).filter { policy.isUnder($0, scope) }
        return !members.isEmpty
            && members.allSatisfy { strategy in
                (0..<policy.depth(of: strategy)).contains {
                    isStopped(policy.scope(of: strategy, level: $0), command)
                }
            }
    }

    /// Whether no order of a strategy in an instrument may be sent: one of the two, in a scope around the strategy, is halted or
    /// killed.
    public func isStopped(strategy: UInt16, _ instrument: Instrument) -> Bool {
        let command = RiskCommand(.lower, .halted, target: .instrument, instrument: instrument)
        return (0..<policy.depth(of: Int(strategy))).contains {
            isStopped(policy.scope(of: Int(strategy), level: $0), command)
        }
    }

    /// Whether a venue is halted or killed for a strategy, in a scope around it; the scopes' own states aside.
    public func isStopped(strategy: UInt16, at venue: Venue) -> Bool {
        var command = RiskCommand(.lower, .halted, target: .venue, venue: venue)
        for level in 0..<policy.depth(of: Int(strategy)) {
            command.scope = UInt16(truncatingIfNeeded: policy.scope(of: Int(strategy), level: level))
            if state(of: command) >= .halted { return true }
        }
        return false
    }

    private func isStopped(_ scope: Int, _ command: RiskCommand) -> Bool {
        var place = command
        place.scope = UInt16(truncatingIfNeeded: scope)
        return status(of: scope).state >= .halted || state(of: place) >= .halted
    }
}
