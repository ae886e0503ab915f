// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosSignal

extension Momentum {
    public static var isRestorable: Bool { true }

    public func save(to writer: inout StateWriter) {
        writer.mark("momentum")
        parameters.code(&writer)
        places.save(to: &writer)
        writer.write(clock)
        for time in [opening.from, opening.to, barEnd] { writer.write(time) }
        writer.write(counters)
        states.save(0..<states.count, to: &writer)
        bars.save(0..<bars.count, to: &writer)
    }

    // After an error it must not be used.
    public mutating func restore(from reader: inout StateReader) throws(StateError) {
        try reader.expect("momentum")
        try parameters.code(&reader)
        try places.match(&reader)
        clock = try reader.read(TradingClock.self)
        opening = (try reader.read(Timestamp.self), try reader.read(Timestamp.self))
        barEnd = try reader.readTime("end of the bar")
        counters = try reader.read(MomentumCounters.self)
        try states.restore(0..<states.count, from: &reader)
        try bars.restore(0..<bars.count, from: &reader)
        for place in 0..<states.count where !states[place].isPossible {
            throw reader.error(.damaged, "the state of instrument \(place) is impossible")
        }
        for bar in 0..<bars.count {
            let bar = bars[bar]
            guard bar.high.isFinite, bar.low.isFinite, bar.volume.isFinite else {
                throw reader.error(.damaged, "a bar is not of finite numbers")
            }
        }
    }
}
