// SPDX-License-Identifier: MIT
import CHelios
import Foundation
import HeliosMarket

/// Where datagrams come in.
public struct UDPSource: Sendable, Equatable {
    /// A multicast group to join, or an own address; port 0 takes any that is free.
    public var endpoint: Endpoint
    /// The address or name of the interface to join on; nil leaves it to the system's routes.
    public var interface: String?
    /// Bytes that may wait in the socket while its thread is busy.
    public var buffer = 16 << 20
    /// Microseconds for which the kernel looks at the card itself before it waits (`SO_BUSY_POLL`); 0 is off.
    public var busyPoll = 0
    /// Takes the first datagram after a pause alone, by a call that costs half as much.
    ///
    /// It then has no time, and can't be replied to. What waits behind it comes in batches.
    public var isEager = false
    /// Datagrams taken by one system call.
    public var batch = 64
    /// The longest datagram; what is longer is cut, counted, and found malformed.
    public var datagramMax = 2_048

    public init(_ endpoint: Endpoint, interface: String? = nil) {
        self.endpoint = endpoint
        self.interface = interface
    }
}

/// A socket that receives datagrams in batches, into memory reserved at start.
///
/// ```swift
/// let line = try UDPReceiver(UDPSource(Endpoint(host: "239.1.2.3", port: 26_400), interface: "127.0.0.1"))
/// for index in 0..<line.receive() { parse(line.datagram(index), at: line.time(index)) }
/// ```
/// For one thread. Never waits, except in `wait`.
public final class UDPReceiver {
    /// Where it listens, with the port that it got.
    public let endpoint: Endpoint
    /// Bytes that may wait in the socket, as the system counts them (Linux: twice what was asked for, at most its limit).
    public let grantedBuffer: Int
    /// Microseconds of busy polling that the system grants.
    public let grantedBusyPoll: Int
    let descriptor: Int32
    private let batch: UnsafeMutablePointer<helios_datagrams>
    /// The last system call that failed; nil when none did.
    public private(set) var failure: SocketError?
    /// System calls that failed.
    public private(set) var failures: UInt64 = 0

    /// Opens the socket, and joins the group.
    ///
    /// - Throws: `SocketError`: no such address or interface, the port is taken, no memory.
    public init(_ source: UDPSource) throws(SocketError) {
        let count = Int32(clamping: min(max(source.batch, 1), 1_024))
        let size = Int32(clamping: min(max(source.datagramMax, 64), 65_536))
        guard let batch = helios_datagrams_make(count, size) else { throw Sockets.error(source.endpoint, ENOMEM) }
        var options = helios_udp_options()
        options.port = source.endpoint.port
        options.buffer = Int32(clamping: source.buffer)
        options.busy_poll = Int32(clamping: source.busyPoll)
        let result = source.endpoint.host.withCString { address in
            options.address = address
            guard let interface = source.interface else { return helios_udp_receiver(&options) }
            return interface.withCString { name in
                options.interface = name
                return helios_udp_receiver(&options)
            }
        }
        guard result >= 0 else {
            helios_datagrams_free(batch)
            throw Sockets.error(source.endpoint, -result)
        }
        descriptor = result
        batch.pointee.eager = source.isEager ? 1 : 0
        self.batch = batch
        endpoint = Endpoint(host: source.endpoint.host, port: options.granted_port)
        grantedBuffer = Int(options.granted_buffer)
        grantedBusyPoll = Int(options.granted_busy_poll)
    }

    deinit {
        helios_close(descriptor)
        helios_datagrams_free(batch)
    }

    /// Takes what is there, at most a batch, in place of what was taken before; how many datagrams.
    public func receive() -> Int {
        let count = helios_udp_receive(batch, descriptor)
        guard count < 0 else { return Int(count) }
        note(-count)
        return 0
    }

    /// A datagram of the last `receive`, valid until the next.
    public func datagram(_ index: Int) -> UnsafeRawBufferPointer {
        precondition(index >= 0 && index < Int(batch.pointee.used), "no such datagram")
        let start = UnsafeRawPointer(batch.pointee.bytes) + index * Int(batch.pointee.size)
        return UnsafeRawBufferPointer(start: start, count: Int(batch.pointee.lengths[index]))
    }

    /// When the kernel got a datagram of the last `receive`, wall clock; nil when it did not say.
    public func time(_ index: Int) -> Timestamp? {
        precondition(index >= 0 && index < Int(batch.pointee.used), "no such datagram")
        let time = batch.pointee.times[index]
        return time == 0 ? nil : Timestamp(nanoseconds: time)
    }

    /// Datagrams that found the socket full and were lost, as the kernel last said; it says so with the next that is not.
    public var kernelDrops: UInt64 { UInt64(batch.pointee.kernel_drops) }

    /// Datagrams longer than the longest that was expected.
    public var truncated: UInt64 { UInt64(batch.pointee.truncated) }

    /// Sends bytes to where a datagram of the last `receive` came from; false when the system refused.
    @discardableResult
    public func reply(_ bytes: UnsafeRawBufferPointer, to index: Int) -> Bool {
        precondition(index >= 0 && index < Int(batch.pointee.used), "no such datagram")
        return sent(helios_udp_reply(batch, Int32(index), descriptor, bytes.baseAddress, Int32(clamping: bytes.count)))
    }

    /// Sends bytes, whose answers come to this socket; false when the system refused.
    ///
    /// - Parameters:
    ///   - bytes: one datagram.
    ///   - endpoint: a dotted address and port.
    /// - Returns: whether the system took it.
    @discardableResult
    public func send(_ bytes: UnsafeRawBufferPointer, to endpoint: Endpoint) -> Bool {
        let count = Int32(clamping: bytes.count)
        return sent(
            endpoint.host.withCString { address in
                helios_udp_send_to(descriptor, address, endpoint.port, bytes.baseAddress, count)
            }
        )
    }

    /// Waits until one of the receivers (at most 16) has something, or for `timeout` nanoseconds; whether one has.
    public static func wait(_ receivers: [UDPReceiver], timeout: Nanoseconds) -> Bool {
        let descriptors = receivers.map(\.descriptor)
        return helios_wait_readable(descriptors, Int32(clamping: descriptors.count), max(timeout, 0)) > 0
    }

    private func sent(_ result: Int32) -> Bool {
        if result < 0 { note(-result) }
        return result >= 0
    }

    private func note(_ code: Int32) {
        failures += 1
        failure = Sockets.error(endpoint, code)
    }
}
