// SPDX-License-Identifier: MIT
import Foundation
import HeliosConfiguration
import HeliosMarket
import HeliosRisk
import Testing

@Suite("Limits files: what is wrong is told with its place")
struct LimitsErrorTests {
    /// `small` with further lines, whose first one is line 9.
    private func with(_ lines: String) -> String { LimitsSamples.small + lines + "\n" }

    static let faults: [(String, String)] = [
        ("desk: {}", "limits.yaml:9:1: desk: unknown key; did you mean 'desks'?"),
        ("firm: {}", "limits.yaml:9:1: firm: stands twice, first in line 1"),
        ("desks: [a]", "limits.yaml:9:8: desks: found a list, expected names, each with its keys"),
        (
            "desks: { 'a b': {} }",
            "limits.yaml:9:10: desks.a b: found \"a b\", expected a name of 1 to 32 letters, digits and . _ - #"
        ),
        (
            "desks: { firm: {} }",
            "limits.yaml:9:10: desks.firm: has the name of the firm; each name may stand once in the whole firm"
        ),
        (
            "traders: { pairs: {} }",
            "limits.yaml:5:3: strategies.pairs: has the name of trader pairs; each name may stand once in the whole firm"
        ),
        ("desks: { a: { under: a } }", "limits.yaml:9:22: desks.a.under: desk a stands under itself"),
        (
            "desks: { a: {}, b: { under: a } }",
            "limits.yaml:9:29: desks.b.under: desk a can't stand above a desk, expected one of a higher level"
        ),
        (
            "traders: { kim: { under: pair } }",
            "limits.yaml:9:26: traders.kim.under: found \"pair\", expected the name of a scope; did you mean 'pairs'?"
        ),
        (
            "desks: { a: { credit: 5 } }",
            "limits.yaml:9:15: desks.a.credit: unknown key; did you mean 'limits.credit'?"
        ),
        (
            "desks: { a: { limits: { credit: much } } }",
            "limits.yaml:9:33: desks.a.limits.credit: found \"much\", expected an amount of money such as 500000.00, "
                + "from 0 to 1000000000000000"
        ),
        (
            "desks: { a: { limits: { openOrders: -1 } } }",
            "limits.yaml:9:37: desks.a.limits.openOrders: found \"-1\", expected a whole number such as 1000 or 1_000_000, "
                + "from 0 to 1000000000"
        ),
        (
            "desks: { a: { limits: { credit: { soft: 5 } } } }",
            "limits.yaml:9:25: desks.a.limits.credit.hard: a soft limit needs a hard one behind it; missing, expected an "
                + "amount of money such as 500000.00, from 0 to 1000000000000000"
        ),
        (
            "desks: { a: { limits: { credit: { hard: 4, soft: 5 } } } }",
            "limits.yaml:9:50: desks.a.limits.credit.soft: found 5.00, expected at most the hard limit 4.00"
        ),
        (
            "desks: { a: { limits: { credit: { hard: 4, soft: 101% } } } }",
            "limits.yaml:9:50: desks.a.limits.credit.soft: found \"101%\", expected a share of the hard limit from 0% to 100%"
        ),
        (
            "desks: { a: { limits: { credit: { hard: 4, window: 5s } } } }",
            "limits.yaml:9:44: desks.a.limits.credit.window: credit does not count over time; remove the window"
        ),
        (
            "desks: { a: { limits: { walk: { hard: 1%, windw: 5s } } } }",
            "limits.yaml:9:43: desks.a.limits.walk.windw: unknown key; did you mean 'window'?"
        ),
        (
            "desks: { a: { limits: { credit: 4, credit: 5 } } }",
            "limits.yaml:9:36: desks.a.limits.credit: stands twice, first in line 9"
        ),
        (
            "desks: { a: { venues: { BRAVO: { openOrders: 5 } } } }",
            "limits.yaml:9:25: desks.a.venues.BRAVO: found \"BRAVO\", expected one of the names in 'venues'"
        ),
        (
            "desks: { a: { assetClasses: { energy: { credit: 5 } } } }",
            "limits.yaml:9:31: desks.a.assetClasses.energy: found \"energy\", which is the class of no instrument"
        ),
        (
            "selfTrade: never",
            "limits.yaml:9:12: selfTrade: found \"never\", expected one of cancelNewest, cancelOldest, cancelBoth, decrement"
        ),
        ("restricted: GME", "limits.yaml:9:13: restricted: found \"GME\", expected a list"),
        (
            "restricted: [{ issuer: Nobody }]",
            "limits.yaml:9:24: restricted[0].issuer: found \"Nobody\", the issuer of no instrument"
        ),
        (
            "locates: [{ instrument: KO, quantity: 5 }]",
            "limits.yaml:9:11: locates[0].reference: missing, expected a text"
        ),
        (
            "identities: [{ name: kim, role: trader, publicKey: abc }]",
            "limits.yaml:9:52: identities[0].publicKey: found \"abc\", expected 64 hexadecimal digits"
        ),
        (
            "manifest: { build: 12, configuration: 8f3c11d0a4be7725 }",
            "limits.yaml:9:20: manifest.build: found \"12\", expected 16 hexadecimal digits"
        ),
        (
            "desks: { a: { eachInstrument: { messageRate: 5 } } }",
            "limits.yaml:9:33: desks.a.eachInstrument.messageRate: desk a, each instrument, messageRate: is for an instrument, "
                + "but counts all orders together; set it in 'limits'"
        ),
        ("test: yes", "limits.yaml:9:7: test: found \"yes\", expected true or false"),
        (
            "market: { collar: { from50: 0.03 } }",
            "limits.yaml:9:29: market.collar.from50: found \"0.03\", expected a share in whole basis points such as 3%, 0.25% "
                + "or 300bps, from 0% to 1000%"
        ),
    ]

