// SPDX-License-Identifier: MIT
import Foundation
import HeliosEngine
import HeliosLive
import HeliosMarket
import HeliosStore

/// *mirror*: a record survives this machine when a standby has written it and said so.
///
/// The standby is a thread that appends what comes over loopback TCP to a journal of its own and answers when that is
/// written: the way of `helios standby` without its engine.
enum MirrorLevel {
    static func run(_ options: Options, _ folder: String) throws {
        var plain = Figures()
        var ours = Figures()
        for round in 0...options.rounds {
            let a = try echo(options.commits * 10)
            let b = try mirror(folder, options.commits * 10)
            guard round > 0 else { continue }
            plain.add(a, 1)
            ours.add(b, 1)
        }
        print("\nmirror: from append to acknowledged, \(options.commits * 10) records a round, one at a time")
        line("", ["p50 µs", "p99 µs", "records a second", "p50 of plain"])
        plain.show("plain echo of 64 bytes over loopback TCP", plain)
        ours.show("journal here, link, journal there, answer", plain)
    }

    private static func mirror(_ folder: String, _ count: Int) throws -> Series {
        let listener = try LinkListener(Endpoint(port: 0))
        let endpoint = listener.endpoint
        let follower = Thread { follow(endpoint, "\(folder)/standby") }
        follower.start()
        var accepted: RecordLink?
        while accepted == nil, !follower.isFinished {
            accepted = listener.accept()
            sched_yield()
        }
        guard let link = accepted else { throw DiskError(.failed, "the standby didn't come") }
        var journal = try makeJournal("\(folder)/primary", .cache)
        var series = Series()
        for number in 0..<count {
            let start = nanoseconds()
            var record = sample(number)
            record.sequence = journal.append(record)
            link.send(record)
            link.flush()
            journal.hurry()
            try wait(link, record.sequence)
            while journal.written < record.sequence, journal.state < .full { sched_yield() }
            series.values.append(nanoseconds() - start)
        }
        link.close()
        while !follower.isFinished { usleep(100) }
        return series
    }

    private static func wait(_ link: RecordLink, _ sequence: UInt64) throws {
        while true {
            link.receive()
            if let answer = link.next(), answer.event.sequence >= sequence { return }
            guard link.isOpen else { throw DiskError(.failed, "the standby has gone") }
            sched_yield()
        }
    }

    private static func follow(_ endpoint: Endpoint, _ folder: String) {
        guard let link = try? RecordLink.connect(endpoint, patience: 1_000_000_000),
            var journal = try? makeJournal(folder, .cache)
        else { return }
        var taken: UInt64 = 0
        var answered: UInt64 = 0
        while link.isOpen {
            link.receive()
            while let message = link.next() { taken = journal.append(message.event) }
            if taken > answered {
                journal.hurry()
                while journal.written < taken, journal.state < .full { sched_yield() }
                answered = taken
                link.send(Event(sequence: answered, kind: .timer))
                link.flush()
            } else {
                sched_yield()
            }
        }
    }

    // MARK: The reference

    private static func echo(_ count: Int) throws -> Series {
        let listener = try LinkListener(Endpoint(port: 0))
        let endpoint = listener.endpoint
        let other = Thread {
            guard let link = try? RecordLink.connect(endpoint, patience: 1_000_000_000) else { return }
            while link.isOpen {
                link.receive()
                while let message = link.next() { link.send(message.event) }
                if link.pending > 0 { link.flush() } else { sched_yield() }
            }
        }
        other.start()
        var accepted: RecordLink?
        while accepted == nil, !other.isFinished {
            accepted = listener.accept()
            sched_yield()
        }
        guard let link = accepted else { throw DiskError(.failed, "the echo didn't come") }
        var series = Series()
        for number in 1...count {
            let start = nanoseconds()
            var record = sample(number)
            record.sequence = UInt64(number)
            link.send(record)
            link.flush()
            try wait(link, record.sequence)
            series.values.append(nanoseconds() - start)
        }
        link.close()
        while !other.isFinished { usleep(100) }
        return series
    }
}
