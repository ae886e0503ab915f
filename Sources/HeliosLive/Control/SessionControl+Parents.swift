// SPDX-License-Identifier: MIT
import HeliosEngine
import HeliosExecution
import HeliosMarket

extension SessionControl {
    /// Gives a parent order to the engine; its number.
    func order(
        _ wish: ParentWish,
        _ request: ControlRequest,
        _ account: String?
    ) throws(FourEyesError) -> ControlAnswer {
        let parent: ParentRequest
        do throws(ParentWishError) {
            parent = try wish.request(names, midnight: midnight)
        } catch {
            var misunderstood = FourEyesError(error.description)
            misunderstood.isMisunderstood = true
            throw misunderstood
        }
        var letter = ControlLetter(record: parent.record(at: .zero))
        letter.sides = [(.command, ControlLine.encode(ParentStatement(wish, request, account)))]
        let receipt = try wait(letter)
        if let refusal = receipt.refusal { throw FourEyesError(refusal) }
        guard let number = receipt.parent else { throw FourEyesError("the engine has not acted on it") }
        // Others may stand there: where there is no room for it, it is not among them.
        guard let standing = receipt.parents.first(where: { $0.number == number }) else {
            throw FourEyesError("there is no room for another parent order, or the engine knows no such instrument")
        }
        let told = ParentStanding(standing, symbols: symbols)
        guard standing.state.isLive else { throw FourEyesError("it is \(told.state): \(told.reason)") }
        var answer = ControlAnswer(
            "order",
            "parent order \(told.number) \(told.state): \(told.side) \(told.quantity) \(told.symbol) by \(told.algorithm)",
            isLast: true
        )
        answer.record = receipt.record
        answer.body = text(told)
        return answer
    }

    /// Every parent order that is known.
    func orders() throws(FourEyesError) -> ControlAnswer {
        var letter = ControlLetter(record: Event(kind: .none))
        letter.question = .parents
        let receipt = try wait(letter)
        var answer = ControlAnswer("orders", "", isLast: true)
        answer.count = receipt.parents.count
        answer.body = text(receipt.parents.map { ParentStanding($0, symbols: symbols) })
        return answer
    }

    /// Stops a parent order.
    func cancelOrder(
        _ number: UInt32,
        _ request: ControlRequest,
        _ account: String?
    ) throws(FourEyesError) -> ControlAnswer {
        var question = ControlLetter(record: Event(kind: .none))
        question.question = .parents
        guard let known = try wait(question).parents.first(where: { $0.number == number }) else {
            throw FourEyesError("there is no parent order \(number)")
        }
        guard known.state.isLive else { throw FourEyesError("parent order \(number) is \(known.state) already") }
        var letter = ControlLetter(record: ParentRequest.cancel(number, at: .zero))
        letter.sides = [(.command, ControlLine.encode(ParentStatement(nil, request, account)))]
        let receipt = try wait(letter)
        if let refusal = receipt.refusal { throw FourEyesError(refusal) }
        guard let standing = receipt.parents.first(where: { $0.number == number }) else {
            throw FourEyesError("the engine has not acted on it")
        }
        var answer = ControlAnswer("cancelled", "parent order \(number) is \(standing.state)", isLast: true)
        answer.record = receipt.record
        answer.body = text(ParentStanding(standing, symbols: symbols))
        return answer
    }
}

/// Who gave a parent order, or ended it, as the journal keeps it beside the record.
private struct ParentStatement: Codable {
    var order: ParentWish?
    var verb: String
    var person: String?
    var account: String?
    var reason: String?

    init(_ order: ParentWish?, _ request: ControlRequest, _ account: String?) {
        self.order = order
        verb = request.verb
        person = request.person.map { String($0.prefix(64)) }
        self.account = account
        reason = request.reason.map { String($0.prefix(RiskProposal.longestReason)) }
    }
}
