// SPDX-License-Identifier: MIT
import Foundation
import HeliosEngine
import HeliosMarket

/// The names of the instruments that a journal has told so far.
struct RecordNames {
    private var symbols: [String] = []

    mutating func note(_ record: JournalRecord) {
        guard record.event.kind == .side, SideKind(rawValue: record.event.orderID) == .instruments else { return }
        let first = Int(record.event.price.raw)
        guard first >= 0, first <= symbols.count else { return }
        symbols.removeSubrange(first...)
        symbols += String(decoding: record.text, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    subscript(_ instrument: Instrument) -> String {
        if instrument == .none { return "" }
        return instrument.index < symbols.count ? symbols[instrument.index] : "#\(instrument.id)"
    }
}

/// A record in words and figures.
struct RecordText: Encodable {
    var record: UInt64
    var received: Int64
    var happened: Int64
    var time: String
    var kind: String
    var symbol: String
    var side: String
    var price: String
    var quantity: String
    var order: UInt64
    var flags: UInt8
    var detail: UInt64
    var text: String?

    init(_ record: JournalRecord, _ names: RecordNames) {
        let event = record.event
        self.record = event.sequence
        received = event.receiveTime.nanoseconds
        happened = event.eventTime.nanoseconds
        time = RecordText.time(event.receiveTime)
        kind = "\(event.kind)"
        symbol = names[event.instrument]
        side = event.instrument == .none || event.quantity.raw == 0 ? "" : "\(event.side)"
        price = event.price.raw == 0 || event.kind == .side ? "" : event.price.description
        quantity = event.quantity.raw == 0 ? "" : event.quantity.description
        order = event.orderID
        flags = event.flags.rawValue
        detail = event.detail
        text = event.kind == .side ? String(decoding: record.text, as: UTF8.self) : nil
    }

    /// Date and time of day, UTC, to the nanosecond.
    static func time(_ time: Timestamp) -> String {
        let day: Int64 = 86_400_000_000_000
        let midnight = Timestamp(nanoseconds: time.nanoseconds - ((time.nanoseconds % day) + day) % day)
        let date = Date(timeIntervalSince1970: Double(midnight.nanoseconds / 1_000_000_000))
        return date.formatted(.iso8601.year().month().day()) + " " + Figures.clock(time - midnight, places: 9)
    }

    var cells: [String] {
        let note = text.map { $0.prefix { $0 != "\n" } }.map { String($0.prefix(40)) }
        return ["\(record)", time, kind, symbol, side, price, quantity, note ?? (order == 0 ? "" : "\(order)")]
    }

    static let header = "record,received,happened,kind,symbol,side,price,quantity,order,flags,detail,text"

    var csv: String {
        let quoted = text.map { "\"" + $0.replacingOccurrences(of: "\"", with: "\"\"") + "\"" } ?? ""
        return "\(record),\(received),\(happened),\(kind),\(symbol),\(side),\(price),\(quantity),\(order),\(flags),"
            + "\(detail),\(quoted)"
    }

    /// One JSON object.
    var line: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }
}
