// SPDX-License-Identifier: MIT
import Foundation
import Testing

@Suite("helios risk report, watch and verify")
struct RiskReportCommandTests {
    private let day: SmallDay

    init() throws {
        day = try SmallDay()
        let run = try day.run("run", "run.yaml", "--journal", "session", "--quiet")
        try #require(run.code == 0, "\(run.errors)")
    }

    @Test("a clean day has no incident, its evidence is whole, and a changed byte or another root is not")
    func clean() throws {
        let run = try day.run(
            "risk",
            "report",
            "session",
            "--out",
            "risk",
            "--history",
            "history.csv",
            "--json",
            "--quiet"
        )
        #expect(run.code == 0, "\(run.errors)")
        let report = try run.object()
        #expect(report["incidents"] as? Int == 0)
        #expect((report["executions"] as? Int ?? 0) > 10)
        #expect(day.folder.exists("risk/risk.html") && day.folder.exists("risk/risk.json"))
        #expect(try day.folder.text("history.csv").contains(",pnl,,"))
        let root = try #require(report["evidenceRoot"] as? String)

        #expect(try day.run("risk", "verify", "risk/evidence", "--root", root).code == 0)
        // The page is evidence too; and evidence is not made anew unless somebody says so.
        let page = try day.folder.text("risk/evidence/risk.html")
        #expect(try day.folder.text("risk/risk.html") == page)
        let again = ["risk", "report", "session", "--out", "risk", "--quiet"]
        #expect(try CommandRun(again, in: day.folder).code == 2)
        #expect(try CommandRun(again + ["--clearing", "nothing.csv", "--force"], in: day.folder).code == 3)
        #expect(try day.run("risk", "verify", "risk/evidence", "--root", root).code == 0)
        try day.folder.write(page.replacingOccurrences(of: "Alerts", with: "Nothing"), to: "risk/evidence/risk.html")
        #expect(try day.run("risk", "verify", "risk/evidence").output.contains("risk.html"))
        #expect(try CommandRun(again + ["--force"], in: day.folder).code == 0)
        #expect(try day.run("risk", "verify", "risk/evidence").code == 0)
        #expect(try day.run("risk", "verify", "risk/evidence", "--root", String(root.reversed())).code == 1)
        let orders = try day.folder.text("risk/evidence/orders.csv")
        try day.folder.write(
            orders.replacingOccurrences(of: ",buy,limit,", with: ",sell,limit,"),
            to: "risk/evidence/orders.csv"
        )
        let broken = try day.run("risk", "verify", "risk/evidence")
        #expect(broken.code == 1 && broken.output.contains("orders.csv, row"))
        #expect(try day.run("risk", "verify", "nothing").code == 3)
    }

    @Test("a wrong clearing file and a drop copy with a gap are incidents, exit code 1")
    func wrong() throws {
        #expect(try day.run("risk", "report", "session", "--out", "risk", "--quiet").code == 0)
        var lines = try day.folder.text("risk/evidence/executions.csv").split(separator: "\n").map(String.init)
        let columns = lines.removeFirst().split(separator: ",").map(String.init)
        func column(_ name: String) throws -> Int { try #require(columns.firstIndex(of: name)) }
        let wanted = [
            "time_ns", "received_ns", "venue", "execution", "order", "instrument", "side", "quantity", "price",
        ]
        let places = try wanted.map(column)
        var copy = ["time_ns,received_ns,venue,execution,order,symbol,side,quantity,price"]
        for line in lines {
            let fields = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            copy.append(places.map { fields[$0] }.joined(separator: ","))
        }
        copy.remove(at: copy.count / 2)
        try day.folder.write(copy.joined(separator: "\n") + "\n", to: "gap.csv")
        try day.folder.write("item,symbol,value\ncash,,1\nfees,,1\n", to: "clearing.csv")
        let arguments = ["risk", "report", "session", "--out", "risk", "--force", "--json", "--quiet"]
        let files = ["--drop-copy", "gap.csv", "--clearing", "clearing.csv"]
        let gap = try CommandRun(arguments + files, in: day.folder)
        #expect(gap.code == 1)
        let alerts = try #require(try gap.object()["alerts"] as? [[String: Any]])
        func findings(_ control: String) -> [String] {
            alerts.filter { $0["control"] as? String == control }.compactMap { $0["finding"] as? String }
        }
        #expect(findings("T02") == ["unmatched", "unmatched-halt", "unmatched-close", "quantity-break"])
        #expect(Set(findings("T08")) == ["cash-difference", "fees-difference"])
        try day.folder.write("item,value\n", to: "clearing.csv")
        #expect(try CommandRun(arguments + files, in: day.folder).code == 3)
        #expect(try day.run("risk", "report", "nothing").code == 3)
    }

    @Test("watching a session that is over shows it as the report does")
    func once() throws {
        let report = try day.run("risk", "report", "session", "--out", "risk", "--json", "--quiet").object()
        let watched = try day.run("risk", "watch", "session", "--once", "--json")
        #expect(watched.code == 0, "\(watched.errors)")
        let last = try #require(watched.output.split(separator: "\n").last)
        let state = try #require(try JSONSerialization.jsonObject(with: Data(last.utf8)) as? [String: Any])
        for key in ["executions", "orders", "records"] { #expect(state[key] as? Int == report[key] as? Int, "\(key)") }
        let total = try #require(state["total"] as? [String: Any])
        let profit = try #require(report["profit"] as? [String: Any])
        for key in ["realised", "unrealised", "fees"] {
            #expect(total[key] as? String == profit[key] as? String, "\(key)")
        }
        #expect(state["writer"] as? Bool == false)
        let limits = try #require(state["limits"] as? [[String: Any]])
        #expect(limits.contains { ($0["peakPercent"] as? Double ?? 0) > ($0["usePercent"] as? Double ?? 0) })
    }

    @Test("a session is watched while it runs; when it falls silent that is told within seconds")
    func live() throws {
        // A process that holds the journal and writes nothing.
        let lock = try #require(
            FileManager.default.fileExists(atPath: day.folder.path("session/writer.lock")) ? "session/writer.lock" : nil
        )
        let descriptor = open(day.folder.path(lock), O_RDWR | O_CLOEXEC)
        try #require(flock(descriptor, LOCK_EX | LOCK_NB) == 0)
        let watch = try Running(
            try #require(Program.path),
            ["risk", "watch", "session", "--json", "--silence", "1", "--until-end", "--alerts", "alerts.jsonl"],
            in: day.folder,
            output: "watch.jsonl"
        )
        var told = ""
        for _ in 0..<3_000 where !told.contains("silent") && watch.process.isRunning {
            Thread.sleep(forTimeInterval: 0.1)
            told = (try? day.folder.text("alerts.jsonl")) ?? ""
        }
        #expect(told.contains("\"finding\":\"silent\""))
        close(descriptor)
        watch.process.waitUntilExit()
        #expect(watch.process.terminationStatus == 1)
        #expect(try day.folder.text("alerts.jsonl").contains("writer-gone"))
    }
}
