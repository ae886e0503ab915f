// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosWire

/// Writes what the market learns from a matching engine as ITCH 5.0, one message an event.
///
/// Orders are named by the engine's references; nothing of an owner stands in it.
public struct ExchangeFeed: ~Copyable {
    /// The messages, from number 1: what a MoldUDP64 sender and its re-request server read.
    public var messages: MessageStore
    /// Messages that found no room: the feed has ended and nothing more is published.
    public private(set) var lost: UInt64 = 0
    private var writer = ItchWriter(capacity: ItchWriter.largestFrame)
    /// The phase of the day that was told last, 0 before the first.
    private(set) var phase: UInt8 = 0
    let events: MatchingFeed
    private let instruments: Int
    private let midnight: Timestamp

    /// - Parameters:
    ///   - symbols: by instrument; the stock locate of instrument n is n + 1.
    ///   - midnight: times of day count from here.
    ///   - messages: room for as many messages.
    public init(symbols: [Symbol], midnight: Timestamp, messages: Int = 1 << 22) {
        events = MatchingFeed(symbols: symbols, midnight: midnight)
        instruments = symbols.count
        self.midnight = midnight
        // The usual mix of adds, deletes and executions takes less than 32 bytes a message.
        self.messages = MessageStore(messages: messages, bytes: messages * 36)
    }

    /// Begins the day: the start of messages and of system hours, a directory entry and an open book for each instrument.
    public mutating func begin(at time: Timestamp) {
        let timestamp = timeOfDay(time)
        publish { $0.systemEvent(timestamp: timestamp, code: UInt8(ascii: "O")) }
        for index in 0..<instruments {
            let instrument = Instrument(id: UInt32(index))
            publish { [events] in events.announce(instrument, at: time, into: &$0) }
        }
        publish { $0.systemEvent(timestamp: timestamp, code: UInt8(ascii: "S")) }
        phase = UInt8(ascii: "S")
    }

    /// Publishes a phase of the whole market: one of `O S Q M E C`.
    public mutating func systemEvent(_ code: UInt8, at time: Timestamp) {
        let timestamp = timeOfDay(time)
        publish { $0.systemEvent(timestamp: timestamp, code: code) }
        phase = code
    }

    func timeOfDay(_ time: Timestamp) -> UInt64 { UInt64(clamping: max(time - midnight, 0)) & (1 << 48 - 1) }

    private mutating func publish(_ message: (inout ItchWriter) -> Void) {
        let isKept = ExchangeFeed.append(to: &messages, &writer, message)
        if !isKept { lost += 1 }
    }

    /// Appends one message to a store; what finds no room is counted in `lost`.
    mutating func write(into store: inout MessageStore, _ message: (inout ItchWriter) -> Void) {
        if !ExchangeFeed.append(to: &store, &writer, message) { lost += 1 }
    }

    private static func append(
        to store: inout MessageStore,
        _ writer: inout ItchWriter,
        _ message: (inout ItchWriter) -> Void
    ) -> Bool {
        writer.reset()
        message(&writer)
        guard writer.count > 0 else { return true }
        // Behind the two bytes of the frame's length.
        return writer.withBytes { frame in
            store.append(WireBytes(UnsafeRawBufferPointer(rebasing: frame.dropFirst(2))))
        }
    }

    /// Publishes one event, if the market learns it.
    mutating func publish(_ event: MatchingEvent) { publish { [events] in events.write(event, into: &$0) } }
}
