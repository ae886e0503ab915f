// SPDX-License-Identifier: MIT
import Foundation
import HeliosLive
import WireReference

/// From a packet on the wire to an order on the wire over loopback, beside a C program that answers each packet with fixed bytes.
///
/// All take turns in one run, on the same kind of sockets with the same sender, one processor for it and one for who answers; a
/// ratio is the median of the turns' ratios, because other programs disturb single turns. See `docs/latency.md`.
@main
enum WireBenchmark {
    static func main() throws {
        let words = Array(CommandLine.arguments.dropFirst())
        if words.first == "path" { return try path(words.count > 1 ? Int(words[1]) ?? 0 : 2_000) }
        let arguments = words.map { Int($0) ?? 0 }
        var settings = LatencySettings()
        settings.rounds = arguments.first ?? 20
        settings.messages = settings.rounds * (arguments.count > 1 ? arguments[1] : 5_000)
        settings.warmUp = 1_000
        guard settings.rounds > 0, settings.messages > 0 else {
            print("usage: WireBenchmark [ROUNDS] [PACKETS A ROUND] | path [PACKETS]")
            exit(2)
        }
        let count = ProcessInfo.processInfo.activeProcessorCount
        if count > 1 { (settings.pingerProcessor, settings.subjectProcessor) = (count - 2, count - 1) }
        let echo = LatencyEcho(name: "C echo") { feed, orders, order, stop in
            _ = wire_reference_echo(feed, orders, order.baseAddress, order.count, stop)
        }
        var measurement = LatencyMeasurement()
        measurement.settings = settings
        measurement.echo = echo
        measurement.session.processors = settings.subjectProcessor.map { [$0] } ?? []
        let report = try measurement.run { _ in }
        show("C echo", report.echo)
        show("helios", report.tickToTrade)
        let ratio = report.ratio
        print(String(format: "ratio              p50 %8.3f  p99 %8.3f  p99.9 %8.3f", ratio.p50, ratio.p99, ratio.p999))
        show("packet to send", report.inProgram)
        for stage in report.stages {
            print(
                String(
                    format: "  %-24@ p50 %8.2f  p99 %8.2f  p99.9 %8.2f µs  %5.1f %% of the way",
                    stage.name as NSString,
                    stage.p50 / 1e3,
                    stage.p99 / 1e3,
                    stage.p999 / 1e3,
                    stage.share * 100
                )
            )
        }
    }

    static func show(_ name: String, _ times: LatencyPercentiles) {
        print(
            String(
                format: "%-16@   p50 %8.2f  p99 %8.2f  p99.9 %8.2f  max %8.2f µs",
                name as NSString,
                times.p50 / 1e3,
                times.p99 / 1e3,
                times.p999 / 1e3,
                times.max / 1e3
            )
        )
    }

    /// Nothing but a session that answers `count` packets with orders and as many with cancels: for counting instructions.
    static func path(_ count: Int) throws {
        var settings = LatencySettings()
        settings.messages = max(count, 1)
        settings.rounds = 1
        settings.warmUp = 0
        var session = LatencySession()
        // Valgrind runs one thread at a time.
        session.waits = .yield
        var rig = try LatencyRig(settings)
        try rig.measure([session], progress: { _ in }) { _, _, _, _ in }
    }
}
