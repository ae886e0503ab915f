// SPDX-License-Identifier: MIT
import HeliosExecution
import HeliosMarket
import Testing

private let stock = Instrument(id: 2)
private let noon = Timestamp(nanoseconds: 1_000)

/// The table in a box: an expectation can call what changes a value only through a reference.
private final class Book {
    var orders: WorkingOrders

    init(capacity: Int = 8, executions: Int? = nil) {
        orders = WorkingOrders(capacity: capacity, instruments: 4, executions: executions)
    }

    func add(_ id: OrderID, _ shares: Int = 100, _ instrument: Instrument = stock) -> Bool {
        orders.add(
            NewOrder(
                id: id,
                instrument: instrument,
                side: .sell,
                quantity: Quantity(shares),
                price: Price(raw: 10),
                tag: OrderTag(strategy: 1, group: 2, leg: 3)
            ),
            at: noon
        )
    }

    func cancel(_ id: OrderID) -> Bool { orders.requestCancel(id) }

    func event(_ kind: EventKind, _ id: OrderID, _ shares: Int = 0, detail: UInt64 = 0) -> Event {
        Event(
            receiveTime: Timestamp(nanoseconds: 2_000),
            orderID: id,
            price: Price(raw: 11),
            quantity: Quantity(shares),
            instrument: stock,
            kind: kind,
            flags: [.sell, .maker],
            detail: detail
        )
    }

    func report(_ kind: EventKind, _ id: OrderID, _ shares: Int = 0, detail: UInt64 = 0) -> OrderUpdate {
        orders.apply(event(kind, id, shares, detail: detail))
    }

    func fill(_ id: OrderID, _ shares: Int, _ execution: UInt64) -> OrderUpdate {
        report(.orderFilled, id, shares, detail: execution)
    }

    func apply(_ report: Event) -> OrderUpdate { orders.apply(report) }
    func changesNothing(_ report: Event) -> Bool { orders.changesNothing(report) }
    func life(_ id: OrderID) -> String { "\(String(describing: orders.order(id)))" }
    func state(_ id: OrderID) -> OrderState { orders.order(id)?.state ?? .none }
    var anomalies: OrderAnomalyCounts { orders.anomalies }
    var working: Int { orders.workingCount(stock) }
}

@Suite("Working orders, the usual life")
struct UsualLifeTests {
    @Test("an order is accepted, filled in parts and ends")
    func filled() {
        let book = Book()
        #expect(book.add(1) && book.state(1) == .pendingNew && book.working == 1)
        let accepted = book.report(.orderAccepted, 1, detail: 77)
        #expect(accepted.kind == .accepted && accepted.state == .new && accepted.leavesQuantity == Quantity(100))
        #expect(book.orders.order(1)?.venueNumber == 77)
        let part = book.fill(1, 30, 500)
        #expect(part.kind == .filled && part.state == .partiallyFilled && !part.isFinal && part.isMaker)
        #expect(part.quantity == Quantity(30) && part.released == Quantity(30) && part.leavesQuantity == Quantity(70))
        #expect(part.price == Price(raw: 11) && part.executionID == 500 && part.side == .sell)
        #expect(part.tag == OrderTag(strategy: 1, group: 2, leg: 3) && part.instrument == stock)
        let rest = book.fill(1, 70, 501)
        #expect(rest.isFinal && rest.state == .filled && book.working == 0)
        #expect(book.anomalies == OrderAnomalyCounts())
    }

    @Test("a cancel releases nothing before the venue confirms it")
    func cancelled() {
        let book = Book()
        #expect(book.add(1) && book.report(.orderAccepted, 1).kind == .accepted)
        #expect(book.cancel(1) && book.state(1) == .pendingCancel)
        #expect(!book.cancel(1))
        #expect(book.orders.order(1)?.leaves == Quantity(100) && book.working == 1)
        let fill = book.fill(1, 40, 1)
        #expect(fill.state == .pendingCancel && fill.leavesQuantity == Quantity(60))
        let end = book.report(.orderCancelled, 1, 60)
        #expect(end.kind == .cancelled && end.released == Quantity(60) && end.isFinal && end.state == .canceled)
        #expect(!book.cancel(1) && book.anomalies == OrderAnomalyCounts())
    }

