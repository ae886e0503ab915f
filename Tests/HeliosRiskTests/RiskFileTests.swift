// SPDX-License-Identifier: MIT
import HeliosRisk
import Testing

/// What a reader says of a text; nil where it takes it.
private func complaint(_ read: () throws -> some Any) -> String? {
    do {
        _ = try read()
        return nil
    } catch { return "\(error)" }
}

@Suite struct RiskFileTests {
    @Test func `returns are read`() throws {
        let text = "# two days\r\ndate, A ,B\r\n2026-01-05,0.01,-2e-2\r\n\r\n2026-01-06,0,0.5\r\n"
        let table = try ReturnTable(csv: text)
        #expect(table.names == ["A", "B"])
        #expect(table.dates == ["2026-01-05", "2026-01-06"])
        #expect(table.row(0) == [0.01, -0.02])
        #expect(table.row(1) == [0, 0.5])
    }

    @Test func `prices become returns`() throws {
        let table = try ReturnTable(csv: "date,A\n2026-01-05,100\n2026-01-06,110\n2026-01-07,99\n", content: .prices)
        #expect(table.days == 2)
        #expect(table.dates == ["2026-01-06", "2026-01-07"])
        #expect(isNear(table[0, 0], 0.1) && isNear(table[1, 0], -0.1))
    }

    @Test(arguments: [
        ("", "line 1, column 1: the file is empty"),
        ("day,A\n2026-01-05,0\n", "line 1, column 1: 'day', where the header begins with 'date'"),
        ("date\n2026-01-05\n", "line 1, column 1: the header names no instrument"),
        ("date,A,\n2026-01-05,0,0\n", "line 1, column 8: a column without the instrument's name"),
        ("date,A,A\n2026-01-05,0,0\n", "line 1, column 8: A has two columns"),
        ("date,A\n", "line 1, column 1: 0 days, at least 1 are needed"),
        ("date,A\n2026-01-05\n", "line 2, column 1: 1 fields, where the header has 2"),
        ("date,A\n2026-01-05,0,0\n", "line 2, column 14: 3 fields, where the header has 2"),
        ("date,A\n2026-13-05,0\n", "line 2, column 1: '2026-13-05' is no date like 2026-01-30"),
        ("date,A\n5.1.2026,0\n", "line 2, column 1: '5.1.2026' is no date like 2026-01-30"),
        ("date,A\n2026-01-05,0\n2026-01-05,0\n", "line 3, column 1: 2026-01-05 does not come after 2026-01-05"),
        ("date,A\n2026-01-05,\n", "line 2, column 12: a return of A is missing"),
        ("date,A\n2026-01-05, x\n", "line 2, column 13: 'x' is no number, where a return of A should stand"),
        ("date,A\n2026-01-05,nan\n", "line 2, column 12: 'nan' is no number, where a return of A should stand"),
        ("date,A\n2026-01-05,0x1p3\n", "line 2, column 12: '0x1p3' is no number, where a return of A should stand"),
        ("date,A\n2026-01-05,1e999\n", "line 2, column 12: '1e999' is no number, where a return of A should stand"),
        ("date,A\n2026-01-05,100\n", "line 2, column 12: a return of 100 for A is outside -1 to 10: are these prices?"),
        ("date,A\n2026-01-05,\"1\"\n", "line 2, column 12: quotes are not needed here and not read"),
    ])
    func `returns that can't be read are named by line and column`(text: String, expected: String) {
        #expect(complaint { try ReturnTable(csv: text) } == expected)
    }

