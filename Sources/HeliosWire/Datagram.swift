// SPDX-License-Identifier: MIT

import HeliosMarket

/// One line of a feed: the address and port that its packets are sent to.
@frozen
public struct FeedLine: Hashable, Sendable, BitwiseCopyable, CustomStringConvertible {
    /// The destination IPv4 address, first octet in the highest byte.
    public var address: UInt32
    /// The destination UDP port.
    public var port: UInt16

    @inlinable
    public init(address: UInt32, port: UInt16) {
        self.address = address
        self.port = port
    }

    /// Reads `a.b.c.d:port`; nil when it isn't one.
    public init?(_ text: String) {
        let halves = text.split(separator: ":", omittingEmptySubsequences: false)
        guard halves.count == 2, let port = UInt16(halves[1]) else { return nil }
        let octets = halves[0].split(separator: ".", omittingEmptySubsequences: false)
        guard octets.count == 4 else { return nil }
        var address: UInt32 = 0
        for octet in octets {
            guard let value = UInt8(octet) else { return nil }
            address = address << 8 | UInt32(value)
        }
        self.init(address: address, port: port)
    }

    public var description: String {
        "\(address >> 24).\(address >> 16 & 255).\(address >> 8 & 255).\(address & 255):\(port)"
    }
}

/// A UDP payload found in a captured packet.
@frozen
public struct Datagram: Sendable, BitwiseCopyable {
    /// When the packet was captured.
    public var time: Timestamp
    /// Where it was sent.
    public var line: FeedLine
    /// The source IPv4 address, first octet in the highest byte.
    public var source: UInt32
    /// The innermost VLAN, 0 when the packet had no tag.
    public var vlan: UInt16
    /// Where the payload starts, relative to the bytes handed to the reader.
    public var start: Int
    /// Bytes of payload.
    public var count: Int
}

extension Datagram {
    /// What a packet turned out to be.
    @frozen
    @usableFromInline
    enum Search: Sendable, BitwiseCopyable {
        case notIP
        case notUDP
        case malformed
        case found(Datagram)
    }

    /// Follows link, VLAN, IPv4 and UDP headers.
    ///
    /// Bytes after the IP datagram (padding, FCS, vendor trailers) are ignored.
    static func find(in bytes: WireBytes, _ packet: CapturedPacket) -> Search {
        let end = packet.start + packet.count
        guard end <= bytes.count, let (ip, vlan) = findIPv4(bytes, packet, end) else { return .notIP }
        guard end - ip >= 20 else { return .malformed }
        let version: UInt8 = bytes.big(ip)
        guard version >> 4 == 4 else { return .notIP }
        let header = Int(version & 15) * 4
        let total: UInt16 = bytes.big(ip + 2)
        guard header >= 20, Int(total) >= header, end - ip >= Int(total) else { return .malformed }
        let fragment: UInt16 = bytes.big(ip + 6)
        let transport: UInt8 = bytes.big(ip + 9)
        guard transport == 17, fragment & 0x3FFF == 0 else { return .notUDP }
        guard Int(total) - header >= 8 else { return .malformed }
        let udp = ip + header
        let length: UInt16 = bytes.big(udp + 4)
        guard length >= 8, Int(length) <= Int(total) - header else { return .malformed }
        return .found(
            Datagram(
                time: packet.time,
                line: FeedLine(address: bytes.big(ip + 16), port: bytes.big(udp + 2)),
                source: bytes.big(ip + 12),
                vlan: vlan,
                start: udp + 8,
                count: Int(length) - 8
            )
        )
    }

    /// Where the IPv4 header starts, and the innermost VLAN; nil when the packet isn't IPv4.
    private static func findIPv4(
        _ bytes: WireBytes,
        _ packet: CapturedPacket,
        _ end: Int
    ) -> (start: Int, vlan: UInt16)? {
        let start = packet.start
        switch packet.linkType {
        case 1: return behindTags(bytes, type: start + 12, next: start + 14, end)
        case 101: return (start, 0)
        case 113: return behindTags(bytes, type: start + 14, next: start + 16, end)
        case 276: return behindTags(bytes, type: start, next: start + 20, end)
        case 0:
            guard packet.count >= 4 else { return nil }
            // The family is in the capturing machine's byte order, which need not be the file's.
            let family: UInt32 = bytes.big(start)
            return family == 2 || family == 0x0200_0000 ? (start + 4, 0) : nil
        default: return nil
        }
    }

    /// Skips VLAN tags: `type` is where an EtherType stands, `next` where what it announces begins.
    private static func behindTags(
        _ bytes: WireBytes,
        type: Int,
        next: Int,
        _ end: Int
    ) -> (start: Int, vlan: UInt16)? {
        guard end >= next else { return nil }
        var type: UInt16 = bytes.big(type)
        var next = next
        var vlan: UInt16 = 0
        while type == 0x8100 || type == 0x88A8 || type == 0x9100 {
            guard end - next >= 4 else { return nil }
            vlan = bytes.big(next) & 0x0FFF
            type = bytes.big(next + 2)
            next += 4
        }
        return type == 0x0800 ? (next, vlan) : nil
    }
}
