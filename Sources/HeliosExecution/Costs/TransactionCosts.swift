// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosMarket

/// Transaction cost analysis, kept up to date with every order, fill and trade of the market.
///
/// ```
///  parentOrder ─► open     sent ─► send     reports ─► accept nothing, fill, end     tape ─► trade
///                                                │
///            quotes ─► mark(due) ◄── due(before:)┘   after 50 ms, 1 s, 15 s, 1 min, 5 min
/// ```
/// The same code in a session, where its marks of a second are what venues are judged by (`VenueScores`), and over a journal or a
/// backtest, where its table is the answer. What it doesn't know, it doesn't count: a mid that there was not, a benchmark without
/// volume. Costs are statistics and so `Double`; sums that add up over an order are exact.
///
/// Memory is reserved at the start. What does not fit is counted (`overflows`) and left out.
public struct TransactionCosts: Sendable {
    /// The sums so far.
    public internal(set) var table = CostTable()
    /// Places of venues that display nothing, so that nothing can be gone there, as bits.
    public var darkPlaces: UInt64 = 0
    /// Orders, parents and marks that found no room.
    public internal(set) var overflows = 0
    /// The time of the next mid that a fill waits for; `.never` when none does.
    public internal(set) var nextDue = Timestamp.never
    var parentKeys: KeyTable
    var parents: [CostParent]
    var orderKeys: KeyTable
    var orders: [CostOrder]
    /// A ring of fills, by number modulo its size; for each horizon the first fill that waits for it.
    var marks: [CostMark]
    /// The mids taken for each mark, zero where there was none.
    var laters: [Int64]
    var nextMark: Int64 = 0
    var waiting = InlineArray<5, Int64>(repeating: 0)
    /// Traded by the market, by instrument: price times quantity, and quantity.
    var tapeValue: [Int128]
    var tapeVolume: [Int64]
    /// Markouts after a second that nobody has taken yet, the oldest first.
    var scored: [VenueMark] = []
    var scoredCount = 0
    /// Midnight of the day of the last order, from which half hours count.
    var midnight = Timestamp.never

    /// - Parameters:
    ///   - instruments: how many have a place.
    ///   - parents: how many may be open at once, orders without a parent included.
    ///   - orders: how many may work at once.
    ///   - fills: how many may wait for later mids: those of five minutes.
    public init(instruments: Int, parents: Int = 4_096, orders: Int = 4_096, fills: Int = 1 << 15) {
        parentKeys = KeyTable(capacity: parents)
        let vacant = CostParent(
            key: 0,
            instrument: 0,
            side: 0,
            quantity: 0,
            isPlain: 0,
            algorithm: 0,
            strategy: 0,
            time: 0
        )
        self.parents = Array(repeating: vacant, count: parentKeys.capacity)
        orderKeys = KeyTable(capacity: orders)
        self.orders = Array(repeating: CostOrder(), count: orderKeys.capacity)
        var places = 16
        while places < fills { places *= 2 }
        marks = Array(repeating: CostMark(), count: places)
        laters = Array(repeating: 0, count: places * CostSums.horizonCount)
        tapeValue = Array(repeating: 0, count: max(instruments, 0))
        tapeVolume = Array(repeating: 0, count: max(instruments, 0))
        let none = VenueMark(place: 0, markout: 0, quantity: .zero, isMaker: false)
        scored = Array(repeating: none, count: 256)
    }

    /// Parents that have not ended.
    public var openParents: Int { parentKeys.count }

    /// The key of a parent: its strategy and number.
    static func key(_ tag: OrderTag, _ number: UInt32) -> UInt64 {
        1 << 63 | UInt64(tag.strategy) << 32 | UInt64(number)
    }

    static func mid(_ quote: Quote) -> Int64 { quote.isTwoSided ? quote.mid.raw : 0 }

    /// The half hour of the exchange's day that a time lies in.
    mutating func halfHour(_ time: Timestamp) -> Int64 {
        let length: Nanoseconds = 86_400_000_000_000
        if midnight == .never || time < midnight || time - midnight >= length {
            midnight = TradingDay.containing(time)?.midnight ?? .zero
        }
        return min(max(time - midnight, 0) / 1_800_000_000_000, 47)
    }
}

