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
    /// Answers what is no kill.
    func serve(_ request: ControlRequest, _ tell: @escaping @Sendable (ControlAnswer) -> Void) {
        // The engine's receipt may take its time: the thread of the socket goes on meanwhile.
        Thread { [self] in
            do throws(FourEyesError) {
                tell(try answer(request))
            } catch {
                tell(ControlAnswer("refused", "\(error)", isLast: true, code: 4))
            }
        }.start()
    }

    private func answer(_ request: ControlRequest) throws(FourEyesError) -> ControlAnswer {
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
        case "propose": return try propose(request)
        case "approve": return try approve(request)
        case "withdraw":
            guard let id = request.body, book.remove(id) else {
                throw FourEyesError("there is no proposal '\(request.body ?? "")'")
            }
            return ControlAnswer("withdrawn", "proposal \(id) is withdrawn", isLast: true)
        default: throw FourEyesError("'\(request.verb)' is nothing that a session does")
        }
    }

    private func text(_ value: some Encodable) -> String {
        String(decoding: ControlLine.encode(value).dropLast(), as: UTF8.self)
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
        // Of an instrument or a venue only the person who asks knows what it was told.
        if case .state(let scope)? = letter.question {
            facts.state = scope.target == .all ? "\(receipt.state)" : "killed"
        }
        return facts
    }

    /// Gives the engine a letter and waits for its receipt.
    private func wait(_ letter: ControlLetter) throws(FourEyesError) -> ControlReceipt {
        let number = desk.post(letter)
        let end = Sockets.now + 10_000_000_000
        while Sockets.now < end, !hasEnded {
            if let receipt = desk.receipt(number) { return receipt }
            usleep(500)
        }
        throw FourEyesError("the engine does not answer: nothing was changed as far as is known")
    }

    private func propose(_ request: ControlRequest) throws(FourEyesError) -> ControlAnswer {
        guard let proposal = ControlLine.decode(RiskProposal.self, (request.body ?? "").utf8) else {
            throw FourEyesError("not a proposal")
        }
        try settings.policy.check(proposal)
        try checkNow(proposal)
        try book.add(proposal, stops: stop.count)
        var letter = ControlLetter(record: Event(kind: .none))
        letter.sides = [(.proposal, ControlLine.encode(proposal))]
        do throws(FourEyesError) {
            let receipt = try wait(letter)
            if let refusal = receipt.refusal { throw FourEyesError(refusal) }
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
        guard proposal.time < Sockets.wallClock + 300_000_000_000 else { throw FourEyesError("its time is to come") }
    }

    private func approve(_ request: ControlRequest) throws(FourEyesError) -> ControlAnswer {
        guard let approval = ControlLine.decode(RiskApproval.self, (request.body ?? "").utf8) else {
            throw FourEyesError("not an approval")
        }
        let proposal = approval.proposal
        guard let known = book.find(proposal.id), known.proposal == proposal else {
            throw FourEyesError("there is no proposal '\(proposal.id)' here, or it was approved already")
        }
        let policy = settings.policy
        try policy.check(approval)
        try checkNow(proposal)
        guard let first = policy.person(proposal.proposer), let second = policy.person(approval.approver) else {
            throw FourEyesError("nobody")
        }
        var letter = try letter(proposal, first, second)
        letter.sides = [(.approval, ControlLine.encode(approval))]
        if proposal.purpose != .limit {
            // Whoever has stopped something since knew more than the two.
            guard stop.count == known.stops else {
                throw FourEyesError("somebody has stopped something since it was proposed: propose anew")
            }
            letter.stop = known.stops
        }
        guard book.remove(proposal.id) else { throw FourEyesError("it was approved already") }
        let receipt = try wait(letter)
        if let refusal = receipt.refusal {
            throw FourEyesError(refusal)
        }
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
            if letter.lifts { letter.expects = .state(scope, RiskState(name: proposal.before) ?? .killed, state) }
            return letter
        } catch {
            throw FourEyesError("\(error)")
        }
    }
}
