// SPDX-License-Identifier: MIT

import Foundation
import HeliosMarket
import HeliosStore
import HeliosWire
import Testing

/// The order references of every delete message, pulled as a reader of frames does: whole frames only.
private func references(_ path: String) throws -> (found: [UInt64], offsets: [UInt64], left: Int) {
    var file = try MarketFile(path: path)
    var found: [UInt64] = []
    var offsets: [UInt64] = []
    var left = 0
    while let chunk = try file.nextChunk() {
        var cursor = 0
        while chunk.bytes.count - cursor >= 2 {
            let length = Int(chunk.bytes[cursor]) << 8 | Int(chunk.bytes[cursor + 1])
            guard chunk.bytes.count - cursor - 2 >= length else { break }
            let message = UnsafeRawBufferPointer(rebasing: chunk.bytes[(cursor + 2)..<(cursor + 2 + length)])
            if let view = OrderDeleteView(message) { found.append(view.reference) }
            offsets.append(file.fileOffset(of: chunk.base + UInt64(cursor)))
            cursor += 2 + length
        }
        left = chunk.isLast ? chunk.bytes.count - cursor : 0
        file.consume(cursor)
    }
    return (found, offsets, left)
}

private func deletes(_ references: ClosedRange<UInt64>) -> [UInt8] {
    var writer = ItchWriter(capacity: references.count * 21)
    for reference in references { writer.orderDelete(locate: 1, timestamp: 5, reference: reference) }
    return writer.withBytes { Array($0) }
}

private func big<T: FixedWidthInteger>(_ value: T) -> [UInt8] { withUnsafeBytes(of: value.bigEndian) { Array($0) } }

/// A MoldUDP64 packet of delete messages numbered like their references.
private func mold(_ references: ClosedRange<UInt64>) -> [UInt8] {
    Array("SESSION001".utf8) + big(references.lowerBound) + big(UInt16(references.count)) + deletes(references)
}

/// A big-endian nanosecond capture of UDP payloads on 2019-12-30.
private func capture(_ payloads: [[UInt8]]) -> [UInt8] {
    var bytes: [UInt8] = [0xA1, 0xB2, 0x3C, 0x4D, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0, 0, 0, 101]
    for payload in payloads {
        let total = UInt16(28 + payload.count)
        bytes += big(UInt32(1_577_718_000)) + big(UInt32(0)) + big(UInt32(total)) + big(UInt32(total))
        bytes += [0x45, 0] + big(total) + [0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 233, 54, 12, 111]
        bytes += [0, 1, 0, 2] + big(UInt16(8 + payload.count)) + [0, 0] + payload
    }
    return bytes
}

@Suite("Market files")
struct MarketFileTests {
    @Test("a plain day file is one chunk")
    func plain() throws {
        try SharedData.withFile(deletes(1...1000), name: "12302019.NASDAQ_ITCH50") { path in
            var file = try MarketFile(path: path)
            let (content, day) = (file.content, file.tradingDay)
            #expect(content == .binaryFile)
            #expect(day?.description == "2019-12-30")
            let chunk = try #require(try file.nextChunk())
            #expect(chunk.isLast)
            #expect(chunk.bytes.count == 21_000)
            file.consume(21_000)
            let end = try file.nextChunk() == nil
            #expect(end)
        }
    }

    @Test("a compressed day comes in pieces that never split a frame for its reader")
    func compressed() throws {
        // 21 bytes a frame: no piece of 4 MiB ends with one.
        let count: UInt64 = 500_000
        try SharedData.withFile([], name: "day.itch50.gz") { path in
            var writer = try GzipWriter(path: path, level: 1)
            try deletes(1...count).withUnsafeBytes { try writer.write($0) }
            try writer.finish()
            let read = try references(path)
            #expect(read.found == Array(1...count))
            #expect(read.left == 0)
            #expect(read.offsets.last == (count - 1) * 21)
        }
    }

