// SPDX-License-Identifier: MIT
import HeliosFIX

extension FixScripts {
    static let sequenceResets: [FixScript] = [
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

    static let logouts: [FixScript] = [
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
            "numbers begin again after a connection that we have closed too",
            versions: [.fix44],
            """
            logon
            > 0 34=1
            < 5 34=2|58=MsgSeqNum too low, expecting 2 but received 1
            ! closed tooLow(expected: 2, received: 1)
            numbers 1 1
            logon
            """
        ) { $0.resetOnDisconnect = true },
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
