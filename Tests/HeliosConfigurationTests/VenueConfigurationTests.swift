// SPDX-License-Identifier: MIT
import Foundation
import HeliosConfiguration
import HeliosMarket
import HeliosVenue
import Testing

@Suite("Configuration of venues")
struct VenueConfigurationTests {
    private func errors(_ text: String, environment: [String: String] = [:]) -> [ConfigurationError] {
        do throws(ConfigurationErrors) {
            _ = try VenueConfiguration.parse(text: text, file: "v.yaml", environment: environment)
            return []
        } catch { return error.errors }
    }

    @Test func `a venue with nothing but its name has the defaults of the schema`() throws {
        let venue = try #require(VenueConfiguration.parse(text: "venues:\n  - name: ALFA\n", file: "").venues.first)
        #expect(venue.kind == .lit && venue.speed == 1 && venue.days == 1 && venue.symbols.isEmpty)
        #expect(venue.start == 34_140_000_000_000 && venue.end == 57_900_000_000_000)
        #expect(venue.fees.maker == Price(raw: -200_000) && venue.fees.taker == Price(raw: 300_000))
        #expect(venue.bands == nil && venue.halts.isEmpty && venue.quirks == VenueQuirks())
        guard case .agents(let agents) = venue.flow else {
            Issue.record("no agents")
            return
        }
        #expect(agents.symbols == 500 && agents.messages == 5_000_000 && agents.seed == 1 && agents.flowSeed == nil)
    }

