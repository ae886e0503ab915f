// SPDX-License-Identifier: MIT
import Foundation
import HeliosLive
import HeliosMarket
import HeliosVenue
import Testing

@Suite("Participants written in Python from the protocols' pages alone")
struct OuchClientScriptTests {
    @Test(
        "two who speak OUCH 4.2 get the answers that its pages promise, also after a lost line",
        .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/python3"), "needs python3"),
        .timeLimit(.minutes(20))
    )
    func ouch42() throws {
        let symbol = try #require(Symbol("ACME"))
        var settings = ExchangeSettings(ports: ["ONE", "TWO"].map { PortSettings(user: $0, kind: .ouch42) })
        settings.feedMessages = 10_000
        let exchange = try Exchange(symbols: [symbol], midnight: .zero, settings: settings)
        exchange.begin(at: .zero)
        exchange.apply(.phase(Instrument(id: 0), .open, time: .zero))
        let server = try PortServer(exchange, .ouch42)
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let client = Process()
        client.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
        client.arguments = [
            root.appendingPathComponent("Scripts/ouch42-client.py").path, "\(server.endpoint.port)", "ONE", "TWO",
            "ACME",
        ]
        let output = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        _ = FileManager.default.createFile(atPath: output.path, contents: nil)
        defer { try? FileManager.default.removeItem(at: output) }
        let file = try FileHandle(forWritingTo: output)
        client.standardOutput = file
        client.standardError = file
        try client.run()
        var time: Int64 = 0
        while client.isRunning {
            time += 1_000
            server.step(at: Timestamp(nanoseconds: time))
            usleep(200)
        }
        client.waitUntilExit()
        let text = try String(contentsOf: output, encoding: .utf8)
        #expect(client.terminationStatus == 0, "\(text)")
        #expect(text.contains("messages were as expected"))
    }
}
