// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosSignal

extension SignalsStrategy {
    public static var isRestorable: Bool { true }

    public func save(to writer: inout StateWriter) {
        writer.mark("sigtrade")
        parameters.code(&writer)
        for instrument in instruments { writer.write(instrument) }
        writer.write(clock)
        writer.write(counters)
        feeds.save(0..<feeds.count, to: &writer)
        baskets.save(0..<baskets.count, to: &writer)
        for leg in 0..<legs.count { legs[leg].save(to: &writer) }
        machine.save(to: &writer)
    }

    // After an error it must not be used.
    public mutating func restore(from reader: inout StateReader) throws(StateError) {
        try reader.expect("sigtrade")
        try parameters.code(&reader)
        for instrument in instruments { try reader.match(instrument, "instrument of the signals") }
        clock = try reader.read(TradingClock.self)
        counters = try reader.read(SignalsCounters.self)
        try feeds.restore(0..<feeds.count, from: &reader)
        try baskets.restore(0..<baskets.count, from: &reader)
        for basket in 0..<baskets.count where !baskets[basket].isPossible(rules: acts.count) {
            throw reader.error(.damaged, "position \(basket) of the signals is in an impossible phase")
        }
        for leg in 0..<legs.count { try legs[leg].restore(from: &reader) }
        try machine.restore(from: &reader)
    }
}
