// SPDX-License-Identifier: MIT

/// A message found in a log.
public struct FixLogEntry: Equatable, Sendable {
    /// The line it begins in, from one on.
    public var line: Int
    /// What stands before it in its line, such as a time.
    public var prefix: String
    /// The message with the standard's separators; of what has no end, what there is.
    public var bytes: [UInt8]
    /// Whether a CheckSum ends it.
    public var isWhole: Bool
}

/// Finds messages in logs: bytes in, messages out, whatever was written around them.
///
/// Messages stand one after another or a line each, behind a time or not; the separator is the standard's, `|` or `^A`.
/// ```swift
/// reader.append(chunk)
/// while let entry = reader.next() { … }
/// ```
/// It keeps one message at most, and what was appended last.
public struct FixLogReader: Sendable {
    /// Bytes that a message may have; longer ones are cut.
    public let largest: Int
    private var buffer: [UInt8] = []
    private var at = 0
    private var line = 1
    private var lineStart = 0
    private var isFinished = false
    /// Characters of a line before a message that are kept.
    private static let longestPrefix = 256

    public init(largest: Int = 1 << 20) { self.largest = max(largest, 64) }

    /// Takes the next bytes of the log.
    public mutating func append(_ bytes: some Collection<UInt8>) {
        if at > 0 {
            // The line's beginning stays for what stands before a message.
            let keep = max(lineStart, at - Self.longestPrefix * 4, 0)
            let drop = min(keep, at)
            buffer.removeFirst(drop)
            at -= drop
            lineStart = max(lineStart - drop, 0)
        }
        buffer.append(contentsOf: bytes)
    }

    /// No more bytes follow.
    public mutating func finish() { isFinished = true }

    /// The next message, or nil when more bytes are needed.
    public mutating func next() -> FixLogEntry? {
        guard let (start, separator) = find(), let (end, isWhole) = end(of: start, separator) else { return nil }
        let entry = FixLogEntry(
            line: line,
            prefix: prefix(before: start),
            bytes: normal(buffer[start..<end], separator),
            isWhole: isWhole
        )
        skip(to: end)
        return entry
    }

    /// Bytes in which BeginString, its separator and the next field's first digit are.
    private static let beginning = 13

    /// The next beginning of a message; what comes before it is passed over.
    private mutating func find() -> (Int, Separator)? {
        var start = at
        while start < buffer.count {
            if buffer[start] == 0x38 {
                if buffer.count - start < Self.beginning, !isFinished { break }
                if let separator = beginning(start) {
                    skip(to: start)
                    return (start, separator)
                }
            }
            start += 1
        }
        skip(to: start)
        return nil
    }

    /// The separator behind BeginString when a message begins there: a digit must follow.
    private func beginning(_ start: Int) -> Separator? {
        guard start + 8 < buffer.count, buffer[start] == 0x38, buffer[start + 1] == 0x3D, buffer[start + 2] == 0x46,
            buffer[start + 3] == 0x49, buffer[start + 4] == 0x58, let (separator, next) = separator(start),
            next < buffer.count, 0x30...0x39 ~= buffer[next]
        else { return nil }
        return separator
    }

    private mutating func skip(to end: Int) {
        while at < end {
            if buffer[at] == 0x0A {
                line += 1
                lineStart = at + 1
            }
            at += 1
        }
    }

    private enum Separator { case standard, bar, caret }

    /// What stands behind BeginString, and where the next field begins.
    private func separator(_ start: Int) -> (Separator, Int)? {
        var index = start + 5
        while index < min(buffer.count, start + 11) {
            switch buffer[index] {
            case 1: return (.standard, index + 1)
            case UInt8(ascii: "|"): return (.bar, index + 1)
            case UInt8(ascii: "^") where isSeparator(index, .caret): return (.caret, index + 2)
            case UInt8(ascii: "."), UInt8(ascii: "T"), 0x30...0x39: index += 1
            default: return nil
            }
        }
        return nil
    }

    private func separatorCount(_ separator: Separator) -> Int { separator == .caret ? 2 : 1 }