    @Test func `prices must be above zero and at least two`() {
        #expect(
            complaint { try ReturnTable(csv: "date,A\n2026-01-05,0\n", content: .prices) }
                == "line 2, column 12: a price of A is not above zero"
        )
        #expect(
            complaint { try ReturnTable(csv: "date,A\n2026-01-05,1\n", content: .prices) }
                == "line 2, column 1: 1 days, at least 2 are needed"
        )
    }

    @Test func `positions are read in any order of columns`() throws {
        let positions = try RiskPosition.list(csv: "value,symbol,beta,class\n-5e3,A,1.2,tech\n7,B,,\n")
        #expect(
            positions == [RiskPosition("A", value: -5_000, assetClass: "tech", beta: 1.2), RiskPosition("B", value: 7)]
        )
    }

    @Test(arguments: [
        ("symbol\nA\n", "line 1, column 1: the header has no column 'value'"),
        ("symbol,worth\n", "line 1, column 8: there is no column 'worth'; the columns are symbol, value, class, beta"),
        ("symbol,symbol\n", "line 1, column 8: column 'symbol' stands twice"),
        ("symbol,value\nA,1\nA,2\n", "line 3, column 1: A stands twice"),
        ("symbol,value\n,1\n", "line 2, column 1: the symbol is missing"),
        ("symbol,value\nA,\n", "line 2, column 3: the value of A is missing"),
        ("symbol,value\nA,1e31\n", "line 2, column 3: a value of 1e31 is too large"),
        ("symbol,value,beta\nA,1,101\n", "line 2, column 5: a beta beyond 100"),
    ])
    func `positions that can't be read are named by line and column`(text: String, expected: String) {
        #expect(complaint { try RiskPosition.list(csv: text) } == expected)
    }

    @Test func `scenarios are read line by line`() throws {
        let scenarios = try StressScenario.list(
            csv:
                "scenario,kind,name,shock\nfall,market,,-0.2\nup,market,,0.1\nfall,class,tech,-0.3\nfall,instrument,A,0\n"
        )
        #expect(
            scenarios == [
                StressScenario("fall", market: -0.2, classes: ["tech": -0.3], instruments: ["A": 0]),
                StressScenario("up", market: 0.1),
            ]
        )
    }

    @Test(arguments: [
        ("x,sector,a,0", "line 2, column 3: 'sector' is none of market, class and instrument"),
        ("x,market,a,0", "line 2, column 10: the market has no name"),
        ("x,class,,0", "line 2, column 9: which class is meant is missing"),
        ("x,market,,-2", "line 2, column 11: a shock of -2 is outside -1 to 10"),
        ("x,market,,0\nx,market,,1", "line 3, column 3: x says twice what the market does"),
        (",market,,0", "line 2, column 1: the scenario's name is missing"),
    ])
    func `scenarios that can't be read are named by line and column`(lines: String, expected: String) {
        #expect(complaint { try StressScenario.list(csv: "scenario,kind,name,shock\n\(lines)\n") } == expected)
    }

    @Test func `no bytes crash a reader`() {
        var state: UInt64 = 1
        for _ in 0..<3_000 {
            var bytes: [UInt8] = Array("date,A\n2026-01-05,0.1\nscenario,kind,name,shock\nsymbol,value\n".utf8)
            for _ in 0..<4 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                bytes[Int(state >> 33) % bytes.count] = UInt8(truncatingIfNeeded: state >> 20)
                if state & 1 == 0 { bytes.removeFirst(Int(state >> 40) % (bytes.count / 2)) }
            }
            let text = String(decoding: bytes, as: UTF8.self)
            _ = complaint { try ReturnTable(csv: text) }
            _ = complaint { try RiskPosition.list(csv: text) }
            _ = complaint { try StressScenario.list(csv: text) }
        }
    }
}

extension RiskFileTests {
    @Test func `a model is made of a file as its description says`() throws {
        var text = "date,A,B\n"
        for day in 1...25 { text += "2026-01-\(day < 10 ? "0" : "")\(day),\(100 + day % 3),\(50 + day % 4)\n" }
        var description = RiskModelDescription(file: "prices.csv")
        description.holdsPrices = true
        description.scenarios = 10
        let model = try RiskModel(csv: text, description: description)
        #expect(model.names == ["A", "B"])
        #expect(model.place(of: "B") == 1 && model.place(of: "C") == nil)
        #expect(model.scenarios?.days == 10)
        #expect(isNear(model.tolerance, 0.001))
        description.method = .dcc
        description.lambda = 1
        #expect(
            complaint { try RiskModel(csv: text, description: description) }
                == "line 1, column 1: 24 days of 2 instruments make no model by dcc at confidence 0.99, lambda 1.0, "
                + "horizon 1, 10 scenarios"
        )
    }
}
