// SPDX-License-Identifier: MIT
import Foundation
import Testing

@Suite("helios doctor")
struct DoctorCommandTests {
    /// A folder that looks like a machine with these files.
    private func machine(_ files: [String: String]) throws -> Folder {
        let folder = try Folder()
        for (path, text) in files {
            let url = folder.url.appendingPathComponent(path)
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(),
                withIntermediateDirectories: true
            )
            try Data(text.utf8).write(to: url)
        }
        return folder
    }

    @Test("a machine that swaps exits with 1, is told why, and how to stop it")
    func swapping() throws {
        let folder = try machine(["proc/swaps": "Filename Type\n/dev/sda2 partition\n"])
        let run = try CommandRun(["doctor", "--root", "."], in: folder)
        #expect(run.code == 1)
        #expect(run.output.contains("$ sudo swapoff -a"))
        #expect(run.output.contains("0.1 to 10 ms"))
        #expect(run.output.contains("1 bad"))
        #expect(run.errors.isEmpty)
    }

    @Test("a machine with nothing bad exits with 0, as JSON too")
    func json() throws {
        let folder = try machine(["proc/swaps": "Filename Type\n", "proc/sys/vm/swappiness": "60\n"])
        let run = try CommandRun(["doctor", "--root", ".", "--json"], in: folder)
        #expect(run.code == 0)
        let object = try run.object()
        #expect(object["bad"] as? Int == 0)
        #expect(object["good"] as? Int == 2)
        let findings = try #require(object["findings"] as? [[String: Any]])
        let swap = try #require(findings.first { $0["name"] as? String == "memory.swap" })
        #expect(swap["verdict"] as? String == "good")
        #expect(swap["found"] as? String == "none")
        #expect(swap["fix"] == nil)
    }

    @Test("this machine is inspected without a word on standard error")
    func thisMachine() throws {
        let run = try CommandRun(["doctor", "--all"], in: Folder())
        #expect(run.code == 0 || run.code == 1)
        #expect(run.output.contains("clock.source"))
        #expect(run.errors.isEmpty)
    }
}
