// SPDX-License-Identifier: MIT
import HeliosFIX

extension FixScripts {
    /// What happens to messages that a dictionary is asked about; application messages are sent back.
    static let checked: [FixScript] = [
        FixScript(
            "a type that the dictionary does not have is rejected",
            echoes: true,
            """
            logon
            > * 34=2
            < 3 34=2|45=2|58=Invalid MsgType|372=*|373=11
            > ZZZ 34=3
            < 3 34=3|45=3|58=Invalid MsgType|372=ZZZ|373=11
            numbers 4 4
            """
        ),
        FixScript(
            "a profile may name the field of a type that there is not",
            echoes: true,
            """
            logon
            > * 34=2
            < 3 34=2|45=2|58=Invalid MsgType|371=35|372=*|373=11
            """
        ) { $0.profile.namesTagOfHeader = true },
        FixScript(
            "numbers that are no tags are rejected, below zero too",
            echoes: true,
            """
            logon
            > 0 34=2 999999=HI
            < 3 34=2|45=2|58=Invalid tag number|371=999999|372=0|373=0
            > 0 34=3 0=HI
            < 3 34=3|45=3|58=Invalid tag number|371=0|372=0|373=0
            >> 0 34=4|49=TW|52=+0|56=ISLD|-1=HI
            < 3 34=4|45=4|58=Invalid tag number|371=-1|372=0|373=0
            > 0 34=5 5000=HI
            < 3 34=5|45=5|58=Invalid tag number|371=5000|372=0|373=0
            """
        ),
        FixScript(
            "what is missing is named, in the header and in the body",
            echoes: true,
            """
            logon
            > 0 34=2 -56
            < 3 34=2|45=2|58=Required tag missing|371=56|372=0|373=1
            > D 34=3 11=A 21=3 40=1 54=1 55=X
            < 3 34=3|45=3|58=Required tag missing|371=60|372=D|373=1
            """
        ),
        FixScript(
            "reasons that 4.2 does not have are left out",
            versions: [.fix42],
            echoes: true,
            """
            logon
            > D 34=2 11=A 21=3 38=1 40=1 54=1 40=1 55=X 60=+0
            < 3 34=2|45=2|58=Tag appears more than once|371=40|372=D
            """
        ),
        FixScript(
            "values, formats, order and repeated fields are checked",
            versions: [.fix44, .fixt11],
            echoes: true,
            """
            logon
            > D 34=2 11=A 21=3 38=1 40=w 54=1 55=X 60=+0
            < 3 34=2|45=2|58=Value is incorrect (out of range) for this tag|371=40|372=D|373=5
            > D 34=3 11=A 21=3 38=+200 40=1 54=1 55=X 60=+0
            < 3 34=3|45=3|58=Incorrect data format for value|371=38|372=D|373=6
            > D 34=4 11=A 21=3 38=1 40=1 54=1 55= 60=+0
            < 3 34=4|45=4|58=Tag specified without a value|371=55|372=D|373=4
            > 0 34=5 55=X
            < 3 34=5|45=5|58=Tag not defined for this message type|371=55|372=0|373=2
            > D 34=6 11=A 21=3 38=1 40=1 54=1 40=1 55=X 60=+0
            < 3 34=6|45=6|58=Tag appears more than once|371=40|372=D|373=13
            >> D 55=X|34=7|49=TW|52=+0|56=ISLD|11=A|21=3|38=1|40=1|54=1|60=+0
            """ + orderEnd
        ),
        FixScript(
            "an order comes back, and a possible resend of it does not",
            echoes: true,
            """
            logon
            > D 34=2 11=A 21=3 38=200.00 40=1 54=1 55=X 60=20260102-03:04:05
            < D 34=2 11=A 21=3 38=200.00 40=1 54=1 55=X 60=20260102-03:04:05
            > D 34=3 97=Y 11=A 21=3 38=200.00 40=1 54=1 55=X 60=20260102-03:04:05
            > D 34=4 97=Y 11=B 21=3 38=200.00 40=1 54=1 55=X 60=20260102-03:04:05
            < D 34=3 11=B 21=3 38=200.00 40=1 54=1 55=X 60=20260102-03:04:05
            """
        ),
        FixScript(
            "a message that is wrong is rejected again when it is resent, and what waits goes on",
            echoes: true,
            """
            logon
            > 1 34=3 112=HELLO1
            < 2 34=2 7=2 16=0
            ! gap 2 2
            > D 34=2 43=Y 122=+0 11=A 21=3 38=100 40=1 54=1 55=X 60=+0 126=20040415
            < 3 34=3|45=2|58=Incorrect data format for value|371=126|372=D|373=6
            > 1 34=4 112=HELLO2
            < 0 34=4 112=HELLO1
            < 0 34=5 112=HELLO2
            > 5 34=11
            < 5 34=6
            ! closed peerLogout
            """
        ),
        FixScript(
            "a message with a length that is too short is passed over",
            echoes: true,
            """
            logon
            >> D 9=30|34=2|49=TW|52=+0|56=ISLD|11=A|21=3|38=1|40=1|54=1|55=X|60=+0
            ! garbled trailer
            > 0 34=3
            < 2 34=2 7=2 16=0
            ! gap 2 2
            """
        ) { $0.resync = .nextCheckSum },
        FixScript(
            "a message with a length that is too long takes the next with it, as QuickFIX does",
            echoes: true,
            """
            logon
            >> 0 9=70|34=2|49=TW|52=+0|56=ISLD
            > 0 34=3
            ! garbled trailer
            > 0 34=2
            numbers 2 3
            """
        ) { $0.resync = .nextCheckSum },
        FixScript(
            "a sum that is no byte is wrong",
            echoes: true,
            """
            logon
            >> 0 34=2|49=TW|52=+0|56=ISLD|10=256
            ! garbled checkSum
            > 0 34=2
            numbers 2 3
            """
        ),
        FixScript(
            "the first three fields have their places",
            echoes: true,
            """
            logon
            raw 35=0|8=FIX.4.4|9=9|34=2|49=TW|56=ISLD|10=121|
            ! garbled notFix
            ! garbled trailer
            > 1 34=2 112=HELLO
            < 0 34=2 112=HELLO
            """
        ) { $0.resync = .nextCheckSum },
        FixScript(
            "a resend request whose number was there before is answered, and uses up none",
            """
            logon
            > 0 34=2
            > 2 34=2 7=1 16=0
            < 4 34=1 43=Y 122=0 36=2 123=Y
            numbers 2 3
            """
        ),
        FixScript(
            "a resend request with a low number may end the session",
            """
            logon
            > 0 34=2
            > 2 34=2 7=1 16=0
            < 5 34=2|58=MsgSeqNum too low, expecting 3 but received 2
            ! closed tooLow(expected: 3, received: 2)
            """
        ) { $0.profile.answersLowResendRequests = false },
        FixScript(
            "a logon that the dictionary refuses gets no answer",
            roles: [.acceptor],
            versions: [.fix42, .fix44],
            echoes: true,
            """
            connect
            > A 34=1 98=0 108=x
            ! closed refused(HeliosFIX.FixRefusal.malformed)
            connect
            > A 34=1 98=0 108=30 999999=x
            ! closed refused(HeliosFIX.FixRefusal.malformed)
            """
        ),
    ]

    private static let orderEnd = """

        < 3 34=7|45=7|58=Tag specified out of required order|371=34|372=D|373=14
        numbers 8 8
        """
}
