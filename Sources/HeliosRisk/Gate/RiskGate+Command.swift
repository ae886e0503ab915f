// SPDX-License-Identifier: MIT
import HeliosMarket

/// What became of a command.
public enum RiskCommandOutcome: String, Sendable, CaseIterable {
    /// The state is what the command says.
    case obeyed
    /// It was so already, or a loss took the state down again at once.
    case unchanged
    /// There is no such scope, instrument or venue.
    case unknownTarget
    /// It takes two different people who are known.
    case needsTwoPeople
    /// One of the two must be a risk officer.
    case needsRiskOfficer
    /// It takes a person who is known.
    case needsPerson
    /// A reduction is under way, or the risk has not been low enough for long enough since.
    case reducing
    /// Positions can't be closed: the policy has no `reduction`, or a venue is meant.
    case noReduction
    /// Positions can't be closed: what is meant is halted or killed, and sends nothing.
    case stopped
}

extension RiskGate {
    /// Obeys a command: a state goes down at one word, and up at that of two people, of whom one is a risk officer.
    ///
    /// Where the policy names nobody, any two different numbers do. A raised state is judged against the day's loss at once.
    @discardableResult
    public mutating func apply(_ command: RiskCommand) -> RiskCommandOutcome {
        guard Int(command.scope) < policy.scopes else { return .unknownTarget }
        switch command.action {
        case .lower: return lower(command)
        case .raise: return raise(command)
        case .enable:
            guard isKnown(command.officer) else { return .needsPerson }
            for strategy in 0..<policy.strategies where policy.isUnder(strategy, Int(command.scope)) {
                controls.enable(strategy, by: command.officer)
            }
            return .obeyed
        case .flatten: return .obeyed
        }
    }

    /// Whether a command speaks of an order: its strategy is under the command's scope, and instrument and venue are meant.
    public func covers(_ command: RiskCommand, _ tag: OrderTag, _ instrument: Instrument, _ venue: Venue) -> Bool {
        guard policy.isUnder(Int(tag.strategy), Int(command.scope)) || command.scope == 0 else { return false }
        switch command.target {
        case .all: return true
        case .instrument: return command.instrument == instrument
        case .venue: return command.venue == venue
        }
    }

    /// Lowers the firm's state; nothing happens when it is that low already.
    public mutating func lower(to state: RiskState) { apply(RiskCommand(.lower, state)) }

    /// Raises the firm's state; two different people must say so.
    ///
    /// False, and nothing changed, without them or for a state that is not higher; false too where the day's loss takes it
    /// down again.
    public mutating func raise(to state: RiskState, officer: UInt32, second: UInt32) -> Bool {
        apply(RiskCommand(.raise, state, officer: officer, second: second)) == .obeyed
    }

    private mutating func lower(_ command: RiskCommand) -> RiskCommandOutcome {
        let scope = Int(command.scope)
        switch command.target {
        case .all:
            // Safe: tallies begin with one for each scope.
            if unsafe ledger.tallies[scope].state >= command.state.rawValue { return .unchanged }
            descend(scope, to: command.state, cause: .state, value: 0, limit: 0)
        case .instrument:
            guard command.instrument.index < instruments else { return .unknownTarget }
            guard let number = slot(scope, command.instrument) else {
                // No place to remember it in: then the whole scope stops.
                descend(scope, to: command.state, cause: .state, value: 0, limit: 0)
                return .obeyed
            }
            if unsafe ledger.slots[number].state >= command.state.rawValue { return .unchanged }
            set(slot: number, command.state)
        case .venue:
            guard Int(command.venue.id) < policy.venues else { return .unknownTarget }
            let place = scope * policy.venues + Int(command.venue.id)
            // Safe: a place for each scope and venue.
            if unsafe venueStates[place] >= command.state.rawValue { return .unchanged }
            unsafe venueStates[place] = command.state.rawValue
        }
        return .obeyed
    }

    private mutating func raise(_ command: RiskCommand) -> RiskCommandOutcome {
        if let fault = fault(command.officer, command.second) { return fault }
        let scope = Int(command.scope)
        switch command.target {
        case .all:
            // Safe: tallies begin with one for each scope.
            guard unsafe command.state.rawValue < ledger.tallies[scope].state else { return .unchanged }
            unsafe ledger.tallies[scope].state = command.state.rawValue
            unsafe ledger.tallies[scope].cause = RiskControl.state.rawValue
            unsafe ledger.tallies[scope].stateIndex = .max
            unsafe ledger.tallies[scope].alerted = 0
            if scope == 0 { controls.isOverrun = false }
            if !ledger.isExact { descend(0, to: .halted, cause: .p06, value: 0, limit: 0) }
            judge(tally: scope, .zero)
            return unsafe ledger.tallies[scope].state == command.state.rawValue ? .obeyed : .unchanged
        case .instrument:
            guard command.instrument.index < instruments else { return .unknownTarget }
            guard let number = slot(scope, command.instrument),
                unsafe command.state.rawValue < ledger.slots[number].state
            else { return .unchanged }
            set(slot: number, command.state)
            unsafe ledger.slots[number].alerted = 0
            judge(slot: number, .zero)
            return unsafe ledger.slots[number].state == command.state.rawValue ? .obeyed : .unchanged
        case .venue:
            guard Int(command.venue.id) < policy.venues else { return .unknownTarget }
            let place = scope * policy.venues + Int(command.venue.id)
            guard unsafe command.state.rawValue < venueStates[place] else { return .unchanged }
            unsafe venueStates[place] = command.state.rawValue
            return .obeyed
        }
    }

    private mutating func slot(_ scope: Int, _ instrument: Instrument) -> Int? {
        let row = unsafe policy.slotRow(scope, table.facts[instrument.index].symbol)
        return ledger.makeSlot(scope, instrument.index, row: row)
    }

    private mutating func set(slot number: Int, _ state: RiskState) {
        // Safe: the callers got the number from the ledger.
        unsafe ledger.slots[number].state = state.rawValue
        unsafe ledger.slots[number].cause = RiskControl.state.rawValue
        unsafe ledger.slots[number].stateIndex = .max
    }

    /// Whether a number stands for somebody.
    func isKnown(_ person: UInt32) -> Bool {
        person != 0 && (identityCount == 0 || Int(person) <= identityCount)
    }

    /// Why two people may not decide together; nil when they may.
    private func fault(_ first: UInt32, _ second: UInt32) -> RiskCommandOutcome? {
        guard isKnown(first), isKnown(second), first != second else { return .needsTwoPeople }
        if identityCount == 0 { return nil }
        // Safe: `isKnown` held both against the number of identities.
        return unsafe officers[Int(first) - 1] || officers[Int(second) - 1] ? nil : .needsRiskOfficer
    }

    /// Whether two people may decide together on a limit.
    func mayApprove(_ first: UInt32, _ second: UInt32) -> RiskCommandOutcome? { fault(first, second) }
}
