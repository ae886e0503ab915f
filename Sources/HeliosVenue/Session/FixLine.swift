// SPDX-License-Identifier: MIT
import HeliosFIX
import HeliosMarket
import HeliosWire

/// One user's session at a door.
final class FixLine {
    let user: FixDoorUser
    var session: FixSession
    var port: FixDoorPort?
    /// Whether nobody is connected.
    var isFree = true
    /// Takes nothing: what is written for it waits in the session's store.
    private var nowhere = WireOutput(capacity: 1)
    private var storeSize: Int
    /// Bytes of messages that are kept for resending.
    private let storeMax: Int
    private let store: FixLineStore?
    /// Whether a message could not be kept: the session can't go on.
    private(set) var isFull = false
    /// Whether there was no more memory when it was asked for.
    private var isShort = false
    /// Messages until more memory is asked for again, and after a failure.
    private var untilGrowth = 0
    private var growthPause = 0
    /// What was told of it already.
    private var told: Set<FixDoorWarning.Kind> = []
    /// Messages up to this number that come again may have been carried out; nil when none is in doubt.
    private var doubt: UInt64?

    /// Room for the longest message, and to begin with.
    private static let firstStore = 1 << 20
    /// What header, trailer and the store's own take at most.
    private static let headerMax = 2_048
    /// What a user hears whose session can't go on.
    static let fullText = "no more can be kept for this session: a Logon with ResetSeqNumFlag=Y begins it anew"
    /// Messages between two questions for memory at least and at most: each makes a full disk search.
    private static let growthPauses = 64...65_536

    init(
        _ user: FixDoorUser,
        _ dialect: FixDialect,
        _ compID: String,
        _ dictionary: FixDictionary,
        _ storeMax: Int,
        _ store: FixLineStore?
    ) {
        self.user = user
        self.storeMax = storeMax
        self.store = store
        doubt = store?.isDoubtful == true ? .max : nil
        storeSize = store?.memory.count ?? min(FixLine.firstStore, storeMax)
        var configuration = FixSessionConfiguration(
            FixSessionID(dialect.version, sender: compID, target: user.compID),
            .acceptor
        )
        configuration.largestBody = FixDialect.largestBody
        // What users define for themselves is taken whether it is known or not.
        configuration.checks.remove(.userFields)
        session = FixSession(
            configuration,
            dictionary: dictionary,
            store: FixStore(memory: store?.memory ?? FixStoreMemory(bytes: storeSize))
        )
    }

    // MARK: Logons

    /// The user has logged on: what it has sent before that Logon is in doubt, when anything is; a reset makes room.
    func begun(isReset: Bool) {
        if isReset {
            doubt = nil
            isFull = false
            session.refusal = nil
            told.remove(.full)
        } else if doubt == .max {
            if case .resendPending(let last) = session.state { doubt = last } else { doubt = nil }
        }
    }

    /// Whether a message may have been carried out before the machine went down.
    func isInDoubt(_ delivery: FixDelivery) -> Bool {
        guard let doubt, delivery.possDup else { return false }
        return delivery.sequence <= doubt
    }

    /// Another day's port.
    func bind(_ port: FixDoorPort?) {
        self.port = port
        told.remove(.lost)
        (untilGrowth, growthPause) = (0, 0)
    }

    /// What has gone wrong and was not told yet.
    func takeWarnings() -> [FixDoorWarning] {
        var kinds: [FixDoorWarning.Kind] = []
        if isFull { kinds.append(.full) }
        if isShort, !isFull { kinds.append(.short) }
        if let port, port is FixCopyPort, port.lost > 0 { kinds.append(.lost) }
        return kinds.compactMap { told.insert($0).inserted ? FixDoorWarning(kind: $0, user: user, port: port) : nil }
    }

    // MARK: Sending

    /// Hands the port's messages to the session; what is not market data is numbered and kept, whether there is room or not.
    func send(at now: Timestamp, into output: inout WireOutput) {
        guard let port, session.state.isLoggedOn, !isFull else { return }
        if port.next == nil { port.catchUp() }
        while let next = port.next {
            guard hasRoom(next) else { return }
            guard number(next, at: now, into: &output) else { return keep(at: now) }
            port.removeFirst()
            // Behind the last comes what has waited for room.
            if port.next == nil { port.catchUp() }
        }
    }

    /// Numbers and keeps what waits and is no market data, so that it is sent with the next Logon, or when the user reads again.
    func keep(at now: Timestamp) {
        guard let port, !isFull else { return }
        while let next = port.outbox.nextKept {
            guard hasRoom(next), number(next, at: now, into: &nowhere) else { return }
            port.outbox.removeFirstKept()
        }
    }

    /// What waits for a user who is away is kept where it survives the process, or before it finds no more room.
    func keepForLater(at now: Timestamp) {
        guard isFree, let port, store != nil || port.outbox.isCrowded else { return }
        keep(at: now)
    }

    /// The day is over: numbers and keeps everything, what was lost is told anew; market data is not told any more.
    func close(at now: Timestamp) {
        guard let port else { return }
        port.joined()
        repeat {
            port.outbox.removeUnstored()
            keep(at: now)
            // Words about subscriptions stand among the market data.
            while !isFull, let next = port.next, hasRoom(next), number(next, at: now, into: &nowhere) {
                port.removeFirst()
            }
            port.catchUp()
        } while port.next != nil && !isFull
    }

    private func number(_ next: FixOutgoing, at now: Timestamp, into output: inout WireOutput) -> Bool {
        let sequence = session.send(
            next.type,
            isQueued: next.isStored,
            isStored: next.isStored,
            at: now,
            into: &output
        ) { writer in
            next.fields.withUnsafeBytes { writer.put(fields: WireBytes($0)) }
        }
        // Market data waits for room in the output; what is kept can't be had but by the store.
        if sequence == nil, next.isStored { closeForGood() }
        return sequence != nil
    }

    private func closeForGood() {
        isFull = true
        // A reset forgets what fills it.
        session.refusal = { $0[.resetSeqNumFlag]?.bool == true ? nil : FixLine.fullText }
    }

    /// Whether a message can be kept; when it can't, the session is over.
    private func hasRoom(_ message: FixOutgoing) -> Bool {
        guard message.isStored else { return true }
        let needed = message.fields.count + FixLine.headerMax
        if session.store.wantsRoom { grow(isUrgent: !session.store.fits(needed)) }
        if !session.store.fits(needed) { closeForGood() }
        return !isFull
    }

    /// Asks for more memory, and after a failure only now and then: on a full disk that takes longer than the message.
    private func grow(isUrgent: Bool) {
        guard storeSize < storeMax else { return }
        if untilGrowth > 0, !isUrgent {
            untilGrowth -= 1
            return
        }
        let memory = store.map { $0.grow() } ?? FixStoreMemory(bytes: min(storeSize * 2, storeMax))
        guard let memory, session.moveStore(to: memory) else {
            isShort = true
            growthPause = min(max(growthPause * 2, FixLine.growthPauses.lowerBound), FixLine.growthPauses.upperBound)
            untilGrowth = growthPause
            return
        }
        storeSize = memory.count
        isShort = false
        (untilGrowth, growthPause) = (0, 0)
        told.remove(.short)
    }
}
