// SPDX-License-Identifier: MIT
import Foundation
import HeliosMarket
import HeliosSignal

/// Ticks in a table with commas, read line by line: other people's quotes and trades, and any other series of numbers.
///
/// ```
/// time,symbol,bid,ask,bidSize,askSize        time,symbol,price,size,side
/// 2026-01-05T14:30:00.25Z,KO,61.2,61.21,3,5  1767623400250000000,KO,61.21,100,buy
/// ```
/// The first line names the columns, in any order: `time` and `symbol`, and of quotes, trades and halts (`halted`) what there is. A
/// row with a price is a trade, one with a bid or an ask a quote, one with `halted` a halt or its end; one that is several is
/// them in this order.
final class SignalTickTable {
    private enum Column: String, CaseIterable {
        case time, symbol, bid, ask, bidSize, askSize, price, size, side, halted
    }

    /// What a row says.
    struct Row {
        var time: Timestamp
        /// At most three.
        var ticks: [SignalTick] = []
        /// Whether the symbol is in the plan; one that is not makes no ticks.
        var isKnown = true
    }

    /// The file's name, for messages.
    let name: String
    private let descriptor: Int32
    private var chunk: [UInt8]
    private var begin = 0
    private var end = 0
    private(set) var line = 0
    /// Whether the last line had no end: a table that was cut off is read to within its last number.
    private(set) var isUnended = false
    private var columns: [Int?] = []
    private var width = 0
    /// Bytes read so far.
    private(set) var position = 0

