// SPDX-License-Identifier: MIT
import Foundation
import HeliosSchema
import HeliosWire
import Testing

/// A Python that has the package `sbedecoder`: an SBE decoder that others wrote.
private enum OtherDecoder {
    static let python: String? = {
        let name = ProcessInfo.processInfo.environment["HELIOS_PYTHON"] ?? "python3"
        return run(name, ["-c", "import sbedecoder"])?.status == 0 ? name : nil
    }()

    static func run(_ python: String, _ arguments: [String]) -> (status: Int32, output: String)? {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [python] + arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return nil }
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: data, as: UTF8.self))
    }

    /// Prints a line for every field of every message in the packets of a file, each behind its length.
    static let script = """
        import struct, sys
        from sbedecoder import SBESchema, MDPMessageFactory, SBEParser
        from sbedecoder.message import TypeMessageField, EnumMessageField, CompositeMessageField
        schema = SBESchema(include_message_size_header=True)
        schema.parse(sys.argv[1])
        parser = SBEParser(MDPMessageFactory(schema))
        def show(field):
            if isinstance(field, CompositeMessageField):
                raw = field.raw_value
                return 'none' if raw['mantissa'] is None else '%de%d' % (raw['mantissa'], raw['exponent'])
            value = field.value if isinstance(field, TypeMessageField) else field.raw_value
            if value is None or value == '': return 'none'
            # It has no null for codes: theirs are of one byte.
            if isinstance(field, EnumMessageField) and value == 255: return 'none'
            if isinstance(value, str) and not isinstance(field, TypeMessageField): return str(ord(value))
            return str(value)
        header = ('message_size', 'block_length', 'template_id', 'schema_id', 'version')
        data = open(sys.argv[2], 'rb').read()
        position = 0
        while position < len(data):
            length = struct.unpack_from('<I', data, position)[0]
            packet = data[position + 4:position + 4 + length]
            position += 4 + length
            print('packet', struct.unpack_from('<I', packet, 0)[0])
            for message in parser.parse(packet, 12):
                print(message.name, message.template_id.value)
                for field in message.fields:
                    if field.name not in header: print(' ', field.original_name, show(field))
                for group in message.groups:
                    for entry in group.repeating_groups:
                        print(' ', group.original_name)
                        for field in entry.fields: print('   ', field.original_name, show(field))
        """
}

@Suite("SBE: an independent decoder reads what we write")
struct SbeDecoderProofTests {
    /// The same lines as the script prints, by our reader.
    private func lines(_ packets: [[UInt8]]) throws -> [String] {
        let decoder = SbeDynamicDecoder(try Repository.model("mdp3"))
        var lines: [String] = []
        for packet in packets {
            try withWire(packet) { wire in
                let packet = try Mdp3Packet(wire)
                lines.append("packet \(packet.sequence)")
                for bytes in packet.messages {
                    let message = try decoder.decode(bytes)
                    lines.append("\(message.name) \(message.header.templateID)")
                    for field in message.content.fields { lines.append("  \(field.name) \(text(field.value))") }
                    for group in message.content.groups {
                        for entry in group.entries {
                            lines.append("  \(group.name)")
                            for field in entry.fields { lines.append("    \(field.name) \(text(field.value))") }
                        }
                    }
                }
            }
        }
        return lines
    }

    private func text(_ value: SbeValue) -> String {
        switch value {
        case .null, .text(""): "none"
        case .text(let text): text
        case .integer(let number), .code(let number, _): "\(number)"
        case .flags(let bits, _): "\(bits)"
        case .decimal(let decimal): "\(decimal.mantissa)e\(decimal.exponent)"
        default: "\(value)"
        }
    }

