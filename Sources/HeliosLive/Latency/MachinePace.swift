// SPDX-License-Identifier: MIT
import CHelios
import Foundation
import HeliosMarket

/// How fast a machine's clock, timers and cache lines are.
enum MachinePace {
    /// The smallest step that the clock was seen to make, and what a look at it costs, nanoseconds.
    static func clock() -> (resolution: Double, cost: Double) {
        let count = 20_000
        var smallest = Nanoseconds.max
        let start = Sockets.now
        var last = start
        for _ in 0..<count {
            let now = Sockets.now
            if now > last { smallest = min(smallest, now - last) }
            last = now
        }
        return (Double(smallest == .max ? 0 : smallest), Double(last - start) / Double(count))
    }

    /// By how much sleeps of 100 µs are too long, nanoseconds.
    static func timerLateness() -> LatencyPercentiles {
        var times = LatencySamples(capacity: 500)
        for _ in 0..<500 {
            let start = Sockets.now
            usleep(100)
            times.record(UInt64(max(Sockets.now - start - 100_000, 0)))
        }
        return times.percentiles(nanosecondsPerCycle: 1)
    }

    /// A 64-byte record's way from thread to thread, nanoseconds: the median of nine rounds there and back; nil with one processor.
    static func ringHop(_ first: Int?, _ second: Int?) -> Double? {
        guard ProcessInfo.processInfo.activeProcessorCount > 1 else { return nil }
        let count = 2_000
        let rounds = (0..<9).map { _ in thereAndBack(count, second) }.sorted()
        return Double(rounds[rounds.count / 2]) / Double(count * 2)
    }

    private static func thereAndBack(_ count: Int, _ processor: Int?) -> Nanoseconds {
        let there = Ring<Event>(capacity: 1_024)
        let back = Ring<Event>(capacity: 1_024)
        let thread = LiveThread(ThreadPlan(name: "hop", processor: processor)) {
            guard var input = there.consumer(), var output = back.producer() else { return }
            for _ in 0..<count {
                guard let event = take(&input), output.pushWaiting(event) else { return }
            }
        }
        guard var output = there.producer(), var input = back.consumer() else { return 0 }
        let start = Sockets.now
        for number in 0..<count {
            guard output.push(Event(sequence: UInt64(number), kind: .none)), take(&input) != nil else { break }
        }
        let end = Sockets.now
        thread.join()
        return end - start
    }

    @inline(__always)
    private static func take(_ input: inout RingConsumer<Event>) -> Event? {
        while true {
            if let event = input.next() { return event }
            helios_pause()
            if input.isFinished { return nil }
        }
    }
}