    @Test(arguments: faults)
    func `each fault has its place and says what to write instead`(_ lines: String, _ message: String) {
        #expect(LimitsSamples.errors(with(lines)) == [message])
    }

    @Test func `all faults are told at once, in the order of the file`() {
        let text = "firm: { limits: { credit: x, dayLoss: y } }\nstrategies: { a: { under: b } }\n"
        let places = LimitsSamples.errors(text).map { $0.split(separator: " ")[0] }
        #expect(places == ["limits.yaml:1:27:", "limits.yaml:1:39:", "limits.yaml:2:27:"])
    }

    @Test(arguments: [
        ("", "limits.yaml:1:1: found nothing, expected the key 'firm' with its limits"),
        ("- a", "limits.yaml:1:1: found a list, expected the keys firm"),
        ("test: false", "limits.yaml:1:1: firm: missing, expected the firm's limits"),
        ("firm: [", "limits.yaml:2:1: is no YAML"),
    ])
    func `a file that is none`(_ text: String, _ message: String) {
        #expect(LimitsSamples.errors(text + "\n").contains { $0.hasPrefix(message) })
    }

    @Test(arguments: [
        ("restricted: [{ reason: all }]", "limits.yaml:9:14: restricted[0]: restricts everything for everybody"),
        (
            "desks: { a: { limits: { credit: 70_000_000 } } }",
            "limits.yaml:9:25: desks.a.limits.credit: desk a, credit: can never bind: the firm allows only 60000000.00"
        ),
        (
            "desks: { a: { eachInstrument: { position: 100, orderQuantity: 300 } } }",
            "limits.yaml:9:48: desks.a.eachInstrument.orderQuantity: desk a, each instrument, orderQuantity: can never bind: "
                + "position allows only 100"
        ),
        (
            "desks: { a: { limits: { openOrders: 0 } } }",
            "limits.yaml:9:25: desks.a.limits.openOrders: desk a, openOrders: is zero and allows nothing"
        ),
        (
            "desks: { a: { instruments: { PEP: { position: 5 } } } }",
            "limits.yaml:9:37: desks.a.instruments.PEP.position: desk a, PEP, position: is for PEP, which is not among the "
                + "instruments"
        ),
        (
            "identities: [{ name: kim, role: trader, publicKey: \(String(repeating: "01", count: 32)) }]",
            "limits.yaml:1:1: nothing can be switched on again: that takes two people, one of them a risk officer"
        ),
    ])
    func `what was probably not meant is a warning`(_ lines: String, _ message: String) throws {
        // The desk has nobody below it: an order could come from it, so it counts as a scope of its own.
        let notices = try LimitsSamples.read(with(lines)).notices
        #expect(notices.filter { $0.severity == .warning }.map(\.text.description) == [message])
    }