    private func isSeparator(_ index: Int, _ separator: Separator) -> Bool {
        switch separator {
        case .standard: buffer[index] == 1
        case .bar: buffer[index] == UInt8(ascii: "|")
        case .caret:
            buffer[index] == UInt8(ascii: "^") && index + 1 < buffer.count && buffer[index + 1] == UInt8(ascii: "A")
        }
    }

    /// Where the message ends; nil when more bytes are needed.
    ///
    /// It ends behind CheckSum where BodyLength says; else behind the first CheckSum, at the line's end, or before the next
    /// message, whichever comes first.
    private func end(of start: Int, _ separator: Separator) -> (end: Int, isWhole: Bool)? {
        if separator == .standard {
            switch endByLength(start) {
            case .at(let end): return (end, true)
            case .later where !isFinished: return nil
            default: break
            }
        }
        let width = separatorCount(separator)
        var index = start + 5
        while index < min(buffer.count, start + largest) {
            if buffer[index] == 0x0A || buffer[index] == 0x0D { return (index, false) }
            if buffer[index] == 0x38 {
                if buffer.count - index < Self.beginning, !isFinished { return nil }
                if beginning(index) != nil { return (index, false) }
            }
            guard isSeparator(index, separator) else {
                index += 1
                continue
            }
            let next = index + width
            if next + 6 + width > buffer.count, !isFinished { return nil }
            if let end = checkSum(next, separator) { return (end, true) }
            index = next
        }
        guard isFinished || buffer.count >= start + largest else { return nil }
        return (min(buffer.count, start + largest), false)
    }

    /// Behind `10=ddd` and its separator, which a line's end may stand for.
    private func checkSum(_ start: Int, _ separator: Separator) -> Int? {
        guard start + 6 <= buffer.count, buffer[start] == 0x31, buffer[start + 1] == 0x30, buffer[start + 2] == 0x3D,
            buffer[(start + 3)..<(start + 6)].allSatisfy({ 0x30...0x39 ~= $0 })
        else { return nil }
        let end = start + 6
        if end == buffer.count || buffer[end] == 0x0A || buffer[end] == 0x0D { return end }
        return isSeparator(end, separator) ? end + separatorCount(separator) : nil
    }

    /// Where BodyLength leads to.
    private enum EndByLength { case at(Int), later, wrong }

    /// Where BodyLength leads to, when a CheckSum is there; data may hold any byte then.
    private func endByLength(_ start: Int) -> EndByLength {
        var index = start + 5
        while index < min(buffer.count, start + 16), buffer[index] != 1 { index += 1 }
        guard index + 3 < buffer.count else { return .later }
        guard buffer[index + 1] == 0x39, buffer[index + 2] == 0x3D else { return .wrong }
        index += 3
        var length = 0
        while index < buffer.count, 0x30...0x39 ~= buffer[index], length < largest {
            length = length * 10 + Int(buffer[index] - 0x30)
            index += 1
        }
        guard index < buffer.count else { return .later }
        guard buffer[index] == 1, length < largest else { return .wrong }
        let end = index + 1 + length
        guard end + 7 <= buffer.count else { return .later }
        guard buffer[end - 1] == 1, let whole = checkSum(end, .standard) else { return .wrong }
        return .at(whole)
    }

    private func prefix(before start: Int) -> String {
        let from = max(lineStart, start - Self.longestPrefix)
        let text = buffer[from..<start].filter { $0 >= 0x20 && $0 != 0x7F }
        return String(decoding: text, as: UTF8.self)
    }

    /// The bytes with the standard's separators, one behind CheckSum too.
    private func normal(_ bytes: ArraySlice<UInt8>, _ separator: Separator) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count + 1)
        switch separator {
        case .standard: result += bytes
        case .bar: result += bytes.map { $0 == UInt8(ascii: "|") ? 1 : $0 }
        case .caret:
            var index = bytes.startIndex
            while index < bytes.endIndex {
                let isPair = isSeparator(index, .caret) && index + 1 < bytes.endIndex
                result.append(isPair ? 1 : bytes[index])
                index += isPair ? 2 : 1
            }
        }
        if result.last != 1 { result.append(1) }
        return result
    }
}
