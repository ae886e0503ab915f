// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosStrategy

extension Engine where Trader: ~Copyable, Gateway: ~Copyable, Observer: ~Copyable {
    /// Appends everything that the engine will decide by: market, strategy, and its own counts and holds.
    ///
    /// Between two events; what waits in the gateway, and what an observer has seen, is theirs.
    public func save(to writer: inout StateWriter) {
        // A schedule with tiers has a name of its own, so that a plain engine's state stays as it was.
        writer.mark(fees.isPlain ? "engine" : "engfees")
        writer.write(fees.maker)
        writer.write(fees.taker)
        if !fees.isPlain {
            fees.save(to: &writer)
            writer.write(feeVolume.raw)
            writer.write(lastFill.nanoseconds)
        }
        writer.write(hash.value)
        writer.write(backwardTimes)
        writer.write(quotes)
        writer.write(feedQuality)
        writer.write(holds.rawValue)
        intents.save(to: &writer)
        market.save(to: &writer)
        writer.mark("strategy")
        strategy.save(to: &writer)
        if reduction.isEnabled { reduction.save(to: &writer) }
        execution.save(to: &writer)
        if dealers.isEnabled { dealers.save(to: &writer) }
        writer.mark("end")
    }

    /// Takes a saved engine; this one must be new, and made with the same parameters.
    ///
    /// - Throws: `StateError` when the state is another engine's or makes no sense, or the strategy can't be restored; then
    ///   the engine must not be used.
    public mutating func restore(from reader: inout StateReader) throws(StateError) {
        try reader.expect(fees.isPlain ? "engine" : "engfees")
        try reader.match(fees.maker, "the maker's fee")
        try reader.match(fees.taker, "the taker's fee")
        if !fees.isPlain {
            try fees.match(&reader)
            feeVolume = Quantity(raw: try reader.read(Int64.self))
            lastFill = Timestamp(nanoseconds: try reader.read(Int64.self))
        }
        hash = OutputHash(value: try reader.read(UInt64.self))
        backwardTimes = try reader.readCount(upTo: .max / 2, "times that went back")
        quotes = try reader.read(Int.self)
        feedQuality = try reader.read(UInt64.self)
        holds = OrderHold(rawValue: try reader.read(UInt64.self))
        try intents.restore(from: &reader)
        try market.restore(from: &reader)
        bindNames()
        try reader.expect("strategy")
        try strategy.restore(from: &reader)
        if reduction.isEnabled { try reduction.restore(from: &reader) }
        try execution.restore(from: &reader)
        if dealers.isEnabled { try dealers.restore(from: &reader) }
        try reader.expect("end")
    }

    /// What the desks know of an instrument they know by its name, and the record that gave it stands before the snapshot.
    private mutating func bindNames() {
        for index in 0..<market.instruments {
            let instrument = Instrument(id: UInt32(index))
            guard let symbol = market.risk.name(of: instrument) else { continue }
            if reduction.isEnabled { reduction.bind(instrument, symbol) }
            execution.bind(instrument, symbol)
        }
    }
}
