// SPDX-License-Identifier: MIT
import HeliosFIX
import Testing

/// All entries of a log that is given in pieces of `piece` bytes.
private func entries(_ bytes: [UInt8], piece: Int = .max) -> [FixLogEntry] {
    var reader = FixLogReader()
    var result: [FixLogEntry] = []
    var rest = bytes[...]
    while !rest.isEmpty {
        reader.append(rest.prefix(piece))
        rest = rest.dropFirst(piece)
        while let entry = reader.next() { result.append(entry) }
    }
    reader.finish()
    while let entry = reader.next() { result.append(entry) }
    return result
}

/// The bytes of a text, in which `|` stands for `separator`.
private func bytes(_ text: String, _ separator: String) -> [UInt8] {
    Array(text.replacing("|", with: separator).utf8)
}

private let heartbeat = fixText("35=0|34=2|49=A|52=20260102-03:04:05|56=B|")
private let order = fixText(
    "35=D|34=3|49=A|52=20260102-03:04:05|56=B|11=x|54=1|55=ABC|38=5|40=1|60=20260102-03:04:05|"
)

@Suite("FIX logs")
struct FixLogTests {
    @Test(
        "messages are found with any separator, a line each or not, in pieces of any size",
        arguments: ["\u{1}", "|", "^A"],
        [1, 2, 3, 7, 64, 10_000]
    )
    func forms(_ separator: String, _ piece: Int) {
        let wanted = [bytes(heartbeat, "\u{1}"), bytes(order, "\u{1}")]
        let logs = [
            heartbeat + order, heartbeat + "\n" + order, heartbeat + "\r\n" + order + "\r\n",
            "2026-01-02 03:04:05 in  " + heartbeat + " and more\nnothing here, 8=F\n20260102-03:04:05.123: " + order
                + "\n",
            String(heartbeat.dropLast()) + "\n" + String(order.dropLast()),
        ]
        for log in logs {
            let found = entries(bytes(log, separator), piece: piece)
            #expect(found.map(\.bytes) == wanted)
            #expect(!found.contains { !$0.isWhole })
        }
    }

    @Test("an entry knows its line and what stands before it")
    func places() {
        let log = "\n2026-01-02 03:04:05 " + heartbeat + "\n\nB: " + order + "\n"
        let found = entries(bytes(log, "|"), piece: 16)
        #expect(found.map(\.line) == [2, 4])
        #expect(found.map(\.prefix) == ["2026-01-02 03:04:05 ", "B: "])
    }

    @Test("data may hold messages and line ends, as its length says")
    func data() {
        let inner = bytes(heartbeat, "\u{1}") + [0x0A]
        let head = "35=B|34=2|49=A|52=20260102-03:04:05|56=B|148=h|95=\(inner.count)|96="
        let body = head + String(decoding: inner, as: UTF8.self) + "|"
        let whole = bytes(fixText(body), "\u{1}")
        for piece in [1, 50, 1_000] {
            #expect(entries(whole + whole, piece: piece).map(\.bytes) == [whole, whole])
        }
    }

    @Test("what is cut off does not take the next message with it")
    func cut() {
        let half = String(order.prefix(60))
        let found = entries(bytes(half + "\n" + heartbeat + half + heartbeat, "|"))
        #expect(found.map(\.isWhole) == [false, true, false, true])
        #expect(found.filter(\.isWhole).map(\.bytes) == [bytes(heartbeat, "\u{1}"), bytes(heartbeat, "\u{1}")])
    }

    /// What an audit says about messages given as texts.
    private func audit(_ texts: [String]) -> [[String]] {
        var audit = FixLogAudit()
        return entries(bytes(texts.joined(separator: "\n"), "|")).map { entry in
            let problems = audit.take(entry)
            return problems.map(\.description)
        }
    }

    private func beat(_ number: Int, _ tail: String = "", type: String = "0", sender: String = "A") -> String {
        let target = sender == "A" ? "B" : "A"
        return fixText("35=\(type)|34=\(number)|49=\(sender)|52=20260102-03:04:05|56=\(target)|\(tail)")
    }

