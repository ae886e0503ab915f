// SPDX-License-Identifier: MIT
import Foundation
import HeliosBook
import HeliosMarket
import HeliosWire
import Testing

/// The independent generator of an ITCH day, which prints what a right book builder finds at the end of it.
private enum OracleDay {
    static let source: String = {
        let root =
            ProcessInfo.processInfo.environment["HELIOS_SHARED"]
            ?? URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("../shared").standardized.path
        return root + "/tools/gen_itch.c"
    }()

    static var isPresent: Bool { FileManager.default.fileExists(atPath: source) }

    #if DEBUG
    static let messages = 300_000
    #else
    static let messages = 8_000_000
    #endif

    static func run(_ command: String, _ arguments: [String]) throws -> String {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: command)
        process.arguments = arguments
        process.standardOutput = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return String(decoding: data, as: UTF8.self)
    }

    /// Compiles the generator, writes the day, and gives its path and the oracle's words and numbers.
    static func make(in folder: URL) throws -> (path: String, oracle: [String: UInt64]) {
        let program = folder.appendingPathComponent("gen").path
        let day = folder.appendingPathComponent("day.itch").path
        _ = try run("/usr/bin/env", ["cc", "-O2", "-o", program, source])
        let text = try run(program, [day, String(messages), "500", "1"])
        let words = text.split(whereSeparator: { " (),\n".contains($0) }).map(String.init)
        var oracle: [String: UInt64] = [:]
        for (word, next) in zip(words, words.dropFirst()) where oracle[word] == nil { oracle[word] = UInt64(next) }
        return (day, oracle)
    }
}

@Suite("An ITCH day with an oracle")
struct ItchDayTests {
    @Test(
        "books of 500 symbols equal the independent generator's digests",
        .enabled(if: OracleDay.isPresent, "needs the shared folder's generator")
    )
    func digests() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (path, oracle) = try OracleDay.make(in: folder)
        let data = try Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped)
        var decoder = ItchDecoder(midnight: .zero, venue: Venue(id: 1))
        var books = try BookSet()
        var changes: UInt64 = 0
        let batch = UnsafeMutableBufferPointer<Event>.allocate(capacity: 256)
        defer { batch.deallocate() }
        data.withUnsafeBytes { bytes in
            var cursor = 0
            while true {
                let count = decoder.decodeFrames(bytes, cursor: &cursor, into: batch)
                if count == 0 { break }
                for event in batch[..<count] where !books.apply(event).isDisjoint(with: .quote) { changes += 1 }
            }
        }
        #expect(decoder.diagnostics.malformed == 0 && books.faults.total == 0)
        #expect(UInt64(decoder.messageCount) == oracle["messages"])
        #expect(UInt64(books.orderCount) == oracle["live"])
        #expect(UInt64(books.levelCount) == oracle["levels"])
        #expect(changes == oracle["bbo_changes"])
        var orders: UInt64 = 0
        var best: UInt64 = 0
        for (index, symbol) in decoder.directory.symbols.enumerated() {
            let instrument = Instrument(id: UInt32(index))
            books.forEachOrder(of: instrument) { id, _, price, quantity in
                orders &+= id &* 31 &+ UInt64(price.raw / 10_000) &* 7 &+ UInt64(quantity.raw / Quantity.scale)
            }
            best &+= locate(of: symbol) &* bestDigest(books.quote(instrument))
        }
        #expect(orders == oracle["orders_digest"])
        #expect(best == oracle["bbo_digest"])
    }

    /// The generator numbers its symbols AAAA, AAAB, … and gives each thirteenth number as its stock locate.
    private func locate(of symbol: Symbol) -> UInt64 {
        let index = symbol.description.utf8.reduce(UInt64(0)) { $0 * 26 + UInt64($1 - UInt8(ascii: "A")) }
        return 1 + index * 13
    }

    private func bestDigest(_ quote: Quote) -> UInt64 {
        var digest: UInt64 = 0
        for (price, quantity, weight) in [
            (quote.bidPrice, quote.bidQuantity, UInt64(11)), (quote.askPrice, quote.askQuantity, 5),
        ]
        where quantity.raw > 0 {
            digest &+= UInt64(price.raw / 10_000) * 3 &+ UInt64(quantity.raw / Quantity.scale) * weight
        }
        return digest
    }
}
