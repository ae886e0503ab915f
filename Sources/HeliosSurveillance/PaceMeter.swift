// SPDX-License-Identifier: MIT
import HeliosMarket

/// How many messages and trades the busiest seconds and the day had: what a stress of twice the peak is made of (T10).
public struct PaceMeter: Sendable, Equatable {
    public private(set) var messages = 0
    public private(set) var trades = 0
    /// The most in any second of the market's clock.
    public private(set) var peakMessages = 0
    public private(set) var peakTrades = 0
    private var second: Int64 = .min
    private var messagesNow = 0
    private var tradesNow = 0

    public init() {}

    mutating func count(message time: Timestamp) {
        begin(time)
        messages += 1
        messagesNow += 1
        peakMessages = max(peakMessages, messagesNow)
    }

    mutating func count(trade time: Timestamp) {
        begin(time)
        trades += 1
        tradesNow += 1
        peakTrades = max(peakTrades, tradesNow)
    }

    private mutating func begin(_ time: Timestamp) {
        let now = time.nanoseconds / 1_000_000_000
        guard now != second else { return }
        second = now
        messagesNow = 0
        tradesNow = 0
    }
}
