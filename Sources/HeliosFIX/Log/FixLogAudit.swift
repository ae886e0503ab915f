// SPDX-License-Identifier: MIT
import HeliosWire

/// What is wrong with a message of a log.
public enum FixLogProblem: Equatable, Sendable {
    /// No message: cut off, or fields that are none.
    case garbled
    /// BodyLength is not what it says.
    case bodyLength(found: String, is: Int)
    /// CheckSum is not what it says.
    case checkSum(found: String, is: Int)
    /// The dictionary refuses it.
    case refused(FixRejection)
    /// Numbers that did not come; more than there are when the message is one of a later sequence.
    case gap(from: Int64, to: Int64)
    /// A number that came before, in a message that does not say so.
    case repeated(Int64)
}

extension FixLogProblem: CustomStringConvertible {
    public var description: String {
        switch self {
        case .garbled: "garbled"
        case .bodyLength(let found, let length): "BodyLength is \(length), not \(found)"
        case .checkSum(let found, let sum): "CheckSum is \(FixLogProblem.three(sum)), not \(found)"
        case .refused(let rejection):
            "\(rejection.reason.text)\(rejection.tag.map { ": tag \($0)" } ?? "") (reason \(rejection.reason.rawValue))"
        case .gap(let from, let to):
            from == to ? "MsgSeqNum \(from) is missing" : "MsgSeqNum \(from) to \(to) are missing"
        case .repeated(let number): "MsgSeqNum \(number) came before"
        }
    }

    private static func three(_ sum: Int) -> String {
        let digits = String(sum)
        return String(repeating: "0", count: max(3 - digits.count, 0)) + digits
    }

    /// A word for counting.
    public var kind: String {
        switch self {
        case .garbled: "garbled"
        case .bodyLength: "bodyLength"
        case .checkSum: "checkSum"
        case .refused: "refused"
        case .gap: "gap"
        case .repeated: "repeated"
        }
    }
}

/// One direction of a session: who sends to whom.
public struct FixLogDirection: Hashable, Comparable, Sendable, Encodable {
    public var version: String
    public var sender: String
    public var target: String

    public init(version: String, sender: String, target: String) {
        self.version = version
        self.sender = sender
        self.target = target
    }

    public static func < (a: FixLogDirection, b: FixLogDirection) -> Bool {
        (a.version, a.sender, a.target) < (b.version, b.sender, b.target)
    }
}

/// What was seen of one direction.
public struct FixLogCount: Equatable, Sendable, Encodable {
    public var messages = 0
    public var first: Int64 = 0
    public var last: Int64 = 0
    public var gaps = 0
    public var repeated = 0
    /// The number that is expected next.
    var next: Int64?

    private enum CodingKeys: CodingKey { case messages, first, last, gaps, repeated }
}

/// Looks at the messages of a log one by one: their sums, lengths, fields and numbers.
public struct FixLogAudit: ~Copyable {
    /// Messages, those that are no messages too.
    public private(set) var messages = 0
    /// By type.
    public private(set) var types: [String: Int] = [:]
    /// By kind.
    public private(set) var problems: [String: Int] = [:]
    public private(set) var directions: [FixLogDirection: FixLogCount] = [:]
    /// Directions and types beyond the bound, which are not counted apart.
    public private(set) var uncounted = 0

    /// Directions that are kept.
    private static let mostDirections = 4_096
    private static let mostTypes = 1_024

    private var dictionaries: FixLogDictionaries
    private var scanner = FixScanner()

    /// Checks against `dictionary`, or against the built-in one of each message's version.
    public init(_ dictionary: FixDictionary? = nil, options: FixCheckOptions = .default) {
        dictionaries = FixLogDictionaries(dictionary, options)
        if let dictionary { scanner = FixScanner(pairs: dictionary.dataPairs) }
    }

    /// What is wrong with `entry`: nothing for a good message.
    public mutating func take(_ entry: FixLogEntry) -> [FixLogProblem] { take(entry) { _, _, _ in } }

