// SPDX-License-Identifier: MIT
import HeliosMarket

/// Limit-up/limit-down: keeps every instrument's bands around a reference that follows its trades, and pauses trading that
/// stays at a band.
///
/// To be called once a market second. The reference is the mean of the last trade's price over the window, sampled each
/// second; the US plan takes the mean of the trades themselves.
public struct PriceBands {
    private struct Book {
        var samples: [Int64] = []
        var next = 0
        var sum: Int64 = 0
        var reference: Int64 = 0
        /// When the limit state began; when the pause ends.
        var limitSince: Timestamp?
        var pausedUntil: Timestamp?
        var isLate = false
    }

    private let settings: VenueBands
    private let midnight: Timestamp
    private let length: Int
    private var books: [Book]
    /// Pauses so far.
    public private(set) var pauses = 0

    /// - Parameters:
    ///   - settings: how wide, how long.
    ///   - instruments: how many.
    ///   - midnight: of the trading day.
    public init(_ settings: VenueBands, instruments: Int, midnight: Timestamp) {
        self.settings = settings
        self.midnight = midnight
        length = max(1, Int(settings.window / 1_000_000_000))
        books = Array(repeating: Book(), count: instruments)
    }

    /// Whether trading in the instrument is paused by its bands.
    public func isPaused(_ instrument: Instrument) -> Bool { books[instrument.index].pausedUntil != nil }

    /// One second of the market has passed.
    public mutating func step(_ exchange: Exchange, at time: Timestamp) {
        // Doubled from 15:35 on, where the plan says so.
        let isLate = time - midnight >= 56_100_000_000_000
        for index in books.indices {
            let instrument = Instrument(id: UInt32(index))
            if let end = books[index].pausedUntil {
                if time >= end { reopen(exchange, instrument, at: time) }
                continue
            }
            guard exchange.phase(of: instrument) == .open else {
                books[index].limitSince = nil
                continue
            }
            follow(exchange, instrument, isLate: isLate, at: time)
            watch(exchange, instrument, at: time)
        }
    }

    private mutating func follow(_ exchange: Exchange, _ instrument: Instrument, isLate: Bool, at time: Timestamp) {
        let index = instrument.index
        let last = exchange.lastPrice(of: instrument).raw
        guard last > 0 else { return }
        if books[index].samples.count < length {
            books[index].samples.append(last)
            books[index].sum += last
        } else {
            books[index].sum += last - books[index].samples[books[index].next]
            books[index].samples[books[index].next] = last
            books[index].next = (books[index].next + 1) % length
        }
        let mean = books[index].sum / Int64(books[index].samples.count)
        let reference = books[index].reference
        let hasMoved = reference == 0 || abs(mean - reference) * 10_000 >= reference * settings.step
        guard hasMoved || isLate != books[index].isLate else { return }
        books[index].isLate = isLate
        if hasMoved { books[index].reference = mean }
        publish(exchange, instrument, isLate: isLate, at: time)
    }

    private func publish(_ exchange: Exchange, _ instrument: Instrument, isLate: Bool, at time: Timestamp) {
        let reference = books[instrument.index].reference
        let width = PriceBands.width(settings.width, reference: reference, isLate: isLate)
        // To whole cents.
        let cent: Int64 = 1_000_000
        let lower = max((reference - width + cent / 2) / cent * cent, cent)
        let upper = max((reference + width + cent / 2) / cent * cent, lower + cent)
        exchange.apply(.bands(instrument, lower: Price(raw: lower), upper: Price(raw: upper), time: time))
    }

    /// How far the bands are from the reference, both in units of 1e-8.
    public static func width(_ width: VenueBands.Width, reference: Int64, isLate: Bool) -> Int64 {
        switch width {
        case .fixed(let points): return reference / 10_000 * points
        case .limitUpLimitDown(let tier):
            let three: Int64 = 300_000_000
            let isDoubled = isLate && (reference <= three || tier == 1)
            let factor: Int64 = isDoubled ? 2 : 1
            if reference > three { return reference / 100 * (tier == 1 ? 5 : 10) * factor }
            if reference >= 75_000_000 { return reference / 100 * 20 * factor }
            return min(15_000_000, reference / 100 * 75) * factor
        }
    }

    private mutating func watch(_ exchange: Exchange, _ instrument: Instrument, at time: Timestamp) {
        let index = instrument.index
        guard books[index].reference > 0, exchange.isInLimitState(instrument) else {
            books[index].limitSince = nil
            return
        }
        let since = books[index].limitSince ?? time
        books[index].limitSince = since
        guard time - since >= settings.limitState else { return }
        books[index].limitSince = nil
        books[index].pausedUntil = time + settings.pause
        pauses += 1
        // No bands in the auction that ends it.
        exchange.apply(.bands(instrument, lower: .zero, upper: .zero, time: time))
        exchange.apply(.phase(instrument, .paused, time: time))
    }

    private mutating func reopen(_ exchange: Exchange, _ instrument: Instrument, at time: Timestamp) {
        let last = exchange.lastPrice(of: instrument)
        exchange.apply(.uncross(instrument, .halt, reference: last, time: time))
        exchange.apply(.phase(instrument, .open, time: time))
        // The auction's price is the new reference.
        books[instrument.index] = Book()
    }
}
