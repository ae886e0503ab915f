// SPDX-License-Identifier: MIT
import HeliosEngine
import HeliosMarket
import HeliosRisk

/// What a journal says of commands and of changes of limits, held against its signatures and against itself.
///
/// ```swift
/// var audit = ChangesAudit(policy)
/// while let record = try reader.next() {
///     audit.session = reader.session
///     audit.take(record)
/// }
/// audit.entries.filter { !$0.isRight }
/// ```
/// A change, or a state that went up, is right when the record in front of it is an approval of exactly that: two people's
/// signatures, over this session and this edition of the limits, over the value that the journal had, of a proposal that stands
/// in the journal, used once, in time and not taken back.
public struct ChangesAudit: ~Copyable {
    /// One command, change or withdrawal.
    public struct Entry: Encodable, Sendable {
        public var record: UInt64
        /// The market's time, UTC.
        public var time: String
        public var what: String
        public var before: String
        public var after: String
        /// The record from which on it holds.
        public var effective: UInt64
        public var proposer: String
        public var approver: String
        /// Whose process brought the last word, as the operating system said.
        public var account: String
        public var reason: String
        public var isRight: Bool
        /// What is wrong, or how it is known to be right.
        public var finding: String
    }

    public private(set) var entries: [Entry] = []
    /// The journal's number; nothing is right without it.
    public var session: UInt64?
    private let policy: RiskPolicy
    private let time: (Timestamp) -> String
    /// Limits as the journal's own changes have left them.
    private var gate: RiskGate
    private var now = Timestamp.zero
    /// States as commands have left them; losses may have taken them further down, which only a replay knows.
    private var states: [StatePlace: RiskState] = [:]
    private var symbols: [Symbol] = []
    private var proposals: [String: RiskProposal] = [:]
    private var withdrawn: Set<String> = []
    private var used: Set<String> = []
    private var approval: ReceivedStatement<RiskApproval>?
    private var told: KillEntry?

    private struct StatePlace: Hashable {
        var scope: UInt16
        var target: UInt8
        var number: UInt32

        init(_ command: RiskCommand) {
            (scope, target) = (command.scope, command.target.rawValue)
            number =
                switch command.target {
                case .all: 0
                case .instrument: command.instrument.id
                case .venue: UInt32(command.venue.id)
                }
        }
    }

    /// An audit of a session that ran under `policy`; `time` is how a time is written.
    public init(_ policy: RiskPolicy, time: @escaping (Timestamp) -> String = { "\($0)" }) {
        self.policy = policy
        self.time = time
        gate = RiskGate(policy: policy, instruments: 1, orders: 1)
    }

    /// Takes the journal's next record.
    public mutating func take(_ record: JournalRecord) {
        let event = record.event
        switch event.kind {
        case .side: return takeText(record)
        case .limitChange: if let change = RiskLimitChange(event) { take(change, event) }
        case .command: if let command = RiskCommand(event) { take(command, event) }
        // What went out was not acted on.
        case .newOrder, .cancelRequest, .replaceRequest: return
        default: break
        }
        if event.kind != .limitChange { advance(to: event) }
        (approval, told) = (nil, nil)
    }

    private mutating func advance(to event: Event) {
        now = max(now, event.receiveTime)
        gate.advance(to: event.sequence, at: now)
    }

    private mutating func takeText(_ record: JournalRecord) {
        switch SideKind(rawValue: record.event.orderID) {
        case .instruments:
            for line in String(decoding: record.text, as: UTF8.self).split(separator: "\n") {
                if let symbol = Symbol(String(line)) { symbols.append(symbol) }
            }
        case .proposal:
            if let proposal = ControlLine.decode(RiskProposal.self, record.text) { proposals[proposal.id] = proposal }
        case .approval: approval = ControlLine.decode(ReceivedStatement<RiskApproval>.self, record.text)
        case .withdrawal:
            takeBack(ControlLine.decode(ReceivedStatement<RiskWithdrawal>.self, record.text), record.event)
        case .command: told = ControlLine.decode(KillEntry.self, record.text)
        case .configuration, .note, .feed, nil: break
        }
    }

    private mutating func takeBack(_ received: ReceivedStatement<RiskWithdrawal>?, _ event: Event) {
        let withdrawal = received?.statement
        var fault: String?
        if let withdrawal {
            if session.map(Hexadecimal.text) != withdrawal.session { fault = "it was signed for another session" }
            do throws(FourEyesError) { try policy.check(withdrawal) } catch { fault = "\(error)" }
            if proposals[withdrawal.proposal] == nil { fault = "there is no such proposal before it" }
            if fault == nil { withdrawn.insert(withdrawal.proposal) }
        } else {
            fault = "it can't be read"
        }
        entries.append(
            Entry(
                record: event.sequence,
                time: time(event.receiveTime),
                what: "proposal \(withdrawal?.proposal ?? "?")",
                before: "",
                after: "withdrawn",
                effective: event.sequence,
                proposer: withdrawal?.person ?? "",
                approver: "",
                account: received?.account ?? "",
                reason: "",
                isRight: fault == nil,
                finding: fault ?? "the signature is right"
            )
        )
    }

    // MARK: Limits

