// SPDX-License-Identifier: MIT
import Foundation
import HeliosMarket
import HeliosWire
import Testing

/// A seeded generator for tests (xorshift).
struct TestRandom {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

    mutating func bits() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state &* 0x2545_F491_4F6C_DD1D
    }

    mutating func next<T: FixedWidthInteger>() -> T { T(truncatingIfNeeded: bits() >> 16) }

    mutating func below(_ bound: Int) -> Int { Int(bits() >> 33) % max(bound, 1) }

    mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in next() } }

    mutating func token() -> OuchToken {
        let first = bits()
        return OuchToken(first: first, last: first << 48 | bits() >> 16)
    }
}

func withWire<R>(_ bytes: [UInt8], _ body: (WireBytes) throws -> R) rethrows -> R {
    try bytes.withUnsafeBytes { try body(WireBytes($0)) }
}

func copied(_ bytes: WireBytes) -> [UInt8] { (0..<bytes.count).map { bytes[$0] } }

/// Bytes of hexadecimal digits; spaces are ignored.
func hexBytes(_ text: String) -> [UInt8] {
    let digits = text.utf8.filter { $0 != 0x20 }.map { UInt8($0 > 0x39 ? $0 & 0xDF - 55 : $0 - 48) }
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}

/// The lengths of the optional fields' values as the specification states them.
let optionLengths: [(tag: UInt8, length: Int)] = [
    (1, 8), (2, 4), (3, 4), (4, 1), (5, 4), (6, 1), (7, 4), (9, 8), (10, 1), (11, 4), (12, 1), (13, 4), (14, 4),
    (15, 4),
    (16, 1), (17, 1), (18, 1), (19, 8), (20, 1), (22, 4), (23, 8), (24, 2), (25, 1), (26, 4), (27, 1), (28, 1), (29, 1),
    (30, 2),
]

/// Writes random messages of one type, reads them back, and cuts and stretches them.
enum Trip {
    static func run<Message: OuchMessage>(
        _ type: Message.Type,
        _ write: (inout TestRandom, OuchOptions, inout WireOutput) throws(OuchError) -> ((Message) -> Bool)
    ) throws {
        var random = TestRandom(UInt64(Message.type) << 8 | UInt64(Message.length))
        for round in 0..<100 {
            let fields = Message.appendage == .none || round % 3 == 0 ? [] : options(&random, Message.tags)
            var output = WireOutput(capacity: 512)
            try withWire(fields) { raw in
                let options = try OuchOptions(raw)
                let check = try write(&random, options, &output)
                let view = try Message(output.bytes)
                must(check(view))
                must(copied(view.options.bytes) == fields)
            }
            let bytes = copied(output.bytes)
            let announced = Message.appendage == .required || (Message.appendage == .optional && !fields.isEmpty)
            #expect(bytes.count == Message.length + (announced ? 2 + fields.count : 0))
            lengths(type, bytes)
            try room(type, fields, &random, bytes.count, write)
        }
    }

    /// Some of the allowed fields in any order, and one that nobody knows.
    private static func options(_ random: inout TestRandom, _ tags: UInt64) -> [UInt8] {
        var chosen = optionLengths.filter { tags >> UInt64($0.tag) & 1 == 1 && random.below(2) == 0 }
        chosen.append((UInt8(32 + random.below(224)), random.below(6)))
        chosen.swapAt(0, random.below(chosen.count))
        return chosen.flatMap { [UInt8($0.length + 1), $0.tag] + random.bytes($0.length) }
    }

    /// Any other length is refused, except those that are messages too.
    private static func lengths<Message: OuchMessage>(_ type: Message.Type, _ bytes: [UInt8]) {
        for count in 0..<bytes.count {
            let isMessage =
                count == Message.shortest && Message.shortest != Message.length
                || count == Message.length && Message.appendage != .required
            let isRead = withWire(Array(bytes[..<count])) { (try? Message($0)) != nil }
            #expect(isRead == isMessage, "\(type) of \(count) bytes")
        }
        let isLonger = withWire(bytes + [0]) { (try? Message($0)) != nil }
        #expect(!isLonger)
        var other = bytes
        other[0] ^= 0x80
        let isOther = withWire(other) { (try? Message($0)) != nil }
        #expect(!isOther)
    }

    /// Without room nothing is written.
    private static func room<Message: OuchMessage>(
        _ type: Message.Type,
        _ fields: [UInt8],
        _ random: inout TestRandom,
        _ count: Int,
        _ write: (inout TestRandom, OuchOptions, inout WireOutput) throws(OuchError) -> ((Message) -> Bool)
    ) throws {
        var output = WireOutput(capacity: max(count - 1, 1))
        try withWire(fields) { raw in
            let options = try OuchOptions(raw)
            do throws(OuchError) {
                _ = try write(&random, options, &output)
                #expect(count <= 1)
            } catch {
                #expect(error == .buffer)
                must(output.count == 0)
            }
        }
    }
}

/// Captured packets, where they are at hand.
enum CapturedOuch {
    static var folder: String {
        ProcessInfo.processInfo.environment["HELIOS_SHARED"] ?? "../shared"
    }

    static func exists() -> Bool {
        FileManager.default.fileExists(atPath: folder + "/data/ouch/omi_nasdaq_ouch50/EnterOrderMessage.pcap")
    }

    /// The TCP payload of the one packet in a capture.
    static func payload(_ name: String) throws -> [UInt8] {
        let file = try Data(contentsOf: URL(fileURLWithPath: folder + "/data/ouch/" + name))
        var bytes = Array(file.dropFirst(24 + 16))
        var ip = 14
        while bytes[ip - 2] == 0x81 { ip += 4 }
        let total = Int(bytes[ip + 2]) << 8 | Int(bytes[ip + 3])
        let tcp = ip + Int(bytes[ip] & 15) * 4
        bytes = Array(bytes[..<(ip + total)])
        return Array(bytes[(tcp + Int(bytes[tcp + 12] >> 4) * 4)...])
    }
}

/// `#expect` for expressions that change a value which can't be copied.
func must(_ isTrue: Bool, _ comment: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(isTrue, comment, sourceLocation: sourceLocation)
}
