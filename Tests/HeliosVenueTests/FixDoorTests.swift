// SPDX-License-Identifier: MIT
import HeliosFIX
import HeliosMarket
import HeliosVenue
import HeliosWire
import Testing

/// A user's connection to a FIX door of a floor, byte by byte.
private final class DoorUser {
    let floor: FixFloor
    let door: FixDoor
    private var connection: FixConnection
    private var output = WireOutput(capacity: 1 << 18)
    private var sequence = 0
    private(set) var isRefused = false
    /// When SendingTime of the floor's messages is right.
    var now = Timestamp(nanoseconds: 20_454 * 86_400_000_000_000)

    init(_ floor: FixFloor, storeMax: Int = 1 << 22) {
        self.floor = floor
        door = FixDoor(.fix44, compID: "ALFA", users: [FixDoorUser("U0", compID: "ME")], storeMax: storeMax)
        door.bind(floor.exchange, at: now)
        connection = door.accept(at: now)
    }

    var isClosed: Bool { connection.isClosed }

    func connect() {
        isRefused = false
        output.removeAll()
        connection = door.accept(at: now)
    }

    func logOn(_ heartbeat: Int = 30) -> [String] { ask("35=A|98=0|108=\(heartbeat)") }

    /// Begins the session anew with both numbers.
    func logOnAnew() -> [String] {
        sequence = 0
        return ask("35=A|98=0|108=30|141=Y")
    }

    /// The line is cut.
    func cut() { connection.disconnected(at: now) { take($0) } }

    func say(_ body: String) {
        sequence += 1
        FixFloor.message(.fix44, body, sequence: sequence).withUnsafeBytes { bytes in
            connection.receive(WireBytes(bytes), at: now, into: &output) { take($0) }
        }
    }

    private func take(_ event: FixDoorEvent) {
        switch event {
        case .message(let bytes, let port): floor.exchange.receive(bytes, from: port, at: floor.now)
        case .left(let port, _): floor.exchange.disconnected(port, at: floor.now)
        case .refused: isRefused = true
        case .joined: break
        }
    }

    /// Reads all that the door has to say: header and all.
    func read() -> [String] {
        var said: [String] = []
        while true {
            connection.send(at: now, into: &output)
            guard output.count > 0 else { return said }
            let bytes = output.bytes.unsafeBuffer.map { $0 == 1 ? UInt8(ascii: "|") : $0 }
            let text = String(decoding: bytes, as: UTF8.self)
            output.removeAll()
            for part in text.split(separator: "|10=") where part.contains("35=") { said.append(String(part)) }
        }
    }

    func ask(_ body: String) -> [String] {
        say(body)
        return read()
    }
}

extension [String] {
    fileprivate var types: [String] { map { FixFloor.value(35, $0) ?? "" } }
}

@Suite("Venue by FIX: the door")
struct FixDoorTests {
    private func subscription(_ id: String) -> String {
        "35=V|262=\(id)|263=1|264=0|265=1|267=2|269=0|269=1|146=1|55=ACME"
    }

    @Test("market data is numbered and not kept: asked for again, it is filled over, and reports are sent again")
    func marketDataIsNotKept() throws {
        let floor = try FixFloor([.fix44, .fix44])
        let user = DoorUser(floor)
        #expect(user.logOn().types == ["A"])
        #expect(user.ask(subscription("M")).types == ["W"])
        #expect(user.ask(floor.limit("X", 1, 100, "10.00")).types.sorted() == ["8", "X"])
        let again = user.ask("35=2|7=1|16=0")
        #expect(again.types.sorted() == ["4", "4", "8"] || again.types.sorted() == ["4", "8"])
        #expect(!again.types.contains("W") && !again.types.contains("X"))
    }

    @Test("more market data than a session may keep does not silence it")
    func muchMarketData() throws {
        let floor = try FixFloor([.fix44, .fix44])
        let user = DoorUser(floor, storeMax: 16_384)
        _ = user.logOn()
        _ = user.ask(subscription("M"))
        var told = 0
        for number in 0..<500 {
            floor.send(1, floor.limit("S\(number)", 1, 100, "9.00"))
            told += user.read().types.count { $0 == "X" }
            _ = floor.take(1)
        }
        #expect(told == 500)
        #expect(!user.isClosed)
        #expect(user.ask(floor.limit("X", 1, 100, "8.00")).types.contains("8"))
    }

