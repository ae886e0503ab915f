// SPDX-License-Identifier: MIT
import ArgumentParser
import Foundation
import HeliosSchema
import HeliosWire

extension SbeFraming: EnumerableFlag, CaseIterable {
    public static var allCases: [SbeFraming] { [.sofh, .sofhLittle, .size16] }

    public static func name(for value: SbeFraming) -> NameSpecification {
        switch value {
        case .sofh: .customLong("sofh")
        case .sofhLittle: .customLong("sofh-little")
        case .size16: .customLong("size16")
        }
    }

    public static func help(for value: SbeFraming) -> ArgumentHelp? {
        switch value {
        case .sofh: "Frames begin with a Simple Open Framing Header."
        case .sofhLittle: "The same in little-endian order."
        case .size16: "Frames begin with a little-endian 16-bit length that counts itself."
        }
    }
}

/// `helios sbe decode`: the messages of a file, read by their schema.
struct SbeDecodeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "decode",
        abstract: "Print the messages of a file, read by their schema.",
        usage: """
            helios sbe decode Schemas/mdp3.xml day.pcap
            helios sbe decode orders.xml orders.sbe --json
            """,
        discussion: """
            Reads frames one behind the other, or captures (pcap, pcapng) of UDP packets as MDP 3.0 makes them: a packet \
            number, a time, and messages with 16-bit lengths. What can't be read is counted and named with its offset; \
            exit code 3 when the file can't be followed to its end.
            """
    )

    @Argument(help: "The schema.", completion: .file(extensions: ["xml"]))
    var schema: String

    @Argument(help: "The file.", completion: .file())
    var file: String

    @Flag(help: "How frames begin; captures need no answer. (default: --sofh)")
    var framing: SbeFraming = .sofh

    @Option(help: "Stop after this many messages. (default: 100000)")
    var limit: Int?

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() throws {
        let limit = limit ?? 100_000
        guard limit > 0 else { throw Failure(.usage, "--limit must be at least 1") }
        let model = try SbeCommand.model(schema)
        try requireFile(file, .data)
        let data = try Data(contentsOf: URL(fileURLWithPath: file), options: .alwaysMapped)
        var listing = SbeListing(SbeDynamicDecoder(model), limit: limit, isJSON: json)
        let problem = data.withUnsafeBytes { bytes in
            CaptureReader.recognizes(bytes)
                ? listing.readCapture(bytes) : listing.readFrames(WireBytes(bytes), framing)
        }
        if json {
            try Console.show(json: listing.answer(file, problem))
        } else {
            Console.note("\(listing.count) messages, \(listing.malformed) that can't be read")
        }
        if let problem { throw Failure(.data, "\(file): \(problem)") }
    }
}

/// Messages as lines or as one object.
struct SbeListing {
    private let decoder: SbeDynamicDecoder
    private let limit: Int
    private let isJSON: Bool
    private var messages: [JSONValue] = []
    private(set) var count = 0
    private(set) var malformed = 0

    init(_ decoder: SbeDynamicDecoder, limit: Int, isJSON: Bool) {
        self.decoder = decoder
        self.limit = limit
        self.isJSON = isJSON
    }

    private var isFull: Bool { count + malformed >= limit }

    /// Reads frames to the end of the bytes; why it had to stop before, or nil.
    mutating func readFrames(_ bytes: WireBytes, _ framing: SbeFraming) -> String? {
        let frames = SbeFrames(framing)
        var cursor = 0
        while !isFull {
            let start = cursor
            do throws(SbeError) {
                guard let frame = try frames.next(bytes, cursor: &cursor) else {
                    return cursor < bytes.count ? "the frame at byte \(cursor) is cut short" : nil
                }
                show(frame.message, at: start, packet: nil)
            } catch {
                return "\(error) at byte \(start)"
            }
        }
        return nil
    }

    /// Reads the packets of a capture; why it had to stop before its end, or nil.
    mutating func readCapture(_ bytes: UnsafeRawBufferPointer) -> String? {
        var reader = CaptureReader()
        var cursor = 0
        while !isFull {
            do throws(CaptureError) {
                guard let datagram = try reader.nextDatagram(bytes, cursor: &cursor) else {
                    return cursor < bytes.count ? "the packet at byte \(cursor) is cut short" : nil
                }
                let payload = WireBytes(bytes).slice(datagram.start..<datagram.start + datagram.count)
                guard let packet = try? Mdp3Packet(payload) else {
                    complain("the packet can't be read", at: datagram.start)
                    continue
                }
                for message in packet.messages where !isFull {
                    show(message, at: datagram.start, packet: packet.sequence)
                }
            } catch {
                return "\(error)"
            }
        }
        return nil
    }

    private mutating func complain(_ reason: String, at offset: Int) {
        malformed += 1
        if isJSON {
            messages.append(.object(["offset": .integer(offset), "error": .string(reason)]))
        } else {
            Console.show("\(offset) \(reason)")
        }
    }

    private mutating func show(_ bytes: WireBytes, at offset: Int, packet: UInt32?) {
        do throws(SbeError) {
            let message = try decoder.decode(bytes)
            count += 1
            if isJSON {
                var object: [String: JSONValue] = [
                    "offset": .integer(offset), "message": .string(message.name),
                    "template": .integer(Int(message.header.templateID)),
                    "version": .integer(Int(message.header.version)), "content": .object(json(message.content)),
                ]
                if let packet { object["packet"] = .integer(Int(packet)) }
                messages.append(.object(object))
            } else {
                let place = packet.map { "#\($0)" } ?? "\(offset)"
                Console.show(place + " " + message.name + text(message.content))
                lines(message.content, indent: "    ")
            }
        } catch {
            complain("\(error)", at: offset)
        }
    }

    // MARK: Text

    private func text(_ block: SbeDecodedBlock) -> String {
        (block.fields + block.data).map { " \($0.name)=\($0.value)" }.joined()
    }

    private func lines(_ block: SbeDecodedBlock, indent: String) {
        for group in block.groups {
            for (index, entry) in group.entries.enumerated() {
                Console.show("\(indent)\(group.name)[\(index)]\(text(entry))")
                lines(entry, indent: indent + "    ")
            }
        }
    }

    // MARK: JSON

    func answer(_ file: String, _ problem: String?) -> JSONValue {
        .object([
            "file": .string(file), "messages": .array(messages), "count": .integer(count),
            "malformed": .integer(malformed), "failure": problem.map { .string($0) } ?? .null,
        ])
    }

    private func json(_ block: SbeDecodedBlock) -> [String: JSONValue] {
        var result: [String: JSONValue] = [:]
        for field in block.fields + block.data { result[field.name] = json(field.value) }
        for group in block.groups { result[group.name] = .array(group.entries.map { .object(json($0)) }) }
        return result
    }

    private func json(_ value: SbeValue) -> JSONValue {
        switch value {
        case .null: .null
        case .integer(let number): Int(exactly: number).map { .integer($0) } ?? .string("\(number)")
        case .float(let number): number.isFinite ? .number(number) : .string("\(number)")
        case .text(let text): .string(text)
        case .decimal(let number): .string("\(number)")
        case .code(let code, let name): name.map { .string($0) } ?? json(.integer(code))
        case .flags(let bits, let names):
            .object(["bits": json(.integer(Int128(bits))), "names": .array(names.map { .string($0) })])
        case .array(let values): .array(values.map { json($0) })
        case .composite(let members):
            .object(Dictionary(members.map { ($0.name, json($0.value)) }, uniquingKeysWith: { first, _ in first }))
        case .bytes: .string("\(value)")
        }
    }
}
