// SPDX-License-Identifier: MIT
import HeliosConfiguration
import HeliosFIX
import HeliosMarket
import Testing

private let tail = "strategies: [{name: queue-imbalance, symbol: AAPL}]\n"

private func fixErrors(_ text: String) -> [String] {
    do throws(ConfigurationErrors) {
        _ = try RunConfiguration.parse(text: text + tail, file: "run.yaml", environment: [:])
        return []
    } catch { return error.errors.map(\.description) }
}

@Suite("FIX sessions in a configuration")
struct LiveFixTests {
    @Test func `every key has its place`() throws {
        let text = """
            live:
              feed: 1.2.3.4:70
              orders: 1.2.3.4:74
              fix:
                version: 4.2
                sender: US
                target: THEM
                senderSub: DESK
                heartbeat: 20
                reset: logon
                passwordEnvironment: SECRET
                account: ACC
                capacity: principal
                liquidityTag: 9882
                selfMatch: oldest
                selfMatchID: DESK
                store: numbers.store
                schedule: {start: "08:00", end: "17:30", days: "Mon-Wed, fri", zone: Europe/London}
                tls: {enabled: true, certificate: a.pem, key: a.key, verify: false}

            """
        let run = try RunConfiguration.parse(text: text + tail, file: "folder/run.yaml", environment: [:])
        let fix = run.live.fix
        #expect(fix.version == "4.2" && fix.sender == "US" && fix.target == "THEM" && fix.senderSub == "DESK")
        #expect(fix.heartbeat == 20 && fix.reset == "logon" && fix.account == "ACC" && fix.capacity == "principal")
        #expect(fix.liquidityTag == 9_882 && fix.selfMatch == "oldest" && fix.selfMatchID == "DESK")
        #expect(fix.passwordEnvironment == "SECRET" && fix.store == "folder/numbers.store")
        #expect(fix.schedule.days == [1, 2, 3, 5] && fix.schedule.zone == "Europe/London")
        #expect(fix.tls.isOn && fix.tls.certificate == "folder/a.pem" && !fix.tls.verify)
        // 08:00 in London in July is 07:00 UTC.
        let schedule = try #require(fix.schedule.value)
        let friday = Timestamp(nanoseconds: (20_651 * 24 + 7) * 3_600_000_000_000)
        #expect(schedule.isOpen(at: friday) && !schedule.isOpen(at: friday + -1))
        let again = try RunConfiguration.parse(text: run.resolvedText, file: "run.yaml", environment: [:])
        #expect(again.live.fix.schedule == fix.schedule && again.resolvedText == run.resolvedText)
        let short = "live: {orders: 'h:1', feed: 'h:2'}\n" + tail
        let plain = try RunConfiguration.parse(text: short, file: "r", environment: [:])
        #expect(!plain.resolvedText.contains("fix:"), "who does not trade by FIX need not read about it")
    }

    @Test func `of several venues each says what it speaks, and to whom`() throws {
        let text = """
            live:
              fix: {sender: US, target: ALFA}
              venues:
                - {name: ALFA, feed: 'h:1', orders: 'h:2', protocol: fix}
                - {name: BETA, feed: 'h:3', orders: 'h:4', protocol: fix, target: BETA, account: B}
                - {name: GAMMA, feed: 'h:5', orders: 'h:6'}

            """
        let run = try RunConfiguration.parse(text: text + tail, file: "run.yaml", environment: [:])
        #expect(run.live.venues.map(\.isFix) == [true, true, false])
        #expect(run.live.venues[1].target == "BETA" && run.live.venues[1].account == "B")
    }

