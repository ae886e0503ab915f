// SPDX-License-Identifier: MIT
import Foundation
import HeliosConfiguration
import HeliosLive
import HeliosMarket
import HeliosResearch

/// A folder with a generated day, a configuration and a venue that runs.
final class Stage {
    let folder: URL
    let setup: LiveSetup
    let venue: Child
    let endpoint: Endpoint
    private let dumpPath: String
    private var children = 0

    /// The example of a strategy that trades in place of the pairs (`STRATEGY`, a file): its symbols are those of seed 3.
    private static let example = ProcessInfo.processInfo.environment["STRATEGY"].flatMap { $0.isEmpty ? nil : $0 }

    init(seed: UInt64, messages: Int) throws {
        let isExample = Stage.example != nil
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("helios-crash-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Child.run(
            [
                "generate", "day.itch50", "--symbols", "20", "--messages", "\(isExample ? 3 * messages : messages)",
                "--seed", "\(isExample ? 3 : seed)",
                "--date", "2026-01-05", "--quiet",
            ],
            in: folder
        )
        let configuration = folder.appendingPathComponent("run.yaml").path
        try Data(try Stage.configuration().utf8).write(to: URL(fileURLWithPath: configuration))
        let loaded = try RunConfiguration.load(path: configuration)
        setup = LiveSetup(
            settings: loaded.settings,
            strategies: loaded.strategies,
            data: loaded.data.map { DataFile(path: $0.file, symbol: $0.symbol, day: $0.day) },
            session: RecordedSession(configuration: loaded.resolvedText)
        )
        dumpPath = folder.appendingPathComponent("venue.jsonl").path
        venue = try Child("venue", ["venue", "run.yaml", "--listen", "0", "--dump", dumpPath, "--json"], in: folder)
        let told = try venue.waitFor("listening").text
        guard let endpoint = Endpoint(told) else { throw HarnessError("the venue listens at '\(told)'") }
        self.endpoint = endpoint
    }

    private static func configuration() throws -> String {
        var strategies = "strategies:\n  - name: pairs\n    pairsFile: day.itch50.pairs.csv"
        if let example {
            let lines = try String(contentsOfFile: example, encoding: .utf8).split(separator: "\n")
            let rest = lines.drop { $0 != "strategies:" }
            guard let first = rest.first else { throw HarnessError("\(example) has no strategies") }
            let own = rest.dropFirst().prefix { $0.first?.isLetter != true }
            strategies = ([first] + own).joined(separator: "\n")
        }
        return """
            data:
              - file: day.itch50
                date: 2026-01-05
            risk:
              staleAfter: 5min
              quoteAge: 5min
              orderTradeRatioMax: 10000
            capacity:
              orders: 100000
              liveOrders: 100000
              instruments: 64
            \(strategies)
            output:
              directory: out
            """
    }

    /// Starts a node: a primary, or with `following` a standby of the one there.
    func node(
        journal: String,
        speed: String,
        following primary: Endpoint? = nil,
        _ more: [String] = [],
        environment: [String: String] = [:]
    ) throws -> Child {
        children += 1
        var arguments = [
            primary == nil ? "run" : "standby", "run.yaml", "--venue", "\(endpoint)", "--journal", journal,
        ]
        if let primary { arguments += ["--primary", "\(primary)"] }
        arguments += ["--speed", speed, "--segment-size", "4", "--snapshot-every", "2048", "--json"] + more
        return try Child("node\(children)", arguments, in: folder, environment: environment)
    }

    /// What the venue knows now.
    func dump() throws -> VenueDump {
        try? FileManager.default.removeItem(atPath: dumpPath)
        let link = try RecordLink.connect(endpoint, patience: 1_000_000_000)
        link.requestDump()
        let deadline = monotonic() + 10_000_000_000
        while link.isOpen, monotonic() < deadline {
            link.receive()
            if link.takeDumpAnswer() { return try VenueDump(path: dumpPath) }
            usleep(500)
        }
        throw HarnessError("the venue does not write down what it knows")
    }

    func journal(_ name: String) -> String { folder.appendingPathComponent(name).path }

    /// Removes everything; a stage on which something failed stays for people to look at.
    func clear() {
        venue.signal(SIGKILL)
        venue.wait()
        try? FileManager.default.removeItem(at: folder)
    }
}
