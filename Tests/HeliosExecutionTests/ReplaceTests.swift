// SPDX-License-Identifier: MIT
import HeliosExecution
import HeliosMarket
import Testing

private let stock = Instrument(id: 2)

/// The table in a box.
private final class Book {
    var orders = WorkingOrders(capacity: 8, instruments: 4)

    /// Order 1 of 100 shares, accepted.
    init() {
        let isAdded = orders.add(Book.order(1, 100), at: .zero)
        #expect(isAdded)
        #expect(hear(.orderAccepted, 1).kind == .accepted)
    }

    static func order(_ id: OrderID, _ shares: Int, _ side: Side = .buy) -> NewOrder {
        NewOrder(
            id: id,
            instrument: stock,
            side: side,
            quantity: Quantity(shares),
            price: Price(raw: 10),
            tag: OrderTag(strategy: 1)
        )
    }

    func replace(_ old: OrderID, by id: OrderID, _ shares: Int, _ side: Side = .buy) -> Bool {
        orders.addReplacement(Book.order(id, shares, side), of: old, at: .zero)
    }

    func cancel(_ id: OrderID) -> Bool { orders.requestCancel(id) }

    @discardableResult
    func hear(_ kind: EventKind, _ id: OrderID, _ shares: Int = 0, detail: UInt64 = 0) -> OrderUpdate {
        orders.apply(
            Event(orderID: id, quantity: Quantity(shares), instrument: stock, kind: kind, detail: detail)
        )
    }

    @discardableResult
    func fill(_ id: OrderID, _ shares: Int, _ execution: UInt64) -> OrderUpdate {
        let update = hear(.orderFilled, id, shares, detail: execution)
        orders.remember(update, fee: .zero)
        return update
    }

    func takeBack(_ id: OrderID, _ execution: UInt64) -> OrderUpdate {
        orders.takeBack(Event(orderID: id, instrument: stock, kind: .executionBroken, detail: execution)).update
    }

    func knows(_ id: OrderID, _ execution: UInt64) -> Bool { orders.hasExecution(id, execution) }
    func working(for id: OrderID) -> OrderID { orders.workingNumber(of: id) }
    func beginDay() { orders.beginDay() }
    func state(_ id: OrderID) -> OrderState { orders.order(id)?.state ?? .none }
    func leaves(_ id: OrderID) -> Int { Int(orders.order(id)?.leaves.value ?? -1) }
    func filled(_ id: OrderID) -> Int { Int(orders.order(id)?.filled.value ?? -1) }
}