    @Test func `every key arrives where it belongs`() throws {
        let text = """
            venues:
              - name: ALFA
                symbols: [KO, PEP]
                speed: max
                seed: 9
                days: 3
                hours: {start: 10:00, end: 15:00}
                agents: {seed: 4, flow: 5, symbols: 30, messages: 40_000, pairs: 3, date: 2026-02-03}
                fees: {maker: 0.001, taker: -0.002}
                latency: {order: 1ms, report: 2ms, feed: 3ms, sigma: 0.5}
                feed:
                  lines:
                    - 239.1.1.1:7020
                    - {to: 127.0.0.1:7021, interface: lo, skew: 4ms, loss: 1%, duplication: 2%, reordering: 3%}
                  requests: 7030
                ports:
                  - {listen: 7010, users: [A, {name: B, passwordVariable: SECRET}]}
                  - {listen: 0.0.0.0:7012, protocol: drop-copy, users: [{name: C, concerning: A}]}
                bands: {width: luld-2, window: 1min, limitState: 5s, pause: 2min}
                halts: [{symbol: KO, at: 11:30, lasts: 90s}]
                quirks: {disconnectEvery: 10s, stallEvery: 20s, stallLength: 30ms, reject: 4%}
              - {name: GAMMA, kind: dark, reference: ALFA}
            """
        let venues = try VenueConfiguration.parse(text: text, file: "", environment: ["SECRET": "hush"]).venues
        try #require(venues.count == 2)
        let venue = venues[0]
        let ko = try #require(Symbol("KO"))
        #expect(venue.symbols == [ko, try #require(Symbol("PEP"))])
        #expect(venue.speed == 0 && venue.seed == 9 && venue.days == 3)
        #expect(venue.start == 36_000_000_000_000 && venue.end == 54_000_000_000_000)
        let day = try #require(TradingDay("2026-02-03"))
        var agents = MarketDayConfiguration(symbols: 30, messages: 40_000, seed: 4, day: day, pairs: 3)
        agents.flowSeed = 5
        #expect(venue.flow == .agents(agents))
        #expect(venue.fees.maker == Price(raw: 100_000) && venue.fees.taker == Price(raw: -200_000))
        #expect(venue.latency.order == 1_000_000 && venue.latency.report == 2_000_000)
        #expect(venue.latency.feed == 3_000_000 && venue.latency.sigma == 0.5)
        var line = VenueLine("127.0.0.1:7021")
        line.interface = "lo"
        line.skew = 4_000_000
        (line.loss, line.duplication, line.reordering) = (100, 200, 300)
        #expect(venue.lines == [VenueLine("239.1.1.1:7020"), line])
        #expect(venue.requests == "127.0.0.1:7030")
        #expect(
            venue.doors == [
                VenueDoor(.ouch50, "127.0.0.1:7010", users: [.init("A"), .init("B", password: "hush")]),
                VenueDoor(.dropCopy, "0.0.0.0:7012", users: [.init("C", concerning: ["A"])]),
            ]
        )
        let bands = try #require(venue.bands)
        #expect(bands.width == .limitUpLimitDown(tier: 2) && bands.window == 60_000_000_000)
        #expect(bands.limitState == 5_000_000_000 && bands.pause == 120_000_000_000)
        #expect(venue.halts == [VenueHalt(ko, start: 41_400_000_000_000, length: 90_000_000_000)])
        #expect(venue.quirks.disconnectEvery == 10_000_000_000 && venue.quirks.stallEvery == 20_000_000_000)
        #expect(venue.quirks.stallLength == 30_000_000 && venue.quirks.reject == 400)
        #expect(venues[1].kind == .dark && venues[1].reference == "ALFA" && venues[1].flow == .none)
    }

    @Test func `all errors come at once, each with its place, its key and what was meant`() {
        let text = """
            venues:
              - name: ALFA BETA
                kidn: lit
                speed: fast
                agents: {symbols: 1, messages: many}
                recorded: {file: x.itch}
                feed:
                  lines:
                    - to: nowhere
                      loss: 200%
                ports:
                  - {listen: 70000, protocol: ouch-5, users: [TOOLONGNAME, {name: A, passwordVariable: NONE}]}
                bands: {width: 500%}
                halts: [{symbol: KO}]
              - {name: GAMMA, kind: dark, reference: BETTA, agents: {}}
              - {name: GAMMA, ports: [{listen: 7010}, {listen: 7010}]}
            """
        let found = errors(text, environment: ["HELIOS_VENUES_0_SPEDE": "3"])
        let shown = Set(found.map { "\($0.line):\($0.column) \($0.key)" })
        let expected: Set<String> = [
            "2:11 venues[0].name", "3:5 venues[0].kidn", "4:12 venues[0].speed", "5:23 venues[0].agents.symbols",
            "5:36 venues[0].agents.messages", "6:15 venues[0].recorded", "9:15 venues[0].feed.lines[0].to",
            "10:17 venues[0].feed.lines[0].loss", "12:18 venues[0].ports[0].listen",
            "12:35 venues[0].ports[0].protocol", "12:51 venues[0].ports[0].users[0].name",
            "12:92 venues[0].ports[0].users[1].passwordVariable", "13:20 venues[0].bands.width",
            "14:13 venues[0].halts[0].at", "15:42 venues[1].reference", "15:57 venues[1].agents",
            "16:12 venues[2].name", "16:52 venues[2].ports[1].listen", "0:0 ",
        ]
        #expect(shown == expected, "\(shown.symmetricDifference(expected).sorted())")
        #expect(found.first { $0.key == "venues[0].kidn" }?.suggestion == "kind")
        #expect(found.last?.variable == "HELIOS_VENUES_0_SPEDE" && found.last?.suggestion == "HELIOS_VENUES_0_SPEED")
    }

    @Test(
        "what is no list of venues is refused with a place",
        arguments: [
            "", "venues:", "venues: []", "venues: 7", "venues: [7]", "[1]", "venues: [{}]", "venues: {a: [}",
            "title: x",
            "venues: [{name: A, ports: 5}]", "venues: [{name: A, feed: [1]}]", "venues: [{name: A, name: B}]",
        ]
    )
    func refused(_ text: String) {
        let found = errors(text)
        #expect(!found.isEmpty)
        for error in found { #expect(error.line >= 1 && error.column >= 1) }
    }

    @Test func `a port speaks FIX with comp ids of its own, and dealers quote beside it`() throws {
        let text = """
            venues:
              - name: ALFA
                dealers: [{name: NORTH, markup: 0.03, life: 2s, declines: 25%}]
                ports:
                  - {listen: 7010, protocol: fix-4.2, compID: THEM, users: [A, {name: B, compID: DESK-1}]}
                  - {listen: 7011, protocol: fix-5.0sp2, cancelOnDisconnect: false, liquidityTag: 9730, users: [A]}
                  - {listen: 7012, users: [A]}
            """
        let venue = try VenueConfiguration.parse(text: text, file: "").venues[0]
        #expect(venue.doors.map(\.language) == [.fix42, .fix50sp2, .ouch50])
        #expect(venue.doors.map(\.compID) == ["THEM", nil, nil])
        #expect(venue.doors.map(\.cancelsOnDisconnect) == [true, false, true])
        #expect(venue.doors.map(\.liquidityTag) == [nil, 9_730, nil])
        #expect(venue.doors[0].users.map(\.compID) == [nil, "DESK-1"])
        #expect(venue.dealers.count == 1 && venue.dealers[0].markup == Price(raw: 3_000_000))
        #expect(venue.dealers[0].validity == 2_000_000_000 && venue.dealers[0].declines == 0.25)
        for wrong in [
            "{listen: 7010, compID: X}", "{listen: 7010, cancelOnDisconnect: false}",
            "{listen: 7010, liquidityTag: 9730}",
            "{listen: 7010, protocol: fix-4.4, users: [A, {name: B, compID: A}]}",
            "{listen: 7010, protocol: fix-4.4, compID: \(String(repeating: "X", count: 33))}",
            "{listen: 7010, users: [{name: A, compID: X}]}",
        ] {
            #expect(errors("venues: [{name: ALFA, ports: [\(wrong)]}]").count == 1, "\(wrong)")
        }
    }

    @Test func `a FIX port is a drop copy of whom it names, and keeps its sessions in a folder`() throws {
        let text = """
            venues:
              - name: ALFA
                ports:
                  - {listen: 7010, protocol: fix-4.4, store: kept, users: [A, {name: B, compID: b/1}]}
                  - listen: 7011
                    protocol: fix-4.4
                    role: drop-copy
                    store: /kept
                    users: [{name: C, concerning: [A, B]}, {name: D, concerning: A}, E]
            """
        let venue = try VenueConfiguration.parse(text: text, file: "/etc/v.yaml").venues[0]
        #expect(venue.doors.map(\.role) == [.orders, .dropCopy])
        #expect(venue.doors.map(\.store) == ["/etc/kept", "/kept"])
        #expect(venue.doors[1].users.map(\.concerning) == [["A", "B"], ["A"], []])
        #expect(venue.sessionFile(venue.doors[0], venue.doors[0].users[1]) == "ALFA-fix%2D4.4-ALFA-b%2F1.session")
        for (wrong, key) in [
            ("{listen: 7010, role: drop-copy}", "role"), ("{listen: 7010, protocol: drop-copy, role: orders}", "role"),
            ("{listen: 7010, protocol: fix-4.4, role: copy}", "role"), ("{listen: 7010, store: x}", "store"),
            ("{listen: 7010, protocol: fix-4.4, role: drop-copy, cancelOnDisconnect: true}", "cancelOnDisconnect"),
            ("{listen: 7010, protocol: fix-4.4, users: [{name: A, concerning: B}]}", "users[0].concerning"),
            (
                "{listen: 7010, protocol: fix-4.4, role: drop-copy, users: [{name: A, concerning: [B, MUCHLONGER]}]}",
                "users[0].concerning"
            ),
        ] {
            let found = errors("venues: [{name: ALFA, ports: [\(wrong)]}]")
            #expect(found.map(\.key) == ["venues[0].ports[0].\(key)"], "\(found)")
        }
        for (port, keys) in [
            ("protocol: fix-4.4, role: drop-copy", ["users"]),
            ("protocol: fix-4.4, compID: THEM, store: x", ["users", "store"]),
        ] {
            let found = errors("venues: [{name: ALFA, ports: [{listen: 1, \(port)}, {listen: 2, \(port)}]}]")
            #expect(found.map(\.key) == keys.map { "venues[0].ports[1].\($0)" }, "\(found)")
        }
    }

    @Test func `a user has one session of a FIX version, and a copy beside it`() {
        func venue(_ ports: String...) -> String {
            let listed = ports.enumerated().map { "{listen: \($0 + 1), protocol: \($1)}" }.joined(separator: ", ")
            return "venues: [{name: ALFA, ports: [\(listed)]}]"
        }
        let tls = "tls: {certificate: a.pem, key: a.key}"
        for other in ["users: [B, A]", "users: [B, a], cancelOnDisconnect: false", "users: [B, A], \(tls)"] {
            let found = errors(venue("fix-4.4, users: [A], store: kept", "fix-4.4, \(other)"))
            #expect(found.map(\.key) == ["venues[0].ports[1].users"], "\(found)")
            #expect(found.first?.message.contains("has a session of this version at venues[0].ports[0]") == true)
        }
        #expect(errors(venue("fix-4.4, users: [A]", "fix-4.4, users: [B]")).isEmpty)
        #expect(errors(venue("fix-4.4, users: [A]", "fix-4.4, role: drop-copy, users: [A]")).isEmpty)
    }

    @Test("a copy that names nobody is not everybody's", arguments: ["','", "' '", "', ,'", "[]", "['']"])
    func concerningNobody(text: String) {
        let users = "users: [{name: A, concerning: \(text)}]"
        for port in ["protocol: fix-4.4, role: drop-copy", "protocol: drop-copy"] {
            let found = errors("venues: [{name: ALFA, ports: [{listen: 1, \(port), \(users)}]}]")
            #expect(found.map(\.key) == ["venues[0].ports[0].users[0].concerning"], "\(found)")
        }
    }

    @Test func `a variable overrides the file, and a wrong one is named`() throws {
        let text = "venues: [{name: ALFA, speed: 2}]"
        let venue = try VenueConfiguration.parse(text: text, file: "", environment: ["HELIOS_VENUES_0_SPEED": "max"])
        #expect(venue.venues[0].speed == 0)
        let wrong = errors(text, environment: ["HELIOS_VENUES_0_DAYS": "none"])
        #expect(wrong.count == 1 && wrong[0].variable == "HELIOS_VENUES_0_DAYS")
    }

    @Test func `a password stands in a file, and a bad one is never shown`() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("helios-venue-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data("hush\nmore\n".utf8).write(to: folder.appendingPathComponent("good.txt"))
        try Data("much too long a secret\n".utf8).write(to: folder.appendingPathComponent("bad.txt"))
        func text(_ name: String) -> String {
            "venues: [{name: ALFA, ports: [{listen: 7010, users: [{name: A, passwordFile: \(name)}]}]}]"
        }
        let file = folder.appendingPathComponent("v.yaml").path
        let venue = try VenueConfiguration.parse(text: text("good.txt"), file: file).venues[0]
        #expect(venue.doors[0].users[0].password == "hush")
        do throws(ConfigurationErrors) {
            _ = try VenueConfiguration.parse(text: text("bad.txt"), file: file)
            Issue.record("a password of more than ten characters was taken")
        } catch {
            #expect(!"\(error)".contains("secret"))
        }
    }

    @Test func `the example is right, and every key is explained, in the schema and in the documentation`() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let example = try VenueConfiguration.load(path: root.appendingPathComponent("Examples/venue.yaml").path)
        #expect(try #require(example).venues.map(\.name) == ["ALFA", "BETA", "GAMMA"])
        let schema = VenueSchema.json()
        for key in VenueSchema.keys {
            #expect(VenueSchema.explain(key.path)?.contains(key.documentation) == true)
            #expect(schema.contains("\"\(key.name)\""))
            if let value = key.defaultText { #expect(key.kind.parse(value) != nil, "\(key.path)") }
        }
        #expect(
            VenueSchema.explain("latency.ordr") == nil && VenueSchema.nearest(to: "latency.ordr") == "latency.order"
        )
        let file = root.appendingPathComponent("docs/venue.md")
        let page = try String(contentsOf: file, encoding: .utf8)
        if ProcessInfo.processInfo.environment["HELIOS_REGENERATE"] != nil,
            let start = page.range(of: "| key | value | default | meaning |")
        {
            try Data((page[..<start.lowerBound] + VenueSchema.table()).utf8).write(to: file)
        }
        #expect(page.contains(VenueSchema.table()), "docs/venue.md has another table of keys than the schema")
    }
}
