// SPDX-License-Identifier: MIT
import Foundation
import Testing

@Suite("helios latency")
struct LatencyCommandTests {
    @Test("this machine is measured, and the numbers fit each other")
    func json() throws {
        let arguments = ["latency", "--messages", "2000", "--wait", "yield", "--cpus", "none", "--json"]
        let run = try CommandRun(arguments, in: Folder())
        #expect(run.code == 0, "\(run.errors)")
        let object = try run.object()
        #expect(object["messages"] as? Int == 2_000)
        func percentiles(_ key: String) throws -> [Double] {
            let times = try #require(object[key] as? [String: Double])
            return ["p50", "p99", "p999", "max"].compactMap { times[$0] }
        }
        for key in ["tickToTrade", "echo", "inProgram"] {
            let ranks = try percentiles(key)
            #expect(ranks.count == 4 && ranks == ranks.sorted() && ranks[0] > 0)
        }
        let stages = try #require(object["stages"] as? [[String: Any]])
        #expect(stages.count == 5)
        let means = stages.compactMap { $0["mean"] as? Double }.reduce(0, +)
        let total = try #require(object["stagesTotal"] as? Double)
        #expect(abs(means - total) < 1)
        let ratio = try #require(object["ratio"] as? [String: Double])
        #expect((ratio["p50"] ?? 0) > 0.5)
    }

    @Test("for people it names the stages, and doctor")
    func text() throws {
        let run = try CommandRun(["latency", "--messages", "200", "--wait", "yield", "--cpus", "none"], in: Folder())
        #expect(run.code == 0, "\(run.errors)")
        for word in ["wire to wire", "books, strategy, risk", "ratio", "helios doctor"] {
            #expect(run.output.contains(word))
        }
    }

    @Test(
        "what can't be measured is wrong usage",
        arguments: [
            ["--threads", "two"], ["--wait", "spinn"], ["--messages", "0"], ["--cpus", "1"], ["--cpus", "a,b"],
            ["--busy-poll", "-1"], ["--priority", "100"], ["--journal", "disk"],
        ]
    )
    func usage(_ arguments: [String]) throws {
        let run = try CommandRun(["latency"] + arguments, in: Folder())
        #expect(run.code == 2)
        #expect(run.output.isEmpty)
        #expect(run.errors.contains(arguments[0]))
    }
}
