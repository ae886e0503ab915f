// SPDX-License-Identifier: MIT

import HeliosBook
import HeliosMarket
import HeliosStore
import HeliosWire

extension Inspection {
    /// Reads the file at `path` to its end, building all books.
    ///
    /// A damaged file is inspected as far as it goes; `failure` then says where it broke.
    ///
    /// - Parameters:
    ///   - path: Any market file.
    ///   - line: Of a capture, only what was sent here (all when nil).
    ///   - request: A book to show.
    ///   - capacity: Room for the books.
    ///   - progress: Called now and then with the share of the file that was read.
    /// - Returns: The inspection.
    /// - Throws: `StoreError` when the file can't be opened or recognised, `InspectionError` when the book asked for can't be
    ///   shown, `BookCapacityError`.
    public static func inspect(
        path: String,
        line: FeedLine? = nil,
        book request: BookRequest? = nil,
        capacity: BookCapacity = BookCapacity(),
        progress: (Double) -> Void = { _ in }
    ) throws -> Inspection {
        var file = try MarketFile(path: path, line: line)
        var inspection: Inspection
        var session: InspectionSession
        if file.content == .lobster {
            var pair = try LobsterFiles(path: path)
            inspection = Inspection(
                path: path,
                content: .lobster,
                gzip: file.isGzip,
                size: pair.fileSize,
                day: pair.tradingDay
            )
            session = try InspectionSession(request, midnight: inspection.midnight, capacity: capacity)
            session.read(&pair, into: &inspection, progress)
        } else {
            inspection = Inspection(
                path: path,
                content: file.content,
                gzip: file.isGzip,
                size: file.fileSize,
                day: file.tradingDay
            )
            session = try InspectionSession(request, midnight: inspection.midnight, capacity: capacity)
            session.read(&file, into: &inspection, progress)
        }
        try session.finish(&inspection)
        return inspection
    }

    private init(path: String, content: MarketContent, gzip: Bool, size: UInt64, day: TradingDay?) {
        self.path = path
        self.content = content
        isGzip = gzip
        fileSize = size
        tradingDay = day
    }

    mutating func note(inconsistent fault: BookFault, at offset: UInt64) {
        if inconsistentProblems.count < Inspection.keptProblems {
            inconsistentProblems.append(Problem(offset: offset, reason: fault.explanation))
        }
    }
}

/// The state of an inspection under way: books, and what is watched beside them.
private struct InspectionSession: ~Copyable {
    private var books: BookSet
    private let request: BookRequest?
    private let midnight: Timestamp
    private var shares = Inspection.Shares()
    private var view: BookView?
    private var isViewTaken = false
    private var span: (first: Timestamp, last: Timestamp)?
    private var reversals = 0

    init(_ request: BookRequest?, midnight: Timestamp, capacity: BookCapacity) throws(BookCapacityError) {
        books = try BookSet(capacity: capacity)
        self.request = request
        self.midnight = midnight
    }

    // MARK: ITCH

    mutating func read(_ file: inout MarketFile, into inspection: inout Inspection, _ progress: (Double) -> Void) {
        var decoder = ItchDecoder(midnight: midnight, venue: Venue(id: 0))
        do throws(StoreError) {
            while !decoder.diagnostics.sessionEnded, let chunk = try file.nextChunk() {
                let cursor = read(chunk, of: file, &decoder, into: &inspection)
                if chunk.isLast {
                    decoder.finish(remaining: chunk.bytes.count - cursor, at: chunk.base + UInt64(cursor))
                }
                translate(decoder.diagnostics.problems, of: file, into: &inspection)
                file.consume(cursor)
                progress(file.progress)
            }
        } catch {
            inspection.failure = error
        }
        inspection.instruments = decoder.directory
        inspection.messages = decoder.messageCount
        inspection.malformed = decoder.diagnostics.malformed
        inspection.unknown = decoder.diagnostics.unknown
        inspection.oversized = decoder.diagnostics.oversized
        inspection.sessionEnded = decoder.diagnostics.sessionEnded
        for type in ItchMessageType.allCases where decoder.count(of: type.rawValue) > 0 {
            let letter = String(Unicode.Scalar(type.rawValue))
            inspection.types.append(.init(type: letter, name: type.name, count: decoder.count(of: type.rawValue)))
        }
        if file.content.isCapture {
            inspection.capture = file.captureCounters
            inspection.mold = file.moldReport
            inspection.truncatedTail = file.truncatedTail
        }
    }

