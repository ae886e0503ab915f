// SPDX-License-Identifier: MIT
import CProbe
import Foundation
import HeliosLive
import Synchronization
import Testing

/// Ends before it has answered anything.
private struct Broken: LatencySubject {
    struct NoLuck: Error, CustomStringConvertible { let description = "no luck" }

    let name = "broken"
    func run(_ place: LatencyPlace) throws { throw NoLuck() }
}

/// A debug build allocates for closures that an optimised one does not.
#if DEBUG
private let isOptimised = false
#else
private let isOptimised = true
#endif

@Suite("Latency measurement", .serialized)
struct LatencyTests {
    /// Few round trips on threads that share processors with other tests.
    private static func settings(_ messages: Int) -> LatencySettings {
        var settings = LatencySettings()
        settings.messages = messages
        settings.rounds = 2
        settings.warmUp = 100
        settings.patience = 240_000_000_000
        settings.unansweredMax = 1_000
        return settings
    }

    @Test("stages add up to the way, and every packet is answered")
    func consistency() throws {
        var measurement = LatencyMeasurement()
        measurement.settings = LatencyTests.settings(600)
        measurement.session.waits = .yield
        var shares: [Double] = []
        let report = try measurement.run { shares.append($0) }
        #expect(shares.last == 1)
        #expect(shares == shares.sorted())
        #expect(report.messages == 600)
        #expect(report.staged > 100 && report.staged <= 600)
        for times in [report.tickToTrade, report.echo, report.inProgram] {
            #expect(times.p50 > 0)
            #expect(times.p50 <= times.p99 && times.p99 <= times.p999 && times.p999 <= times.max)
        }
        let sum = report.stages.reduce(0) { $0 + $1.mean }
        #expect(abs(sum - report.stagesTotal) < 1)
        #expect(abs(report.stages.reduce(0) { $0 + $1.share } - 1) < 0.001)
        #expect(report.inProgram.p50 < report.tickToTrade.p50)
        #expect(report.clockResolution > 0 && report.clockCost > 0)
        #expect((report.ringHop ?? 1) > 0)
    }

    @Test("the session on three threads answers too")
    func threeThreads() throws {
        var session = LatencySession()
        session.threads = .three
        session.waits = .yield
        var rig = try LatencyRig(LatencyTests.settings(40))
        var count = 0
        try rig.measure([session], progress: { _ in }) { _, _, start, end in
            #expect(end > start)
            count += 1
        }
        #expect(count == 40)
    }

    @Test("with a journal whose records must be in the file first, orders still leave")
    func journal() throws {
        var session = LatencySession()
        session.waits = .yield
        session.journal = .cache
        var rig = try LatencyRig(LatencyTests.settings(40))
        var count = 0
        try rig.measure([session], progress: { _ in }) { _, _, _, _ in count += 1 }
        #expect(count == 40)
    }

    @Test("a subject that fails is named with its reason")
    func failing() throws {
        var rig = try LatencyRig(LatencyTests.settings(10))
        do {
            try rig.measure([Broken()], progress: { _ in }) { _, _, _, _ in }
            Issue.record("it was measured")
        } catch {
            #expect("\(error)" == "broken: no luck")
        }
    }

    @Test(
        "from a packet in memory to its order's bytes nothing is allocated",
        .enabled(if: probe_is_available() != 0 && isOptimised, "counts in release builds only")
    )
    func allocation() throws {
        let counted = Mutex((paths: 0, allocations: UInt64(0), frees: UInt64(0)))
        let board = LatencyBoard { stage in
            switch stage {
            case .received: probe_begin()
            case .encoded:
                let counts = probe_end()
                counted.withLock { $0 = ($0.paths + 1, $0.allocations + counts.allocations, $0.frees + counts.frees) }
            default: break
            }
        }
        var session = LatencySession()
        session.waits = .yield
        session.board = board
        var settings = LatencyTests.settings(1_000)
        settings.rounds = 1
        var rig = try LatencyRig(settings)
        var atStart: (paths: Int, allocations: UInt64, frees: UInt64)?
        try rig.measure([session], progress: { _ in }) { _, _, _, _ in
            // What the first packets of a session cost (its name, its instruments) is over when measuring begins.
            if atStart == nil { atStart = counted.withLock { $0 } }
        }
        let before = try #require(atStart)
        let after = counted.withLock { $0 }
        #expect(after.paths - before.paths > 1_000)
        #expect(after.allocations == before.allocations)
        #expect(after.frees == before.frees)
    }
}
