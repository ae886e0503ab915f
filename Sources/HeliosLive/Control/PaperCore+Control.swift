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
        guard node.isPrimary, journal.state < .full else { return refused("the journal takes nothing any more") }
        for side in letter.sides { write(side.kind, side.text) }
        let time = clock.time(at: now)
        var record = letter.record
        record.receiveTime = time
        if record.kind == .command { record.eventTime = time }
        let number = journal.appended + 1
        guard node.take(record) else { return refused("the journal takes nothing any more") }
        let state = node.engine.market.risk.status.state
        if record.kind == .command, let command = RiskCommand(record) {
            notify(LiveNotice(.warning, "told by somebody: \(command.action) to \(command.state), record \(number)"))
        }
        return ControlReceipt(record: number, state: state, covered: covered, refusal: nil)
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
                case .venue: true
                }
            if isCovered { found.append(id) }
        }
        return found
    }
}
