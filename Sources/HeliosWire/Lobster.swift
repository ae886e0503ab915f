// SPDX-License-Identifier: MIT

import HeliosMarket

/// Where a LOBSTER file is broken, and why.
public struct LobsterError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Which file of the pair.
    public enum File: String, Sendable { case message, orderbook }
    /// What is wrong.
    public enum Problem: Equatable, Sendable {
        /// Not a decimal number of the expected form.
        case notANumber
        /// More than nine digits after the point, or a number outside its range.
        case outOfRange
        /// Fewer columns than the file needs.
        case missingColumn
        /// More columns than the first row has.
        case surplusColumn
        /// A message type other than 1 to 7.
        case unknownType
        /// A direction other than 1 and -1.
        case unknownDirection
        /// Level prices that don't get worse from level to level, or a level behind an empty one.
        case unsorted
    }

    public let file: File
    public let problem: Problem
    /// The line, from 1.
    public let line: Int
    /// The column, from 1.
    public let column: Int

    public init(_ file: File, _ problem: Problem, line: Int, column: Int) {
        self.file = file
        self.problem = problem
        self.line = line
        self.column = column
    }

    public var description: String {
        let reason =
            switch problem {
            case .notANumber: "not a number"
            case .outOfRange: "number out of range"
            case .missingColumn: "column is missing"
            case .surplusColumn: "more columns than in the first row"
            case .unknownType: "message type is none of 1 to 7"
            case .unknownDirection: "direction is neither 1 nor -1"
            case .unsorted: "levels out of order"
            }
        return "\(file.rawValue) file, line \(line), column \(column): \(reason)"
    }
}

/// What a row of a LOBSTER message file says.
@frozen
public enum LobsterType: UInt8, Sendable, BitwiseCopyable, CaseIterable {
    case addition = 1
    case cancellation = 2
    case deletion = 3
    case execution = 4
    case hiddenExecution = 5
    case cross = 6
    case halt = 7
}

/// A row of a LOBSTER message file.
@frozen
public struct LobsterMessage: Equatable, Sendable, BitwiseCopyable {
    /// Nanoseconds since midnight.
    public var time: Int64
    public var type: LobsterType
    /// The order's number, 0 when the file doesn't tell.
    public var order: UInt64
    /// Whole shares.
    public var size: Int64
    /// In 1e-4 dollars; in a halt row -1 halted, 0 quoting resumes, 1 trading resumes.
    public var price: Int64
    /// The side of the resting order.
    public var side: Side

    @inlinable
    public init(time: Int64, type: LobsterType, order: UInt64, size: Int64, price: Int64, side: Side) {
        self.time = time
        self.type = type
        self.order = order
        self.size = size
        self.price = price
        self.side = side
    }

    /// Reads a row, with or without its line end; columns after the sixth are ignored.
    ///
    /// - Parameters:
    ///   - row: The row's bytes.
    ///   - line: Its number, for errors.
    /// - Throws: `LobsterError` with line and column.
    public init(_ row: UnsafeRawBufferPointer, line: Int) throws(LobsterError) {
        var columns = unsafe LobsterColumns(WireBytes(row), file: .message, line: line)
        time = try columns.nextTime()
        let type = try columns.nextInteger()
        guard let known = UInt8(exactly: type).flatMap(LobsterType.init(rawValue:)) else {
            throw columns.error(.unknownType)
        }
        self.type = known
        guard let order = UInt64(exactly: try columns.nextInteger()) else { throw columns.error(.outOfRange) }
        self.order = order
        size = try columns.nextInteger()
        // Both bounds keep the scaled values far from the ends of 64 bits.
        guard (0...Int64(UInt32.max)).contains(size) else { throw columns.error(.outOfRange) }
        price = try columns.nextInteger()
        guard abs(price) <= 9_999_999_999 else { throw columns.error(.outOfRange) }
        switch try columns.nextInteger() {
        case 1: side = .buy
        case -1: side = .sell
        default: throw columns.error(.unknownDirection)
        }
    }
}

/// A price level as the exchange shows it.
@frozen
public struct LobsterLevel: Equatable, Sendable, BitwiseCopyable {
    /// In 1e-4 dollars.
    public var price: Int64
    /// Whole shares.
    public var size: Int64

    @inlinable
    public init(price: Int64, size: Int64) {
        self.price = price
        self.size = size
    }
}

/// A row of a LOBSTER orderbook file: the levels of both sides, best first.
public struct LobsterRow: ~Copyable {
    /// Levels a side.
    public let depth: Int
    /// Levels offered that aren't empty.
    public private(set) var askCount = 0
    /// Levels bid that aren't empty.
    public private(set) var bidCount = 0
    private var levels: Slab<LobsterLevel>

    /// An empty row of `depth` levels a side.
    public init(depth: Int) {
        self.depth = depth
        levels = Slab(capacity: depth * 2)
        for _ in 0..<depth * 2 { levels.append(LobsterLevel(price: 0, size: 0)) }
    }

    /// The depth of a file, by its first row's columns; 0 when their number isn't a multiple of four.
    public static func depth(of row: UnsafeRawBufferPointer) -> Int {
        let bytes = unsafe WireBytes(row)
        var columns = bytes.count > 0 ? 1 : 0
        for offset in 0..<bytes.count where bytes[offset] == UInt8(ascii: ",") { columns += 1 }
        return columns % 4 == 0 ? columns / 4 : 0
    }

    /// How many levels of `side` aren't empty.
    public func count(_ side: Side) -> Int { side == .sell ? askCount : bidCount }

