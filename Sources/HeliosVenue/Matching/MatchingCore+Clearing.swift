// SPDX-License-Identifier: MIT
import HeliosMarket

/// What an auction would do at its price; volume 0 when nothing meets.
@frozen
@usableFromInline
struct CrossResult: BitwiseCopyable, Equatable {
    @usableFromInline var price: Int64 = 0
    @usableFromInline var volume: Int64 = 0
    /// Buyers without a seller, or minus the sellers without a buyer.
    @usableFromInline var imbalance: Int64 = 0

    @inlinable
    init() {}
}

/// Which orders and prices an auction looks at.
@usableFromInline
struct ClearingScope {
    @usableFromInline var book: UInt32
    /// The auction's own orders.
    @usableFromInline var group: Int
    /// The continuous book's orders too.
    @usableFromInline var hasBook = true
    @usableFromInline var low: Int64
    @usableFromInline var high: Int64
    @usableFromInline var reference: Int64

    @inlinable
    init(book: UInt32, group: Int, low: Int64, high: Int64, reference: Int64) {
        self.book = book
        self.group = group
        self.low = low
        self.high = high
        self.reference = reference
    }
}

/// A walk over the prices of both sides from low to high.
///
/// Buyers at a price p are those with a limit of p or more, sellers those with p or less. Both change only at limits, so that
/// the best price is a limit or, between two limits, the price nearest to the reference.
@usableFromInline
struct ClearingWalk {
    var scope: ClearingScope
    var tick: Int64
    var buyers: Int64 = 0
    var sellers: Int64 = 0
    var best = CrossResult()

    init(_ scope: ClearingScope, tick: Int64) {
        self.scope = scope
        self.tick = tick
    }

    /// Looks at one price: more volume wins, then less imbalance, then nearer to the reference, then the higher price.
    mutating func look(at price: Int64) {
        guard price >= scope.low, price <= scope.high else { return }
        let volume = min(buyers, sellers)
        guard volume > 0, volume >= best.volume else { return }
        let imbalance = buyers - sellers
        if volume == best.volume {
            if imbalance.magnitude > best.imbalance.magnitude { return }
            if imbalance.magnitude == best.imbalance.magnitude {
                let distance = (price - scope.reference).magnitude
                let bestDistance = (best.price - scope.reference).magnitude
                if distance > bestDistance || distance == bestDistance && price <= best.price { return }
            }
        }
        best.price = price
        best.volume = volume
        best.imbalance = imbalance
    }

    /// Looks at the best of the prices from `first` to `last`, at all of which the same orders meet.
    mutating func look(from first: Int64, to last: Int64) {
        let low = max(first, roundUp(scope.low))
        let high = min(last, scope.high / tick * tick)
        guard low <= high else { return }
        look(at: min(max(scope.reference / tick * tick, low), high))
        look(at: min(max(roundUp(scope.reference), low), high))
    }

    func roundUp(_ price: Int64) -> Int64 { (price + tick - 1) / tick * tick }
}

extension MatchingCore {
    /// The price range of an auction: the bands, and no further than the limits and the reference.
    @usableFromInline
    func scope(_ book: UInt32, _ cross: CrossKind, reference: Int64) -> ClearingScope {
        let entry = books[Int(book)]
        let high = entry.buyCap == MatchingCore.noLimit ? entry.largestPrice : entry.buyCap
        let low = entry.sellCap == MatchingCore.noLimit ? entry.tick : -entry.sellCap
        let known = reference > 0 ? reference : entry.lastPrice
        return ClearingScope(book: book, group: Int(cross.rawValue), low: low, high: high, reference: known)
    }

