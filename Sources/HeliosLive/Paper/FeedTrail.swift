// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosEngine
import HeliosMarket
import HeliosWire

/// Where a session stands in its feeds, read from its journal.
///
/// A live feed gives one record for each message, so the message behind the last record is known from one text (`SideKind.feed`:
/// message NEXT comes behind so many market records) and a count. Of several venues each text and each count is of one of them.
struct FeedTrail {
    /// What is known of one feed.
    private struct Lane {
        var session: MoldSession?
        var next: UInt64 = 1
        /// Market records before message `next`.
        var base: UInt64 = 0
        var locates: [Instrument: UInt16] = [:]
    }

    /// The only venue's feed.
    private var lone = Lane()
    /// Market records of the journal.
    private var inputs: UInt64 = 0
    /// Of several venues, by place.
    private var lanes = [Lane](repeating: Lane(), count: VenueSet.capacity)
    private var counts = [UInt64](repeating: 0, count: VenueSet.capacity)
    /// Midnight of the first day that the journal tells of, and of the last; nil for an empty journal.
    private(set) var firstMidnight: Timestamp?
    private(set) var midnight: Timestamp?
    /// Names of the venues, in the order of their places; empty for a session of one.
    private(set) var venues: [String] = []
    /// Names of instruments, in the order of their numbers.
    private(set) var names: [Symbol] = []

    /// Takes a record of the journal.
    mutating func take(_ record: Event, _ text: [UInt8]) {
        guard record.kind == .side else {
            if FeedTrail.counts(record.kind) { inputs += 1 }
            if FeedTrail.countsOfVenue(record.kind), record.venue.id > 0, record.venue.place < counts.count {
                counts[record.venue.place] += 1
            }
            if record.kind == .newDay { midnight = record.eventTime }
            return
        }
        if record.orderID == SideKind.instruments.rawValue {
            for line in text.split(separator: UInt8(ascii: "\n")) {
                if let symbol = Symbol(String(decoding: line, as: UTF8.self)) { names.append(symbol) }
            }
        }
        if record.orderID == SideKind.configuration.rawValue, firstMidnight == nil {
            firstMidnight = record.eventTime
            midnight = record.eventTime
        }
        guard record.orderID == SideKind.feed.rawValue else { return }
        let text = String(decoding: text, as: UTF8.self)
        let words = text.split(separator: " ").map(String.init)
        if text.hasPrefix("venues\n") {
            // A name may have spaces in it.
            venues = text.split(separator: "\n").dropFirst().map(String.init)
        } else if words.first == "venue", words.count > 2, let number = Int(words[1]),
            (1...lanes.count).contains(number)
        {
            FeedTrail.note(words.dropFirst(2), in: &lanes[number - 1])
        } else {
            FeedTrail.note(words[...], in: &lone)
        }
    }

    private static func note(_ words: ArraySlice<String>, in lane: inout Lane) {
        let words = Array(words)
        switch words.first {
        case "session" where words.count == 6:
            guard let next = UInt64(words[3]), let base = UInt64(words[5]) else { return }
            if let session = lane.session, "\(session)" != words[1] { lane.locates = [:] }
            (lane.session, lane.next, lane.base) = (MoldSession(words[1]), next, base)
        case "locate" where words.count == 4:
            guard let locate = UInt16(words[1]), let instrument = UInt32(words[3]) else { return }
            lane.locates[Instrument(id: instrument)] = locate
        default: break
        }
    }

    /// Whether a record is one that `NodePosition.marketInputs` counts.
    private static func counts(_ kind: EventKind) -> Bool { countsOfVenue(kind) || kind == .newDay }

    /// Whether a record is one of those that count as one venue's; a new day is nobody's.
    static func countsOfVenue(_ kind: EventKind) -> Bool { kind.rawValue < EventKind.newOrder.rawValue }

    /// Where a process that goes on begins; the books are to be cleared when the last one died while it cleared them.
    var place: (feed: FeedPlace, clearsBooks: Bool) { FeedTrail.place(lone, inputs) }

    /// The same of one of several venues.
    func place(at venue: Int) -> (feed: FeedPlace, clearsBooks: Bool) { FeedTrail.place(lanes[venue], counts[venue]) }

    /// Market records of one of several venues.
    func inputs(at venue: Int) -> UInt64 { counts[venue] }

    private static func place(_ lane: Lane, _ inputs: UInt64) -> (feed: FeedPlace, clearsBooks: Bool) {
        guard let session = lane.session else { return (FeedPlace(), inputs > 0) }
        guard inputs >= lane.base else { return (FeedPlace(), true) }
        return (FeedPlace(session: session, next: lane.next + (inputs - lane.base), locates: lane.locates), false)
    }

    /// The text of a new beginning; `venue` is the place of one of several.
    static func text(_ session: MoldSession, next: UInt64, inputs: UInt64, venue: Int? = nil) -> [UInt8] {
        Array("\(prefix(venue))session \(session) next \(next) inputs \(inputs)".utf8)
    }

    static func text(locate: UInt16, of instrument: Instrument, venue: Int? = nil) -> [UInt8] {
        Array("\(prefix(venue))locate \(locate) instrument \(instrument.id)".utf8)
    }

    /// The text that names the venues, in the order of their places.
    static func text(venues: [String]) -> [UInt8] { Array((["venues"] + venues).joined(separator: "\n").utf8) }

    private static func prefix(_ venue: Int?) -> String { venue.map { "venue \($0 + 1) " } ?? "" }
}
