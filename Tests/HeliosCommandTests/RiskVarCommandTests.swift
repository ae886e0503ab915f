// SPDX-License-Identifier: MIT
import Foundation
import HeliosMath
import Testing

/// The three assets of the risk module's tests, written as files.
private func portfolio() throws -> Folder {
    let folder = try Folder()
    var random = SeededRandom(seed: 7)
    var text = "date,A1,A2,A3\n"
    for day in 0..<250 {
        let market = 0.01 * random.gaussian()
        let row = [(1.0, 0.010), (0.8, 0.012), (1.2, 0.008)].map { "\($0.0 * market + $0.1 * random.gaussian())" }
        text += String(format: "2025-%02d-%02d,", day / 28 + 1, day % 28 + 1) + row.joined(separator: ",") + "\n"
    }
    try folder.write(text, to: "returns.csv")
    try folder.write(
        "symbol,value,class,beta\nA1,1000000,tech,1\nA2,-800000,tech,0.8\nA3,500000,,1.2\n",
        to: "held.csv"
    )
    return folder
}

private func isNear(_ value: Any?, _ expected: Double) -> Bool {
    guard let value = value as? Double else { return false }
    return (value - expected).magnitude <= 1e-9 * expected.magnitude
}

@Suite struct RiskVarCommandTests {
    @Test func `every method gives its known answer`() throws {
        let folder = try portfolio()
        let run = try CommandRun(["risk", "var", "returns.csv", "held.csv", "--seed", "99", "--json"], in: folder)
        #expect(run.code == 0, "\(run.errors)")
        let object = try run.object()
        let lines = try #require(object["methods"] as? [[String: Any]])
        let expected = [
            "historical": 40883.842905150465, "parametric": 39895.51035487795, "ewma": 40890.00824946362,
            "dcc": 43211.88732564751, "cornish-fisher": 39634.53735197032, "monte-carlo": 39806.98146389686,
            "filtered-historical": 47250.60868567913,
        ]
        #expect(lines.count == 8)
        for line in lines {
            let name = try #require(line["method"] as? String)
            if let value = expected[name] { #expect(isNear(line["valueAtRisk"], value), "\(name)") }
        }
        let positions = try #require(object["positions"] as? [[String: Any]])
        #expect(isNear(positions[0]["component"], 26229.8878201632))
        #expect(isNear(object["gross"], 2_300_000))
    }

    @Test func `tables show methods, positions and stress`() throws {
        let folder = try portfolio()
        try folder.write(
            "scenario,kind,name,shock\nfall,market,,-0.2\nfall,class,tech,-0.3\nfall,instrument,A9,-0.1\nup,market,,0.1\n",
            to: "stress.csv"
        )
        let run = try CommandRun(["risk", "var", "returns.csv", "held.csv", "--stress", "stress.csv"], in: folder)
        #expect(run.code == 0, "\(run.errors)")
        #expect(run.output.contains("historical               40,883.84           42,770.60\n"))
        #expect(run.output.contains("26,229.89"))
        // −(1,000,000 − 800,000) · −0.3 − 500,000 · 1.2 · −0.2
        #expect(run.output.contains("worst: fall, 180,000.00"))
        #expect(run.errors.contains("scenario fall: A9 is not held"))
    }

    @Test func `one method at another confidence and horizon`() throws {
        let folder = try portfolio()
        let options = ["--method", "parametric", "--confidence", "0.95", "--horizon", "4", "--json"]
        let run = try CommandRun(["risk", "var", "returns.csv", "held.csv"] + options, in: folder)
        let object = try run.object()
        let lines = try #require(object["methods"] as? [[String: Any]])
        #expect(lines.count == 1)
        #expect(isNear(lines[0]["valueAtRisk"], 2 * 28208.28115973723))
    }

    @Test func `wrong files are named by line and column`() throws {
        let folder = try portfolio()
        try folder.write("date,A1\n2026-01-05,0.01\n2026-01-06,o.02\n", to: "bad.csv")
        let bad = try CommandRun(["risk", "var", "bad.csv", "held.csv"], in: folder)
        #expect(bad.code == 3)
        #expect(bad.errors.contains("bad.csv:3:12: 'o.02' is no number, where a return of A1 should stand"))
        try folder.write("symbol,value\nA4,1\n", to: "other.csv")
        let unknown = try CommandRun(["risk", "var", "returns.csv", "other.csv"], in: folder)
        #expect(unknown.code == 3)
        #expect(unknown.errors.contains("other.csv: there are no returns of A4 in returns.csv; did you mean A1?"))
        let missing = try CommandRun(["risk", "var", "return.csv", "held.csv"], in: folder)
        #expect(missing.code == 3)
        #expect(missing.errors.contains("did you mean returns.csv?"))
    }

    @Test(arguments: [
        (["--method", "emwa"], "did you mean 'ewma'?"), (["--confidence", "1"], "above 0.5 and below 1"),
        (["--horizon", "0"], "1 to 365 days"), (["--lambda", "1"], "above 0 and below 1"),
    ])
    func `wrong options are refused`(options: [String], message: String) throws {
        let run = try CommandRun(["risk", "var", "returns.csv", "held.csv"] + options, in: portfolio())
        #expect(run.code == 2)
        #expect(run.errors.contains(message), "\(run.errors)")
        #expect(run.output.isEmpty)
    }

    @Test func `too few days are said, not guessed`() throws {
        let folder = try Folder()
        try folder.write("date,A\n2026-01-05,0.01\n2026-01-06,-0.02\n", to: "returns.csv")
        try folder.write("symbol,value\nA,100\n", to: "held.csv")
        let run = try CommandRun(["risk", "var", "returns.csv", "held.csv"], in: folder)
        #expect(run.code == 0)
        #expect(run.output.contains("too few days"))
        #expect(run.errors.contains("the historical numbers are the worst day"))
    }
}
