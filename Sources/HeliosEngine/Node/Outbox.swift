// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosRisk

/// What the engine lets go, as records, until its owner takes it: nothing leaves before it is in the journal.
@safe
public struct Outbox: OrderGateway, ~Copyable {
    @usableFromInline let records: UnsafeMutablePointer<Event>
    /// Orders that fit between two drains; cancels find three times as many places more (one that meets a replacement under way
    /// is two).
    public let capacity: Int
    /// Records waiting.
    public private(set) var count = 0
    /// Records that did not fit: they stay reserved as orders of unknown fate, and were not sent.
    public private(set) var overflows = 0

    /// - Parameter capacity: at least the engine's `intentCapacity`, so that nothing can overflow.
    public init(capacity: Int = 16_384) {
        self.capacity = max(capacity, 1)
        unsafe records = .allocate(capacity: 4 * self.capacity)
    }

    deinit { unsafe records.deallocate() }

    public mutating func send(_ order: consuming Cleared) { append(Event(order: order.order, at: order.time)) }

    public mutating func replace(_ order: consuming Cleared) {
        append(Event(replacementOf: order.original, by: order.order, at: order.time))
    }

    public mutating func cancel(_ id: OrderID, of instrument: Instrument, at time: Timestamp) {
        append(Event(cancelOf: id, of: instrument, at: time))
    }

    private mutating func append(_ record: Event) {
        guard count < (record.kind == .cancelRequest ? 4 * capacity : capacity) else {
            overflows += 1
            return
        }
        unsafe records[count] = record
        count += 1
    }

    /// The waiting record at `index`, from 0.
    public subscript(index: Int) -> Event {
        precondition(index >= 0 && index < count)
        return unsafe records[index]
    }

    /// Forgets the waiting records.
    public mutating func removeAll() { count = 0 }
}
