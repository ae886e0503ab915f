// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosWire
import Testing

private let second: Nanoseconds = 1_000_000_000

private func time(_ seconds: Double) -> Timestamp { Timestamp(nanoseconds: Int64(seconds * 1e9)) }

private func text(_ value: String) throws -> SoupText { try #require(SoupText(value)) }

/// Both ends of one session, a cable that can be cut after any byte, and everything that was heard.
private struct Wire: ~Copyable, SoupClientSink, SoupServerSink {
    var heard: [String] = []
    var numbers: [UInt64] = []
    var received: [[UInt8]] = []
    var atServer: [[UInt8]] = []
    var closures: [SoupServerClosure] = []
    var cancels = 0
    var refusal: SoupRefusal?

    mutating func take(_ event: SoupClientEvent) {
        switch event {
        case .loggedIn(let session, let requested, let next, let isNew):
            heard.append("in \(session) \(requested) \(next)\(isNew ? " new" : "")")
        case .sequenced(let number, let message):
            numbers.append(number)
            received.append(copied(message))
        case .unsequenced(let message): heard.append("U\(message.count)")
        case .ended: heard.append("ended")
        case .closed(let reason): heard.append("closed \(reason)")
        }
    }

    mutating func judge(_ login: SoupLogin) -> SoupRefusal? { refusal }

    mutating func take(_ event: SoupServerEvent) {
        switch event {
        case .login: Issue.record("a login is judged")
        case .message(let message): atServer.append(copied(message))
        case .closed(let reason, let cancelsOrders):
            closures.append(reason)
            cancels += cancelsOrders ? 1 : 0
        }
    }
}

@Suite("SoupBinTCP packets")
struct SoupPacketTests {
    @Test func `the stated bytes`() throws {
        var output = WireOutput(capacity: 256)
        func taken(_ output: inout WireOutput) -> [UInt8] {
            defer { output.removeAll() }
            return copied(output.bytes)
        }
        must(output.appendSoup(SoupType.serverHeartbeat))
        must(taken(&output) == hexBytes("0001 48"))
        must(output.appendSoup(SoupType.clientHeartbeat))
        must(taken(&output) == hexBytes("0001 52"))
        must(output.appendSoupRejected(.notAuthorised))
        must(taken(&output) == hexBytes("0002 4A 41"))
        must(withWire(Array("dbg".utf8)) { output.appendSoup(SoupType.debug, $0) })
        must(taken(&output) == hexBytes("0004 2B 646267"))
        must(output.appendSoupAccepted(session: try text("1689192121"), sequence: 135))
        must(taken(&output) == hexBytes("001F 41") + Array("1689192121                 135".utf8))
        let login = SoupLogin(user: try text("user"), password: try text("password"), sequence: 0)
        must(output.appendSoup(login))
        let known = hexBytes("002F 4C") + Array(("user  password  " + String(repeating: " ", count: 29) + "0").utf8)
        must(taken(&output) == known)
        try must(withWire(Array(known.dropFirst(3))) { try SoupLogin($0) } == login)
    }

    @Test(.enabled(if: CapturedOuch.exists(), "the captured packets are not here"))
    func `captured login packets`() throws {
        let request = try CapturedOuch.payload("omi_jnx_ouch/LoginRequestPacket.L.pcap")
        let login = try withWire(Array(request.dropFirst(3))) { try SoupLogin($0) }
        must(login.user.description == "user" && login.password.description == "password")
        must(login.session == .blank && login.sequence == 0 && login.timeoutMilliseconds == nil)
        var output = WireOutput(capacity: 64)
        must(output.appendSoup(login) && copied(output.bytes) == request)
        output.removeAll()
        must(output.appendSoupAccepted(session: try text("1689192121"), sequence: 135))
        must(copied(output.bytes) == (try CapturedOuch.payload("omi_jnx_ouch/LoginAcceptedPacket.A.pcap")))
    }

    @Test func `fields padded on the other side, and what is no number`() throws {
        let right = "me    secret    S1        7                   2500 "
        let login = try withWire(Array(right.utf8)) { try SoupLogin($0) }
        try must(login.session == (text("S1")) && login.sequence == 7 && login.timeoutMilliseconds == 2_500)
        try must((text("Me")).matches(login.user) && !(text("Met")).matches(login.user))
        let empty = try withWire([UInt8](repeating: 0x20, count: 46)) { try SoupLogin($0) }
        must(empty.sequence == 0)
        for bad in ["x", "-1", "1 2", "18446744073709551616", "99999999999999999999"] {
            let field = String(repeating: " ", count: 26) + String(repeating: " ", count: 20 - bad.count) + bad
            #expect(throws: SoupFault.number) { try withWire(Array(field.utf8)) { try SoupLogin($0) } }
        }
        for count in [0, 45, 47, 50, 52] {
            #expect(throws: SoupFault.loginLength(count: count)) {
                try withWire([UInt8](repeating: 0x20, count: count)) { try SoupLogin($0) }
            }
        }
    }

    @Test func `any cutting gives the same packets`() throws {
        var random = TestRandom(1)
        var output = WireOutput(capacity: 1 << 16)
        var sent: [[UInt8]] = []
        for _ in 0..<60 {
            sent.append(random.bytes(random.below(90)))
            let isWritten = withWire(sent[sent.count - 1]) { output.appendSoup(SoupType.sequenced, $0) }
            must(isWritten)
        }
        let stream = copied(output.bytes)
        for most in 1...200 {
            var framer = SoupFramer(limit: 91)
            var got: [[UInt8]] = []
            var place = 0
            while place < stream.count {
                let end = min(stream.count, place + 1 + random.below(most))
                try withWire(Array(stream[place..<end])) { bytes in
                    var chunk = bytes
                    while let packet = try framer.next(&chunk) { got.append(copied(packet.payload)) }
                }
                place = end
            }
            must(got == sent)
        }
    }

    @Test func `lengths that can't be end the stream, also byte by byte`() {
        for (bytes, fault) in [
            ([0, 0, 1], SoupFault.emptyPacket), ([1, 0, 1], .tooLong(length: 256, limit: 255)),
            ([0xFF, 0xFF], .tooLong(length: 65_535, limit: 255)),
        ] as [([UInt8], SoupFault)] {
            var framer = SoupFramer(limit: 255)
            #expect(throws: fault) {
                try withWire(bytes) { chunk in
                    var chunk = chunk
                    _ = try framer.next(&chunk)
                }
            }
            framer.reset()
            #expect(throws: fault) {
                for byte in bytes {
                    try withWire([byte]) { chunk in
                        var chunk = chunk
                        _ = try framer.next(&chunk)
                    }
                }
            }
        }
    }
}

