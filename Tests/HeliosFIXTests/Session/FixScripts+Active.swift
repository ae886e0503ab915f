// SPDX-License-Identifier: MIT
import HeliosFIX

extension FixScripts {
    /// What happens while logged on.
    static let active: [FixScript] = inTurn + wrong + sequenceResets + logouts

    private static let inTurn: [FixScript] = [
        FixScript(
            "a heartbeat uses up a number and gets no answer",
            """
            logon
            > 0 34=2
            numbers 2 3
            """
        ),
        FixScript(
            "a test request is answered with its identifier",
            """
            logon
            > 1 34=2 112=HELLO
            < 0 34=2 112=HELLO
            numbers 3 3
            """
        ),
        FixScript(
            "a test request without identifier is rejected",
            """
            logon
            > 1 34=2
            < 3 34=2|45=2|58=Required tag missing|371=112|372=1|373=1
            numbers 3 3
            """
        ),
        FixScript(
            "application messages are told in order, with both flags",
            """
            logon
            > D 34=2 11=A
            ! message 2 D
            > D 34=3 97=Y 11=A
            ! message 3 D resend
            > D 34=4 43=Y 122=-1 11=B
            ! message 4 D dup
            numbers 2 5
            """
        ),
        FixScript(
            "application messages are sent, as possible resend on demand",
            """
            logon
            send D 11=A 55=X
            < D 34=2 11=A 55=X
            send D 97=Y 11=A
            < D 34=3 97=Y 11=A
            numbers 4 2
            """
        ),
        FixScript(
            "a reject of the peer's is told and not answered",
            """
            logon
            > 3 34=2 45=1 58=x
            ! rejected 1
            numbers 2 3
            """
        ),
        FixScript(
            "a second logon in turn uses up its number",
            """
            logon
            > A 34=2 98=0 108=30
            numbers 2 3
            """
        ),
        FixScript(
            "a message type that the application does not take gets a business reject",
            versions: [.fix42, .fix44],
            refuses: ["AE"],
            """
            logon
            > AE 34=2
            ! message 2 AE
            < j 34=2|45=2|58=Unsupported Message Type|372=AE|380=3
            """
        ),
        FixScript(
            "over FIXT.1.1 a business reject carries the application version",
            versions: [.fixt11],
            refuses: ["AE"],
            """
            logon
            > AE 34=2
            ! message 2 AE
            < j 34=2|45=2|58=Unsupported Message Type|372=AE|380=3|1137=9
            """
        ),
        FixScript(
            "an application version that does not exist is rejected",
            versions: [.fixt11],
            """
            logon
            > D 34=2 1128=9 11=A
            ! message 2 D
            > D 34=3 1128=77 11=B
            < 3 34=2|45=3|58=Invalid or unsupported application version|371=1128|372=D|373=18
            """
        ),
    ]

