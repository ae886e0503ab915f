// SPDX-License-Identifier: MIT
import HeliosMarket

/// Which time a live session lives in.
public enum MarketClockKind: String, Sendable, CaseIterable {
    /// The feed's: its time stamps, and between them our own clock's pace. A market that is not today's, or runs at another
    /// pace than the world's, needs it.
    case market
    /// The world's.
    case wall
}

/// The market's time for a session; it never goes backward.
struct MarketClock {
    private let kind: MarketClockKind
    /// Seconds of the market a second.
    private let speed: Double
    private var anchor: (market: Timestamp, monotonic: Nanoseconds)?
    private var last: Timestamp

    /// Nanoseconds of our clock for which the market's time goes on without a message: a market that stands still must not
    /// look like one that has moved on.
    private static var patience: Nanoseconds { 2_000_000_000 }

    /// - Parameters:
    ///   - kind: whose time it is.
    ///   - speed: seconds of the market a second; 1 for a real one.
    ///   - start: what the time is at least.
    init(_ kind: MarketClockKind, speed: Double, start: Timestamp) {
        self.kind = kind
        self.speed = speed
        last = start
    }

    /// A message with this time stamp has come.
    @inline(__always)
    mutating func observe(_ time: Timestamp, at now: Nanoseconds) {
        // When our pace was too fast the time stands still until the market has caught up.
        if kind == .market { anchor = (time, now) }
    }

    /// The market's time; before the first message that of the start.
    @inline(__always)
    mutating func time(at now: Nanoseconds) -> Timestamp {
        switch kind {
        case .wall: last = max(last, Timestamp(nanoseconds: now + WallClock.offset))
        case .market:
            guard let anchor else { return last }
            let passed = min(now - anchor.monotonic, MarketClock.patience)
            last = max(last, anchor.market + (speed == 1 ? passed : Nanoseconds(Double(passed) * speed)))
        }
        return last
    }
}

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The world's clock as a distance from the one that never goes backward, taken once: a step of the system's clock must
/// not step a session.
enum WallClock {
    static let offset: Nanoseconds = {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Nanoseconds(time.tv_sec) * 1_000_000_000 + Nanoseconds(time.tv_nsec) - Sockets.now
    }()
}
