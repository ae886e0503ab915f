// SPDX-License-Identifier: MIT
import HeliosFIX
import HeliosMarket

extension FixScripts {
    /// Heartbeats, silence, and the schedule.
    ///
    /// The clock begins at 2026-01-02 03:04:05 UTC, a Friday.
    static let time: [FixScript] = [
        FixScript(
            "a heartbeat is sent when nothing else was",
            """
            logon
            + 29
            send D 11=A
            < D 34=2 11=A
            > 0 34=2
            + 29
            > 0 34=3
            + 1
            < 0 34=3
            > 0 34=4
            + 30
            < 0 34=4
            """
        ),
        FixScript(
            "silence is tested, and ends the connection",
            """
            logon
            + 30
            < 0 34=2
            + 5
            + 1
            < 1 34=3 112=TEST
            + 30
            + 6
            ! closed silent
            numbers 4 2
            """
        ),
        FixScript(
            "an answer ends the test",
            """
            logon
            + 36
            < 0 34=2
            < 1 34=3 112=TEST
            > 0 34=2 112=TEST
            + 35
            < 0 34=4
            > 0 34=3
            numbers 5 4
            """
        ),
        FixScript(
            "a heartbeat of zero is off",
            """
            logon
            + 100000
            """
        ) { $0.heartbeat = 0 },
        FixScript(
            "an acceptor does not wait for a logon for ever",
            roles: [.acceptor],
            """
            connect
            + 9
            + 1
            ! closed logonTimeout
            """
        ),
        FixScript(
            "the end of the schedule is a logout, and the next period begins at 1",
            versions: [.fix44],
            """
            logon
            > 0 34=2
            + 30
            < 0 34=2
            > 0 34=3
            + 25
            < 5 34=3
            > 5 34=4
            ! closed schedule
            connect
            ! closed schedule
            + 299
            connect
            ! closed schedule
            + 1
            logon
            numbers 2 2
            """
        ) {
            // Open from 03:10 to 03:05 of the following day.
            $0.schedule = FixSchedule(daily: 3 * 3_600 + 600, to: 3 * 3_600 + 300)
        },
        FixScript(
            "numbers go on over periods when the schedule does not reset",
            roles: [.initiator],
            versions: [.fix44],
            """
            logon
            > 0 34=2
            disconnect
            + 86400
            connect
            < A 34=2 98=0 108=30
            """
        ) {
            $0.schedule = FixSchedule(daily: 0, to: 0)
            $0.resetOnSchedule = false
        },
        FixScript(
            "a connection of yesterday's period begins again at 1",
            roles: [.initiator],
            versions: [.fix44],
            """
            logon
            > 0 34=2
            disconnect
            + 86400
            connect
            < A 34=1 98=0 108=30
            """
        ) { $0.schedule = FixSchedule(daily: 0, to: 0) },
    ]
}
