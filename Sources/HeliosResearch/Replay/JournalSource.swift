// SPDX-License-Identifier: MIT
import HeliosEngine
import HeliosMarket

/// The market that a journal recorded, as data for another backtest: everything that a venue published, nothing that
/// became of our orders.
public final class JournalSource: EventSource {
    private let reader: JournalReader
    /// A record that was read and belongs to the next batch.
    private var kept: Event?
    public private(set) var directory = InstrumentDirectory()
    /// Market records given so far.
    public private(set) var messages = 0
    public var malformed: Int { 0 }
    /// The session's output hash at the last checkpoint that was read.
    public private(set) var recordedHash: UInt64?
    public private(set) var midnight: Timestamp

    /// - Parameters:
    ///   - disk: where the journal lies.
    ///   - session: what the journal says about itself.
    public init(_ disk: any JournalDisk, _ session: RecordedSession) {
        reader = JournalReader(disk)
        midnight = session.midnight
    }

    public var progress: Double { reader.progress }

    public func fill(_ events: UnsafeMutableBufferPointer<Event>) throws -> Int {
        var count = 0
        while count < events.count, let event = try nextEvent() {
            if begins(event) {
                // The session sees a new day's midnight only between two batches.
                guard count == 0 else {
                    kept = event
                    break
                }
                midnight = event.eventTime
            }
            events[count] = event
            count += 1
        }
        messages += count
        return count
    }

    /// Whether a later trading day begins with `event`: its books are cleared at its midnight.
    private func begins(_ event: Event) -> Bool {
        (event.kind == .clearBook || event.kind == .newDay) && event.eventTime - midnight >= 72_000_000_000_000
    }

    private func nextEvent() throws -> Event? {
        if let event = kept {
            kept = nil
            return event
        }
        while let record = try reader.next() {
            if record.event.kind == .side { directory.add(record) }
            if record.event.kind == .checkpoint { recordedHash = record.event.detail }
            if record.event.isMarket { return record.event }
        }
        return nil
    }
}

extension Event {
    /// Whether it is something that a market said.
    var isMarket: Bool {
        switch kind {
        case .newDay, .feedGap: true
        default: kind.rawValue >= EventKind.addOrder.rawValue && kind.rawValue <= EventKind.clearBook.rawValue
        }
    }
}
