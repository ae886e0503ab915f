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
    /// Whether that was told.
    var isFullTold = false

    /// Room for the longest message, and to begin with.
    private static let firstStore = 1 << 20
    /// What header, trailer and the store's own take at most.
    private static let headerMax = 2_048
    /// What a user hears whose session can't go on.
    static let fullText = "no more can be kept for this session: it is closed until the venue begins anew"

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
        session.refusal = { _ in FixLine.fullText }
    }

    /// Whether a message can be kept; when it can't, the session is over.
    private func hasRoom(_ message: FixOutgoing) -> Bool {
        guard message.isStored else { return true }
        if session.store.wantsRoom, let memory = grown(), session.moveStore(to: memory) { storeSize = memory.count }
        if !session.store.fits(message.fields.count + FixLine.headerMax) { closeForGood() }
        return !isFull
    }

    private func grown() -> FixStoreMemory? {
        guard storeSize < storeMax else { return nil }
        return store.map { $0.grow() } ?? FixStoreMemory(bytes: min(storeSize * 2, storeMax))
    }
}
