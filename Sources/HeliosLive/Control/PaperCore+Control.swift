// SPDX-License-Identifier: MIT
import HeliosEngine
import HeliosExecution
import HeliosMarket
import HeliosRisk

extension PaperCore {
    /// Reads what people have said, and does it: into the journal, then to the engine.
    func readMail(_ control: SessionControl, at now: Nanoseconds) {
        for letter in control.desk.take() {
            // A stop may have come since two people signed, and since that was last looked at: here nothing comes between the
            // look and the record.
            let isOutdated = letter.stops.map { $0 != control.stop.count } ?? false
            let receipt =
                isOutdated
                ? refused(letter, SessionControl.stoppedSince)
                : now > letter.deadline ? refused(letter, "nobody waits for it any more") : obey(letter, at: now)
            if letter.lifts { lift(letter, receipt, control) }
            control.desk.answer(letter.number, receipt)
        }
    }

    /// Lets orders go again where a raised state does; what is stopped by a scope within it stays.
    private func lift(_ letter: ControlLetter, _ receipt: ControlReceipt, _ control: SessionControl) {
        guard receipt.record > 0, receipt.refusal == nil, receipt.state < .halted, let stops = letter.stops,
            var cover = letter.cover
        else { return }
        if case .strategies(let numbers) = cover {
            let policy = control.names.policy
            cover = .strategies(
                numbers.filter { number in
                    !policy.path(of: Int(number)).contains { node.engine.market.risk.status(of: $0).state >= .halted }
                }
            )
        }
        control.stop.lift(cover, last: stops)
    }

    private func refused(_ letter: ControlLetter, _ why: String) -> ControlReceipt {
        ControlReceipt(
            record: 0,
            state: node.engine.market.risk.status.state,
            covered: letter.cover.map(working) ?? [],
            refusal: why
        )
    }

    /// Takes one letter.
    func obey(_ letter: ControlLetter, at now: Nanoseconds) -> ControlReceipt {
        if let question = letter.question { return answer(question) }
        guard node.isPrimary, journal.state < .full else {
            return refused(letter, "the journal takes nothing any more")
        }
        if let expectation = letter.expects, let fault = fault(expectation) { return refused(letter, fault) }
        let covered = letter.cover.map(working) ?? []
        for side in letter.sides { write(side.kind, side.text) }
        guard letter.record.kind != .none else {
            return ControlReceipt(record: node.sequence, state: node.engine.market.risk.status.state, covered: [])
        }
        let time = clock.time(at: now)
        var record = letter.record
        record.receiveTime = time
        if record.kind == .command { record.eventTime = time }
        let number = journal.appended + 1
        node.engine.observer.forgetAnswers()
        let parent = node.engine.nextParentNumber
        guard node.take(record) else { return refused(letter, "the journal takes nothing any more") }
        var receipt = ControlReceipt(record: number, state: node.engine.market.risk.status.state, covered: covered)
        if let command = RiskCommand(record) {
            receipt.state = node.engine.market.risk.state(of: command)
            receipt.refusal = PaperCore.fault(node.engine.observer.commandOutcome, command, receipt.state)
            let told = "told by somebody: \(command.action) to \(command.state), record \(number)"
            notify(LiveNotice(.warning, receipt.refusal.map { "\(told); not done: \($0)" } ?? told))
        } else if RiskLimitChange(record) != nil {
            receipt.refusal = PaperCore.fault(node.engine.observer.limitOutcome)
        } else if record.kind == .parentOrder || record.kind == .parentCancel {
            receipt.parents = node.engine.execution.standings
            if node.engine.nextParentNumber != parent { receipt.parent = parent }
            notify(LiveNotice(.warning, "told by somebody: \(record.kind), record \(number)"))
        }
        return receipt
    }

    /// Why the gate did not do what a command says; nil when it did.
    private static func fault(
        _ outcome: RiskCommandOutcome?,
        _ command: RiskCommand,
        _ state: RiskState
    ) -> String? {
        switch outcome {
        case .obeyed: nil
        // Down there already is what was wanted.
        case .unchanged: command.action == .lower ? nil : "the gate has not gone up: the state is \(state)"
        case .unknownTarget: "the gate knows no such scope, instrument or venue"
        case .needsTwoPeople: "it takes two different people whom the limits name"
        case .needsRiskOfficer: "one of the two must be a risk officer"
        case .needsPerson: "it takes a person whom the limits name"
        case .reducing:
            "a reduction is under way, or the risk has not been low enough for long enough since it ended"
        case .noReduction:
            command.target == .venue
                ? "positions are closed by scope or instrument, not by venue"
                : "the limits file has no section 'reduction', so that nobody here closes positions: close them by hand, "
                    + "or add it and start anew"
        case .stopped:
            "what is halted or killed sends no order: two people raise it to reduceOnly first "
                + "('helios risk propose state SCOPE reduceOnly')"
        case nil: "the engine has not acted on it"
        }
    }

    /// Why the gate did not take a change of a limit; nil when it did.
    private static func fault(_ outcome: RiskLimitOutcome?) -> String? {
        switch outcome {
        case .accepted: nil
        case .unknownLimit: "the gate knows no such limit"
        case .needsTwoPeople: "it takes two different people whom the limits name"
        case .needsRiskOfficer: "one of the two must be a risk officer"
        case .tooLoose: "a limit is loosened to at most twice in one step"
        case .outOfRange: "the value is below zero, or more than the gate can add up"
        case .softBeyondHard: "the soft limit must stay within the hard one"
        case .noRoom: "too many changes wait for their record, or for their end"
        case nil: "the engine has not acted on it"
        }
    }

    private func answer(_ question: ControlQuestion) -> ControlReceipt {
        switch question {
        case .limit(let index):
            var receipt = ControlReceipt(record: node.sequence, state: .active, covered: [])
            receipt.hard = node.engine.market.risk.limitValue(index)
            receipt.soft = node.engine.market.risk.softLimitValue(index)
            return receipt
        case .parents:
            var receipt = ControlReceipt(record: node.sequence, state: .active, covered: [])
            receipt.parents = node.engine.execution.standings
            return receipt
        case .state(let scope): return ControlReceipt(record: node.sequence, state: state(of: scope), covered: [])
        }
    }

    /// The state of what a scope means.
    private func state(of scope: ControlScope) -> RiskState {
        node.engine.market.risk.state(of: scope.command(.lower, .active))
    }

    /// Why what two people saw is not so any more; nil while it is.
    private func fault(_ expectation: ControlExpectation) -> String? {
        switch expectation {
        case .limit(let index, let isSoft, let value):
            let now =
                isSoft
                ? node.engine.market.risk.softLimitValue(index) : node.engine.market.risk.limitValue(index)
            return now == value ? nil : "the limit has another value by now: propose anew"
        case .state(let scope, let before):
            let now = state(of: scope)
            return now == before ? nil : "\(scope.text) is \(now) by now: propose anew"
        }
    }

    /// Our numbers of the orders that `cover` names and that have not ended.
    private func working(_ cover: KillCover) -> [OrderID] {
        var left = node.engine.market.orders.workingCount
        var found: [OrderID] = []
        var id = node.engine.nextOrderID
        while left > 0, id > 1 {
            id -= 1
            guard let order = node.engine.market.orders.order(id), !order.isFinal else { continue }
            left -= 1
            let isCovered =
                switch cover {
                case .all: true
                case .strategies(let numbers): numbers.contains(order.order.tag.strategy)
                case .instrument(let instrument): order.order.instrument == instrument
                case .venue(let number): max(order.order.venue.id, 1) == number
                }
            if isCovered { found.append(id) }
        }
        return found
    }
}
