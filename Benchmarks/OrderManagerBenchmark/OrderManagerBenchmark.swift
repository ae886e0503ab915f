// SPDX-License-Identifier: MIT
import Foundation
import HeliosExecution
import HeliosMarket

/// Takes orders through their lives and prints what an event costs.
///
/// An event is whatever changes an order: it is followed, a cancel or a replacement is asked for, a report comes. The orders of a
/// batch live side by side, so that each event finds its order cold, as on a busy day.
@main
enum OrderManagerBenchmark {
    static let orders = 1_000_000

    static func main() {
        let rounds = CommandLine.arguments.count > 1 ? Int(CommandLine.arguments[1]) ?? 9 : 9
        let lives: [(name: String, run: (borrowing Reports, inout WorkingOrders) -> Int)] = [
            ("accepted, two fills", { lived($0, &$1, .filled) }),
            ("accepted, cancelled", { lived($0, &$1, .cancelled) }),
            ("accepted, replaced, filled", { lived($0, &$1, .replaced) }),
            ("the day told again", { retold($0, &$1) }),
        ]
        print("\(orders) orders a life, best of \(rounds) rounds, CPU time, one core")
        for width in [64, 100_000] {
            let reports = Reports(width: width)
            for life in lives {
                var best = Double.infinity
                for _ in 0..<rounds {
                    var table = WorkingOrders(capacity: 2 * orders, instruments: 512)
                    table.prefault()
                    if life.name.hasPrefix("the day") { _ = lived(reports, &table, .filled) }
                    let start = clock()
                    let events = life.run(reports, &table)
                    let time = Double(clock() - start) / Double(CLOCKS_PER_SEC) * 1e9
                    best = min(best, time / Double(events))
                    guard table.workingCount == 0 else { fatalError("\(table.workingCount) orders still work") }
                }
                print(
                    life.name.padding(toLength: 28, withPad: " ", startingAt: 0),
                    String(format: "%7d side by side %8.1f ns/event %8.2f M events/s", width, best, 1e3 / best)
                )
            }
        }
    }

    enum Life {
        case filled, cancelled, replaced
    }

    /// Every order of a batch takes a step before any takes the next.
    @inline(never)
    static func lived(_ reports: borrowing Reports, _ table: inout WorkingOrders, _ life: Life) -> Int {
        var (events, first) = (0, OrderID(1))
        let step = OrderID(life == .replaced ? 2 : 1)
        while first <= OrderID(orders) * step {
            let batch = reports.batch(from: first, step: step, upTo: OrderID(orders) * step)
            for id in batch { events += table.add(reports.order(id), at: .zero) ? 1 : 0 }
            for id in batch { events += take(reports.report(.orderAccepted, id, 0, id), &table) }
            switch life {
            case .filled:
                for id in batch { events += take(reports.report(.orderFilled, id, 40, id), &table) }
                for id in batch { events += take(reports.report(.orderFilled, id, 60, id | 1 << 40), &table) }
            case .cancelled:
                for id in batch { events += table.requestCancel(id) ? 1 : 0 }
                for id in batch { events += take(reports.report(.orderCancelled, id, 100, 0), &table) }
            case .replaced:
                for id in batch { events += table.addReplacement(reports.order(id + 1), of: id, at: .zero) ? 1 : 0 }
                for id in batch { events += take(reports.report(.orderReplaced, id, 100, id + 1), &table) }
                for id in batch { events += take(reports.report(.orderFilled, id + 1, 100, id), &table) }
            }
            first += OrderID(reports.width) * step
        }
        return events
    }

    /// Every fill comes a second time: each is found and left alone.
    @inline(never)
    static func retold(_ reports: borrowing Reports, _ table: inout WorkingOrders) -> Int {
        for id in 1...OrderID(orders) { _ = table.apply(reports.report(.orderFilled, id, 40, id)) }
        guard table.anomalies.duplicateExecutions == orders else { fatalError("an execution was taken twice") }
        return orders
    }

    @inline(__always)
    private static func take(_ report: Event, _ table: inout WorkingOrders) -> Int {
        table.apply(report).kind == .ignored ? 0 : 1
    }
}

/// The orders and reports of the benchmark.
struct Reports: ~Copyable {
    /// Orders that live side by side.
    let width: Int

    func batch(from first: OrderID, step: OrderID, upTo last: OrderID) -> StrideTo<OrderID> {
        stride(from: first, to: min(first + OrderID(width) * step, last + 1), by: Int(step))
    }

    @inline(__always)
    func order(_ id: OrderID) -> NewOrder {
        NewOrder(
            id: id,
            // A replacement's number, the next one, is of the same instrument.
            instrument: Instrument(id: UInt32(truncatingIfNeeded: (id - 1) / 2) % 512),
            side: .buy,
            quantity: Quantity(100),
            price: Price(raw: 1_000_000_000),
            tag: OrderTag(strategy: 0)
        )
    }

    @inline(__always)
    func report(_ kind: EventKind, _ id: OrderID, _ shares: Int, _ detail: UInt64) -> Event {
        Event(
            orderID: id,
            price: Price(raw: 1_000_000_000),
            quantity: Quantity(shares),
            instrument: .none,
            kind: kind,
            detail: detail
        )
    }
}