    /// Opens a file, or with "-" the standard input, and reads its first line.
    ///
    /// - Throws: `SignalRunError` for a file that can't be read or whose first line names no columns.
    init(path: String) throws {
        name = path == "-" ? "standard input" : path
        descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY)
        chunk = Array(repeating: 0, count: 1 << 18)
        guard descriptor >= 0 else { throw SignalRunError(reason: "\(path): \(String(cString: strerror(errno)))") }
        guard let names = try fields() else {
            throw error("the table is empty; its first line is time,symbol,bid,ask,bidSize,askSize or the like", at: 1)
        }
        try readHeader(names)
    }

    deinit { if descriptor > 2 { close(descriptor) } }

    private func error(_ message: String, at line: Int? = nil) -> SignalRunError {
        let hint = isUnended ? "; the line has no end: is the table cut off?" : ""
        return SignalRunError(reason: "\(name), line \(line ?? self.line): \(message)\(hint)")
    }

    private func readHeader(_ names: [String]) throws {
        let known = Column.allCases.map { $0.rawValue.lowercased() }
        for (place, name) in names.enumerated() {
            guard known.contains(name.lowercased()) else {
                let all = Column.allCases.map(\.rawValue).joined(separator: ", ")
                throw error("no column is named \"\(name)\"; columns are \(all)")
            }
            guard names.prefix(place).allSatisfy({ $0.lowercased() != name.lowercased() }) else {
                throw error("two columns are named \(name)")
            }
        }
        width = names.count
        columns = known.map { name in names.firstIndex { $0.lowercased() == name } }
        for needed in [Column.time, .symbol] where place(needed) == nil {
            throw error("there is no column \(needed.rawValue)")
        }
        guard [Column.bid, .ask, .price, .halted].contains(where: { place($0) != nil }) else {
            throw error("there is nothing to be read: quotes have bid and ask, trades a price, halts halted")
        }
    }

    private func place(_ column: Column) -> Int? { columns[Column.allCases.firstIndex(of: column) ?? 0] }

    // MARK: - Lines
    /// The fields of the next line that is not empty; nil at the end.
    private func fields() throws -> [String]? {
        while let row = try nextLine() {
            guard row.contains(where: { !SignalTickTable.isBlank($0) }) else { continue }
            do {
                return try SignalTable.fields(of: row, line: line)
            } catch {
                throw self.error(error.message)
            }
        }
        return nil
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    /// The bytes of a line without its end; nil when there is none.
    private func nextLine() throws -> ArraySlice<UInt8>? {
        var searched = begin
        while true {
            if let stop = chunk[searched..<end].firstIndex(of: 0x0A) {
                defer { begin = stop + 1 }
                return cut(stop)
            }
            searched = end
            let moved = begin
            guard try fill() else {
                guard begin < end else { return nil }
                isUnended = chunk[begin..<end].contains { !SignalTickTable.isBlank($0) }
                defer { begin = end }
                return cut(end)
            }
            searched -= moved - begin
        }
    }

    private func cut(_ stop: Int) -> ArraySlice<UInt8> {
        line += 1
        var start = begin
        if line == 1, chunk[start..<stop].starts(with: [0xEF, 0xBB, 0xBF]) { start += 3 }
        return chunk[start..<(stop > start && chunk[stop - 1] == 0x0D ? stop - 1 : stop)]
    }

    /// Reads on; what has not been given out moves to the front.
    private func fill() throws -> Bool {
        if begin > 0 {
            chunk.replaceSubrange(0..<end - begin, with: chunk[begin..<end])
            (begin, end) = (0, end - begin)
        }
        guard end < chunk.count else { throw error("the line is longer than \(chunk.count) bytes", at: line + 1) }
        while true {
            let start = end
            let count = chunk.withUnsafeMutableBytes { bytes in
                let free = UnsafeMutableRawBufferPointer(rebasing: bytes[start...])
                return read(descriptor, free.baseAddress, free.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw SignalRunError(reason: "\(name): \(String(cString: strerror(errno)))") }
            end += count
            position += count
            return count > 0
        }
    }

    // MARK: - Rows
    /// Reads to the end and calls `symbol` with that of each row.
    ///
    /// - Returns: the first row's time; nil when there is no row.
    /// - Throws: `SignalRunError` with the line of a fault.
    func survey(_ symbol: (String) -> Void) throws -> Timestamp? {
        var first: Timestamp?
        while let row = try fields() {
            try symbol(self.symbol(of: row))
            if first == nil { first = try place(.time).map { try time(row[$0]) } }
        }
        return first
    }

    private func symbol(of row: [String]) throws -> String {
        guard row.count == width else { throw error("\(row.count) fields, not the \(width) of the first line") }
        guard let place = place(.symbol), !row[place].isEmpty else { throw error("there is no symbol") }
        return row[place]
    }

    /// The next row.
    ///
    /// - Parameter instrument: the place of a symbol in the plan, nil for one that is not in it.
    /// - Returns: nil at the end.
    /// - Throws: `SignalRunError` with the line of a fault.
    func next(_ instrument: (String) throws -> Int?) throws -> Row? {
        guard let row = try fields() else { return nil }
        let symbol = try symbol(of: row)
        func text(_ column: Column) -> String { self.place(column).map { row[$0] } ?? "" }
        func number(_ column: Column) throws -> Double? {
            let text = text(column)
            guard !text.isEmpty else { return nil }
            guard let value = SignalTickTable.number(text) else {
                throw error("\(column.rawValue) \"\(text)\" is no number such as 61.2, -3 or 1e6")
            }
            return value
        }
        let time = try self.time(text(.time))
        let price = try number(.price)
        let (bid, ask) = (try number(.bid), try number(.ask))
        let (bidSize, askSize, size) = (try number(.bidSize) ?? 0, try number(.askSize) ?? 0, try number(.size) ?? 0)
        for (column, value) in [(Column.bidSize, bidSize), (.askSize, askSize), (.size, size)] where value < 0 {
            throw error("\(column.rawValue) \(value) is below zero")
        }
        let side = try self.side(text(.side))
        let halted = try self.halted(text(.halted))
        // In a table of quotes alone a row without prices is a book without orders.
        let isQuote = bid != nil || ask != nil || (self.place(.price) == nil && self.place(.halted) == nil)
        guard price != nil || isQuote || halted != nil else {
            throw error("there is neither a price, a bid nor an ask")
        }
        guard let place = try instrument(symbol) else { return Row(time: time, isKnown: false) }
        var ticks: [SignalTick] = []
        if let price { ticks.append(.trade(place, price: price, size: size, sign: side, at: time)) }
        if isQuote {
            ticks.append(.quote(place, bid: bid ?? 0, ask: ask ?? 0, bidSize: bidSize, askSize: askSize, at: time))
        }
        if let halted { ticks.append(.status(place, halted: halted, at: time)) }
        return Row(time: time, ticks: ticks)
    }

    /// A number in tens: Swift's own reading takes hexadecimal digits, `inf` and `nan`, too.
    private static func number(_ text: String) -> Double? {
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) || "+-.eE".utf8.contains($0) }) else { return nil }
        return Double(text).flatMap { $0.isFinite ? $0 : nil }
    }

    private func side(_ text: String) throws -> Double {
        switch text.lowercased() {
        case "": return 0
        case "buy", "b", "1", "+1": return 1
        case "sell", "s", "-1": return -1
        case "0": return 0
        default: throw error("side \"\(text)\" is none of buy, sell, b, s, 1, -1, 0")
        }
    }

    private func halted(_ text: String) throws -> Bool? {
        switch text.lowercased() {
        case "": return nil
        case "1", "true", "yes": return true
        case "0", "false", "no": return false
        default: throw error("halted \"\(text)\" is neither 1 nor 0")
        }
    }

    // MARK: - Times
    /// Nanoseconds from 1973 to 2115: no other unit's numbers of these years are among them, and the machine takes few more.
    private static let nanoseconds: Range<Int64> = 100_000_000_000_000_000..<4_607_280_000_000_000_000
    private static let accepted =
        "times are whole nanoseconds since 1970 as 1767623400250000000, from 1973 to 2115, or in UTC as 2026-01-05T14:30:00.25Z"

    /// Nanoseconds since 1970, or a date and a time in UTC.
    private func time(_ text: String) throws -> Timestamp {
        if let number = Int64(text) {
            guard SignalTickTable.nanoseconds.contains(number) else {
                let unit = SignalTickTable.unit(of: number).map { ": it looks like \($0)" } ?? ""
                throw error("time \(text) can't be nanoseconds\(unit); \(SignalTickTable.accepted)")
            }
            return Timestamp(nanoseconds: number)
        }
        guard let time = SignalTickTable.time(text), SignalTickTable.nanoseconds.contains(time.nanoseconds) else {
            throw error("\"\(text)\" is no time; \(SignalTickTable.accepted)")
        }
        return time
    }

    /// The unit in which a number is a time of the same years.
    private static func unit(of number: Int64) -> String? {
        let units: [(String, Int64)] = [
            ("microseconds", 1_000), ("milliseconds", 1_000_000), ("seconds", 1_000_000_000),
        ]
        return units.first { (nanoseconds.lowerBound / $1..<nanoseconds.upperBound / $1).contains(number) }?.0
    }

    private static func time(_ text: String) -> Timestamp? {
        let bytes = Array(text.utf8)
        guard bytes.count >= 19, bytes[10] == 0x54 || bytes[10] == 0x20, bytes[13] == 0x3A, bytes[16] == 0x3A,
            let day = TradingDay(String(decoding: bytes[..<10], as: UTF8.self))
        else { return nil }
        func number(_ range: Range<Int>, _ limit: Int64) -> Int64? {
            var value: Int64 = 0
            for byte in bytes[range] {
                guard (0x30...0x39).contains(byte) else { return nil }
                value = value * 10 + Int64(byte - 0x30)
            }
            return value < limit ? value : nil
        }
        guard let hour = number(11..<13, 24), let minute = number(14..<16, 60), let second = number(17..<19, 60) else {
            return nil
        }
        var last = bytes.count
        if bytes[last - 1] == 0x5A { last -= 1 }
        var fraction: Int64 = 0
        if last > 19 {
            guard bytes[19] == 0x2E, last > 20, last <= 29, let digits = number(20..<last, 1_000_000_000) else {
                return nil
            }
            fraction = digits
            for _ in 0..<29 - last { fraction *= 10 }
        }
        let seconds = (hour * 60 + minute) * 60 + second
        return Timestamp(nanoseconds: (Int64(day.daysSinceEpoch) * 86_400 + seconds) * 1_000_000_000 + fraction)
    }
}
