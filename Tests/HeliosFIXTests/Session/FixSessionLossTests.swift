// SPDX-License-Identifier: MIT
import HeliosFIX
import HeliosMarket
import HeliosWire
import Testing

@Suite("FIX sessions lose nothing without a word")
struct FixSessionLossTests {
    static func play(
        _ role: FixRole,
        isChecked: Bool = false,
        _ script: String,
        _ change: (inout FixSessionConfiguration) -> Void = { _ in }
    ) {
        var configuration = FixSessionConfiguration(FixSessionID(.fix44, sender: "ISLD", target: "TW"), role)
        change(&configuration)
        var player = FixPlayer(configuration, dictionary: isChecked ? FixDictionaries.fix44 : nil)
        player.tellsRefused = true
        player.play(script)
        let problems = player.problems
        #expect(problems.isEmpty, "\(problems.joined(separator: "; "))")
    }

    @Test("an application message that the dictionary refuses is told to the application", arguments: [true, false])
    func refused(_ isInitiator: Bool) {
        Self.play(
            isInitiator ? .initiator : .acceptor,
            isChecked: true,
            """
            logon
            > D 34=2 11=A 21=3 38=1 40=w 54=1 55=X 60=+0
            < 3 34=2|45=2|58=Value is incorrect (out of range) for this tag|371=40|372=D|373=5
            ! refused 2 valueOutOfRange
            > ZZZ 34=3
            < 3 34=3|45=3|58=Invalid MsgType|372=ZZZ|373=11
            ! refused 3 invalidMsgType
            > ZZZ 34=3 43=Y
            < 3 34=4|45=3|58=Invalid MsgType|372=ZZZ|373=11
            > 0 34=4 55=X
            < 3 34=5|45=4|58=Tag not defined for this message type|371=55|372=0|373=2
            numbers 6 5
            """
        )
    }

    @Test("a refused message comes again after a restart when the application did not acknowledge it")
    func unacknowledged() {
        Self.play(
            .acceptor,
            isChecked: true,
            """
            logon
            > ZZZ 34=2
            < 3 34=2|45=2|58=Invalid MsgType|372=ZZZ|373=11
            ! refused 2 invalidMsgType
            restart
            numbers 3 2
            """
        ) { $0.acknowledgesByItself = false }
    }

    @Test("an initiator asks for a fill that came with an old time again")
    func late() {
        Self.play(
            .initiator,
            """
            logon
            > 8 34=2 52=-121 11=A
            < 3 34=2|45=2|58=SendingTime accuracy problem|372=8|373=10
            < 5 34=3
            ! refused 2 sendingTimeAccuracy
            > 5 34=3
            ! closed fault(HeliosFIX.FixFault.sendingTime)
            connect
            < A 34=4 98=0 108=30
            > A 34=4 98=0 108=30
            < 2 34=5 7=2 16=0
            ! loggedOn
            ! gap 2 3
            > 8 34=2 43=Y 122=-121 11=A
            ! message 2 8 dup
            """
        )
    }

    @Test("an initiator asks for a message with other names again, but not for a heartbeat")
    func names() {
        Self.play(
            .initiator,
            """
            logon
            > 0 34=2 49=XX
            < 3 34=2|45=2|58=CompID problem|372=0|373=9
            < 5 34=3
            > 5 34=3
            ! closed fault(HeliosFIX.FixFault.compID)
            numbers 4 3
            connect
            < A 34=4 98=0 108=30
            > A 34=3 98=0 108=30
            ! loggedOn
            > 8 34=4 49=XX 11=A
            < 3 34=5|45=4|58=CompID problem|372=8|373=9
            < 5 34=6
            ! refused 4 compIDProblem
            numbers 7 4
            """
        )
    }

    @Test("an acceptor, or who does not ask for it, uses the number of an old message up", arguments: [true, false])
    func usedUp(_ isInitiator: Bool) {
        Self.play(
            isInitiator ? .initiator : .acceptor,
            """
            logon
            > D 34=2 52=-121 11=A
            < 3 34=2|45=2|58=SendingTime accuracy problem|372=D|373=10
            < 5 34=3
            ! refused 2 sendingTimeAccuracy
            numbers 4 3
            """
        ) { if isInitiator { $0.losesNothing = false } }
    }

    @Test("a message that is not stored takes its number, and is filled over when it is asked for")
    func notStored() {
        Self.play(
            .acceptor,
            """
            logon
            pass W 262=A
            < W 34=2 262=A
            send D 11=A
            < D 34=3 11=A
            pass W 262=B
            < W 34=4 262=B
            numbers 5 2
            > 2 34=2 7=2 16=0
            < 4 34=2 43=Y 122=0 36=3 123=Y
            < D 34=3 43=Y 122=0 11=A
            < 4 34=4 43=Y 122=0 36=5 123=Y
            """
        )
    }

    @Test("a message that is not stored is not taken when it would have to wait")
    func noRoom() {
        var player = FixPlayer(FixSessionConfiguration(FixSessionID(.fix44, sender: "ISLD", target: "TW"), .acceptor))
        player.play("logon")
        let now = player.now
        let room = player.session.store.room
        player.output = WireOutput(capacity: 100)
        var taken = 0
        while player.session.send(.newOrderSingle, isStored: false, at: now, into: &player.output, { _ in }) != nil {
            taken += 1
        }
        #expect(taken == 1)
        let (next, left, isBehind) = (player.session.nextOut, player.session.store.room, player.session.isBehind)
        #expect(next == 3 && left == room && !isBehind)
        player.session.disconnected(at: now)
        let number = player.session.send(
            .newOrderSingle, isQueued: true, isStored: false, at: now, into: &player.output
        ) { _ in }
        #expect(number == nil)
    }

    @Test("a session is behind while a resend waits for room")
    func behind() {
        var player = FixPlayer(FixSessionConfiguration(FixSessionID(.fix44, sender: "ISLD", target: "TW"), .acceptor))
        player.play(
            """
            logon
            send D 11=A
            < D 34=2 11=A
            output 20
            > 2 34=2 7=2 16=0
            """
        )
        let isBehind = player.session.isBehind
        #expect(isBehind)
        player.output = WireOutput(capacity: 4_096)
        let now = player.now
        _ = player.session.tick(at: now, into: &player.output)
        let isStillBehind = player.session.isBehind
        #expect(!isStillBehind)
    }
}
