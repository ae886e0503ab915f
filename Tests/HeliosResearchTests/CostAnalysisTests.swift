// SPDX-License-Identifier: MIT
import HeliosExecution
import HeliosMarket
import HeliosResearch
import Testing

/// The analysis of costs against the run's own records: two pieces of code that have to say the same.
func checkCosts(_ result: RunResult) throws {
    let costs = try #require(result.costs)
    #expect(costs.overflows == 0)
    let all = costs.table.all
    #expect(all.fills == Double(result.fills.count))
    var (shares, fees) = (0.0, 0.0)
    for fill in result.fills {
        shares += fill.quantity.value
        fees += fill.fee.value
    }
    #expect(abs(all.shares - shares) < 1e-6 && abs(all.fees - fees) < 1e-6)
    // A replacement is the order that it replaces, and one that the venue refused changed nothing.
    let orders = result.orders.filter {
        $0.state != .refusedByRisk && $0.state != .replaced && $0.reason != "replaceRejected"
    }
    #expect(all.orders == Double(orders.count))
    let worked = result.parents.filter { $0.wasWorked || $0.children > 0 }
    let alone = orders.filter { $0.tag.parent == nil }
    if orders.allSatisfy({ order in order.tag.parent.map { tag in worked.contains { $0.number == tag } } ?? true }) {
        #expect(all.parents == Double(alone.count + worked.count))
    }
    for (place, horizon) in [0, 2, 4, 5, 6].enumerated() {
        let markouts = result.fills.compactMap { $0.markout(horizon: horizon) }
        #expect(all.markout[place].count == Double(markouts.count))
        guard let plain = all.markout[place].plain else { continue }
        #expect(abs(plain - markouts.reduce(0, +) / Double(markouts.count)) < 1e-9)
    }
}