    private mutating func take(_ change: RiskLimitChange, _ event: Event) {
        let place = Int(change.limit)
        let known = policy.limits.indices.contains(place)
        let measure = known ? policy.limits[place].kind.measure : .number
        let value = change.isSoft ? gate.softLimitValue(place) : gate.limitValue(place)
        var fault = isMissing()
        if fault == nil, let proposal = approval?.statement.proposal {
            let isSame =
                proposal.purpose == .limit && proposal.limit == place && proposal.isSoft == change.isSoft
                && proposal.after == "\(change.value)" && proposal.effective == change.effective
                && min(proposal.minutes, UInt32(Int32.max)) == change.minutes
            fault = isSame ? nil : ChangesAudit.another
            if fault == nil, value.map({ "\($0)" }) != proposal.before {
                fault = "both signed for the value \(proposal.before), and it was \(value.map { "\($0)" } ?? "none")"
            }
        }
        advance(to: event)
        let outcome = gate.apply(change, sequence: event.sequence, at: now)
        add(
            event,
            (known ? policy.limitPath(place) : "limit \(place)") + (change.isSoft ? ", soft" : ""),
            (value.map(measure.text) ?? "?", measure.text(change.value)),
            effective: max(change.effective, event.sequence),
            (change.proposer, change.approver),
            fault,
            refusal: outcome == .accepted ? nil : "the gate has refused it: \(outcome.rawValue)"
        )
    }

    // MARK: States

    private mutating func take(_ command: RiskCommand, _ event: Event) {
        let place = StatePlace(command)
        let state = states[place] ?? .active
        let name = self.name(command)
        guard command.action == .raise || command.action == .enable else {
            if command.action == .lower { states[place] = max(state, command.state) }
            return entries.append(
                Entry(
                    record: event.sequence,
                    time: time(event.receiveTime),
                    what: name,
                    before: "",
                    after: command.action == .flatten ? "flatten" : "\(command.state)",
                    effective: event.sequence,
                    proposer: told?.person ?? "",
                    approver: "",
                    account: told?.account ?? "",
                    reason: told?.reason ?? "",
                    isRight: true,
                    finding: "down: one person, or the system, may"
                )
            )
        }
        var fault = isMissing()
        if fault == nil, let proposal = approval?.statement.proposal {
            fault = isSame(command, proposal) ? nil : ChangesAudit.another
            if fault == nil, command.action == .raise {
                // A loss may have taken it further down than any command, but nothing has taken it up.
                let before = RiskState(name: proposal.before)
                if before.map({ $0 < state }) ?? true {
                    fault = "both signed for the state \(proposal.before), and it was \(state) or below"
                }
            }
        }
        if command.action == .raise { states[place] = min(state, command.state) }
        add(
            event,
            name,
            (approval?.statement.proposal.before ?? "?", command.action == .enable ? "enabled" : "\(command.state)"),
            effective: event.sequence,
            (command.officer, command.second),
            fault,
            refusal: nil
        )
    }

    private func isSame(_ command: RiskCommand, _ proposal: RiskProposal) -> Bool {
        guard proposal.purpose == (command.action == .raise ? .raise : .enable),
            let scope = try? ControlNames(policy, symbols: symbols).scope(proposal.scope),
            let after = RiskState(name: proposal.after)
        else { return false }
        let meant = scope.command(command.action, after, first: command.officer, second: command.second)
        return meant == command
    }

    private func name(_ command: RiskCommand) -> String {
        let scope = policy.scopes.indices.contains(Int(command.scope)) ? policy.scopes[Int(command.scope)] : nil
        let name = scope.map { $0.kind == .firm ? "firm" : "\($0.kind):\($0.name)" } ?? "scope \(command.scope)"
        switch command.target {
        case .all: return name
        case .instrument:
            let index = command.instrument.index
            return name + ", instrument " + (symbols.indices.contains(index) ? "\(symbols[index])" : "\(index)")
        case .venue:
            let index = Int(command.venue.id) - 1
            return name + ", venue " + (policy.venues.indices.contains(index) ? policy.venues[index] : "\(index + 1)")
        }
    }

    // MARK: Approvals

    private static var another: String { "the approval before it says something else" }

    private func isMissing() -> String? { approval == nil ? "no approval that can be read stands before it" : nil }

    private mutating func add(
        _ event: Event,
        _ what: String,
        _ values: (before: String, after: String),
        effective: UInt64,
        _ people: (UInt32, UInt32),
        _ fault: String?,
        refusal: String?
    ) {
        let fault = fault ?? self.fault(people)
        if let id = approval?.statement.proposal.id { used.insert(id) }
        let proposal = approval?.statement.proposal
        entries.append(
            Entry(
                record: event.sequence,
                time: time(event.receiveTime),
                what: what,
                before: values.before,
                after: values.after,
                effective: effective,
                proposer: proposal?.proposer ?? "",
                approver: approval?.statement.approver ?? "",
                account: approval?.account ?? "",
                reason: proposal?.reason ?? "",
                isRight: fault == nil,
                finding: fault ?? ["both signatures are right", refusal].compactMap { $0 }.joined(separator: "; ")
            )
        )
    }

    /// What is wrong with the approval itself, or with its place in this journal; nil when nothing is.
    private func fault(_ people: (UInt32, UInt32)) -> String? {
        guard let approval else { return isMissing() }
        let (statement, proposal) = (approval.statement, approval.statement.proposal)
        if used.contains(proposal.id) { return "its approval was used before" }
        guard policy.person(proposal.proposer) == people.0, policy.person(statement.approver) == people.1 else {
            return "the record names other people than its approval"
        }
        do throws(FourEyesError) { try policy.check(statement) } catch { return "\(error)" }
        guard session.map(Hexadecimal.text) == proposal.session else { return "it was signed for another session" }
        guard proposal.edition == Hexadecimal.text(policy.version) else {
            return "it was signed for another edition of the limits"
        }
        guard proposals[proposal.id] == proposal else { return "its proposal does not stand in the journal before it" }
        if withdrawn.contains(proposal.id) { return "its proposal was taken back before" }
        return approval.received <= proposal.expires ? nil : "it came after it had expired"
    }
}
