// SPDX-License-Identifier: MIT
import CHelios
import Foundation

/// Where datagrams go to.
public struct UDPDestination: Sendable, Equatable {
    /// A multicast group or a host's dotted address.
    public var endpoint: Endpoint
    /// The address or name of the interface to send by; nil leaves it to the system's routes.
    public var interface: String?

    public init(_ endpoint: Endpoint, interface: String? = nil) {
        self.endpoint = endpoint
        self.interface = interface
    }
}

/// Sends the same datagrams to several places (a feed's lines), many by one system call.
///
/// ```swift
/// let lines = try UDPPublisher([UDPDestination(a), UDPDestination(b)])
/// lines.add { room in write(into: room) }   // the datagram's bytes, how many
/// lines.flush()
/// ```
/// For one thread. What the system does not take is counted and gone, as on any network: receivers ask again.
public final class UDPPublisher {
    private let batch: UnsafeMutablePointer<helios_datagrams>
    private let descriptors: [Int32]
    /// Datagrams that wait for `flush`.
    public private(set) var waiting = 0
    /// Datagrams sent, each line's counted.
    public private(set) var sent: UInt64 = 0
    /// Datagrams that the system did not take.
    public private(set) var refused: UInt64 = 0

    /// Opens a socket for each destination.
    ///
    /// - Parameters:
    ///   - destinations: where every datagram goes to.
    ///   - batch: datagrams that may wait for `flush`.
    ///   - datagramMax: bytes of the longest.
    ///   - buffer: bytes that may wait in each socket.
    /// - Throws: `SocketError`: no such address or interface, no memory.
    public init(
        _ destinations: [UDPDestination],
        batch: Int = 64,
        datagramMax: Int = 1_472,
        buffer: Int = 4 << 20
    ) throws(SocketError) {
        let place = destinations.first?.endpoint ?? Endpoint(port: 0)
        let size = Int32(clamping: min(max(datagramMax, 64), 65_507))
        guard let memory = helios_datagrams_make(Int32(clamping: min(max(batch, 1), 1_024)), size) else {
            throw Sockets.error(place, ENOMEM)
        }
        var descriptors: [Int32] = []
        for destination in destinations {
            let result = UDPPublisher.open(destination, Int32(clamping: buffer))
            guard result >= 0 else {
                for descriptor in descriptors { helios_close(descriptor) }
                helios_datagrams_free(memory)
                throw Sockets.error(destination.endpoint, -result)
            }
            descriptors.append(result)
        }
        self.batch = memory
        self.descriptors = descriptors
    }

    deinit {
        for descriptor in descriptors { helios_close(descriptor) }
        helios_datagrams_free(batch)
    }

    private static func open(_ destination: UDPDestination, _ buffer: Int32) -> Int32 {
        let port = destination.endpoint.port
        return destination.endpoint.host.withCString { address in
            guard let interface = destination.interface else { return helios_udp_sender(address, port, nil, buffer) }
            return interface.withCString { helios_udp_sender(address, port, $0, buffer) }
        }
    }

    /// Bytes of the longest datagram.
    public var datagramMax: Int { Int(batch.pointee.size) }

    /// Adds a datagram, whose bytes `write` puts into the room that it is given, saying how many; a full batch is sent first.
    public func add(_ write: (UnsafeMutableRawBufferPointer) -> Int) {
        if waiting == Int(batch.pointee.count) { flush() }
        let start = UnsafeMutableRawPointer(batch.pointee.bytes) + waiting * datagramMax
        let count = write(UnsafeMutableRawBufferPointer(start: start, count: datagramMax))
        precondition(count >= 0 && count <= datagramMax, "a datagram must fit its room")
        batch.pointee.lengths[waiting] = UInt32(count)
        waiting += 1
    }

    /// Sends what waits, to every line.
    public func flush() {
        guard waiting > 0 else { return }
        for descriptor in descriptors { send(descriptor) }
        waiting = 0
    }

    private func send(_ descriptor: Int32) {
        var from = 0
        while from < waiting {
            let count = Int(helios_udp_send(batch, descriptor, Int32(from), Int32(waiting)))
            if count > 0 {
                from += count
                sent += UInt64(count)
            } else {
                // The first of the rest was refused: nobody listens there, or the socket is full.
                from += 1
                refused += 1
            }
        }
    }
}
