// SPDX-License-Identifier: MIT
import HeliosFIX

extension FixScripts {
    /// What happens at logon.
    static let logon: [FixScript] = acceptor + initiator + nextExpected

    private static let acceptor: [FixScript] = [
        FixScript(
            "an acceptor takes the heartbeat of the logon",
            roles: [.acceptor],
            versions: [.fix40, .fix41, .fix42, .fix43, .fix44],
            """
            connect
            > A 34=1 98=0 108=7
            < A 34=1 98=0 108=7
            ! loggedOn
            + 7
            < 0 34=2
            """
        ),
        FixScript(
            "a first message that is no logon ends the connection without a word",
            roles: [.acceptor],
            """
            connect
            > D 34=1 11=A
            ! closed notLogon
            numbers 1 1
            """
        ),
        FixScript(
            "bytes that are no message end a connection without logon",
            roles: [.acceptor],
            """
            connect
            raw GET / HTTP/1.1
            ! closed notLogon
            """
        ),
        FixScript(
            "a logon with wrong comp ids gets no answer",
            roles: [.acceptor],
            """
            connect
            > A 34=1 49=WT 98=0 108=30
            ! closed refused(HeliosFIX.FixRefusal.compID)
            connect
            > A 34=1 56=DLSI 98=0 108=30
            ! closed refused(HeliosFIX.FixRefusal.compID)
            numbers 1 1
            """
        ),
        FixScript(
            "a logon with another BeginString gets no answer",
            roles: [.acceptor],
            """
            connect
            > A 34=1 8=FIX.4.1 98=0 108=30
            ! closed refused(HeliosFIX.FixRefusal.beginString)
            """
        ),
        FixScript(
            "a logon with a bad sending time gets no answer",
            roles: [.acceptor],
            """
            connect
            > A 34=1 52=-130 98=0 108=30
            ! closed refused(HeliosFIX.FixRefusal.sendingTime)
            numbers 1 1
            """
        ),
        FixScript(
            "a profile may answer a refused logon",
            roles: [.acceptor],
            """
            connect
            > A 34=1 8=FIX.4.1 98=0 108=30
            < 5 34=1|58=Incorrect BeginString
            ! closed refused(HeliosFIX.FixRefusal.beginString)
            """
        ) { $0.profile.answersRefusedLogon = true },
        FixScript(
            "a logon that lacks a field, or has a bad one, gets no answer",
            roles: [.acceptor],
            versions: [.fix42, .fix44],
            """
            connect
            > A 34=1 98=0
            ! closed refused(HeliosFIX.FixRefusal.malformed)
            connect
            > A 34=1 108=30
            ! closed refused(HeliosFIX.FixRefusal.malformed)
            connect
            > A 34=1 98=0 108=-1
            ! closed refused(HeliosFIX.FixRefusal.malformed)
            connect
            > A -34 98=0 108=30
            ! closed refused(HeliosFIX.FixRefusal.malformed)
            """
        ),
        FixScript(
            "a logon over FIXT.1.1 needs the application version",
            roles: [.acceptor],
            versions: [.fixt11],
            """
            connect
            > A 34=1 98=0 108=30
            ! closed refused(HeliosFIX.FixRefusal.malformed)
            connect
            > A 34=1 98=0 108=30 1137=4
            < 5 34=1|58=DefaultApplVerID is not supported
            ! closed refused(HeliosFIX.FixRefusal.application)
            """
        ),
        FixScript(
            "a logon that is too high is answered first, then the gap is asked for",
            roles: [.acceptor],
            versions: [.fix42, .fix44],
            """
            connect
            > A 34=5 98=0 108=30
            < A 34=1 98=0 108=30
            ! loggedOn
            < 2 34=2 7=1 16=0
            ! gap 1 4
            > 4 34=1 43=Y 122=-9 36=5 123=Y
            numbers 3 6
            """
        ),
        FixScript(
            "a logon that is too low ends in logout",
            roles: [.acceptor],
            versions: [.fix42, .fix44],
            """
            logon
            > 0 34=2
            disconnect
            connect
            > A 34=2 98=0 108=30
            < 5 34=2|58=MsgSeqNum too low, expecting 3 but received 2
            ! closed tooLow(expected: 3, received: 2)
            """
        ),
        FixScript(
            "a logon with reset begins again, and is answered so",
            roles: [.acceptor],
            versions: [.fix42, .fix44],
            """
            logon
            > 0 34=2
            send D 11=A
            < D 34=2 11=A
            disconnect
            connect
            > A 34=1 98=0 108=30 141=Y
            < A 34=1 98=0 108=30 141=Y
            ! loggedOn reset
            numbers 2 2
            """
        ),
        FixScript(
            "a logon with reset needs number 1",
            roles: [.acceptor],
            """
            connect
            > A 34=3 98=0 108=30 141=Y 1137=9
            < 5 34=1|58=ResetSeqNumFlag needs MsgSeqNum 1
            ! closed refused(HeliosFIX.FixRefusal.reset)
            """
        ),
        FixScript(
            "a logon with 141=N is like one without",
            roles: [.acceptor],
            versions: [.fix44],
            """
            connect
            > A 34=1 98=0 108=30 141=N
            < A 34=1 98=0 108=30
            ! loggedOn
            """
        ),
        FixScript(
            "an acceptor may begin again at each logon",
            roles: [.acceptor],
            versions: [.fix44],
            """
            logon
            > 0 34=2
            disconnect
            logon
            numbers 2 2
            """
        ) { $0.resetOnLogon = true },
        FixScript(
            "numbers go on over connections",
            roles: [.acceptor],
            versions: [.fix42, .fix44],
            """
            logon
            > D 34=2 11=A
            ! message 2 D
            send 8 37=1
            < 8 34=2 37=1
            disconnect
            connect
            > A 34=3 98=0 108=30
            < A 34=3 98=0 108=30
            ! loggedOn
            numbers 4 4
            """
        ),
        FixScript(
            "sub ids and locations are sent",
            roles: [.acceptor],
            versions: [.fix44],
            """
            connect
            > A 34=1 50=DESK 98=0 108=30
            < A 34=1 50=ME 57=DESK 142=L 98=0 108=30
            ! loggedOn
            """
        ) {
            $0.id.senderSub = "ME"
            $0.id.targetSub = "DESK"
            $0.id.senderLocation = "L"
        },
    ]
}
