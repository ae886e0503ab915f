// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosMarket
import HeliosMath

extension PricePanel {
    /// When in the day prices are taken, in nanoseconds since midnight at the exchange: the regular session.
    public static let session: Range<Nanoseconds> = 34_200_000_000_000..<57_600_000_000_000

    /// Reads market files to their ends and averages the middle price of each instrument over time.
    ///
    /// A row is the mean over its interval, in which a one-sided or crossed book counts as the last two-sided one: means
    /// carry less of the quotes' noise and delay than prices at a moment.
    ///
    /// - Parameters:
    ///   - files: at least one, in the order of their days.
    ///   - step: length of a row, at least a second.
    ///   - session: of each day; its length is rounded down to whole rows.
    ///   - symbols: these alone; empty for all.
    ///   - capacity: room for the books.
    ///   - progress: called now and then with the share that was read.
    /// - Returns: the panel, and the symbols that are left out: without a two-sided quote in the first tenth of some
    ///   day, or with fewer than thirty changes of it in a day.
    /// - Throws: `StoreError`, `DataFileError`, `BookCapacityError`, `PairScanError`.
    public static func read(
        _ files: [DataFile],
        step: Nanoseconds,
        session: Range<Nanoseconds> = PricePanel.session,
        symbols: [String] = [],
        capacity: BookCapacity = BookCapacity(),
        progress: (Double) -> Void = { _ in }
    ) throws -> (panel: PricePanel, omitted: [PanelOmission]) {
        let rows = step > 0 ? Int((session.upperBound - session.lowerBound) / step) : 0
        guard step >= 1_000_000_000 else { throw PairScanError(reason: "a row is at least a second long") }
        guard rows >= 2 else {
            throw PairScanError(reason: "the session must hold at least two rows: take shorter steps")
        }
        let source = try MarketDataSource(files)
        var books = try BookSet(capacity: capacity)
        var days = DayAverages(step: step, session: session, rows: rows)
        let buffer = UnsafeMutableBufferPointer<Event>.allocate(capacity: 4_096)
        defer { buffer.deallocate() }
        while case let read = try source.fill(buffer), read > 0 {
            for event in buffer[..<read] {
                let change = books.apply(event)
                guard event.instrument != .none, !change.isDisjoint(with: .quote) else { continue }
                days.add(books.quote(event.instrument), event.instrument.index, at: event.eventTime)
            }
            progress(source.progress)
        }
        return try days.panel(source.directory.symbols.map(\.description), only: symbols)
    }
}

/// Means of middle prices over the rows of each day, for all instruments at once.
private struct DayAverages {
    /// What is known of one instrument in the row under way.
    private struct State {
        var price = 0.0
        var since: Nanoseconds = 0
        var row = 0
        /// Σ price × time of the row under way, and the time in it that has a price.
        var sum = 0.0
        var covered: Nanoseconds = 0
        var changes = 0
    }

    private struct Day {
        var midnight: Timestamp
        var states: [State] = []
        /// Means by instrument; 0 where there is none.
        var means: [[Double]] = []
    }

    private let step: Nanoseconds
    private let session: Range<Nanoseconds>
    private let rows: Int
    private var days: [Day] = []

    init(step: Nanoseconds, session: Range<Nanoseconds>, rows: Int) {
        self.step = step
        self.session = session
        self.rows = rows
    }

    mutating func add(_ quote: Quote, _ instrument: Int, at time: Timestamp) {
        guard quote.bidQuantity.raw > 0, quote.askQuantity.raw > 0, quote.askPrice > quote.bidPrice else { return }
        guard let last = day(of: time) else { return }
        let midnight = days[last].midnight
        while days[last].states.count <= instrument {
            days[last].states.append(State())
            days[last].means.append([])
        }
        let price = Double(quote.bidPrice.raw + quote.askPrice.raw) / Double(2 * Price.scale)
        let moment = min(time - midnight, end)
        advance(last, instrument, to: moment)
        if days[last].states[instrument].price != price, moment >= session.lowerBound, moment < end {
            days[last].states[instrument].changes += 1
        }
        days[last].states[instrument].price = price
    }

    private var end: Nanoseconds { session.lowerBound + step * Int64(rows) }

    /// The place of the day at the exchange, which begins with its first quote; nil for times that no day contains.
    private mutating func day(of time: Timestamp) -> Int? {
        if let last = days.last, time >= last.midnight, time - last.midnight < PricePanel.day { return days.count - 1 }
        guard let midnight = TradingDay.containing(time)?.midnight else { return nil }
        days.append(Day(midnight: midnight))
        return days.count - 1
    }

    /// Brings an instrument's rows up to a moment of the day.
    private mutating func advance(_ day: Int, _ instrument: Int, to moment: Nanoseconds) {
        var state = days[day].states[instrument]
        var from = max(state.since, session.lowerBound)
        let target = max(moment, session.lowerBound)
        while from < target {
            let rowEnd = session.lowerBound + step * Int64(state.row + 1)
            let until = min(target, rowEnd)
            if state.price > 0 {
                state.sum += state.price * Double(until - from)
                state.covered += until - from
            }
            if until == rowEnd {
                days[day].means[instrument].append(state.covered > 0 ? state.sum / Double(state.covered) : 0)
                (state.row, state.sum, state.covered) = (state.row + 1, 0, 0)
            }
            from = until
        }
        state.since = max(moment, state.since)
        days[day].states[instrument] = state
    }

    /// All days as one panel.
    mutating func panel(
        _ names: [String],
        only chosen: [String]
    ) throws(PairScanError) -> (panel: PricePanel, omitted: [PanelOmission]) {
        for symbol in chosen where !names.contains(symbol) {
            throw PairScanError(reason: "no instrument of the files is named \(symbol)")
        }
        for day in days.indices {
            for instrument in days[day].states.indices { advance(day, instrument, to: end) }
        }
        var kept: [Int] = []
        var omitted: [PanelOmission] = []
        for (index, name) in names.enumerated() where chosen.isEmpty || chosen.contains(name) {
            if let reason = trouble(index) {
                omitted.append(PanelOmission(symbol: name, reason: reason))
            } else {
                kept.append(index)
            }
        }
        let columns = kept.map { instrument in days.flatMap { DayAverages.filled($0.means[instrument]) } }
        let times = days.flatMap { day in
            (1...rows).map { day.midnight + (session.lowerBound + step * Int64($0)) }
        }
        let panel = PricePanel(
            symbols: kept.map { names[$0] },
            times: kept.isEmpty ? [] : times,
            prices: Matrix(columns: columns),
            stretches: kept.isEmpty ? [] : days.indices.map { ($0 * rows)..<($0 + 1) * rows },
            step: step
        )
        return (panel, omitted)
    }

    private func trouble(_ instrument: Int) -> String? {
        for day in days {
            guard instrument < day.states.count, !day.means[instrument].isEmpty else { return "no two-sided quote" }
            let first = day.means[instrument].firstIndex { $0 > 0 } ?? rows
            if first > rows / 10 { return "no two-sided quote in the first tenth of a session" }
            if day.states[instrument].changes < 30 { return "fewer than thirty changes of the quote in a session" }
        }
        return nil
    }

    /// Rows before the first price take the first, a row without a price the one before.
    private static func filled(_ means: [Double]) -> [Double] {
        var last = means.first { $0 > 0 } ?? 0
        return means.map { mean in
            if mean > 0 { last = mean }
            return last
        }
    }
}
