// SPDX-License-Identifier: MIT
import CProbe
import Foundation
import HeliosLive
import HeliosMarket
import HeliosWire
import Synchronization
import Testing

/// A generator of our own: a test's faults follow from its seed.
private struct Dice {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }

    mutating func happens(_ perCent: Int) -> Bool { next() % 100 < UInt64(perCent) }
}

/// What a line does to its packets, in per cent; `skew` rounds later than the other line.
private struct Faults {
    var loss = 0
    var duplicates = 0
    var reordered = 0
    var skew = 0
}

/// Stands between publisher and receiver on real sockets and harms each line in its own way.
private final class Relay {
    private let input: UDPReceiver
    private var outputs: [UDPPublisher] = []
    private let faults: [Faults]
    private var dice: Dice
    /// Packets on their way: when, on which line.
    private var waiting: [(round: Int, line: Int, bytes: [UInt8])] = []
    private var round = 0
    private(set) var lost = 0

    init(_ faults: [Faults], seed: UInt64) throws {
        input = try UDPReceiver(UDPSource(Endpoint(port: 0)))
        self.faults = faults
        dice = Dice(seed)
    }

    func connect(to lines: [Endpoint]) throws {
        outputs = try lines.map { try UDPPublisher([UDPDestination($0)]) }
    }

    var endpoint: Endpoint { input.endpoint }

    /// Takes what came and sends what is due.
    func step() {
        round += 1
        while true {
            let count = input.receive()
            if count == 0 { break }
            for index in 0..<count { take(Array(input.datagram(index))) }
        }
        for packet in waiting where packet.round <= round { send(packet.bytes, on: packet.line) }
        waiting.removeAll { $0.round <= round }
    }

    private func take(_ bytes: [UInt8]) {
        for line in outputs.indices {
            if dice.happens(faults[line].loss) {
                lost += 1
                continue
            }
            let late = dice.happens(faults[line].reordered) ? 1 + Int(dice.next() % 5) : 0
            waiting.append((round + faults[line].skew + late, line, bytes))
            if dice.happens(faults[line].duplicates) {
                waiting.append((round + faults[line].skew + Int(dice.next() % 7), line, bytes))
            }
        }
    }

    private func send(_ bytes: [UInt8], on line: Int) {
        outputs[line].add { room in
            room.copyBytes(from: bytes)
            return bytes.count
        }
        outputs[line].flush()
    }
}

private let millisecond: Nanoseconds = 1_000_000

/// The real clock.
private func steadyNow() -> Nanoseconds { Nanoseconds(DispatchTime.now().uptimeNanoseconds) }

