// SPDX-License-Identifier: MIT
import HeliosMarket

/// One trade of a group (a pair, an instrument) of a strategy: from flat to flat in all its instruments.
///
/// Exact: the profit is the sum of what was received minus what was paid. A fill that turns a position through zero,
/// while the group's other instruments are flat, ends one trade and begins the next; its fee is split by quantity.
public struct RoundTrip: Sendable {
    public let strategy: UInt16
    public let group: UInt32
    public fileprivate(set) var opened: Timestamp
    /// The last fill so far while the trade is open.
    public fileprivate(set) var closed: Timestamp
    public fileprivate(set) var isOpen = true
    public fileprivate(set) var fills = 0
    /// Received − paid, before fees.
    ///
    /// Of an open trade: with the open quantity valued at the mark.
    public fileprivate(set) var grossProfit: Money = .zero
    public fileprivate(set) var fees: Money = .zero
    /// Value of the fills that built up the position.
    public fileprivate(set) var invested: Money = .zero

    /// Profit after fees.
    public var profit: Money { grossProfit - fees }
    /// From the first fill to the last.
    public var holding: Nanoseconds { closed - opened }
    /// Profit / invested in basis points; nil when nothing was invested.
    public var basisPoints: Double? { ReturnSeries.quotient(profit.value * 10_000, invested.value) }
}

/// What a group or an instrument earned.
public struct ProfitBreakdown: Sendable {
    public let name: String
    /// First in, first out, before fees.
    public internal(set) var realised: Money = .zero
    /// Open quantity at the mark against its cost, before fees.
    public internal(set) var unrealised: Money = .zero
    public internal(set) var fees: Money = .zero
    public internal(set) var fills = 0
    /// Closed round trips, and those that ended with a profit.
    public internal(set) var trades = 0
    public internal(set) var winners = 0
    /// Σ |quantity| × price.
    public internal(set) var traded: Money = .zero

    /// Realised + unrealised − fees.
    public var profit: Money { realised + unrealised - fees }
}

/// The fills of a run, folded into trades, groups and instruments.
public struct TradeLedger: Sendable {
    /// In the order in which they ended, open ones last in the order in which they began.
    public private(set) var trades: [RoundTrip] = []
    /// By strategy and group number.
    public private(set) var groups: [ProfitBreakdown] = []
    /// By instrument number; only those that traded.
    public private(set) var instruments: [ProfitBreakdown] = []
    /// Shares matched first in, first out, times the time they were held; for the mean holding time of a share.
    public private(set) var matchedShares = 0.0
    public private(set) var matchedShareSeconds = 0.0
    /// Instruments whose fills do not add up to the final position.
    public private(set) var mismatched: [Instrument] = []

    public init(_ result: RunResult) {
        var marks: [UInt32: Price] = [:]
        for position in result.finalPositions { marks[position.instrument.id] = position.mark }
        var books: [GroupBook] = []
        var places: [UInt64: Int] = [:]
        for fill in result.fills {
            let key = UInt64(fill.tag.strategy) << 32 | UInt64(fill.tag.group)
            let place = places[key] ?? books.count
            places[key] = place
            if place == books.count { books.append(GroupBook(fill.tag, TradeLedger.name(of: fill.tag, in: result))) }
            books[place].apply(fill)
        }
        books.sort { ($0.tag.strategy, $0.tag.group) < ($1.tag.strategy, $1.tag.group) }
        for index in books.indices { books[index].finish(marks) }
        trades = books.flatMap(\.closed).sorted {
            ($0.closed, $0.strategy, $0.group) < ($1.closed, $1.strategy, $1.group)
        }
        trades += books.compactMap(\.open).sorted {
            ($0.opened, $0.strategy, $0.group) < ($1.opened, $1.strategy, $1.group)
        }
        groups = books.map(\.breakdown)
        for book in books {
            matchedShares += book.matchedShares
            matchedShareSeconds += book.matchedShareSeconds
        }
        foldInstruments(books, result)
    }

    /// The display name of a tag's group: `KO~PEP`, or the strategy's name and the group's number.
    public static func name(of tag: OrderTag, in result: RunResult) -> String {
        guard Int(tag.strategy) < result.strategies.count else { return "\(tag.strategy)/\(tag.group)" }
        let strategy = result.strategies[Int(tag.strategy)]
        return Int(tag.group) < strategy.groups.count
            ? strategy.groups[Int(tag.group)] : "\(strategy.name)/\(tag.group)"
    }

    private mutating func foldInstruments(_ books: [GroupBook], _ result: RunResult) {
        let highest = books.flatMap { $0.lots.map(\.instrument.index) }.max() ?? -1
        var quantities = [Quantity](repeating: .zero, count: highest + 1)
        var found = [ProfitBreakdown?](repeating: nil, count: highest + 1)
        for book in books {
            for lot in book.lots {
                let index = lot.instrument.index
                var total = found[index] ?? ProfitBreakdown(name: result.instruments.name(of: lot.instrument))
                total.realised += lot.realised
                total.unrealised += lot.unrealised
                total.fees += lot.fees
                total.fills += lot.fills
                total.traded += lot.traded
                found[index] = total
                quantities[index] += lot.quantity
            }
        }
        instruments = found.compactMap { $0 }
        var final = [Quantity](repeating: .zero, count: highest + 1)
        for position in result.finalPositions {
            if position.instrument.index <= highest {
                final[position.instrument.index] += position.quantity
            } else if position.quantity != .zero {
                mismatched.append(position.instrument)
            }
        }
        for index in quantities.indices where quantities[index] != final[index] {
            mismatched.append(Instrument(id: UInt32(index)))
        }
    }
}

