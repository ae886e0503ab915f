// SPDX-License-Identifier: MIT
import Foundation
import HeliosEngine
import HeliosMarket
import HeliosRisk

/// What a person, or the system, told the gate; or a state that it took by itself.
public struct CommandRecord: Sendable {
    /// The record: a `RiskCommand`, a `RiskLimitChange`, a hold of orders, a gap of the feed, or the input at which a state changed.
    public var event: Event
    /// The place in `RiskPolicy.scopes` of what it is about; 0 is the firm.
    public var scope = 0
    /// The state of what was meant: of the scope, or of the command's instrument or venue in it.
    public var stateBefore: RiskState
    public var stateAfter: RiskState
    /// The limit's value before and after a change, raw; nil for what changes none.
    public var limitBefore: Int128?
    public var limitAfter: Int128?
    /// What the gate made of it; empty for what is no command.
    public var outcome = ""
    /// Who said it, and why, as the journal has it beside the record.
    public var said = SaidBeside()
}

/// Who said what a record does, and why: from the texts that stand in the journal before it.
public struct SaidBeside: Sendable, Equatable {
    /// The person who asked for it, or proposed it.
    public var first = ""
    /// Who approved it.
    public var second = ""
    public var reason = ""
    /// Under the proposal and under the approval, hexadecimal.
    public var firstSignature = ""
    public var secondSignature = ""

    public init() {}

    /// Reads the text of a side record; nil when it says nothing of a command.
    public init?(_ record: JournalRecord) {
        guard record.event.kind == .side else { return nil }
        let data = Data(record.text)
        switch SideKind(rawValue: record.event.orderID) {
        case .command:
            guard let told = try? JSONDecoder().decode(Told.self, from: data) else { return nil }
            (first, reason) = (told.person ?? "", told.reason ?? "")
        case .approval:
            guard let approval = try? JSONDecoder().decode(Approval.self, from: data) else { return nil }
            (first, second) = (approval.proposal.proposer, approval.approver)
            reason = approval.proposal.reason
            (firstSignature, secondSignature) = (approval.proposal.signature ?? "", approval.signature ?? "")
        default: return nil
        }
    }

    /// The names of the fields are those that a live session writes.
    private struct Told: Decodable {
        var person: String?
        var reason: String?
    }

    private struct Approval: Decodable {
        struct Proposal: Decodable {
            var proposer: String
            var reason: String
            var signature: String?
        }

        var proposal: Proposal
        var approver: String
        var signature: String?
    }
}

/// Keeps track of the gate's states and limits around each input, so that what changed can be told, once.
struct CommandTrail: Sendable {
    private struct Place: Hashable {
        var scope: UInt16
        var target: UInt8
        var number: UInt32
    }

    /// Of each scope, as it was after the last input.
    private var states: [RiskState] = []
    /// What instruments and venues of a scope were told: the gate tells a scope's own state only.
    private var told: [Place: RiskState] = [:]
    private var limitBefore: Int128?
    private var said = SaidBeside()
    /// What the gate answered to the command or the change of this record.
    var outcome = ""
    private let policy: RiskPolicy

    init(_ policy: RiskPolicy) { self.policy = policy }

    /// The journal has said who and why.
    mutating func take(_ record: JournalRecord) {
        if let words = SaidBeside(record) { said = words }
    }

    /// The engine is about to act on `event`.
    mutating func willApply(_ event: Event, _ risk: borrowing RiskGate) {
        if states.isEmpty { states = CommandTrail.states(risk) }
        limitBefore = RiskLimitChange(event).flatMap { CommandTrail.value($0, risk) }
    }

    /// The engine has acted on `event`: what there is to tell of it, a record for the record itself and none besides; for an input that
    /// says nothing to the gate one for each scope whose state it changed.
    mutating func didApply(_ event: Event, _ risk: borrowing RiskGate) -> [CommandRecord] {
        defer {
            outcome = ""
            if event.kind == .command || event.kind == .limitChange { said = SaidBeside() }
        }
        switch event.kind {
        case .command: return [command(event, risk)]
        case .limitChange, .orderHold, .feedGap, .epoch:
            let change = RiskLimitChange(event)
            let limit = change.flatMap { policy.limits.indices.contains(Int($0.limit)) ? Int($0.limit) : nil }
            var record = record(event, limit.map { policy.limits[$0].scope } ?? 0, risk)
            record.outcome = outcome
            if let change {
                record.said = said
                record.limitBefore = limitBefore
                record.limitAfter = CommandTrail.value(change, risk)
            }
            refresh(risk)
            return [record]
        default:
            var records: [CommandRecord] = []
            for scope in states.indices where risk.status(of: scope).state != states[scope] {
                records.append(record(event, scope, risk))
            }
            if !records.isEmpty { refresh(risk) }
            return records
        }
    }

    private func record(_ event: Event, _ scope: Int, _ risk: borrowing RiskGate) -> CommandRecord {
        CommandRecord(
            event: event,
            scope: scope,
            stateBefore: states.indices.contains(scope) ? states[scope] : .active,
            stateAfter: risk.status(of: scope).state
        )
    }

    private mutating func command(_ event: Event, _ risk: borrowing RiskGate) -> CommandRecord {
        guard let command = RiskCommand(event) else { return record(event, 0, risk) }
        var record = record(event, Int(command.scope), risk)
        record.outcome = outcome
        record.said = said
        if command.target != .all {
            let number = command.target == .instrument ? command.instrument.id : UInt32(command.venue.id)
            let place = Place(scope: command.scope, target: command.target.rawValue, number: number)
            record.stateBefore = told[place] ?? .active
            if outcome == RiskCommandOutcome.obeyed.rawValue, command.action == .lower || command.action == .raise {
                told[place] = command.state
            }
            record.stateAfter = told[place] ?? .active
        }
        refresh(risk)
        return record
    }

    private mutating func refresh(_ risk: borrowing RiskGate) { states = CommandTrail.states(risk) }

    private static func states(_ risk: borrowing RiskGate) -> [RiskState] {
        var states: [RiskState] = []
        for scope in 0..<risk.scopeCount { states.append(risk.status(of: scope).state) }
        return states
    }

    private static func value(_ change: RiskLimitChange, _ risk: borrowing RiskGate) -> Int128? {
        change.isSoft ? risk.softLimitValue(Int(change.limit)) : risk.limitValue(Int(change.limit))
    }
}
