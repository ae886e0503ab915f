// SPDX-License-Identifier: MIT
import Foundation
import HeliosEngine
import HeliosMarket
import Testing

@Suite("helios risk watch --halt")
struct RiskWatchHaltTests {
    /// The first segment of a journal, and where the block begins that is a minute of the market behind the sixth fill.
    private func cut(_ bytes: [UInt8]) throws -> Int {
        try bytes.withUnsafeBytes { raw in
            var scanner = try JournalScanner(raw, after: nil)
            var fills: [Timestamp] = []
            while let record = try scanner.next() {
                if record.event.kind == .orderFilled { fills.append(record.event.receiveTime) }
                guard fills.count >= 6, !scanner.isInBlock else { continue }
                if record.event.receiveTime > fills[5] + 60_000_000_000 { return scanner.position.offset }
            }
            throw Missing()
        }
    }

    private struct Missing: Error {}

    /// A control socket at which nobody answers.
    private func listen(_ path: String) throws -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        try #require(path.utf8.count < MemoryLayout.size(ofValue: address.sun_path))
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        let length = socklen_t(MemoryLayout<sockaddr_un>.size)
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
        }
        try #require(bound == 0 && Glibc.listen(descriptor, 16) == 0)
        return descriptor
    }

    @Test("a session that does not answer keeps no alert from being told")
    func silent() throws {
        let day = try SmallDay()
        try #require(try day.run("run", "run.yaml", "--journal", "session", "--quiet").code == 0)
        let name = "00000000.journal"
        let whole = [UInt8](try Data(contentsOf: day.folder.url.appendingPathComponent("session/" + name)))
        let place = try cut(whole)
        let live = day.folder.url.appendingPathComponent("live")
        try FileManager.default.createDirectory(at: live, withIntermediateDirectories: true)
        var begun = Array(whole[..<place]) + [UInt8](repeating: 0, count: whole.count - place)
        // The watermark would say that more was there, and is destroyed.
        begun.replaceSubrange(64..<128, with: [UInt8](repeating: 0, count: 64))
        try Data(begun).write(to: live.appendingPathComponent(name))
        // A copy of a venue that knows of no execution.
        try (Data("HDC1".utf8) + Data(count: 12)).write(to: day.folder.url.appendingPathComponent("copy.hdc"))
        let descriptor = try listen(day.folder.path("s"))
        defer { close(descriptor) }

        let watch = try Running(
            try #require(Program.path),
            [
                "risk", "watch", "live", "--drop-copy", "copy.hdc", "--halt", "--socket", day.folder.path("s"),
                "--alerts", "alerts.jsonl", "--json",
            ],
            in: day.folder,
            output: "watch.jsonl"
        )
        // Everything that is written so far was read: what comes now is the present.
        #expect(try watch.waits(for: "\"type\":\"state\""))
        let file = try FileHandle(forWritingTo: live.appendingPathComponent(name))
        try file.write(contentsOf: Data(whole))
        try file.close()

        func halts() -> Int {
            let told = (try? day.folder.text("alerts.jsonl")) ?? ""
            return told.split(separator: "\n").count { $0.contains("\"finding\":\"unmatched-halt\"") }
        }
        // Much less than the minutes for which six requests would be waited for, one after the other.
        for _ in 0..<1_200 where halts() < 6 { Thread.sleep(forTimeInterval: 0.1) }
        #expect(halts() >= 6)
        var interest = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        try #require(poll(&interest, 1, 60_000) == 1)
        let client = accept(descriptor, nil, nil)
        try #require(client >= 0)
        defer { close(client) }
        var line = [UInt8](repeating: 0, count: 1 << 12)
        let count = read(client, &line, line.count)
        let asked = String(decoding: line[..<max(count, 0)], as: UTF8.self)
        #expect(asked.contains("\"action\":\"halted\"") && asked.contains("\"scope\":\"strategy:"), "\(asked)")
        kill(watch.process.processIdentifier, SIGKILL)
        watch.process.waitUntilExit()
    }
}
