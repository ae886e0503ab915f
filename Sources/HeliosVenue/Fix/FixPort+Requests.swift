// SPDX-License-Identifier: MIT
import HeliosFIX
import HeliosMarket
import HeliosWire

/// New orders, cancels, replacements.
extension FixPort {
    // MARK: NewOrderSingle

    func enter(_ message: FixMessage, into commands: inout [MatchingCommand]) throws(FixMissing) {
        let clOrdID = try text(.clOrdID, message)
        let symbol = try text(.symbol, message)
        let side = try char(.side, message)
        _ = try char(.ordType, message)
        _ = try text(.orderQty, message)
        if let known = numbers[clOrdID].flatMap({ orders[$0] }) {
            return repeated(known, clOrdID, isResent: message[.possResend]?.bool == true)
        }
        var refusal: FixProblem?
        let terms = FixTerms(message, at: now, midnight: desk.midnight, refusal: &refusal)
        var order = FixOrder(
            id: desk.nextOrderNumber(),
            clOrdID: clOrdID,
            instrument: desk.instrument(symbol) ?? .none,
            symbol: symbol,
            side: side,
            terms: terms
        )
        order.account = message[.account].map(\.text)
        if let problem = entryRefusal(order) ?? refusal { return refuse(order, problem) }
        if terms.type == UInt8(ascii: "D") { return takeQuote(order, try text(.quoteID, message)) }
        var command = terms.command(order, owner: owner, time: now)
        if isCancelledOnDisconnect { command.instructions.insert(.cancelOnDisconnect) }
        let isHidden = command.instructions.contains(.hidden)
        if desk.isDark, OrderPort.darkRefusal(command, isHidden: isHidden) != nil {
            return refuse(order, FixProblem(.unsupported, "a dark market takes midpoint pegs: 40=P, 18=M, 111=0"))
        }
        request = .enter(order)
        commands.append(command)
    }

    /// What is wrong with a new order before its terms are.
    func entryRefusal(_ order: FixOrder) -> FixProblem? {
        if order.clOrdID.utf8.count > FixPort.idMax { return FixProblem(.other, "11 is too long") }
        if orders.count >= FixPort.orderMax { return FixProblem(.exceedsLimit, "too many orders for a day") }
        if order.instrument == .none { return FixProblem(.unknownSymbol, "unknown symbol") }
        switch order.side {
        case UInt8(ascii: "1"), UInt8(ascii: "2"), UInt8(ascii: "5"), UInt8(ascii: "6"): return nil
        default: return FixProblem(.unsupported, "side not supported")
        }
    }

    /// An order whose ClOrdID was used before: with PossResend a question for its state, else a duplicate.
    func repeated(_ known: FixOrder, _ clOrdID: String, isResent: Bool) {
        if isResent { return sayStatus(known) }
        var report = FixReport("8")
        report.clOrdID = clOrdID
        report.rejectReason = .duplicate
        report.text = "duplicate ClOrdID"
        say(report, known)
    }

    /// Whether one more ClOrdID of a request can be remembered.
    private var hasRoomForNumber: Bool { numbers.count < settings.requests }

    /// Answers with a rejection and remembers it, without its texts; beyond a number of them it is forgotten.
    func refuse(_ order: FixOrder, _ refusal: FixProblem) {
        var order = order
        order.end = UInt8(ascii: "8")
        order.leaves = .zero
        if orders[order.id] != nil {
            keep(order)
        } else if refused < settings.refusals {
            refused += 1
            var bare = order
            bare.account = nil
            bare.terms.instructions = nil
            bare.quote = nil
            bare.quoteResponse = nil
            keep(bare)
        }
        var report = FixReport("8")
        report.rejectReason = refusal.reason
        report.text = refusal.text
        say(report, order)
        copy(.rejected, order) { $0.detail = OuchRejectCode.other.rawValue }
    }

    /// Ids that are too long are not remembered: they were refused.
    func keep(_ order: FixOrder) {
        guard order.clOrdID.utf8.count <= FixPort.idMax, orders[order.id] != nil || orders.count < FixPort.orderMax
        else {
            return
        }
        orders[order.id] = order
        numbers[order.clOrdID] = order.id
    }

    // MARK: OrderCancelRequest

    func cancel(_ message: FixMessage, into commands: inout [MatchingCommand]) throws(FixMissing) {
        let clOrdID = try text(.clOrdID, message)
        let original = try text(.origClOrdID, message)
        guard let order = changeable(message, clOrdID, original, isReplace: false) else { return }
        // A cancel is never refused because there were so many.
        if hasRoomForNumber { numbers[clOrdID] = order.id }
        if packages[order.id] != nil { return cancelPackage(order, clOrdID) }
        request = .cancel(id: order.id, clOrdID: clOrdID)
        commands.append(.cancel(order.instrument, owner: owner, id: order.id, time: now))
    }