@Suite("Orders that take another's place")
struct ReplaceTests {
    @Test("a chain of three counts what all of it has executed, and its numbers lead to the one that works")
    func chain() {
        let book = Book()
        #expect(book.fill(1, 10, 1).kind == .filled)
        #expect(book.replace(1, by: 2, 150) && book.state(1) == .pendingReplace && book.leaves(2) == 140)
        let first = book.hear(.orderReplaced, 1, 150, detail: 2)
        #expect(first.kind == .replaced && first.orderID == 2 && first.original == 1)
        #expect(first.leavesQuantity == Quantity(140) && first.state == .partiallyFilled && book.state(1) == .replaced)
        #expect(book.fill(2, 20, 2).leavesQuantity == Quantity(120))
        #expect(
            book.replace(2, by: 3, 50) && book.hear(.orderReplaced, 2, 50, detail: 3).leavesQuantity == Quantity(20)
        )
        #expect(book.filled(3) == 30 && book.working(for: 1) == 3 && book.orders.order(3)?.chain == 1)
        #expect(book.fill(3, 20, 3).isFinal && book.state(3) == .filled && book.orders.workingCount == 0)
        #expect(book.orders.anomalies == OrderAnomalyCounts())
    }

    @Test(
        "one thing at a time: no replacement of what is being replaced or cancelled, has ended, or is executed beyond it"
    )
    func refusals() {
        let book = Book()
        #expect(!book.replace(1, by: 2, 100, .sell) && !book.replace(7, by: 2, 100))
        book.fill(1, 50, 1)
        #expect(!book.replace(1, by: 2, 50) && book.replace(1, by: 2, 51))
        #expect(!book.replace(1, by: 3, 60) && !book.replace(2, by: 3, 60))
        #expect(book.hear(.replaceRejected, 1, detail: 2).kind == .replaceRejected && book.state(2) == .rejected)
        #expect(book.state(1) == .partiallyFilled && book.leaves(1) == 50 && book.orders.workingCount == 1)
        #expect(book.cancel(1) && !book.replace(1, by: 3, 60))
        book.hear(.cancelRejected, 1)
        #expect(book.replace(1, by: 3, 60))
        book.hear(.replaceRejected, 1, detail: 3)
        book.hear(.orderCancelled, 1, 50)
        #expect(!book.replace(1, by: 4, 60))
    }

    @Test("below what was executed by the time the venue takes it, it is filled")
    func belowExecuted() {
        let book = Book()
        #expect(book.replace(1, by: 2, 50))
        book.fill(1, 70, 1)
        let update = book.hear(.orderReplaced, 1, 50, detail: 2)
        #expect(update.isFinal && update.state == .filled && book.orders.order(2)?.order.quantity == Quantity(70))
        #expect(book.state(1) == .replaced && book.orders.workingCount == 0)
    }

    @Test("an order that has filled may still grow, if the venue allows")
    func growth() {
        let book = Book()
        #expect(book.replace(1, by: 2, 120))
        #expect(book.fill(1, 100, 1).isFinal)
        let update = book.hear(.orderReplaced, 1, 120, detail: 2)
        #expect(update.leavesQuantity == Quantity(20) && !update.isFinal && update.anomalies.isEmpty)
    }

    @Test("an execution under the new number, ahead of the venue's word, says that it was replaced")
    func fillAhead() {
        let book = Book()
        #expect(book.replace(1, by: 2, 150))
        let fill = book.fill(2, 30, 1)
        #expect(fill.kind == .filled && fill.original == 1 && fill.leavesQuantity == Quantity(120))
        #expect(fill.anomalies == .beforeAcceptance && book.state(1) == .replaced && book.leaves(1) == 0)
        let word = book.hear(.orderReplaced, 1, 150, detail: 2)
        #expect(word.kind == .replaced && word.anomalies.isEmpty && book.leaves(2) == 120)
        #expect(book.hear(.orderReplaced, 1, 150, detail: 2).anomalies == .duplicateReport)
        #expect(book.hear(.replaceRejected, 1, detail: 2).anomalies.contains(.contradiction))
        #expect(book.orders.order(2)?.isSuspect == true)
    }

    @Test(
        "an execution under the old number after the replacement counts for the new one, under either number only once"
    )
    func lateFill() {
        let book = Book()
        #expect(book.replace(1, by: 2, 150))
        book.hear(.orderReplaced, 1, 150, detail: 2)
        let late = book.fill(1, 40, 9)
        #expect(late.orderID == 2 && late.leavesQuantity == Quantity(110) && late.released == Quantity(40))
        #expect(book.fill(2, 40, 9).anomalies == .duplicateExecution && book.fill(1, 40, 9).kind == .ignored)
        #expect(book.filled(2) == 40 && book.knows(1, 9) && book.knows(2, 9))
    }

    @Test("a bust reaches the order that works, by whichever number the venue names it")
    func busts() {
        let book = Book()
        book.fill(1, 30, 1)
        #expect(book.replace(1, by: 2, 150))
        book.hear(.orderReplaced, 1, 150, detail: 2)
        let broken = book.takeBack(2, 1)
        #expect(broken.kind == .broken && broken.orderID == 1 && broken.quantity == Quantity(30))
        #expect(book.filled(2) == 0 && book.leaves(2) == 120)
        #expect(book.takeBack(1, 1).anomalies == .duplicateReport)
    }

    @Test("words about replacements that make no sense change nothing and are counted")
    func nonsense() {
        let book = Book()
        #expect(book.hear(.orderReplaced, 1, 100, detail: 5).anomalies == .unknownOrder)
        #expect(book.orders.order(1)?.isSuspect == true)
        let other = Book()
        #expect(other.replace(1, by: 2, 150))
        other.hear(.replaceRejected, 1, detail: 2)
        #expect(other.hear(.replaceRejected, 1, detail: 2).anomalies == .duplicateReport)
        // Refused, and then it works all the same: nothing is reserved for it.
        let update = other.hear(.orderReplaced, 1, 150, detail: 2)
        #expect(update.kind == .ignored && update.anomalies.contains(.contradiction) && update.isSuspect)
        #expect(other.leaves(1) == 100 && other.leaves(2) == 0)
    }

    @Test("a cancel that the venue has given the other number's answer for is silent")
    func crossedCancels() {
        let book = Book()
        #expect(book.replace(1, by: 2, 150) && book.cancel(1) && book.cancel(2))
        #expect(book.state(1) == .pendingCancel && book.state(2) == .pendingCancel)
        #expect(book.hear(.orderReplaced, 1, 150, detail: 2).state == .pendingCancel)
        #expect(book.hear(.cancelRejected, 1).kind == .ignored)
        #expect(book.hear(.orderCancelled, 2, 150).isFinal && book.orders.workingCount == 0)
        #expect(book.orders.anomalies == OrderAnomalyCounts())
    }

    @Test("set aside, resumed, done for the day, and working again on the next")
    func suspended() {
        let book = Book()
        #expect(
            book.hear(.orderSuspended, 1).kind == .suspended && book.state(1) == .suspended && book.leaves(1) == 100
        )
        #expect(book.hear(.orderSuspended, 1).anomalies == .duplicateReport)
        #expect(book.fill(1, 10, 1).state == .suspended)
        #expect(book.cancel(1) && book.state(1) == .pendingCancel)
        #expect(book.hear(.cancelRejected, 1).state == .suspended)
        #expect(book.hear(.orderResumed, 1).state == .partiallyFilled)
        #expect(book.hear(.orderDoneForDay, 1).kind == .doneForDay && book.orders.workingCount == 1)
        book.beginDay()
        #expect(book.state(1) == .partiallyFilled && book.fill(1, 90, 2).isFinal)
        #expect(book.hear(.orderSuspended, 1).anomalies == .afterEnd)
    }

    @Test("a table in the middle of a replacement is saved and restored")
    func saved() throws {
        let book = Book()
        #expect(book.replace(1, by: 2, 150) && book.cancel(2))
        book.hear(.orderSuspended, 1)
        var writer = StateWriter()
        book.orders.save(to: &writer)
        let other = Book()
        other.orders = WorkingOrders(capacity: 8, instruments: 4)
        try writer.bytes.withUnsafeBytes { memory in
            var reader = StateReader(memory)
            try other.orders.restore(from: &reader)
        }
        #expect(other.hear(.orderReplaced, 1, 150, detail: 2).state == .pendingCancel && other.leaves(2) == 150)
        #expect(other.state(1) == .replaced)
    }
}

