// SPDX-License-Identifier: MIT
import HeliosMarket

extension RiskGate {
    /// Appends the gate's state, its ledger, the order numbers used, and the limits, which are only compared.
    public func save(to writer: inout StateWriter) {
        writer.mark("gate")
        writer.write(instruments)
        writer.write(orders)
        saveLimits(to: &writer)
        writer.write(current.state.rawValue)
        writer.write(current.cause.rawValue)
        writer.write(current.value)
        writer.write(current.limit)
        writer.write(current.lossAlert)
        writer.write(sequence)
        writer.write(cancels)
        writer.write(feedIsInterrupted)
        // Safe: as many words as `init` reserved.
        unsafe writer.write(refusedCounts, count: 256 * MemoryLayout<UInt64>.stride)
        unsafe writer.write(used, count: (orders / 64 + 1) * MemoryLayout<UInt64>.stride)
        unsafe writer.write(watches, count: instruments * MemoryLayout<QuoteWatch>.stride)
        ledger.save(to: &writer)
    }

    /// Takes the gate's state; it must have been saved by a gate of the same size and limits.
    ///
    /// After an error the gate must not be used.
    public mutating func restore(from reader: inout StateReader) throws(StateError) {
        try reader.expect("gate")
        try reader.match(instruments, "instruments of the gate")
        try reader.match(orders, "order numbers of the gate")
        try matchLimits(&reader)
        current.state = try reader.readCase(RiskState.self)
        current.cause = try reader.readCase(RiskControl.self)
        current.value = try reader.read(Int128.self)
        current.limit = try reader.read(Int128.self)
        current.lossAlert = try reader.readFlag()
        sequence = try reader.read(UInt64.self)
        cancels = try reader.read(UInt64.self)
        feedIsInterrupted = try reader.readFlag()
        // Safe: as many words as `init` reserved.
        unsafe try reader.read(into: refusedCounts, count: 256 * MemoryLayout<UInt64>.stride)
        unsafe try reader.read(into: used, count: (orders / 64 + 1) * MemoryLayout<UInt64>.stride)
        unsafe try reader.read(into: watches, count: instruments * MemoryLayout<QuoteWatch>.stride)
        for index in 0..<instruments where unsafe watches[index].doubleMid < 0 {
            throw reader.error(.damaged, "instrument \(index) has a price below zero")
        }
        try ledger.restore(from: &reader)
    }

    private func saveLimits(to writer: inout StateWriter) {
        writer.write(limits.participation)
        writer.write(limits.collarFrom50)
        writer.write(limits.collarFrom25)
        writer.write(limits.collarFrom1)
        writer.write(limits.collarBelow1)
        writer.write(limits.collarPassive)
        writer.write(limits.quoteAge)
        writer.write(limits.quoteSpread)
        writer.write(limits.tradeAge)
        writer.write(limits.staleAge)
        writer.write(limits.crossedTime)
        writer.write(limits.jumpTime)
        writer.write(jump)
        writer.write(limits.dayLoss.raw)
        let common = SavedRules(InstrumentRules(limits.instrument, participation: limits.participation))
        writer.write(common)
        for index in 0..<instruments {
            // Safe: below the number of instruments.
            let own = unsafe SavedRules(rules[index])
            if own == common { continue }
            writer.write(Int32(truncatingIfNeeded: index))
            writer.write(own)
        }
        writer.write(Int32(-1))
    }

    private func matchLimits(_ reader: inout StateReader) throws(StateError) {
        try reader.match(limits.participation, "risk limit participation")
        try reader.match(limits.collarFrom50, "risk limit collarFrom50")
        try reader.match(limits.collarFrom25, "risk limit collarFrom25")
        try reader.match(limits.collarFrom1, "risk limit collarFrom1")
        try reader.match(limits.collarBelow1, "risk limit collarBelow1")
        try reader.match(limits.collarPassive, "risk limit collarPassive")
        try reader.match(limits.quoteAge, "risk limit quoteAge")
        try reader.match(limits.quoteSpread, "risk limit quoteSpread")
        try reader.match(limits.tradeAge, "risk limit tradeAge")
        try reader.match(limits.staleAge, "risk limit staleAge")
        try reader.match(limits.crossedTime, "risk limit crossedTime")
        try reader.match(limits.jumpTime, "risk limit jumpTime")
        try reader.match(jump, "risk limit jump")
        try reader.match(limits.dayLoss.raw, "risk limit dayLoss")
        let common = SavedRules(InstrumentRules(limits.instrument, participation: limits.participation))
        try reader.match(common, "limits of all instruments")
        for index in 0..<instruments {
            // Safe: below the number of instruments.
            let own = unsafe SavedRules(rules[index])
            if own == common { continue }
            try reader.match(Int32(truncatingIfNeeded: index), "instrument with limits of its own")
            try reader.match(own, "limits of instrument \(index)")
        }
        try reader.match(Int32(-1), "instrument with limits of its own")
    }
}

/// An instrument's rules as plain numbers without gaps.
private struct SavedRules: BitwiseCopyable, Equatable {
    let maxNotional: Int128
    let maxQuantity: Int64
    let maxPosition: Int64
    let maxDayQuantity: Int64
    let lot: UInt64
    let tick: UInt64
    let tickBelowOne: UInt64

    init(_ rules: InstrumentRules) {
        maxNotional = rules.maxNotional
        maxQuantity = rules.maxQuantity
        maxPosition = rules.maxPosition
        maxDayQuantity = rules.maxDayQuantity
        lot = rules.lot.step
        tick = rules.tick.step
        tickBelowOne = rules.tickBelowOne.step
    }
}
