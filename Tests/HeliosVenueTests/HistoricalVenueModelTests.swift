// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosMarket
import HeliosMath
import HeliosVenue
import Testing

/// The venue's rules once more, slowly: lists, and everything computed anew at each step.
///
/// Prices in cents.
private struct SlowVenue {
    struct Shown {
        var id: OrderID
        var side: Side
        var cents: Int64
        var shares: Int
        /// Of these, ours already.
        var taken = 0
        var arrival: Int
        /// Everything of it that was ever shown, and that we ever traded with.
        var everShown: Int
        var everTraded = 0
    }

    struct Ours {
        var id: OrderID
        var side: Side
        var cents: Int64
        var leaves: Int
        var arrival: Int
    }

    var shown: [Shown] = []
    var ours: [Ours] = []
    var lines: [String] = []
    var arrivals = 0

    mutating func arrive() -> Int {
        arrivals += 1
        return arrivals
    }

    /// Shares that trade before `order`.
    func ahead(_ order: Ours) -> Int {
        shown.filter { $0.side == order.side && $0.cents == order.cents && $0.arrival < order.arrival }
            .reduce(0) { $0 + max($1.shares - $1.taken, 0) }
    }

    /// Our orders of a side, the one that trades first in front.
    func priority(_ side: Side) -> [OrderID] {
        ours.filter { $0.side == side }.sorted { a, b in
            if a.cents != b.cents { return side == .buy ? a.cents > b.cents : a.cents < b.cents }
            return a.arrival < b.arrival
        }.map(\.id)
    }

    mutating func fill(_ id: OrderID, _ available: inout Int) {
        guard let index = ours.firstIndex(where: { $0.id == id }) else { return }
        let shares = min(available, ours[index].leaves)
        if shares <= 0 { return }
        available -= shares
        ours[index].leaves -= shares
        lines.append("filled \(id) \(ours[index].side) \(shares)@\(price(ours[index].cents)) maker")
        if ours[index].leaves == 0 { ours.remove(at: index) }
    }

    mutating func add(_ id: OrderID, _ side: Side, _ shares: Int, _ cents: Int64) {
        var available = shares
        for number in priority(side.opposite) {
            guard let order = ours.first(where: { $0.id == number }), ahead(order) == 0 else { continue }
            if side == .sell ? cents <= order.cents : cents >= order.cents { fill(number, &available) }
        }
        shown.append(
            Shown(
                id: id,
                side: side,
                cents: cents,
                shares: shares,
                taken: shares - available,
                arrival: arrive(),
                everShown: shares,
                everTraded: shares - available
            )
        )
    }

    mutating func reduce(_ id: OrderID, _ shares: Int, isTrade: Bool) {
        guard let index = shown.firstIndex(where: { $0.id == id }) else { return }
        let victim = shown[index]
        var available = isTrade ? min(shares, victim.shares) : 0
        for number in priority(victim.side) {
            guard let order = ours.first(where: { $0.id == number }) else { continue }
            let isBetter = order.side == .buy ? order.cents > victim.cents : order.cents < victim.cents
            let isNext = order.cents == victim.cents && order.arrival < victim.arrival && ahead(order) == 0
            if isBetter || isNext { fill(number, &available) }
        }
        shown[index].shares -= shares
        if shown[index].shares <= 0 { shown.remove(at: index) }
    }

    mutating func hidden(_ shares: Int, _ cents: Int64) {
        var available = shares
        for side in [Side.buy, .sell] {
            for number in priority(side) {
                guard let order = ours.first(where: { $0.id == number }) else { continue }
                if side == .buy ? cents < order.cents : cents > order.cents { fill(number, &available) }
            }
        }
    }

    mutating func submit(_ id: OrderID, _ side: Side, _ shares: Int, _ cents: Int64, _ timeInForce: TimeInForce) {
        var leaves = shares
        let reachable = shown.filter {
            $0.side != side && (side == .buy ? $0.cents <= cents : $0.cents >= cents)
        }
        let prices = Set(reachable.map(\.cents)).sorted { side == .buy ? $0 < $1 : $0 > $1 }
        for level in prices {
            var here = 0
            for order in reachable.filter({ $0.cents == level }).sorted(by: { $0.arrival < $1.arrival }) {
                guard let index = shown.firstIndex(where: { $0.id == order.id }) else { continue }
                let part = min(max(order.shares - order.taken, 0), leaves - here)
                shown[index].taken += part
                shown[index].everTraded += part
                here += part
            }
            if here > 0 { lines.append("filled \(id) \(side) \(here)@\(price(level)) taker") }
            leaves -= here
        }
        if leaves == 0 { return }
        if timeInForce == .immediateOrCancel {
            lines.append("cancelled \(id) \(leaves) immediateOrCancel")
        } else {
            ours.append(Ours(id: id, side: side, cents: cents, leaves: leaves, arrival: arrive()))
        }
    }

