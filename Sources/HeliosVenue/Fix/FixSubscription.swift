// SPDX-License-Identifier: MIT
import HeliosMarket

/// One request for market data that goes on.
struct FixSubscription {
    /// MDReqID.
    let id: String
    /// In the order of their numbers.
    var instruments: [Instrument]
    let wishes: FixMarketWishes
    /// What the client knows of each, by its place in `instruments`.
    var bids: [FixBookSide]
    var asks: [FixBookSide]
    /// Places whose book may have changed, or was not told yet.
    var changed: Set<Int>
    /// Places whose whole book is still to be told.
    var fresh: Set<Int>
    var trades: [MarketWatch.Trade] = []

    /// Trades that wait for a slow client; more end the subscription.
    static let tradeMax = 4_096

    init(id: String, instruments: [Instrument], wishes: FixMarketWishes) {
        self.id = id
        self.instruments = instruments.sorted()
        self.wishes = wishes
        bids = Array(repeating: FixBookSide(), count: instruments.count)
        asks = bids
        changed = Set(self.instruments.indices)
        fresh = changed
    }

    /// Whether nothing more is to come.
    var isOver: Bool { wishes.isSnapshot && changed.isEmpty }

    /// The place of an instrument; nil when it is not asked for.
    func place(of instrument: Instrument) -> Int? {
        var (low, high) = (0, instruments.count)
        while low < high {
            let middle = (low + high) / 2
            if instruments[middle] < instrument { low = middle + 1 } else { high = middle }
        }
        return low < instruments.count && instruments[low] == instrument ? low : nil
    }
}

/// What a request for market data wants to see.
struct FixMarketWishes {
    /// Levels a side.
    var depth: Int
    var wantsBids = false
    var wantsAsks = false
    var wantsTrades = false
    /// Changes alone, in place of whole books.
    var isIncremental: Bool
    /// Each book once, and that is all.
    var isSnapshot: Bool

    /// Levels a side at most; so many are sent for the whole book.
    static let depthMax = 500
}
