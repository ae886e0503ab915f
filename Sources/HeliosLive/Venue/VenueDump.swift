// SPDX-License-Identifier: MIT
import Foundation
import HeliosMarket
import HeliosVenue

/// What a venue knows at an instant, as JSON lines: for those who compare it with what we believe.
public struct VenueDump: Sendable, Codable, Equatable {
    /// A writer's attempt to be let in.
    public struct Login: Sendable, Codable, Equatable {
        public var epoch: UInt64
        public var owner: UInt64
        public var isIn: Bool
    }

    /// An order; quantities and prices in their smallest units.
    public struct Order: Sendable, Codable, Equatable {
        public var wire: UInt64
        public var instrument: UInt32
        public var isSell: Bool
        public var price: Int64
        public var quantity: Int64
        public var filled: Int64
        public var leaves: Int64
        public var isWorking: Bool
    }

    /// An execution.
    public struct Execution: Sendable, Codable, Equatable {
        public var number: UInt64
        public var wire: UInt64
        public var instrument: UInt32
        public var isSell: Bool
        public var price: Int64
        public var quantity: Int64
    }

    public var logins: [Login]
    public var orders: [Order]
    public var executions: [Execution]
    /// Messages of writers that were not let in.
    public var refused: Int
    /// Orders whose number was used before.
    public var duplicates: Int

    init(_ session: VenueSession, logins: [Login]) {
        self.logins = logins
        refused = session.refused
        duplicates = session.duplicates
        orders = session.orders.map { order in
            Order(
                wire: order.wire,
                instrument: order.order.instrument.id,
                isSell: order.order.side == .sell,
                price: order.order.price.raw,
                quantity: order.order.quantity.raw,
                filled: order.filled.raw,
                leaves: order.leaves.raw,
                isWorking: order.isWorking
            )
        }
        executions = session.executions.map { execution in
            Execution(
                number: execution.detail,
                wire: execution.orderID,
                instrument: execution.instrument.id,
                isSell: execution.side == .sell,
                price: execution.price.raw,
                quantity: execution.quantity.raw
            )
        }
    }

    /// One line of the file: exactly one of its parts.
    private struct Line: Codable {
        var login: Login?
        var order: Order?
        var execution: Execution?
        var end: End?
    }

    private struct End: Codable {
        var refused: Int
        var duplicates: Int
    }

    /// Writes it, whole or not at all.
    public func write(to path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        var data = Data()
        func add(_ line: Line) throws {
            data.append(try encoder.encode(line))
            data.append(UInt8(ascii: "\n"))
        }
        for login in logins { try add(Line(login: login)) }
        for order in orders { try add(Line(order: order)) }
        for execution in executions { try add(Line(execution: execution)) }
        try add(Line(end: End(refused: refused, duplicates: duplicates)))
        try data.write(to: URL(fileURLWithPath: path), options: .atomic)
    }

    /// Reads what `write` wrote.
    public init(path: String) throws {
        logins = []
        orders = []
        executions = []
        refused = 0
        duplicates = 0
        let decoder = JSONDecoder()
        for text in try Data(contentsOf: URL(fileURLWithPath: path)).split(separator: UInt8(ascii: "\n")) {
            let line = try decoder.decode(Line.self, from: text)
            if let login = line.login { logins.append(login) }
            if let order = line.order { orders.append(order) }
            if let execution = line.execution { executions.append(execution) }
            if let end = line.end {
                refused = end.refused
                duplicates = end.duplicates
            }
        }
    }
}

extension RecordLink {
    /// Asks a `VenueProcess` to write down what it knows.
    public func requestDump() {
        send(LinkWord.dump.record())
        flush()
    }

    /// Whether the venue has said that it did.
    public func takeDumpAnswer() -> Bool {
        while let message = next() {
            if LinkWord(message.event) == .dump { return true }
        }
        return false
    }
}