private func session() throws -> MoldSession { try #require(MoldSession("TEST000001")) }

/// Message number `number`, of a length that varies.
private func message(_ number: UInt64) -> [UInt8] {
    Array("message \(number) ".utf8) + [UInt8](repeating: UInt8(number % 251), count: Int(number % 90))
}

private func number(_ bytes: WireBytes) -> UInt64? {
    let text = String(decoding: bytes.unsafeBuffer, as: UTF8.self)
    return text.split(separator: " ").dropFirst().first.flatMap { UInt64($0) }
}

/// A local endpoint that nobody listens at.
private func silentEndpoint() throws -> Endpoint { try UDPReceiver(UDPSource(Endpoint(port: 0))).endpoint }

private func impatient(_ settings: inout FeedSettings) {
    settings.requests.patience = 8 * millisecond
    settings.requests.timeout = 10 * millisecond
    settings.requests.timeoutMax = 40 * millisecond
    settings.requests.attemptsMax = 4
}

/// A run of a feed through a relay: what was delivered, and what was said to be lost.
private struct FeedRun {
    var delivered: [UInt64] = []
    var lost: [Range<UInt64>] = []
    /// Messages whose bytes were not those published.
    var wrong = 0
    var isWhole = false
    var gap: Range<UInt64>?
    var isComplete = false
    var requests = (sent: 0, unanswered: 0)
    var relayLost = 0
    var health: [FeedLineHealth] = []

    /// Publishes `count` messages over lines with `faults`; the clock goes on by a millisecond a round, at most `rounds` after
    /// the end.
    init(
        _ count: UInt64,
        _ faults: [Faults],
        seed: UInt64,
        hasServer: Bool = true,
        deadServers: Int = 0,
        rounds: Int = 2_000
    ) throws {
        let relay = try Relay(faults, seed: seed)
        var publisher = try MoldPublisher(
            try session(),
            to: [UDPDestination(relay.endpoint)],
            requestsAt: Endpoint(port: 0),
            heartbeat: 50 * millisecond
        )
        var settings = FeedSettings(lines: faults.map { _ in UDPSource(Endpoint(port: 0)) })
        impatient(&settings)
        settings.servers = try (0..<deadServers).map { _ in try silentEndpoint() }
        if hasServer, let server = publisher.requestEndpoint { settings.servers.append(server) }
        var receiver = try FeedReceiver(settings)
        try relay.connect(to: receiver.receivers.map(\.endpoint))

        var dice = Dice(seed &+ 99)
        var published: UInt64 = 0
        var round = 0
        var quiet = 0
        while quiet < rounds, !receiver.isComplete {
            round += 1
            let now = Nanoseconds(round) * millisecond
            for _ in 0..<(dice.next() % 12) where published < count {
                published += 1
                _ = message(published).withUnsafeBytes { publisher.publish($0, at: now) }
            }
            publisher.flush(at: now)
            if published == count {
                if quiet == 0 { publisher.end(at: now) }
                quiet += 1
            }
            publisher.step(at: now)
            relay.step()
            take(&receiver, at: now)
        }
        isWhole = receiver.isWhole
        gap = receiver.gap
        isComplete = receiver.isComplete
        requests = receiver.requests
        relayLost = relay.lost
        health = receiver.health
    }

    private mutating func take(_ receiver: inout FeedReceiver, at now: Nanoseconds) {
        var delivered: [UInt64] = []
        var wrong = 0
        let progress = receiver.poll(at: now) { bytes, _ in
            guard let number = number(bytes), bytes.unsafeBuffer.elementsEqual(message(number)) else {
                wrong += 1
                return
            }
            delivered.append(number)
        }
        self.delivered += delivered
        self.wrong += wrong
        #expect(progress.messages == delivered.count + wrong)
        if let lost = progress.lost { self.lost.append(lost) }
    }
}

@Suite("Feed over real sockets")
struct FeedReceiverTests {
    private static let seeds: [UInt64] = [1, 2, 3, 4]

    @Test("two clean lines: each message once and in order, nothing asked for", arguments: seeds)
    func clean(_ seed: UInt64) throws {
        let run = try FeedRun(2_000, [Faults(), Faults()], seed: seed)
        #expect(run.delivered == Array(1...2_000))
        #expect(run.wrong == 0 && run.isWhole && run.isComplete)
        #expect(run.requests.sent == 0)
        #expect(run.health[0].packets > 0 && run.health[0].packets == run.health[1].packets)
        #expect(run.health[1].firsts == 0)
    }

    @Test("loss, duplicates, reordering and a late line B: the same messages come out, in order", arguments: seeds)
    func harmed(_ seed: UInt64) throws {
        let a = Faults(loss: 20, duplicates: 15, reordered: 30)
        let b = Faults(loss: 20, duplicates: 15, reordered: 30, skew: 3)
        let run = try FeedRun(2_000, [a, b], seed: seed)
        #expect(run.relayLost > 20)
        #expect(run.delivered == Array(1...2_000))
        #expect(run.wrong == 0 && run.lost.isEmpty && run.isWhole && run.isComplete)
        // Both copies of some packet were lost.
        #expect(run.requests.sent > 0)
        #expect(run.health[0].firsts > 0 && run.health[1].firsts > 0)
    }

    @Test("one line may lose everything while the other lives")
    func oneLine() throws {
        let run = try FeedRun(1_000, [Faults(loss: 100), Faults(reordered: 20)], seed: 5)
        #expect(run.delivered == Array(1...1_000))
        #expect(run.isWhole)
        #expect(run.health[0].packets == 0)
        #expect(run.requests.sent == 0)
    }

    @Test("a server that does not answer is followed by one that does")
    func secondServer() throws {
        let lossy = Faults(loss: 25)
        let run = try FeedRun(600, [lossy, lossy], seed: 6, deadServers: 1)
        #expect(run.delivered == Array(1...600))
        #expect(run.isWhole && run.lost.isEmpty)
        #expect(run.requests.unanswered > 0)
    }

    @Test("what no server has is reported as lost, exactly, and the stream is never called whole again")
    func unrepaired() throws {
        let lossy = Faults(loss: 15)
        let run = try FeedRun(600, [lossy, lossy], seed: 7, hasServer: false, deadServers: 2, rounds: 6_000)
        #expect(!run.isWhole)
        #expect(!run.lost.isEmpty)
        let missing = Set(1...UInt64(600)).subtracting(run.delivered)
        let reported = run.lost.flatMap { Array($0) }
        #expect(missing.isSuperset(of: reported) && !reported.isEmpty)
        #expect(run.gap == nil && missing == Set(reported))
        #expect(run.delivered == run.delivered.sorted() && Set(run.delivered).count == run.delivered.count)
    }

    @Test("without servers a hole is known at once, and given up only when patience is over")
    func noServers() throws {
        var receiver = try FeedReceiver(FeedSettings(lines: [UDPSource(Endpoint(port: 0))]))
        let line = try UDPPublisher([UDPDestination(receiver.receivers[0].endpoint)])
        let header = MoldHeader(session: try session(), sequence: 11, count: 0)
        line.add { room in
            header.write(to: room)
            return MoldHeader.length
        }
        line.flush()
        receiver.wait(at: 0, timeout: 60_000 * millisecond)
        let progress = receiver.poll(at: 0) { _, _ in }
        let gap = receiver.gap
        let isWhole = receiver.isWhole
        #expect(progress.datagrams == 1 && progress.messages == 0 && progress.lost == nil)
        #expect(gap == 1..<11)
        #expect(!isWhole)
    }

    @Test("multicast on the loopback interface: both groups arrive, with the kernel's receive times")
    func multicast() throws {
        let ports = try (silentEndpoint().port, silentEndpoint().port)
        let groups = [Endpoint(host: "239.255.77.1", port: ports.0), Endpoint(host: "239.255.77.2", port: ports.1)]
        var receiver = try FeedReceiver(
            FeedSettings(lines: groups.map { UDPSource($0, interface: "127.0.0.1") })
        )
        var publisher = try MoldPublisher(
            try session(),
            to: groups.map { UDPDestination($0, interface: "127.0.0.1") }
        )
        let before = Date().timeIntervalSince1970
        for number in 1...UInt64(100) {
            let isIn = message(number).withUnsafeBytes { publisher.publish($0, at: 0) }
            #expect(isIn)
        }
        publisher.flush(at: 0)
        var numbers: [UInt64] = []
        var times: [Timestamp?] = []
        for round in 0..<200 where numbers.count < 100 {
            receiver.wait(at: Nanoseconds(round), timeout: 10 * millisecond)
            _ = receiver.poll(at: Nanoseconds(round)) { bytes, time in
                if let number = number(bytes) { numbers.append(number) }
                times.append(time)
            }
        }
        let after = Date().timeIntervalSince1970
        let health = receiver.health
        #expect(numbers == Array(1...100))
        #expect(health.allSatisfy { $0.packets == health[0].packets && $0.packets > 1 })
        #if os(Linux)
        for time in times {
            let seconds = Double(try #require(time).nanoseconds) * 1e-9
            #expect(seconds > before - 0.01 && seconds < after + 0.01)
        }
        #endif
    }

    @Test("datagrams that are no packets, or too long, are counted and harm nothing")
    func malformed() throws {
        var receiver = try FeedReceiver(FeedSettings(lines: [UDPSource(Endpoint(port: 0))]))
        let line = try UDPPublisher([UDPDestination(receiver.receivers[0].endpoint)], datagramMax: 5_000)
        var dice = Dice(3)
        for size in [0, 1, 19, 20, 21, 100, 2_047, 2_048, 2_049, 5_000] {
            line.add { room in
                for index in 0..<size { room[index] = UInt8(truncatingIfNeeded: dice.next()) }
                return size
            }
        }
        line.flush()
        var messages = 0
        let progress = receiver.poll(at: 0) { _, _ in messages += 1 }
        let diagnostics = receiver.diagnostics
        let health = receiver.health[0]
        #expect(progress.datagrams == 10)
        #expect(messages == 0)
        // Twenty random bytes are a header: of a heartbeat or of messages that are not there.
        #expect(diagnostics.malformed >= 8)
        #expect(health.truncated == 2)
        #expect(health.packets == 10)
    }

    @Test(
        "datagrams that a full socket lost are counted by the kernel, and the server brings them back",
        .enabled(if: isLinux)
    )
    func kernelDrops() throws {
        var source = UDPSource(Endpoint(port: 0))
        source.buffer = 1
        var settings = FeedSettings(lines: [source])
        impatient(&settings)
        let relay = try Relay([Faults()], seed: 1)
        var publisher = try MoldPublisher(
            try session(),
            to: [UDPDestination(relay.endpoint)],
            requestsAt: Endpoint(port: 0),
            heartbeat: millisecond
        )
        let server = publisher.requestEndpoint
        settings.servers = [try #require(server)]
        var receiver = try FeedReceiver(settings)
        try relay.connect(to: receiver.receivers.map(\.endpoint))
        for number in 1...UInt64(2_000) { _ = message(number).withUnsafeBytes { publisher.publish($0, at: 0) } }
        publisher.flush(at: 0)
        relay.step()
        var numbers: [UInt64] = []
        for round in 1..<3_000 where numbers.count < 2_000 {
            let now = Nanoseconds(round) * millisecond
            publisher.step(at: now)
            relay.step()
            _ = receiver.poll(at: now) { bytes, _ in if let number = number(bytes) { numbers.append(number) } }
        }
        let health = receiver.health[0]
        #expect(numbers == Array(1...2_000))
        #expect(health.kernelDrops > 10)
    }

    @Test("receiving allocates nothing, also while a gap is open", .enabled(if: countsAllocations))
    func noAllocation() throws {
        var receiver = try FeedReceiver(
            FeedSettings(lines: [UDPSource(Endpoint(port: 0)), UDPSource(Endpoint(port: 0))])
        )
        let lines = try UDPPublisher(receiver.receivers.map { UDPDestination($0.endpoint) })
        let name = try session()
        func send(_ first: UInt64) {
            lines.add { room in
                MoldHeader(session: name, sequence: first, count: 2).write(to: room)
                room.storeBytes(of: UInt16(30).bigEndian, toByteOffset: 20, as: UInt16.self)
                room.storeBytes(of: UInt16(30).bigEndian, toByteOffset: 52, as: UInt16.self)
                return 84
            }
        }
        // Ten packets in order, then ten whose first comes last.
        func burst(_ start: UInt64) {
            for packet in 0..<UInt64(10) { send(start + packet * 2) }
            for packet in 1..<UInt64(10) { send(start + 20 + packet * 2) }
            send(start + 20)
            lines.flush()
        }
        var bytes = 0
        var total = probe_counts()
        for round in 0..<UInt64(50) {
            burst(1 + round * 40)
            if round > 0 { probe_begin() }
            for _ in 0..<3 { _ = receiver.poll(at: Nanoseconds(round)) { message, _ in bytes += message.count } }
            if round > 0 { total.allocations += probe_end().allocations }
        }
        let expected = receiver.expected
        #expect(total.allocations == 0)
        #expect(bytes == 50 * 40 * 30)
        #expect(expected == 2_001)
    }

    @Test(
        "three threads: a venue publishes, a feed thread receives and asks, an engine thread gets every message in order"
    )
    func threads() throws {
        let count: UInt64 = 8_000
        let server = try silentEndpoint()
        var settings = FeedSettings(lines: [UDPSource(Endpoint(port: 0)), UDPSource(Endpoint(port: 0))])
        // Small enough that bursts overrun it when the feed thread does not get its turn.
        settings.lines[0].buffer = 20_000
        settings.lines[1].buffer = 20_000
        settings.servers = [server]
        settings.requestAddress = "127.0.0.1"
        impatient(&settings)
        settings.requests.attemptsMax = 1_000
        var receiver = try FeedReceiver(settings)
        let lines = receiver.receivers.map { UDPDestination($0.endpoint) }
        let name = try session()
        let isDone = Atomic<Bool>(false)
        let ring = Ring<UInt64>(capacity: 256, waits: .block)
        let failures = Atomic<Int>(0)
        let last = Atomic<UInt64>(0)
        let venue = LiveThread(ThreadPlan(name: "venue")) {
            guard var feed = try? MoldPublisher(name, to: lines, requestsAt: server, heartbeat: millisecond) else {
                failures.add(1, ordering: .relaxed)
                return
            }
            for number in 1...count {
                if !message(number).withUnsafeBytes({ feed.publish($0, at: steadyNow()) }) {
                    failures.add(1, ordering: .relaxed)
                }
                if number % 100 == 0 { feed.step(at: steadyNow()) }
            }
            feed.end(at: steadyNow())
            while !isDone.load(ordering: .acquiring) {
                feed.step(at: steadyNow())
                usleep(100)
            }
        }
        let engine = LiveThread(ThreadPlan(name: "engine")) {
            guard var input = ring.consumer() else { return }
            while input.wait(timeout: 60_000 * millisecond) {
                _ = input.drain { number in
                    if number != last.load(ordering: .relaxed) + 1 { failures.add(1, ordering: .relaxed) }
                    last.store(number, ordering: .relaxed)
                }
            }
        }
        let start = steadyNow()
        do {
            guard var output = ring.producer() else { return }
            while !receiver.isComplete, steadyNow() - start < 60_000 * millisecond {
                _ = receiver.poll(at: steadyNow()) { bytes, _ in _ = output.pushWaiting(number(bytes) ?? 0) }
            }
        }
        isDone.store(true, ordering: .releasing)
        venue.join()
        engine.join()
        let isWhole = receiver.isWhole
        #expect(isWhole)
        #expect(failures.load(ordering: .acquiring) == 0)
        #expect(last.load(ordering: .acquiring) == count)
    }

    @Test("waiting ends when a packet comes, and when time is over")
    func waiting() throws {
        let receiver = try FeedReceiver(FeedSettings(lines: [UDPSource(Endpoint(port: 0))]))
        let line = try UDPPublisher([UDPDestination(receiver.receivers[0].endpoint)])
        var start = Date()
        receiver.wait(at: 0, timeout: 30 * millisecond)
        #expect(Date().timeIntervalSince(start) >= 0.029)
        line.add { room in room.isEmpty ? 0 : 1 }
        line.flush()
        start = Date()
        receiver.wait(at: 0, timeout: 60_000 * millisecond)
        #expect(Date().timeIntervalSince(start) < 30)
        let isSilent = receiver.isSilent(at: 0)
        #expect(isSilent)
    }

    @Test("an address, an interface or a port that can't be had is an error that names it")
    func refused() throws {
        func error(_ source: UDPSource) -> SocketError? {
            do throws(SocketError) {
                _ = try UDPReceiver(source)
                return nil
            } catch { return error }
        }
        #expect(error(UDPSource(Endpoint(host: "no address", port: 0)))?.endpoint.host == "no address")
        #expect(error(UDPSource(Endpoint(host: "203.0.113.7", port: 0)))?.reason.isEmpty == false)
        #expect(error(UDPSource(Endpoint(host: "239.1.2.3", port: 0), interface: "nosuch0"))?.reason.isEmpty == false)
        let taken = try UDPReceiver(UDPSource(Endpoint(port: 0)))
        #expect(error(UDPSource(taken.endpoint))?.endpoint == taken.endpoint)
        #expect(throws: SocketError.self) {
            try UDPPublisher([UDPDestination(Endpoint(host: "239.1.2.3", port: 1), interface: "nosuch0")])
        }
    }

    @Test("a socket gets the buffer and the busy polling that it asks for, or says what it got")
    func granted() throws {
        var source = UDPSource(Endpoint(port: 0))
        source.buffer = 100_000
        source.busyPoll = 50
        let receiver = try UDPReceiver(source)
        #expect(receiver.grantedBuffer >= 100_000)
        #expect([0, 50].contains(receiver.grantedBusyPoll))
    }
}

/// Only what is optimised is measured: a debug build boxes what a release build inlines.
private let countsAllocations: Bool = {
    #if DEBUG
    false
    #else
    probe_is_available() != 0
    #endif
}()

private let isLinux: Bool = {
    #if os(Linux)
    true
    #else
    false
    #endif
}()
