// SPDX-License-Identifier: MIT
import Foundation
import HeliosLive
import HeliosMarket
import HeliosVenue
import HeliosWire
import Testing

/// What came in on a line, read from the datagrams themselves.
private struct Heard {
    var datagrams = 0
    var numbers: [UInt64] = []
    /// Data packets that had come before, and those that came behind later ones.
    var repeated = 0
    var late = 0
    var missing = 0
    var hasEnd = false
    /// The messages by number.
    var messages: [UInt64: [UInt8]] = [:]

    init(_ line: UDPReceiver) {
        var seen: Set<UInt64> = []
        var covered: Set<UInt64> = []
        var last: UInt64 = 0
        while case let count = line.receive(), count > 0 {
            for index in 0..<count {
                let bytes = line.datagram(index)
                datagrams += 1
                let first = bytes[10..<18].reduce(0) { $0 << 8 | UInt64($1) }
                let messages = UInt64(bytes[18]) << 8 | UInt64(bytes[19])
                if messages == 0xFFFF { hasEnd = true }
                guard messages > 0, messages < 0xFFFF else { continue }
                if !seen.insert(first).inserted { repeated += 1 } else if first < last { late += 1 }
                last = max(last, first)
                var offset = 20
                for number in first..<first + messages {
                    let length = Int(bytes[offset]) << 8 | Int(bytes[offset + 1])
                    self.messages[number] = [UInt8](bytes[(offset + 2)..<(offset + 2 + length)])
                    offset += 2 + length
                    covered.insert(number)
                }
            }
        }
        numbers = covered.sorted()
        missing = Int(numbers.last ?? 0) - numbers.count
    }
}

@Suite("Venues")
struct VenueHouseTests {
    private func venue(_ name: String, seed: UInt64 = 3, flow: UInt64? = nil) throws -> VenueDescription {
        let day = try #require(TradingDay("2026-01-05"))
        var agents = MarketDayConfiguration(symbols: 12, messages: 20_000, seed: seed, day: day)
        agents.flowSeed = flow
        var venue = VenueDescription(name: name)
        venue.flow = .agents(agents)
        venue.speed = 0
        venue.farewell = 0
        return venue
    }

    private func run(_ venues: [VenueDescription]) throws -> [VenueSummary] {
        let house = try VenueHouse(venues) { _ in }
        #expect(try house.run { false })
        return house.servers.map(\.report)
    }

    @Test func `a seed publishes the same bytes, whatever its lines, ports, latencies and neighbours are`() throws {
        let plain = try run([try venue("ALFA")])[0]
        #expect(plain.messages > 15_000 && plain.lostMessages == 0 && plain.unmatched == 0 && plain.isComplete)
        var busy = try venue("BETA")
        let line = try UDPReceiver(UDPSource(Endpoint(port: 0)))
        busy.lines = [VenueLine("\(line.endpoint)")]
        busy.lines[0].loss = 1_000
        busy.latency.feed = 100_000
        busy.requests = "127.0.0.1:0"
        busy.doors = [VenueDoor(.ouch50, "127.0.0.1:0", users: [.init("A")])]
        busy.quirks.stallEvery = 50_000_000
        busy.quirks.stallLength = 5_000_000
        let both = try run([busy, try venue("OTHER", seed: 4)])
        #expect(both[0].fingerprint == plain.fingerprint && both[0].messages == plain.messages)
        #expect(both[1].fingerprint != plain.fingerprint)
        // Another flow in the same market.
        let second = try run([try venue("ALFA", flow: 9)])[0]
        #expect(second.fingerprint != plain.fingerprint)
    }

    @Test func `faults of lines happen as often as asked for, are counted rightly, and are the same for a seed`() throws
    {
        func faults() throws -> (VenueSummary, [Heard]) {
            let sockets = try (0..<2).map { _ in try UDPReceiver(UDPSource(Endpoint(port: 0))) }
            var venue = try venue("ALFA")
            venue.lines = sockets.map { VenueLine("\($0.endpoint)") }
            (venue.lines[0].loss, venue.lines[0].duplication, venue.lines[0].reordering) = (500, 500, 500)
            venue.farewell = 200_000_000
            let summary = try run([venue])[0]
            #expect(sockets.allSatisfy { $0.kernelDrops == 0 })
            return (summary, sockets.map { Heard($0) })
        }
        let (summary, heard) = try faults()
        let counts = summary.lines[0]
        #expect(counts.offered > 300 && counts.refused == 0)
        for count in [counts.lost, counts.duplicated, counts.reordered] {
            #expect(Double(count) > 0.02 * Double(counts.offered) && Double(count) < 0.1 * Double(counts.offered))
        }
        #expect(heard[0].datagrams == counts.offered - counts.lost + counts.duplicated)
        #expect(heard[0].repeated == counts.duplicated)
        #expect(heard[0].missing > 0)
        // One that is held may be overtaken by none, if those behind it are lost or held too.
        #expect(heard[0].late > counts.reordered / 2 && heard[0].late <= counts.reordered)
        // The line without faults has everything, once and in order.
        #expect(summary.lines[1].lost + summary.lines[1].duplicated + summary.lines[1].reordered == 0)
        #expect(heard[1].missing == 0 && heard[1].repeated == 0 && heard[1].late == 0 && heard[1].hasEnd)
        #expect(UInt64(heard[1].numbers.count) == summary.messages)
    }