    @Test("a corrupt place in a compressed day ends it with an error after what came before")
    func corrupt() throws {
        try SharedData.withFile([], name: "day.itch50.gz") { path in
            var writer = try GzipWriter(path: path, level: 1)
            try deletes(1...500_000).withUnsafeBytes { try writer.write($0) }
            try writer.finish()
            var bytes = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
            bytes.removeLast(bytes.count / 4)
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            var file = try MarketFile(path: path)
            var read = 0
            var failure: StoreError?
            do throws(StoreError) {
                while let chunk = try file.nextChunk() {
                    read += chunk.bytes.count / 21 * 21
                    file.consume(chunk.bytes.count / 21 * 21)
                }
            } catch {
                failure = error
            }
            #expect(failure?.code == .truncated)
            #expect(read > 500_000 * 21 / 2)
        }
    }

    @Test("messages behind two zero bytes are walked by their type")
    func zeroPrefixed() throws {
        var bytes = deletes(1...100_000)
        for frame in stride(from: 0, to: bytes.count, by: 21) { bytes[frame + 1] = 0 }
        try SharedData.withFile(bytes) { path in
            let read = try references(path)
            #expect(read.found == Array(1...100_000))
            #expect(read.offsets == (0..<100_000).map { UInt64($0) * 21 })
        }
        try SharedData.withFile(Array(bytes.prefix(50))) { path in
            let read = try references(path)
            #expect(read.found == [1, 2])
            #expect(read.left == 8)
        }
        bytes[2 + 21 * 5] = UInt8(ascii: "z")
        try SharedData.withFile(bytes) { path in
            let error = #expect(throws: StoreError.self) { try references(path) }
            #expect(error?.offset == 21 * 5)
        }
    }

    @Test("two lines of a capture make one stream, and what one lost the other brings")
    func twoLines() throws {
        let packets = [mold(1...2), mold(1...2), mold(4...5), mold(3...3), mold(4...5), mold(3...3), mold(6...6)]
        try SharedData.withFile(capture(packets)) { path in
            let read = try references(path)
            #expect(read.found == [1, 2, 3, 4, 5, 6])
            // A packet's first frame stands behind file, record, IP, UDP and packet header.
            #expect(read.offsets[0] == 24 + 16 + 28 + 20)
            #expect(read.offsets[1] == 24 + 16 + 28 + 20 + 21)
            var file = try MarketFile(path: path)
            while let chunk = try file.nextChunk() { file.consume(chunk.bytes.count) }
            let (report, counters, day) = (file.moldReport, file.captureCounters, file.tradingDay)
            #expect(report.counters.duplicates == 5)
            #expect(report.counters.gaps == 1)
            #expect(report.counters.lost == 0)
            #expect(report.gaps == [])
            #expect(counters.delivered == 7)
            #expect(day?.description == "2019-12-30")
        }
    }

    @Test("what no line brings is a gap with its numbers, and the rest follows")
    func gap() throws {
        try SharedData.withFile(capture([mold(1...2), mold(5...6), mold(9...9)])) { path in
            var file = try MarketFile(path: path)
            var count = 0
            while let chunk = try file.nextChunk() {
                count += chunk.bytes.count / 21
                file.consume(chunk.bytes.count)
            }
            let report = file.moldReport
            #expect(count == 5)
            #expect(report.gaps.map { [$0.from, $0.to] } == [[3, 5], [7, 9]])
            #expect(report.counters.lost == 4)
        }
    }

    @Test("a capture cut in a packet tells where, and gives what came before")
    func cutCapture() throws {
        let whole = capture([mold(1...2), mold(3...4)])
        try SharedData.withFile(Array(whole.dropLast(3))) { path in
            var file = try MarketFile(path: path)
            var count = 0
            while let chunk = try file.nextChunk() {
                count += chunk.bytes.count / 21
                file.consume(chunk.bytes.count)
            }
            let tail = file.truncatedTail
            #expect(count == 2)
            #expect(tail == UInt64(24 + (whole.count - 24) / 2))
        }
    }

