// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosVenue
import HeliosWire

/// Generated trading days as data: each is made when it begins, and lies in memory while it is read (about 36 bytes a message).
///
/// The seeds, that of the market and that of the flow, rise by one a day, as those of `helios venue` do.
public final class AgentDays: EventSource {
    private let configuration: MarketDayConfiguration
    private let days: Int
    private let venue: Venue
    private var next = 0
    private var bytes = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    private var cursor = 0
    private var decoder: ItchDecoder
    private var clearing = 0
    private var isOpen = false
    private var earlierMessages = 0
    private var earlierMalformed = 0
    public private(set) var midnight: Timestamp

    /// - Parameters:
    ///   - configuration: the first day.
    ///   - days: how many, on weekdays that follow each other; at least 1.
    ///   - venue: whose events they are.
    ///   - directory: instruments that keep their numbers.
    /// - Throws: `MarketDayError` for a value out of its range.
    public init(
        _ configuration: MarketDayConfiguration,
        days: Int = 1,
        venue: Venue = Venue(id: 1),
        directory: InstrumentDirectory = InstrumentDirectory()
    ) throws(MarketDayError) {
        try configuration.validate()
        self.configuration = configuration
        self.days = max(days, 1)
        self.venue = venue
        midnight = configuration.day.midnight
        decoder = ItchDecoder(midnight: configuration.day.midnight, venue: venue, directory: directory)
    }

    deinit { bytes.deallocate() }

    /// The configuration of a day, from 0.
    static func configuration(_ first: MarketDayConfiguration, ofDay number: Int) -> MarketDayConfiguration {
        var day = first
        day.seed &+= UInt64(number)
        if let flow = day.flowSeed { day.flowSeed = flow &+ UInt64(number) }
        for _ in 0..<number { day.day = day.day.nextWeekday }
        return day
    }

    public func fill(_ events: UnsafeMutableBufferPointer<Event>) throws -> Int {
        while true {
            if clearing > 0 { return clear(events) }
            if isOpen {
                let count = decoder.decodeFrames(UnsafeRawBufferPointer(bytes), cursor: &cursor, into: events)
                if count > 0 { return count }
                decoder.finish(remaining: bytes.count - cursor, at: UInt64(cursor))
                isOpen = false
            }
            guard next < days else { return 0 }
            try open()
        }
    }

    /// Makes the next day.
    ///
    /// Between two days every book is cleared, because a day's orders end with it.
    private func open() throws {
        let day = AgentDays.configuration(configuration, ofDay: next)
        var made: [UInt8] = []
        made.reserveCapacity(day.messages * 36)
        _ = try MarketDayGenerator(day).generate { made.append(contentsOf: $0) }
        bytes.deallocate()
        bytes = .allocate(byteCount: made.count, alignment: 16)
        bytes.copyBytes(from: made)
        cursor = 0
        midnight = day.day.midnight
        earlierMessages += decoder.messageCount
        earlierMalformed += decoder.diagnostics.malformed
        decoder = ItchDecoder(midnight: midnight, venue: venue, directory: decoder.directory)
        if next > 0 { clearing = decoder.directory.count + 1 }
        isOpen = true
        next += 1
    }

    /// Voids the books of the day before, at the midnight of the new one, and says that it begins.
    private func clear(_ events: UnsafeMutableBufferPointer<Event>) -> Int {
        var count = 0
        while clearing > 0, count < events.count {
            clearing -= 1
            var event = Event(kind: clearing == 0 ? .newDay : .clearBook)
            event.eventTime = midnight
            event.receiveTime = midnight
            event.venue = venue
            if clearing > 0 { event.instrument = Instrument(id: UInt32(clearing - 1)) }
            events[count] = event
            count += 1
        }
        return count
    }

    public var directory: InstrumentDirectory { decoder.directory }
    public var progress: Double {
        let here = bytes.isEmpty ? 0 : Double(cursor) / Double(bytes.count)
        return (Double(max(next - 1, 0)) + here) / Double(days)
    }
    public var messages: Int { earlierMessages + decoder.messageCount }
    public var malformed: Int { earlierMalformed + decoder.diagnostics.malformed }
}