    private static let wrong: [FixScript] = [
        FixScript(
            "bytes between messages are passed over",
            """
            logon
            raw rubbish
            ! garbled notFix
            > 0 34=2
            numbers 2 3
            """
        ),
        FixScript(
            "a wrong sum uses up no number, and the message is asked for when it is missed",
            """
            logon
            raw 8=FIX.4.4|9=5|35=0|10=000|
            ! garbled checkSum
            numbers 2 2
            > 0 34=3
            < 2 34=2 7=2 16=0
            ! gap 2 2
            """
        ),
        FixScript(
            "a wrong length is passed over up to the next message",
            """
            logon
            raw 8=FIX.4.4|9=20|35=0|34=2|10=000|8=FIX.4.4|9=5|35=0|10=163|
            ! garbled trailer
            < 5 34=2|58=MsgSeqNum missing
            ! closed noSequence
            """
        ) { $0.id.version = .fix44 },
        FixScript(
            "another BeginString is answered by logout, and by nothing else",
            """
            logon
            > D 8=FIX.4.1 34=2
            < 5 34=2|58=Incorrect BeginString
            numbers 3 2
            > D 34=2 11=A
            > 5 34=3
            ! closed fault(HeliosFIX.FixFault.beginString)
            """
        ),
        FixScript(
            "after another BeginString the connection ends without an answer too",
            """
            logon
            > 0 8=FIX.4.1 34=2
            < 5 34=2|58=Incorrect BeginString
            + 1
            + 1
            ! closed fault(HeliosFIX.FixFault.beginString)
            """
        ),
        FixScript(
            "a message without number ends the session",
            """
            logon
            > D -34 11=A
            < 5 34=2|58=MsgSeqNum missing
            ! closed noSequence
            """
        ),
        FixScript(
            "a wrong SenderCompID is rejected and ends in logout",
            """
            logon
            > D 34=2 49=WT 11=A
            < 3 34=2|45=2|58=CompID problem|372=D|373=9
            < 5 34=3
            > 5 34=3
            ! closed fault(HeliosFIX.FixFault.compID)
            numbers 4 3
            """
        ),
        FixScript(
            "a wrong TargetCompID is rejected and ends in logout",
            """
            logon
            > D 34=2 56=DLSI 11=A
            < 3 34=2|45=2|58=CompID problem|372=D|373=9
            < 5 34=3
            + 3
            ! closed fault(HeliosFIX.FixFault.compID)
            """
        ),
        FixScript(
            "a fault is answered once, however often it comes",
            """
            logon
            > D 34=2 49=WT 11=A
            < 3 34=2|45=2|58=CompID problem|372=D|373=9
            < 5 34=3
            > D 34=3 49=WT 11=A
            > D 34=4 49=WT 11=A
            > 5 34=5 49=WT
            ! closed fault(HeliosFIX.FixFault.compID)
            """
        ),
        FixScript(
            "comp ids may go unchecked",
            """
            logon
            > D 34=2 49=WT 11=A
            ! message 2 D
            """
        ) { $0.checksCompIDs = false },
        FixScript(
            "a sending time that is too early is rejected and ends in logout",
            """
            logon
            > D 34=2 52=-119 11=A
            ! message 2 D
            > D 34=3 52=-121 11=A
            < 3 34=2|45=3|58=SendingTime accuracy problem|372=D|373=10
            < 5 34=3
            > 5 34=4
            ! closed fault(HeliosFIX.FixFault.sendingTime)
            """
        ),
        FixScript(
            "a sending time that is too late is rejected and ends in logout",
            """
            logon
            > D 34=2 52=+121 11=A
            < 3 34=2|45=2|58=SendingTime accuracy problem|372=D|373=10
            < 5 34=3
            + 2
            ! closed fault(HeliosFIX.FixFault.sendingTime)
            """
        ),
        FixScript(
            "a profile may name the field of a bad sending time",
            """
            logon
            > D 34=2 52=+121 11=A
            < 3 34=2|45=2|58=SendingTime accuracy problem|371=52|372=D|373=10
            < 5 34=3
            + 2
            ! closed fault(HeliosFIX.FixFault.sendingTime)
            """
        ) { $0.profile.namesTagOfHeader = true },
        FixScript(
            "sending times may go unchecked",
            """
            logon
            > D 34=2 52=+1000 11=A
            ! message 2 D
            > D 34=3 -52 11=A
            ! message 3 D
            """
        ) { $0.sendingTimeTolerance = nil },
        FixScript(
            "a message without sending time is rejected",
            """
            logon
            > D 34=2 -52 11=A
            < 3 34=2|45=2|58=Required tag missing|371=52|372=D|373=1
            > D 34=3 52=x 11=A
            < 3 34=3|45=3|58=Incorrect data format for value|371=52|372=D|373=6
            numbers 4 4
            """
        ),
        FixScript(
            "a number that is too low ends the session",
            """
            logon
            > 0 34=2
            > 0 34=3
            > 0 34=2
            < 5 34=2|58=MsgSeqNum too low, expecting 4 but received 2
            ! closed tooLow(expected: 4, received: 2)
            numbers 3 4
            """
        ),
        FixScript(
            "a duplicate is ignored in silence",
            """
            logon
            > D 34=2 11=A
            ! message 2 D
            > D 34=2 43=Y 122=-1 11=A
            > D 34=2 43=Y 122=+0 11=A
            numbers 2 3
            """
        ),
        FixScript(
            "a duplicate without original time is rejected",
            """
            logon
            > D 34=2 11=A
            ! message 2 D
            > D 34=2 43=Y 11=A
            < 3 34=2|45=2|58=Required tag missing|371=122|372=D|373=1
            numbers 3 3
            """
        ),
        FixScript(
            "a duplicate whose original time is later than its sending is rejected and ends in logout",
            """
            logon
            > D 34=2 11=A
            ! message 2 D
            > D 34=2 43=Y 122=+10 11=A
            < 3 34=2|45=2|58=SendingTime accuracy problem|372=D|373=10
            < 5 34=3
            > 5 34=3
            ! closed fault(HeliosFIX.FixFault.origSendingTime)
            """
        ),
        FixScript(
            "routing fields come back reversed in a reject",
            """
            logon
            > 1 34=2 115=JCD 116=CS 128=MG 129=CB 144=BB 145=JCDL
            < 3 34=2|115=MG|116=CB|128=JCD|129=CS|144=JCDL|145=BB|45=2|58=Required tag missing|371=112|372=1|373=1
            """
        ),
        FixScript(
            "empty routing fields don't come back",
            """
            logon
            > 1 34=2 115= 116=CS 128=MG 129=
            < 3 34=2|115=MG|129=CS|45=2|58=Required tag missing|371=112|372=1|373=1
            """
        ),
        FixScript(
            "before 4.2 a reject has its field in the text",
            versions: [.fix40, .fix41],
            """
            logon
            > 1 34=2
            < 3 34=2|45=2|58=Required tag missing (112)
            """
        ),
    ]

