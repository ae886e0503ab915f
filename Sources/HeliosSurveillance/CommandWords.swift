// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosRisk

/// A command, a change of a limit or of a state in words, for the evidence and the page.
struct CommandWords {
    var action = ""
    var scope = ""
    var target = ""
    /// People: as the record numbers them, else as the journal has them beside it.
    var first = ""
    var second = ""
    /// The limit's number; the value that was asked for, and its value before and after.
    var limit = ""
    var value = ""
    var before = ""
    var after = ""
    /// What else the record says.
    var text = ""

    init(_ command: CommandRecord, _ names: EvidenceNames) {
        let event = command.event
        scope = names.scope(command.scope)
        if let change = RiskLimitChange(event) {
            take(change, command, names)
        } else if let told = RiskCommand(event) {
            take(told, names)
        } else if event.kind == .orderHold || event.kind == .feedGap || event.kind == .epoch {
            text = "\(event.detail)"
        } else {
            action = "\(command.stateAfter)"
            text = "taken by the gate itself"
        }
        if first.isEmpty { first = command.said.first }
        if second.isEmpty { second = command.said.second }
    }

    private mutating func take(_ change: RiskLimitChange, _ command: CommandRecord, _ names: EvidenceNames) {
        action = change.isSoft ? "soft limit" : "hard limit"
        (first, second) = (names.person(change.proposer), names.person(change.approver))
        limit = "\(change.limit)"
        var measure = RiskMeasure.number
        if let policy = names.policy, policy.limits.indices.contains(Int(change.limit)) {
            let changed = policy.limits[Int(change.limit)]
            measure = changed.kind.measure
            text = LimitUseMeter.name(changed, policy)
        }
        before = command.limitBefore.map(measure.text) ?? ""
        after = command.limitAfter.map(measure.text) ?? ""
        value = measure.text(change.value)
        if change.minutes > 0 { text += " for \(change.minutes) minutes" }
        if change.effective > command.event.sequence { text += " from record \(change.effective) on" }
    }

    private mutating func take(_ told: RiskCommand, _ names: EvidenceNames) {
        action = "\(told.action) \(told.state)"
        (first, second) = (names.person(told.officer), names.person(told.second))
        switch told.target {
        case .all: target = "all"
        case .instrument: target = names.instrument(told.instrument)
        case .venue: target = names.venue(told.venue)
        }
    }
}
