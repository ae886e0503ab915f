// SPDX-License-Identifier: MIT
import Foundation
import Testing

@Suite("helios tca")
struct TcaCommandTests {
    private let day: SmallDay

    /// A day of pairs, with a parent order given by hand.
    init() throws {
        day = try SmallDay()
        let pairs = try day.folder.text("day.itch50.pairs.csv").split(separator: "\n")
        let symbol = try #require(pairs.dropFirst().first?.split(whereSeparator: { $0 == "," || $0 == "~" }).first)
        let orders = """

            orders:
              - {symbol: \(symbol), side: buy, quantity: 500, algorithm: twap, at: "10:00", until: "11:00", takes: true, slices: 5}
            """
        let plain = try day.folder.text("run.yaml")
        let volume = "risk:\n  averageDailyVolume: 4_000_000\n"
        try day.folder.write(plain.replacingOccurrences(of: "risk:\n", with: volume) + orders, to: "run.yaml")
        let run = try day.run("backtest", "run.yaml", "--quiet")
        try #require(run.code == 0, "\(run.errors)")
    }

    @Test("results are explained as tables, as CSV and as their own tca.json")
    func results() throws {
        let json = try day.run("tca", "out", "--json")
        #expect(json.code == 0 && json.errors.isEmpty)
        #expect(try json.output == day.folder.text("out/tca.json"))
        let object = try json.object()
        #expect(object["schema"] as? String == "helios-tca/1")
        let all = try #require(object["all"] as? [String: Any])
        #expect((all["fills"] as? Int ?? 0) > 10)
        let by = try #require(object["by"] as? [String: [[String: Any]]])
        #expect(by.keys.sorted() == ["algorithm", "size", "strategy", "time", "venue"])
        #expect(by["algorithm"]?.compactMap { $0["name"] as? String } == ["none", "twap"])
        #expect(by["strategy"]?.first?["name"] as? String == "pairs")

        let text = try day.run("tca", "out")
        #expect(text.code == 0 && text.errors.isEmpty && text.output.hasPrefix("Small day: what trading cost\n"))
        for part in ["shortfall", "delay", "opportunity", "effective spread", "markout", "by algorithm", "by time"] {
            #expect(text.output.contains(part), "\(part)")
        }
        #expect(!text.output.contains("by venue") && !text.output.contains("\u{1B}"))

        let csv = try day.run("tca", "out", "--csv").output.split(separator: "\n")
        #expect(csv.first?.hasPrefix("by,key,name,orders,") == true)
        #expect(Set(csv.dropFirst().compactMap { $0.split(separator: ",").first }).count == 6)
    }

    @Test("one breakdown is all of it", arguments: ["venue", "algorithm", "strategy", "time", "size"])
    func breakdown(_ word: String) throws {
        let text = try day.run("tca", "out", "--by", word)
        #expect(text.code == 0 && text.output.contains("by \(word)") && !text.output.contains("of orders that take"))
        let by = try #require(try day.run("tca", "out", "--by", word, "--json").object()["by"] as? [String: Any])
        #expect(Array(by.keys) == [word])
        let csv = try day.run("tca", "out", "--by", word, "--csv").output.split(separator: "\n").dropFirst(2)
        #expect(!csv.isEmpty && csv.allSatisfy { $0.hasPrefix("\(word),") })
    }

    @Test("a journal says what the results of the same run say, and a parent stands beside its orders")
    func journal() throws {
        let run = try day.run("run", "run.yaml", "--journal", "session", "--quiet")
        #expect(run.code == 0, "\(run.errors)")
        let live = try day.run("tca", "session", "--json", "--quiet")
        #expect(live.code == 0 && live.errors.isEmpty)
        #expect(try live.output == day.folder.text("out/tca.json"))
        #expect(try day.run("report", "session", "--output", "again", "--quiet").code == 0)
        for name in ["tca.json", "parents.csv"] {
            #expect(try day.folder.text("again/" + name) == day.folder.text("out/" + name))
        }
        let parents = try day.folder.text("out/parents.csv").split(separator: "\n")
        #expect(parents.count == 2)
        #expect(parents.last?.contains(",buy,twap,500,") == true)
        #expect(try day.folder.text("out/report.html").contains("<section id=\"tca\">"))
    }

    @Test("verify compares the costs too, and a damaged tca.json is told as such")
    func verify() throws {
        #expect(try day.run("verify", "out", "--quiet").code == 0)
        let text = try day.folder.text("out/tca.json")
        try day.folder.write(text.replacingOccurrences(of: "\"twap\"", with: "\"vwap\""), to: "out/tca.json")
        let verification = try day.run("verify", "out", "--quiet")
        #expect(verification.code == 1 && verification.output.contains("tca.json"))
        try day.folder.write(String(text.prefix(text.count / 2)), to: "out/tca.json")
        let damaged = try day.run("tca", "out")
        #expect(damaged.code == 3 && damaged.errors.contains("out/tca.json: damaged"))
        try FileManager.default.removeItem(atPath: day.folder.path("out/tca.json"))
        let old = try day.run("tca", "out")
        #expect(old.code == 3 && old.errors.contains("older version"))
    }

    @Test("a folder that is neither says what would be one, and a wrong word what is a right one")
    func wrong() throws {
        let none = try day.run("tca", "nothing")
        #expect(none.code == 3 && none.errors.contains("nothing: there is no such directory"))
        let file = try day.run("tca", "run.yaml")
        #expect(file.code == 3 && file.errors.contains("a file, not the directory"))
        let above = try day.run("tca", ".")
        #expect(above.code == 3 && above.errors.contains("neither the results of a run nor a journal"))
        #expect(above.errors.contains("did you mean './out'?"))
        let word = try day.run("tca", "out", "--by", "venu")
        #expect(word.code == 2 && word.errors.contains("did you mean 'venue'?"))
        let both = try day.run("tca", "out", "--json", "--csv")
        #expect(both.code == 2 && both.output.isEmpty)
    }
}