    @Test("a refused cancel brings the order back to where it was")
    func cancelRejected() {
        let book = Book()
        #expect(book.add(1) && book.cancel(1))
        #expect(book.report(.orderAccepted, 1).state == .pendingCancel)
        #expect(book.report(.cancelRejected, 1).state == .new)
        #expect(book.fill(1, 10, 1).kind == .filled && book.cancel(1))
        #expect(book.report(.cancelRejected, 1).state == .partiallyFilled)
        #expect(book.cancel(1) && book.fill(1, 90, 2).isFinal)
        let late = book.report(.cancelRejected, 1)
        #expect(late.kind == .cancelRejected && late.isFinal && late.state == .filled)
        #expect(book.anomalies == OrderAnomalyCounts())
    }

    @Test("a rejection and the session's end release everything")
    func ends() {
        let book = Book()
        #expect(book.add(1) && book.add(2))
        let rejected = book.report(.orderRejected, 1, detail: UInt64(RejectReason.halted.rawValue))
        #expect(rejected.kind == .rejected && rejected.released == Quantity(100) && rejected.isFinal)
        #expect(rejected.reason == RejectReason.halted.rawValue && rejected.state == .rejected)
        let expired = book.report(.orderCancelled, 2, 100, detail: UInt64(CancelReason.endOfSession.rawValue))
        #expect(expired.state == .expired && book.working == 0 && book.orders.workingCount == 0)
    }

    @Test("an order refused by risk is dead and released nothing")
    func refused() {
        let order = NewOrder(
            id: 9,
            instrument: stock,
            side: .buy,
            quantity: Quantity(5),
            price: Price(raw: 1),
            tag: OrderTag(strategy: 4)
        )
        let update = OrderUpdate.refusedByRisk(order, at: noon)
        #expect(update.kind == .refusedByRisk && update.isFinal && update.released == .zero)
        #expect(update.quantity == Quantity(5) && update.tag == OrderTag(strategy: 4))
    }

    @Test("an update fits two cache lines and is trivially copyable")
    func layout() {
        #expect(MemoryLayout<OrderUpdate>.size <= 128 && _isPOD(OrderUpdate.self) && _isPOD(WorkingOrder.self))
    }
}

@Suite("Working orders, odd reports")
struct OddReportTests {
    @Test("a fill before the acceptance counts, and the acceptance still comes through")
    func fillBeforeAcceptance() {
        let book = Book()
        #expect(book.add(1))
        #expect(book.fill(1, 10, 1).anomalies == .beforeAcceptance)
        let accepted = book.report(.orderAccepted, 1)
        #expect(accepted.kind == .accepted && accepted.state == .partiallyFilled)
        #expect(book.anomalies.beforeAcceptance == 1)
    }

    @Test("an execution id counts once for an order, in whatever order the ids come")
    func duplicates() {
        let book = Book()
        #expect(book.add(1) && book.add(2))
        #expect(book.fill(1, 10, 9).kind == .filled)
        #expect(book.fill(1, 10, 3).kind == .filled)
        #expect(book.fill(2, 10, 9).kind == .filled)
        for execution: UInt64 in [9, 3] {
            let again = book.fill(1, 10, execution)
            #expect(again.kind == .ignored && again.anomalies.contains(.duplicateExecution))
            #expect(again.quantity == .zero && again.released == .zero)
        }
        #expect(book.orders.order(1)?.filled == Quantity(20) && book.anomalies.duplicateExecutions == 2)
    }

    @Test("execution id 0 counts once too")
    func executionZero() {
        let book = Book()
        #expect(book.add(1) && book.fill(1, 1, 0).kind == .filled && book.fill(1, 1, 0).kind == .ignored)
        #expect(book.fill(0, 1, 0).kind == .filled && book.fill(0, 1, 0).kind == .ignored)
    }

    @Test("a fill after the end moves quantity back from cancelled to filled")
    func fillAfterCancel() {
        let book = Book()
        #expect(book.add(1) && book.report(.orderAccepted, 1).kind == .accepted && book.cancel(1))
        #expect(book.report(.orderCancelled, 1, 100).isFinal)
        let late = book.fill(1, 40, 1)
        #expect(late.kind == .filled && late.quantity == Quantity(40) && late.released == .zero && late.isSuspect)
        #expect(late.anomalies == [.afterEnd, .contradiction])
        let order = book.orders.order(1)
        #expect(order?.filled == Quantity(40) && order?.cancelled == Quantity(60) && order?.leaves == .zero)
        #expect(book.working == 0)
    }