    @Test("every cut and every changed byte of a file gives an answer", arguments: [0, 1, 2])
    func damage(kind: Int) throws {
        var frames = deletes(1...3)
        if kind == 1 { for frame in stride(from: 0, to: frames.count, by: 21) { frames[frame + 1] = 0 } }
        let bytes = kind == 2 ? capture([mold(1...2), mold(3...3)]) : frames
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appendingPathComponent("sample").path
        func answer(_ bytes: [UInt8]) throws {
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            do {
                #expect(try references(path).found.count <= 3)
            } catch {
                #expect((error as? StoreError)?.path == path)
            }
        }
        for count in bytes.indices { try answer(Array(bytes.prefix(count))) }
        for position in bytes.indices {
            for value in (0..<8).map({ bytes[position] ^ (1 << $0) }) + [0, 255] {
                var changed = bytes
                changed[position] = value
                try answer(changed)
            }
        }
    }

    @Test("a file of no known format is refused by name")
    func unknown() throws {
        for content in ["", "hello", "date,open,high\n2020-01-01,1,2\n"] {
            try SharedData.withFile(Array(content.utf8)) { path in
                let error = #expect(throws: StoreError.self) {
                    let file = try MarketFile(path: path)
                    _ = file.content
                }
                #expect(error?.code == .unknownFormat)
            }
        }
    }

    @Test("a LOBSTER file without its partner says which is missing")
    func partner() throws {
        let row = Array("34200.1,1,2,3,4,1\n".utf8)
        try SharedData.withFile(row, name: "AB_2012-06-21_1_2_message_1.csv") { path in
            let error = #expect(throws: StoreError.self) {
                let files = try LobsterFiles(path: path)
                _ = files.depth
            }
            #expect(error?.code == .partner)
            #expect(error?.reason == "its partner AB_2012-06-21_1_2_orderbook_1.csv is missing")
        }
    }
}

@Suite("Trading day from a file name")
struct TradingDayInferenceTests {
    @Test(
        "the usual names tell their day",
        arguments: [
            ("12302019.NASDAQ_ITCH50.gz", "2019-12-30"), ("/data/01302019.BX_ITCH50", "2019-01-30"),
            ("nasdaq_20191230_0930_1000msgs.itch50", "2019-12-30"),
            ("simulated_ritch_20101224.TEST_ITCH_50.gz", "2010-12-24"),
            ("AMZN_2012-06-21_34200000_57600000_message_1.csv", "2012-06-21"), ("20200102", "2020-01-02"),
            ("34200000_20200102", "2020-01-02"),
        ]
    )
    func names(name: String, day: String) {
        #expect(TradingDay.inferred(fromFileName: name)?.description == day)
    }

    @Test(
        "other digits are no day",
        arguments: [
            "", "day.itch", "99999999.itch", "13322019", "2019-13-01", "20190230", "120302019", "/20191230/day.itch",
        ]
    )
    func others(name: String) {
        #expect(TradingDay.inferred(fromFileName: name) == nil)
    }

    @Test("a moment's day is New York's")
    func moments() {
        // 2019-12-30 05:00 UTC is midnight in New York; in summer 04:00 is.
        let winter: Int64 = 1_577_682_000
        #expect(TradingDay.containing(Timestamp(nanoseconds: winter * 1_000_000_000))?.description == "2019-12-30")
        #expect(TradingDay.containing(Timestamp(nanoseconds: winter * 1_000_000_000 - 1))?.description == "2019-12-29")
        let summer: Int64 = 1_561_953_600
        #expect(TradingDay.containing(Timestamp(nanoseconds: summer * 1_000_000_000))?.description == "2019-07-01")
        #expect(TradingDay.containing(Timestamp(nanoseconds: summer * 1_000_000_000 - 1))?.description == "2019-06-30")
        #expect(TradingDay.containing(Timestamp(nanoseconds: -1)) == nil)
    }
}