    private static let sequenceResets: [FixScript] = [
        FixScript(
            "a gap fill in turn moves on",
            """
            logon
            > 4 34=2 36=20 123=Y
            > 1 34=20 112=HELLO
            < 0 34=2 112=HELLO
            numbers 3 21
            """
        ),
        FixScript(
            "a gap fill that is too high waits for the gap",
            """
            logon
            > 4 34=3 36=20 123=Y
            < 2 34=2 7=2 16=0
            ! gap 2 2
            > 0 34=2 43=Y 122=-1
            numbers 3 20
            """
        ),
        FixScript(
            "a gap fill that is too low ends the session, unless it is a duplicate",
            """
            logon
            > 4 34=1 43=Y 122=-1 36=20 123=Y
            numbers 2 2
            > 4 34=1 36=20 123=Y
            < 5 34=2|58=MsgSeqNum too low, expecting 2 but received 1
            ! closed tooLow(expected: 2, received: 1)
            """
        ),
        FixScript(
            "a gap fill that goes nowhere is rejected",
            """
            logon
            > 4 34=2 36=2 123=Y
            < 3 34=2|45=2|58=Value is incorrect (out of range) for this tag|372=4|373=5
            > 4 34=3 36=1 123=Y
            < 3 34=3|45=3|58=Value is incorrect (out of range) for this tag|372=4|373=5
            numbers 4 4
            """
        ),
        FixScript(
            "a profile may name the field of a wrong reset",
            """
            logon
            > 4 34=1 36=1
            < 3 34=2|45=1|58=Value is incorrect (out of range) for this tag|371=36|372=4|373=5
            """
        ) { $0.profile.namesTagOfSequenceReset = true },
        FixScript(
            "a reset moves on, whatever its own number is",
            """
            logon
            > 4 34=1 36=20
            numbers 2 20
            > 4 34=900 36=30 123=N
            > 1 34=30 112=HELLO
            < 0 34=2 112=HELLO
            numbers 3 31
            """
        ),
        FixScript(
            "a reset to the expected number changes nothing",
            """
            logon
            > 4 34=0 36=2
            > 0 34=2
            numbers 2 3
            """
        ),
        FixScript(
            "a reset backward is rejected and changes nothing",
            """
            logon
            > 0 34=2
            > 0 34=3
            > 4 34=4 36=2
            < 3 34=2|45=4|58=Value is incorrect (out of range) for this tag|372=4|373=5
            > 1 34=4 112=HELLO
            < 0 34=3 112=HELLO
            """
        ),
        FixScript(
            "a reset without new number is rejected",
            """
            logon
            > 4 34=2
            < 3 34=2|45=2|58=Required tag missing|371=36|372=4|373=1
            > 4 34=2 123=Y
            < 3 34=3|45=2|58=Required tag missing|371=36|372=4|373=1
            """
        ),
        FixScript(
            "a reset over a gap releases what waits behind it",
            """
            logon
            > D 34=5 11=A
            < 2 34=2 7=2 16=0
            ! gap 2 4
            > 4 34=6 36=5
            ! message 5 D
            numbers 3 6
            """
        ),
        FixScript(
            "a logon with reset is answered with reset",
            versions: [.fix42, .fix44],
            """
            logon
            > 0 34=2
            > A 34=1 98=0 108=30 141=Y
            < A 34=1 98=0 108=30 141=Y
            ! loggedOn reset
            > D 34=2 11=A
            ! message 2 D
            > 2 34=3 7=1 16=0
            < 4 34=1 43=Y 122=0 36=2 123=Y
            """
        ),
        FixScript(
            "over FIXT.1.1 the answer to a reset has the application version",
            versions: [.fixt11],
            """
            logon
            send D 11=A
            < D 34=2 11=A
            > A 34=1 98=0 108=30 141=Y 1137=9
            < A 34=1 98=0 108=30 141=Y 1137=9
            ! loggedOn reset
            numbers 2 2
            """
        ),
        FixScript(
            "a logon with reset needs number 1",
            """
            logon
            > A 34=2 98=0 108=30 141=Y
            < 5 34=2|58=ResetSeqNumFlag needs MsgSeqNum 1
            ! closed refused(HeliosFIX.FixRefusal.reset)
            """
        ),
        FixScript(
            "our own reset while logged on waits for its answer",
            versions: [.fix42, .fix44],
            """
            logon
            > 0 34=2
            send D 11=A
            < D 34=2 11=A
            reset
            < A 34=1 98=0 108=30 141=Y
            nosend D
            > 0 34=3
            > A 34=1 98=0 108=30 141=Y
            ! loggedOn reset
            numbers 2 2
            send D 11=B
            < D 34=2 11=B
            """
        ),
        FixScript(
            "our own reset that is not answered ends the connection",
            versions: [.fix44],
            """
            logon
            reset
            < A 34=1 98=0 108=30 141=Y
            + 10
            ! closed logonTimeout
            """
        ),
    ]