    /// The price at which most trades, and how much.
    @usableFromInline
    @inline(never)
    func clearing(_ scope: ClearingScope) -> CrossResult {
        let tick = books[Int(scope.book)].tick
        var walk = ClearingWalk(scope, tick: tick)
        var own = LadderPair(self, scope, group: scope.group)
        var continuous = LadderPair(self, scope, group: 0, isEmpty: !scope.hasBook)
        walk.buyers = own.allBuyers(self) + continuous.allBuyers(self)
        walk.sellers = own.marketSellers(self) + continuous.marketSellers(self)
        let reference = scope.reference
        var last: Int64 = 0
        while true {
            let price = min(own.nextPrice(self), continuous.nextPrice(self))
            if price == .max { break }
            if last > 0 {
                walk.look(from: last + tick, to: price - tick)
            } else if reference > 0, reference < price {
                walk.look(from: reference / tick * tick, to: price - tick)
            }
            walk.sellers += own.takeSellers(at: price, self) + continuous.takeSellers(at: price, self)
            walk.look(at: price)
            walk.buyers -= own.takeBuyers(at: price, self) + continuous.takeBuyers(at: price, self)
            last = price
        }
        if last == 0, reference > 0 {
            walk.look(from: reference / tick * tick, to: walk.roundUp(reference))
        } else if reference > last {
            walk.look(from: last + tick, to: walk.roundUp(reference))
        }
        return walk.best
    }

    /// What would buy and sell at `price`.
    @usableFromInline
    func interest(_ scope: ClearingScope, at price: Int64) -> (buyers: Int64, sellers: Int64) {
        var buyers: Int64 = 0
        var sellers: Int64 = 0
        if scope.hasBook {
            buyers = interest(ladder(scope.book, 0, .buy), price)
            sellers = interest(ladder(scope.book, 0, .sell), -price)
        }
        buyers += interest(ladder(scope.book, scope.group, .buy), price)
        sellers += interest(ladder(scope.book, scope.group, .sell), -price)
        return (buyers, sellers)
    }

    private func interest(_ ladder: Int, _ key: Int64) -> Int64 {
        var sum: Int64 = 0
        var place = Int(ladders[ladder].count) - 1
        while place >= 0, keys(ladder)[place] >= key {
            sum += levels[Int(numbers(ladder)[place])].total
            place -= 1
        }
        return sum
    }
}

/// The two ladders of a group, walked from the lowest price to the highest: bids from their worst, offers from their best.
private struct LadderPair {
    let buys: Int
    let sells: Int
    /// The next level of each; `buyCount` and −1 at the end.
    var buy = 0
    var sell: Int
    let buyCount: Int

    init(_ core: borrowing MatchingCore, _ scope: ClearingScope, group: Int, isEmpty: Bool = false) {
        buys = core.ladder(scope.book, group, .buy)
        sells = core.ladder(scope.book, group, .sell)
        buyCount = isEmpty ? 0 : Int(core.ladders[buys].count)
        sell = isEmpty ? -1 : Int(core.ladders[sells].count) - 1
    }

    func allBuyers(_ core: borrowing MatchingCore) -> Int64 {
        var sum: Int64 = 0
        for place in 0..<buyCount { sum += core.levels[Int(core.numbers(buys)[place])].total }
        return sum
    }

    /// Sellers at any price, who stand first.
    mutating func marketSellers(_ core: borrowing MatchingCore) -> Int64 {
        guard sell >= 0, core.keys(sells)[sell] == MatchingCore.noLimit else { return 0 }
        sell -= 1
        return core.levels[Int(core.numbers(sells)[sell + 1])].total
    }

    /// The next price at which somebody may trade; the greatest number at the end.
    mutating func nextPrice(_ core: borrowing MatchingCore) -> Int64 {
        while buy < buyCount, core.levels[Int(core.numbers(buys)[buy])].total == 0 { buy += 1 }
        while sell >= 0, core.levels[Int(core.numbers(sells)[sell])].total == 0 { sell -= 1 }
        let isPriced = buy < buyCount && core.keys(buys)[buy] < MatchingCore.noLimit
        return min(isPriced ? core.keys(buys)[buy] : .max, sell >= 0 ? -core.keys(sells)[sell] : .max)
    }

    mutating func takeSellers(at price: Int64, _ core: borrowing MatchingCore) -> Int64 {
        guard sell >= 0, core.keys(sells)[sell] == -price else { return 0 }
        sell -= 1
        return core.levels[Int(core.numbers(sells)[sell + 1])].total
    }

    mutating func takeBuyers(at price: Int64, _ core: borrowing MatchingCore) -> Int64 {
        guard buy < buyCount, core.keys(buys)[buy] == price else { return 0 }
        buy += 1
        return core.levels[Int(core.numbers(buys)[buy - 1])].total
    }
}
