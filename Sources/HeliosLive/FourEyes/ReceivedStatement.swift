// SPDX-License-Identifier: MIT

/// Something signed, as the journal keeps it: with the time at which the session took it, and whose account it came from.
///
/// One JSON object: the statement's own fields, and `received` and `account` beside them.
public struct ReceivedStatement<Statement: Codable & Sendable>: Codable, Sendable {
    private enum CodingKeys: String, CodingKey {
        case received, account
    }

    public var statement: Statement
    /// Nanoseconds of the world's time, UTC.
    public var received: Int64
    /// The account of the process that sent it, as the operating system knows it: `uid 1000`.
    public var account: String?

    public init(_ statement: Statement, received: Int64, account: String? = nil) {
        self.statement = statement
        self.received = received
        self.account = account
    }

    public init(from decoder: any Decoder) throws {
        statement = try Statement(from: decoder)
        let values = try decoder.container(keyedBy: CodingKeys.self)
        received = try values.decode(Int64.self, forKey: .received)
        account = try values.decodeIfPresent(String.self, forKey: .account)
    }

    public func encode(to encoder: any Encoder) throws {
        try statement.encode(to: encoder)
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(received, forKey: .received)
        try values.encodeIfPresent(account, forKey: .account)
    }
}
