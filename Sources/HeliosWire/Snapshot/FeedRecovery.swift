// SPDX-License-Identifier: MIT

/// Joins a live feed to a snapshot of its books: which live messages count, and whether a snapshot is needed.
///
/// ```
///            a number is missing
///   live ─────────────────────────► loading: live messages are kept
///     ▲                                │ `finish(next:)`
///     │ kept ones from `next` on       ▼
///     └──────────────────────────── reaches back far enough? ── no: loading, with another snapshot
/// ```
/// The caller gives it every message of the feed in order, with its number; a jump in the numbers is a loss that nobody could
/// make good. It knows no protocol and no time. Its memory is reserved at the start; when it is full, what was kept is
/// forgotten, and a later snapshot will do.
public struct FeedRecovery: ~Copyable {
    /// What to do with a live message.
    @frozen
    public enum Verdict: UInt8, Sendable, BitwiseCopyable {
        /// Use it.
        case deliver
        /// It was kept: the books are not known yet.
        case keep
        /// The books know it already.
        case pass
    }

    /// What a snapshot did.
    public enum Outcome: Equatable, Sendable {
        /// The books are known; so many kept messages were used.
        case live(replayed: Int)
        /// Messages between the snapshot and the first that was kept are not there: a later snapshot is needed.
        case tooOld(missing: Range<UInt64>)
    }

    /// Whether the books are unknown and a snapshot is needed.
    public private(set) var needsSnapshot: Bool
    /// Losses met.
    public private(set) var losses = 0
    /// Times that kept messages were forgotten for want of room.
    public private(set) var overflows = 0
    /// The number of the next live message; 0 while none has come.
    public private(set) var next: UInt64
    private var kept: MessageStore
    /// The number of the first kept message; 0 when any will do.
    private var keptFrom: UInt64 = 0

    /// - Parameters:
    ///   - start: the first message wanted, for a feed heard from there; nil to begin with a snapshot.
    ///   - messages: how many live messages are kept while a snapshot loads.
    ///   - bytes: how many bytes they may have together.
    public init(start: UInt64?, messages: Int = 1 << 20, bytes: Int = 1 << 26) {
        needsSnapshot = start == nil
        next = start ?? 0
        kept = MessageStore(messages: messages, bytes: bytes)
    }

    /// Judges the live message of a number.
    public mutating func take(_ number: UInt64, _ message: WireBytes) -> Verdict {
        if !needsSnapshot {
            if number < next { return .pass }
            if number == next {
                next += 1
                return .deliver
            }
            lose()
        }
        if number != next { forget(from: number) }
        next = number + 1
        if !kept.append(message) {
            overflows += 1
            // This one too: it did not fit.
            forget(from: next)
        }
        return .keep
    }

    /// What was built from the feed can't be trusted any more: a snapshot is needed.
    public mutating func lose() {
        guard !needsSnapshot else { return }
        losses += 1
        needsSnapshot = true
        forget(from: next)
    }

    /// Whether a snapshot that goes on with `sequence` meets what was kept.
    public func canFinish(next sequence: UInt64) -> Bool { sequence >= keptFrom }

    /// A snapshot is in the books; `sequence` is the first message that is not in it.
    ///
    /// - Parameters:
    ///   - sequence: from the snapshot's last message.
    ///   - deliver: gets the kept messages that the snapshot does not know, with their numbers.
    /// - Returns: whether the books are known now.
    public mutating func finish(
        next sequence: UInt64,
        _ deliver: (UInt64, WireBytes) -> Void
    ) -> Outcome {
        guard sequence >= keptFrom else { return .tooOld(missing: sequence..<keptFrom) }
        var replayed = 0
        var number = sequence
        while next > 0, number < next, let message = kept[number - keptFrom + 1] {
            deliver(number, message)
            number += 1
            replayed += 1
        }
        next = max(next, sequence)
        needsSnapshot = false
        forget(from: 0)
        return .live(replayed: replayed)
    }

    private mutating func forget(from number: UInt64) {
        kept.removeAll()
        keptFrom = number
    }
}
