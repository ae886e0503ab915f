// SPDX-License-Identifier: MIT
import Foundation
import HeliosEngine
import HeliosLive
import HeliosMarket
import HeliosResearch
import HeliosStore
import Testing

@Suite("helios paper over several venues", .serialized)
struct FloorPaperTests {
    private func number(_ answer: [String: Any], _ key: String) throws -> Int { try #require(answer[key] as? Int) }

    private func venues(_ answer: [String: Any]) throws -> [String: [String: Any]] {
        let venues = try #require(answer["venues"] as? [[String: Any]])
        #expect(venues.compactMap { $0["name"] as? String } == PaperFloor.names)
        return Dictionary(uniqueKeysWithValues: zip(PaperFloor.names, venues))
    }

    /// What the exchanges know of the session, and what the session knows of itself, are the same, for each and together.
    private func agree(
        _ told: [String: (orders: Int, shares: Int, fees: Decimal)],
        _ answer: [String: Any]
    ) throws {
        let own = try venues(answer)
        for name in PaperFloor.names {
            #expect(own[name]?["sharesTraded"] as? String == "\(told[name]?.shares ?? -1)", "\(name)")
            #expect(own[name]?["working"] as? Int == 0)
            #expect(own[name]?["feedLost"] as? Int == 0)
        }
        let all = told.values.reduce(0) { $0 + $1.shares }
        #expect(answer["sharesTraded"] as? String == "\(all)")
        // Only bought: what was traded is what is held.
        let positions = try #require(answer["positions"] as? [[String: Any]])
        #expect(positions.reduce(0) { $0 + (Int($1["shares"] as? String ?? "") ?? -1) } == all)
        let fees = told.values.reduce(Decimal(0)) { $0 + $1.fees }
        #expect(Decimal(string: try #require(answer["fees"] as? String)) == fees)
        #expect(answer["working"] as? Int == 0)
    }

    private func replays(_ floor: PaperFloor, _ answer: [String: Any]) throws {
        let replay = try CommandRun(["replay", "session", "--quiet"], in: floor.folder)
        #expect(replay.code == 0, "\(replay.errors)")
        #expect(replay.output.contains(try #require(answer["outputHash"] as? String)))
    }

    private func records(_ floor: PaperFloor) throws -> [Event] {
        let reader = JournalReader(try DirectoryDisk(floor.folder.path("session")))
        var records: [Event] = []
        while let record = try reader.next() { records.append(record.event) }
        return records
    }

    @Test(
        "parent orders are filled at more than one venue, each venue's count is the session's, and all tools read its journal",
        .timeLimit(.minutes(20)),
        arguments: [("single", false), ("three", false), ("three", true)]
    )
    func wholeDay(threads: String, fix: Bool) throws {
        let floor = try PaperFloor(speed: 1_000, fix: fix)
        let paper = try floor.paper("paper.json", threads: threads)
        // Every message of the day is heard live, none from a snapshot.
        #expect(paper.waits { floor.folder.exists("session/control.sock") })
        let (alfa, beta) = (try floor.alfa(), try floor.beta())
        for name in PaperFloor.names { #expect(try paper.waits(for: "trading at \(name)")) }
        let answer = try paper.answer()
        #expect(paper.process.terminationStatus == 0 && answer["outcome"] as? String == "finished")
        let told = try floor.accounts(alfa, beta)
        try agree(told, answer)
        #expect(told["ALFA"]?.shares ?? 0 > 0 && told["BETA"]?.shares ?? 0 > 0, "\(told)")
        // A record for every message of every feed, and none beside them.
        let feed = try #require(answer["feed"] as? [String: Any])
        #expect(try number(feed, "messages") == number(answer, "marketInputs"))
        let events = try records(floor)
        // The pool takes what it is sent, if it is sent anything: nobody else is there to trade with.
        #expect(!events.contains { $0.kind == .orderRejected })
        for place in 1...2 { #expect(events.contains { $0.kind == .orderFilled && $0.venue.id == place }) }
        try replays(floor, answer)
        for arguments in [["tca", "session"], ["report", "session", "--output", "report"]] {
            let run = try CommandRun(arguments, in: floor.folder)
            #expect(run.code == 0, "\(arguments): \(run.errors)")
        }
        let child = try #require(events.first { $0.kind == .newOrder }?.orderID)
        let route = try CommandRun(["route", "explain", "session", "\(child)"], in: floor.folder)
        #expect(route.code == 0 && route.output.contains("BETA"), "\(route.errors)\(route.output)")
    }

    @Test("a session that is killed again and again goes on with every feed at its place", .timeLimit(.minutes(20)))
    func killed() throws {
        // A day long enough for four lives, each of which reads the journal first.
        let floor = try PaperFloor(speed: 100, beta: "quirks: {disconnectEvery: 900ms}")
        let (alfa, beta) = (try floor.alfa(), try floor.beta())
        for life in 0..<3 {
            let paper = try floor.paper("paper\(life).json", threads: life == 1 ? "three" : "single")
            for name in PaperFloor.names { #expect(try paper.waits(for: "trading at \(name)")) }
            #expect(floor.market.waits(200 + Double(life) * 60))
            kill(paper.process.processIdentifier, SIGKILL)
            paper.process.waitUntilExit()
        }
        let paper = try floor.paper("paper.json")
        for name in PaperFloor.names { #expect(try paper.waits(for: "trading at \(name)")) }
        // Nobody was so far behind that books had to be built anew: each feed goes on where the journal ends.
        #expect(try !paper.text().contains("built anew"))
        #expect(floor.market.waits(400))
        paper.process.interrupt()
        let answer = try paper.answer()
        #expect(answer["outcome"] as? String == "interrupted")
        #expect(try number(answer, "epoch") == 4)
        let told = try floor.accounts(alfa, beta)
        try agree(told, answer)
        #expect(told["ALFA"]?.shares ?? 0 > 0 && told["BETA"]?.shares ?? 0 > 0, "\(told)")
        try replays(floor, answer)
    }

    @Test(
        "one exchange dies: the others trade on, nothing goes there, and it is traded at again when it is back",
        .timeLimit(.minutes(20))
    )
    func oneDies() throws {
        let floor = try PaperFloor(speed: 300)
        let alfa = try floor.alfa()
        var beta = try floor.beta()
        let paper = try floor.paper("paper.json")
        let copy = try DropCopyWatch(port: floor.base + 4)
        for name in PaperFloor.names { #expect(try paper.waits(for: "trading at \(name)")) }
        #expect(copy.waits { $0.accepted > 3 })
        kill(beta.process.processIdentifier, SIGKILL)
        beta.process.waitUntilExit()
        #expect(try paper.waits(for: "BETA is lost"))
        let before = copy.accepted
        #expect(copy.waits { $0.accepted > before + 10 }, "ALFA is not traded at any more")
        beta = try floor.beta("beta2.json")
        #expect(try paper.waits { try paper.text().components(separatedBy: "trading at BETA").count == 3 })
        #expect(try paper.text().components(separatedBy: "trading at ALFA").count == 2, "ALFA was lost too")
        paper.process.interrupt()
        let answer = try paper.answer()
        #expect(answer["outcome"] as? String == "interrupted" && answer["working"] as? Int == 0)
        copy.end()
        let told = try floor.accounts(alfa, beta)
        #expect(try venues(answer)["ALFA"]?["sharesTraded"] as? String == "\(told["ALFA"]?.shares ?? -1)")
        // From the loss on until the orders were compared anew no order was sent there.
        let events = try records(floor)
        let holds = events.indices.filter { events[$0].kind == .orderHold && events[$0].venue.id == 2 }
        #expect(holds.map { events[$0].detail } == [1, 0, 1, 0])
        if holds.count == 4 {
            let meanwhile = events[holds[2]..<holds[3]].filter { $0.kind == .newOrder }
            #expect(meanwhile.contains { $0.venue.id == 1 } && !meanwhile.contains { $0.venue.id == 2 })
        }
        try replays(floor, answer)
    }

    @Test("a journal is not gone on with when its venues stand in another order", .timeLimit(.minutes(20)))
    func venuesInAnotherOrder() throws {
        let floor = try PaperFloor(speed: 100)
        let first = try floor.paper("first.json")
        #expect(first.waits { floor.folder.exists("session/control.sock") })
        first.process.interrupt()
        first.process.waitUntilExit()
        let text = try floor.folder.text("paper.yaml")
        // The folders above a journal are made too.
        let deep = try floor.start(
            "paper",
            "paper.yaml",
            "--journal",
            "new/folder/session",
            "--json",
            output: "deep.json"
        )
        #expect(deep.waits { floor.folder.exists("new/folder/session/control.sock") })
        deep.process.interrupt()
        deep.process.waitUntilExit()
        let swapped = text.replacingOccurrences(of: "name: ALFA", with: "name: X")
            .replacingOccurrences(of: "name: BETA", with: "name: ALFA").replacingOccurrences(
                of: "name: X",
                with: "name: BETA"
            )
        #expect(swapped != text)
        try floor.folder.write(swapped, to: "paper.yaml")
        let run = try CommandRun(["paper", "paper.yaml", "--journal", "session", "--json"], in: floor.folder)
        #expect(
            run.code == 2 && run.errors.contains("over ALFA, BETA, DARK, live.venues says BETA, ALFA, DARK"),
            "\(run.errors)"
        )
    }

    @Test(
        "Ctrl-C cancels what works at every exchange before the session ends",
        .timeLimit(.minutes(20)),
        arguments: ["single", "three"]
    )
    func interrupted(threads: String) throws {
        let floor = try PaperFloor(speed: 100)
        let (alfa, beta) = (try floor.alfa(), try floor.beta())
        let session = try floor.session(threads == "single" ? .single : .three)
        let copies = try [4, 12].map { try DropCopyWatch(port: floor.base + $0) }
        #expect(copies[0].waits { _ in copies.allSatisfy { $0.open > 0 } }, "nothing rests: the test shows nothing")
        session.end()
        #expect(copies.allSatisfy { copy in copy.waits { $0.open == 0 } }, "\(copies.map(\.open))")
        for copy in copies { copy.end() }
        _ = try floor.accounts(alfa, beta)
    }

    @Test(
        "a kill reaches every exchange, also when the engine hangs",
        .timeLimit(.minutes(20)),
        arguments: [
            ("three", false), ("three", true), ("single", true),
        ]
    )
    func killReachesAll(threads: String, hangs: Bool) throws {
        let floor = try PaperFloor(speed: 100)
        let (alfa, beta) = (try floor.alfa(), try floor.beta())
        let session = try floor.session(threads == "single" ? .single : .three) { settings in
            // In three threads the watchdog would be faster than the kill that is tested here.
            if threads == "three" { settings.control.watchdog = 2_000_000_000 }
        }
        let copies = try [4, 12].map { try DropCopyWatch(port: floor.base + $0) }
        #expect(copies[0].waits { _ in copies.allSatisfy { $0.open > 0 } }, "nothing rests: the test shows nothing")
        if hangs { session.hold() }
        let answers = try session.kill()
        let names = answers.map(\.step)
        #expect(names.first == "flag" && names.last == "terminal", "\(answers.map(\.text))")
        #expect(names.contains("journalled") != hangs, "\(names)")
        #expect(names.contains("rescue") == (hangs && threads == "single"), "\(names)")
        #expect(copies.allSatisfy { copy in copy.waits { $0.open == 0 } }, "\(copies.map(\.open))")
        let before = copies.map(\.accepted)
        session.release()
        #expect(floor.market.waits(240), "the market is closed: this shows nothing")
        #expect(copies.map(\.accepted) == before && copies.allSatisfy { $0.open == 0 }, "an order came after the kill")
        #expect(copies[0].waits { _ in session.status().risk == .killed })
        session.end()
        for copy in copies { copy.end() }
        _ = try floor.accounts(alfa, beta)
    }

    @Test("a kill of one venue stops orders there and leaves the others alone", .timeLimit(.minutes(20)))
    func killOfOne() throws {
        let floor = try PaperFloor(speed: 100)
        let (alfa, beta) = (try floor.alfa(), try floor.beta())
        let session = try floor.session(.single)
        let copies = try [4, 12].map { try DropCopyWatch(port: floor.base + $0) }
        #expect(copies[0].waits { _ in copies.allSatisfy { $0.open > 0 } }, "nothing rests: the test shows nothing")
        let answers = try session.kill(KillOrder(scope: "venue:BETA", reason: "a test", person: "tester"))
        #expect(answers.last?.step == "terminal", "\(answers.map(\.text))")
        #expect(copies[1].waits { $0.open == 0 })
        let before = copies.map(\.accepted)
        #expect(copies[0].waits { $0.accepted > before[0] + 3 }, "ALFA is not traded at any more")
        #expect(copies[1].accepted == before[1] && copies[1].open == 0)
        session.end()
        for copy in copies { copy.end() }
        _ = try floor.accounts(alfa, beta)
    }
}
