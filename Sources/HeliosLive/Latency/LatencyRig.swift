// SPDX-License-Identifier: MIT
import CHelios
import Foundation
import HeliosMarket
import HeliosWire

/// Where a subject finds the venue, and what it is told.
public struct LatencyPlace: Sendable {
    /// Where the feed comes in: the subject listens here.
    public var feed: Endpoint
    /// Where orders go over OUCH 5.0 and SoupBinTCP.
    public var orders: Endpoint
    public var stop: LatencyStop
}

/// Something that answers each packet with an order.
public protocol LatencySubject: Sendable {
    var name: String { get }
    /// Runs on a thread of its own until `place.stop` is set.
    func run(_ place: LatencyPlace) throws
}

/// What a measurement is made with.
public struct LatencySettings: Sendable {
    /// Round trips that are measured, of each subject.
    public var messages = 50_000
    /// Turns that they are divided into; subjects take turns.
    public var rounds = 10
    /// Round trips before those that are measured, in each turn: caches and branch predictors get to know the way.
    public var warmUp = 1_000
    /// For a first order of a subject, and for the next one after a packet without an answer.
    public var patience: Nanoseconds = 10_000_000_000
    /// Packets of a turn that may be without an answer; a machine that is busy with other things leaves some.
    public var unansweredMax = 20
    /// The processor of the sender; nil leaves it to the scheduler.
    public var pingerProcessor: Int?
    /// The processor of the subject's thread.
    public var subjectProcessor: Int?

    public init() {}
}

/// Measures subjects by the same packets over the same kind of sockets, in turns.
public struct LatencyRig: ~Copyable {
    private let settings: LatencySettings
    private var pinger: LatencyPinger
    /// Nanoseconds a cycle of the processor's counter.
    public let nanosecondsPerCycle: Double
    /// Packets that were not answered within half a second; what is measured goes on behind them.
    public private(set) var unanswered = 0
    /// What the system refused (pinning).
    public private(set) var refusals: [ThreadRefusal] = []

    /// - Throws: `SocketError`.
    public init(_ settings: LatencySettings) throws(SocketError) {
        self.settings = settings
        nanosecondsPerCycle = CycleCounter.nanosecondsPerCycle()
        pinger = try LatencyPinger(settings, nanosecondsPerCycle: nanosecondsPerCycle)
    }

    /// Measures all subjects, each in `rounds` turns.
    ///
    /// - Parameters:
    ///   - subjects: who is measured; the first of a turn changes.
    ///   - progress: called with the round trips done.
    ///   - record: gets the subject's place in the list, the turn, and the first and last cycle of each round trip.
    /// - Throws: `LatencyFailure`.
    public mutating func measure(
        _ subjects: [any LatencySubject],
        progress: (Int) -> Void,
        _ record: (Int, Int, UInt64, UInt64) -> Void
    ) throws(LatencyFailure) {
        refusals = LiveThread.apply(ThreadPlan(name: "pinger", processor: settings.pingerProcessor))
        var done = 0
        for turn in 0..<settings.rounds {
            for offset in subjects.indices {
                let index = (turn + offset) % subjects.count
                let from = settings.messages * turn / settings.rounds
                let count = settings.messages * (turn + 1) / settings.rounds - from
                try run(subjects[index], count) { record(index, turn, $0, $1) }
                done += count
                progress(done)
            }
        }
    }

    private mutating func run(
        _ subject: any LatencySubject,
        _ count: Int,
        _ record: (UInt64, UInt64) -> Void
    ) throws(LatencyFailure) {
        pinger.begin()
        let stop = LatencyStop()
        let place = LatencyPlace(
            feed: pinger.feedEndpoint,
            orders: pinger.orderEndpoint,
            stop: stop
        )
        let outcome = Outcome()
        let plan = ThreadPlan(name: "subject", processor: settings.subjectProcessor)
        let thread = LiveThread(plan) {
            do { try subject.run(place) } catch { outcome.end("\(subject.name): \(error)") }
            outcome.end(nil)
        }
        for refusal in thread.refusals where !refusals.contains(refusal) { refusals.append(refusal) }
        defer {
            stop.set()
            unanswered += pinger.unanswered
            // It may be waiting for the venue.
            while !outcome.isOver { pinger.settle(1_000_000) }
            thread.join()
        }
        do throws(LatencyFailure) {
            try pinger.knock(subject.name) { outcome.isOver }
            try pinger.round(settings.warmUp, subject.name) { _, _ in }
            try pinger.round(count, subject.name, record)
        } catch {
            throw outcome.reason.map { .subject($0) } ?? error
        }
    }

    /// How a subject ended.
    private final class Outcome: @unchecked Sendable {
        private let lock = NSLock()
        private var isEnded = false
        private var text: String?

        func end(_ reason: String?) {
            lock.withLock {
                isEnded = true
                text = text ?? reason
            }
        }

        var isOver: Bool { lock.withLock { isEnded } }
        var reason: String? { lock.withLock { text } }
    }
}

/// The processor's counter.
public enum CycleCounter {
    /// How long a cycle takes, measured against the system's clock over 50 ms.
    public static func nanosecondsPerCycle() -> Double {
        let start = Sockets.now
        let first = helios_cycles()
        while Sockets.now - start < 50_000_000 { helios_pause() }
        let last = helios_cycles()
        return Double(Sockets.now - start) / Double(max(last &- first, 1))
    }
}
