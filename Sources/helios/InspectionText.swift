// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosMarket
import HeliosResearch

/// An inspection for people.
struct InspectionText {
    private let inspection: Inspection
    /// Problems listed; the JSON has all that were kept.
    private static let shownProblems = 10
    private static let shownSymbols = 12

    init(_ inspection: Inspection) { self.inspection = inspection }

    var text: String {
        var parts = [heading(), types()]
        let problems = self.problems()
        if !problems.isEmpty { parts.append(problems) }
        if let book = inspection.book { parts.append(self.book(book)) }
        return parts.joined(separator: "\n\n")
    }

    private func heading() -> String {
        var table = TextTable([.left, .left])
        let gzip = inspection.isGzip ? ", gzip" : ""
        table.add("format", "\(inspection.content.rawValue)\(gzip), \(Figures.bytes(inspection.fileSize))")
        table.add("day", inspection.tradingDay?.description ?? "not known")
        if let span = inspection.span {
            let times = [span.first, span.last].map { Figures.clock($0 - inspection.midnight, places: 6) }
            table.add("span", "\(times[0]) to \(times[1])")
        }
        table.add("messages", Figures.count(inspection.messages))
        let names = inspection.instruments.symbols.prefix(InspectionText.shownSymbols).map(\.description)
        let more = inspection.instruments.count > names.count ? ", …" : ""
        table.add("symbols", "\(Figures.count(inspection.instruments.count)): " + names.joined(separator: ", ") + more)
        table.add(
            "left",
            "\(Figures.count(inspection.ordersLeft)) orders, \(Figures.count(inspection.shares.left)) shares"
        )
        addCarrier(&table)
        table.add("verdict", verdict())
        return Console.toned(inspection.path, .strong) + "\n" + table.text()
    }

    /// What only captures and LOBSTER pairs have.
    private func addCarrier(_ table: inout TextTable) {
        if let capture = inspection.capture {
            let unused = capture.notIP + capture.notUDP + capture.malformed + capture.truncated
            table.add(
                "packets",
                "\(Figures.count(capture.read)) read, \(Figures.count(capture.delivered)) datagrams, \(Figures.count(unused)) unusable"
            )
        }
        if let mold = inspection.mold {
            let counters = mold.counters
            table.add(
                "stream",
                "\(Figures.count(counters.sessions)) sessions, \(Figures.count(counters.gaps)) gaps, "
                    + "\(Figures.count(counters.lost)) messages lost, \(Figures.count(counters.duplicates)) duplicates"
            )
        }
        if let lobster = inspection.lobster {
            table.add(
                "replay",
                "\(Figures.count(lobster.rows)) rows, \(Figures.count(lobster.anonymous)) on anonymous shares, "
                    + "\(Figures.count(lobster.outOfView)) out of view, \(Figures.count(lobster.inconsistent)) inconsistent"
            )
        }
    }

    private func verdict() -> String {
        if inspection.failure != nil { return Console.toned("broken off", .bad) }
        if inspection.isClean { return Console.toned("clean", .good) }
        var parts: [String] = []
        if inspection.malformed > 0 {
            parts.append(
                "\(Figures.count(inspection.malformed)) malformed (\(Figures.count(inspection.unknown)) of unknown type)"
            )
        }
        parts += inspection.inconsistent.map { "\(Figures.count($0.count)) × \($0.fault.explanation)" }
        if let tail = inspection.truncatedTail { parts.append("cut short at byte \(Figures.count(tail))") }
        if let rows = inspection.lobster?.inconsistent, rows > 0 {
            parts.append("\(Figures.count(rows)) rows don't follow from their message")
        }
        if let lost = inspection.mold?.counters.lost, lost > 0 { parts.append("\(Figures.count(lost)) messages lost") }
        if !inspection.shares.isBalanced { parts.append("shares don't balance") }
        return Console.toned(parts.isEmpty ? "not clean" : parts.joined(separator: "; "), .warning)
    }

    private func types() -> String {
        var table = TextTable([.left, .left, .right, .right], header: ["type", "message", "count", "share"])
        for type in inspection.types {
            let share = Double(type.count) / Double(max(inspection.messages, 1))
            table.add(type.type, type.name, Figures.count(type.count), Figures.fixed(share * 100, 2) + " %")
        }
        return table.text()
    }

    private func problems() -> String {
        let found = inspection.malformedProblems + inspection.inconsistentProblems
        guard !found.isEmpty else { return "" }
        var table = TextTable([.right, .left], header: [inspection.lobster == nil ? "offset" : "row", "problem"])
        for problem in found.prefix(InspectionText.shownProblems) {
            table.add(Figures.count(problem.offset), problem.reason)
        }
        let all = inspection.malformed + inspection.inconsistentCount
        let shown = min(found.count, InspectionText.shownProblems)
        return table.text() + (all > shown ? "\n  … and \(Figures.count(all - shown)) more" : "")
    }
}

// MARK: - Book

extension InspectionText {
    private func book(_ book: BookView) -> String {
        let time = Figures.clock(book.time - inspection.midnight, places: 9)
        let last =
            book.lastUpdate == .zero
            ? "never touched"
            : "last changed \(Figures.clock(book.lastUpdate - inspection.midnight, places: 9))"
        let title = Console.toned("\(book.symbol) at \(time)", .strong) + "  \(book.state), \(last)"
        let listsOrders = (book.bids + book.asks).contains { !$0.orders.isEmpty }
        return title + "\n" + (listsOrders ? orderByOrder(book) : levels(book))
    }

    private func levels(_ book: BookView) -> String {
        var table = TextTable(
            [.right, .right, .right, .left, .right, .right, .right],
            header: ["orders", "shares", "bid", "", "ask", "shares", "orders"]
        )
        for index in 0..<max(book.bids.count, book.asks.count) {
            let bid = index < book.bids.count ? cells(book.bids[index]) : ["", "", ""]
            let ask = index < book.asks.count ? cells(book.asks[index]) : ["", "", ""]
            table.add([bid[2], bid[1], bid[0], ""] + ask)
        }
        return table.isEmpty ? "  the book is empty" : table.text()
    }

    private func cells(_ level: BookView.Level) -> [String] {
        [level.price.description, Figures.quantity(level.quantity), Figures.count(level.orderCount)]
    }

    /// Every order in the order of its priority, asks from the top down to the bids.
    private func orderByOrder(_ book: BookView) -> String {
        var table = TextTable([.left, .right, .right, .left], header: ["side", "price", "shares", "order"])
        func add(_ side: String, _ levels: [BookView.Level]) {
            for level in levels {
                for order in level.orders {
                    table.add(side, level.price.description, Figures.quantity(order.quantity), "\(order.id)")
                }
            }
        }
        add("ask", book.asks.reversed())
        add("bid", book.bids)
        return table.text()
    }
}
