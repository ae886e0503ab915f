// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosStrategy
import Testing

@Suite struct StrategyCatalogTests {
    private func pairsValue() throws -> (name: String, value: ParameterValue) {
        ("pairs", .pairs([try #require(PairName("KO~PEP")), try #require(PairName("XOM~CVX"))]))
    }

    private func refusal(_ name: String, _ given: [(name: String, value: ParameterValue)]) -> String? {
        do throws(ParameterError) {
            _ = try StrategyCatalog.configure(name, given)
            return nil
        } catch { return error.description }
    }

    @Test(arguments: StrategyCatalog.strategies.map(\.name))
    func `every default reads, is within its range and is documented`(name: String) throws {
        let strategy = try #require(StrategyCatalog.strategy(name))
        for parameter in strategy.parameters {
            #expect(!parameter.documentation.isEmpty)
            if let text = parameter.defaultText { _ = try parameter.value(of: text) }
            for text in [parameter.minimumText, parameter.maximumText].compactMap({ $0 }) {
                _ = try parameter.value(of: text)
            }
        }
        #expect(Set(strategy.parameters.map(\.name)).count == strategy.parameters.count)
    }

    @Test func `declared defaults are the defaults of the structure`() throws {
        guard case .pairs(let declared) = try StrategyCatalog.configure("pairs", [try pairsValue()]) else {
            Issue.record("not a pairs configuration")
            return
        }
        let plain = PairsParameters(pairs: declared.pairs)
        #expect("\(declared)" == "\(plain)")
        let symbol = try #require(Symbol("AMZN"))
        guard
            case .queueImbalance(let example) = try StrategyCatalog.configure(
                "queue-imbalance",
                [("symbol", .symbol(symbol))]
            )
        else {
            Issue.record("not a queue imbalance configuration")
            return
        }
        #expect("\(example)" == "\(QueueImbalanceParameters(symbol: symbol))")
    }

    @Test func `groups are the pairs' names and symbols are listed once`() throws {
        let repeated = ("pairs", ParameterValue.pairs([PairName("A~B"), PairName("C~A")].compactMap { $0 }))
        let configuration = try StrategyCatalog.configure("pairs", [repeated])
        #expect(configuration.groups == ["A~B", "C~A"])
        #expect(configuration.symbols.map(\.description) == ["A", "B", "C"])
    }

    @Test func `unknown names, missing and wrong values are refused by name`() throws {
        let names = "pairs, queue-imbalance, signals, market-making, momentum, vwap-reversion, pca, basket"
        #expect(refusal("pears", []) == "pears: expected one of \(names)")
        #expect(refusal("pairs", []) == "pairs: expected pairs of symbols such as KO~PEP")
        let pairs = try pairsValue()
        #expect(refusal("pairs", [pairs, ("zenter", .number(2))]) == "zenter: expected a parameter of this strategy")
        #expect(refusal("pairs", [pairs, ("enterZ", .integer(2))]) == "enterZ: expected a decimal number")
        #expect(
            refusal("pairs", [pairs, ("enterZ", .number(50))]) == "enterZ: expected a decimal number, from 0.1 to 20"
        )
        #expect(refusal("pairs", [pairs, ("hedge", .choice("magic"))]) == "hedge: expected one of ols, kalman")
    }

    @Test func `values that contradict each other are refused`() throws {
        let pairs = try pairsValue()
        let contradictions: [[(name: String, value: ParameterValue)]] = [
            [("exitZ", .number(2.5))], [("stopZ", .number(1.5))], [("zWindow", .integer(3_000))],
            [("warmUp", .integer(3_000))], [("minHalfLife", .duration(3_600_000_000_000))],
            [("lastEntry", .timeOfDay(57_600_000_000_000))], [("sampleInterval", .duration(150_000_000))],
        ]
        for given in contradictions {
            let text = refusal("pairs", [pairs] + given)
            #expect(text != nil, "\(given)")
        }
        let twice = ("pairs", ParameterValue.pairs([PairName("A~B"), PairName("A~B")].compactMap { $0 }))
        #expect(refusal("pairs", [twice]) == "pairs: expected each pair once")
    }
}

@Suite struct ParameterParsingTests {
    @Test(arguments: [
        ("250ms", 250_000_000), ("5s", 5_000_000_000), ("30min", 1_800_000_000_000), ("1.5s", 1_500_000_000),
        ("1h", 3_600_000_000_000), ("10us", 10_000), ("7ns", 7), ("2 s", 2_000_000_000), ("0s", 0),
    ])
    func `durations read exactly`(text: String, expected: Nanoseconds) throws {
        #expect(try ParameterKind.duration.parse(text) == .duration(expected))
    }

    @Test(arguments: ["", "5", "s", "5 parsecs", "1.5ns", "5s5", "--5s", "99999999999h", "0.0000000001s"])
    func `other texts are no durations`(text: String) {
        #expect(throws: ParameterError.self) { try ParameterKind.duration.parse(text) }
    }

    @Test func `times of day read to the second`() throws {
        #expect(try ParameterKind.timeOfDay.parse("09:35") == .timeOfDay(34_500_000_000_000))
        #expect(try ParameterKind.timeOfDay.parse("15:45:30") == .timeOfDay(56_730_000_000_000))
        #expect(try ParameterKind.timeOfDay.parse("24:00") == .timeOfDay(86_400_000_000_000))
        for text in ["9:35", "09:60", "24:01", "09:35:60", "0935", "09:35:00:00", "-1:00", ""] {
            #expect(throws: ParameterError.self) { try ParameterKind.timeOfDay.parse(text) }
        }
    }

    @Test func `pairs read from one text`() throws {
        let expected = [PairName("KO~PEP"), PairName("XOM~CVX")].compactMap { $0 }
        #expect(try ParameterKind.pairs.parse("KO~PEP, XOM~CVX") == .pairs(expected))
        for text in ["", "KO", "KO~KO", "KO~PEP~X", "KO~PEP,XOM", "~PEP", "TOOLONGNAME~A"] {
            #expect(throws: ParameterError.self) { try ParameterKind.pairs.parse(text) }
        }
    }

    @Test func `numbers must be finite, money exact, words known`() throws {
        #expect(try ParameterKind.number.parse("-1.5e-3") == .number(-0.0015))
        #expect(try ParameterKind.money.parse("10000.25") == .money(try Money(decimal: "10000.25")))
        #expect(try ParameterKind.integer.parse("12") == .integer(12))
        #expect(try ParameterKind.symbol.parse("BRK.B") == .symbol(try #require(Symbol("BRK.B"))))
        for (kind, text) in [
            (ParameterKind.number, "nan"), (.number, "inf"), (.number, "1,5"), (.integer, "1.0"), (.money, "1e3"),
            (.price, "0.123456789"), (.quantity, "ten"), (.choice(["a"]), "b"), (.symbol, "A B"),
        ] {
            #expect(throws: ParameterError.self) { try kind.parse(text) }
        }
    }

    @Test func `times, prices and numbers of shares that would not fit are refused`() {
        func refusal(_ name: String, _ key: String, _ value: ParameterValue) -> String {
            let symbols = ("symbols", ParameterValue.symbols((0..<8).compactMap { Symbol("S\($0)") }))
            let queries = ("queries", ParameterValue.queries("WHEN mid > 1 EMIT buy(mid)"))
            let given = name == "signals" ? [symbols, queries, (key, value)] : [symbols, (key, value)]
            do { _ = try StrategyCatalog.configure(name, given) } catch { return "\(error)" }
            return ""
        }
        for name in ["signals", "momentum", "vwap-reversion"] {
            #expect(refusal(name, "maxHold", .duration(.max)).hasPrefix("maxHold: expected a duration"))
            #expect(refusal(name, "positionMax", .quantity(Quantity(raw: .max))).hasPrefix("positionMax: expected"))
        }
        for name in ["signals", "momentum", "vwap-reversion", "market-making", "pca"] {
            #expect(refusal(name, "tolerance", .price(Price(raw: .max))).hasPrefix("tolerance: expected a price"))
            #expect(refusal(name, "tolerance", .price(Price(raw: 5_000_000))) == "")
            guard name != "market-making" else { continue }
            #expect(
                refusal(name, "lot", .quantity(Quantity(20_000))) == "positionMax: expected at least one lot (20000)"
            )
        }
        #expect(refusal("market-making", "maxInventory", .quantity(Quantity(raw: .max))) != "")
        #expect(refusal("market-making", "tick", .price(Price(raw: .max))).hasPrefix("tick: expected a price"))
        #expect(
            refusal("market-making", "lot", .quantity(Quantity(30))) == "quantity: expected a whole number of lots (30)"
        )
    }
}
