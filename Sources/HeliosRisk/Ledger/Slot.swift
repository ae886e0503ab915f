// SPDX-License-Identifier: MIT
import HeliosMarket

/// What one tally holds and has in flight in one instrument.
///
/// What a check reads stands in the first two cache lines. Without gaps, and whole lines long.
@usableFromInline
struct Slot: BitwiseCopyable {
    @usableFromInline static let none = UInt32.max

    /// The position at its mark.
    var value: Int128 = 0
    /// The worst values of what is open on each side.
    var openBuyValue: Int128 = 0
    var openSellValue: Int128 = 0
    @usableFromInline var position: Int64 = 0
    @usableFromInline var openBuy: Int64 = 0
    @usableFromInline var openSell: Int64 = 0
    var bought: Int64 = 0
    var sold: Int64 = 0
    var openOrders: Int64 = 0
    /// The next and the previous slot of this instrument with a position.
    @usableFromInline var next = Slot.none
    var previous = Slot.none
    var tally: UInt32 = 0
    var instrument: UInt32 = 0
    var row: UInt32 = 0
    var stateIndex: UInt32 = .max
    var state: UInt8 = 0
    var cause: UInt8 = 0
    var alerted: UInt8 = 0
    /// P15: counted among what the model of its scope does not know.
    var stranger: UInt8 = 0
    var reserved2: UInt32 = 0
    /// What the position cost; `Exposure` explains this and the next four.
    var basis: Int128 = 0
    var realised: Int128 = 0
    var unrealised: Int128 = 0
    var fees: Int128 = 0
    var cashFlow: Int128 = 0
    /// The profit of the instrument: at the day's start, and its highest of the day.
    var dayStart: Int128 = 0
    var dayHigh: Int128 = 0
    /// What brought its state about.
    var stateValue: Int128 = 0
    var stateLimit: Int128 = 0
    var reserved3: (Int128, Int128, Int128) = (0, 0, 0)

    init() {}

    var worstLong: Int128 { Int128(position) + Int128(openBuy) }
    var worstShort: Int128 { Int128(position) - Int128(openSell) }
    /// The larger of what the position may become on either side.
    var worstQuantity: Int128 { max(abs(worstLong), abs(worstShort)) }
    /// The value with everything open bought, and with everything open sold.
    var longValue: Int128 { value &+ openBuyValue }
    var shortValue: Int128 { value &- openSellValue }
    /// The larger of what the position may be worth on either side.
    var worstValue: Int128 { Slot.larger(longValue, shortValue) }
    /// What is held and what is open, at their values.
    var credit: Int128 { abs(value) &+ openBuyValue &+ openSellValue }
    var total: Int128 { realised &+ unrealised &- fees }

    static func larger(_ a: Int128, _ b: Int128) -> Int128 { max(abs(a), abs(b)) }

    /// Whether `quantity` more on `side` can only bring the position nearer to zero, whatever else fills.
    func isReduced(by side: Side, _ quantity: Int64) -> Bool {
        guard quantity > 0 else { return false }
        switch side {
        case .sell: return worstShort > 0 && Int128(quantity) <= worstShort
        case .buy: return worstLong < 0 && Int128(quantity) <= -worstLong
        }
    }

    /// What people read.
    func exposure(bid: Int64, ask: Int64) -> Exposure {
        var exposure = Exposure()
        exposure.position = Quantity(raw: position)
        exposure.openBuy = Quantity(raw: openBuy)
        exposure.openSell = Quantity(raw: openSell)
        exposure.bought = Quantity(raw: bought)
        exposure.sold = Quantity(raw: sold)
        exposure.basis = basis
        exposure.realised = realised
        exposure.unrealised = unrealised
        exposure.fees = fees
        exposure.cashFlow = cashFlow
        exposure.bid = Price(raw: bid)
        exposure.ask = Price(raw: ask)
        return exposure
    }
}

