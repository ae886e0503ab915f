// SPDX-License-Identifier: MIT
import HeliosMarket

/// When a strategy may enter, and from when on it is flat: nanoseconds since midnight at the exchange.
public struct TradingHours: Sendable, Equatable {
    public var firstEntry: Nanoseconds = 34_500_000_000_000
    public var lastEntry: Nanoseconds = 55_800_000_000_000
    public var flattenAt: Nanoseconds = 57_300_000_000_000

    /// 09:35 to 15:30, flat at 15:55.
    public init() {}

    init(_ values: ParameterValues) throws(ParameterError) {
        firstEntry = try values.nanoseconds("firstEntry")
        lastEntry = try values.nanoseconds("lastEntry")
        flattenAt = try values.nanoseconds("flattenAt")
        if lastEntry > flattenAt { throw ParameterError("lastEntry", expected: "a time no later than flattenAt") }
    }

    func code<Coder: ParameterCoder>(_ coder: inout Coder) throws(Coder.Failure) {
        try coder.code(firstEntry, "firstEntry")
        try coder.code(lastEntry, "lastEntry")
        try coder.code(flattenAt, "flattenAt")
    }

    static let descriptors: [ParameterDescriptor] = [
        .init("firstEntry", .timeOfDay, default: "09:35", "No entry before this time of day."),
        .init("lastEntry", .timeOfDay, default: "15:30", "No entry from this time of day on."),
        .init("flattenAt", .timeOfDay, default: "15:55", "Everything is taken to flat from this time of day on."),
    ]
}

/// Trading hours on a day.
struct TradingClock: BitwiseCopyable {
    var firstEntry: Timestamp
    var lastEntry: Timestamp
    var flattenAt: Timestamp

    init(_ hours: TradingHours, midnight: Timestamp) {
        firstEntry = midnight + hours.firstEntry
        lastEntry = midnight + hours.lastEntry
        flattenAt = midnight + hours.flattenAt
    }

    func allowsEntry(_ now: Timestamp) -> Bool { now >= firstEntry && now < lastEntry && now < flattenAt }
    func isClosing(_ now: Timestamp) -> Bool { now >= flattenAt }
}

/// How orders at the touch are sent.
public struct TouchParameters: Sendable, Equatable {
    public var lot = Quantity(1)
    public var tolerance = Price(raw: 1_000_000)
    public var coolDown: Nanoseconds = 250_000_000

    public init() {}

    init(_ values: ParameterValues) throws(ParameterError) {
        lot = try values.quantity("lot")
        tolerance = try values.price("tolerance")
        coolDown = try values.nanoseconds("coolDown")
    }

    var orders: TouchOrders { TouchOrders(tolerance: tolerance, coolDown: coolDown) }

    func code<Coder: ParameterCoder>(_ coder: inout Coder) throws(Coder.Failure) {
        try coder.code(lot, "lot")
        try coder.code(tolerance, "tolerance")
        try coder.code(coolDown, "coolDown")
    }

    /// The nearest whole number of lots to so many shares, of either sign; nil beyond a tenth of what a quantity holds.
    func lots(_ shares: Double) -> Quantity? {
        let count = (shares / lot.value).rounded(.toNearestOrAwayFromZero)
        guard count.magnitude < 1e15, let whole = Int64(exactly: count) else { return nil }
        let (raw, isTooLarge) = whole.multipliedReportingOverflow(by: lot.raw)
        return isTooLarge || raw.magnitude > UInt64(Int64.max / 10) ? nil : Quantity(raw: raw)
    }

    /// Throws unless so many shares are at least a lot; what is more than whole lots is not used.
    func check(_ shares: Quantity, _ name: String) throws(ParameterError) {
        if shares < lot { throw ParameterError(name, expected: "at least one lot (\(lot))") }
    }

    /// The most whole lots within so many shares; zero for less than one.
    func whole(_ shares: Quantity) -> Quantity {
        shares < lot ? .zero : Quantity(raw: shares.raw - shares.raw % lot.raw)
    }

    static let descriptors: [ParameterDescriptor] = [
        .init(
            "lot",
            .quantity,
            default: "1",
            from: "0.00000001",
            to: "1000000000",
            "Orders are whole multiples of this."
        ),
        .init(
            "tolerance",
            .price,
            default: "0.01",
            from: "0",
            to: "1000000",
            "How far through the touch an order that takes may go."
        ),
        .init(
            "coolDown",
            .duration,
            default: "250ms",
            from: "1ms",
            to: "1h",
            "Pause after an order that did not fill."
        ),
    ]
}
