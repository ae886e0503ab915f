// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosWire

/// What an auction would do with the orders that a book shows.
struct Clearing {
    /// Shares matched between displayed orders.
    var shares: Int
    /// In ticks; valid for all that is matched, and not worse than the best of what is left on either side.
    var price: Int32
}

/// Auctions at the open, at the close and after halts, and the imbalance messages before them.
extension MarketDayRun {
    /// Finds the price at which the most displayed shares match, nearest to the fair value.
    func clearing(_ index: Int) -> Clearing {
        var bidDepth = 0
        var askDepth = 0
        var bidTaken: Int64 = 0
        var askTaken: Int64 = 0
        var shares: Int64 = 0
        var lowest = Int32(1)
        var highest = Int32.max
        while bidDepth < book.levelCount(index, .buy), askDepth < book.levelCount(index, .sell) {
            let bid = book.level(index, .buy, bidDepth)
            let ask = book.level(index, .sell, askDepth)
            guard bid.key >= -ask.key else { break }
            highest = bid.key
            lowest = -ask.key
            let matched = min(bid.shares - bidTaken, ask.shares - askTaken)
            shares += matched
            bidTaken += matched
            askTaken += matched
            if bidTaken == bid.shares { (bidDepth, bidTaken) = (bidDepth + 1, 0) }
            if askTaken == ask.shares { (askDepth, askTaken) = (askDepth + 1, 0) }
        }
        // Orders left over must not be better than the price.
        if bidDepth < book.levelCount(index, .buy) { lowest = max(lowest, book.level(index, .buy, bidDepth).key) }
        if askDepth < book.levelCount(index, .sell) { highest = min(highest, -book.level(index, .sell, askDepth).key) }
        return Clearing(shares: Int(shares), price: min(max(fairKey(index, .buy), lowest), highest))
    }

    /// Runs a symbol's auction: displayed orders that cross are executed, and the print names all shares.
    mutating func auction(_ index: Int, crossType: Unicode.Scalar) {
        let clearing = clearing(index)
        for side in [Side.buy, .sell] { fillInAuction(index, side, clearing.shares, clearing.price) }
        let hidden = min(flows[index].hiddenBuy, flows[index].hiddenSell)
        printAuction(index, shares: clearing.shares + hidden, price: clearing.price, crossType: crossType)
    }

    private mutating func fillInAuction(_ index: Int, _ side: Side, _ total: Int, _ price: Int32) {
        var left = total
        while left > 0, let order = book.bestOrder(index, side) {
            let shares = min(left, Int(book[order].shares))
            executeInAuction(order, shares: UInt32(shares), price: price * MarketDayRun.tick)
            left -= shares
        }
    }

    private mutating func printAuction(_ index: Int, shares: Int, price: Int32, crossType: Unicode.Scalar) {
        pause(bits: 10)
        writer.crossTrade(
            locate: flows[index].locate,
            timestamp: timestamp,
            shares: UInt64(shares),
            symbol: flows[index].symbol,
            price: shares == 0 ? 0 : UInt32(price * MarketDayRun.tick),
            match: takeMatch(),
            crossType: UInt8(crossType.value)
        )
        count("Q")
    }

    /// Auction orders that nobody sees: a random amount on each side.
    mutating func drawHiddenInterest(_ index: Int, bits: Int) {
        let common = 100 * random.logUniform(bits: bits)
        flows[index].hiddenBuy = common + 100 * random.logUniform(bits: bits - 3)
        flows[index].hiddenSell = common + 100 * random.logUniform(bits: bits - 3)
    }

    mutating func openingAuctions(_ chunks: Chunks) throws {
        systemEvent("Q", at: DayTime.open)
        for index in 0..<configuration.symbols {
            pause(bits: 17)
            auction(index, crossType: "O")
            flows[index].phase = .continuous
            recentre(index, force: true)
            drawHiddenInterest(index, bits: 11)
            try flushIfNeeded(chunks)
        }
    }

    /// The close: auction orders that find no counterpart among themselves take the displayed ones at the best price.
    mutating func closingAuctions(_ chunks: Chunks) throws {
        systemEvent("M", at: DayTime.close)
        for index in 0..<configuration.symbols {
            pause(bits: 20)
            closingAuction(index)
            flows[index].phase = .closed
            try flushIfNeeded(chunks)
        }
    }

    private mutating func closingAuction(_ index: Int) {
        let flow = flows[index]
        let excess = flow.hiddenBuy - flow.hiddenSell
        let side: Side = excess > 0 ? .sell : .buy
        guard excess != 0, book.levelCount(index, side) > 0 else { return auction(index, crossType: "C") }
        let best = book.level(index, side, 0)
        let displayed = min(abs(excess), Int(best.shares))
        fillInAuction(index, side, displayed, abs(best.key))
        let shares = min(flow.hiddenBuy, flow.hiddenSell) + displayed
        printAuction(index, shares: shares, price: abs(best.key), crossType: "C")
    }

    /// One imbalance message for each symbol; `share` is how long auction orders have been arriving.
    mutating func imbalances(at time: Int64, crossType: Unicode.Scalar, share: Int64, _ chunks: Chunks) throws {
        wait(until: time)
        let window =
            crossType == "O" ? DayTime.open - DayTime.openingImbalance : DayTime.close - DayTime.closingImbalance
        for index in 0..<configuration.symbols where flows[index].phase != .halted {
            let flow = flows[index]
            let buy = flow.hiddenBuy * Int(share / DayTime.second) / Int(window / DayTime.second)
            let sell = flow.hiddenSell * Int(share / DayTime.second) / Int(window / DayTime.second)
            imbalance(index, buy: buy, sell: sell, crossType: crossType)
            try flushIfNeeded(chunks)
        }
    }

    private mutating func imbalance(_ index: Int, buy: Int, sell: Int, crossType: Unicode.Scalar) {
        let clearing = clearing(index)
        let paired = clearing.shares + min(buy, sell)
        let direction: Unicode.Scalar = buy == sell ? (paired == 0 ? "O" : "N") : buy > sell ? "B" : "S"
        let price = UInt32(clearing.price * MarketDayRun.tick)
        let push = UInt32(MarketDayRun.tick) * UInt32(random.geometric())
        pause(bits: 10)
        writer.imbalance(
            locate: flows[index].locate,
            timestamp: timestamp,
            pairedShares: UInt64(paired),
            imbalanceShares: UInt64(abs(buy - sell)),
            direction: UInt8(direction.value),
            symbol: flows[index].symbol,
            farPrice: buy >= sell ? price + push : price - min(push, price / 2),
            nearPrice: price,
            referencePrice: price,
            crossType: UInt8(crossType.value),
            variation: UInt8(ascii: "L")
        )
        count("I")
    }
}
