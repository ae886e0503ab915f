// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosSignal

extension PcaArbitrage {
    public static var isRestorable: Bool { true }

    public func save(to writer: inout StateWriter) {
        writer.mark("pca")
        parameters.code(&writer)
        places.save(to: &writer)
        writer.write(clock)
        writer.write(nextSample)
        writer.write(part)
        writer.write(counters)
        stocks.save(0..<stocks.count, to: &writer)
        engine.save(to: &writer)
    }

    // After an error it must not be used.
    public mutating func restore(from reader: inout StateReader) throws(StateError) {
        try reader.expect("pca")
        try parameters.code(&reader)
        try places.match(&reader)
        clock = try reader.read(TradingClock.self)
        nextSample = try reader.readTime("time of the next sample")
        part = try reader.readCount(upTo: schedule.count, "piece of the fit")
        counters = try reader.read(PcaCounters.self)
        try stocks.restore(0..<stocks.count, from: &reader)
        positions = 0
        for stock in 0..<stocks.count {
            guard stocks[stock].isPossible else {
                throw reader.error(.damaged, "stock \(stock) is in an impossible state")
            }
            if stocks[stock].side != 0 { positions += 1 }
        }
        try engine.restore(from: &reader)
    }
}
