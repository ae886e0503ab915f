// SPDX-License-Identifier: MIT
import HeliosFIX
import HeliosMarket
import HeliosWire

/// Who may log in at a FIX door.
public struct FixDoorUser: Sendable, Equatable {
    /// As the exchange's port has it.
    public var name: String
    /// SenderCompID of what the user sends.
    public var compID: String
    /// Password 554 of the Logon (RawData 96 in 4.2); nil lets any in.
    public var password: String?

    public init(_ name: String, compID: String, password: String? = nil) {
        self.name = name
        self.compID = compID
        self.password = password
    }
}

/// What happens at a FIX door; messages are valid until the next call.
public enum FixDoorEvent {
    /// Both Logons are exchanged.
    case joined(FixPort)
    /// An application message for the exchange.
    case message(WireBytes, FixPort)
    /// A user's connection is over.
    case left(FixPort, FixClosure?)
    /// Somebody was not let in.
    case refused
}

/// A door that speaks FIX, without sockets and clocks: one session for each of its users, for as long as the venue runs.
///
/// ```swift
/// let connection = door.accept()
/// connection.receive(bytes, at: now, into: &output) { event in … }
/// connection.send(at: now, into: &output)        // what the port has for its user
/// ```
/// Numbers go on from day to day. A user is logged in once: a second Logon is refused while the first connection is there.
public final class FixDoor {
    public let dialect: FixDialect
    public let compID: String
    let lines: [FixLine]

    /// - Parameters:
    ///   - dialect: what is spoken.
    ///   - compID: the venue's own.
    ///   - users: who may log in, with different comp ids.
    ///   - storeMax: bytes at most of what a session keeps for resending; a session that needs more is closed.
    public init(_ dialect: FixDialect, compID: String, users: [FixDoorUser], storeMax: Int = 1 << 30) {
        self.dialect = dialect
        self.compID = compID
        lines = users.map { FixLine($0, dialect, compID, storeMax) }
    }

    /// Gives every user the port of a new day; what the old one has not sent is numbered, and comes when it is asked for.
    public func bind(_ exchange: Exchange, at now: Timestamp) {
        for line in lines {
            line.store(at: now)
            line.port = exchange.fixPorts.first { port in
                port.dialect == dialect && SoupText(line.user.name).map(port.user.matches) == true
            }
        }
    }

    /// Seconds of HeartBtInt 108.
    private static let heartbeatMax: Int64 = 3_600

    /// A connection was made.
    public func accept(at now: Timestamp) -> FixConnection { FixConnection(self, at: now) }

    /// The session's user by what a Logon says; nil when there is none, or the password is not right.
    func line(of peek: FixLogonPeek, logon: WireBytes) -> FixLine? {
        guard peek.isLogon, peek.id.version == dialect.version, peek.id.sender == compID,
            let line = lines.first(where: { $0.user.compID == peek.id.target }), line.isFree,
            !line.isFull
        else { return nil }
        var scanner = FixScanner()
        guard let message = try? scanner.scan(logon) else { return nil }
        // Without heartbeats a connection that is half gone would keep its user out for good.
        if let seconds = message[.heartBtInt]?.int, !(1...FixDoor.heartbeatMax).contains(seconds) { return nil }
        guard let password = line.user.password else { return line }
        guard let said = message[.password] ?? message[.rawData] else { return nil }
        return said.equals(password) ? line : nil
    }
}

/// One user's session at a door.
final class FixLine {
    let user: FixDoorUser
    var session: FixSession
    var port: FixPort?
    /// Whether nobody is connected.
    var isFree = true
    private var scratch = WireOutput(capacity: 1 << 18)
    private var storeSize: Int
    /// Bytes of messages that are kept for resending.
    private let storeMax: Int
    /// Whether a message could not be kept: the session can't go on.
    private(set) var isFull = false

    /// Room for the longest message, and to begin with.
    private static let firstStore = 1 << 20
    /// What header, trailer and the store's own take at most.
    private static let headerMax = 2_048

    init(_ user: FixDoorUser, _ dialect: FixDialect, _ compID: String, _ storeMax: Int) {
        self.user = user
        self.storeMax = storeMax
        storeSize = min(FixLine.firstStore, storeMax)
        var configuration = FixSessionConfiguration(
            FixSessionID(dialect.version, sender: compID, target: user.compID),
            .acceptor
        )
        configuration.largestBody = 1 << 17
        // What users define for themselves is taken whether it is known or not.
        configuration.checks.remove(.userFields)
        session = FixSession(
            configuration,
            dictionary: .builtin(dialect.builtin),
            store: .inMemory(bytes: storeSize)
        )
    }

    /// Hands the port's messages to the session, as far as there is room.
    func send(at now: Timestamp, into output: inout WireOutput) {
        guard let port, session.state.isLoggedOn, !isFull else { return }
        if port.next == nil { port.catchUp() }
        while let next = port.next {
            guard hasRoom(next) else { return }
            let sequence = session.send(next.type, isStored: next.isStored, at: now, into: &output) { writer in
                next.fields.withUnsafeBytes { writer.put(fields: WireBytes($0)) }
            }
            if sequence == nil { return }
            drop(port)
        }
    }

    /// Numbers and keeps what the port has, so that it is sent with the next Logon; market data is not told any more.
    func store(at now: Timestamp) {
        guard let port else { return }
        port.joined()
        if port.next == nil { port.catchUp() }
        while let next = port.next {
            guard next.isStored else {
                drop(port)
                continue
            }
            guard hasRoom(next) else { return }
            scratch.removeAll()
            let sequence = session.send(next.type, isQueued: true, at: now, into: &scratch) { writer in
                next.fields.withUnsafeBytes { writer.put(fields: WireBytes($0)) }
            }
            guard sequence != nil else {
                isFull = true
                return
            }
            drop(port)
        }
    }

    /// The oldest message is done with; behind the last comes what has waited for room.
    private func drop(_ port: FixPort) {
        port.removeFirst()
        if port.next == nil { port.catchUp() }
    }

    /// Whether a message can be kept; when it can't, the session is over.
    private func hasRoom(_ message: FixOutgoing) -> Bool {
        guard message.isStored else { return true }
        if session.store.wantsRoom, storeSize < storeMax {
            let size = min(storeSize * 2, storeMax)
            if session.moveStore(to: FixStoreMemory(bytes: size)) { storeSize = size }
        }
        if !session.store.fits(message.fields.count + FixLine.headerMax) { isFull = true }
        return !isFull
    }
}
