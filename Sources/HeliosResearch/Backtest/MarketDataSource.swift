// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosStore
import HeliosWire

/// A file that a backtest reads.
public struct DataFile: Sendable, Hashable {
    /// An ITCH day (plain or gzip), a capture of one, or either file of a LOBSTER pair.
    public var path: String
    /// The symbol of a LOBSTER pair, when its name does not tell.
    public var symbol: Symbol?
    /// The trading day, when the file's name does not tell.
    public var day: TradingDay?

    public init(path: String, symbol: Symbol? = nil, day: TradingDay? = nil) {
        self.path = path
        self.symbol = symbol
        self.day = day
    }
}

/// Why a data file can't be used in a backtest.
public struct DataFileError: Error, Sendable, CustomStringConvertible {
    public let path: String
    public let reason: String

    public var description: String { "\(path): \(reason)" }
}

/// One or more market files, read one after the other, each a trading day later than the one before.
///
/// All instruments keep their numbers over all files. At the border of two files every book is cleared, because a day's
/// orders end with it.
public final class MarketDataSource: EventSource {
    private enum Reader: ~Copyable {
        case itch(ItchReader)
        case lobster(LobsterReader)
        case none
    }

    private let files: [DataFile]
    private var position = 0
    private var reader = Reader.none
    private var known: InstrumentDirectory
    private var clearing = 0
    private var earlierMessages = 0
    private var earlierMalformed = 0

    public private(set) var midnight: Timestamp

    /// Opens the first file; the others are looked at, so that a missing one is found before the run starts.
    ///
    /// - Parameters:
    ///   - files: at least one, in the order of their days.
    ///   - directory: instruments that keep their numbers.
    /// - Throws: `StoreError` for a file that can't be read, `DataFileError` for one without a day or out of order.
    public init(_ files: [DataFile], directory: InstrumentDirectory = InstrumentDirectory()) throws {
        guard let first = files.first else { throw DataFileError(path: "data", reason: "no file is named") }
        self.files = files
        known = directory
        midnight = try MarketDataSource.day(of: first).midnight
        var last: TradingDay?
        for file in files {
            let day = try MarketDataSource.day(of: file)
            if let last, day <= last {
                throw DataFileError(
                    path: file.path,
                    reason: "its day \(day) does not follow \(last); files go in the order of days"
                )
            }
            last = day
        }
        try open(0)
    }

    /// The day of a file: as configured, or as its name tells.
    public static func day(of file: DataFile) throws -> TradingDay {
        let opened = try MarketFile(path: file.path)
        guard let day = file.day ?? opened.tradingDay else {
            throw DataFileError(
                path: file.path,
                reason: "its name tells no date; give one as `date: YYYY-MM-DD` beside the file"
            )
        }
        return day
    }

    private func open(_ index: Int) throws {
        let file = files[index]
        let opened = try MarketFile(path: file.path)
        midnight = try MarketDataSource.day(of: file).midnight
        if opened.content == .lobster {
            let lobster = try LobsterReader(file, midnight: midnight, directory: known)
            known = lobster.directory
            reader = .lobster(lobster)
        } else {
            reader = .itch(ItchReader(opened, midnight: midnight, directory: known))
        }
    }

    public func fill(_ events: UnsafeMutableBufferPointer<Event>) throws -> Int {
        while true {
            if clearing > 0 { return clear(events) }
            let count = try read(events)
            if count > 0 { return count }
            guard position + 1 < files.count else { return 0 }
            earlierMessages = messages
            earlierMalformed = malformed
            known = directory
            position += 1
            try open(position)
            clearing = known.count + 1
        }
    }

    private func read(_ events: UnsafeMutableBufferPointer<Event>) throws -> Int {
        switch reader {
        case .itch(let itch): try itch.fill(events)
        case .lobster(let lobster): try lobster.fill(events)
        case .none: 0
        }
    }

