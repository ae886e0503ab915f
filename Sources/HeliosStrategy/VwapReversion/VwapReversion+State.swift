// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosSignal

extension VwapReversion {
    public static var isRestorable: Bool { true }

    public func save(to writer: inout StateWriter) {
        writer.mark("vwaprev")
        parameters.code(&writer)
        places.save(to: &writer)
        writer.write(clock)
        writer.write(sessionStart)
        writer.write(nextSample)
        writer.write(counters)
        states.save(0..<states.count, to: &writer)
        samples.save(0..<samples.count, to: &writer)
    }

    // After an error it must not be used.
    public mutating func restore(from reader: inout StateReader) throws(StateError) {
        try reader.expect("vwaprev")
        try parameters.code(&reader)
        try places.match(&reader)
        clock = try reader.read(TradingClock.self)
        sessionStart = try reader.read(Timestamp.self)
        nextSample = try reader.readTime("time of the next sample")
        counters = try reader.read(VwapCounters.self)
        try states.restore(0..<states.count, from: &reader)
        for place in 0..<states.count where !states[place].isPossible {
            throw reader.error(.damaged, "the state of instrument \(place) is impossible")
        }
        try samples.restore(0..<samples.count, from: &reader)
        for sample in 0..<samples.count where !samples[sample].isFinite {
            throw reader.error(.damaged, "a sample is not a finite number")
        }
    }
}