    @Test("a session that can't keep a report is logged out, and let in again when it begins anew")
    func storeIsFull() throws {
        // What waits for it at its next Logon is one report, and not that of each order cancelled.
        let floor = try FixFloor([.fix44, .fix44], cancelsOnDisconnect: false)
        let user = DoorUser(floor, storeMax: 16_384)
        _ = user.logOn()
        var said: [String] = []
        for number in 0..<100 where !said.types.contains("5") {
            said = user.ask(floor.limit("X\(number)", 1, 100, "8.00"))
        }
        #expect(said.types.last == "5")
        user.cut()
        user.connect()
        let refusal = user.logOn()
        #expect(refusal.types == ["5"] && user.isRefused && user.isClosed)
        let text = "no more can be kept for this session: a Logon with ResetSeqNumFlag=Y begins it anew"
        let logouts = (said + refusal).filter { FixFloor.value(35, $0) == "5" }
        #expect(logouts.map { FixFloor.value(58, $0) } == [text, text])
        let warnings = user.door.takeWarnings()
        #expect(warnings.map(\.user.compID) == ["ME"] && warnings.map(\.kind) == [.full])
        #expect(warnings.first?.port === floor.port(0) && user.door.takeWarnings().isEmpty)
        user.connect()
        let begun = user.logOnAnew()
        // The report that could not be kept comes now.
        #expect(begun.types.first == "A" && begun.types.dropFirst().allSatisfy { $0 == "8" })
        let answer = user.ask(floor.limit("NEW", 1, 100, "8.00"))
        #expect(answer.types == ["8"] && answer.first.flatMap { FixFloor.value(11, $0) } == "NEW")
        #expect(!user.isClosed && user.door.takeWarnings().isEmpty)
    }

    @Test("the orders of a user who can't be told of them can be cancelled; a copy has none")
    func cancelAll() throws {
        let floor = try FixFloor([.fix44], cancelsOnDisconnect: false) {
            var copy = PortSettings(user: "EAR", kind: .fix44)
            copy.isCopy = true
            $0.ports.append(copy)
        }
        #expect(floor.rows(0, floor.limit("X", 1, 100, "10.00")) == ["0/0 100,0,100"])
        #expect(floor.exchange.cancelAll(of: floor.port(0), at: floor.now))
        #expect(floor.rows(0) == ["4/4 100,0,0"])
        #expect(!floor.exchange.cancelAll(of: floor.exchange.fixCopyPorts[0], at: floor.now))
    }

    @Test("reports without room end the session; their orders are told anew before others are taken")
    func reportsAreLost() throws {
        let floor = try FixFloor([.fix44, .fix44], cancelsOnDisconnect: false) { $0.ports[0].outboxBytes = 8_192 }
        let user = DoorUser(floor)
        _ = user.logOn()
        #expect(user.ask(floor.limit("X", 1, 1_000, "10.00")).types == ["8"])
        // Nobody reads meanwhile.
        for number in 0..<100 { floor.send(1, floor.limit("S\(number)", 2, 1, "10.00")) }
        #expect(floor.port(0).hasLost && floor.port(0).lost > 0)
        #expect(user.read().types.last == "5")
        user.cut()
        user.connect()
        #expect(!floor.port(0).isInStep)
        let said = user.logOn()
        #expect(floor.port(0).isInStep)
        let last = try #require(said.last)
        #expect(FixFloor.value(150, last) == "I" && FixFloor.value(14, last) == "100")
        #expect(FixFloor.value(151, last) == "900")
        #expect(user.ask(floor.limit("Y", 1, 100, "9.00")).types == ["8"])
    }

    @Test("what was lost is told anew after the day too")
    func lostAtTheEnd() throws {
        let floor = try FixFloor([.fix44, .fix44], cancelsOnDisconnect: false) { $0.ports[0].outboxBytes = 8_192 }
        let user = DoorUser(floor)
        floor.send(0, floor.limit("X", 1, 1_000, "10.00"))
        for number in 0..<100 { floor.send(1, floor.limit("S\(number)", 2, 1, "10.00")) }
        #expect(!floor.port(0).isInStep)
        user.door.bind(floor.exchange, at: user.now)
        _ = user.logOn()
        let reports = user.ask("35=2|7=1|16=0").filter { FixFloor.value(35, $0) == "8" }
        let last = try #require(reports.last)
        #expect(FixFloor.value(150, last) == "I" && FixFloor.value(14, last) == "100")
    }

