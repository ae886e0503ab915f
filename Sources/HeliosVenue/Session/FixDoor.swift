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
    case joined(FixDoorPort)
    /// An application message for the exchange.
    case message(WireBytes, FixDoorPort)
    /// A user's connection is over.
    case left(FixDoorPort, FixClosure?)
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
/// Numbers go on from day to day, and with stores that survive the process, over its restarts. A user is logged in once: a second
/// Logon is refused while the first connection is there.
public final class FixDoor {
    public let dialect: FixDialect
    public let compID: String
    /// Whether its users are told of others' orders, and enter none.
    public let isCopy: Bool
    let lines: [FixLine]
    private let pairs: FixDataPairs

    /// - Parameters:
    ///   - dialect: what is spoken.
    ///   - compID: the venue's own.
    ///   - users: who may log in, with different comp ids.
    ///   - isCopy: whether it leads to the exchange's drop copies.
    ///   - storeMax: bytes at most of what a session keeps for resending; a session that needs more is closed.
    ///   - stores: by user's name, where sessions are kept; in memory without.
    public init(
        _ dialect: FixDialect,
        compID: String,
        users: [FixDoorUser],
        isCopy: Bool = false,
        storeMax: Int = FixDoor.storeMax,
        stores: [String: FixLineStore] = [:]
    ) {
        self.dialect = dialect
        self.compID = compID
        self.isCopy = isCopy
        let dictionary = dialect.dictionary
        pairs = dictionary.dataPairs
        lines = users.map { FixLine($0, dialect, compID, dictionary, storeMax, stores[$0.name]) }
    }

    /// Bytes that a session keeps for resending, unless others are asked for.
    public static let storeMax = 1 << 30

    /// Gives every user the port of a new day; what the old one has not sent is numbered, and comes when it is asked for.
    public func bind(_ exchange: Exchange, at now: Timestamp) {
        let ports: [FixDoorPort] = isCopy ? exchange.fixCopyPorts : exchange.fixPorts
        for line in lines {
            line.close(at: now)
            let port = ports.first { port in
                port.dialect == dialect && SoupText(line.user.name).map(port.user.matches) == true
            }
            line.bind(port)
            port?.use(pairs)
        }
    }

    /// Keeps what waits for users who are away, before anybody hears of it elsewhere.
    public func keep(at now: Timestamp) { for line in lines { line.keepForLater(at: now) } }

    /// What has gone wrong with sessions since the last call: each is told once, lost copies once a day.
    public func takeWarnings() -> [FixDoorWarning] { lines.flatMap { $0.takeWarnings() } }

    /// Seconds of HeartBtInt 108.
    private static let heartbeatMax: Int64 = 3_600

    /// A connection was made.
    public func accept(at now: Timestamp) -> FixConnection { FixConnection(self, at: now) }

    /// The session's user by what a Logon says; nil when there is none, or the password is not right.
    func line(of peek: FixLogonPeek, logon: WireBytes) -> FixLine? {
        guard peek.isLogon, peek.id.version == dialect.version, peek.id.sender == compID,
            let line = lines.first(where: { $0.user.compID == peek.id.target }), line.isFree
        else { return nil }
        var scanner = FixScanner(capacity: FixDialect.fieldMax, pairs: pairs)
        guard let message = try? scanner.scan(logon) else { return nil }
        // Without heartbeats a connection that is half gone would keep its user out for good.
        if let seconds = message[.heartBtInt]?.int, !(1...FixDoor.heartbeatMax).contains(seconds) { return nil }
        guard let password = line.user.password else { return line }
        guard let said = message[.password] ?? message[.rawData] else { return nil }
        return said.equals(password) ? line : nil
    }
}
