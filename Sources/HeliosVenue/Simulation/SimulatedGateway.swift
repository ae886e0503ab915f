// SPDX-License-Identifier: MIT
import CHelios
import HeliosMarket
import HeliosRisk

/// The engine's way to a simulated venue: orders and cancels travel as long as the model says and arrive in order.
public struct SimulatedGateway: OrderGateway, ~Copyable {
    /// One thing on its way.
    public struct Message: BitwiseCopyable {
        public var arrival: Timestamp
        /// When the engine handed it over.
        public var departure: Timestamp
        public var order: NewOrder
        /// Of a replacement: the number of the order that it takes the place of; else 0.
        public var original: OrderID
        public var isCancel: Bool
        /// What is asked of dealers; of kind `none` for everything else.
        public var question = Event(kind: .none)
    }

    private var queue = RecordQueue<Message>()
    private var line: LatencyLine
    private var backlog: VenueBacklog
    /// The lines to the venues of a floor and to dealers; nil with one venue and nobody else.
    private var floor: FloorLines?
    /// Whether `venueMessage` is to be called for each message that the venue publishes.
    public let isCoupled: Bool
    /// Orders and cancels handed over so far.
    public private(set) var sent = 0

    /// - Parameter latency: from the engine's decision to the venue, in nanoseconds.
    public init(latency: Nanoseconds) {
        var models = SimulationModels()
        models.order = .constant(latency)
        self.init(models)
    }

    /// - Parameter models: the order latency and its coupling to the venue's bursts.
    public init(_ models: SimulationModels) {
        line = models.line(.order)
        backlog = VenueBacklog(service: models.messageTime)
        isCoupled = models.messageTime > 0
    }

    /// A gateway to the venues of a floor, each with a line of its own, and to dealers.
    ///
    /// - Parameters:
    ///   - models: the seed of what is drawn, and the venues' time for a message.
    ///   - floor: the venues; nil for the one venue that `models` describes.
    ///   - dealers: who quotes on request; nil for nobody.
    public init(_ models: SimulationModels, _ floor: FloorSettings?, _ dealers: DealerSettings? = nil) {
        self.init(models)
        if floor != nil || dealers != nil { self.floor = FloorLines(floor, dealers, models) }
    }

    deinit { queue.deallocate() }

    /// A trading day begins at `midnight`: the origin of latencies by time of day.
    public mutating func begin(day midnight: Timestamp) {
        line.midnight = midnight
        floor?.begin(day: midnight)
    }

    /// The venue publishes a message at `time`, for which it takes its time.
    public mutating func venueMessage(at time: Timestamp) {
        backlog.message(at: time)
        floor?.message(of: Venue(id: 0), at: time)
    }

    /// The same for one venue of a floor.
    public mutating func venueMessage(of venue: Venue, at time: Timestamp) { floor?.message(of: venue, at: time) }

    public mutating func send(_ order: consuming Cleared) { append(order.order, order.time, isCancel: false) }

    public mutating func replace(_ order: consuming Cleared) {
        append(order.order, order.time, original: order.original, isCancel: false)
    }

    public mutating func ask(_ record: Event) {
        let order = NewOrder(
            id: 0,
            instrument: record.instrument,
            side: record.side,
            quantity: record.quantity,
            price: record.price,
            tag: OrderTag(strategy: 0),
            venue: record.venue
        )
        append(order, record.eventTime, isCancel: false, question: record)
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
        append(order, time, isCancel: true)
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
        let message = floor?.sent(back: back) ?? queue[queue.count - 1 - back]
        if message.question.kind != .none { return message.question }
        let time = message.departure
        if message.original != 0 { return Event(replacementOf: message.original, by: message.order, at: time) }
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

    private mutating func append(
        _ order: NewOrder,
        _ time: Timestamp,
        original: OrderID = 0,
        isCancel: Bool,
        question: Event = Event(kind: .none)
    ) {
        if firstSend == 0 { firstSend = helios_cycles() }
        let extra = isCoupled ? backlog.waiting(at: time) : 0
        let isQuestion = question.kind != .none
        let leaving = time + order.delay
        let arrival =
            floor?.arrival(order, leaving, isCancel: isCancel, isQuestion: isQuestion)
            ?? line.arrival(of: leaving, plus: extra)
        var message = Message(arrival: arrival, departure: time, order: order, original: original, isCancel: isCancel)
        message.question = question
        if queue.isEmpty || arrival < nextArrival { nextArrival = message.arrival }
        if floor == nil {
            queue.append(message)
        } else {
            floor?.note(message)
            // Lines of different lengths: what was sent later may arrive before.
            queue.insert(message) { $0.arrival > arrival }
        }
        sent += 1
    }
}
