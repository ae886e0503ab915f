// SPDX-License-Identifier: MIT

/// The messages of a session as its retransmission server keeps them, and its answers to requests.
public struct MoldStore: Sendable {
    public let session: MoldSession
    private var bytes: [UInt8] = []
    /// Where each message starts, and the end of the last.
    private var starts: [Int] = [0]
    private let limit: Int

    /// - Parameters:
    ///   - session: whose messages they are.
    ///   - limit: bytes kept; what comes later is not.
    public init(session: MoldSession, limit: Int = 1 << 30) {
        self.session = session
        self.limit = limit
    }

    /// The number that the next message gets.
    public var next: UInt64 { UInt64(starts.count) }

    /// Keeps the next message; false when there is no room, and then it is not numbered.
    public mutating func append(_ message: UnsafeRawBufferPointer) -> Bool {
        guard message.count <= Int(UInt16.max), bytes.count + message.count <= limit else { return false }
        unsafe bytes.append(contentsOf: message)
        starts.append(bytes.count)
        return true
    }

    /// Writes the packet that answers a request: as many whole messages from the first one asked for as were asked for and fit.
    ///
    /// - Parameters:
    ///   - request: a datagram from a client.
    ///   - packet: room for the answer.
    /// - Returns: the answer's bytes; 0 for a request that gets none: malformed, of another session, of messages not there.
    public func answer(_ request: UnsafeRawBufferPointer, into packet: UnsafeMutableRawBufferPointer) -> Int {
        let fields = unsafe WireBytes(request)
        guard fields.count == MoldHeader.length, packet.count >= MoldHeader.length,
            MoldSession(high: fields.big(0), low: fields.big(8)) == session
        else { return 0 }
        let first: UInt64 = fields.big(10)
        let wanted = Int(fields.big(18, as: UInt16.self))
        guard first >= 1, first < next, wanted > 0 else { return 0 }
        var length = MoldHeader.length
        var count = 0
        while count < min(wanted, 65_534), first + UInt64(count) < next {
            let number = Int(first) + count
            let size = starts[number] - starts[number - 1]
            guard length + 2 + size <= packet.count else { break }
            unsafe packet.storeBytes(of: UInt16(size).bigEndian, toByteOffset: length, as: UInt16.self)
            // Safe: both ranges were checked to lie within their memory.
            unsafe bytes.withUnsafeBytes { all in
                let place = unsafe UnsafeMutableRawBufferPointer(rebasing: packet[(length + 2)..<(length + 2 + size)])
                unsafe place.copyMemory(
                    from: UnsafeRawBufferPointer(rebasing: all[starts[number - 1]..<starts[number]])
                )
            }
            length += 2 + size
            count += 1
        }
        guard count > 0 else { return 0 }
        let header = MoldHeader(session: session, sequence: first, count: UInt16(count))
        unsafe header.write(to: UnsafeMutableRawBufferPointer(rebasing: packet[..<MoldHeader.length]))
        return length
    }
}