    /// What is wrong with `entry`, which is shown to the caller too.
    ///
    /// - Parameters:
    ///   - entry: a message as the reader found it.
    ///   - show: gets the message and its dictionary when there are fields to be seen.
    /// - Returns: what is wrong, nothing for a good message.
    public mutating func take(
        _ entry: FixLogEntry,
        show: (FixMessage, FixDictionary, [FixLogProblem]) throws -> Void
    ) rethrows -> [FixLogProblem] {
        messages += 1
        var found: [FixLogProblem] = []
        guard entry.isWhole else { return count([.garbled]) }
        var bytes = entry.bytes
        if let problem = FixLogAudit.bodyLength(bytes) { found.append(problem) }
        if let problem = FixLogAudit.repairSum(&bytes) { found.append(problem) }
        // Safe: the message is not kept beyond the closure.
        try unsafe bytes.withUnsafeBytes { buffer in
            guard let message = unsafe try? scanner.scan(WireBytes(buffer)) else {
                found.append(.garbled)
                return
            }
            add(message, &found)
            if let dictionary = dictionaries.dictionary(of: message) { try show(message, dictionary, found) }
        }
        return count(found)
    }

    private mutating func count(_ found: [FixLogProblem]) -> [FixLogProblem] {
        for problem in found { problems[problem.kind, default: 0] += 1 }
        return found
    }

    /// A message with fields: its type, its dictionary's verdict, its number.
    private mutating func add(_ message: FixMessage, _ found: inout [FixLogProblem]) {
        let type = FixDescriber.printable(message.value(2))
        if types[type] != nil || types.count < Self.mostTypes { types[type, default: 0] += 1 } else { uncounted += 1 }
        if let rejection = dictionaries.check(message) { found.append(.refused(rejection)) }
        let direction = FixLogDirection(
            version: FixDescriber.printable(message.value(0)),
            sender: message[.senderCompID].map(FixDescriber.printable) ?? "",
            target: message[.targetCompID].map(FixDescriber.printable) ?? ""
        )
        guard directions[direction] != nil || directions.count < Self.mostDirections else {
            uncounted += 1
            return
        }
        FixLogAudit.follow(message, &directions[direction, default: FixLogCount()], &found)
    }

    /// Whether the number is the next one; what comes after it.
    private static func follow(_ message: FixMessage, _ count: inout FixLogCount, _ found: inout [FixLogProblem]) {
        count.messages += 1
        guard let number = message[.msgSeqNum]?.int, number > 0, number < .max else { return }
        let type = message.type
        let isReset = type == .sequenceReset && message[.gapFillFlag]?.bool != true
        if type == .logon, message[.resetSeqNumFlag]?.bool == true { count.next = number }
        if count.first == 0 { count.first = number }
        count.last = number
        if message[.possDupFlag]?.bool == true, number < count.next ?? 0 { return }
        if !isReset, let next = count.next {
            if number > next {
                found.append(.gap(from: next, to: number - 1))
                count.gaps += 1
            } else if number < next {
                found.append(.repeated(number))
                count.repeated += 1
                return
            }
        }
        count.next = number + 1
        if type == .sequenceReset, let next = message[.newSeqNo]?.int, next > 0 { count.next = next }
    }

    /// What BodyLength says against what it is.
    private static func bodyLength(_ bytes: [UInt8]) -> FixLogProblem? {
        guard let first = bytes.firstIndex(of: 1), bytes.count > first + 3, bytes[first + 1] == 0x39,
            bytes[first + 2] == 0x3D, let second = bytes[(first + 1)...].firstIndex(of: 1)
        else { return nil }
        let length = bytes.count - 7 - (second + 1)
        let said = bytes[(first + 3)..<second]
        let number = Int(String(decoding: said, as: UTF8.self))
        guard number != length else { return nil }
        return .bodyLength(found: String(decoding: said.prefix(20).filter { $0 >= 0x20 }, as: UTF8.self), is: length)
    }

    /// What CheckSum says against what it is; it is put right, so that fields can be read.
    private static func repairSum(_ bytes: inout [UInt8]) -> FixLogProblem? {
        guard bytes.count > 20 else { return nil }
        let end = bytes.count - 7
        let sum = bytes[..<end].reduce(0) { ($0 + Int($1)) % 256 }
        let digits = [UInt8(0x30 + sum / 100), UInt8(0x30 + sum / 10 % 10), UInt8(0x30 + sum % 10)]
        let said = bytes[(end + 3)..<(end + 6)]
        guard Array(said) != digits else { return nil }
        let problem = FixLogProblem.checkSum(found: String(decoding: said, as: UTF8.self), is: sum)
        bytes.replaceSubrange((end + 3)..<(end + 6), with: digits)
        return problem
    }
}