    /// One event at a time, so that a contradiction is known with its place; returns where the chunk was left.
    private mutating func read(
        _ chunk: MarketChunk,
        of file: borrowing MarketFile,
        _ decoder: inout ItchDecoder,
        into inspection: inout Inspection
    ) -> Int {
        var cursor = 0
        withUnsafeTemporaryAllocation(of: Event.self, capacity: 1) { events in
            while true {
                let start = cursor
                guard decoder.decodeFrames(chunk.bytes, cursor: &cursor, base: chunk.base, into: events) == 1 else {
                    break
                }
                if let fault = apply(events[0], decoder.directory) {
                    let frame = InspectionSession.lastFrame(chunk.bytes, from: start, to: cursor)
                    inspection.note(inconsistent: fault, at: file.fileOffset(of: chunk.base + UInt64(frame)) + 2)
                }
            }
        }
        return cursor
    }

    /// Where the last of the frames in `bytes[start..<end]` begins.
    private static func lastFrame(_ bytes: UnsafeRawBufferPointer, from start: Int, to end: Int) -> Int {
        var frame = start
        while frame + 2 <= end {
            let next = frame + 2 + (Int(bytes[frame]) << 8 | Int(bytes[frame + 1]))
            if next >= end { break }
            frame = next
        }
        return frame
    }

    /// Takes over the problems that came with this chunk, with their places in the file.
    private func translate(_ problems: [FeedProblem], of file: borrowing MarketFile, into inspection: inout Inspection)
    {
        for problem in problems.dropFirst(inspection.malformedProblems.count) {
            let letter = (0x21...0x7E).contains(problem.type) ? " (type \(Unicode.Scalar(problem.type)))" : ""
            inspection.malformedProblems.append(
                .init(offset: file.fileOffset(of: problem.offset), reason: problem.fault.explanation + letter)
            )
        }
    }

    // MARK: LOBSTER

    mutating func read(_ files: inout LobsterFiles, into inspection: inout Inspection, _ progress: (Double) -> Void) {
        let symbol = files.symbol ?? Symbol(packed: 0x2020_2020_2020_203F)
        let instrument = inspection.instruments.register(symbol)
        var replay = LobsterReplay(depth: files.depth, instrument: instrument, venue: Venue(id: 0), midnight: midnight)
        var counts = [Int](repeating: 0, count: 8)
        do throws(StoreError) {
            while let message = try files.nextMessage() {
                counts[Int(message.type.rawValue)] += 1
                files.withRow { row in
                    replay.step(message, row)
                    replay.reconcile(row)
                }
                for index in 0..<replay.count {
                    if let fault = apply(replay[index], inspection.instruments) {
                        inspection.note(inconsistent: fault, at: UInt64(files.rows))
                    }
                }
                if files.rows & 0xFFF == 0 { progress(files.progress) }
            }
        } catch {
            inspection.failure = error
        }
        inspection.messages = files.rows
        inspection.malformed = files.malformed
        inspection.malformedProblems = files.errors.map { .init(offset: UInt64($0.line), reason: "\($0)") }
        inspection.lobster = replay.counters
        for type in LobsterType.allCases where counts[Int(type.rawValue)] > 0 {
            inspection.types.append(
                .init(type: "\(type.rawValue)", name: "\(type)", count: counts[Int(type.rawValue)])
            )
        }
    }

    // MARK: Books

    /// Folds an event into the books and the ledger of shares; tells what is wrong with it.
    private mutating func apply(_ event: Event, _ directory: InstrumentDirectory) -> BookFault? {
        if let request, !isViewTaken, event.eventTime - midnight > request.time {
            isViewTaken = true
            view = makeView(request, directory)
        }
        if let span, event.eventTime < span.last { reversals += 1 }
        span = (span?.first ?? event.eventTime, event.eventTime)
        let held = quantityAtStake(event)
        let change = books.apply(event)
        let fault = change.contains(.fault) ? books.faults.last : nil
        account(event, held: held, fault: fault)
        return fault
    }

