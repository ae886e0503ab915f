// SPDX-License-Identifier: MIT
import HeliosEngine
import HeliosMarket

/// What a journal says about itself before its first input: from it alone the session can be set up again.
public struct RecordedSession: Sendable {
    /// The resolved configuration.
    public var configuration = ""
    /// Midnight of the first trading day.
    public var midnight = Timestamp.zero
    /// The instruments that were known when the first input came.
    public var instruments = InstrumentDirectory()
    /// Lines for people, in order.
    public var notes: [String] = []

    public init(configuration: String = "", midnight: Timestamp = .zero, notes: [String] = []) {
        self.configuration = configuration
        self.midnight = midnight
        self.notes = notes
    }

    /// Reads the texts at the beginning of a journal.
    ///
    /// - Throws: `JournalError` when the journal can't be read or is damaged there, `RecordedSessionError` when it holds
    ///   no configuration.
    public init(_ disk: any JournalDisk) throws {
        let reader = JournalReader(disk)
        var text: [UInt8] = []
        while let record = try reader.next(), record.event.kind == .side {
            switch SideKind(rawValue: record.event.orderID) {
            case .configuration:
                if text.isEmpty { midnight = record.event.eventTime }
                text += record.text
            case .instruments: instruments.add(record)
            case .note: notes.append(String(decoding: record.text, as: UTF8.self))
            case .feed, .command, .proposal, .approval, .withdrawal, nil: break
            }
        }
        guard !text.isEmpty else { throw RecordedSessionError() }
        configuration = String(decoding: text, as: UTF8.self)
    }

    /// Writes the texts with which a journal begins; whether all were taken.
    public func write<Sink: JournalSink & ~Copyable>(to journal: inout Sink) -> Bool {
        var rest = ArraySlice(Array(configuration.utf8))
        var isWritten = true
        while !rest.isEmpty {
            let part = Array(rest.prefix(JournalFormat.textLimit))
            rest = rest.dropFirst(part.count)
            isWritten = journal.append(.configuration, part, at: midnight, price: .zero) != 0 && isWritten
        }
        for note in notes {
            let text = Array(note.utf8.prefix(JournalFormat.textLimit))
            isWritten = journal.append(.note, text, at: midnight, price: .zero) != 0 && isWritten
        }
        return isWritten
    }

    /// Writes the names of the instruments from number `first` on; whether all were taken.
    public static func write<Sink: JournalSink & ~Copyable>(
        _ directory: InstrumentDirectory,
        from first: Int,
        at time: Timestamp,
        to journal: inout Sink
    ) -> Bool {
        var next = first
        while next < directory.count {
            let start = next
            var text: [UInt8] = []
            while next < directory.count {
                let line = Array("\(directory.symbols[next])\n".utf8)
                guard text.count + line.count <= JournalFormat.textLimit else { break }
                text += line
                next += 1
            }
            let number = journal.append(.instruments, text, at: time, price: Price(raw: Int64(start)))
            guard number != 0 else { return false }
        }
        return true
    }
}

extension InstrumentDirectory {
    /// Registers the names that a side record gives, in the order of their numbers.
    mutating func add(_ record: JournalRecord) {
        guard record.event.orderID == SideKind.instruments.rawValue, record.event.price.raw == Int64(count) else {
            return
        }
        for line in String(decoding: record.text, as: UTF8.self).split(separator: "\n") {
            if let symbol = Symbol(String(line)) { _ = register(symbol) }
        }
    }
}

/// A journal that does not say which configuration it belongs to.
public struct RecordedSessionError: Error, Sendable, CustomStringConvertible {
    public var description: String { "the journal does not begin with a configuration" }
}