    /// Level number `index` of `side`, 0 the best; traps from `count(side)` on.
    public func level(_ side: Side, _ index: Int) -> LobsterLevel {
        precondition(index >= 0 && index < count(side), "no such level")
        return levels[index * 2 + (side == .sell ? 0 : 1)]
    }

    /// Reads a row into this one.
    ///
    /// - Parameters:
    ///   - row: The row's bytes, with or without its line end.
    ///   - line: Its number, for errors.
    /// - Throws: `LobsterError` with line and column; the row is then empty.
    public mutating func read(_ row: UnsafeRawBufferPointer, line: Int) throws(LobsterError) {
        askCount = 0
        bidCount = 0
        var columns = unsafe LobsterColumns(WireBytes(row), file: .orderbook, line: line)
        var asks = 0
        var bids = 0
        for index in 0..<depth {
            try readLevel(&columns, .sell, index, &asks)
            try readLevel(&columns, .buy, index, &bids)
        }
        if !columns.isAtEnd { throw columns.surplus() }
        askCount = asks
        bidCount = bids
    }

    private mutating func readLevel(
        _ columns: inout LobsterColumns,
        _ side: Side,
        _ index: Int,
        _ count: inout Int
    ) throws(LobsterError) {
        let price = try columns.nextInteger()
        guard abs(price) <= 9_999_999_999 else { throw columns.error(.outOfRange) }
        let size = try columns.nextInteger()
        guard (0...Int64(UInt32.max)).contains(size) else { throw columns.error(.outOfRange) }
        if size == 0 { return }
        let slot = index * 2 + (side == .sell ? 0 : 1)
        guard count == index else { throw columns.error(.unsorted) }
        if index > 0 {
            let better = levels[slot - 2].price
            guard side == .sell ? price > better : price < better else { throw columns.error(.unsorted) }
        }
        levels[slot] = LobsterLevel(price: price, size: size)
        count += 1
    }
}

/// Walks the lines of a text that may arrive in pieces.
public enum LobsterLines {
    /// The next line without its line end, or nil when `bytes` hold no whole line and aren't the last.
    ///
    /// - Parameters:
    ///   - bytes: A window of the file.
    ///   - cursor: Where the line starts; moves past its end.
    ///   - isLast: Whether the file ends with `bytes`, so that a line without a line end is whole.
    /// - Returns: The line's range within `bytes`, or nil.
    public static func next(
        _ bytes: UnsafeRawBufferPointer,
        cursor: inout Int,
        isLast: Bool
    ) -> Range<Int>? {
        let window = unsafe WireBytes(bytes)
        guard cursor >= 0, cursor < window.count else { return nil }
        var end = cursor
        while end < window.count, window[end] != 0x0A { end += 1 }
        if end == window.count, !isLast { return nil }
        let start = cursor
        cursor = min(end + 1, window.count)
        if end > start, window[end - 1] == 0x0D { end -= 1 }
        return start..<end
    }
}

/// Reads the comma-separated numbers of one line.
struct LobsterColumns {
    private let bytes: WireBytes
    private let file: LobsterError.File
    private let line: Int
    private var offset = 0
    private var column = 0
    private let end: Int

    init(_ bytes: WireBytes, file: LobsterError.File, line: Int) {
        self.bytes = bytes
        self.file = file
        self.line = line
        var end = bytes.count
        while end > 0, bytes[end - 1] == 0x0A || bytes[end - 1] == 0x0D { end -= 1 }
        self.end = end
    }

    var isAtEnd: Bool { offset >= end }

    func error(_ problem: LobsterError.Problem) -> LobsterError {
        LobsterError(file, problem, line: line, column: column)
    }

    mutating func surplus() -> LobsterError {
        column += 1
        return error(.surplusColumn)
    }

    mutating func nextInteger() throws(LobsterError) -> Int64 {
        try begin()
        let negative = offset < end && bytes[offset] == UInt8(ascii: "-")
        if negative { offset += 1 }
        let magnitude = try digits(atMost: 18).value
        try finish()
        return negative ? -magnitude : magnitude
    }

    /// Seconds with up to nine digits after the point, as nanoseconds: never through a floating-point number.
    mutating func nextTime() throws(LobsterError) -> Int64 {
        try begin()
        let seconds = try digits(atMost: 18).value
        guard seconds < 1_000_000 else { throw error(.outOfRange) }
        var nanoseconds = seconds * 1_000_000_000
        if offset < end, bytes[offset] == UInt8(ascii: ".") {
            offset += 1
            let fraction = try digits(atMost: 9)
            var scaled = fraction.value
            for _ in fraction.count..<9 { scaled *= 10 }
            nanoseconds += scaled
        }
        try finish()
        return nanoseconds
    }

    private mutating func begin() throws(LobsterError) {
        column += 1
        if column > 1, offset >= end { throw error(.missingColumn) }
        if column > 1 { offset += 1 }  // the comma, which `finish` saw
        if offset >= end { throw error(.missingColumn) }
    }

    private func finish() throws(LobsterError) {
        if offset < end, bytes[offset] != UInt8(ascii: ",") { throw error(.notANumber) }
    }

    private mutating func digits(atMost limit: Int) throws(LobsterError) -> (value: Int64, count: Int) {
        var value: Int64 = 0
        var count = 0
        while offset < end, case let digit = bytes[offset] &- 48, digit < 10 {
            count += 1
            // 18 digits stay below 2^63.
            if count > limit { throw error(.outOfRange) }
            value = value * 10 + Int64(digit)
            offset += 1
        }
        if count == 0 { throw error(.notANumber) }
        return (value, count)
    }
}
