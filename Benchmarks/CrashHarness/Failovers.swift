// SPDX-License-Identifier: MIT
import Foundation
import HeliosLive

/// Kills primaries and lets standbys take over, one after the other on one trading day.
struct Failovers {
    var count: Int
    var seed: UInt64

    func run() throws {
        let start = monotonic()
        let stage = try Stage(seed: seed, messages: 40_000)
        var chance = Chance(seed)
        var port: UInt16 = UInt16(20_000 + chance.next() % 20_000)
        var detected: [Double] = []
        var cancelOnly: [Double] = []
        var trading: [Double] = []
        // The first one hurries through the hours before the session.
        var primary = try stage.node(journal: "node0", speed: "20000", mirrored(port))
        _ = try primary.waitFor("trading")
        usleep(1_300_000)
        for round in 1...count {
            let before = Endpoint(port: port)
            port = port == 60_000 ? 20_000 : port + 1
            let standby = try stage.node(journal: "node\(round)", speed: "400", following: before, mirrored(port))
            _ = try standby.waitFor("following")
            // Orders leave only in here, while the standby has their records.
            usleep(UInt32(chance.number(20_000..<400_000)))
            let killed = monotonic()
            primary.signal(SIGKILL)
            func milliseconds(_ event: String) throws -> Double {
                Double(try standby.waitFor(event).monotonicNanoseconds - killed) / 1e6
            }
            detected.append(try milliseconds("detected"))
            cancelOnly.append(try milliseconds("cancelOnly"))
            trading.append(try milliseconds("trading"))
            primary.wait()
            primary = standby
            try? FileManager.default.removeItem(atPath: stage.journal("node\(round - 1)"))
        }
        primary.signal(SIGKILL)
        primary.wait()
        // The last one's journal is brought to the end of the day, and everything compared.
        let last = try stage.node(journal: "node\(count)", speed: "max")
        guard last.wait(seconds: 120) == 0 else { throw HarnessError("the last run does not end well\n\(last.errors)") }
        let venue = try stage.dump()
        let audit = try Audit(stage.journal("node\(count)"), stage.setup)
        try audit.checkSettled(venue)
        stage.clear()
        print(
            """
            fail-over: \(count) times, kill -9 of the primary, seed \(seed), \(seconds(start)) s; ms after the kill
                                   p50      p99      max   goal p99
              noticed         \(row(detected))
              cancels can go  \(row(cancelOnly))        250
              trading again   \(row(trading))        500
              orders at the venue \(venue.orders.count), executions \(venue.executions.count); violations 0 (I1 I2 I3 I5 I9 I10)
            """
        )
        guard venue.orders.count > 2 * count else {
            throw HarnessError("next to nothing was traded: this shows nothing")
        }
        // The goal is one of the 99th percentile. Of a few that is the slowest, which one pause of the machine decides: of those the
        // median is held against it.
        let share = count >= 100 ? 0.99 : 0.5
        guard percentile(cancelOnly, share) <= 250, percentile(trading, share) <= 500 else {
            throw HarnessError("slower than the goal")
        }
    }

    /// An order leaves when the standby has its record: with less an order of the last milliseconds may be unknown to the one that
    /// takes over, which cancels it (docs/high-availability.md), and what the venue has is then in no journal that is left.
    private func mirrored(_ port: UInt16) -> [String] { ["--standby-listen", "\(port)", "--durability", "mirror"] }

    private func row(_ values: [Double]) -> String {
        [percentile(values, 0.5), percentile(values, 0.99), values.max() ?? 0]
            .map { String(format: "%8.2f", $0) }.joined(separator: " ")
    }

    private func percentile(_ values: [Double], _ share: Double) -> Double {
        let sorted = values.sorted()
        return sorted[min(sorted.count - 1, Int((share * Double(sorted.count)).rounded(.up)) - 1)]
    }
}

/// Stops a primary, lets the standby take over, wakes the old one up: it must not send another order.
struct Fences {
    var count: Int
    var seed: UInt64

    func run() throws {
        let start = monotonic()
        var chance = Chance(seed)
        var stopped: [Double] = []
        for round in 0..<count {
            let stage = try Stage(seed: seed &+ UInt64(round), messages: 20_000)
            let port = UInt16(20_000 + chance.next() % 20_000)
            let durability = ["cache", "mirror", "sync"][round % 3]
            let old = try stage.node(
                journal: "old",
                speed: "20000",
                ["--standby-listen", "\(port)", "--durability", durability]
            )
            _ = try old.waitFor("trading")
            let new = try stage.node(journal: "new", speed: "20000", following: Endpoint(port: port))
            _ = try new.waitFor("following")
            usleep(UInt32(chance.number(900_000..<1_600_000)))
            let stop = monotonic()
            old.signal(SIGSTOP)
            stopped.append(Double(try new.waitFor("trading").monotonicNanoseconds - stop) / 1e6)
            usleep(UInt32(chance.number(0..<200_000)))
            old.signal(SIGCONT)
            guard let code = old.wait(seconds: 10) else { throw HarnessError("the old primary goes on") }
            guard code == 4, old.errors.contains("fenced") else {
                throw HarnessError("the old primary ended with \(code), not 4\n\(old.errors)")
            }
            guard new.wait(seconds: 60) == 0 else { throw HarnessError("the new one fails\n\(new.errors)") }
            let venue = try stage.dump()
            let audit = try Audit(stage.journal("new"), stage.setup)
            try audit.checkSettled(venue)
            stage.clear()
        }
        print(
            """
            fence: \(count) primaries stopped, replaced and woken, seed \(seed), \(seconds(start)) s
              each ended with code 4; the new one traded \(fixed(stopped.max() ?? 0)) ms after the stop at most
              violations 0 (I1 I2 I3 I5 I9 I10)
            """
        )
    }
}
