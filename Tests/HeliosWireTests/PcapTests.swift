// SPDX-License-Identifier: MIT

import HeliosMarket
import HeliosWire
import Testing

/// Builds captures from the documents' layouts, in either byte order.
private struct CaptureBuilder {
    var isBig = false
    var bytes: [UInt8] = []

    mutating func put<T: FixedWidthInteger>(_ value: T) {
        let ordered = isBig ? value.bigEndian : value.littleEndian
        withUnsafeBytes(of: ordered) { bytes += Array($0) }
    }

    mutating func header(magic: UInt32, link: UInt32 = 1) {
        put(magic)
        put(UInt16(2))
        put(UInt16(4))
        put(UInt32(0))
        put(UInt32(0))
        put(UInt32(65_535))
        put(link)
    }

    mutating func record(seconds: UInt32, fraction: UInt32, _ packet: [UInt8], original: Int? = nil) {
        put(seconds)
        put(fraction)
        put(UInt32(packet.count))
        put(UInt32(original ?? packet.count))
        bytes += packet
    }

    mutating func block(_ type: UInt32, _ body: (inout CaptureBuilder) -> Void) {
        var inner = CaptureBuilder(isBig: isBig)
        body(&inner)
        while inner.bytes.count % 4 != 0 { inner.bytes.append(0) }
        put(type)
        put(UInt32(inner.bytes.count + 12))
        bytes += inner.bytes
        put(UInt32(inner.bytes.count + 12))
    }

    mutating func section() {
        block(0x0A0D_0D0A) {
            $0.put(UInt32(0x1A2B_3C4D))
            $0.put(UInt16(1))
            $0.put(UInt16(0))
            $0.put(Int64(-1))
        }
    }

    mutating func interface(link: UInt16, resolution: UInt8? = nil, offset: Int64? = nil) {
        block(1) {
            $0.put(link)
            $0.put(UInt16(0))
            $0.put(UInt32(0))
            if let resolution {
                $0.put(UInt16(9))
                $0.put(UInt16(1))
                $0.bytes += [resolution, 0, 0, 0]
            }
            if let offset {
                $0.put(UInt16(14))
                $0.put(UInt16(8))
                $0.put(offset)
            }
            $0.put(UInt32(0))
        }
    }

    mutating func enhanced(_ interface: UInt32, ticks: UInt64, _ packet: [UInt8], original: Int? = nil) {
        block(6) {
            $0.put(interface)
            $0.put(UInt32(ticks >> 32))
            $0.put(UInt32(truncatingIfNeeded: ticks))
            $0.put(UInt32(packet.count))
            $0.put(UInt32(original ?? packet.count))
            $0.bytes += packet
        }
    }
}

private func big<T: FixedWidthInteger>(_ value: T) -> [UInt8] { withUnsafeBytes(of: value.bigEndian) { Array($0) } }

/// An IPv4 datagram with a UDP payload.
private func datagram(_ payload: [UInt8], protocolNumber: UInt8 = 17, fragment: UInt16 = 0, options: Int = 0) -> [UInt8]
{
    let header: [UInt8] = [UInt8(0x45 + options), 0] + big(UInt16(28 + options * 4 + payload.count)) + [0, 0]
    let rest = big(fragment) + [64, protocolNumber, 0, 0, 10, 0, 0, 1, 233, 54, 12, 111]
    let udp = big(UInt16(1)) + big(UInt16(26_477)) + big(UInt16(8 + payload.count)) + [0, 0]
    return header + rest + [UInt8](repeating: 1, count: options * 4) + udp + payload
}

private let addresses: [UInt8] = [1, 0, 0x5E, 1, 2, 3, 1, 2, 3, 4, 5, 6]
private let line = FeedLine(address: 0xE936_0C6F, port: 26_477)

private struct Reading: Equatable {
    var payloads: [[UInt8]] = []
    var times: [Int64] = []
    var lines: [FeedLine] = []
    var vlans: [UInt16] = []
    var counters = CaptureCounters()
    var error: CaptureError?
    var left = 0
}

private func read(_ bytes: [UInt8], line: FeedLine? = nil) -> Reading {
    var reading = Reading()
    bytes.withUnsafeBytes { raw in
        var reader = CaptureReader(line: line)
        var cursor = 0
        do throws(CaptureError) {
            while let found = try reader.nextDatagram(raw, cursor: &cursor) {
                reading.payloads.append(Array(raw[found.start..<found.start + found.count]))
                reading.times.append(found.time.nanoseconds)
                reading.lines.append(found.line)
                reading.vlans.append(found.vlan)
            }
        } catch {
            reading.error = error
        }
        reading.counters = reader.counters
        reading.left = bytes.count - cursor
    }
    return reading
}