// MARK: - Orders
extension TransactionCosts {
    /// A parent was decided: its price and time are those of now, whenever its first child leaves.
    ///
    /// - Parameters:
    ///   - number: its number within its strategy.
    ///   - strategy: whose it is.
    ///   - instrument: what it trades.
    ///   - side: which way.
    ///   - quantity: all of it.
    ///   - algorithm: its number, 0 to 15.
    ///   - quote: of its instrument.
    ///   - time: of the decision.
    public mutating func open(
        parent number: UInt32,
        strategy: UInt16,
        _ instrument: Instrument,
        _ side: Side,
        _ quantity: Quantity,
        algorithm: UInt8 = 0,
        _ quote: Quote,
        at time: Timestamp
    ) {
        let key = TransactionCosts.key(OrderTag(strategy: strategy), number)
        guard parentKeys.find(key) == nil else { return }
        _ = add(key, instrument, side, quantity, algorithm, strategy, quote, time)
    }

    /// A parent takes no more children; what is still in flight counts until it ends.
    public mutating func close(parent number: UInt32, strategy: UInt16, _ quote: Quote) {
        guard let slot = parentKeys.find(TransactionCosts.key(OrderTag(strategy: strategy), number)) else { return }
        parents[slot].isPlain = 1
        endIfDone(slot, quote)
    }

    /// What a parent is to do is known now, such as that of a target; does nothing once its first child has left.
    public mutating func amend(parent number: UInt32, strategy: UInt16, _ side: Side, _ quantity: Quantity) {
        let key = TransactionCosts.key(OrderTag(strategy: strategy), number)
        guard let slot = parentKeys.find(key), parents[slot].hasArrived == 0 else { return }
        parents[slot].side = Int64(side.rawValue)
        parents[slot].quantity = quantity.raw
    }

    /// A parent was never worked and counts for nothing; does nothing once its first child has left.
    public mutating func drop(parent number: UInt32, strategy: UInt16) {
        let key = TransactionCosts.key(OrderTag(strategy: strategy), number)
        guard let slot = parentKeys.find(key), parents[slot].hasArrived == 0 else { return }
        parentKeys.remove(key)
    }

    private mutating func add(
        _ key: UInt64,
        _ instrument: Instrument,
        _ side: Side,
        _ quantity: Quantity,
        _ algorithm: UInt8,
        _ strategy: UInt16,
        _ quote: Quote,
        _ time: Timestamp
    ) -> Int? {
        guard instrument.index < tapeValue.count, let slot = parentKeys.insert(key) else {
            overflows += 1
            return nil
        }
        parents[slot] = CostParent(
            key: key,
            instrument: Int64(instrument.id),
            side: Int64(side.rawValue),
            quantity: quantity.raw,
            isPlain: key >> 63 == 0 ? 1 : 0,
            algorithm: Int64(algorithm),
            strategy: Int64(strategy),
            time: halfHour(time)
        )
        parents[slot].decision = TransactionCosts.mid(quote)
        parents[slot].tapeValue = tapeValue[instrument.index]
        parents[slot].tapeVolume = tapeVolume[instrument.index]
        return slot
    }