    @Test("a cancel that overtakes a fill leaves the fill's part reserved")
    func cancelOvertakesFill() {
        let book = Book()
        #expect(book.add(1) && book.report(.orderAccepted, 1).kind == .accepted && book.cancel(1))
        let cancel = book.report(.orderCancelled, 1, 60)
        #expect(cancel.released == Quantity(60) && !cancel.isFinal && cancel.state == .pendingCancel)
        #expect(book.report(.orderCancelled, 1, 60).anomalies.contains(.duplicateReport))
        let fill = book.fill(1, 40, 1)
        #expect(fill.released == Quantity(40) && fill.isFinal && fill.state == .canceled)
    }

    @Test("more filled than ordered goes to the position, releases what was reserved, and marks the order")
    func overfill() {
        let book = Book()
        #expect(book.add(1) && book.report(.orderAccepted, 1).kind == .accepted)
        let over = book.fill(1, 130, 1)
        #expect(over.quantity == Quantity(130) && over.released == Quantity(100) && over.isSuspect && over.isFinal)
        #expect(over.anomalies == .overfill && book.anomalies.overfills == 1)
        let order = book.orders.order(1)
        #expect(order?.filled == Quantity(100) && order?.overfilled == Quantity(30))
    }

    @Test("a fill for an order that nobody sent is told once, with the report's own terms")
    func unknown() {
        let book = Book()
        for id: OrderID in [0, 5, 8, 9, .max] {
            let fill = book.fill(id, 10, 42)
            #expect(fill.kind == .filled && fill.anomalies == .unknownOrder && fill.released == .zero)
            #expect(fill.side == .sell && fill.instrument == stock && fill.quantity == Quantity(10))
        }
        #expect(book.fill(5, 10, 42).kind == .ignored)
        for kind in [EventKind.orderAccepted, .orderCancelled, .orderRejected, .cancelRejected, .timer] {
            #expect(book.report(kind, 5, 10).kind == .ignored)
        }
        #expect(book.anomalies.unknownOrders == 11 && book.anomalies.duplicateExecutions == 1)
    }

    @Test("late and repeated reports change nothing and are counted")
    func lateAndRepeated() {
        let book = Book()
        #expect(book.add(1) && book.report(.orderAccepted, 1).kind == .accepted)
        #expect(book.report(.orderAccepted, 1).kind == .ignored)
        #expect(book.report(.cancelRejected, 1).kind == .ignored)
        #expect(book.fill(1, 100, 1).isFinal)
        #expect(book.report(.orderCancelled, 1, 0).kind == .ignored)
        #expect(book.report(.orderRejected, 1).kind == .ignored)
        #expect(book.anomalies.duplicateReports == 2 && book.anomalies.afterEnd == 2)
        #expect(book.add(2) && book.report(.orderRejected, 2).kind == .rejected)
        #expect(book.report(.orderRejected, 2).kind == .ignored)
        let contradiction = book.report(.orderAccepted, 2)
        #expect(contradiction.kind == .ignored && contradiction.isSuspect)
    }

    @Test("a day that is told again is recognised, and what is new is not taken for old")
    func toldAgain() {
        let book = Book()
        #expect(book.add(1) && book.add(2) && book.add(3) && book.add(4) && book.cancel(1) && book.cancel(4))
        let day: [(kind: EventKind, id: OrderID, shares: Int, detail: UInt64)] = [
            (.orderAccepted, 1, 0, 71), (.orderFilled, 1, 40, 500), (.cancelRejected, 4, 0, 0),
            (.orderCancelled, 1, 60, 1),
            (.orderAccepted, 2, 0, 72), (.orderRejected, 3, 0, 1), (.orderFilled, 2, 100, 501),
            (.orderFilled, 77, 5, 502),
        ]
        for item in day {
            let report = book.event(item.kind, item.id, item.shares, detail: item.detail)
            #expect(!book.changesNothing(report))
            #expect(book.apply(report).kind != .ignored)
        }
        for item in day {
            #expect(book.changesNothing(book.event(item.kind, item.id, item.shares, detail: item.detail)))
        }
        #expect(!book.changesNothing(book.event(.orderFilled, 1, 10, detail: 503)))
        // The first acceptance of a refused order says that it may be alive; the second one nothing new.
        let alive = book.event(.orderAccepted, 3)
        #expect(!book.changesNothing(alive))
        #expect(book.apply(alive).isSuspect && book.changesNothing(alive))
    }