private func sampleNextGeneration(big: Bool) -> [UInt8] {
    var builder = CaptureBuilder(isBig: big)
    builder.section()
    builder.interface(link: 1)
    builder.interface(link: 101, resolution: 9)
    builder.interface(link: 101, resolution: 0x80 | 10, offset: 100)
    builder.block(5) { $0.put(UInt64(1)) }
    builder.enhanced(0, ticks: 1_500_000, addresses + [8, 0] + datagram([1]))
    builder.enhanced(1, ticks: 2_000_000_001, datagram([2]))
    builder.enhanced(2, ticks: 3 << 10 | 512, datagram([3]))
    builder.block(3) {
        $0.put(UInt32(addresses.count + 2 + datagram([4]).count))
        $0.bytes += addresses + [8, 0] + datagram([4])
    }
    builder.block(2) {
        $0.put(UInt16(1))
        $0.put(UInt16(0))
        $0.put(UInt32(0))
        $0.put(UInt32(7))
        $0.put(UInt32(datagram([5]).count))
        $0.put(UInt32(datagram([5]).count))
        $0.bytes += datagram([5])
    }
    return builder.bytes
}

@Suite("Captures")
struct PcapTests {
    @Test(
        "the four kinds of pcap give the same payloads, each with its clock",
        arguments: [
            (false, UInt32(0xA1B2_C3D4), Int64(5_000_007_000)), (true, 0xA1B2_C3D4, 5_000_007_000),
            (false, 0xA1B2_3C4D, 5_000_000_007), (true, 0xA1B2_3C4D, 5_000_000_007),
        ]
    )
    func magics(isBig: Bool, magic: UInt32, time: Int64) {
        var builder = CaptureBuilder(isBig: isBig)
        builder.header(magic: magic)
        builder.record(seconds: 5, fraction: 7, addresses + [8, 0] + datagram([9, 8, 7]) + [0, 0, 0])
        let reading = read(builder.bytes)
        #expect(reading.payloads == [[9, 8, 7]])
        #expect(reading.times == [time])
        #expect(reading.lines == [line])
        #expect(reading.error == nil)
        #expect(reading.left == 0)
    }

    @Test("the first bytes in the file are those of the documents")
    func firstBytes() {
        var little = CaptureBuilder()
        little.header(magic: 0xA1B2_C3D4)
        #expect(little.bytes.prefix(4) == [0xD4, 0xC3, 0xB2, 0xA1])
        var big = CaptureBuilder(isBig: true)
        big.header(magic: 0xA1B2_3C4D)
        #expect(big.bytes.prefix(4) == [0xA1, 0xB2, 0x3C, 0x4D])
    }

    @Test("what isn't a whole UDP datagram is counted and skipped")
    func counters() {
        var builder = CaptureBuilder()
        builder.header(magic: 0xA1B2_C3D4)
        builder.record(seconds: 0, fraction: 0, addresses + [8, 0] + datagram([1]), original: 500)
        builder.record(seconds: 0, fraction: 0, addresses + [8, 6] + [UInt8](repeating: 0, count: 28))
        builder.record(seconds: 0, fraction: 0, addresses + [8, 0] + datagram([2], protocolNumber: 6))
        builder.record(seconds: 0, fraction: 0, addresses + [8, 0] + datagram([3], fragment: 0x2000))
        builder.record(seconds: 0, fraction: 0, addresses + [8, 0] + datagram([4]).dropLast(1))
        builder.record(seconds: 0, fraction: 0, [])
        builder.record(seconds: 0, fraction: 0, addresses + [8, 0] + datagram([5], options: 2))
        let reading = read(builder.bytes)
        var expected = CaptureCounters()
        expected.read = 7
        expected.truncated = 1
        expected.notIP = 2
        expected.notUDP = 2
        expected.malformed = 1
        expected.delivered = 1
        #expect(reading.counters == expected)
        #expect(reading.payloads == [[5]])
        #expect(read(builder.bytes, line: FeedLine("10.0.0.1:1")).counters.filtered == 1)
        #expect(read(builder.bytes, line: FeedLine("233.54.12.111:26477")).payloads == [[5]])
    }

