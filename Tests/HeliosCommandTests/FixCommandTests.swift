// SPDX-License-Identifier: MIT
import Foundation
import Testing

/// A message in which `|` separates, with its length and sum.
private func message(_ body: String) -> String {
    let head = "8=FIX.4.4|9=\(body.utf8.count)|" + body
    let sum = head.utf8.reduce(0) { ($0 + ($1 == UInt8(ascii: "|") ? 1 : Int($1))) % 256 }
    let digits = String(sum)
    return head + "10=" + String(repeating: "0", count: 3 - digits.count) + digits + "|"
}

@Suite("helios fix decode")
struct FixCommandTests {
    private static let log = [
        "12:00:00 out " + message("35=0|34=1|49=A|52=20260102-03:04:05|56=B|"),
        "12:00:01 out " + message("35=0|34=3|49=A|52=20260102-03:04:05|56=B|54=?|"),
    ].joined(separator: "\n")

    @Test("a log is shown in words, with its faults and a summary")
    func words() throws {
        let folder = try Folder()
        try folder.write(Self.log, to: "a.log")
        let run = try CommandRun(["fix", "decode", "a.log"], in: folder)
        #expect(run.code == 0 && run.errors.isEmpty, "\(run.errors)")
        for part in [
            "Heartbeat (0) A to B number 1", "35 MsgType", "MsgSeqNum 2 is missing", "tag 54",
            "2 messages, 1 with faults",
        ] {
            #expect(run.output.contains(part), "\(part)")
        }
    }

    @Test("with --errors only what is wrong is shown, and the answer is no; --json is a message a line")
    func errors() throws {
        let folder = try Folder()
        try folder.write(Self.log, to: "a.log")
        let run = try CommandRun(["fix", "decode", "a.log", "--errors", "--json"], in: folder)
        #expect(run.code == 1)
        let lines = run.output.split(separator: "\n")
        #expect(lines.count == 2)
        let first = try JSONSerialization.jsonObject(with: Data(try #require(lines.first).utf8)) as? [String: Any]
        #expect(first?["type"] as? String == "0" && (first?["problems"] as? [String])?.count == 2)
        #expect(try #require(lines.last).hasPrefix(#"{"summary":"#))
    }

    @Test("a dictionary that is wrong is told with its place, a file that is missing by name")
    func refused() throws {
        let folder = try Folder()
        try folder.write(Self.log, to: "a.log")
        try folder.write("dictionary FIX.4.4\nfield 1 Account STRNG\n", to: "d.txt")
        let run = try CommandRun(["fix", "decode", "a.log", "--dictionary", "d.txt"], in: folder)
        #expect(run.code == 2 && run.errors.contains("d.txt:2:17: 'STRNG' is no type; did you mean STRING?"))
        let missing = try CommandRun(["fix", "decode", "b.log"], in: folder)
        #expect(missing.code == 2 && missing.errors.contains("did you mean a.log?"))
    }
}
