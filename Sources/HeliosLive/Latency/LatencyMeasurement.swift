// SPDX-License-Identifier: MIT
import CHelios
import Foundation
import HeliosMarket

/// Measures this machine: a live session over real sockets, beside a loop that only receives and sends, in turns.
public struct LatencyMeasurement {
    /// The session that is measured.
    public var session = LatencySession()
    public var settings = LatencySettings()
    /// What the session is compared to; nil is a loop in Swift that waits as the session does.
    public var echo: (any LatencySubject)?

    public init() {}

    /// The names of the parts of the way, in order.
    public static let stageNames = [
        "kernel, packet in", "decode", "books, strategy, risk", "encode", "kernel, order out",
    ]

    /// Runs it.
    ///
    /// - Parameter progress: called with the share done.
    /// - Returns: what was measured.
    /// - Throws: `LatencyFailure`, `SocketError`.
    public func run(progress: (Double) -> Void) throws -> LatencyReport {
        let board = LatencyBoard()
        var watched = session
        watched.board = board
        let plain = echo ?? LatencyEcho(yields: session.waits != .spin)
        let subjects: [any LatencySubject] = [plain, session, watched]
        var rig = try LatencyRig(settings)
        var times = (0..<2).map { _ in
            (0..<settings.rounds).map { _ in LatencySamples(capacity: settings.messages / settings.rounds + 1) }
        }
        var way = LatencyWay(capacity: settings.messages)
        let total = Double(max(settings.messages * subjects.count, 1))
        try rig.measure(subjects, progress: { progress(Double($0) / total) }) { subject, turn, start, end in
            if subject < 2 {
                times[subject][turn].record(end &- start)
            } else {
                way.record(start, board, end)
            }
        }
        let scale = rig.nanosecondsPerCycle
        let turns = times.map { $0.map { $0.percentiles(nanosecondsPerCycle: scale) } }
        let all = times.map { LatencySamples($0) }
        let clock = MachinePace.clock()
        var report = LatencyReport(
            messages: all[1].count,
            unanswered: rig.unanswered,
            threads: session.threads.rawValue,
            wait: session.waits.rawValue,
            journal: session.journal.rawValue,
            senderProcessor: settings.pingerProcessor,
            processors: session.processors,
            busyPollMicroseconds: session.busyPoll,
            tickToTrade: all[1].percentiles(nanosecondsPerCycle: scale),
            echo: all[0].percentiles(nanosecondsPerCycle: scale),
            ratio: LatencyReport.Ratio(
                p50: LatencyMeasurement.ratio(turns, \.p50),
                p99: LatencyMeasurement.ratio(turns, \.p99),
                p999: LatencyMeasurement.ratio(turns, \.p999)
            ),
            stages: way.stages(scale),
            stagesTotal: way.total.mean(nanosecondsPerCycle: scale),
            inProgram: way.inProgram.percentiles(nanosecondsPerCycle: scale),
            staged: way.total.count,
            ringHop: MachinePace.ringHop(settings.pingerProcessor, settings.subjectProcessor),
            clockResolution: clock.resolution,
            clockCost: clock.cost,
            timerLateness: MachinePace.timerLateness(),
            limits: [],
            refusals: rig.refusals.map(\.description)
        )
        report.limits = LatencyLimits.found(in: report)
        return report
    }

    /// The median over the turns of session by echo: other programs disturb single turns.
    private static func ratio(
        _ turns: [[LatencyPercentiles]],
        _ rank: KeyPath<LatencyPercentiles, Double>
    ) -> Double {
        let ratios = zip(turns[1], turns[0]).map { $0[keyPath: rank] / max($1[keyPath: rank], 1) }.sorted()
        return ratios.isEmpty ? 0 : ratios[ratios.count / 2]
    }
}

/// The stages of many round trips.
struct LatencyWay {
    /// The parts of the way, in order: packet in, decode, decide, encode, order out.
    private var parts: [LatencySamples]
    private(set) var inProgram: LatencySamples
    private(set) var total: LatencySamples

    init(capacity: Int) {
        parts = LatencyMeasurement.stageNames.map { _ in LatencySamples(capacity: capacity) }
        inProgram = LatencySamples(capacity: capacity)
        total = LatencySamples(capacity: capacity)
    }

    /// Takes the stamps of a round trip; those that do not belong to it are left out.
    mutating func record(_ start: UInt64, _ board: LatencyBoard, _ end: UInt64) {
        let stamps = [start, board[.received], board[.decoded], board[.decided], board[.encoded], end]
        // The order's bytes may be with the receiver before `send` has returned here: what `send` costs is in the last part.
        for index in 1..<stamps.count where stamps[index] < stamps[index - 1] { return }
        for index in parts.indices { parts[index].record(stamps[index + 1] - stamps[index]) }
        inProgram.record(stamps[4] - stamps[1])
        total.record(end - start)
    }

    func stages(_ scale: Double) -> [LatencyReport.Stage] {
        let whole = max(total.mean(nanosecondsPerCycle: scale), 1)
        return zip(LatencyMeasurement.stageNames, parts).map { name, samples in
            let ranks = samples.percentiles(nanosecondsPerCycle: scale)
            let mean = samples.mean(nanosecondsPerCycle: scale)
            return LatencyReport.Stage(
                name: name,
                p50: ranks.p50,
                p99: ranks.p99,
                p999: ranks.p999,
                mean: mean,
                share: mean / whole
            )
        }
    }
}

/// What can be said of a result without knowing more than it.
enum LatencyLimits {
    static func found(in report: LatencyReport) -> [String] {
        var limits: [String] = []
        if let largest = report.stages.max(by: { $0.share < $1.share }) {
            limits.append("\(Int((largest.share * 100).rounded())) % of the way is \"\(largest.name)\"")
        }
        let kernel = report.stages.filter { $0.name.hasPrefix("kernel") }.reduce(0) { $0 + $1.share }
        if kernel > 0.8 { limits.append("the program itself has \(Int(((1 - kernel) * 100).rounded())) % of the way") }
        if report.echo.p999 > report.echo.p50 * 5 {
            limits.append(
                "the tail is the machine's: a loop that only receives and sends has it too (other programs, a hypervisor, interrupts)"
            )
        }
        if report.wait != WaitStrategy.spin.rawValue {
            limits.append("threads that do not spin are woken by the kernel, which costs more than all else")
        }
        if report.unanswered > 0 {
            limits.append("\(report.unanswered) packets were not answered within half a second")
        }
        let needed = report.threads == SessionThreads.three.rawValue ? 4 : 2
        let count = ProcessInfo.processInfo.activeProcessorCount
        if count < needed {
            limits.append("sender and session want \(needed) processors for themselves, and here are \(count)")
        }
        if report.timerLateness.p50 > 50_000 { limits.append("sleeping threads wake late: timers are coarse here") }
        return limits
    }
}