    @Test("stacked VLAN tags, cooked and raw links lead to the same payload")
    func links() {
        let ip = datagram([42])
        let packets: [(UInt32, [UInt8], UInt16)] = [
            (1, addresses + [0x88, 0xA8, 0x20, 5, 0x81, 0, 0xE0, 9, 8, 0] + ip, 9),
            (101, ip, 0),
            (113, [UInt8](repeating: 0, count: 14) + [8, 0] + ip, 0),
            (276, [8, 0] + [UInt8](repeating: 0, count: 18) + ip, 0),
            (0, [2, 0, 0, 0] + ip, 0),
            (0, [0, 0, 0, 2] + ip, 0),
        ]
        for (link, packet, vlan) in packets {
            var builder = CaptureBuilder()
            builder.header(magic: 0xA1B2_3C4D, link: link | 0x0400_0000)
            builder.record(seconds: 1, fraction: 0, packet)
            let reading = read(builder.bytes)
            #expect(reading.payloads == [[42]], "link type \(link)")
            #expect(reading.vlans == [vlan])
        }
    }

    @Test("pcapng gives packets of all its blocks, each interface with its clock", arguments: [false, true])
    func nextGeneration(big: Bool) {
        let reading = read(sampleNextGeneration(big: big))
        #expect(reading.payloads == [[1], [2], [3], [4], [5]])
        #expect(reading.times == [1_500_000_000, 2_000_000_001, 103_500_000_000, 0, 7])
        #expect(reading.error == nil)
        #expect(reading.left == 0)
    }

    @Test("a new section forgets the interfaces and may turn the byte order")
    func sections() {
        let both = sampleNextGeneration(big: false) + sampleNextGeneration(big: true)
        #expect(read(both).payloads.count == 10)
        var orphan = CaptureBuilder()
        orphan.section()
        orphan.enhanced(0, ticks: 0, datagram([1]))
        #expect(read(orphan.bytes).error == CaptureError(.unknownInterface, offset: 28))
    }

    @Test("bytes that arrive one by one give the same as all at once", arguments: [false, true])
    func pieces(nextGeneration: Bool) throws {
        var builder = CaptureBuilder()
        builder.header(magic: 0xA1B2_C3D4)
        for value in 0..<5 { builder.record(seconds: 1, fraction: 0, addresses + [8, 0] + datagram([UInt8(value)])) }
        let bytes = nextGeneration ? sampleNextGeneration(big: true) : builder.bytes
        var reader = CaptureReader()
        var cursor = 0
        var payloads: [[UInt8]] = []
        for count in 0...bytes.count {
            try bytes[..<count].withUnsafeBytes { raw in
                while let found = try reader.nextDatagram(raw, cursor: &cursor) {
                    payloads.append(Array(raw[found.start..<found.start + found.count]))
                }
            }
        }
        #expect(payloads == read(bytes).payloads)
        #expect(payloads.count == 5)
    }

    @Test("every cut and every changed byte of a capture gives an answer", arguments: [0, 1, 2])
    func damage(kind: Int) {
        var builder = CaptureBuilder(isBig: kind == 1)
        builder.header(magic: 0xA1B2_C3D4)
        for value in 0..<3 {
            builder.record(
                seconds: 1,
                fraction: 0,
                addresses + [0x81, 0, 0, 1, 8, 0] + datagram([UInt8(value), 1, 2])
            )
        }
        let bytes = kind == 2 ? sampleNextGeneration(big: false) : builder.bytes
        let whole = read(bytes).payloads.count
        for count in 0..<bytes.count {
            let reading = read(Array(bytes.prefix(count)))
            #expect(reading.payloads.count <= whole)
            #expect(reading.error == nil)
        }
        for position in bytes.indices {
            for value in (0..<8).map({ bytes[position] ^ (1 << $0) }) + [0, 255] {
                var changed = bytes
                changed[position] = value
                let reading = read(changed)
                #expect(reading.payloads.count <= whole)
            }
        }
    }

    @Test("bytes of no capture are refused at once")
    func foreign() {
        #expect(read([1, 2, 3, 4, 5, 6, 7, 8]).error == CaptureError(.notACapture, offset: 0))
        var builder = CaptureBuilder()
        builder.header(magic: 0xA1B2_C3D4)
        builder.put(UInt64(0))
        builder.put(UInt32(300 << 10))
        builder.put(UInt32(300 << 10))
        #expect(read(builder.bytes).error == CaptureError(.packetTooLarge, offset: 24))
    }
}
