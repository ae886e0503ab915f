// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosSignal

extension MarketMaker {
    public static var isRestorable: Bool { true }

    public func save(to writer: inout StateWriter) {
        writer.mark("maker")
        parameters.code(&writer)
        places.save(to: &writer)
        writer.write(clock)
        writer.write(nextSample)
        writer.write(counters)
        desks.save(0..<desks.count, to: &writer)
        for place in 0..<flows.count { flows[place].save(to: &writer) }
    }

    // After an error it must not be used.
    public mutating func restore(from reader: inout StateReader) throws(StateError) {
        try reader.expect("maker")
        try parameters.code(&reader)
        try places.match(&reader)
        clock = try reader.read(TradingClock.self)
        nextSample = try reader.readTime("time of the next sample")
        counters = try reader.read(MarketMakerCounters.self)
        try desks.restore(0..<desks.count, from: &reader)
        for place in 0..<desks.count where !desks[place].isPossible {
            throw reader.error(.damaged, "the quotes of instrument \(place) are impossible")
        }
        for place in 0..<flows.count { try flows[place].restore(from: &reader) }
    }
}
