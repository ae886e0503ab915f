// SPDX-License-Identifier: MIT
import CHelios
import HeliosMarket
import HeliosRisk

/// The engine's way to a simulated venue: orders and cancels travel for a fixed time and arrive in order.
public struct SimulatedGateway: OrderGateway, ~Copyable {
    /// One thing on its way.
    public struct Message: BitwiseCopyable {
        public var arrival: Timestamp
        public var order: NewOrder
        public var isCancel: Bool
    }

    private var queue = RecordQueue<Message>()
    private let latency: Nanoseconds
    /// Orders and cancels handed over so far.
    public private(set) var sent = 0

    /// - Parameter latency: from the engine's decision to the venue, in nanoseconds.
    public init(latency: Nanoseconds) { self.latency = max(latency, 0) }

    deinit { queue.deallocate() }

    public mutating func send(_ order: consuming Cleared) {
        append(Message(arrival: order.time + latency, order: order.order, isCancel: false))
    }

    public mutating func cancel(_ id: OrderID, of instrument: Instrument, at time: Timestamp) {
        let order = NewOrder(
            id: id,
            instrument: instrument,
            side: .buy,
            quantity: .zero,
            price: .zero,
            tag: OrderTag(strategy: 0)
        )
        append(Message(arrival: time + latency, order: order, isCancel: true))
    }

    /// When the next message reaches the venue; `.never` when none is under way.
    ///
    /// Stored, because it is asked for at every step of a simulation.
    public private(set) var nextArrival = Timestamp.never

    /// The next message.
    ///
    /// Only when `nextArrival` is not `.never`.
    public mutating func take() -> Message {
        let message = queue.removeFirst()
        nextArrival = queue.isEmpty ? .never : queue.first.arrival
        return message
    }

    /// The message sent `back` messages before the newest (0 is the newest), as the record of what left the engine.
    ///
    /// Only for messages that are still under way.
    public func record(back: Int) -> Event {
        let message = queue[queue.count - 1 - back]
        let time = Timestamp(nanoseconds: message.arrival.nanoseconds - latency)
        return message.isCancel
            ? Event(cancelOf: message.order.id, of: message.order.instrument, at: time)
            : Event(order: message.order, at: time)
    }

    private var firstSend: UInt64 = 0

    /// The cycle counter at the first message since the last call; 0 when there was none.
    ///
    /// A measurement, never an input.
    public mutating func takeFirstSend() -> UInt64 {
        defer { firstSend = 0 }
        return firstSend
    }

    private mutating func append(_ message: Message) {
        if firstSend == 0 { firstSend = helios_cycles() }
        if queue.isEmpty { nextArrival = message.arrival }
        queue.append(message)
        sent += 1
    }
}
