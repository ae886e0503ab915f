// SPDX-License-Identifier: MIT
import HeliosMarket

extension ExposureLedger {
    /// Appends positions, exposure and profit of every instrument that has any.
    public func save(to writer: inout StateWriter) {
        writer.mark("ledger")
        writer.write(count)
        writer.write(exact)
        writer.write(underflows)
        writer.write(unplaced)
        totals.save(to: &writer)
        for index in 0..<count {
            // Safe: below `count`.
            let exposure = unsafe slots[index]
            if exposure == Exposure() { continue }
            writer.write(Int32(truncatingIfNeeded: index))
            writer.write(SavedExposure(exposure))
        }
        writer.write(Int32(-1))
    }

    /// Takes the ledger; it must have been saved by one of as many instruments.
    ///
    /// After an error the ledger must not be used.
    public mutating func restore(from reader: inout StateReader) throws(StateError) {
        try reader.expect("ledger")
        try reader.match(count, "instruments of the ledger")
        exact = try reader.readFlag()
        underflows = try reader.read(UInt64.self)
        unplaced = try reader.read(UInt64.self)
        try totals.restore(from: &reader)
        unsafe slots.update(repeating: Exposure(), count: max(count, 1))
        while true {
            let index = Int(try reader.read(Int32.self))
            if index == -1 { return }
            guard index >= 0, index < count else { throw reader.error(.damaged, "\(index) is no instrument") }
            let saved = try reader.read(SavedExposure.self)
            guard min(saved.openBuy, saved.openSell, saved.bought, saved.sold).raw >= 0 else {
                throw reader.error(.damaged, "instrument \(index) has an exposure below zero")
            }
            // Safe: the index was checked.
            unsafe slots[index] = saved.exposure
        }
    }
}

extension ProfitAndLoss {
    fileprivate func save(to writer: inout StateWriter) {
        for sum in [realised, unrealised, fees, dayHigh, cash, total] { writer.write(sum) }
    }

    fileprivate mutating func restore(from reader: inout StateReader) throws(StateError) {
        realised = try reader.read(Int128.self)
        unrealised = try reader.read(Int128.self)
        fees = try reader.read(Int128.self)
        dayHigh = try reader.read(Int128.self)
        cash = try reader.read(Int128.self)
        total = try reader.read(Int128.self)
    }
}

/// An exposure without gaps: the widest numbers first.
private struct SavedExposure: BitwiseCopyable {
    let basis: Int128
    let realised: Int128
    let unrealised: Int128
    let fees: Int128
    let cashFlow: Int128
    let position: Quantity
    let openBuy: Quantity
    let openSell: Quantity
    let bought: Quantity
    let sold: Quantity
    let bid: Price
    let ask: Price

    init(_ exposure: Exposure) {
        basis = exposure.basis
        realised = exposure.realised
        unrealised = exposure.unrealised
        fees = exposure.fees
        cashFlow = exposure.cashFlow
        position = exposure.position
        openBuy = exposure.openBuy
        openSell = exposure.openSell
        bought = exposure.bought
        sold = exposure.sold
        bid = exposure.bid
        ask = exposure.ask
    }

    var exposure: Exposure {
        var exposure = Exposure()
        exposure.basis = basis
        exposure.realised = realised
        exposure.unrealised = unrealised
        exposure.fees = fees
        exposure.cashFlow = cashFlow
        exposure.position = position
        exposure.openBuy = openBuy
        exposure.openSell = openSell
        exposure.bought = bought
        exposure.sold = sold
        exposure.bid = bid
        exposure.ask = ask
        return exposure
    }
}