@Suite("A SoupBinTCP session between both machines")
struct SoupSessionTests {
    private func configuration() throws -> SoupClientConfiguration {
        SoupClientConfiguration(user: try text("helios"), password: try text("secret"))
    }

    /// Runs a session of `messages` whose connections are cut after `cut` bytes to the client and `upCut` to the server.
    private func run(_ messages: [[UInt8]], cut: Int, upCut: Int, most: Int, seed: UInt64) throws {
        var random = TestRandom(seed)
        var wire = Wire()
        var stream = SoupStream(session: try text("DAY1"), messages: 16, bytes: 2_048)
        var client = SoupClient(try configuration())
        var now = time(1)
        var appended = 0
        var left = (down: cut, up: upCut)
        for connection in 0..<4 where client.state != .ended {
            var server = SoupServerConnection(SoupServerConfiguration(), at: now)
            var up = WireOutput(capacity: 256)
            var down = WireOutput(capacity: 64)
            client.connected(at: now, into: &up)
            for _ in 0..<400 where client.state != .ended {
                now = now + 1_000_000
                if appended < messages.count, random.below(2) == 0 {
                    must(withWire(messages[appended]) { stream.store.append($0) })
                    appended += 1
                    stream.hasEnded = appended == messages.count
                }
                if let event = server.send(stream, at: now, into: &down) { wire.take(event) }
                let upwards = min(1 + random.below(most), up.count, left.up)
                server.receive(up.bytes.slice(0..<upwards), at: now, stream, into: &down, &wire)
                up.drop(upwards)
                let downwards = min(1 + random.below(most), down.count, left.down)
                client.receive(down.bytes.slice(0..<downwards), at: now, &wire)
                down.drop(downwards)
                left = (left.down - downwards, left.up - upwards)
                if left.down == 0 || left.up == 0 { break }
            }
            left = (.max, .max)
            if let event = client.disconnected() { wire.take(event) }
            if let event = server.disconnected() { wire.take(event) }
            must(connection < 3)
        }
        must(wire.received == messages, "cut \(cut) up \(upCut) most \(most): \(wire.heard)")
        must(wire.numbers == (1...UInt64(messages.count)).map { $0 })
        must(wire.heard.last == "ended")
    }