    /// What the order that the event names holds; nothing when the event names none.
    private func quantityAtStake(_ event: Event) -> Quantity {
        switch event.kind {
        case .executeOrder, .executeOrderAtPrice, .cancelOrder, .deleteOrder, .replaceOrder:
            books.order(event.orderID)?.quantity ?? .zero
        default: .zero
        }
    }

    private mutating func account(_ event: Event, held: Quantity, fault: BookFault?) {
        let isApplied = fault == nil || fault == .crossed || fault == .otherInstrument
        switch event.kind {
        case .addOrder where isApplied: shares.added += event.quantity.shares
        case .executeOrder, .executeOrderAtPrice:
            // More than the order has empties it: what it held is what went.
            shares.executed += min(event.quantity, held).shares
        case .cancelOrder: shares.cancelled += min(event.quantity, held).shares
        case .deleteOrder: shares.deleted += held.shares
        case .replaceOrder where held > .zero:
            // The old order goes in any case; the new one comes unless something is wrong with it.
            shares.deleted += held.shares
            if isApplied { shares.added += event.quantity.shares }
        default: break
        }
    }

    mutating func finish(_ inspection: inout Inspection) throws(InspectionError) {
        let directory = inspection.instruments
        for index in 0..<directory.count {
            let instrument = Instrument(id: UInt32(index))
            for side in [Side.buy, .sell] {
                for depth in 0..<books.levelCount(instrument, side) {
                    shares.left += books.level(instrument, side, depth)?.quantity.shares ?? 0
                }
            }
        }
        inspection.shares = shares
        inspection.ordersLeft = books.orderCount
        inspection.span = span
        inspection.timeReversals = reversals
        inspection.inconsistent = BookFault.allCases.compactMap { fault in
            let count = books.faults.count(fault)
            return count > 0 ? (fault, count) : nil
        }
        guard let request else { return }
        if let symbol = request.symbol, directory[symbol] == nil {
            throw .unknownSymbol(symbol, nearest: nearest(symbol, in: directory), path: inspection.path)
        }
        if request.symbol == nil, directory.count != 1 {
            throw .symbolNeeded(count: directory.count, path: inspection.path)
        }
        inspection.book = isViewTaken ? view ?? emptyView(request, directory) : makeView(request, directory)
    }

    private func makeView(_ request: BookRequest, _ directory: InstrumentDirectory) -> BookView? {
        let symbol = request.symbol ?? directory.symbols.first
        guard let symbol, let instrument = directory[symbol] else { return nil }
        return BookView(
            symbol: symbol,
            time: midnight + request.time,
            lastUpdate: books.lastUpdate(instrument),
            state: books.tradingState(instrument),
            bids: levels(instrument, .buy, request),
            asks: levels(instrument, .sell, request)
        )
    }

    /// The book of an instrument that no message had named by then.
    private func emptyView(_ request: BookRequest, _ directory: InstrumentDirectory) -> BookView? {
        (request.symbol ?? directory.symbols.first).map {
            BookView(
                symbol: $0,
                time: midnight + request.time,
                lastUpdate: .zero,
                state: .unknown,
                bids: [],
                asks: []
            )
        }
    }

    private func levels(_ instrument: Instrument, _ side: Side, _ request: BookRequest) -> [BookView.Level] {
        (0..<max(0, min(request.depth, books.levelCount(instrument, side)))).compactMap { depth in
            books.level(instrument, side, depth).map {
                BookView.Level(
                    price: $0.price,
                    quantity: $0.quantity,
                    orderCount: $0.orderCount,
                    orders: request.listsOrders ? books.orders(instrument, side, depth) : []
                )
            }
        }
    }

    /// The symbol that shares the longest beginning with `symbol`; nil when none shares a letter.
    private func nearest(_ symbol: Symbol, in directory: InstrumentDirectory) -> Symbol? {
        let wanted = symbol.description
        func common(_ other: Symbol) -> Int { zip(wanted, other.description).prefix { $0 == $1 }.count }
        let best = directory.symbols.max { common($0) < common($1) }
        return best.flatMap { common($0) > 0 ? $0 : nil }
    }
}

extension Quantity {
    /// Whole shares: sums of a day's shares don't fit the fixed point.
    fileprivate var shares: Int { Int(raw / Quantity.scale) }
}
