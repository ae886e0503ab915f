// SPDX-License-Identifier: MIT
import HeliosMarket

/// A large order and how it is to be worked.
///
/// As a record (kind `parentOrder`): `quantity`, `instrument`, side flag; `price` the limit, `eventTime` the end, `orderID` the start in
/// nanoseconds, `venue.id` the strategy, `immediateOrCancel` when it takes; `detail` = algorithm | urgency << 8 | parameter << 16,
/// where a parameter that is a quantity or a price counts in 1e-4.
@frozen
public struct ParentRequest: Sendable, BitwiseCopyable, Equatable {
    /// In whose name it is worked.
    public var strategy: UInt16
    public var instrument: Instrument
    public var side: Side
    public var algorithm: Algorithm
    public var urgency: Urgency
    /// Slices take what is offered at once; without it they rest first.
    public var takes: Bool
    /// Above zero; of a target the position that is wanted, negative when short.
    public var quantity: Quantity
    /// The worst price; zero for none.
    public var limit: Price
    /// When to begin; zero for at once.
    public var start: Timestamp
    /// When it is over, done or not; `never` for the close of the session.
    public var end: Timestamp
    /// What the algorithm is told: slices of `twap`, `vwap` and `shortfall`, basis points of `participation`, the raw display of
    /// `iceberg`, the raw offset of `peg`, the raw least quantity of `sniper`; 0 for the configuration's.
    public var parameter: Int64

    public init(
        _ algorithm: Algorithm,
        _ instrument: Instrument,
        _ side: Side,
        _ quantity: Quantity,
        limit: Price = .zero,
        from start: Timestamp = .zero,
        until end: Timestamp = .never,
        urgency: Urgency = .medium,
        takes: Bool = false,
        parameter: Int64 = 0,
        strategy: UInt16 = 0
    ) {
        self.strategy = strategy
        self.instrument = instrument
        self.side = side
        self.algorithm = algorithm
        self.urgency = urgency
        self.takes = takes
        self.quantity = quantity
        self.limit = limit
        self.start = start
        self.end = end
        self.parameter = parameter
    }

    /// Raw units of one unit of the parameter in a record.
    static func unit(_ algorithm: Algorithm) -> Int64 {
        switch algorithm {
        case .iceberg, .peg, .sniper: 10_000
        case .twap, .vwap, .participation, .shortfall, .leg, .rfq: 1
        }
    }

    /// The request of a record; nil for one of another kind, or that names no algorithm or urgency there is.
    public init?(_ event: Event) {
        guard event.kind == .parentOrder,
            let algorithm = Algorithm(rawValue: UInt8(truncatingIfNeeded: event.detail)), algorithm != .leg,
            let urgency = Urgency(rawValue: UInt8(truncatingIfNeeded: event.detail >> 8))
        else { return nil }
        let parameter = Int64(bitPattern: event.detail) >> 16
        self.init(
            algorithm,
            event.instrument,
            event.side,
            event.quantity,
            limit: event.price,
            from: Timestamp(nanoseconds: Int64(bitPattern: event.orderID)),
            until: event.eventTime,
            urgency: urgency,
            takes: event.flags.contains(.immediateOrCancel),
            parameter: parameter * ParentRequest.unit(algorithm),
            strategy: event.venue.id
        )
    }

    /// The request as a record.
    public func record(at time: Timestamp) -> Event {
        let units = parameter / ParentRequest.unit(algorithm)
        var flags: EventFlags = side == .sell ? .sell : []
        if takes { flags.insert(.immediateOrCancel) }
        return Event(
            eventTime: end,
            receiveTime: time,
            orderID: UInt64(bitPattern: start.nanoseconds),
            price: limit,
            quantity: quantity,
            instrument: instrument,
            venue: Venue(id: strategy),
            kind: .parentOrder,
            flags: flags,
            detail: UInt64(algorithm.rawValue) | UInt64(urgency.rawValue) << 8 | UInt64(bitPattern: units) << 16
        )
    }

    /// The record that stops parent order `number`.
    public static func cancel(_ number: UInt32, at time: Timestamp) -> Event {
        Event(eventTime: time, receiveTime: time, orderID: OrderID(number), kind: .parentCancel)
    }

    // MARK: State

    public func save(to writer: inout StateWriter) {
        writer.write(strategy)
        writer.write(instrument)
        writer.write(side.rawValue)
        writer.write(algorithm.rawValue)
        writer.write(urgency.rawValue)
        writer.write(takes)
        writer.write(quantity)
        writer.write(limit)
        writer.write(start)
        writer.write(end)
        writer.write(parameter)
    }

    public init(from reader: inout StateReader) throws(StateError) {
        strategy = try reader.read(UInt16.self)
        instrument = try reader.read(Instrument.self)
        side = try reader.readCase(Side.self)
        algorithm = try reader.readCase(Algorithm.self)
        urgency = try reader.readCase(Urgency.self)
        takes = try reader.readFlag()
        quantity = try reader.read(Quantity.self)
        limit = try reader.read(Price.self)
        start = try reader.read(Timestamp.self)
        end = try reader.read(Timestamp.self)
        parameter = try reader.read(Int64.self)
    }
}