    private static let logouts: [FixScript] = [
        FixScript(
            "a logout is answered and counts",
            """
            logon
            > 5 34=2
            < 5 34=2
            ! closed peerLogout
            numbers 3 3
            nosend D
            """
        ),
        FixScript(
            "a logout with a high number does not wait for the gap",
            """
            logon
            > 5 34=9 58=bye
            < 5 34=2
            ! closed peerLogout
            numbers 3 2
            """
        ),
        FixScript(
            "a logout is answered even when its number is low",
            """
            logon
            > 0 34=2
            > 5 34=2
            < 5 34=2
            ! closed peerLogout
            """
        ),
        FixScript(
            "our logout ends with the answer",
            """
            logon
            logout
            < 5 34=2
            nosend D
            > 5 34=2
            ! closed ourLogout
            numbers 3 3
            """
        ),
        FixScript(
            "our logout may say why, and ends without an answer too",
            """
            logon
            logout end of day
            < 5 34=2|58=end of day
            + 1
            + 1
            ! closed logoutTimeout
            """
        ),
        FixScript(
            "while our logout waits, messages are taken and resends answered",
            """
            logon
            send D 11=A
            < D 34=2 11=A
            logout
            < 5 34=3
            > D 34=2 11=X
            ! message 2 D
            > 2 34=3 7=1 16=0
            < 4 34=1 43=Y 122=0 36=2 123=Y
            < D 34=2 43=Y 122=0 11=A
            < 4 34=3 43=Y 122=0 36=4 123=Y
            > 5 34=4
            ! closed ourLogout
            """
        ),
        FixScript(
            "logouts that cross end the session",
            """
            logon
            logout
            < 5 34=2
            > 5 34=2
            ! closed ourLogout
            """
        ),
        FixScript(
            "numbers begin again after a logout when it is configured",
            versions: [.fix44],
            """
            logon
            > 0 34=2
            > 5 34=3
            < 5 34=2
            ! closed peerLogout
            numbers 1 1
            logon
            """
        ) { $0.resetOnLogout = true },
        FixScript(
            "numbers begin again after a lost connection when it is configured",
            versions: [.fix44],
            """
            logon
            > 0 34=2
            disconnect
            numbers 1 1
            logon
            """
        ) { $0.resetOnDisconnect = true },
    ]
}
