// SPDX-License-Identifier: MIT
import Foundation
import HeliosEngine
import HeliosExecution
import HeliosMarket
import HeliosResearch
import Testing

@Suite("The report of costs")
struct CostReportTests {
    @Test func `a journal gives the report of the run that wrote it, to the byte`() throws {
        let day = try RecordedDay.shared()
        let (result, disk) = try RecordedDay.sharedRecord()
        let replay = JournalReplay(day.session, settings: day.settings, strategies: day.strategies)
        let (again, outcome) = try JournalReport(replay, isLive: false).run(disk)
        #expect(outcome.isEqual)
        var (first, second) = (try #require(CostReport(result)), try #require(CostReport(again)))
        #expect(first.all.fills > 100 && first.all.fills == result.fills.count)
        (first.title, second.title) = ("", "")
        #expect(first.json() == second.json())
    }

    @Test func `what is written is read again, whole`() throws {
        let (result, _) = try RecordedDay.sharedRecord()
        let report = try #require(CostReport(result))
        #expect(try CostReport(json: Data(report.json().utf8)) == report)
        #expect(report.by.venue?.map(\.name) == ["the only venue"])
        #expect(report.by.venue?.allSatisfy { $0.parents == nil } == true)
        #expect((report.by.time?.count ?? 0) > 5 && report.by.time?.first?.name == "09:30")
        for dimension in CostDimension.allCases {
            let rows = try #require(report[dimension])
            #expect(rows.reduce(0) { $0 + $1.fills } == report.all.fills)
            #expect(rows.reduce(0) { $0 + $1.orders } == report.all.orders)
        }
        var short = report
        short.by.time?[0].markout.removeLast()
        #expect(throws: CostReportError.self) { try CostReport(json: Data(short.json().utf8)) }
        #expect(throws: CostReportError.self) { try CostReport(json: Data("{}".utf8)) }
        #expect(throws: CostReportError.self) { try CostReport(json: Data("{\"schema\": \"helios-tca/9\"}".utf8)) }
        #expect(throws: CostReportError.self) { try CostReport(json: Data("{\"schema\": \"helios-tca/1\"}".utf8)) }
    }

    @Test func `the table has a column for every figure in every row`() throws {
        let (result, _) = try RecordedDay.sharedRecord()
        let report = try #require(CostReport(result))
        let lines = report.csv().split(separator: "\n", omittingEmptySubsequences: false).dropLast()
        let widths = Set(lines.map { $0.split(separator: ",", omittingEmptySubsequences: false).count })
        #expect(widths == [50])
        let rows = CostDimension.allCases.reduce(1) { $0 + (report[$1]?.count ?? 0) }
        #expect(lines.count == 1 + rows)
        #expect(lines.first?.hasSuffix("realised_bps_5min,impact_bps_5min,markout_bps_5min") == true)
    }

    @Test func `the page shows the parts of the shortfall and every breakdown, and no broken number`() throws {
        var (result, _) = try RecordedDay.sharedRecord()
        result.venues = ["<b>ALFA"]
        let page = ReportWriter(result).html()
        let section = try #require(page.components(separatedBy: "<section id=\"tca\">").dropFirst().first)
        let text = try #require(section.components(separatedBy: "</section>").first)
        for part in ["Delay", "Opportunity", "realised", "By venue", "By time of day", "&lt;b&gt;ALFA"] {
            #expect(text.contains(part), "\(part)")
        }
        #expect(!text.contains("<b>ALFA") && !text.contains("nan") && !text.contains("inf "))
        result.costs = nil
        #expect(!ReportWriter(result).html().contains("<section id=\"tca\">"))
    }

    @Test func `a run without orders has a report without figures`() throws {
        var result = RunResult()
        result.costs = CostAnalysis(table: CostTable(), overflows: 0)
        let report = try #require(CostReport(result))
        #expect(report.all.orders == 0 && report.all.parents?.shortfallBasisPoints == nil)
        #expect(try CostReport(json: Data(report.json().utf8)) == report)
        #expect(!ReportWriter(result).html().contains("<section id=\"tca\">"))
    }
}
