// SPDX-License-Identifier: MIT
import Foundation
import Testing

@Suite("Real data from start to end", .enabled(if: SharedData.isPresent, "the folder of real market data is absent"))
struct RealDataTests {
    @Test(
        "every real ITCH file is inspected and has no message of an unknown type",
        arguments: SharedData.files("itch")
    )
    func itch(_ path: String) throws {
        let run = try CommandRun(["inspect", path, "--json", "--quiet"], in: Folder())
        #expect(run.code == 0, "\(run.errors)")
        let answer = try run.object()
        #expect(answer["unknown"] as? Int == 0)
        #expect((answer["messages"] as? Int ?? 0) > 0)
    }

    @Test("queue imbalance trades the LOBSTER day of AMZN from the file to the report")
    func lobsterDay() throws {
        let folder = try Folder()
        let path = SharedData.path("lobster/AMZN_2012-06-21_34200000_57600000_message_1.csv.gz")
        try folder.write(
            """
            title: Queue imbalance, AMZN
            data:
              - file: \(path)
            # It quotes much and trades little there: by default P25 ends its day.
            risk: {orderTradeRatioMax: 100000}
            strategies:
              - name: queue-imbalance
                symbol: AMZN
            output:
              directory: out
            """,
            to: "run.yaml"
        )
        let run = try CommandRun(["backtest", "run.yaml", "--json", "--quiet"], in: folder)
        #expect(run.code == 0, "\(run.errors)")
        let summary = try #require(try run.object()["summary"] as? [String: Any])
        let counts = try #require(summary["counts"] as? [String: Any])
        #expect(counts["messages"] as? Int == 57_515)
        #expect((counts["fills"] as? Int ?? 0) > 0)
        #expect(try folder.text("out/report.html").contains("Queue imbalance, AMZN"))
        let verification = try CommandRun(["verify", "out", "--quiet"], in: folder)
        #expect(verification.code == 0, "\(verification.output)")
    }
}
