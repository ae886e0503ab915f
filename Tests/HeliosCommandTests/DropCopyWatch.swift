// SPDX-License-Identifier: MIT
import Foundation
import HeliosMarket
import HeliosWire
import Testing

/// What a venue says happens to everybody's orders, heard on a connection of its own: the truth that a kill is held against.
final class DropCopyWatch: @unchecked Sendable {
    private let lock = NSLock()
    /// By the venue's number, which another order's number takes over when one is replaced.
    private var openShares: [UInt64: UInt32] = [:]
    private var taken = 0
    private var gone = 0
    private var held: [Symbol: Int] = [:]
    private var isEnding = false
    private let ended = DispatchSemaphore(value: 0)

    /// Connects to the drop copy at `port`, as soon as the venue is there.
    init(port: Int) throws {
        var descriptor: Int32 = -1
        for _ in 0..<6_000 where descriptor < 0 {
            descriptor = DropCopyWatch.connected(port)
            if descriptor < 0 { Thread.sleep(forTimeInterval: 0.05) }
        }
        try #require(descriptor >= 0, "the venue does not listen")
        let user = try #require(SoupText("COPY"))
        let made = descriptor
        Thread { [self] in listen(made, user) }.start()
    }

    private static func connected(_ port: Int) -> Int32 {
        let made = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        _ = fcntl(made, F_SETFD, FD_CLOEXEC)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(made, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if result == 0 { return made }
        close(made)
        return -1
    }

    private func listen(_ descriptor: Int32, _ user: SoupText) {
        var reader = DropCopyReader(user: user, password: .blank)
        var output = WireOutput(capacity: 1 << 12)
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        func now() -> Timestamp { Timestamp(nanoseconds: Int64(DispatchTime.now().uptimeNanoseconds)) }
        reader.connected(at: now(), into: &output)
        while !lock.withLock({ isEnding }) {
            let waiting = output.bytes.unsafeBuffer
            if waiting.count > 0 {
                output.drop(send(descriptor, waiting.baseAddress, waiting.count, Int32(MSG_NOSIGNAL)))
            }
            var interest = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            poll(&interest, 1, 50)
            let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            if count == 0 { break }
            if count > 0 {
                buffer[..<count].withUnsafeBytes { raw in
                    var chunk = WireBytes(raw)
                    while let event = reader.next(&chunk, at: now()) {
                        if case .message(_, let message) = event { take(message) }
                    }
                }
            }
            _ = reader.tick(at: now(), into: &output)
        }
        close(descriptor)
        ended.signal()
    }

    private func take(_ message: DropCopyMessage) {
        lock.withLock {
            switch message.kind {
            case .accepted, .replaced:
                taken += 1
                openShares[message.previous] = nil
                openShares[message.reference] = message.detail == 0x4C ? message.open : 0
            case .restated:
                openShares[message.previous] = nil
                openShares[message.reference] = message.open
            case .executed, .cancelled, .modified:
                openShares[message.reference] = message.open
                if message.kind == .executed {
                    let shares = Int(message.quantity)
                    held[message.symbol, default: 0] += message.side == OuchCode(OuchSide.buy) ? shares : -shares
                }
                if message.kind == .cancelled { gone += 1 }
            default: break
            }
        }
    }

    func end() {
        lock.withLock { isEnding = true }
        ended.wait()
    }

    /// Orders that the venue has taken so far.
    var accepted: Int { lock.withLock { taken } }
    /// Shares that the executions leave, bought less sold, where that is not nothing.
    var positions: [String: Int] {
        lock.withLock {
            var named: [String: Int] = [:]
            for (symbol, shares) in held where shares != 0 { named[symbol.description] = shares }
            return named
        }
    }
    /// Cancels that the venue has obeyed so far.
    var cancelled: Int { lock.withLock { gone } }
    /// Orders that may still trade there.
    var open: Int { lock.withLock { openShares.values.count { $0 > 0 } } }

    /// Waits for `condition`, five minutes at most: a machine that has much else to do takes its time.
    func waits(_ condition: (DropCopyWatch) throws -> Bool) rethrows -> Bool {
        for _ in 0..<30_000 {
            if try condition(self) { return true }
            Thread.sleep(forTimeInterval: 0.01)
        }
        return false
    }
}

/// A simulated exchange with a drop copy, and the configuration of a session that trades there, as files in a folder.
final class KillFloor {
    let folder: Folder
    let base = FreePorts.base(of: 6)
    /// Whether the market is open, from a second line of its feed.
    let market: FeedWatch
    let symbols: [String]
    let speed: Int

    init(speed: Int = 100, live: String = "", symbols count: Int = 6, limits: String? = nil) throws {
        self.speed = speed
        folder = try Folder()
        market = try FeedWatch()
        if let limits { try folder.write(limits, to: "limits.yaml") }
        let made = try CommandRun(
            ["generate", "day.itch50", "--symbols", "20", "--messages", "100000", "--seed", "5", "--quiet"],
            in: folder
        )
        try #require(made.code == 0)
        let pairs = try folder.text("day.itch50.pairs.csv").split(separator: "\n").dropFirst()
        symbols = Array(Set(pairs.flatMap { $0.split(separator: ",").map(String.init) }).sorted().prefix(count))
        try folder.write(
            """
            venues:
              - name: ALFA
                speed: \(speed)
                agents: {symbols: 20, messages: 100_000, seed: 5}
                feed:
                  lines:
                    - {to: 127.0.0.1:\(base)}
                    - {to: 127.0.0.1:\(market.port)}
                  requests: \(base + 2)
                ports:
                  - {listen: \(base + 3), users: [HELIOS]}
                  - {listen: \(base + 4), protocol: snapshot, users: [HELIOS]}
                  - {listen: \(base + 5), protocol: drop-copy, users: [COPY]}
            """,
            to: "venue.yaml"
        )
        try folder.write(
            """
            title: Test
            account: {cash: 1000000}
            risk: \(limits == nil ? "{staleAfter: 60s, quoteAge: 60s}" : "{limits: limits.yaml}")
            strategies:
            \(symbols.map { "  - {name: queue-imbalance, symbol: \($0), enter: 0.2}" }.joined(separator: "\n"))
            live:
              feed: 127.0.0.1:\(base)
              requests: 127.0.0.1:\(base + 2)
              snapshots: 127.0.0.1:\(base + 4)
              orders: 127.0.0.1:\(base + 3)
              day: 2026-01-05
              speed: \(speed)
              rate: 100000
              burst: 10000
              \(live)
            """,
            to: "paper.yaml"
        )
    }

    deinit { market.end() }

    /// Nothing works at the venue, and for minutes of a market that is open nothing new comes.
    func isDead(_ copy: DropCopyWatch, _ location: SourceLocation = #_sourceLocation) {
        #expect(copy.waits { $0.open == 0 }, "\(copy.open) orders work still", sourceLocation: location)
        // What was on its way arrives.
        #expect(market.waits(60), "the market is closed: this shows nothing", sourceLocation: location)
        let before = copy.accepted
        #expect(market.waits(240), "the market is closed: this shows nothing", sourceLocation: location)
        #expect(copy.accepted == before && copy.open == 0, "an order came after the kill", sourceLocation: location)
    }

    func start(_ arguments: String..., output: String) throws -> Running {
        try Running(try #require(Program.path), arguments, in: folder, output: output)
    }

    func venue() throws -> (Running, DropCopyWatch) {
        let venue = try start("venue", "venue.yaml", "--json", output: "venue.json")
        return (venue, try DropCopyWatch(port: base + 5))
    }
}
