// SPDX-License-Identifier: MIT
import HeliosFIX
import HeliosMarket
import HeliosWire
import Synchronization
import Testing

/// Counts calls, and says no to each.
private final class Counter: Sendable {
    private let calls = Atomic(0)
    var count: Int { calls.load(ordering: .relaxed) }
    func add() -> Bool {
        calls.add(1, ordering: .relaxed)
        return false
    }
}

@Suite("FIX sessions: resets that wait, limits, and when a message counts as taken")
struct FixSessionBoundTests {
    static func configuration(_ role: FixRole) -> FixSessionConfiguration {
        FixSessionConfiguration(FixSessionID(.fix44, sender: "ISLD", target: "TW"), role)
    }

    static func play(
        _ role: FixRole,
        _ script: String,
        _ change: (inout FixSessionConfiguration) -> Void = { _ in }
    ) {
        FixSessionLossTests.play(role, script, change)
    }

    // MARK: Resets

    @Test("an initiator's reset is asked for with each logon until confirmed", arguments: ["disconnect", "restart"])
    func initiatorReset(_ end: String) {
        Self.play(
            .initiator,
            """
            logon
            > 0 34=2
            send D 11=A
            < D 34=2 11=A
            reset
            < A 34=1 98=0 108=30 141=Y
            \(end)
            connect
            < A 34=1 98=0 108=30 141=Y
            \(end)
            connect
            < A 34=1 98=0 108=30 141=Y
            > A 34=1 98=0 108=30 141=Y
            ! loggedOn reset
            numbers 2 2
            send D 11=B
            < D 34=2 11=B
            disconnect
            connect
            < A 34=3 98=0 108=30
            """
        )
    }

    @Test("an acceptor's reset that was not confirmed is asked for with the answer to the next logon")
    func acceptorReset() {
        Self.play(
            .acceptor,
            """
            logon
            > 0 34=2
            reset
            < A 34=1 98=0 108=30 141=Y
            disconnect
            connect
            > A 34=3 98=0 108=30
            < A 34=1 98=0 108=30 141=Y
            ! loggedOn
            nosend D
            > A 34=1 98=0 108=30 141=Y
            ! loggedOn reset
            numbers 2 2
            """
        )
    }

    @Test("what was on its way while our reset waits is delivered, and what is out of turn is let go")
    func inFlight() {
        Self.play(
            .initiator,
            """
            logon
            > D 34=2 11=A
            ! message 2 D
            reset
            < A 34=1 98=0 108=30 141=Y
            > D 34=3 11=B
            ! message 3 D
            > D 34=3 11=B
            > D 34=5 11=D
            > 2 34=4 7=1 16=0
            ! message 5 D
            > A 34=1 98=0 108=30 141=Y
            ! loggedOn reset
            numbers 2 2
            """
        )
    }

    // MARK: Limits

    @Test("a message of thousands of short fields is read")
    func manyFields() {
        let fields = (0..<12_000).map { _ in "58=" }.joined(separator: "|")
        Self.play(
            .acceptor,
            """
            logon
            >> D 34=2|49=TW|52=+0|56=ISLD|\(fields)
            ! message 2 D
            """
        )
    }

    @Test("a message of more fields than there is room for ends the session with a name")
    func tooManyFields() {
        var configuration = Self.configuration(.acceptor)
        configuration.largestBody = 1 << 20
        var player = FixPlayer(configuration)
        player.play("logon")
        var bytes = Array("8=FIX.4.4\u{1}9=\(5 + 270_000 * 3)\u{1}35=D\u{1}".utf8)
        for _ in 0..<270_000 { bytes += [0x35, 0x3D, 1] }
        bytes += Array("10=000\u{1}".utf8)
        player.take(bytes)
        player.play(
            """
            ! garbled tooManyFields
            < 5 34=2|58=Too many fields
            > 5 34=2
            ! closed fault(HeliosFIX.FixFault.unreadable)
            """
        )
        let problems = player.problems
        #expect(problems.isEmpty, "\(problems)")
    }

