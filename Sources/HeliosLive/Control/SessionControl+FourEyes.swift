// SPDX-License-Identifier: MIT
import Foundation
import HeliosEngine
import HeliosMarket
import HeliosRisk

/// What a proposal must know of the session: the answer to `facts`.
public struct SessionFacts: Codable, Sendable {
    /// The journal's number and the edition of its limits, hexadecimal.
    public var session: String
    public var edition: String
    /// The last record of the journal.
    public var record: UInt64
    /// The limit asked for: its number, path and values in its smallest unit.
    public var limit: Int?
    public var path: String?
    public var kind: UInt8?
    public var hard: String?
    public var soft: String?
    /// The scope asked for, and its state.
    public var scope: String?
    public var state: String?
}

extension SessionControl {
    /// Why nobody goes up after somebody has gone down.
    static let stoppedSince = "somebody has stopped something since it was proposed: propose anew"

    /// Answers what is no kill; `account` is whose process asks.
    func serve(_ request: ControlRequest, account: String?, _ tell: @escaping @Sendable (ControlAnswer) -> Void) {
        do throws(FourEyesError) {
            tell(try answer(request, account))
        } catch {
            tell(ControlAnswer("refused", "\(error)", isLast: true, code: error.isMisunderstood ? 2 : 4))
        }
    }

    private func answer(_ request: ControlRequest, _ account: String?) throws(FourEyesError) -> ControlAnswer {
        switch request.verb {
        case "status":
            return ControlAnswer("status", stopsAll ? "every order is stopped" : "orders may leave", isLast: true)
        case "facts":
            var answer = ControlAnswer("facts", "", isLast: true)
            answer.body = text(try facts(request))
            return answer
        case "proposals":
            var answer = ControlAnswer("proposals", "", isLast: true)
            answer.body = text(book.all)
            return answer
        case "propose": return try propose(try read(RiskProposal.self, request, "a proposal"), account)
        case "approve": return try approve(try read(RiskApproval.self, request, "an approval"), account)
        case "withdraw": return try withdraw(try read(RiskWithdrawal.self, request, "a withdrawal"), account)
        case "order": return try order(try read(ParentWish.self, request, "a parent order"), request, account)
        case "orders": return try orders()
        case "cancelOrder":
            return try cancelOrder(try read(UInt32.self, request, "a parent order's number"), request, account)
        default: throw FourEyesError("'\(request.verb)' is nothing that a session does")
        }
    }

    func text(_ value: some Encodable) -> String {
        String(decoding: ControlLine.encode(value).dropLast(), as: UTF8.self)
    }

    private func read<Value: Decodable>(
        _ type: Value.Type,
        _ request: ControlRequest,
        _ what: String
    ) throws(FourEyesError) -> Value {
        guard let value = ControlLine.decode(type, (request.body ?? "").utf8) else {
            throw FourEyesError("this is not \(what)")
        }
        return value
    }

    /// What stands now, as the engine says.
    private func facts(_ request: ControlRequest) throws(FourEyesError) -> SessionFacts {
        var letter = ControlLetter(record: Event(kind: .none))
        var facts = SessionFacts(
            session: Hexadecimal.text(session),
            edition: Hexadecimal.text(settings.policy.version),
            record: 0
        )
        if let name = request.body {
            guard let limit = settings.policy.limit(named: name) else {
                throw FourEyesError("there is no limit '\(name)': 'helios risk check --limits' lists them")
            }
            letter.question = .limit(limit)
            facts.limit = limit
            facts.path = settings.policy.limitPath(limit)
            facts.kind = settings.policy.limits[limit].kind.rawValue
        } else {
            do throws(ControlScopeError) {
                let scope = try names.scope(request.scope ?? "firm")
                letter.question = .state(scope)
                facts.scope = scope.text
            } catch {
                throw FourEyesError("\(error)")
            }
        }
        let receipt = try wait(letter)
        facts.record = receipt.record
        facts.hard = receipt.hard.map { "\($0)" }
        facts.soft = receipt.soft.map { "\($0)" }
        if case .state? = letter.question { facts.state = "\(receipt.state)" }
        return facts
    }

    /// Gives the engine a letter and waits for its receipt.
    func wait(_ letter: ControlLetter) throws(FourEyesError) -> ControlReceipt {
        // What the journal has no room for would be done without its signatures.
        guard letter.sides.allSatisfy({ $0.text.count <= JournalFormat.textLimit }) else {
            throw FourEyesError("it is longer than the \(JournalFormat.textLimit) bytes that the journal takes")
        }
        let end = Sockets.now + 10_000_000_000
        var letter = letter
        letter.deadline = end
        let number = desk.post(letter)
        while Sockets.now < end, !hasEnded {
            if let receipt = desk.receipt(number) { return receipt }
            usleep(500)
        }
        throw FourEyesError("the engine does not answer: nothing was changed as far as is known")
    }

    /// Waits for the engine to write a statement down.
    private func record(_ kind: SideKind, _ text: [UInt8]) throws(FourEyesError) {
        var letter = ControlLetter(record: Event(kind: .none))
        letter.sides = [(kind, text)]
        if let refusal = try wait(letter).refusal { throw FourEyesError(refusal) }
    }

    /// The bytes of a statement as the journal keeps it.
    private func received(_ statement: some Codable & Sendable, _ account: String?) -> [UInt8] {
        ControlLine.encode(ReceivedStatement(statement, received: Sockets.wallClock, account: account))
    }

