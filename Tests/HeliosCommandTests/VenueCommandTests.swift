// SPDX-License-Identifier: MIT
import Foundation
import Testing

private let python = "/usr/bin/python3"
private let hasPython = FileManager.default.isExecutableFile(atPath: python)

/// A program that writes into a file until it ends.
final class Running {
    let process = Process()
    private let output: String

    /// `environment` is what the program has beside this one's.
    init(
        _ program: String,
        _ arguments: [String],
        in folder: Folder,
        environment: [String: String] = [:],
        output name: String
    ) throws {
        output = folder.path(name)
        _ = FileManager.default.createFile(atPath: output, contents: nil)
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.currentDirectoryURL = folder.url
        if !environment.isEmpty {
            process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        }
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: output))
        process.standardOutput = file
        process.standardError = name.hasSuffix(".json") ? FileHandle.nullDevice : file
        process.standardInput = FileHandle.nullDevice
        try process.run()
    }

    deinit { if process.isRunning { process.terminate() } }

    func text() throws -> String { try String(contentsOfFile: output, encoding: .utf8) }

    /// Waits until `word` was said.
    func waits(for word: String) throws -> Bool { try waits { try text().contains(word) } }

    /// Waits for `condition`, five minutes at most; false also when the program ends without it.
    func waits(_ condition: () throws -> Bool) rethrows -> Bool {
        for _ in 0..<30_000 {
            let isRunning = process.isRunning
            if try condition() { return true }
            if !isRunning { break }
            Thread.sleep(forTimeInterval: 0.01)
        }
        return false
    }

    /// The last line's JSON object, after the end.
    func answer() throws -> [String: Any] {
        process.waitUntilExit()
        let last = try #require(text().split(separator: "\n").last.map(String.init))
        return try #require(try JSONSerialization.jsonObject(with: Data(last.utf8)) as? [String: Any])
    }
}

@Suite("helios venue")
struct VenueCommandTests {
    private static let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Scripts/exchange-client.py").path

    private func venues(_ answer: [String: Any]) throws -> [[String: Any]] {
        try #require(answer["venues"] as? [[String: Any]])
    }

    private func fees(_ venue: [String: Any]) throws -> String {
        let accounts = try #require(venue["accounts"] as? [[String: Any]])
        return try #require(accounts.first?["fees"] as? String)
    }

    /// Shares by liquidity as the client counted them, at the venue's fees in 1e-4 dollars.
    private func owed(_ client: [String: Any], maker: Int, taker: Int) throws -> Double {
        let shares = try #require(client["shares"] as? [String: Int])
        let made = (shares["A"] ?? 0) + (shares["J"] ?? 0)
        return Double(made * maker + (shares["R"] ?? 0) * taker) * 1e-4
    }