/// The open and closed trades of one group.
private struct GroupBook {
    let tag: OrderTag
    var closed: [RoundTrip] = []
    var open: RoundTrip?
    var lots: [LotQueue] = []
    var breakdown: ProfitBreakdown

    init(_ tag: OrderTag, _ name: String) {
        self.tag = tag
        breakdown = ProfitBreakdown(name: name)
    }

    var matchedShares: Double { lots.reduce(0) { $0 + $1.matchedShares } }
    var matchedShareSeconds: Double { lots.reduce(0) { $0 + $1.matchedShareSeconds } }

    mutating func apply(_ fill: FillRecord) {
        guard fill.quantity > .zero else { return }
        let place = lots.firstIndex { $0.instrument == fill.instrument } ?? lots.count
        if place == lots.count { lots.append(LotQueue(instrument: fill.instrument)) }
        let held = lots[place].quantity
        let signed = fill.side == .buy ? fill.quantity : -fill.quantity
        let crosses = held != .zero && (held.raw < 0) != (signed.raw < 0) && signed.magnitude > held.magnitude
        let alone = !lots.indices.contains { $0 != place && lots[$0].quantity != .zero }
        breakdown.fills += 1
        lots[place].fills += 1
        if crosses, alone {
            let share = Int128(held.magnitude.raw) * fill.fee.raw / Int128(fill.quantity.raw)
            let fee = Money(raw: share)
            book(fill, place, -held, fee)
            book(fill, place, signed + held, fill.fee - fee)
        } else {
            book(fill, place, signed, fill.fee)
        }
    }

    private mutating func book(_ fill: FillRecord, _ place: Int, _ signed: Quantity, _ fee: Money) {
        var trade =
            open ?? RoundTrip(strategy: tag.strategy, group: tag.group, opened: fill.time, closed: fill.time)
        let growth = lots[place].apply(signed, at: fill.price, time: fill.time, fee: fee)
        trade.fills += 1
        trade.closed = max(trade.closed, fill.time)
        trade.grossProfit -= Money(fill.price, times: signed)
        trade.fees += fee
        trade.invested += Money(fill.price, times: growth)
        if lots.allSatisfy({ $0.quantity == .zero }) {
            trade.isOpen = false
            closed.append(trade)
            open = nil
        } else {
            open = trade
        }
    }

    /// Values what is open and sums up.
    mutating func finish(_ marks: [UInt32: Price]) {
        for place in lots.indices {
            let mark = marks[lots[place].instrument.id] ?? lots[place].lastPrice
            lots[place].value(at: mark)
            open?.grossProfit += Money(mark, times: lots[place].quantity)
            breakdown.realised += lots[place].realised
            breakdown.unrealised += lots[place].unrealised
            breakdown.fees += lots[place].fees
            breakdown.traded += lots[place].traded
        }
        breakdown.trades = closed.count
        breakdown.winners = closed.count { $0.profit > .zero }
    }
}

/// The open lots of one instrument within one group, first in, first out.
private struct LotQueue {
    let instrument: Instrument
    var quantity: Quantity = .zero
    var realised: Money = .zero
    var unrealised: Money = .zero
    var fees: Money = .zero
    var traded: Money = .zero
    var fills = 0
    var matchedShares = 0.0
    var matchedShareSeconds = 0.0
    var lastPrice: Price = .zero
    private var lots: [(quantity: Quantity, price: Price, time: Timestamp)] = []
    private var first = 0

    init(instrument: Instrument) { self.instrument = instrument }

    /// Books a signed quantity; returns by how much the absolute position grew.
    mutating func apply(_ signed: Quantity, at price: Price, time: Timestamp, fee: Money) -> Quantity {
        fees += fee
        traded += Money(price, times: signed.magnitude)
        lastPrice = price
        var rest = signed
        while first < lots.count, rest != .zero, (lots[first].quantity.raw < 0) != (rest.raw < 0) {
            let lot = lots[first]
            let size = min(lot.quantity.magnitude, rest.magnitude)
            let matched = lot.quantity.raw < 0 ? -size : size
            realised += Money(price - lot.price, times: matched)
            matchedShares += size.value
            matchedShareSeconds += size.value * Double(time - lot.time) * 1e-9
            rest += matched
            lots[first].quantity = lot.quantity - matched
            if lots[first].quantity == .zero { first += 1 }
        }
        if first == lots.count {
            lots.removeAll(keepingCapacity: true)
            first = 0
        }
        if rest != .zero { lots.append((rest, price, time)) }
        quantity += signed
        return rest.magnitude
    }

    mutating func value(at mark: Price) {
        unrealised = lots[first...].reduce(.zero) { $0 + Money(mark - $1.price, times: $1.quantity) }
    }
}
