// SPDX-License-Identifier: MIT
import Foundation
import HeliosMarket
import HeliosRisk
import HeliosStore
import HeliosSurveillance
import HeliosWire
import Testing

@Suite("A journal watched from its files")
struct RiskWatcherTests {
    private let day: ReviewedDay

    init() throws { day = try ReviewedDay() }

    /// The day's journal as files.
    private func folder() throws -> Scratch {
        let scratch = try Scratch()
        for (index, bytes) in day.disk.bytes.enumerated() {
            let name = String(repeating: "0", count: 7) + "\(index).journal"
            try Data(bytes).write(to: URL(fileURLWithPath: scratch.path + "/" + name))
        }
        return scratch
    }

    private func recorded(_ executions: [Execution], _ names: InstrumentDirectory) throws -> Data {
        var bytes = DropCopyFile.header(venue: try #require(executions.first).venue)
        for (index, execution) in executions.enumerated() {
            var message = DropCopyMessage(.executed)
            message.timestamp = UInt64(execution.time - day.day.midnight)
            message.token = OuchToken(order: execution.orderID)
            message.symbol = names.symbols[execution.instrument.index]
            message.side = OuchCode(execution.side == .buy ? .buy : .sell)
            message.quantity = UInt32(execution.quantity.raw / Quantity.scale)
            message.price = UInt64(execution.price.raw / 10_000)
            message.match = execution.id
            bytes += DropCopyFile.bytes(
                of: DropCopyEntry(number: UInt64(index + 1), received: execution.received, message: message)
            )
        }
        return Data(bytes)
    }

    @Test func `the picture has what is used of each limit now, and the peak beside it`() throws {
        let scratch = try folder()
        var names = day.names
        names.instruments = try day.names(of: day)
        let watcher = try RiskWatcher(scratch.path, day.replay, names: names)
        var clock: Nanoseconds = 1
        while !watcher.isAtEnd {
            _ = try watcher.poll(at: clock)
            clock += 1
        }
        let status = watcher.status()
        #expect(status.executions == day.executions.count && status.holds.isEmpty)
        let orders = try #require(status.limits.first { $0.kind == .openOrders })
        #expect(orders.use.value == Int128(status.workingOrders))
        #expect(status.limits.allSatisfy { $0.use.peak >= $0.use.value })
        // The day's peaks are above what is used at its end.
        let gross = try #require(status.limits.first { $0.kind == .grossNotional })
        #expect(gross.use.value < gross.use.peak && gross.use.basisPoints <= gross.peakBasisPoints)
        let review = try ReviewedDay.plain()
        #expect(status.limits.map(\.name) == review.uses.map(\.name))
        #expect(zip(status.limits, review.uses).allSatisfy { $0.use.peak >= $1.peak })
    }

    @Test func `a drop copy that comes after the watch has begun is matched with everything`() throws {
        let scratch = try folder()
        var names = day.names
        names.instruments = try day.names(of: day)
        let path = scratch.path + "/copy.hdc"
        let watcher = try RiskWatcher(scratch.path, day.replay, names: names, dropCopy: path, isCopyExpected: false)
        var clock: Nanoseconds = 1
        while !watcher.isAtEnd {
            #expect(try watcher.poll(at: clock).isEmpty)
            clock += 1
        }
        #expect(watcher.status().matched == nil)
        let missing = day.executions[3]
        try recorded(day.executions.filter { $0 != missing }, names.instruments).write(to: URL(fileURLWithPath: path))
        #expect(try watcher.poll(at: clock).map(\.alert.finding) == ["drop-copy"])
        try #require(watcher.status().matched == day.executions.count - 1)
        watcher.finish()
        let found = try watcher.poll(at: clock + 1).map(\.alert)
        #expect(found.map(\.finding) == ["unmatched", "unmatched-halt", "unmatched-close", "quantity-break"])
        #expect(found.first?.executionID == missing.id)
    }
}