    @Test func `whatever byte a connection is cut at, every message comes once and in order`() throws {
        var random = TestRandom(7)
        let messages = (0..<12).map { _ in random.bytes(random.below(40)) }
        let total = 33 + messages.reduce(0) { $0 + $1.count + 3 } + 3
        for cut in 0...total {
            for most in [1, 7, 60] {
                try run(messages, cut: max(cut, 1), upCut: .max, most: most, seed: UInt64(cut * 100 + most))
            }
        }
        for cut in 1...49 { try run(messages, cut: .max, upCut: cut, most: 5, seed: UInt64(cut)) }
    }

    @Test func `heartbeats, and the silence that ends a connection, on both sides`() throws {
        var wire = Wire()
        var stream = SoupStream(session: try text("DAY1"), messages: 4, bytes: 64)
        stream.hasEnded = false
        var client = SoupClient(try configuration())
        var server = SoupServerConnection(SoupServerConfiguration(), at: time(0))
        var up = WireOutput(capacity: 256)
        var down = WireOutput(capacity: 256)
        client.connected(at: time(0), into: &up)
        server.receive(up.bytes, at: time(0), stream, into: &down, &wire)
        client.receive(down.bytes, at: time(0), &wire)
        up.removeAll()
        down.removeAll()
        must(wire.heard == ["in DAY1 1 1"])
        must(client.deadline == time(1) && server.deadline == time(1))
        must(client.tick(at: time(0.999), into: &up) == nil && up.count == 0)
        must(client.tick(at: time(1), into: &up) == nil && copied(up.bytes) == hexBytes("0001 52"))
        must(server.tick(at: time(1), into: &down) == nil && copied(down.bytes) == hexBytes("0001 48"))
        client.receive(down.bytes, at: time(1), &wire)
        must(server.tick(at: time(14.9), into: &down) == nil)
        guard case .closed(.timeout, cancelsOrders: true)? = server.tick(at: time(15), into: &down) else {
            Issue.record("the server waits")
            return
        }
        must(client.tick(at: time(15.9), into: &up) == nil)
        guard case .closed(.timeout)? = client.tick(at: time(16), into: &up) else {
            Issue.record("the client waits")
            return
        }
        must(client.state == .disconnected && client.deadline == .never)
    }

    @Test func `a login asks for its own timeout, comes in time, and is refused`() throws {
        var configuration = try configuration()
        configuration.serverTimeoutMilliseconds = 2_500
        var wire = Wire()
        let stream = SoupStream(session: try text("DAY1"), messages: 4, bytes: 64)
        var client = SoupClient(configuration)
        var up = WireOutput(capacity: 256)
        var down = WireOutput(capacity: 256)
        client.connected(at: time(0), into: &up)
        must(up.count == 54)
        var server = SoupServerConnection(SoupServerConfiguration(), at: time(0))
        server.receive(up.bytes, at: time(0), stream, into: &down, &wire)
        must(server.tick(at: time(2.4), into: &down) == nil)
        guard case .closed(.timeout, cancelsOrders: true)? = server.tick(at: time(2.5), into: &down) else {
            Issue.record("the server waits")
            return
        }
        var silent = SoupServerConnection(SoupServerConfiguration(), at: time(0))
        must(silent.tick(at: time(29), into: &down) == nil)
        guard case .closed(.loginTimeout, cancelsOrders: false)? = silent.tick(at: time(30), into: &down) else {
            Issue.record("the server waits for a login")
            return
        }
        for (refusal, name) in [(SoupRefusal.notAuthorised, "A"), (.sessionNotAvailable, "S")] {
            var server = SoupServerConnection(SoupServerConfiguration(), at: time(0))
            down.removeAll()
            wire.refusal = refusal
            server.receive(up.bytes, at: time(0), stream, into: &down, &wire)
            must(copied(down.bytes) == hexBytes("0002 4A") + Array(name.utf8))
            must(wire.closures.last == .refused(refusal))
            client.connected(at: time(40), into: &up)
            client.receive(down.bytes, at: time(40), &wire)
            must(client.state == .disconnected && wire.heard.last?.contains("\(refusal)") == true)
        }
    }

