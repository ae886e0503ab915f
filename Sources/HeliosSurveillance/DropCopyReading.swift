// SPDX-License-Identifier: MIT
import Foundation
import HeliosMarket
import HeliosStore
import HeliosWire

/// What a copy of our executions says, wherever it came from.
public struct DropCopyLine: Sendable, Equatable {
    /// What happened to an execution.
    public enum Kind: Sendable, Equatable {
        case executed, broken
    }

    public var kind: Kind
    /// With the instrument by its name, which may be none of ours.
    public var symbol: String
    public var execution: Execution

    public init(kind: Kind, symbol: String, execution: Execution) {
        self.kind = kind
        self.symbol = symbol
        self.execution = execution
    }
}

/// Reads drop copies: recorded ones (`DropCopyFile`), and CSV files of clearing firms and brokers.
///
/// CSV: a header line and the columns `time_ns`, `venue`, `execution`, `order` (may be empty), `symbol`, `side` (`buy`, `sell`),
/// `quantity`, `price`, and optionally `received_ns` and `kind` (`executed`, `broken`), in any order; others are passed over.
public struct DropCopyReading: Sendable {
    public fileprivate(set) var lines: [DropCopyLine] = []
    /// Entries that were damaged and are left out, by place.
    public private(set) var damaged: [Int] = []
    private let midnight: Timestamp
    private let directory: InstrumentDirectory
    private let own: @Sendable (UInt64) -> OrderID?

    /// - Parameters:
    ///   - midnight: of the day, from which the venue's times count.
    ///   - directory: names of our instruments.
    ///   - own: our number of an order whose number at the venue is given.
    public init(
        midnight: Timestamp,
        directory: InstrumentDirectory,
        own: @escaping @Sendable (UInt64) -> OrderID? = { $0 & (1 << 40 - 1) }
    ) {
        self.midnight = midnight
        self.directory = directory
        self.own = own
    }

    /// Reads a whole file.
    ///
    /// - Throws: `EvidenceError` when it can't be read or is neither sort of file.
    public mutating func read(_ path: String) throws(EvidenceError) {
        guard let data = FileManager.default.contents(atPath: path) else { throw EvidenceError("can't read \(path)") }
        let bytes = [UInt8](data)
        if Array(bytes.prefix(4)) == DropCopyFile.magic {
            read(recorded: bytes)
        } else {
            try read(csv: bytes, path)
        }
    }

    /// Takes what a recorded file has got beyond its first `start` bytes; how far it was read.
    ///
    /// An entry that is not whole yet is left for the next time.
    public mutating func follow(_ path: String, from start: Int) -> Int {
        guard let handle = FileHandle(forReadingAtPath: path) else { return start }
        defer { try? handle.close() }
        guard (try? handle.seek(toOffset: 0)) != nil,
            let header = try? handle.read(upToCount: DropCopyFile.headerLength),
            header.count == DropCopyFile.headerLength
        else { return start }
        let venue = Venue(id: UInt16(header[4]) | UInt16(header[5]) << 8)
        var place = max(start, DropCopyFile.headerLength)
        guard (try? handle.seek(toOffset: UInt64(place))) != nil, let data = try? handle.readToEnd() else {
            return place
        }
        let bytes = [UInt8](data)
        var offset = 0
        while offset + DropCopyFile.entryLength <= bytes.count {
            if let entry = DropCopyFile.entry(bytes[offset..<offset + DropCopyFile.entryLength]) {
                if let line = line(entry, venue) { lines.append(line) }
            } else {
                damaged.append((place - DropCopyFile.headerLength) / DropCopyFile.entryLength)
            }
            offset += DropCopyFile.entryLength
            place += DropCopyFile.entryLength
        }
        return place
    }

    /// Gives the lines read since the last time.
    public mutating func takeLines() -> [DropCopyLine] {
        defer { lines.removeAll(keepingCapacity: true) }
        return lines
    }

    /// Takes a recorded file.
    public mutating func read(recorded bytes: [UInt8]) {
        guard bytes.count >= DropCopyFile.headerLength else { return }
        let venue = Venue(id: UInt16(bytes[4]) | UInt16(bytes[5]) << 8)
        var place = DropCopyFile.headerLength
        var index = 0
        while place + DropCopyFile.entryLength <= bytes.count {
            if let entry = DropCopyFile.entry(bytes[place..<place + DropCopyFile.entryLength]) {
                if let line = line(entry, venue) { lines.append(line) }
            } else {
                damaged.append(index)
            }
            index += 1
            place += DropCopyFile.entryLength
        }
    }

    /// What a message says of an execution; nil when it is about none.
    public func line(_ entry: DropCopyEntry, _ venue: Venue) -> DropCopyLine? {
        let message = entry.message
        guard message.kind == .executed || message.kind == .broken else { return nil }
        let isSell = message.side.rawValue != 0x42
        let symbol = message.symbol.description
        return DropCopyLine(
            kind: message.kind == .executed ? .executed : .broken,
            symbol: symbol,
            execution: Execution(
                venue: venue,
                id: message.match,
                orderID: message.token.order.flatMap(own) ?? 0,
                instrument: directory[message.symbol] ?? .none,
                side: isSell ? .sell : .buy,
                quantity: Quantity(Int(message.quantity)),
                price: Price(raw: Int64(clamping: message.price) * 10_000),
                time: midnight + Int64(clamping: message.timestamp),
                received: entry.received
            )
        )
    }

    /// Takes a CSV file.
    ///
    /// - Throws: `EvidenceError`, which names the line and the column.
    public mutating func read(csv bytes: [UInt8], _ path: String) throws(EvidenceError) {
        let table = try CSVTable(
            bytes,
            path,
            needs: ["time_ns", "venue", "execution", "symbol", "side", "quantity", "price"]
        )
        for row in table.rows {
            let time = Timestamp(nanoseconds: try row.integer("time_ns"))
            let symbol = row["symbol"]
            guard row["side"] == "buy" || row["side"] == "sell" else {
                throw row.error("side", "expected 'buy' or 'sell'")
            }
            let kind = row["kind"]
            guard ["", "executed", "filled", "broken"].contains(kind) else {
                throw row.error("kind", "expected 'executed' or 'broken'")
            }
            guard let quantity = try? Quantity(decimal: row["quantity"]),
                let price = try? Price(decimal: row["price"])
            else {
                throw row.error("quantity", "expected a quantity and a price")
            }
            lines.append(
                DropCopyLine(
                    kind: kind == "broken" ? .broken : .executed,
                    symbol: symbol,
                    execution: Execution(
                        venue: Venue(id: UInt16(clamping: try row.integer("venue"))),
                        id: UInt64(clamping: try row.integer("execution")),
                        orderID: row["order"].isEmpty ? 0 : UInt64(clamping: try row.integer("order")),
                        instrument: Symbol(symbol).flatMap { directory[$0] } ?? .none,
                        side: row["side"] == "buy" ? .buy : .sell,
                        quantity: Quantity(raw: abs(quantity.raw)),
                        price: price,
                        time: time,
                        received: row["received_ns"].isEmpty
                            ? time : Timestamp(nanoseconds: try row.integer("received_ns"))
                    )
                )
            )
        }
    }
}

extension DropCopyReading {
    /// Takes lines that were read elsewhere.
    public mutating func add(_ more: [DropCopyLine]) { lines += more }
}
