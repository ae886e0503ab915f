// SPDX-License-Identifier: MIT
import HeliosFIX
import HeliosMarket
import HeliosWire
import Testing

@Suite("FIX session hooks and bounds")
struct FixSessionHookTests {
    static func player(_ role: FixRole) -> FixPlayer {
        FixPlayer(FixSessionConfiguration(FixSessionID(.fix44, sender: "ISLD", target: "TW"), role))
    }

    static func expect(_ player: consuming FixPlayer, _ script: String) {
        player.play(script)
        let problems = player.problems
        #expect(problems.isEmpty, "\(problems.joined(separator: "; "))")
    }

    @Test("a logon that the application does not want is answered by logout")
    func unwanted() {
        var player = Self.player(.acceptor)
        player.session.refusal = { $0[.password]?.text == "secret" ? nil : "wrong password" }
        Self.expect(
            player,
            """
            connect
            > A 34=1 98=0 108=30 553=me 554=guess
            < 5 34=1|58=wrong password
            ! closed refused(HeliosFIX.FixRefusal.unwanted)
            connect
            > A 34=1 98=0 108=30 553=me 554=secret
            < A 34=2 98=0 108=30
            ! loggedOn
            """
        )
    }

    @Test("a message that is stale is filled over, in one run with what is around it")
    func stale() {
        var player = Self.player(.acceptor)
        player.session.shouldResend = { message, _ in message[.clOrdID]?.text != "OLD" }
        Self.expect(
            player,
            """
            logon
            send D 11=OLD
            < D 34=2 11=OLD
            send D 11=OLD
            < D 34=3 11=OLD
            send D 11=NEW
            < D 34=4 11=NEW
            send D 11=OLD
            < D 34=5 11=OLD
            > 2 34=2 7=1 16=0
            < 4 34=1 43=Y 122=0 36=4 123=Y
            < D 34=4 43=Y 122=0 11=NEW
            < 4 34=5 43=Y 122=0 36=6 123=Y
            """
        )
    }

    @Test("a store that is full takes no message, and the session goes on")
    func full() {
        var output = WireOutput(capacity: 1 << 20)
        let now = Timestamp(nanoseconds: 1_767_323_045_000_000_000)
        let configuration = FixSessionConfiguration(FixSessionID(.fix44, sender: "ISLD", target: "TW"), .acceptor)
        var session = FixSession(configuration, dictionary: nil, store: .inMemory(bytes: 1_024))
        session.connected(at: now, into: &output)
        withFix(fixText("35=A|34=1|49=TW|52=20260102-03:04:05|56=ISLD|98=0|108=30|")) { bytes in
            var rest = bytes
            _ = session.next(&rest, at: now, into: &output)
        }
        var last: UInt64 = 0
        while let number = session.send(.newOrderSingle, at: now, into: &output, { $0.put(.clOrdID, 1) }) {
            last = number
        }
        let next = session.nextOut
        #expect(last > 3 && next == last + 1)
        output.removeAll()
        withFix(fixText("35=1|34=2|49=TW|52=20260102-03:04:05|56=ISLD|112=x|")) { bytes in
            var rest = bytes
            _ = session.next(&rest, at: now, into: &output)
        }
        let shown = output.bytes.shown
        #expect(shown.contains("35=0|34=\(next)|"))
        let isMoved = session.moveStore(to: FixStoreMemory(bytes: 4_096))
        let number = session.send(.newOrderSingle, at: now, into: &output) { $0.put(.clOrdID, 1) }
        #expect(isMoved && number == next + 1)
    }

    @Test("a message that is longer than the session takes is not sent")
    func long() {
        var player = Self.player(.acceptor)
        player.play("logon")
        let text = String(repeating: "x", count: 70_000)
        let now = player.now
        let number = player.session.send(.newOrderSingle, at: now, into: &player.output) { $0.putText(.text, text) }
        let next = player.session.nextOut
        #expect(number == nil && next == 2)
    }

    @Test("session messages are no application messages")
    func types() {
        var player = Self.player(.acceptor)
        player.play("logon")
        let now = player.now
        for type in ["0", "1", "2", "3", "4", "5", "A"] {
            let number = player.session.send(FixMsgType(type) ?? .logon, at: now, into: &player.output) { _ in }
            #expect(number == nil)
        }
    }
}
