// SPDX-License-Identifier: MIT
import Foundation
import HeliosEngine
import HeliosExecution
import HeliosMarket
import HeliosResearch
import HeliosSurveillance
import Testing

@Suite("Executions that the venue takes back")
struct BustTests {
    private let day: ReviewedDay

    init() throws { day = try ReviewedDay() }

    /// The day's journal with `kinds` in the place of its last timers, behind the last order.
    private func journal(_ replacements: [Event]) throws -> MemoryDisk {
        let records = try day.disk.records().map(\.event)
        let lastOutput = try #require(records.last { $0.isOutput }).sequence
        let timers = records.filter { $0.kind == .timer && $0.sequence > lastOutput }.suffix(replacements.count)
        try #require(timers.count == replacements.count, "\(lastOutput) of \(records.count)")
        let places = Dictionary(uniqueKeysWithValues: zip(timers.map(\.sequence), replacements))
        let first = try #require(timers.first).sequence
        return try day.disk.rewritten { record in
            if let event = places[record.event.sequence] {
                let time = record.event.receiveTime
                record.event = event
                record.event.eventTime = time
                record.event.receiveTime = time
            }
            // The hashes of the run without a bust.
            return record.event.kind != .checkpoint || record.event.sequence < first
        }
    }

    private func bust(_ execution: Execution) -> Event {
        Event(
            orderID: execution.orderID,
            instrument: execution.instrument,
            kind: .executionBroken,
            detail: execution.id
        )
    }

    @Test func `a bust restates position, cash, fees and profit, and stays in the books`() throws {
        let victim = day.executions[7]
        let disk = try journal([bust(victim)])
        let review = try day.review(on: disk, everyEvent: true)
        #expect(review.outcome.divergence == nil)
        #expect(review.alerts.map(\.finding).first == "bust", "\(review.alerts.map(\.text))")
        #expect(review.broken == [victim] && review.executions.count == day.executions.count)
        let before = try ReviewedDay.plain()
        #expect(review.positions.count == before.positions.count - 1)
        let change =
            review.positions.holding(victim.instrument).position - before.positions.holding(victim.instrument).position
        #expect(change == -victim.signed)
        #expect(review.positions.cash - before.positions.cash == -victim.cashFlow + victim.fee.raw)
        #expect(before.total.fees - review.total.fees == victim.fee.raw)
        // The drop copy has not told of the bust: it must.
        #expect(Set(review.alerts.dropFirst().map(\.control)) == [.t02])

        let told = try day.review(
            copies: { lines in
                var line = lines[7]
                line.kind = .broken
                line.execution.received = review.alerts[0].time + 50_000_000
                lines.append(line)
            },
            on: disk
        )
        #expect(told.alerts.map(\.finding) == ["bust"])
        #expect(told.dropCopy?.isClean == true)
    }

    @Test func `an execution that is told twice, and one of nobody's order, are in the report`() throws {
        let victim = day.executions[7]
        var again = bust(victim)
        again.kind = .orderFilled
        again.quantity = victim.quantity
        again.price = victim.price
        if victim.side == .sell { again.flags.insert(.sell) }
        var stranger = again
        stranger.orderID = 1 << 20
        stranger.detail = 1 << 50
        let review = try day.review(on: try journal([again, stranger]))
        let found = review.alerts.filter { $0.control == .t01 }
        #expect(found.first?.finding == "duplicate-execution" && found.first?.severity == .warning)
        #expect(found.first?.orderID == victim.orderID && found.first?.executionID == victim.id)
        let unknown = try #require(found.first { $0.finding == "unknown-order" })
        #expect(unknown.severity == .incident && unknown.value == Int128(victim.quantity.raw))
    }

    @Test func `a correction takes the old terms back and the new ones in`() throws {
        let victim = day.executions[4]
        var event = bust(victim)
        event.kind = .executionCorrected
        event.quantity = victim.quantity + Quantity(2)
        event.price = Price(raw: victim.price.raw + Price.scale)
        let review = try day.review(on: try journal([event]), everyEvent: true)
        let before = try ReviewedDay.plain()
        #expect(review.alerts.first?.finding == "correction")
        #expect(!review.alerts.contains { $0.control == .t01 })
        let change =
            review.positions.holding(victim.instrument).position - before.positions.holding(victim.instrument).position
        #expect(change == Int128(Quantity(2).raw) * Int128(victim.side.sign))
        #expect(review.executions.count == before.executions.count + 1)
    }

    @Test
    func `a second bust of the same execution, and one of an execution that never was, change nothing and are told`()
        throws
    {
        let victim = day.executions[7]
        var stranger = bust(victim)
        stranger.detail = 987_654_321
        let review = try day.review(on: try journal([bust(victim), bust(victim), stranger]), everyEvent: true)
        #expect(review.broken.count == 1)
        let found = review.alerts.filter { $0.control == .t03 }.map(\.finding)
        #expect(found == ["bust", "unknown-bust", "unknown-bust"])
        // The order manager could make nothing of them either; the books are right.
        let odd = review.alerts.filter { $0.control == .t01 }.map(\.finding)
        #expect(odd.allSatisfy { ["unknown-order", "duplicate-execution"].contains($0) }, "\(odd)")
    }

    @Test func `the report counts a broken fill nowhere, and keeps it`() throws {
        let victim = day.executions[7]
        let disk = try journal([bust(victim)])
        let (result, _) = try JournalReport(day.replay, isLive: false).run(disk)
        #expect(result.brokenFills.map(\.executionID) == [victim.id])
        #expect(result.fills.count == day.executions.count - 1)
        #expect(!result.fills.contains { $0.orderID == victim.orderID && $0.executionID == victim.id })
    }
}
