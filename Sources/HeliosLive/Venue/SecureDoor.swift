// SPDX-License-Identifier: MIT
import HeliosVenue

/// A port where somebody else speaks TLS, and gives plain sockets.
public struct SecureDoor {
    /// Readable when a connection waits.
    public let descriptor: Int32
    /// The port that it listens at.
    public let port: UInt16
    /// The plain end of a connection that waits; nil when none does.
    ///
    /// It doesn't block, and who takes it closes it.
    public let accept: () -> Int32?

    public init(descriptor: Int32, port: UInt16, accept: @escaping () -> Int32?) {
        self.descriptor = descriptor
        self.port = port
        self.accept = accept
    }
}

/// Opens a port for TLS; the door lives as long as what it gave.
public typealias SecureListen = (Endpoint, VenueTLS) throws -> SecureDoor

/// A port that is to speak TLS, and nobody who can.
public struct NoSecureDoorError: Error, Sendable, CustomStringConvertible {
    public let address: String

    public var description: String { "\(address): this program has nobody who speaks TLS" }
}
