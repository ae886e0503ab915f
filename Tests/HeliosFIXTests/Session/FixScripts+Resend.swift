// SPDX-License-Identifier: MIT
import HeliosFIX

extension FixScripts {
    /// Gaps in both directions, and restarts.
    static let resend: [FixScript] = asking + answering + restarts

    private static let asking: [FixScript] = [
        FixScript(
            "a gap is asked for once, and what waits is told in order",
            """
            logon
            > D 34=4 11=C
            < 2 34=2 7=2 16=0
            ! gap 2 3
            > D 34=5 11=D
            > D 34=2 43=Y 122=-1 11=A
            ! message 2 D dup
            > D 34=3 43=Y 122=-1 11=B
            ! message 3 D dup
            ! message 4 D
            ! message 5 D
            > D 34=4 43=Y 122=-1 11=C
            > D 34=5 43=Y 122=-1 11=D
            numbers 3 6
            """
        ),
        FixScript(
            "before 4.2 the end of a gap is 999999",
            versions: [.fix40, .fix41],
            """
            logon
            > 0 34=4
            < 2 34=2 7=2 16=999999
            ! gap 2 3
            """
        ),
        FixScript(
            "a second gap is asked for after the first is filled",
            """
            logon
            > 0 34=3
            < 2 34=2 7=2 16=0
            ! gap 2 2
            > 4 34=2 43=Y 122=-1 36=3 123=Y
            > 0 34=6
            < 2 34=3 7=4 16=0
            ! gap 4 5
            """
        ),
        FixScript(
            "an end may be asked for explicitly",
            """
            logon
            > 0 34=5
            < 2 34=2 7=2 16=4
            ! gap 2 4
            """
        ) { $0.resendEnd = .explicit },
        FixScript(
            "a long gap may be asked for in pieces",
            """
            logon
            > D 34=8 11=Z
            < 2 34=2 7=2 16=4
            ! gap 2 7
            > D 34=2 43=Y 122=-1 11=A
            ! message 2 D dup
            > 4 34=3 43=Y 122=-1 36=5 123=Y
            < 2 34=3 7=5 16=7
            > 4 34=5 43=Y 122=-1 36=8 123=Y
            ! message 8 D
            numbers 4 9
            """
        ) { $0.resendChunk = 3 },
        FixScript(
            "what is resent may have a hole itself",
            """
            logon
            > D 34=6 11=Z
            < 2 34=2 7=2 16=0
            ! gap 2 5
            > D 34=2 43=Y 122=-1 11=A
            ! message 2 D dup
            > D 34=4 43=Y 122=-1 11=C
            < 2 34=3 7=3 16=3
            > D 34=5 43=Y 122=-1 11=D
            > D 34=3 43=Y 122=-1 11=B
            ! message 3 D dup
            ! message 4 D dup
            ! message 5 D dup
            ! message 6 D
            """
        ),
        FixScript(
            "a gap that nobody fills is asked for again after a while",
            """
            logon
            > 0 34=4
            < 2 34=2 7=2 16=0
            ! gap 2 3
            + 29
            > 0 34=5
            + 1
            < 0 34=3
            < 2 34=4 7=2 16=0
            """
        ),
        FixScript(
            "what does not fit while a gap is open is asked for again",
            """
            logon
            > D 34=3 11=B
            < 2 34=2 7=2 16=0
            ! gap 2 2
            > D 34=4 11=C
            > D 34=5 11=D
            > D 34=2 43=Y 122=-1 11=A
            ! message 2 D dup
            ! message 3 D
            ! message 4 D
            > D 34=6 11=E
            < 2 34=3 7=5 16=0
            ! gap 5 5
            """
        ) { $0.earlyMessages = 2 },
    ]

