// SPDX-License-Identifier: MIT

import Foundation
import HeliosBook
import HeliosMarket
import HeliosStore
import HeliosWire

extension Inspection {
    /// The inspection as one JSON object, keys sorted; prices and quantities are decimal texts, times nanoseconds since
    /// midnight in New York.
    ///
    /// - Returns: The object's text.
    /// - Throws: What the encoder throws; nothing in practice.
    public func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(Report(self)), as: UTF8.self) + "\n"
    }
}

/// The shape of the JSON object.
private struct Report: Encodable {
    struct TypeRow: Encodable { let type, name: String, count: Int }
    struct ProblemRow: Encodable { let offset: UInt64, reason: String }
    struct GapRow: Encodable { let session: String, from, to: UInt64 }
    struct OrderRow: Encodable { let id: UInt64, quantity: String }
    struct LevelRow: Encodable { let price, quantity: String, orderCount: Int, orders: [OrderRow] }
    struct Book: Encodable { let symbol, state: String, time, lastUpdate: Int64, bids, asks: [LevelRow] }
    struct SharesRow: Encodable { let added, executed, cancelled, deleted, left: Int, balanced: Bool }

    let path, content: String
    let gzip, clean, sessionEnded: Bool
    let fileSize: UInt64
    let tradingDay, failure: String?
    let messages, malformed, unknown, oversized, inconsistent, crossed, ordersLeft, timeReversals: Int
    let firstTime, lastTime: Int64?
    let symbols: [String]
    let types: [TypeRow]
    let malformedProblems, inconsistentProblems, packetProblems: [ProblemRow]
    let inconsistentByFault, packets, mold, lobster: [String: Int]
    let gaps: [GapRow]
    let truncatedTail: UInt64?
    let shares: SharesRow
    let book: Book?

    init(_ inspection: Inspection) {
        path = inspection.path
        content = "\(inspection.content)"
        gzip = inspection.isGzip
        clean = inspection.isClean
        sessionEnded = inspection.sessionEnded
        fileSize = inspection.fileSize
        tradingDay = inspection.tradingDay?.description
        failure = inspection.failure?.description
        messages = inspection.messages
        malformed = inspection.malformed
        unknown = inspection.unknown
        oversized = inspection.oversized
        inconsistent = inspection.inconsistentCount
        crossed = inspection.crossed
        ordersLeft = inspection.ordersLeft
        timeReversals = inspection.timeReversals
        let midnight = inspection.midnight
        firstTime = inspection.span.map { $0.first - midnight }
        lastTime = inspection.span.map { $0.last - midnight }
        symbols = inspection.instruments.symbols.map(\.description)
        types = inspection.types.map { TypeRow(type: $0.type, name: $0.name, count: $0.count) }
        malformedProblems = inspection.malformedProblems.map { ProblemRow(offset: $0.offset, reason: $0.reason) }
        inconsistentProblems = inspection.inconsistentProblems.map { ProblemRow(offset: $0.offset, reason: $0.reason) }
        packetProblems = (inspection.mold?.problems ?? []).map { ProblemRow(offset: $0.offset, reason: "\($0.error)") }
        inconsistentByFault = Dictionary(
            uniqueKeysWithValues: inspection.inconsistent.map { ("\($0.fault)", $0.count) }
        )
        packets = inspection.capture.map(Report.counts) ?? [:]
        mold = inspection.mold.map(Report.counts) ?? [:]
        lobster = inspection.lobster.map(Report.counts) ?? [:]
        gaps = (inspection.mold?.gaps ?? []).map { GapRow(session: "\($0.session)", from: $0.from, to: $0.to) }
        truncatedTail = inspection.truncatedTail
        let ledger = inspection.shares
        shares = SharesRow(
            added: ledger.added,
            executed: ledger.executed,
            cancelled: ledger.cancelled,
            deleted: ledger.deleted,
            left: ledger.left,
            balanced: ledger.isBalanced
        )
        book = inspection.book.map { Report.book($0, midnight) }
    }

    private static func book(_ view: BookView, _ midnight: Timestamp) -> Book {
        func rows(_ levels: [BookView.Level]) -> [LevelRow] {
            levels.map { level in
                LevelRow(
                    price: "\(level.price)",
                    quantity: "\(level.quantity)",
                    orderCount: level.orderCount,
                    orders: level.orders.map { OrderRow(id: $0.id, quantity: "\($0.quantity)") }
                )
            }
        }
        return Book(
            symbol: "\(view.symbol)",
            state: "\(view.state)",
            time: view.time - midnight,
            lastUpdate: view.lastUpdate == .zero ? 0 : view.lastUpdate - midnight,
            bids: rows(view.bids),
            asks: rows(view.asks)
        )
    }

    private static func counts(_ counters: CaptureCounters) -> [String: Int] {
        [
            "read": Int(counters.read), "truncated": Int(counters.truncated), "notIP": Int(counters.notIP),
            "notUDP": Int(counters.notUDP), "malformed": Int(counters.malformed), "filtered": Int(counters.filtered),
            "delivered": Int(counters.delivered),
        ]
    }

    private static func counts(_ report: MoldReport) -> [String: Int] {
        [
            "packets": Int(report.counters.packets), "messages": Int(report.counters.delivered),
            "duplicates": Int(report.counters.duplicates), "gaps": Int(report.counters.gaps),
            "lost": Int(clamping: report.counters.lost), "heartbeats": Int(report.counters.heartbeats),
            "unnumbered": Int(report.counters.unnumbered), "malformed": Int(report.malformed),
            "emptyMessages": Int(report.emptyMessages), "sessions": Int(report.counters.sessions),
        ]
    }

    private static func counts(_ counters: LobsterCounters) -> [String: Int] {
        [
            "rows": Int(counters.rows), "anonymous": Int(counters.anonymous), "outOfView": Int(counters.outOfView),
            "edgeLevels": Int(counters.edgeLevels), "droppedLevels": Int(counters.droppedLevels),
            "inconsistent": Int(counters.inconsistent), "firstInconsistentRow": Int(counters.firstInconsistentRow),
            "reseededLevels": Int(counters.reseededLevels),
        ]
    }
}
