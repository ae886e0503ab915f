// SPDX-License-Identifier: MIT
import HeliosMarket

/// What can be set on the queue imbalance example.
///
/// The meaning of each stands in `descriptor`.
public struct QueueImbalanceParameters: Sendable {
    public var symbol: Symbol
    public var quantity = Quantity(100)
    public var enter = 0.6
    public var exit = 0.0
    public var maxHold: Nanoseconds = 60_000_000_000
    public var firstEntry: Nanoseconds = 34_500_000_000_000
    public var flattenAt: Nanoseconds = 57_300_000_000_000

    /// The defaults for `symbol`.
    public init(symbol: Symbol) { self.symbol = symbol }

    /// The parameters from checked values.
    ///
    /// - Throws: `ParameterError` when values contradict each other.
    public init(_ values: ParameterValues) throws(ParameterError) {
        symbol = try values.symbol("symbol")
        quantity = try values.quantity("quantity")
        enter = try values.number("enter")
        exit = try values.number("exit")
        maxHold = try values.nanoseconds("maxHold")
        firstEntry = try values.nanoseconds("firstEntry")
        flattenAt = try values.nanoseconds("flattenAt")
        if exit >= enter { throw ParameterError("exit", expected: "a number below enter (\(enter))") }
    }

    public static let descriptor = StrategyDescriptor(
        name: "queue-imbalance",
        summary: "The teaching example: join the heavier side of the best quote, leave when the weight has gone.",
        parameters: [
            .init("symbol", .symbol, default: nil, "The instrument to trade."),
            .init("quantity", .quantity, default: "100", from: "0.00000001", "Shares in one trade."),
            .init(
                "enter",
                .number,
                default: "0.6",
                from: "0",
                to: "1",
                "Buy when (bid - ask) / (bid + ask) size reaches it."
            ),
            .init(
                "exit",
                .number,
                default: "0",
                from: "-1",
                to: "1",
                "Leave a long when the imbalance has fallen to this."
            ),
            .init("maxHold", .duration, default: "60s", from: "1ms", "Leave a position that is older."),
            .init("firstEntry", .timeOfDay, default: "09:35", "No entry before this time of day."),
            .init("flattenAt", .timeOfDay, default: "15:55", "Leave, and stay out, from this time of day on."),
        ]
    )
}

extension QueueImbalanceParameters {
    /// Appends all parameters.
    func save(to writer: inout StateWriter) {
        writer.write(symbol)
        writer.write(quantity)
        writer.write(enter)
        writer.write(exit)
        writer.write(maxHold)
        writer.write(firstEntry)
        writer.write(flattenAt)
    }

    /// Throws unless the saved parameters are the same; the error names the first that differs.
    func match(_ reader: inout StateReader) throws(StateError) {
        try reader.match(symbol, "symbol")
        try reader.match(quantity, "quantity")
        try reader.match(enter, "enter")
        try reader.match(exit, "exit")
        try reader.match(maxHold, "maxHold")
        try reader.match(firstEntry, "firstEntry")
        try reader.match(flattenAt, "flattenAt")
    }
}