    @Test(
        "two venues with symbols, fees, latencies and faults of their own trade with two foreign clients whose books are sound",
        .enabled(if: hasPython, "needs python3"),
        .timeLimit(.minutes(20))
    )
    func twoVenues() throws {
        let folder = try Folder()
        let base = FreePorts.base(of: 8)
        try folder.write(
            """
            venues:
              - name: ALFA
                speed: 6000
                agents: {symbols: 20, messages: 100_000, seed: 5}
                fees: {maker: -0.0020, taker: 0.0030}
                feed:
                  lines:
                    - {to: 127.0.0.1:\(base), loss: 5%, duplication: 2%, reordering: 3%}
                    - {to: 127.0.0.1:\(base + 1), loss: 5%, skew: 2ms}
                  requests: \(base + 2)
                ports: [{listen: \(base + 3)}]
                quirks: {disconnectEvery: 800ms, stallEvery: 1s, stallLength: 30ms, reject: 5%}
              - name: BETA
                speed: 6000
                symbols: SYMBOLS
                agents: {symbols: 20, messages: 100_000, seed: 5, flow: 6}
                fees: {maker: 0.0010, taker: -0.0005}
                latency: {order: 15ms, report: 25ms}
                feed: {lines: [127.0.0.1:\(base + 4)], requests: \(base + 5)}
                ports: [{listen: \(base + 6)}]
            """,
            to: "venues.yaml"
        )
        // Its symbols are those of any market of twenty.
        let names = try symbols(of: folder)
        try folder.write(
            folder.text("venues.yaml").replacingOccurrences(
                of: "SYMBOLS",
                with: "[\(names.joined(separator: ", "))]"
            ),
            to: "venues.yaml"
        )
        // The clients first: they wait for the exchange, and hear the feed from its first message.
        func client(_ name: String, _ ports: [Int]) throws -> Running {
            try Running(python, [Self.script] + ports.map(String.init), in: folder, output: name)
        }
        let alfa = try client("alfa.out", [base + 3, base, base + 2, base + 1])
        let beta = try client("beta.out", [base + 6, base + 4, base + 5])
        Thread.sleep(forTimeInterval: 0.5)
        let path = try #require(Program.path)
        let venue = try Running(path, ["venue", "venues.yaml", "--json"], in: folder, output: "venue.json")
        let (first, second) = (try alfa.answer(), try beta.answer())
        let report = try venues(venue.answer())
        let words = (try alfa.text(), try beta.text())
        #expect(alfa.process.terminationStatus == 0, "\(words.0)")
        #expect(beta.process.terminationStatus == 0, "\(words.1)")
        #expect(venue.process.terminationStatus == 0)
        #expect(first["messages"] as? Int == report[0]["messages"] as? Int)
        #expect(second["messages"] as? Int == report[1]["messages"] as? Int)
        #expect((first["symbols"] as? [String])?.count == 20)
        #expect(second["symbols"] as? [String] == names)
        #expect(first["session"] as? String != second["session"] as? String)
        // What was injected happened, and was counted.
        let lines = try #require(report[0]["lines"] as? [[String: Any]])
        for key in ["lost", "duplicated", "reordered"] { #expect(lines[0][key] as? Int ?? 0 > 0) }
        #expect(lines[1]["lost"] as? Int ?? 0 > 0 && lines[1]["duplicated"] as? Int == 0)
        #expect(first["requests"] as? Int ?? 0 > 0 && report[0]["requestsAnswered"] as? Int ?? 0 > 0)
        #expect(report[0]["disconnects"] as? Int ?? 0 > 0)
        #expect(first["reconnects"] as? Int == report[0]["disconnects"] as? Int)
        #expect(report[0]["stalls"] as? Int ?? 0 > 0 && report[0]["rejects"] as? Int ?? 0 > 0)
        #expect(second["reconnects"] as? Int == 0 && report[1]["disconnects"] as? Int == 0)
        // Orders and reports take their time, and only there.
        #expect(try #require(second["rtt"] as? Double) >= 0.040)
        #expect(try #require(first["rtt"] as? Double) < 0.040)
        // Each venue's fees are its own, exact, and what the client finds.
        let told = try report.map { try #require(Double(try fees($0))) }
        let found = (try owed(first, maker: -20, taker: 30), try owed(second, maker: 10, taker: -5))
        #expect(abs(told[0] - found.0) < 1e-9 && abs(told[1] - found.1) < 1e-9)
    }

    private func symbols(of folder: Folder) throws -> [String] {
        let arguments = ["generate", "twenty.itch50", "--symbols", "20", "--messages", "2000", "--quiet", "--json"]
        _ = try CommandRun(arguments, in: folder)
        let table = try folder.text("twenty.itch50.pairs.csv")
        let names = table.split(separator: "\n").dropFirst().flatMap { $0.split(separator: ",").map(String.init) }
        return Array(Set(names).sorted().prefix(6))
    }

    @Test(
        "two foreign clients meet in the dark at the middle of the lit market's quote",
        .enabled(if: hasPython, "needs python3"),
        .timeLimit(.minutes(20))
    )
    func dark() throws {
        let folder = try Folder()
        let base = FreePorts.base(of: 8)
        try folder.write(
            """
            venues:
              - name: LIT
                speed: 100
                agents: {symbols: 4, messages: 20_000, seed: 5}
                hours: {start: "09:31"}
                ports: [{listen: \(base), protocol: snapshot, users: [ONE]}]
              - name: DARK
                kind: dark
                reference: LIT
                ports:
                  - {listen: \(base + 1), users: [ONE, {name: TWO, passwordVariable: TWO_PASSWORD}]}
                  - {listen: \(base + 2), protocol: drop-copy, users: [COPY]}
            """,
            to: "dark.yaml"
        )
        try folder.write(DarkClients.text, to: "clients.py")
        let path = try #require(Program.path)
        let venue = try Running(
            path,
            ["venue", "dark.yaml", "--json"],
            in: folder,
            environment: ["TWO_PASSWORD": "hush"],
            output: "venue.json"
        )
        #expect(try venue.waits(for: "DARK: drop-copy"))
        let clients = try Running(python, ["clients.py", "\(base)"], in: folder, output: "clients.out")
        let found = try clients.answer()
        let words = try clients.text()
        #expect(clients.process.terminationStatus == 0, "\(words)")
        venue.process.terminate()
        let report = try venues(venue.answer())
        #expect(venue.process.terminationStatus == 130)
        #expect(report.allSatisfy { $0["complete"] as? Bool == false })
        #expect(found["refused"] as? String == "A", "a wrong password must not be let in")
        let (bid, ask) = (try #require(found["bid"] as? Int), try #require(found["ask"] as? Int))
        #expect(bid > 0 && ask > bid)
        let price = try #require(found["price"] as? Int)
        // The market moves between the snapshot and the trade.
        #expect(abs(price - (bid + ask) / 2) < bid / 50)
        #expect(found["shares"] as? [Int] == [100, 100])
        #expect(found["displayed"] as? String == "J", "a displayed order must be refused in the dark")
        #expect(report[1]["fills"] as? Int == 2 && report[1]["kind"] as? String == "dark")
        #expect(found["copied"] as? Int == 2)
    }

    @Test("a venue says everything that is wrong with its configuration and with its flags")
    func errors() throws {
        let folder = try Folder()
        try folder.write("venues:\n  - nam: ALFA\n    speed: fast\n", to: "bad.yaml")
        let bad = try CommandRun(["venue", "bad.yaml"], in: folder)
        #expect(bad.code == 2)
        #expect(bad.errors.contains("bad.yaml:2:5: venues[0].nam: unknown key; did you mean 'name'?"))
        #expect(bad.errors.contains("venues[0].name: missing") && bad.errors.contains("3:12: venues[0].speed"))
        #expect(try CommandRun(["config", "check", "bad.yaml"], in: folder).code == 1)
        try folder.write("venues: [{name: A, recorded: {file: none.itch50, date: 2026-01-05}}]\n", to: "data.yaml")
        #expect(try CommandRun(["venue", "data.yaml"], in: folder).code == 3)
        #expect(try CommandRun(["venue", "data.yaml", "--ouch", "0"], in: folder).code == 2)
        #expect(try CommandRun(["venue", "data.yaml", "--ouch", "0", "--listen", "0"], in: folder).code == 2)
        try folder.write("venues: [{name: A, ports: [{listen: \"203.0.113.1:7\"}]}]\n", to: "far.yaml")
        #expect(try CommandRun(["venue", "far.yaml"], in: folder).code == 5)
        #expect(try CommandRun(["config", "explain", "--venue", "latency.order"], in: folder).code == 0)
        #expect(
            try CommandRun(["config", "schema", "--venue"], in: folder).object()["title"] as? String == "Helios venues"
        )
    }

    @Test("a venue of agents plays its day as fast as it can, the same every time")
    func wholeDay() throws {
        let folder = try Folder()
        try folder.write("venues: [{name: A, speed: max, agents: {symbols: 10, messages: 20_000}}]\n", to: "day.yaml")
        let runs = try (0..<2).map { _ in try CommandRun(["venue", "day.yaml", "--json"], in: folder) }
        let reports = try runs.map { run in
            let last = try #require(run.output.split(separator: "\n").last)
            let object = try JSONSerialization.jsonObject(with: Data(last.utf8))
            let answer = try #require(object as? [String: Any])
            return try #require(try venues(answer).first)
        }
        #expect(runs.allSatisfy { $0.code == 0 })
        #expect(reports[0]["fingerprint"] as? String == reports[1]["fingerprint"] as? String)
        #expect(reports[0]["sessions"] as? [String] != reports[1]["sessions"] as? [String])
        #expect(reports[0]["messages"] as? Int ?? 0 > 15_000)
    }
}

/// Two participants and a drop copy, written from the protocols alone.
private enum DarkClients {
    static let text = #"""
        import json, socket, struct, sys, time
        base = int(sys.argv[1])
        class Soup:
            def __init__(self, port, user, password=b""):
                self.s = socket.create_connection(("127.0.0.1", port)); self.s.settimeout(0.05); self.buf = b""; self.said = []
                self.first = None; self.over = False
                self.s.sendall(struct.pack(">Hc", 47, b"L") + user.ljust(6) + password.ljust(10) + b" " * 10 + b"1".rjust(20))
            def hear(self, isEnough, seconds=120):
                # A machine that has much else to do takes its time.
                until = time.time() + seconds
                while time.time() < until and not self.over and not isEnough():
                    try: d = self.s.recv(65536)
                    except socket.timeout: continue
                    if not d: self.over = True
                    self.buf += d
                    while len(self.buf) >= 2:
                        n, = struct.unpack(">H", self.buf[:2])
                        if len(self.buf) < 2 + n: break
                        t, body = self.buf[2:3], self.buf[3:2 + n]; self.buf = self.buf[2 + n:]
                        if t in b"AJ": self.first = t + body
                        if t == b"S": self.said.append(body)
                        if t == b"Z": self.over = True
            def order(self, ref, side, symbol, options, display=b"N"):
                m = b"O" + struct.pack(">IcI8sQ", ref, side, 100, symbol, 1000000 if display == b"Y" else 0)
                m += b"0" + display + b"PNN" + b"T".ljust(14) + struct.pack(">H", len(options)) + options
                self.s.sendall(struct.pack(">Hc", 1 + len(m), b"U") + m)
        def count(c, kinds): return sum(m[:1] in kinds for m in c.said)
        best, symbol = {}, None
        for attempt in range(100):
            snapshot = Soup(base, b"ONE"); snapshot.hear(lambda: False); best = {}
            for m in snapshot.said:
                if m[:1] == b"A":
                    side, sh, name, price = struct.unpack(">cI8sI", m[19:36]); b = best.setdefault(name, [0, 1 << 40])
                    b[0] = max(b[0], price) if side == b"B" else b[0]; b[1] = min(b[1], price) if side == b"S" else b[1]
            good = sorted(n for n, b in best.items() if 0 < b[0] < b[1] < (1 << 40))
            if good: symbol = good[0]; break
            time.sleep(0.05)
        wrong = Soup(base + 1, b"TWO", b"loud"); wrong.hear(lambda: wrong.first)
        copy = Soup(base + 2, b"COPY"); one = Soup(base + 1, b"ONE"); two = Soup(base + 1, b"TWO", b"hush")
        for c in (copy, one, two): c.hear(lambda: c.first)
        peg = bytes([2, 6]) + b"M"
        one.order(1, b"B", symbol, b"", b"Y"); one.hear(lambda: count(one, b"AJ"))
        displayed = [m for m in one.said if m[:1] in b"AJ"][-1][:1].decode()
        two.order(1, b"S", symbol, peg); one.order(2, b"B", symbol, peg)
        for c, number in ((one, 1), (two, 1), (copy, 2)): c.hear(lambda: count(c, b"E") >= number)
        # Nothing comes behind it.
        for c in (one, two, copy): c.hear(lambda: False, 0.2)
        fills = [m for c in (one, two) for m in c.said if m[:1] == b"E"]
        print([m for c in (one, two) for m in c.said])
        print(json.dumps({"refused": wrong.first[1:2].decode(), "bid": best[symbol][0], "ask": best[symbol][1], "displayed": displayed,
            "price": struct.unpack(">Q", fills[0][17:25])[0], "shares": [struct.unpack(">I", m[13:17])[0] for m in fills],
            "copied": sum(m[:1] == b"E" for m in copy.said)}))
        """#
}