/// The sums of a tally over its instruments.
///
/// What a check reads stands in the first lines. Without gaps, and whole lines long.
@usableFromInline
struct Tally: BitwiseCopyable {
    /// Sums of `Slot.worstValue`, `longValue`, `shortValue`, `credit` and `worstQuantity`.
    var gross: Int128 = 0
    var long: Int128 = 0
    var short: Int128 = 0
    var credit: Int128 = 0
    var quantity: Int128 = 0
    /// What was bought and sold today and what is open, by side.
    var bought: Int128 = 0
    var sold: Int128 = 0
    var openOrders: Int64 = 0
    /// Orders of the day (P23).
    var orders: Int64 = 0
    var stateIndex: UInt32 = .max
    var state: UInt8 = 0
    var cause: UInt8 = 0
    var alerted: UInt8 = 0
    var reserved: UInt8 = 0
    var reserved2: UInt64 = 0
    var realised: Int128 = 0
    var unrealised: Int128 = 0
    var fees: Int128 = 0
    var total: Int128 = 0
    var cash: Int128 = 0
    var dayStart: Int128 = 0
    var dayHigh: Int128 = 0
    var stateValue: Int128 = 0
    var stateLimit: Int128 = 0
    var reserved3: (Int128, Int128) = (0, 0)

    init() {}

    /// Exchanges one slot's part in the sums of what is held and open.
    mutating func replace(_ old: Slot, by new: Slot, _ sums: inout CheckedSums) {
        gross = sums.add(gross, sums.subtract(new.worstValue, old.worstValue))
        long = sums.add(long, sums.subtract(new.longValue, old.longValue))
        short = sums.add(short, sums.subtract(new.shortValue, old.shortValue))
        credit = sums.add(credit, sums.subtract(new.credit, old.credit))
        quantity = sums.add(quantity, sums.subtract(new.worstQuantity, old.worstQuantity))
        bought = sums.add(bought, Int128(new.bought) + Int128(new.openBuy) - Int128(old.bought) - Int128(old.openBuy))
        sold = sums.add(sold, Int128(new.sold) + Int128(new.openSell) - Int128(old.sold) - Int128(old.openSell))
    }

    /// Exchanges one slot's part in profit and cash.
    mutating func replaceProfit(_ old: Slot, by new: Slot, _ sums: inout CheckedSums) {
        realised = sums.add(realised, sums.subtract(new.realised, old.realised))
        unrealised = sums.add(unrealised, sums.subtract(new.unrealised, old.unrealised))
        let fee = sums.subtract(new.fees, old.fees)
        fees = sums.add(fees, fee)
        cash = sums.subtract(sums.add(cash, sums.subtract(new.cashFlow, old.cashFlow)), fee)
        total = sums.subtract(sums.add(realised, unrealised), fees)
        dayHigh = max(dayHigh, total)
    }

    var profitAndLoss: ProfitAndLoss {
        var result = ProfitAndLoss()
        result.realised = realised
        result.unrealised = unrealised
        result.fees = fees
        result.dayHigh = dayHigh
        result.cash = cash
        result.total = total
        return result
    }
}

// MARK: - What a saved state may hold
extension Slot {
    /// The largest sum in a saved state: so far from overflow that everything that is done with it fits.
    static var plausible: Int128 { 1 << 123 }

    static func arePlausible(_ sums: [Int128]) -> Bool { sums.allSatisfy { $0 >= -plausible && $0 <= plausible } }

    var isPlausible: Bool {
        let sums = [
            basis, realised, unrealised, fees, cashFlow, value, openBuyValue, openSellValue, dayStart, dayHigh,
            stateValue, stateLimit,
        ]
        return Slot.arePlausible(sums) && min(openBuyValue, openSellValue) >= 0 && openOrders.magnitude <= 1 << 60
    }
}

extension Tally {
    var isPlausible: Bool {
        let sums = [
            realised, unrealised, fees, total, cash, dayStart, dayHigh, gross, long, short, credit, quantity, bought,
            sold, stateValue, stateLimit,
        ]
        return Slot.arePlausible(sums) && max(openOrders.magnitude, orders.magnitude) <= 1 << 60
    }
}
