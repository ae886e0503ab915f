// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosSignal

extension BasketArbitrage {
    public static var isRestorable: Bool { true }

    public func save(to writer: inout StateWriter) {
        writer.mark("basket")
        parameters.code(&writer)
        places.save(to: &writer)
        writer.write(clock)
        writer.write(nextSample)
        writer.write(counters)
        writer.write(state)
        mids.save(0..<mids.count, to: &writer)
        legs.save(0..<legs.count, to: &writer)
    }

    // After an error it must not be used.
    public mutating func restore(from reader: inout StateReader) throws(StateError) {
        try reader.expect("basket")
        try parameters.code(&reader)
        try places.match(&reader)
        clock = try reader.read(TradingClock.self)
        nextSample = try reader.readTime("time of the next sample")
        counters = try reader.read(BasketCounters.self)
        state = try reader.read(BasketState.self)
        guard state.isPossible else { throw reader.error(.damaged, "the basket is in an impossible phase") }
        try mids.restore(0..<mids.count, from: &reader)
        try legs.restore(0..<legs.count, from: &reader)
        missing = 0
        for place in 0..<mids.count {
            guard mids[place].isFinite, mids[place] >= 0, legs[place].isPossible else {
                throw reader.error(.damaged, "leg \(place) of the basket is impossible")
            }
            if mids[place] == 0 { missing += 1 }
        }
    }
}
