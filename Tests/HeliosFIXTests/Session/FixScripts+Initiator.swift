// SPDX-License-Identifier: MIT
import HeliosFIX

extension FixScripts {
    static let initiator: [FixScript] = [
        FixScript(
            "an initiator sends its logon with user and password",
            roles: [.initiator],
            versions: [.fix44],
            """
            connect
            < A 34=1 98=0 108=30 553=me 554=secret
            """
        ) {
            $0.username = "me"
            $0.password = "secret"
        },
        FixScript(
            "a logon may have further fields",
            roles: [.initiator],
            versions: [.fix42],
            """
            connect
            < A 34=1 98=0 108=30 95=2 96=pw
            """
        ) { $0.logonFields = [(95, "2"), (96, "pw")] },
        FixScript(
            "an initiator gives up without an answer",
            roles: [.initiator],
            versions: [.fix44],
            """
            connect
            < A 34=1 98=0 108=30
            + 10
            ! closed logonTimeout
            """
        ),
        FixScript(
            "a logout instead of an answer ends the connection",
            roles: [.initiator],
            versions: [.fix44],
            """
            connect
            < A 34=1 98=0 108=30
            > 5 34=1|58=go away
            ! closed peerLogout
            numbers 2 2
            """
        ),
        FixScript(
            "an answer that is no logon ends the connection",
            roles: [.initiator],
            versions: [.fix44],
            """
            connect
            < A 34=1 98=0 108=30
            > D 34=1 11=A
            ! closed notLogon
            """
        ),
        FixScript(
            "an answer that is too high shows a gap",
            roles: [.initiator],
            versions: [.fix42, .fix44],
            """
            connect
            < A 34=1 98=0 108=30
            > A 34=4 98=0 108=30
            ! loggedOn
            < 2 34=2 7=1 16=0
            ! gap 1 3
            > D 34=1 43=Y 122=-60 11=A
            ! message 1 D dup
            > 4 34=2 43=Y 122=-60 36=5 123=Y
            numbers 3 5
            """
        ),
        FixScript(
            "an answer that is too low ends in logout",
            roles: [.initiator],
            versions: [.fix44],
            """
            logon
            > 0 34=2
            disconnect
            connect
            < A 34=2 98=0 108=30
            > A 34=1 98=0 108=30
            < 5 34=3|58=MsgSeqNum too low, expecting 3 but received 1
            ! closed tooLow(expected: 3, received: 1)
            """
        ),
        FixScript(
            "an initiator may begin again at each logon",
            roles: [.initiator],
            versions: [.fix42, .fix44],
            """
            connect
            < A 34=1 98=0 108=30 141=Y
            > A 34=1 98=0 108=30 141=Y
            ! loggedOn reset
            > 0 34=2
            disconnect
            connect
            < A 34=1 98=0 108=30 141=Y
            > A 34=1 98=0 108=30 141=Y
            ! loggedOn reset
            numbers 2 2
            """
        ) { $0.resetOnLogon = true },
        FixScript(
            "an answer that resets without being asked is answered so",
            roles: [.initiator],
            versions: [.fix44],
            """
            logon
            > 0 34=2
            disconnect
            connect
            < A 34=2 98=0 108=30
            > A 34=1 98=0 108=30 141=Y
            < A 34=1 98=0 108=30 141=Y
            ! loggedOn reset
            numbers 2 2
            """
        ),
    ]

    static let nextExpected: [FixScript] = [
        FixScript(
            "an acceptor sends again what the logon lacks, without being asked",
            roles: [.acceptor],
            versions: [.fix44],
            """
            connect
            > A 34=1 98=0 108=30 789=1
            < A 34=1 98=0 108=30 789=2
            ! loggedOn
            send 8 37=1
            < 8 34=2 37=1
            send 8 37=2
            < 8 34=3 37=2
            disconnect
            connect
            > A 34=2 98=0 108=30 789=3
            < A 34=4 98=0 108=30 789=3
            < 8 34=3 43=Y 122=0 37=2
            ! loggedOn
            """
        ) { $0.usesNextExpected = true },
        FixScript(
            "what we lack comes without being asked for",
            roles: [.acceptor],
            versions: [.fix44],
            """
            connect
            > A 34=3 98=0 108=30 789=1
            < A 34=1 98=0 108=30 789=1
            ! loggedOn
            > D 34=1 43=Y 122=-5 11=A
            ! message 1 D dup
            > D 34=2 43=Y 122=-5 11=B
            ! message 2 D dup
            numbers 2 4
            """
        ) { $0.usesNextExpected = true },
        FixScript(
            "what we lack and does not come is asked for after a while",
            roles: [.acceptor],
            versions: [.fix44],
            """
            connect
            > A 34=3 98=0 108=300 789=1
            < A 34=1 98=0 108=300 789=1
            ! loggedOn
            + 30
            < 2 34=2 7=1 16=0
            """
        ) { $0.usesNextExpected = true },
        FixScript(
            "a logon that expects what was never sent is refused",
            roles: [.acceptor],
            versions: [.fix44],
            """
            connect
            > A 34=1 98=0 108=30 789=5
            < 5 34=1|58=NextExpectedMsgSeqNum too high, expecting 1 but received 5
            ! closed refused(HeliosFIX.FixRefusal.nextExpected)
            """
        ),
        FixScript(
            "an initiator sends again what the answer lacks",
            roles: [.initiator],
            versions: [.fix44],
            """
            connect
            < A 34=1 98=0 108=30 789=1
            > A 34=1 98=0 108=30 789=2
            ! loggedOn
            send D 11=A
            < D 34=2 11=A
            disconnect
            connect
            < A 34=3 98=0 108=30 789=2
            > A 34=2 98=0 108=30 789=2
            < D 34=2 43=Y 122=0 11=A
            < 4 34=3 43=Y 122=0 36=4 123=Y
            ! loggedOn
            """
        ) { $0.usesNextExpected = true },
        FixScript(
            "an initiator is refused when the answer expects too much",
            roles: [.initiator],
            versions: [.fix44],
            """
            connect
            < A 34=1 98=0 108=30 789=1
            > A 34=1 98=0 108=30 789=9
            < 5 34=2|58=NextExpectedMsgSeqNum too high, expecting 2 but received 9
            ! closed refused(HeliosFIX.FixRefusal.nextExpected)
            """
        ) { $0.usesNextExpected = true },
    ]
}
