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
        ) { $0.losesNothing = false },
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
}