    /// Voids the books of the day before, at the midnight of the new one, and says that it begins.
    private func clear(_ events: UnsafeMutableBufferPointer<Event>) -> Int {
        var count = 0
        while clearing > 0, count < events.count {
            clearing -= 1
            var event = Event(kind: clearing == 0 ? .newDay : .clearBook)
            event.eventTime = midnight
            event.receiveTime = midnight
            if clearing > 0 { event.instrument = Instrument(id: UInt32(clearing - 1)) }
            events[count] = event
            count += 1
        }
        return count
    }

    public var directory: InstrumentDirectory {
        switch reader {
        case .itch(let itch): itch.directory
        case .lobster(let lobster): lobster.directory
        case .none: known
        }
    }

    public var progress: Double {
        let here: Double =
            switch reader {
            case .itch(let itch): itch.progress
            case .lobster(let lobster): lobster.progress
            case .none: 1
            }
        return (Double(position) + here) / Double(files.count)
    }

    public var messages: Int {
        switch reader {
        case .itch(let itch): earlierMessages + itch.messages
        case .lobster(let lobster): earlierMessages + lobster.messages
        case .none: earlierMessages
        }
    }

    public var malformed: Int {
        switch reader {
        case .itch(let itch): earlierMalformed + itch.malformed
        case .lobster(let lobster): earlierMalformed + lobster.malformed
        case .none: earlierMalformed
        }
    }
}

/// Events of one ITCH file or capture.
private final class ItchReader {
    private var file: MarketFile
    private var decoder: ItchDecoder
    private var chunk: MarketChunk?
    private var cursor = 0
    private var isFinished = false

    init(_ file: consuming MarketFile, midnight: Timestamp, directory: InstrumentDirectory) {
        self.file = file
        decoder = ItchDecoder(midnight: midnight, venue: Venue(id: 1), directory: directory)
    }

    var directory: InstrumentDirectory { decoder.directory }
    var messages: Int { decoder.messageCount }
    var malformed: Int { decoder.diagnostics.malformed }

    var progress: Double {
        // A plain file is one chunk: what counts is how far the decoder is in it.
        guard let chunk, chunk.isLast, !chunk.bytes.isEmpty, !file.isGzip else { return file.progress }
        return Double(chunk.base + UInt64(cursor)) / Double(chunk.base + UInt64(chunk.bytes.count))
    }

    func fill(_ events: UnsafeMutableBufferPointer<Event>) throws -> Int {
        while !isFinished {
            if let chunk {
                let count = decoder.decodeFrames(chunk.bytes, cursor: &cursor, base: chunk.base, into: events)
                if count > 0 { return count }
                if chunk.isLast || decoder.diagnostics.sessionEnded {
                    decoder.finish(remaining: chunk.bytes.count - cursor, at: chunk.base + UInt64(cursor))
                    isFinished = true
                    break
                }
                file.consume(cursor)
            }
            cursor = 0
            chunk = try file.nextChunk()
            if chunk == nil { isFinished = true }
        }
        return 0
    }
}

/// Events of one pair of LOBSTER files.
private final class LobsterReader {
    private var files: LobsterFiles
    private var replay: LobsterReplay
    private var taken = 0
    private var isFinished = false
    let directory: InstrumentDirectory

    init(_ file: DataFile, midnight: Timestamp, directory: InstrumentDirectory) throws {
        files = try LobsterFiles(path: file.path)
        guard let symbol = file.symbol ?? files.symbol else {
            throw DataFileError(
                path: file.path,
                reason: "its name tells no symbol; give one as `symbol: XYZ` beside the file"
            )
        }
        var directory = directory
        let instrument = directory.register(symbol)
        self.directory = directory
        replay = LobsterReplay(depth: files.depth, instrument: instrument, venue: Venue(id: 1), midnight: midnight)
    }

    var messages: Int { files.rows }
    var malformed: Int { files.malformed }
    var progress: Double { files.progress }

    func fill(_ events: UnsafeMutableBufferPointer<Event>) throws -> Int {
        var count = 0
        while count < events.count {
            if taken == replay.count {
                if isFinished { break }
                taken = 0
                if try !files.step(&replay) {
                    isFinished = true
                    replay.finish()
                }
                continue
            }
            events[count] = replay[taken]
            taken += 1
            count += 1
        }
        return count
    }
}