    private static let answering: [FixScript] = [
        FixScript(
            "session messages are filled over",
            """
            logon
            > 2 34=2 7=1 16=0
            < 4 34=1 43=Y 122=0 36=2 123=Y
            numbers 2 3
            """
        ),
        FixScript(
            "application messages are sent again with their numbers and times",
            """
            logon
            send D 11=A 55=X
            < D 34=2 11=A 55=X
            + 5
            send D 11=B 97=Y
            < D 34=3 97=Y 11=B
            > 2 34=2 7=2 16=0
            < D 34=2 43=Y 122=-5 11=A 55=X
            < D 34=3 43=Y 97=Y 122=0 11=B
            numbers 4 3
            """
        ),
        FixScript(
            "runs of session messages between application messages are filled over once each",
            """
            logon
            send D 11=A
            < D 34=2 11=A
            > 1 34=2 112=x
            < 0 34=3 112=x
            > 1 34=3 112=y
            < 0 34=4 112=y
            send D 11=B
            < D 34=5 11=B
            > 1 34=4 112=z
            < 0 34=6 112=z
            > 2 34=5 7=1 16=0
            < 4 34=1 43=Y 122=0 36=2 123=Y
            < D 34=2 43=Y 122=0 11=A
            < 4 34=3 43=Y 122=0 36=5 123=Y
            < D 34=5 43=Y 122=0 11=B
            < 4 34=6 43=Y 122=0 36=7 123=Y
            > 2 34=6 7=3 16=4
            < 4 34=3 43=Y 122=0 36=5 123=Y
            > 2 34=7 7=2 16=3
            < D 34=2 43=Y 122=0 11=A
            < 4 34=3 43=Y 122=0 36=4 123=Y
            """
        ),
        FixScript(
            "an end beyond the last is the last",
            """
            logon
            send D 11=A
            < D 34=2 11=A
            > 2 34=2 7=2 16=77
            < D 34=2 43=Y 122=0 11=A
            """
        ),
        FixScript(
            "999999 is the last before 4.3",
            versions: [.fix40, .fix41, .fix42],
            """
            logon
            send D 11=A
            < D 34=2 11=A
            > 2 34=2 7=2 16=999999
            < D 34=2 43=Y 122=0 11=A
            """
        ),
        FixScript(
            "what was never sent is not sent again",
            """
            logon
            > 2 34=2 7=9 16=0
            > 2 34=3 7=5 16=3
            numbers 2 4
            """
        ),
        FixScript(
            "a resend request without its fields is rejected",
            """
            logon
            > 2 34=2 16=0
            < 3 34=2|45=2|58=Required tag missing|371=7|372=2|373=1
            > 2 34=3 7=1
            < 3 34=3|45=3|58=Required tag missing|371=16|372=2|373=1
            """
        ),
        FixScript(
            "both sides may have a gap at once",
            """
            logon
            send D 11=A
            < D 34=2 11=A
            > 2 34=5 7=2 16=0
            < D 34=2 43=Y 122=0 11=A
            < 2 34=3 7=2 16=0
            ! gap 2 4
            > D 34=2 43=Y 122=-1 11=X
            ! message 2 D dup
            > 4 34=3 43=Y 122=-1 36=5 123=Y
            numbers 4 6
            """
        ),
        FixScript(
            "a repeated resend request that was asked for is a duplicate",
            """
            logon
            > 2 34=2 7=1 16=0
            < 4 34=1 43=Y 122=0 36=2 123=Y
            > 2 34=2 43=Y 122=-1 7=1 16=0
            numbers 2 3
            """
        ),
        FixScript(
            "rejects are filled over, or sent again when the profile says so",
            versions: [.fix44],
            """
            logon
            > 1 34=2
            < 3 34=2|45=2|58=Required tag missing|371=112|372=1|373=1
            > 2 34=3 7=2 16=0
            < 3 34=2|43=Y|122=0|45=2|58=Required tag missing|371=112|372=1|373=1
            """
        ) { $0.profile.resendsRejects = true },
        FixScript(
            "live messages go out behind a resend that waits for room",
            versions: [.fix44],
            """
            logon
            send D 11=A 58=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
            < D 34=2 11=A 58=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
            send D 11=B
            < D 34=3 11=B
            output 200
            > 2 34=2 7=2 16=0
            send D 11=C
            > 1 34=3 112=x
            < D 34=2 43=Y 122=0 11=A 58=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
            numbers 6 4
            + 0
            < D 34=3 43=Y 122=0 11=B
            + 0
            < D 34=4 11=C
            + 0
            < 4 34=5 43=Y 122=0 36=6 123=Y
            + 0
            > 2 34=4 7=4 16=0
            < D 34=4 43=Y 122=0 11=C
            + 0
            < 4 34=5 43=Y 122=0 36=6 123=Y
            """
        ),
        FixScript(
            "a message that does not fit the output is not taken",
            versions: [.fix44],
            """
            logon
            output 60
            nosend D
            numbers 2 2
            """
        ),
    ]

    private static let restarts: [FixScript] = [
        FixScript(
            "numbers and messages are there after a restart",
            roles: [.acceptor],
            versions: [.fix42, .fix44],
            """
            logon
            > D 34=2 11=A
            ! message 2 D
            send 8 37=1
            < 8 34=2 37=1
            > 0 34=3
            restart
            numbers 3 4
            connect
            > A 34=4 98=0 108=30
            < A 34=3 98=0 108=30
            ! loggedOn
            > 2 34=5 7=1 16=0
            < 4 34=1 43=Y 122=0 36=2 123=Y
            < 8 34=2 43=Y 122=0 37=1
            < 4 34=3 43=Y 122=0 36=4 123=Y
            """
        ),
        FixScript(
            "what was not acknowledged comes again after a restart",
            roles: [.acceptor],
            versions: [.fix44],
            """
            logon
            > D 34=2 11=A
            ! message 2 D
            ack
            > D 34=3 11=B
            ! message 3 D
            > 0 34=4
            restart
            numbers 2 3
            """
        ) { $0.acknowledgesByItself = false },
        FixScript(
            "a message that is queued while nobody is logged on is sent after the logon",
            roles: [.acceptor],
            versions: [.fix44],
            """
            logon
            disconnect
            nosend 8
            queue 8 37=1
            connect
            > A 34=2 98=0 108=30
            < A 34=3 98=0 108=30
            ! loggedOn
            > 2 34=3 7=2 16=0
            < 8 34=2 43=Y 122=0 37=1
            < 4 34=3 43=Y 122=0 36=4 123=Y
            """
        ),
    ]
}
