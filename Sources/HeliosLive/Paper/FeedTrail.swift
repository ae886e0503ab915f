// SPDX-License-Identifier: MIT
import HeliosEngine
import HeliosMarket
import HeliosWire

/// Where a session stands in its feed, read from its journal.
///
/// A live feed gives one record for each message, so the message behind the last record is known from one text (`SideKind.feed`:
/// message NEXT comes behind so many market records) and a count.
struct FeedTrail {
    private var session: MoldSession?
    private var next: UInt64 = 1
    /// Market records before message `next`.
    private var base: UInt64 = 0
    private var inputs: UInt64 = 0
    private var locates: [Instrument: UInt16] = [:]
    /// Midnight of the first day that the journal tells of, and of the last; nil for an empty journal.
    private(set) var firstMidnight: Timestamp?
    private(set) var midnight: Timestamp?
    /// Names of instruments, in the order of their numbers.
    private(set) var names: [Symbol] = []

    /// Takes a record of the journal.
    mutating func take(_ record: Event, _ text: [UInt8]) {
        guard record.kind == .side else {
            if FeedTrail.counts(record.kind) { inputs += 1 }
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
        let words = String(decoding: text, as: UTF8.self).split(separator: " ").map(String.init)
        switch words.first {
        case "session" where words.count == 6:
            guard let next = UInt64(words[3]), let base = UInt64(words[5]) else { return }
            if let session, "\(session)" != words[1] { locates = [:] }
            (self.session, self.next, self.base) = (MoldSession(words[1]), next, base)
        case "locate" where words.count == 4:
            guard let locate = UInt16(words[1]), let instrument = UInt32(words[3]) else { return }
            locates[Instrument(id: instrument)] = locate
        default: break
        }
    }

    /// Whether a record is one that `NodePosition.marketInputs` counts.
    private static func counts(_ kind: EventKind) -> Bool {
        kind.rawValue < EventKind.newOrder.rawValue || kind == .newDay
    }

    /// Where a process that goes on begins; the books are to be cleared when the last one died while it cleared them.
    var place: (feed: FeedPlace, clearsBooks: Bool) {
        guard let session else { return (FeedPlace(), inputs > 0) }
        guard inputs >= base else { return (FeedPlace(), true) }
        return (FeedPlace(session: session, next: next + (inputs - base), locates: locates), false)
    }

    /// The text of a new beginning.
    static func text(_ session: MoldSession, next: UInt64, inputs: UInt64) -> [UInt8] {
        Array("session \(session) next \(next) inputs \(inputs)".utf8)
    }

    static func text(locate: UInt16, of instrument: Instrument) -> [UInt8] {
        Array("locate \(locate) instrument \(instrument.id)".utf8)
    }
}
