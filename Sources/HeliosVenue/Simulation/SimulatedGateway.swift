// SPDX-License-Identifier: MIT
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
        sent += 1
        queue.append(Message(arrival: order.time + latency, order: order.order, isCancel: false))
    }

    public mutating func cancel(_ id: OrderID, of instrument: Instrument, at time: Timestamp) {
        sent += 1
        let order = NewOrder(
            id: id, instrument: instrument, side: .buy, quantity: .zero, price: .zero, tag: OrderTag(strategy: 0))
        queue.append(Message(arrival: time + latency, order: order, isCancel: true))
    }

    /// When the next message reaches the venue; `.never` when none is under way.
    public var nextArrival: Timestamp { queue.isEmpty ? .never : queue.first.arrival }

    /// The next message. Only when `nextArrival` is not `.never`.
    public mutating func take() -> Message { queue.removeFirst() }
}