    @Test("an order is refused while lost reports are not told anew")
    func notInStep() throws {
        let floor = try FixFloor([.fix44, .fix44]) { $0.ports[0].outboxBytes = 8_192 }
        floor.send(0, floor.limit("X", 1, 1_000, "10.00"))
        for number in 0..<100 { floor.send(1, floor.limit("S\(number)", 2, 1, "10.00")) }
        _ = floor.take(0)
        let said = floor.ask(0, floor.limit("Y", 1, 100, "9.00"))
        #expect(said.map { FixFloor.value(380, $0) } == ["4"])
    }

    @Test("questions leave room for reports about orders")
    func roomForReports() throws {
        let floor = try FixFloor([.fix44, .fix44]) { $0.ports[0].outboxBytes = 8_192 }
        floor.send(0, floor.limit("X", 1, 1_000, "10.00"))
        for _ in 0..<100 { floor.send(0, "35=V|262=Q|263=9|264=0|267=1|269=0|146=1|55=ACME") }
        floor.send(1, floor.limit("S", 2, 1, "10.00"))
        #expect(floor.take(0).last.map(FixFloor.row) == "F/1 1000,1,999,1")
    }

    @Test("what a subscription has not sent is not sent to the next connection")
    func oldBooks() throws {
        let floor = try FixFloor([.fix44, .fix44])
        let user = DoorUser(floor)
        _ = user.logOn()
        user.say(subscription("M"))
        _ = user.read()
        floor.send(1, floor.limit("S", 1, 100, "9.00"))
        user.cut()
        user.connect()
        #expect(!user.logOn().types.contains("X"))
    }

    @Test("long texts are refused and not remembered", arguments: [1, 18, 55])
    func longTexts(tag: Int) throws {
        let floor = try FixFloor([.fix44])
        let long = String(repeating: "6", count: 65)
        var order = floor.limit("X", 1, 100, "10.00")
        order = tag == 55 ? order.replacing("55=ACME", with: "55=\(long)") : order + "|\(tag)=\(long)"
        #expect(floor.ask(0, order).map { FixFloor.value(380, $0) } == ["0"])
        #expect(floor.rows(0, "35=H|11=X|55=ACME|54=1") == ["I/8 0,0,0"])
    }

    @Test("only so many refused orders are remembered, and without their texts")
    func refusals() throws {
        let floor = try FixFloor([.fix44]) { $0.ports[0].refusals = 2 }
        for number in 0..<3 {
            #expect(floor.rows(0, floor.limit("X\(number)", 1, 7, "10.00", "|1=ME", symbol: "NONE")) == ["8/8 7,0,0"])
        }
        let said = floor.ask(0, "35=H|11=X1|55=NONE|54=1")
        #expect(said.map(FixFloor.row) == ["I/8 7,0,0"] && said.map { FixFloor.value(1, $0) } == [nil])
        #expect(floor.rows(0, "35=H|11=X2|55=NONE|54=1") == ["I/8 0,0,0"])
    }

    @Test("only so many numbers of requests are remembered: then no more replacements, but cancels")
    func requests() throws {
        let floor = try FixFloor([.fix44]) { $0.ports[0].requests = 3 }
        #expect(floor.rows(0, floor.limit("X", 1, 100, "10.00")) == ["0/0 100,0,100"])
        #expect(floor.rows(0, floor.replace("Y", "X", 99, "10.00")) == ["5/0 99,0,99"])
        #expect(floor.rows(0, floor.replace("Z", "Y", 98, "10.00")) == ["5/0 98,0,98"])
        #expect(floor.rows(0, floor.replace("V", "Z", 97, "10.00")) == ["9 99/0"])
        #expect(floor.rows(0, floor.cancel("C", "Z")) == ["4/4 98,0,0"])
    }

    @Test("a Logon without heartbeats, or with hardly any, is refused", arguments: [0, -1, 3_601, 86_400])
    func heartbeats(seconds: Int) throws {
        let user = DoorUser(try FixFloor([.fix44]))
        #expect(user.logOn(seconds).isEmpty && user.isRefused)
    }

    @Test("a Logon with a heartbeat of an hour is taken")
    func slowHeartbeats() throws {
        #expect(DoorUser(try FixFloor([.fix44])).logOn(3_600).types == ["A"])
    }
}