    /// An order has left.
    ///
    /// A child of a parent that was not opened opens it, with what its orders ask for as its quantity; an order without a parent is
    /// its own.
    ///
    /// - Parameters:
    ///   - order: as it travels.
    ///   - displayed: for an order that takes, what was displayed within its limit at its venue; nil for the quote's quantity.
    ///   - quote: of its instrument.
    ///   - time: of its leaving.
    public mutating func send(_ order: NewOrder, displayed: Quantity? = nil, _ quote: Quote, at time: Timestamp) {
        let key = order.tag.parent.map { TransactionCosts.key(order.tag, $0) } ?? order.id
        let known = parentKeys.find(key)
        let isFirst = known == nil
        let opened =
            known ?? add(key, order.instrument, order.side, order.quantity, 0, order.tag.strategy, quote, time)
        guard let slot = opened else { return }
        guard let place = orderKeys.insert(order.id) else {
            overflows += 1
            if isFirst { parentKeys.remove(key) }
            return
        }
        if parents[slot].hasArrived == 0 {
            parents[slot].hasArrived = 1
            parents[slot].arrival = TransactionCosts.mid(quote)
            parents[slot].arrivalValue = tapeValue[order.instrument.index]
            parents[slot].arrivalVolume = tapeVolume[order.instrument.index]
        }
        parents[slot].leaves += order.quantity.raw
        parents[slot].working += 1
        parents[slot].quantity = max(parents[slot].quantity, parents[slot].done + parents[slot].leaves)
        let far = quote.quantity(order.side.opposite)
        let reaches = order.side.sign * (order.price.raw - quote.price(order.side.opposite).raw) >= 0
        let isMarketable = far.raw > 0 && (order.type == .market || reaches)
        let takes = order.timeInForce == .immediateOrCancel || isMarketable
        let venue = Int(max(order.venue.id, 1)) - 1
        let isDark = venue < 64 && darkPlaces & 1 << UInt64(venue) != 0
        let shown = isDark ? .zero : displayed ?? (isMarketable ? far : .zero)
        orders[place] = CostOrder(
            id: order.id,
            parent: key,
            place: Int64(max(order.venue.id, 1)) - 1,
            quantity: order.quantity.raw,
            leaves: order.quantity.raw,
            displayed: takes ? min(shown, order.quantity).raw : 0,
            takes: takes ? 1 : 0,
            mid: TransactionCosts.mid(quote)
        )
        let shares = order.quantity.value
        let rows = CostRows(parents[slot].cell, place: orders[place].place)
        rows.add(CostField.orders, 1, to: &table)
        rows.add(takes ? CostField.takingSent : CostField.restingSent, shares, to: &table)
    }

    /// An order of ours goes by another number, with `leaves` left to trade.
    public mutating func replace(_ old: OrderID, by new: OrderID, leaves: Quantity) {
        guard let place = orderKeys.find(old), orderKeys.find(new) == nil else { return }
        var order = orders[place]
        orderKeys.remove(old)
        guard let taken = orderKeys.insert(new) else { return }
        let change = leaves.raw - order.leaves
        order.id = new
        order.leaves = leaves.raw
        order.quantity += change
        orders[taken] = order
        guard let slot = parentKeys.find(order.parent) else { return }
        parents[slot].leaves += change
        let most = parents[slot].done + parents[slot].leaves
        // An order of its own is what it was made to be; a parent is at least what its children ask for.
        parents[slot].quantity = order.parent >> 63 == 0 ? most : max(parents[slot].quantity, most)
        let shares = Quantity(raw: change).value
        let field = order.takes == 1 ? CostField.takingSent : CostField.restingSent
        CostRows(parents[slot].cell, place: order.place).add(field, shares, to: &table)
    }

    /// What was left of an order will not trade: it was cancelled, rejected or has expired.
    public mutating func end(_ id: OrderID, isRejected: Bool = false, _ quote: Quote) {
        guard let place = orderKeys.find(id) else { return }
        let order = orders[place]
        orderKeys.remove(id)
        guard let slot = parentKeys.find(order.parent) else { return }
        parents[slot].leaves -= order.leaves
        parents[slot].working -= 1
        let rows = CostRows(parents[slot].cell, place: order.place)
        if isRejected { rows.add(CostField.rejected, 1, to: &table) }
        if order.displayed > 0 {
            let faded = Quantity(raw: max(order.displayed - order.filled, 0)).value
            rows.add(CostField.displayed, Quantity(raw: order.displayed).value, to: &table)
            rows.add(CostField.faded, faded, to: &table)
        }
        endIfDone(slot, quote)
    }

    /// Ends a parent that has no order left and gets no more.
    func isDone(_ slot: Int) -> Bool { parents[slot].isPlain == 1 && parents[slot].working == 0 }

    mutating func endIfDone(_ slot: Int, _ quote: Quote) {
        if isDone(slot) { finish(slot, quote) }
    }
}

// MARK: - The market
extension TransactionCosts {
    /// The market traded.
    public mutating func trade(_ instrument: Instrument, _ price: Price, _ quantity: Quantity) {
        guard instrument.index < tapeValue.count else { return }
        tapeValue[instrument.index] += Money(price, times: quantity).raw
        // Wrapping is meant: only differences over an order's life are used.
        tapeVolume[instrument.index] &+= quantity.raw
    }
}