    /// The order that a request to cancel or replace means; nil when it was answered.
    func changeable(_ message: FixMessage, _ clOrdID: String, _ original: String, isReplace: Bool) -> FixOrder? {
        func reject(_ order: FixOrder?, _ refusal: FixProblem) {
            sayCancelReject(order, clOrdID, original, refusal, isReplace: isReplace)
        }
        guard let order = numbers[original].flatMap({ orders[$0] }) else {
            reject(nil, FixProblem(.unknownOrder, "unknown order"))
            return nil
        }
        if numbers[clOrdID] != nil {
            if message[.possResend]?.bool == true {
                sayStatus(order)
            } else {
                reject(order, FixProblem(.duplicate, "duplicate ClOrdID"))
            }
            return nil
        }
        guard clOrdID.utf8.count <= FixPort.idMax else {
            reject(order, FixProblem(.other, "11 is too long"))
            return nil
        }
        guard !isReplace || hasRoomForNumber else {
            reject(order, FixProblem(.exceedsLimit, "too many requests for a day"))
            return nil
        }
        guard order.isLive else {
            reject(order, FixProblem(.tooLate, "too late"))
            return nil
        }
        guard order.clOrdID == original else {
            reject(order, FixProblem(.unknownOrder, "41 is not the last accepted version"))
            return nil
        }
        let isSame =
            message[.symbol].map { $0.equals(order.symbol) } ?? true && message[.side]?.char ?? order.side == order.side
        guard isSame else {
            reject(order, FixProblem(.other, "symbol and side do not change"))
            return nil
        }
        if order.terms.isForAuction, order.instrument != .none, desk.isFrozen[order.instrument.index] {
            reject(order, FixProblem(.tooLate, "orders for the auction are frozen"))
            return nil
        }
        return order
    }

    // MARK: OrderCancelReplaceRequest

    func replace(_ message: FixMessage, into commands: inout [MatchingCommand]) throws(FixMissing) {
        let clOrdID = try text(.clOrdID, message)
        let original = try text(.origClOrdID, message)
        _ = try char(.ordType, message)
        _ = try text(.orderQty, message)
        guard let order = changeable(message, clOrdID, original, isReplace: true) else { return }
        var refusal: FixProblem?
        let terms = FixTerms(message, at: now, midnight: desk.midnight, refusal: &refusal)
        if let problem = refusal ?? replaceRefusal(order, terms) {
            return sayCancelReject(order, clOrdID, original, problem, isReplace: true)
        }
        var changed = order
        changed.clOrdID = clOrdID
        changed.terms = terms
        changed.isReplaced = true
        if let account = message[.account] { changed.account = account.text }
        numbers[clOrdID] = order.id
        request = .replace(changed)
        var command = MatchingCommand.replace(
            order.instrument,
            owner: owner,
            id: order.id,
            newID: order.id,
            Quantity(raw: terms.quantity.raw + order.undone.raw),
            at: terms.price ?? .zero,
            time: now
        )
        terms.apply(to: &command)
        commands.append(command)
    }

    /// What the engine keeps over a replacement must be said as it was.
    private func replaceRefusal(_ order: FixOrder, _ terms: FixTerms) -> FixProblem? {
        if packages[order.id] != nil { return FixProblem(.other, "a package changes by 35=AC") }
        if order.quote != nil { return FixProblem(.tooLate, "the dealer has it") }
        if terms.type != order.terms.type { return FixProblem(.unsupported, "the order type does not change") }
        if terms.timeInForce == UInt8(ascii: "4") { return FixProblem(.unsupported, "fill or kill is for new orders") }
        if terms.cross != order.terms.cross { return FixProblem(.unsupported, "the auction does not change") }
        for character: Character in ["M", "R", "i"] where terms.has(character) != order.terms.has(character) {
            return FixProblem(.unsupported, "this instruction does not change")
        }
        if (terms.display == .zero) != (order.terms.display == .zero) {
            return FixProblem(.unsupported, "hidden stays hidden")
        }
        if terms.pegOffset != order.terms.pegOffset { return FixProblem(.unsupported, "the offset does not change") }
        return nil
    }
}

extension FixTerms {
    /// The auction that they are for.
    var cross: CrossKind {
        switch (type, timeInForce) {
        case (UInt8(ascii: "5"), _), (UInt8(ascii: "B"), _), (_, UInt8(ascii: "7")): .closing
        case (_, UInt8(ascii: "2")): .opening
        default: .none
        }
    }

    var isForAuction: Bool { cross != .none }
}