    mutating func cancel(_ id: OrderID) {
        guard let index = ours.firstIndex(where: { $0.id == id }) else { return lines.append("cancel rejected \(id)") }
        lines.append("cancelled \(id) \(ours[index].leaves) user")
        ours.remove(at: index)
    }

    /// The best price of a side in history's book.
    func best(_ side: Side) -> Int64? {
        let prices = shown.filter { $0.side == side }.map(\.cents)
        return side == .buy ? prices.max() : prices.min()
    }
}

/// History and orders of ours at random, to both.
private struct RandomDay: ~Copyable {
    var script: VenueScript
    var slow = SlowVenue()
    var random: SeededRandom
    var nextShown: OrderID = 1
    var nextOurs: OrderID = 1

    init(seed: UInt64) throws {
        script = try VenueScript()
        random = SeededRandom(seed: seed)
    }

    mutating func upTo(_ count: Int) -> Int { Int(random.next() % UInt64(count)) }

    /// A price that does not cross history's own book.
    mutating func quietPrice(_ side: Side, without id: OrderID = 0) -> Int64 {
        let others = slow.shown.filter { $0.id != id && $0.side != side }.map(\.cents)
        let wish = Int64(1_000 + upTo(9) - (side == .buy ? 6 : 2))
        if side == .buy { return min(wish, (others.min() ?? 2_000) - 1) }
        return max(wish, (others.max() ?? 0) + 1)
    }

    mutating func step() {
        let side: Side = upTo(2) == 0 ? .buy : .sell
        let victim = slow.shown.isEmpty ? nil : slow.shown[upTo(slow.shown.count)]
        switch upTo(12) {
        case 0...3: add(side, quietPrice(side), 1 + upTo(9))
        case 4...5: executeFirst(side)
        case 6:
            if let victim { execute(victim.id, 1 + upTo(victim.shares)) }
        case 7:
            guard let victim else { return }
            let shares = 1 + upTo(victim.shares)
            if shares == victim.shares { script.delete(victim.id) } else { script.cancel(victim.id, shares) }
            slow.reduce(victim.id, shares, isTrade: false)
        case 8:
            guard let victim else { return }
            let cents = upTo(3) == 0 ? victim.cents : quietPrice(victim.side, without: victim.id)
            let shares = 1 + upTo(9)
            script.replace(victim.id, by: nextShown, shares, cents)
            slow.reduce(victim.id, victim.shares, isTrade: false)
            slow.add(nextShown, victim.side, shares, cents)
            nextShown += 1
        case 9:
            let (shares, cents) = (1 + upTo(9), Int64(994 + upTo(12)))
            script.hidden(shares, cents)
            slow.hidden(shares, cents)
        case 10: submit(side)
        default:
            if upTo(3) != 0 { return submit(side) }
            let id = OrderID(1 + upTo(Int(nextOurs)))
            script.cancelOurs(id)
            slow.cancel(id)
        }
    }

    mutating func add(_ side: Side, _ cents: Int64, _ shares: Int) {
        script.add(nextShown, side, shares, cents)
        slow.add(nextShown, side, shares, cents)
        nextShown += 1
    }

    mutating func execute(_ id: OrderID, _ shares: Int) {
        script.execute(id, shares)
        slow.reduce(id, shares, isTrade: true)
    }

    /// As the market does it: the oldest order of the best price.
    mutating func executeFirst(_ side: Side) {
        guard let best = slow.best(side),
            let first = slow.shown.filter({ $0.side == side && $0.cents == best }).min(by: { $0.arrival < $1.arrival })
        else { return }
        execute(first.id, 1 + upTo(first.shares))
    }

    mutating func submit(_ side: Side) {
        let cents = Int64(1_000 + upTo(9) - 4)
        let timeInForce: TimeInForce = upTo(3) == 0 ? .immediateOrCancel : .day
        let shares = 1 + upTo(12)
        script.submit(nextOurs, side, shares, cents, timeInForce)
        slow.submit(nextOurs, side, shares, cents, timeInForce)
        nextOurs += 1
    }
}

@Suite("The venue in a recorded day against one that computes everything anew")
struct HistoricalVenueModelTests {
    @Test(arguments: Array(1...40) as [UInt64])
    func `random histories and random orders of ours give the same reports`(seed: UInt64) throws {
        var day = try RandomDay(seed: seed)
        var makers = 0
        var takers = 0
        for step in 0..<1_500 {
            day.slow.lines.removeAll(keepingCapacity: true)
            day.step()
            let told = day.script.told()
            guard told == day.slow.lines else {
                Issue.record("seed \(seed) step \(step): \(told), expected \(day.slow.lines)")
                return
            }
            makers += told.count { $0.hasSuffix("maker") }
            takers += told.count { $0.hasSuffix("taker") }
            #expect(day.slow.shown.allSatisfy { $0.everTraded <= $0.everShown })
            #expect(day.script.venue.restingCount == day.slow.ours.count)
        }
        #expect(day.script.venue.faults.total == 0)
        #expect(makers > 30 && takers > 30, "too little happened: \(makers) and \(takers)")
    }
}