    @Test("a report that changes nothing leaves every order as it was, whatever came before")
    func changesNothing() {
        var state: UInt64 = 1
        func draw(_ bound: UInt64) -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (state >> 33) % bound
        }
        let kinds: [EventKind] = [.orderAccepted, .orderFilled, .orderCancelled, .orderRejected, .cancelRejected]
        var (silent, loud) = (0, 0)
        for _ in 0..<200 {
            let book = Book()
            for _ in 0..<40 {
                if draw(4) == 0 { _ = book.add(draw(4) + 1) }
                if draw(6) == 0 { _ = book.cancel(draw(4) + 1) }
                var report = book.event(kinds[Int(draw(5))], draw(5) + 1, Int(draw(4)) * 50, detail: draw(4))
                if draw(10) == 0 { report.instrument = Instrument(id: 1) }
                guard book.changesNothing(report) else {
                    loud += 1
                    _ = book.apply(report)
                    continue
                }
                silent += 1
                let before = book.life(report.orderID)
                #expect(book.apply(report).kind == .ignored)
                #expect(book.life(report.orderID) == before)
            }
        }
        #expect(silent > 1_000 && loud > 1_000)
    }

    @Test("a report of another kind, or a fill of nothing, is malformed and changes nothing")
    func malformed() {
        let book = Book()
        #expect(book.add(1))
        let reports: [EventKind] = [
            .orderAccepted, .orderFilled, .orderCancelled, .orderRejected, .cancelRejected, .orderReplaced,
            .replaceRejected, .orderSuspended, .orderResumed, .orderDoneForDay,
        ]
        for kind in EventKind.allCases where !reports.contains(kind) {
            let update = book.report(kind, 1, 10)
            #expect(update.kind == .ignored && update.anomalies.contains(.malformed))
        }
        for shares in [0, -1] { #expect(book.fill(1, shares, 1).anomalies.contains(.malformed)) }
        #expect(book.orders.order(1)?.leaves == Quantity(100))
    }

    @Test("quantities at the end of the range neither trap nor lose the invariant")
    func extremes() {
        let book = Book()
        #expect(book.add(1))
        for execution: UInt64 in 1...3 {
            let fill = Event(
                orderID: 1,
                quantity: Quantity(raw: .max),
                instrument: stock,
                kind: .orderFilled,
                detail: execution
            )
            #expect(book.apply(fill).quantity == Quantity(raw: .max))
        }
        #expect(book.orders.order(1)?.overfilled == Quantity(raw: .max))
        let cancel = Event(orderID: 2, quantity: Quantity(raw: .min), instrument: stock, kind: .orderCancelled)
        #expect(book.add(2) && book.apply(cancel).released == .zero)
    }
}

@Suite("Working orders, bounds")
struct BoundsTests {
    @Test("a number outside the table, used before, a strange instrument or no quantity is not taken")
    func add() {
        let book = Book()
        #expect(!book.add(0) && !book.add(9) && !book.add(.max) && !book.add(1, 0) && !book.add(1, -1))
        #expect(!book.add(1, 1, Instrument(id: 4)) && !book.add(1, 1, .none))
        #expect(book.add(8) && book.add(3) && !book.add(8))
        #expect(book.working == 2 && book.state(5) == .none && book.orders.order(5) == nil)
        #expect(!book.cancel(5) && !book.cancel(0) && !book.cancel(99))
    }

    @Test("when the memory of executions runs out, new orders stop first and no execution is taken twice")
    func executionsRunOut() {
        let book = Book(executions: 16)
        #expect(book.add(1, 1_000) && book.report(.orderAccepted, 1).kind == .accepted)
        for execution: UInt64 in 1...14 { #expect(book.fill(1, 1, execution * 10).kind == .filled) }
        #expect(!book.add(2))
        for execution: UInt64 in 15...20 { #expect(book.fill(1, 1, execution * 10).kind == .filled) }
        #expect(book.fill(1, 1, 200).anomalies.contains(.unverified))
        #expect(book.fill(1, 1, 5).anomalies.contains(.unverified))
        #expect(book.fill(1, 1, 10).anomalies.contains(.duplicateExecution))
        #expect(book.orders.order(1)?.filled == Quantity(20) && book.orders.order(1)?.isSuspect == true)
    }

    @Test("a table without places takes nothing and answers")
    func empty() {
        let book = Book(capacity: 0)
        #expect(!book.add(1) && book.fill(1, 5, 1).kind == .filled && book.working == 0)
    }
}