@Suite("How long an order may work")
struct TimeInForceTests {
    @Test("every time in force survives the record and the saved state", arguments: 0...4 as ClosedRange<UInt8>)
    func records(raw: UInt8) throws {
        let life = try #require(TimeInForce(rawValue: raw))
        var order = Book.order(7, 100, .sell)
        order.timeInForce = life
        order.mark = .exempt
        if life == .goodTillDate { order.expireDay = 20_000 }
        let time = Timestamp(nanoseconds: 1_700_000_000_000_000_000)
        let record = Event(order: order, at: time)
        let back = try #require(NewOrder(record: record))
        #expect(back.timeInForce == life && back.expireDay == order.expireDay && back.mark == .exempt)
        #expect(record.eventTime == time)
        let replacement = Event(replacementOf: 3, by: order, at: time)
        let again = try #require(NewOrder(replacement: replacement))
        #expect(again.id == 7 && again.timeInForce == life && again.quantity == Quantity(100) && again.side == .sell)
        #expect(replacement.orderID == 3 && replacement.isOutput)
        var writer = StateWriter()
        order.save(to: &writer)
        try writer.bytes.withUnsafeBytes { memory in
            var reader = StateReader(memory)
            let saved = try NewOrder(from: &reader)
            #expect(saved.timeInForce == life && saved.expireDay == order.expireDay)
        }
    }

    @Test(
        "an intermarket sweep is one in the record, in a replacement and in the saved state, and only an immediate order"
    )
    func sweeps() throws {
        for raw in UInt8(0)...4 {
            let life = try #require(TimeInForce(rawValue: raw))
            var order = Book.order(7, 100, .sell)
            order.timeInForce = life
            order.isSweep = true
            let isOne = life == .immediateOrCancel || life == .fillOrKill
            #expect(order.isSweep == isOne && order.expireDay == 0)
            let record = Event(order: order, at: Timestamp(nanoseconds: 5))
            #expect(record.isSweep == isOne && record.timeInForce == life)
            #expect(NewOrder(record: record)?.isSweep == isOne)
            let replacement = Event(replacementOf: 3, by: order, at: Timestamp(nanoseconds: 5))
            #expect(NewOrder(replacement: replacement)?.isSweep == isOne)
            var writer = StateWriter()
            order.save(to: &writer)
            try writer.bytes.withUnsafeBytes { memory in
                var reader = StateReader(memory)
                let saved = try NewOrder(from: &reader)
                #expect(saved.isSweep == isOne)
            }
        }
        #expect(MemoryLayout<NewOrder>.size == 48)
    }

    @Test("what is left works on the next day until the last")
    func carries() {
        #expect(!TimeInForce.day.carries(beyond: 5, expireDay: 0))
        #expect(TimeInForce.goodTillCancel.carries(beyond: 5, expireDay: 0))
        #expect(TimeInForce.goodTillDate.carries(beyond: 5, expireDay: 6))
        #expect(!TimeInForce.goodTillDate.carries(beyond: 6, expireDay: 6))
        // 2024-01-02 05:00 UTC, midnight in New York.
        #expect(Timestamp(nanoseconds: 1_704_171_600_000_000_000).dayNumber == 19_724)
    }
}
