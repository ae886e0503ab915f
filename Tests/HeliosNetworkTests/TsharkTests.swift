// SPDX-License-Identifier: MIT
#if Network
import Foundation
import HeliosFIX
import HeliosMarket
import HeliosNetwork
import HeliosWire
import Synchronization
import Testing

/// Wireshark's view of messages: each a list of tag and value, with what it has to say against them.
private struct Tshark {
    struct Message {
        var fields: [(tag: Int, text: String)] = []
        var isGood = false
        var complaints: [String] = []
    }

    static let path: String? = ["/usr/bin/tshark", "/usr/local/bin/tshark", "/opt/homebrew/bin/tshark"]
        .first { FileManager.default.isExecutableFile(atPath: $0) }
    static var isRequired: Bool { ProcessInfo.processInfo.environment["CI"] != nil }

    /// A capture of one TCP segment for each message.
    static func capture(_ messages: [[UInt8]]) -> Data {
        func little(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> UInt32(8 * $0)) } }
        func big(_ value: UInt32, _ count: Int) -> [UInt8] {
            (0..<count).reversed().map { UInt8(truncatingIfNeeded: value >> UInt32(8 * $0)) }
        }
        // Link type 101: packets begin with their IP header.
        var file: [UInt8] = little(0xA1B2_C3D4) + [2, 0, 4, 0] + little(0) + little(0) + little(262_144) + little(101)
        var sequence: UInt32 = 1
        for message in messages {
            let length = 40 + message.count
            var packet: [UInt8] = [0x45, 0] + big(UInt32(length), 2) + [0, 1, 0x40, 0, 64, 6, 0, 0]
            packet += [127, 0, 0, 1, 127, 0, 0, 1] + big(40_000, 2) + big(9_880, 2) + big(sequence, 4) + big(1, 4)
            packet += [0x50, 0x18, 0xFF, 0xFF, 0, 0, 0, 0] + message
            file += little(1_767_364_200) + little(0) + little(UInt32(length)) + little(UInt32(length)) + packet
            sequence += UInt32(message.count)
        }
        return Data(file)
    }

    static func read(_ messages: [[UInt8]]) throws -> [Message] {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("helios-fix-\(UUID().uuidString)")
        try capture(messages).write(to: file)
        let output = file.appendingPathExtension("pdml")
        defer { for file in [file, output] { try? FileManager.default.removeItem(at: file) } }
        _ = FileManager.default.createFile(atPath: output.path, contents: nil)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path ?? "")
        process.arguments = ["-r", file.path, "-d", "tcp.port==9880,fix", "-T", "pdml"]
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return parse(try String(contentsOf: output, encoding: .utf8))
    }

    /// The `fix` parts of the packets: fields whose description has their number, in their order.
    private static func parse(_ text: String) -> [Message] {
        var messages: [Message] = []
        for packet in text.components(separatedBy: "<packet>").dropFirst() {
            var message = Message()
            let parts = packet.components(separatedBy: "<proto name=\"fix\"")
            if packet.contains("_ws.malformed") { message.complaints.append("malformed") }
            for line in parts.dropFirst().joined().split(separator: "\n") {
                let name = attribute("name", line)
                if name == "fix.checksum_good" { message.isGood = attribute("show", line) == "1" }
                guard name.hasPrefix("fix."), let tag = number(attribute("showname", line)) else { continue }
                // The bytes of the whole field, `tag=value` and the separator.
                message.fields.append((tag, String(bytes(attribute("value", line)).dropLast())))
            }
            messages.append(message)
        }
        return messages
    }

    private static func attribute(_ name: String, _ line: Substring) -> String {
        guard let start = line.range(of: " \(name)=\"") else { return "" }
        return String(line[start.upperBound...].prefix { $0 != "\"" })
    }

    /// 11 of `ClOrdID (11): A1`.
    private static func number(_ text: String) -> Int? {
        guard let open = text.firstIndex(of: "("), let close = text[open...].firstIndex(of: ")") else { return nil }
        return Int(text[text.index(after: open)..<close])
    }

    private static func bytes(_ hexadecimal: String) -> String {
        let digits = Array(hexadecimal)
        let bytes = stride(from: 0, to: digits.count - 1, by: 2).compactMap {
            UInt8(String(digits[$0...($0 + 1)]), radix: 16)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

@Suite(
    "Wireshark reads what we send",
    .enabled(if: Tshark.path != nil || Tshark.isRequired, "needs the program tshark")
)
struct TsharkTests {
    /// All that two sessions send each other over a life with gaps, rejects, resends and a reset.
    private func conversation(_ version: FixVersion) throws -> [[UInt8]] {
        let sent = Mutex<[[UInt8]]>([])
        let (near, far) = (Diary(), Diary())
        var noting = hooks(near)
        var answering = hooks(far, fills: true)
        noting.trace = { _, direction, bytes in
            if direction == .sent { sent.withLock { $0.append(Array(bytes.unsafeBuffer)) } }
        }
        answering.trace = noting.trace
        let acceptor = try FixAcceptor(
            host: "127.0.0.1",
            port: 0,
            sessions: [FixConnectionTests.configuration(version, .acceptor)],
            dictionary: { _ in
                version == .fix42 ? .builtin(.fix42) : version == .fix44 ? .builtin(.fix44) : .builtin(.fix50sp2)
            },
            hooks: answering
        )
        var settings = FixConnectionTests.configuration(version, .initiator)
        settings.username = "trader"
        settings.password = "secret"
        if version == .fix42 { (settings.username, settings.password) = (nil, nil) }
        let initiator = try FixInitiator(host: "127.0.0.1", port: acceptor.port, configuration: settings, hooks: noting)
        try #require(near.wait(for: "logged on") != nil)
        initiator.run { peer in
            _ = peer.testRequest("are you there")
            peer.send(.newOrderSingle) { $0.put(.clOrdID, "incomplete") }
            peer.skip(2)
            sendOrder(peer, "A1")
            _ = peer.requestResend(from: 1, to: 0)
        }
        #expect(near.wait(for: "rejected") != nil)
        initiator.run { peer in sendOrder(peer, "A2") }
        #expect(far.wait(for: "11=A2|") != nil)
        initiator.run { peer in _ = peer.resetSequence() }
        #expect(near.wait(for: "logged on true") != nil)
        initiator.leave("enough")
        #expect(near.wait(for: "closed") != nil)
        acceptor.close()
        // Several messages may have left together.
        return sent.withLock { $0 }.flatMap(split)
    }

    private func split(_ bytes: [UInt8]) -> [[UInt8]] {
        var messages: [[UInt8]] = []
        bytes.withUnsafeBytes { buffer in
            var rest = WireBytes(buffer)
            while case .message(let count) = FixFramer().next(rest) {
                messages.append(Array(rest.slice(0..<count).unsafeBuffer))
                rest = rest.slice(count..<rest.count)
            }
            #expect(rest.count == 0)
        }
        return messages
    }

    @Test(
        "each field and sum of a session's messages, in each version",
        arguments: [FixVersion.fix42, .fix44, .fixt11]
    )
    func agrees(_ version: FixVersion) throws {
        let messages = try conversation(version)
        var types: Set<String> = []
        let seen = try Tshark.read(messages)
        try #require(seen.count == messages.count)
        var scanner = FixScanner()
        for (bytes, seen) in zip(messages, seen) {
            try bytes.withUnsafeBytes { buffer in
                let message = try scanner.scan(WireBytes(buffer))
                types.insert(message.type.description)
                #expect(seen.isGood && seen.complaints.isEmpty, "\(message.bytes.shown)")
                var ours: [String] = []
                for index in 0..<message.count { ours.append("\(message.tag(index))=\(message.value(index).text)") }
                // CheckSum is theirs to check, and the last.
                let theirs = seen.fields.filter { $0.tag != 10 }.map(\.text)
                #expect(ours == theirs)
            }
        }
        #expect(types.isSuperset(of: ["0", "1", "2", "3", "4", "5", "A", "D"]), "\(types)")
    }
}
#endif