    @Test("sums, lengths and fields")
    func faults() {
        let good = beat(1)
        #expect(audit([good]) == [[]])
        let sum = String(good.dropLast(4)) + "999|"
        #expect(audit([sum]).first?.first?.hasSuffix(", not 999") == true)
        let length = good.replacing("|9=", with: "|9=1")
        #expect(audit([length]).first?.first?.hasPrefix("BodyLength is ") == true)
        #expect(audit([beat(1, "58=x|")]) == [["Tag not defined for this message type: tag 58 (reason 2)"]])
        #expect(audit([beat(1, type: "ZZ")]) == [["Invalid MsgType (reason 11)"]])
        #expect(audit([String(good.prefix(40))]) == [["garbled"]])
        #expect(audit(["8=FIX.4.4|9=5|35=0|x|10=000|"]).first?.last == "garbled")
    }

    @Test("gaps and repeated numbers, for each direction by itself")
    func numbers() {
        #expect(audit([beat(1), beat(7, sender: "B"), beat(2), beat(8, sender: "B")]) == [[], [], [], []])
        #expect(audit([beat(1), beat(3)]) == [[], ["MsgSeqNum 2 is missing"]])
        #expect(audit([beat(1), beat(5), beat(6)]) == [[], ["MsgSeqNum 2 to 4 are missing"], []])
        #expect(audit([beat(5), beat(5), beat(6)]) == [[], ["MsgSeqNum 5 came before"], []])
        // Sent again, and said so.
        #expect(audit([beat(5), beat(4, "43=Y|122=20260102-03:04:05|"), beat(6)]).last == [])
        // Numbers that are filled, or set anew.
        #expect(audit([beat(5), beat(6, "123=Y|36=20|", type: "4"), beat(20)]) == [[], [], []])
        #expect(audit([beat(5), beat(99, "36=20|", type: "4"), beat(20)]) == [[], [], []])
        #expect(audit([beat(5), beat(1, "98=0|108=30|141=Y|", type: "A"), beat(2)]) == [[], [], []])
    }

    @Test("a message's dictionary is that of its version")
    func versions() {
        let body = "35=D|34=1|49=A|52=20260102-03:04:05|56=B|11=x|54=1|55=ABC|38=5|40=1|60=20260102-03:04:05|"
        #expect(audit([fixText(body)]) == [[]])
        // 4.2 asks for HandlInst.
        #expect(audit([fixText(body, begin: "FIX.4.2")]) == [["Required tag missing: tag 21 (reason 1)"]])
        #expect(audit([fixText(body, begin: "FIXT.1.1")]) == [[]])
        #expect(audit([fixText(body, begin: "FIX.9.9")]) == [[]])
    }

    @Test("counts by type, by fault and by direction")
    func counts() {
        var audit = FixLogAudit()
        for entry in entries(bytes(beat(1) + beat(3) + beat(3) + beat(4, "58=x|"), "|")) { _ = audit.take(entry) }
        let (types, problems, directions) = (audit.types, audit.problems, audit.directions)
        #expect(types == ["0": 4] && problems == ["gap": 1, "repeated": 1, "refused": 1])
        let direction = FixLogDirection(version: "FIX.4.4", sender: "A", target: "B")
        let count = directions[direction]
        #expect(count?.messages == 4 && count?.first == 1 && count?.last == 4 && count?.gaps == 1)
    }

    @Test("any bytes do no harm, and no message is longer than the bound")
    func noise() {
        var state: UInt64 = 42
        let alphabet = Array("8=FIX.4.4|9=10=\u{1}^A\n0123456789=".utf8)
        var audit = FixLogAudit()
        for _ in 0..<200 {
            var log: [UInt8] = []
            for _ in 0..<500 {
                state = state &* 6_364_136_223_846_793_005 &+ 1
                if state >> 60 == 0 { log += bytes(heartbeat, "|") }
                log.append(alphabet[Int(state >> 33) % alphabet.count])
            }
            for entry in entries(log, piece: 37) { _ = audit.take(entry) }
        }
        let messages = audit.messages
        #expect(messages > 1_000)
        let long = Array("8=FIX.4.4|9=5|58=".utf8) + [UInt8](repeating: 0x41, count: 3 << 20)
        let found = entries(long, piece: 1 << 16)
        #expect(found.allSatisfy { $0.bytes.count <= (1 << 20) + 1 && !$0.isWhole } && !found.isEmpty)
    }
}