    /// One packet with the messages that the random venue does not send, with and without their optional values.
    private func others(_ isFull: Bool) throws(SbeError) -> [UInt8] {
        try written { (writer) throws(SbeError) in
            try writer.mdp3Packet(sequence: 4_000_000_000, sendingTime: .max)
            try writer.beginFrame(.size16)
            try Mdp3.Heartbeat.write(to: &writer)
            try writer.endFrame()
            try writer.beginFrame(.size16)
            try Mdp3.Login.write(heartbeatInterval: -3, to: &writer)
            try writer.endFrame()
            try writer.beginFrame(.size16)
            try Mdp3.Logout.write(text: isFull ? String(repeating: "bye", count: 60) : "", to: &writer)
            try writer.endFrame()
            try writer.beginFrame(.size16)
            try Mdp3.SecurityStatus.write(
                transactTime: 1 << 60,
                securityGroup: "ES",
                asset: isFull ? "ESGRP6" : "",
                securityID: isFull ? -7 : nil,
                tradeDate: isFull ? 20_000 : nil,
                matchEventIndicator: isFull ? [.endOfEvent, .lastTrade] : [],
                tradingStatus: isFull ? .ready : nil,
                haltReason: .schedule,
                tradingEvent: .resetStatistics,
                to: &writer
            )
            try writer.endFrame()
            try writer.beginFrame(.size16)
            try Mdp3.IncrementalVolume.write(transactTime: 5, matchEventIndicator: .lastVolume, to: &writer)
            try writer.group(Mdp3.IncrementalVolume.Entry.self, count: 1)
            try Mdp3.IncrementalVolume.Entry.write(size: 9, securityID: 8, rptSeq: 7, action: .change, to: &writer)
            try writer.endFrame()
            try writer.beginFrame(.size16)
            try book(isFull, &writer)
            try writer.endFrame()
        }
    }

    private func book(_ isFull: Bool, _ writer: inout SbeWriter) throws(SbeError) {
        try Mdp3.IncrementalBook.write(transactTime: 1, matchEventIndicator: .endOfEvent, to: &writer)
        try writer.group(Mdp3.IncrementalBook.Entry.self, count: 2)
        for price in [SbeDecimal(mantissa: -12_345_678_901, exponent: -9), nil] {
            try Mdp3.IncrementalBook.Entry.write(
                price: price,
                size: isFull ? 1 : nil,
                securityID: .max,
                rptSeq: .max,
                orderCount: isFull ? 2 : nil,
                level: 10,
                action: .overlay,
                entryType: .impliedOffer,
                tradeableSize: isFull ? 77 : nil,
                to: &writer
            )
        }
        try writer.group(Mdp3.IncrementalBook.Order.self, count: 1)
        try Mdp3.IncrementalBook.Order.write(
            orderID: isFull ? 1 << 63 : nil,
            priority: isFull ? 3 : nil,
            displaySize: isFull ? 4 : nil,
            referenceID: isFull ? 1 : nil,
            action: .update,
            to: &writer
        )
    }

    @Test(
        "sbedecoder reads every field of our packets as we do, by our schema",
        .enabled(if: OtherDecoder.python != nil, "needs a Python with sbedecoder: set HELIOS_PYTHON")
    )
    func sameFields() throws {
        let python = try #require(OtherDecoder.python)
        var venue = Mdp3TestVenue(instruments: 5, seed: 31)
        var packets: [[UInt8]] = []
        for _ in 0..<200 { packets.append(try venue.event()) }
        let (levels, orders) = try venue.snapshots()
        packets += levels + orders
        packets.append(try others(true))
        packets.append(try others(false))
        packets.append(try venue.reset(restarting: false))
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("sbe-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var data = Data()
        for packet in packets {
            withUnsafeBytes(of: UInt32(packet.count).littleEndian) { data.append(contentsOf: $0) }
            data.append(contentsOf: packet)
        }
        let file = folder.appendingPathComponent("packets")
        try data.write(to: file)
        let script = folder.appendingPathComponent("decode.py")
        try OtherDecoder.script.write(to: script, atomically: true, encoding: .utf8)
        let schema = Repository.file("Schemas/mdp3.xml").path
        let answer = try #require(OtherDecoder.run(python, [script.path, schema, file.path]))
        #expect(answer.status == 0)
        let theirs = answer.output.split(separator: "\n").map(String.init)
        let ours = try lines(packets)
        #expect(theirs.count == ours.count && ours.count > 5_000)
        let difference = zip(ours, theirs).first { $0 != $1 }
        #expect(difference == nil)
        #expect(theirs.contains("    Price -12345678901e-9") && theirs.contains("    OrderID 9223372036854775808"))
    }
}
