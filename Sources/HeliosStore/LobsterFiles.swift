// SPDX-License-Identifier: MIT

import Foundation
import HeliosMarket
import HeliosWire

/// A pair of LOBSTER files, message and orderbook, read row by row; each may be plain or gzip.
///
/// ```swift
/// var files = try LobsterFiles(path: "AMZN_2012-06-21_34200000_57600000_message_1.csv.gz")
/// var replay = LobsterReplay(depth: files.depth, instrument: amzn, venue: nasdaq, midnight: day.midnight)
/// while try files.step(&replay) {
///     for index in 0..<replay.count { … }
/// }
/// ```
public struct LobsterFiles: ~Copyable {
    /// How many row errors are kept; all are counted.
    public static let keptErrors = 64

    public let messagePath: String
    public let orderbookPath: String
    /// Levels a side in the orderbook file.
    public let depth: Int
    /// The ticker in front of the file's name, when it is one.
    public let symbol: Symbol?
    /// The day that the file's name tells.
    public let tradingDay: TradingDay?
    /// Rows read, good or bad.
    public private(set) var rows = 0
    /// Rows skipped because one of the files is broken there.
    public private(set) var malformed = 0
    /// The first of the reasons.
    public private(set) var errors: [LobsterError] = []

    private let messages: ByteSource
    private let orderbook: ByteSource
    private var row: LobsterRow

    /// Opens the pair that the file at `path`, message or orderbook, belongs to.
    ///
    /// - Parameter path: `…_message_N.csv` or `…_orderbook_N.csv`, with or without `.gz`.
    /// - Throws: `StoreError` when a file can't be opened or the partner is missing.
    public init(path: String) throws(StoreError) {
        let paths = try LobsterFiles.pair(path)
        let messages = try ByteSource(path: paths.message)
        let orderbook = try ByteSource(path: paths.orderbook)
        let depth = LobsterFiles.depth(orderbook)
        if depth == 0 {
            throw StoreError(.partner, path: paths.orderbook, reason: "columns are not four a level")
        }
        self.messages = messages
        self.orderbook = orderbook
        self.depth = depth
        messagePath = paths.message
        orderbookPath = paths.orderbook
        row = LobsterRow(depth: depth)
        let name = LobsterFiles.name(path)
        symbol = name.split(separator: "_").first.flatMap { Symbol(String($0)) }
        tradingDay = TradingDay.inferred(fromFileName: name)
    }

    /// Bytes of both files as stored.
    public var fileSize: UInt64 { messages.fileSize + orderbook.fileSize }
    /// How much of the message file was read, from 0 to 1.
    public var progress: Double { messages.progress }

    /// Replays the next pair of rows: `replay` then holds the events of the row, corrections included.
    ///
    /// A broken row is counted and passed over; the row after it sets the book right.
    ///
    /// - Parameter replay: A replay of the files' depth.
    /// - Returns: Whether there was another row.
    /// - Throws: `StoreError` when a file can't be read on, or one has fewer rows than the other.
    public mutating func step(_ replay: inout LobsterReplay) throws(StoreError) -> Bool {
        while let message = try nextMessage() {
            replay.step(message, row)
            replay.reconcile(row)
            return true
        }
        return false
    }

    /// Reads the next pair of rows, for callers that drive the replay themselves; the row is lent by `withRow`.
    ///
    /// - Returns: The message, or nil after the last.
    /// - Throws: `StoreError` as `step` does.
    public mutating func nextMessage() throws(StoreError) -> LobsterMessage? {
        while true {
            guard let line = try LobsterFiles.nextLine(messages) else {
                if try LobsterFiles.nextLine(orderbook) != nil {
                    throw StoreError(.partner, path: messagePath, reason: "fewer rows than \(orderbookPath)")
                }
                return nil
            }
            guard let levels = try LobsterFiles.nextLine(orderbook) else {
                throw StoreError(.partner, path: orderbookPath, reason: "fewer rows than \(messagePath)")
            }
            rows += 1
            do throws(LobsterError) {
                let message = try LobsterMessage(line, line: rows)
                try row.read(levels, line: rows)
                return message
            } catch {
                malformed += 1
                if errors.count < LobsterFiles.keptErrors { errors.append(error) }
            }
        }
    }

    /// Lends the row of the last message.
    public borrowing func withRow<Result>(_ body: (borrowing LobsterRow) -> Result) -> Result { body(row) }
}

extension LobsterFiles {
    /// Whether `bytes` start like a message or an orderbook file.
    static func recognizes(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var cursor = 0
        let isWhole = bytes.count < ByteSource.pieceSize
        guard let range = LobsterLines.next(bytes, cursor: &cursor, isLast: isWhole), range.count < 1 << 16 else {
            return false
        }
        let line = UnsafeRawBufferPointer(rebasing: bytes[range])
        if (try? LobsterMessage(line, line: 1)) != nil { return true }
        let depth = LobsterRow.depth(of: line)
        guard depth > 0 else { return false }
        var row = LobsterRow(depth: depth)
        do throws(LobsterError) {
            try row.read(line, line: 1)
            return true
        } catch {
            return false
        }
    }

    private static func name(_ path: String) -> String { String(path.split(separator: "/").last ?? "") }

    /// The names of both files; the partner may be compressed or not.
    private static func pair(_ path: String) throws(StoreError) -> (message: String, orderbook: String) {
        let name = name(path)
        let folder = String(path.dropLast(name.count))
        let isMessage = name.contains("_message_")
        guard isMessage || name.contains("_orderbook_") else {
            throw StoreError(.partner, path: path, reason: "the name holds neither _message_ nor _orderbook_")
        }
        let other =
            isMessage
            ? name.replacingOccurrences(of: "_message_", with: "_orderbook_")
            : name.replacingOccurrences(of: "_orderbook_", with: "_message_")
        let bare = other.hasSuffix(".gz") ? String(other.dropLast(3)) : other
        guard let partner = [other, bare, bare + ".gz"].first(where: { access(folder + $0, R_OK) == 0 }) else {
            throw StoreError(.partner, path: path, reason: "its partner \(other) is missing")
        }
        return isMessage ? (path, folder + partner) : (folder + partner, path)
    }

    private static func depth(_ source: ByteSource) -> Int {
        var cursor = 0
        guard let range = LobsterLines.next(source.window, cursor: &cursor, isLast: source.isLast) else { return 0 }
        return LobsterRow.depth(of: UnsafeRawBufferPointer(rebasing: source.window[range]))
    }

    /// The next line; its bytes are valid until the next call.
    private static func nextLine(_ source: ByteSource) throws(StoreError) -> UnsafeRawBufferPointer? {
        while true {
            var cursor = 0
            if let range = LobsterLines.next(source.window, cursor: &cursor, isLast: source.isLast) {
                let line = UnsafeRawBufferPointer(rebasing: source.window[range])
                source.consume(cursor)
                return line
            }
            if source.isLast { return nil }
            try source.fill()
        }
    }
}