    @Test func `days follow one another in sessions of their own, and a restarted venue begins a new one`() throws {
        var long = try venue("ALFA")
        long.days = 2
        let one = try run([try venue("ALFA")])[0]
        Thread.sleep(forTimeInterval: 0.01)
        let two = try run([long])[0]
        #expect(two.sessions.count == 2 && Set(one.sessions + two.sessions).count == 3)
        #expect(two.messages > one.messages * 3 / 2 && two.isComplete)
        #expect(two.sessions.allSatisfy { $0.hasPrefix("ALF") && $0.utf8.count == 10 })
    }

    @Test func `a venue lists what it is told to, and its flow trades nothing else`() throws {
        let day = try #require(TradingDay("2026-01-05"))
        let all = try MarketDayGenerator(MarketDayConfiguration(symbols: 12, messages: 20_000, seed: 3, day: day))
            .symbols
        var venue = try venue("ALFA")
        venue.symbols = [all[4], all[1]]
        let house = try VenueHouse([venue]) { _ in }
        _ = try house.run { false }
        let report = house.servers[0].report
        #expect(report.messages > 500 && report.messages < 10_000 && report.unmatched == 0)
    }

    @Test func `a planned halt stops all trading in its instrument, and an auction ends it`() throws {
        let line = try UDPReceiver(UDPSource(Endpoint(port: 0)))
        var venue = try venue("ALFA")
        let day = try #require(TradingDay("2026-01-05"))
        let symbol = try MarketDayGenerator(MarketDayConfiguration(symbols: 12, messages: 20_000, seed: 3, day: day))
            .symbols[5]
        let start: Nanoseconds = 36_000_000_000_000
        venue.halts = [VenueHalt(symbol, start: start, length: 900_000_000_000)]
        venue.lines = [VenueLine("\(line.endpoint)")]
        venue.farewell = 100_000_000
        let summary = try run([venue])[0]
        let heard = Heard(line)
        try #require(UInt64(heard.numbers.count) == summary.messages)
        var told: [String] = []
        var executions = (during: 0, otherwise: 0)
        for number in heard.numbers {
            guard let message = heard.messages[number], message[2] == 6 else { continue }
            let time = message[5..<11].reduce(0) { $0 << 8 | Int64($1) }
            let isDuring = time >= start && time < start + 900_000_000_000
            switch message[0] {
            case UInt8(ascii: "E"): if isDuring { executions.during += 1 } else { executions.otherwise += 1 }
            case UInt8(ascii: "H") where time >= start && time <= start + 900_000_000_000:
                told.append(String(UnicodeScalar(message[19])))
            case UInt8(ascii: "Q") where time == start + 900_000_000_000: told.append("auction")
            default: break
            }
        }
        #expect(told == ["P", "auction", "T"])
        #expect(executions.during == 0 && executions.otherwise > 20)
    }

    @Test func `a stop ends the day at once, for the dark market too, and says that it is not complete`() throws {
        var lit = try venue("ALFA")
        lit.speed = 1
        var dark = VenueDescription(name: "GAMMA")
        dark.kind = .dark
        dark.reference = "ALFA"
        let notices = Notices()
        let house = try VenueHouse([dark, lit]) { notices.add($0) }
        let start = Date()
        let isComplete = try house.run { Date().timeIntervalSince(start) > 0.3 }
        #expect(!isComplete && Date().timeIntervalSince(start) < 60)
        #expect(house.servers.map(\.venue.name) == ["GAMMA", "ALFA"])
        #expect(house.servers.allSatisfy { !$0.report.isComplete })
    }

    @Test func `an address that is taken, or is none, is told by its name`() throws {
        let taken = try VenueHouse([try with(port: "127.0.0.1:0")]) { _ in }
        let endpoint = try #require(taken.servers.first?.endpoints.first?.endpoint)
        #expect(throws: SocketError.self) { _ = try VenueHouse([try with(port: "\(endpoint)")]) { _ in } }
        #expect(throws: SocketError.self) { _ = try VenueHouse([try with(port: "nowhere")]) { _ in } }
    }

    private func with(port: String) throws -> VenueDescription {
        var venue = try venue("ALFA")
        venue.doors = [VenueDoor(.ouch50, port, users: [.init("A")])]
        return venue
    }
}

private final class Notices {
    private(set) var all: [LiveNotice] = []
    func add(_ notice: LiveNotice) { all.append(notice) }
}
