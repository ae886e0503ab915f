// SPDX-License-Identifier: MIT
import HeliosEngine
import HeliosExecution
import HeliosMarket
import HeliosRisk

extension PaperCore {
    /// Reads what people have said, and does it: into the journal, then to the engine.
    func readMail(_ control: SessionControl, at now: Nanoseconds) {
        for letter in control.desk.take() {
            let receipt = obey(letter, at: now)
            if letter.lifts, receipt.record > 0, node.engine.market.risk.status.state < .halted,
                let cover = letter.cover
            {
                control.stop.lift(cover, last: letter.stop)
            }
            control.desk.answer(letter.number, receipt)
        }
    }

    /// Takes one letter.
    func obey(_ letter: ControlLetter, at now: Nanoseconds) -> ControlReceipt {
        let covered = letter.cover.map(working) ?? []
        func refused(_ why: String) -> ControlReceipt {
            ControlReceipt(record: 0, state: node.engine.market.risk.status.state, covered: covered, refusal: why)
        }
        if let question = letter.question { return answer(question) }
        guard node.isPrimary, journal.state < .full else { return refused("the journal takes nothing any more") }
        if let expectation = letter.expects, let fault = fault(expectation) { return refused(fault) }
        for side in letter.sides { write(side.kind, side.text) }
        guard letter.record.kind != .none else {
            return ControlReceipt(record: node.sequence, state: node.engine.market.risk.status.state, covered: [])
        }
        let time = clock.time(at: now)
        var record = letter.record
        record.receiveTime = time
        if record.kind == .command { record.eventTime = time }
        let number = journal.appended + 1
        guard node.take(record) else { return refused("the journal takes nothing any more") }
        var state = node.engine.market.risk.status.state
        if record.kind == .command, let command = RiskCommand(record) {
            notify(LiveNotice(.warning, "told by somebody: \(command.action) to \(command.state), record \(number)"))
            // The gate tells a scope's own state; what was said about an instrument or a venue is what stands there.
            state =
                command.target == .all ? node.engine.market.risk.status(of: Int(command.scope)).state : command.state
        }
        let refusal = letter.expects.flatMap { outcome(of: $0, record, at: number, state) }
        return ControlReceipt(record: number, state: state, covered: covered, refusal: refusal)
    }

    private func answer(_ question: ControlQuestion) -> ControlReceipt {
        switch question {
        case .limit(let index):
            var receipt = ControlReceipt(record: node.sequence, state: .active, covered: [])
            receipt.hard = node.engine.market.risk.limitValue(index)
            receipt.soft = node.engine.market.risk.softLimitValue(index)
            return receipt
        case .state(let scope): return ControlReceipt(record: node.sequence, state: state(of: scope), covered: [])
        }
    }

    /// The state of what a scope means.
    private func state(of scope: ControlScope) -> RiskState {
        node.engine.market.risk.status(of: Int(scope.scope)).state
    }

    /// Why what two people saw is not so any more; nil while it is.
    private func fault(_ expectation: ControlExpectation) -> String? {
        switch expectation {
        case .limit(let index, let isSoft, let value):
            let now =
                isSoft
                ? node.engine.market.risk.softLimitValue(index) : node.engine.market.risk.limitValue(index)
            return now == value ? nil : "the limit has another value by now: propose anew"
        case .state(let scope, let before, _):
            guard scope.target == .all else { return nil }
            let now = state(of: scope)
            return now == before ? nil : "\(scope.text) is \(now) by now: propose anew"
        }
    }

    /// Why the gate did not do what the record says; nil when it did, or will.
    private func outcome(
        of expectation: ControlExpectation,
        _ record: Event,
        at number: UInt64,
        _ state: RiskState
    ) -> String? {
        switch expectation {
        case .limit(let index, let isSoft, _):
            guard let change = RiskLimitChange(record) else { return "no change" }
            if change.effective > number { return nil }
            let now =
                isSoft
                ? node.engine.market.risk.softLimitValue(index) : node.engine.market.risk.limitValue(index)
            return now == change.value
                ? nil : "the gate does not take it: soft within hard, at most twice, not below zero"
        case .state(_, _, let wanted):
            return state == wanted ? nil : "the gate has not gone up: the state is \(state)"
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
                case .venue(let number): order.order.venue.id == number
                }
            if isCovered { found.append(id) }
        }
        return found
    }
}
