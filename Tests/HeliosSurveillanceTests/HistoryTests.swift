// SPDX-License-Identifier: MIT
import Foundation
import HeliosMarket
import HeliosRisk
import HeliosSurveillance
import Testing

@Suite("What a history of days says")
struct HistoryTests {
    private func day(_ number: Int) -> String { UTCText.date(Int64(20_454 + number)) }

    @Test func `losses beyond value at risk are counted and tested against the known answers`() throws {
        var history = RiskHistory()
        for number in 0..<250 {
            let isLoss = [10, 40, 80, 120, 160, 200].contains(number)
            history.entries.append(.init(day: day(number), kind: "pnl", value: isLoss ? "-100.01" : "-100"))
            history.entries.append(.init(day: day(number), kind: "var", value: "100"))
        }
        history.entries.append(.init(day: day(250), kind: "pnl", value: "-1"))
        let found = VarBacktest(history)
        #expect(found.days.count == 250 && found.exceptions == 6)
        let kupiec = try #require(found.kupiec)
        #expect(abs(kupiec.statistic - 3.5553547710617437) < 1e-9 && abs(kupiec.probability - 0.0593536) < 1e-6)
        #expect(found.zone == .yellow)
        #expect(found.alert(at: .zero)?.severity == .warning)
        #expect(VarBacktest(RiskHistory()).alert(at: .zero) == nil)
    }

    @Test func `a report made again for an old day does not know the days behind it`() {
        var history = RiskHistory()
        for number in 0..<10 {
            history.entries.append(.init(day: day(number), kind: "pnl", value: number == 9 ? "-200" : "5"))
            if number != 4 { history.entries.append(.init(day: day(number), kind: "var", value: "100")) }
            history.entries.append(.init(day: day(number), kind: "use", name: "a", value: number == 9 ? "100" : "1"))
        }
        let all = VarBacktest(history)
        #expect(all.days.count == 9 && all.exceptions == 1 && all.incomplete == [day(4)])
        let old = VarBacktest(history, until: day(8))
        #expect(old.days.count == 8 && old.exceptions == 0)
        let use = LimitUse(name: "a", kind: .openOrders, limit: 100)
        func usual(_ last: Int) -> Int128? {
            ControlEffectiveness(history, day: day(last), uses: [use]).limits.first?.percentile999
        }
        #expect(usual(8) == 1 && usual(9) == 100)
    }

    @Test(arguments: [
        ("pnl,,x", "value"), ("pnl,,nan", "value"), ("var,,-5", "value"), ("var,,inf", "value"), ("vat,,5", "kind"),
        ("tested,P3,1", "name"), ("control,P03,many", "value"), ("use,a limit,1.5", "value"),
        ("pnl,,2", "kind"),
    ])
    func `a row that says nothing names its line, and the file stays`(_ row: String, _ column: String) throws {
        let scratch = try Scratch()
        let path = scratch.path + "/history.csv"
        let text = "day,kind,name,value\n\(day(0)),pnl,,1\n\(day(0)),\(row)\n"
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        let error = #expect(throws: EvidenceError.self) { try RiskHistory(path) }
        #expect(error?.description.contains("line 3, \(column)") == true, "\(String(describing: error))")
    }

    @Test func `a history that is there and can't be read is not an empty one`() throws {
        let scratch = try Scratch()
        #expect(throws: EvidenceError.self) { try RiskHistory(scratch.path) }
        #expect(try RiskHistory(scratch.path + "/none.csv").entries.isEmpty)
    }

    @Test func `a history reads back what was written, and a day reported twice counts once`() throws {
        let scratch = try Scratch()
        let path = scratch.path + "/history.csv"
        var history = try RiskHistory(path)
        #expect(history.entries.isEmpty)
        history.replace(day(1), by: [.init(day: day(1), kind: "pnl", value: "5")])
        history.entries.append(.init(day: day(1), kind: "tested", name: "P03", value: "1"))
        history.replace(day(0), by: [.init(day: day(0), kind: "use", name: "firm, \"odd\"", value: "7")])
        history.replace(day(1), by: [.init(day: day(1), kind: "pnl", value: "6")])
        try history.write(to: path)
        let read = try RiskHistory(path)
        #expect(read == history)
        #expect(read.entries.map(\.value) == ["7", "1", "6"])
        try "day,kind,name,value\n2026-13-01,pnl,,1\n".write(toFile: path, atomically: true, encoding: .utf8)
        let error = #expect(throws: EvidenceError.self) { try RiskHistory(path) }
        #expect(error?.description.contains("line 2, day") == true)
    }

    @Test func `a control that nobody saw work for thirty days, and a limit twenty times its use, are flagged`() {
        var history = RiskHistory()
        history.entries = [
            .init(day: day(0), kind: "control", name: "P03", value: "4"),
            .init(day: day(1), kind: "tested", name: "P05", value: "1"),
            .init(day: day(31), kind: "control", name: "P17", value: "2"),
            .init(day: day(20), kind: "use", name: "busy before", value: "\(100)"),
        ]
        func use(_ name: String, _ value: Int128, limit: Int128) -> LimitUse {
            var use = LimitUse(name: name, kind: .openOrders, limit: limit)
            for _ in 0..<2_000 { use.take(value) }
            return use
        }
        let found = ControlEffectiveness(
            history,
            day: day(31),
            uses: [
                use("at the edge", 10, limit: 200), use("beyond", 10, limit: 220), use("busy before", 1, limit: 2_000),
                use("never used", 0, limit: 5),
            ]
        )
        #expect(found.limits.filter(\.isTooWide).map(\.name) == ["beyond"])
        let fresh = Set(found.controls.filter { !$0.isStale }.map(\.control))
        #expect(fresh == [.p05, .p17])
        #expect(found.controls.first { $0.control == .p17 }?.today == 2)
        #expect(found.alerts(at: .zero).map(\.finding) == ["wide-limit", "unused-limits", "untested-controls"])
        #expect(found.limits.filter(\.isNeverUsed).map(\.name) == ["never used"])
    }

    @Test func `percentiles of a limit's use are right within their steps`() {
        var generator = SplitMix(state: 20_261_121)
        for scale in [1, 1_000, 1_000_000_000_000] as [Int128] {
            var use = LimitUse(name: "", kind: .grossNotional, limit: 1)
            var values: [Int128] = []
            for _ in 0..<5_000 {
                let value = Int128(UInt32.random(in: 0...100_000, using: &generator)) * scale
                values.append(value)
                use.take(value)
            }
            values.sort()
            let exact = values[5_000 - 5 - 1]
            #expect(use.percentile999 >= exact && use.percentile999 <= exact + exact / 60 + 1)
            #expect(use.peak == values.last)
        }
    }
}

/// Draws the same numbers in every run.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