    @Test func `another session, one that is shorter, and one that is ahead are noticed`() throws {
        var wire = Wire()
        var client = SoupClient(try configuration())
        var up = WireOutput(capacity: 256)
        func answer(_ session: String, _ next: UInt64, _ client: inout SoupClient, _ wire: inout Wire) throws {
            _ = client.disconnected()
            client.connected(at: time(1), into: &up)
            var down = WireOutput(capacity: 64)
            must(down.appendSoupAccepted(session: try text(session), sequence: next))
            client.receive(down.bytes, at: time(1), &wire)
        }
        try answer("A", 5, &client, &wire)
        try answer("A", 3, &client, &wire)
        try answer("B", 1, &client, &wire)
        must(wire.heard == ["in A 1 5", "in A 5 3", "in B 3 1 new"])
        must(client.next == 1)
        // What can't come from a server ends the connection.
        var down = WireOutput(capacity: 64)
        must(down.appendSoup(SoupType.clientHeartbeat))
        client.receive(down.bytes, at: time(1), &wire)
        must(wire.heard.last?.contains("out of place") == true && client.state == .disconnected)
    }

    @Test func `after a refusal for want of the session a probe asks for the one that there is`() throws {
        var wire = Wire()
        var client = SoupClient(try configuration())
        var up = WireOutput(capacity: 256)
        var down = WireOutput(capacity: 64)
        client.connected(at: time(1), into: &up)
        must(down.appendSoupAccepted(session: try text("OLD"), sequence: 1))
        client.receive(down.bytes, at: time(1), &wire)
        _ = client.disconnected()
        /// The session that a login asks for.
        func asked(isProbe: Bool, _ client: inout SoupClient) -> String {
            up.removeAll()
            client.connected(at: time(2), isProbe: isProbe, into: &up)
            return String(decoding: copied(up.bytes)[19..<29], as: UTF8.self).filter { $0 != " " }
        }
        must(asked(isProbe: true, &client) == "OLD")
        down.removeAll()
        must(down.appendSoupRejected(.sessionNotAvailable))
        client.receive(down.bytes, at: time(2), &wire)
        // A login that takes messages from a number must name their session.
        must(asked(isProbe: false, &client) == "OLD")
        _ = client.disconnected()
        must(asked(isProbe: true, &client) == "")
        down.removeAll()
        must(down.appendSoupAccepted(session: try text("NEW"), sequence: 7))
        client.receive(down.bytes, at: time(2), &wire)
        must(wire.heard.last == "in NEW 0 7 new" && client.next == 1)
    }

    @Test func `one stream serves several connections from where each asks`() throws {
        var stream = SoupStream(session: try text("DAY1"), messages: 16, bytes: 256)
        for index in 0..<5 { must(withWire([UInt8(index)]) { stream.store.append($0) }) }
        for (asked, first) in [(0, 6), (1, 1), (3, 3), (6, 6), (99, 6)] as [(UInt64, UInt64)] {
            var configuration = try configuration()
            configuration.sequence = asked
            var wire = Wire()
            var client = SoupClient(configuration)
            var server = SoupServerConnection(SoupServerConfiguration(), at: time(0))
            var up = WireOutput(capacity: 256)
            var down = WireOutput(capacity: 256)
            client.connected(at: time(0), into: &up)
            server.receive(up.bytes, at: time(0), stream, into: &down, &wire)
            client.receive(down.bytes, at: time(0), &wire)
            must(wire.heard == ["in DAY1 \(asked) \(first)"])
            must(wire.numbers == Array(first..<6))
            must(client.next == 6)
            up.removeAll()
            must(withWire([9]) { client.send($0, at: time(0), into: &up) })
            client.logout(at: time(0), into: &up)
            server.receive(up.bytes, at: time(0), stream, into: &down, &wire)
            must(wire.atServer == [[9]] && wire.closures == [.logout] && wire.cancels == 1)
        }
    }

    @Test func `a second login, and a packet of a server, end a client's connection`() throws {
        let stream = SoupStream(session: try text("DAY1"), messages: 16, bytes: 256)
        for type in [SoupType.login, SoupType.sequenced, 0] {
            var wire = Wire()
            var server = SoupServerConnection(SoupServerConfiguration(), at: time(0))
            var up = WireOutput(capacity: 256)
            var down = WireOutput(capacity: 256)
            must(up.appendSoup(SoupLogin(user: try text("a"), password: try text("b"))))
            must(up.appendSoup(type))
            must(up.appendSoup(SoupType.unsequenced))
            server.receive(up.bytes, at: time(0), stream, into: &down, &wire)
            must(wire.closures == [.fault(.unexpected(type: type))] && wire.cancels == 1 && wire.atServer.isEmpty)
        }
    }
}