    @Test func `what is refused for want of a limit is told`() throws {
        let text = """
            firm: { limits: { orderNotional: 1 }, instruments: { KO: { orderQuantity: 5, position: 5 } } }
            accounts: { A: { eachInstrument: { orderQuantity: 1 } }, B: { test: true } }
            strategies: { s: { under: A }, t: {} }
            instruments: { KO: { averageDailyVolume: 1 }, PEP: { averageDailyVolume: 1 }, X: {} }
            permissions: [s]

            """
        let notices = try LimitsSamples.read(text).notices.filter { $0.severity == .refusal }.map(\.text.description)
        let start = "limits.yaml:3:15: strategies.s: strategy s: every order"
        #expect(
            notices.contains(
                "\(start) is refused: no limit grossNotional, netNotional, credit, dayLoss, dayQuantity; set it at one of "
                    + "strategy s, account A, the firm"
            )
        )
        #expect(
            notices.contains(
                "\(start) in PEP is refused: no limit position; set it at one of strategy s, account A, the firm"
            )
        )
        #expect(!notices.contains { $0.hasPrefix("\(start) in KO") })
        #expect(
            notices.contains(
                "limits.yaml:3:32: strategies.t: strategy t: every order is refused: no permission covers it"
            )
        )
        #expect(
            notices.contains(
                "limits.yaml:4:79: instruments.X: X: every order is refused: it has no averageDailyVolume"
            )
        )
        #expect(notices.contains { $0.contains("a test account, and the session is none") })
    }

    @Test func `instruments come from a file, and what is wrong in it has its place there`() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("limits-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let csv = folder.appendingPathComponent("i.csv")
        let path = folder.appendingPathComponent("limits.yaml").path
        let text = LimitsSamples.small.replacing(
            "  KO: {",
            with:
                "  file: i.csv\n  defaults: { bandTier: 2, averageDailyVolume: 7, locate: 9 }\n  KO: { locate: 0, issuer: Coke, "
        )
        try Data("symbol,averageDailyVolume,issuer\nKO,5,\"A, B\"\nPEP,,Pepsi\n".utf8).write(to: csv)
        let policy = try LimitsConfiguration.parse(text: text, file: path).policy
        #expect(policy.instruments.map(\.symbol.description) == ["KO", "PEP"])
        #expect(policy.instruments.map(\.issuer) == ["Coke", "Pepsi"])
        #expect(policy.instruments.map(\.averageDailyVolume) == [Quantity(12_000_000), Quantity(7)])
        #expect(policy.instruments.map(\.bandTier) == [2, 2])
        #expect(policy.locates.map(\.symbol.description) == ["PEP"] && policy.locates.map(\.quantity) == [Quantity(9)])
        try Data("symbol,issuers,lot\nKO,,x\nKO,,1\nlongsymbol,,\n".utf8).write(to: csv)
        do throws(ConfigurationErrors) {
            _ = try LimitsConfiguration.parse(text: text, file: path)
            Issue.record("accepted")
        } catch {
            let file = csv.path
            #expect(
                error.errors.map(\.description) == [
                    "\(file):1:8: found the column \"issuers\", which is no key; did you mean 'issuer'?",
                    "\(file):2:5: KO.lot: found \"x\", expected a number of shares such as 100, at least 0.00000001",
                    "\(file):3:1: KO: stands twice, first in line 2",
                    "\(file):4:1: found \"longsymbol,,\", expected 3 cells and a symbol",
                ]
            )
        }
    }
}
