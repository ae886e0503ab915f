// SPDX-License-Identifier: MIT
import Foundation
import HeliosMarket

/// What somebody asks of a running session: a line of JSON on its control socket.
public struct ControlRequest: Codable, Sendable {
    /// The edition of the protocol.
    public static let version = 1
    /// A longer line is none.
    public static let longest = 1 << 16

    /// The edition that the line is written in.
    public var helios = ControlRequest.version
    /// What to do: `kill`, `status`, `propose`, `approve`, `withdraw`, `proposals`, `order`, `orders`, `cancelOrder`.
    public var verb: String
    /// `firm`, `strategy:NAME`, `trader:NAME`, `account:NAME`, `desk:NAME`, `instrument:SYMBOL`, `venue:NAME`.
    public var scope: String?
    /// `killed`, `halted`, `reduceOnly`, or `flatten`.
    public var action: String?
    public var reason: String?
    /// Who asks, as their system knows them: for the record, not a proof.
    public var person: String?
    /// What the verb needs beside it, as JSON.
    public var body: String?

    public init(_ verb: String) { self.verb = verb }
}

/// One step of an answer: a line of JSON.
public struct ControlAnswer: Codable, Sendable {
    public var helios = ControlRequest.version
    /// What happened, in a word.
    ///
    /// `flag`, `working`, `journalled`, `watchdog`, `cancels`, `terminal`, `escalation`, `refused` and others.
    public var step: String
    /// The same for people.
    public var text: String
    /// The world's time, UTC.
    public var time: String
    /// Since the flag.
    public var milliseconds: Double?
    /// How many orders, or cancels.
    public var count: Int?
    /// The journal's number of the record.
    public var record: UInt64?
    /// Orders that may still trade.
    public var orders: [OpenOrder]?
    /// Whom to call.
    public var contacts: [String]?
    /// Nothing follows.
    public var isLast = false
    /// What the asking process ends with: 0 done, 1 not everything came to its end, 2 not understood, 4 refused.
    public var code: Int32 = 0
    public var body: String?

    public init(_ step: String, _ text: String, isLast: Bool = false, code: Int32 = 0) {
        self.step = step
        self.text = text
        self.isLast = isLast
        self.code = code
        time = ControlAnswer.wallClock()
    }

    /// Now, to the microsecond, UTC.
    static func wallClock() -> String {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        var parts = tm()
        var seconds = time.tv_sec
        gmtime_r(&seconds, &parts)
        func two(_ value: Int32) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let micros = String(time.tv_nsec / 1_000)
        return "\(parts.tm_year + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))T\(two(parts.tm_hour)):"
            + "\(two(parts.tm_min)):\(two(parts.tm_sec)).\(String(repeating: "0", count: 6 - micros.count))\(micros)Z"
    }
}

/// Lines of JSON.
package enum ControlLine {
    package static func encode(_ value: some Encodable) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Plain structures of text and numbers: they always encode.
        guard let data = try? encoder.encode(value) else { return Array("{}\n".utf8) }
        return Array(data) + [UInt8(ascii: "\n")]
    }

    package static func decode<Value: Decodable>(_ type: Value.Type, _ line: some Sequence<UInt8>) -> Value? {
        try? JSONDecoder().decode(type, from: Data(line))
    }
}
