// SPDX-License-Identifier: MIT

#if HELIOS_BUG_BANK
/// Wrong implementations that tests switch on, one at a time, to prove that they would be found.
///
/// Compiled only into a build made for that (`HELIOS_BUG_BANK` in the environment of the build).
public enum Bug: String, CaseIterable, Sendable {
    case executionsNotDeduplicated
    case reservationReleasedOnCancel
    case appendAfterTornTail
    case syncErrorIgnored
    case venueDoesNotFence
    case writerIgnoresFence
    case positionLimitOffByOne
    case resentOnTimeout
    case feedGapIgnored
    case linesNotCompared
    case killCancelsNothing
    case killKeepsSending
    case sentBeforeJournal
    case unknownReleasedOnDisconnect
    case tradesWithoutReconciliation
    case epochNotInOrderNumber
    case standbySkipsTimers
    case checksumsNotChecked
    case cancelsHeldBack
    case journalFullIgnored
    case missingOrdersKept
    case staleBookTraded
    case rejectKeepsReservation
    case feesCountedTwice
    case snapshotWithoutTail
    case snapshotNotChecked
    case snapshotForgetsExecutions
    case answerTakenByNumberOnly
    case ordersSentAgainAfterReconnect
    case unansweredCalledDead
    case onlyNewMessagesAskedFor
    case silenceNotNoticed
    case partialPacketDropped
    case epochNotShown
    case laterEpochIgnored
    case missingAskedForOnce

    /// The one that is switched on.
    nonisolated(unsafe) public static var active: Bug?
}

/// Whether `bug` is switched on.
@inlinable
public func isOn(_ bug: Bug) -> Bool { unsafe Bug.active == bug }
#endif