    @Test("a message that is too long each time it is sent again ends the session with a name")
    func tooLong() {
        let text = String(repeating: "x", count: 300)
        Self.play(
            .acceptor,
            """
            logon
            > D 34=2 58=\(text)
            ! garbled bodyLength
            > 0 34=3
            < 2 34=2 7=2 16=2
            ! gap 2 2
            > D 34=2 43=Y 122=+0 58=\(text)
            ! garbled bodyLength
            + 5
            < 2 34=3 7=2 16=2
            > D 34=2 43=Y 122=+0 58=\(text)
            ! garbled bodyLength
            + 5
            < 5 34=4|58=Message 2 can't be read
            + 2
            ! closed fault(HeliosFIX.FixFault.unreadable)
            """
        ) {
            $0.largestBody = 200
            $0.heartbeat = 0
            $0.resendTimeout = 5_000_000_000
            $0.resendEnd = .explicit
        }
    }

    @Test("data of the dictionary's own pairs may hold separators, even when nothing is validated")
    func dataPairs() throws {
        let text = smallDictionary.replacing("Text!\n", with: "Text!\n  6006 6007\n")
            .replacing("header\n", with: "field 6006 NoteLength LENGTH\nfield 6007 Note DATA\nheader\n")
        var configuration = Self.configuration(.acceptor)
        configuration.validates = false
        var player = FixPlayer(configuration, dictionary: try FixDictionary(text: text))
        player.play(
            """
            logon
            raw \(fixText("35=UD|34=2|49=TW|52=20260102-03:04:05|56=ISLD|58=a|6006=3|6007=a|b|"))
            ! message 2 UD
            """
        )
        let problems = player.problems
        #expect(problems.isEmpty, "\(problems)")
    }

    @Test("an acceptor refuses a heartbeat that it does not take")
    func heartbeats() {
        Self.play(
            .acceptor,
            """
            connect
            > A 34=1 98=0 108=4
            < 5 34=1|58=HeartBtInt must be from 5 to 60
            ! closed refused(HeliosFIX.FixRefusal.heartbeat)
            connect
            > A 34=1 98=0 108=61
            < 5 34=2|58=HeartBtInt must be from 5 to 60
            ! closed refused(HeliosFIX.FixRefusal.heartbeat)
            connect
            > A 34=1 98=0 108=5
            < A 34=3 98=0 108=5
            ! loggedOn
            """
        ) { $0.heartbeatRange = 5...60 }
    }

    @Test("who asks and doesn't read does not fill the store; the numbers are filled over when there is room")
    func noRoom() {
        var player = FixPlayer(Self.configuration(.acceptor))
        player.play("logon")
        let room = player.session.store.room
        player.output = WireOutput(capacity: 150)
        for number in 2..<200 {
            let rest = "34=\(number)|49=TW|52=20260102-03:04:05|56=ISLD|"
            let text = fixText(number % 2 == 0 ? "35=1|\(rest)112=HELLO|" : "35=4|\(rest)123=Y|")
            player.take(text.utf8.map { $0 == 0x7C ? 1 : $0 })
        }
        let (left, isBehind) = (player.session.store.room, player.session.isBehind)
        #expect(left == room && isBehind)
        player.output = WireOutput(capacity: 4_096)
        let now = player.now
        _ = player.session.tick(at: now, into: &player.output)
        let next = player.session.nextOut
        let shown = player.output.bytes.shown
        #expect(shown.contains("|34=3|43=Y|") && shown.contains("|36=\(next)|123=Y|"), "\(shown)")
    }