    @Test func `dealers behind a venue are venues of their own`() throws {
        let text = """
            orders: [{symbol: AAPL, side: buy, quantity: 900, algorithm: rfq}]
            live:
              feed: h:1
              orders: h:2
              fix: {sender: US, target: THEM, dealers: "NORTH, SOUTH", dealerFee: 0.002}

            """
        let run = try RunConfiguration.parse(text: text + tail, file: "run.yaml", environment: [:])
        let dealers = try #require(run.settings.placedDealers?.dealers)
        #expect(dealers.map(\.name) == ["NORTH", "SOUTH"] && dealers.map(\.venue) == [Venue(id: 2), Venue(id: 3)])
        #expect(dealers.allSatisfy { $0.fee == Price(raw: 200_000) } && run.live.fix.dealers == ["NORTH", "SOUTH"])
        #expect(Array(run.settings.ruling.venues.dropFirst()) == ["NORTH", "SOUTH"])
        let again = try RunConfiguration.parse(text: run.resolvedText, file: "run.yaml", environment: [:])
        #expect(again.settings.dealers == run.settings.dealers && again.resolvedText == run.resolvedText)
        // A name may have spaces in it, which the venue's PartyID has too.
        let spaced = text.replacing("NORTH, SOUTH", with: "  NORTH  DESK ,SOUTH ")
        let named = try RunConfiguration.parse(text: spaced + tail, file: "run.yaml", environment: [:])
        #expect(named.live.fix.dealers == ["NORTH  DESK", "SOUTH"])
        func found(_ fix: String, _ message: String, _ more: String = "feed: h:1, orders: h:2") {
            let told = fixErrors("live: {\(more), fix: {sender: US, target: THEM, \(fix)}}\n")
            #expect(told.count == 1 && told.allSatisfy { $0.contains(message) }, "\(told)")
        }
        found("dealers: \"A,  , B\"", "live.fix.dealers: found an empty name")
        found("dealers: \"A, A\"", "live.fix.dealers: found a name twice")
        found("dealers: \"A,, B\"", "live.fix.dealers: found an empty name")
        found("dealers: \"A,B,C,D,E,F,G,H,I\"", "found 9 dealers, expected at most 8")
        found("dealerFee: 0.01", "is of live.fix.dealers, and there are none")
        let venues = "venues: [{name: A, feed: 'h:1', orders: 'h:2', protocol: fix}]"
        found("dealers: A", "dealers are asked through a session's only venue", venues)
    }

    @Test func `what does not fit together is told, all of it, with its place`() {
        let told = fixErrors(
            """
            live:
              feed: h:1
              orders: h:2
              fix:
                sender: US
                version: 4.2
                nextExpected: true
                selfMatchID: DESK
                passwordFile: a
                passwordEnvironment: B
                schedule: {start: "08:00", zone: Mars}
                tls: {certificate: a.pem}

            """
        )
        let expected = [
            "live.fix.schedule.zone: found \"Mars\", expected one of",
            "live.fix.target: missing",
            "live.fix.passwordEnvironment: stands beside passwordFile",
            "live.fix.schedule.start: expected live.fix.schedule.end beside it",
            "live.fix.selfMatchID: means nothing without live.fix.selfMatch",
            "live.fix.nextExpected: is of FIX 4.4 and later",
            "live.fix.tls.certificate: expected live.fix.tls.key beside it",
            "live.fix.tls.certificate: means nothing without live.fix.tls.enabled",
        ]
        for text in expected { #expect(told.contains { $0.contains(text) }, "\(text): \(told)") }
        #expect(told.count == expected.count && told.allSatisfy { $0.hasPrefix("run.yaml:") })
        let twins = fixErrors(
            """
            live:
              venues:
                - {name: A, feed: 'h:1', orders: 'h:2', protocol: fix, sender: US, target: T}
                - {name: B, feed: 'h:3', orders: 'h:4', protocol: fix, sender: US, target: T}
                - {name: C, feed: 'h:5', orders: 'h:6', account: X}
                - {name: D, feed: 'h:7', orders: 'h:8', protocol: fix, sender: US}

            """
        )
        #expect(twins.count == 3, "\(twins)")
    }
}
