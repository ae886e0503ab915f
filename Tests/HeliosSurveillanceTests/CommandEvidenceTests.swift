// SPDX-License-Identifier: MIT
import Foundation
import HeliosEngine
import HeliosMarket
import HeliosResearch
import HeliosRisk
import HeliosSurveillance
import Testing

@Suite("What was told to the gate, in the evidence")
struct CommandEvidenceTests {
    private let day: ReviewedDay

    init() throws { day = try ReviewedDay() }

    /// What stands in the place of a timer.
    private enum Entry {
        case side(SideKind, String)
        case record(Event)
    }

    private var policy: RiskPolicy {
        var policy = RiskPolicy(simple: day.day.settings.limits)
        policy.scopes[policy.strategies[0]].name = "pairs"
        return policy
    }

    /// The day's journal with `entries` in the place of its last timers.
    private func journal(_ entries: [Entry]) throws -> MemoryDisk {
        let records = try day.disk.records().map(\.event)
        let lastOutput = try #require(records.last { $0.isOutput }).sequence
        let timers = records.filter { $0.kind == .timer && $0.sequence > lastOutput }.suffix(entries.count)
        try #require(timers.count == entries.count)
        let places = Dictionary(uniqueKeysWithValues: zip(timers.map(\.sequence), entries))
        let first = try #require(timers.first).sequence
        return try day.disk.rewritten { record in
            let time = record.event.receiveTime
            switch places[record.event.sequence] {
            case .side(let kind, let text)?:
                record.event = Event(eventTime: time, orderID: kind.rawValue, kind: .side)
                record.text = Array(text.utf8)
            case .record(let event)?:
                record.event = event
                record.event.receiveTime = time
                if event.kind != .limitChange { record.event.eventTime = time }
            case nil: break
            }
            return record.event.kind != .checkpoint || record.event.sequence < first
        }
    }

    private func review(_ entries: [Entry]) throws -> (review: SessionReview, rows: [[String: String]]) {
        let scratch = try Scratch()
        let disk = try journal(entries)
        var replay = try day.day.replay(disk)
        replay.settings.policy = policy
        var names = day.names
        names.policy = policy
        let review = try SessionReviewer(replay, names: names).run(
            disk,
            evidence: try EvidenceWriter(scratch.path, names: names)
        )
        #expect(review.outcome.divergence == nil)
        let text = try String(contentsOfFile: scratch.path + "/commands.csv", encoding: .utf8)
        let lines = text.split(separator: "\n").map {
            $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        return (review, lines.dropFirst().map { Dictionary(uniqueKeysWithValues: zip(lines[0], $0)) })
    }

    @Test func `a kill says who, why, and what state of which scope it changed`() throws {
        let words = #"{"number":0,"person":"mia","reason":"looks wrong","scope":"strategy:pairs","state":"halted"}"#
        let command = RiskCommand(.lower, .halted, scope: 1).record(at: .zero)
        let (review, rows) = try review([.side(.command, words), .record(command), .record(command)])
        #expect(rows.count == 2)
        let row = try #require(rows.first)
        #expect(row["scope"] == "strategy:pairs" && row["action"] == "lower halted")
        #expect(row["state_before"] == "active" && row["state_after"] == "halted")
        #expect(row["first_person"] == "mia" && row["reason"] == "looks wrong" && row["outcome"] == "obeyed")
        // The words belong to one command.
        #expect(rows.last?["first_person"] == "" && rows.last?["outcome"] == "unchanged")
        #expect(rows.last?["state_before"] == "halted")

        var history = RiskHistory()
        var report = RiskReport(title: "", day: "2026-11-20", review: review, history: &history)
        report.review.names.policy = policy
        let page = RiskReportPage(report).html
        for text in ["lower halted", "strategy:pairs", "mia", "looks wrong"] { #expect(page.contains(text)) }
    }

    @Test func `what an instrument was told is its own state`() throws {
        let instrument = day.executions[0].instrument
        let stop = RiskCommand(.lower, .reduceOnly, target: .instrument, instrument: instrument)
        let (_, rows) = try review([.record(stop.record(at: .zero))])
        #expect(rows.map { $0["state_before"] } == ["active"] && rows.map { $0["state_after"] } == ["reduceOnly"])
    }

    @Test func `a change of a limit has one row with both values, both people and both signatures`() throws {
        let place = try #require(policy.limits.firstIndex { $0.kind == .orderQuantity })
        let before = policy.limits[place].hard
        let change = RiskLimitChange(limit: UInt32(place), value: before / 2, proposer: 1, approver: 2)
        let words = """
            {"approver":"noa","proposal":{"proposer":"mia","reason":"too wide","signature":"aa11"},"signature":"bb22"}
            """
        let hold = Event(kind: .orderHold, detail: OrderHold.venue.rawValue)
        let (_, rows) = try review([
            .side(.approval, words), .record(change.record(at: .zero)), .record(hold),
        ])
        #expect(rows.count == 2)
        let row = try #require(rows.first)
        #expect(row["value_before"] == RiskMeasure.quantity.text(before))
        #expect(row["value_after"] == RiskMeasure.quantity.text(before / 2) && row["value"] == row["value_after"])
        #expect(row["second_person"] == "2" && row["reason"] == "too wide")
        #expect(row["first_signature"] == "aa11" && row["second_signature"] == "bb22")
        #expect(rows.last?["kind"] == "orderHold" && rows.last?["reason"] == "")
    }

    @Test func `a limit that takes the state down by itself is one row`() throws {
        let place = try #require(policy.limits.firstIndex { $0.kind == .drawdown || $0.kind == .dayLoss })
        let change = RiskLimitChange(limit: UInt32(place), value: 1, proposer: 1, approver: 2)
        let (_, rows) = try review([.record(change.record(at: .zero))])
        #expect(rows.count == 1)
        #expect(rows.first?["state_before"] == "active" && rows.first?["state_after"] != "active", "\(rows)")
    }
}