    // MARK: Proposals

    private func propose(_ proposal: RiskProposal, _ account: String?) throws(FourEyesError) -> ControlAnswer {
        try settings.policy.check(proposal)
        try checkNow(proposal)
        try checkFresh(proposal.time)
        try book.add(proposal, stops: stop.count)
        do throws(FourEyesError) {
            try record(.proposal, received(proposal, account))
        } catch {
            _ = book.remove(proposal.id)
            throw error
        }
        warn("proposed by \(proposal.proposer): \(proposal.text(settings.policy)); \(proposal.id)")
        var answer = ControlAnswer("proposed", proposal.text(settings.policy), isLast: true)
        answer.body = proposal.id
        return answer
    }

    /// Whether it is meant for this session, now.
    private func checkNow(_ proposal: RiskProposal) throws(FourEyesError) {
        guard proposal.session == Hexadecimal.text(session) else {
            throw FourEyesError("it was signed for another session")
        }
        guard proposal.edition == Hexadecimal.text(settings.policy.version) else {
            throw FourEyesError("it was signed for another edition of the limits")
        }
        guard Sockets.wallClock < proposal.expires else { throw FourEyesError("it has expired") }
    }

    /// Whether somebody has signed just now, as far as two clocks agree.
    private func checkFresh(_ time: Int64) throws(FourEyesError) {
        let now = Sockets.wallClock
        let range = now - RiskProposal.clockTolerance...now + RiskProposal.clockTolerance
        guard range.contains(time) else {
            let minutes = RiskProposal.clockTolerance / 60_000_000_000
            throw FourEyesError(
                "it was signed more than \(minutes) minutes from this machine's time: sign anew, or set the clock"
            )
        }
    }

    private func withdraw(_ withdrawal: RiskWithdrawal, _ account: String?) throws(FourEyesError) -> ControlAnswer {
        try settings.policy.check(withdrawal)
        guard withdrawal.session == Hexadecimal.text(session) else {
            throw FourEyesError("it was signed for another session")
        }
        try checkFresh(withdrawal.time)
        guard book.remove(withdrawal.proposal) else {
            throw FourEyesError("there is no proposal '\(withdrawal.proposal)' here")
        }
        do throws(FourEyesError) {
            try record(.withdrawal, received(withdrawal, account))
        } catch {
            throw FourEyesError("the proposal is gone, but the journal does not say so: \(error)")
        }
        warn("withdrawn by \(withdrawal.person): \(withdrawal.proposal)")
        return ControlAnswer("withdrawn", "proposal \(withdrawal.proposal) is withdrawn", isLast: true)
    }

    // MARK: Approvals

    private func approve(_ approval: RiskApproval, _ account: String?) throws(FourEyesError) -> ControlAnswer {
        let proposal = approval.proposal
        guard let known = book.find(proposal.id), known.proposal == proposal else {
            throw FourEyesError("there is no proposal '\(proposal.id)' here, or it was approved already")
        }
        let policy = settings.policy
        try policy.check(approval)
        try checkNow(proposal)
        try checkFresh(approval.time)
        guard let first = policy.person(proposal.proposer), let second = policy.person(approval.approver) else {
            throw FourEyesError("nobody")
        }
        var letter = try letter(proposal, first, second)
        letter.sides = [(.approval, received(approval, account))]
        if proposal.purpose != .limit {
            // Looked at again by the engine's thread, right before the record.
            guard stop.count == known.stops else { throw FourEyesError(SessionControl.stoppedSince) }
            letter.stops = known.stops
        }
        guard book.remove(proposal.id) else { throw FourEyesError("it was approved already") }
        let receipt = try wait(letter)
        if let refusal = receipt.refusal { throw FourEyesError(refusal) }
        warn("approved by \(approval.approver): \(proposal.text(policy)), record \(receipt.record)")
        var answer = ControlAnswer(
            "approved",
            "\(proposal.text(policy)); record \(receipt.record) of the journal",
            isLast: true
        )
        answer.record = receipt.record
        return answer
    }

    private func letter(
        _ proposal: RiskProposal,
        _ first: UInt32,
        _ second: UInt32
    ) throws(FourEyesError) -> ControlLetter {
        if proposal.purpose == .limit {
            guard let value = Int128(proposal.after), let before = Int128(proposal.before) else {
                throw FourEyesError("not a value")
            }
            let change = RiskLimitChange(
                limit: UInt32(proposal.limit),
                isSoft: proposal.isSoft,
                value: value,
                proposer: first,
                approver: second,
                effective: proposal.effective,
                minutes: proposal.minutes
            )
            var letter = ControlLetter(record: change.record(at: .zero))
            letter.expects = .limit(proposal.limit, isSoft: proposal.isSoft, before)
            return letter
        }
        do throws(ControlScopeError) {
            let scope = try names.scope(proposal.scope)
            let state = RiskState(name: proposal.after) ?? .active
            let action: RiskCommand.Action = proposal.purpose == .raise ? .raise : .enable
            var letter = ControlLetter(
                record: scope.command(action, state, first: first, second: second).record(at: .zero)
            )
            letter.cover = scope.cover
            letter.lifts = proposal.purpose == .raise
            if letter.lifts { letter.expects = .state(scope, RiskState(name: proposal.before) ?? .killed) }
            return letter
        } catch {
            throw FourEyesError("\(error)")
        }
    }
}