    @Test("a run that is filled over is looked for once, however long it waits for room", arguments: [20, 90])
    func runs(_ capacity: Int) {
        var player = FixPlayer(Self.configuration(.acceptor))
        player.play("logon")
        let now = player.now
        for id in 1...100 {
            _ = player.session.send(.newOrderSingle, at: now, into: &player.output) { $0.put(.clOrdID, id) }
        }
        let asked = Counter()
        player.session.shouldResend = { _, _ in asked.add() }
        player.output = WireOutput(capacity: capacity)
        player.take(fixText("35=2|34=2|49=TW|52=20260102-03:04:05|56=ISLD|7=2|16=0|").utf8.map { $0 == 0x7C ? 1 : $0 })
        for _ in 0..<100 { _ = player.session.tick(at: now, into: &player.output) }
        let count = asked.count
        #expect(count > 0 && count < 400, "\(count) calls")
        player.output = WireOutput(capacity: 4_096)
        _ = player.session.tick(at: now, into: &player.output)
        let shown = player.output.bytes.shown
        #expect(shown.contains("|34=2|43=Y|") && shown.contains("|36=102|123=Y|"), "\(shown)")
    }

    // MARK: What was there before

    @Test("a logout or reset that was there before is not acted on again")
    func repeated() {
        Self.play(
            .acceptor,
            """
            logon
            > 0 34=2
            > 5 34=2 43=Y 122=-1
            > A 34=1 43=Y 122=-1 98=0 108=30 141=Y
            numbers 2 3
            > 1 34=3 112=X
            < 0 34=2 112=X
            """
        )
    }

    @Test("a message that is queued during our logout does not overtake what waits, nor let it go")
    func queuedInLogout() {
        var player = FixPlayer(Self.configuration(.acceptor))
        player.play("logon")
        let now = player.now
        player.output = WireOutput(capacity: 120)
        for id in 1...3 {
            _ = player.session.send(.newOrderSingle, isQueued: true, at: now, into: &player.output) {
                $0.put(.clOrdID, id)
            }
        }
        // The logout waits behind the first in the store.
        player.session.logout(nil, at: now, into: &player.output)
        let number = player.session.send(.newOrderSingle, isQueued: true, at: now, into: &player.output) {
            $0.put(.clOrdID, 4)
        }
        let isBehind = player.session.isBehind
        #expect(number != nil && isBehind)
    }

    @Test("a message that is queued waits in the store for room in the output; others are not taken")
    func queuedWithoutRoom() {
        var player = FixPlayer(Self.configuration(.acceptor))
        player.play("logon")
        let now = player.now
        player.output = WireOutput(capacity: 8)
        let refused = player.session.send(.executionReport, at: now, into: &player.output) { $0.put(.clOrdID, 0) }
        #expect(refused == nil)
        for id in 1...3 {
            let number = player.session.send(.executionReport, isQueued: true, at: now, into: &player.output) {
                $0.put(.clOrdID, id)
            }
            #expect(number == UInt64(id + 1))
        }
        #expect(player.output.count == 0)
        player.output = WireOutput(capacity: 1 << 12)
        _ = player.session.tick(at: now, into: &player.output)
        let said = String(decoding: player.output.bytes.unsafeBuffer.map { $0 == 1 ? 0x7C : $0 }, as: UTF8.self)
        let ids = said.split(separator: "|11=").dropFirst().compactMap(\.first)
        #expect(String(ids) == "123" && !said.contains("43=Y"))
    }

    // MARK: Acknowledgement

    @Test("neither an answer nor the end of the connection takes a message for the application")
    func taken() {
        var player = FixPlayer(Self.configuration(.acceptor))
        player.play("logon")
        let now = player.now
        let bytes = fixText("35=D|34=2|49=TW|52=20260102-03:04:05|56=ISLD|11=A|").utf8.map { $0 == 0x7C ? 1 : $0 }
        bytes.withUnsafeBytes { raw in
            var rest = WireBytes(raw)
            _ = player.session.next(&rest, at: now, into: &player.output)
        }
        _ = player.session.send(.executionReport, at: now, into: &player.output) { $0.put(.clOrdID, 1) }
        let afterSend = player.session.store.nextIn
        player.session.disconnected(at: now)
        let afterEnd = player.session.store.nextIn
        #expect(afterSend == 2 && afterEnd == 2)
        _ = player.session.tick(at: now, into: &player.output)
        let afterTick = player.session.store.nextIn
        #expect(afterTick == 3)
    }
}
