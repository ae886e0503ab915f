// SPDX-License-Identifier: MIT
import Foundation
import HeliosBook
import HeliosMarket
import HeliosWire

/// Reads an ITCH day in four ways and prints the cost a message of each, as a ratio to the first, all in one
/// interleaved run: a bare walk over the frames, decoding into events, decoding and building every book, and the same
/// with the best prices looked at after every change.
@main
enum FeedBenchmark {
    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count >= 2,
            let data = try? Data(contentsOf: URL(fileURLWithPath: arguments[1]), options: .alwaysMapped)
        else {
            print("usage: FeedBenchmark FILE.itch50 [ROUNDS | walk | decode | books]")
            exit(2)
        }
        data.withUnsafeBytes { bytes in
            if arguments.count > 2, Int(arguments[2]) == nil {
                runOne(arguments[2], bytes)
            } else {
                compare(bytes, rounds: arguments.count > 2 ? Int(arguments[2]) ?? 7 : 7)
            }
        }
    }

    static func runOne(_ name: String, _ bytes: UnsafeRawBufferPointer) {
        switch name {
        case "walk": print(walk(bytes))
        case "decode": print(decode(bytes))
        default: print(books(bytes).summary)
        }
    }

    static func compare(_ bytes: UnsafeRawBufferPointer, rounds: Int) {
        var best = [Double](repeating: .infinity, count: 3)
        var ratios: [[Double]] = [[], [], []]
        let messages = walk(bytes).messages
        var summary = ""
        for _ in 0..<rounds {
            var times: [Double] = []
            times.append(time { _ = walk(bytes) })
            times.append(time { _ = decode(bytes) })
            times.append(time { summary = books(bytes).summary })
            for index in 0..<3 {
                best[index] = min(best[index], times[index])
                ratios[index].append(times[index] / times[0])
            }
        }
        print("messages \(messages), \(rounds) interleaved rounds, CPU time, one core")
        for (index, name) in ["walk over the frames", "decode into events", "decode and all L3 books"].enumerated() {
            let median = ratios[index].sorted()[rounds / 2]
            print(
                String(
                    format: "%-26@ %6.2f ns/message (best)   %5.2f x walk (best/best)   %5.2f (median of ratios)",
                    name as NSString,
                    best[index] * 1e9 / Double(messages),
                    best[index] / best[0],
                    median
                )
            )
        }
        print(summary)
    }

    static func time(_ body: () -> Void) -> Double {
        var start = timespec()
        var end = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start)
        body()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end)
        return Double(end.tv_sec - start.tv_sec) + Double(end.tv_nsec - start.tv_nsec) * 1e-9
    }

    /// The least that any reader does: find each frame and look at its type.
    @inline(never)
    static func walk(_ bytes: UnsafeRawBufferPointer) -> (messages: Int, checksum: Int) {
        guard let start = bytes.baseAddress else { return (0, 0) }
        var position = 0
        var messages = 0
        var checksum = 0
        while position + 2 < bytes.count {
            let length = Int(UInt16(bigEndian: (start + position).loadUnaligned(as: UInt16.self)))
            checksum &+= Int((start + position + 2).load(as: UInt8.self))
            position += 2 + length
            messages += 1
        }
        return (messages, checksum)
    }

    static func withBatch(_ body: (UnsafeMutableBufferPointer<Event>) -> Void) {
        let batch = UnsafeMutableBufferPointer<Event>.allocate(capacity: 128)
        defer { batch.deallocate() }
        body(batch)
    }

    @inline(never)
    static func decode(_ bytes: UnsafeRawBufferPointer) -> (events: Int, checksum: UInt64) {
        var decoder = ItchDecoder(midnight: .zero, venue: Venue(id: 1))
        var events = 0
        var checksum: UInt64 = 0
        withBatch { batch in
            var cursor = 0
            while true {
                let count = decoder.decodeFrames(bytes, cursor: &cursor, into: batch)
                if count == 0 { break }
                events += count
                checksum &+= batch[count - 1].orderID
            }
        }
        return (events, checksum)
    }

    struct Books {
        var orders = 0
        var levels = 0
        var faults = 0
        var changes = 0
        var bestDigest: UInt64 = 0
        var summary: String {
            "orders \(orders) levels \(levels) faults \(faults) best price changes \(changes) best price sum \(bestDigest)"
        }
    }

    @inline(never)
    static func books(_ bytes: UnsafeRawBufferPointer) -> Books {
        var decoder = ItchDecoder(midnight: .zero, venue: Venue(id: 1))
        guard var books = try? BookSet() else { return Books() }
        var result = Books()
        withBatch { batch in
            var cursor = 0
            while true {
                let count = decoder.decodeFrames(bytes, cursor: &cursor, into: batch)
                if count == 0 { break }
                var index = 0
                while index < count {
                    // Ahead by hints: at the batch's end they name an old event, which is harmless.
                    books.prefetch(batch[(index + 16) & 127])
                    books.prefetchOrder(batch[(index + 8) & 127])
                    books.prefetchLevel(batch[(index + 4) & 127])
                    let instrument = batch[index].instrument
                    let change = books.apply(batch[index])
                    index &+= 1
                    if !change.isDisjoint(with: .quote) {
                        let quote = books.quote(instrument)
                        result.changes &+= 1
                        result.bestDigest &+= UInt64(bitPattern: quote.bidPrice.raw &+ quote.askQuantity.raw)
                    }
                }
            }
        }
        result.orders = books.orderCount
        result.levels = books.levelCount
        result.faults = books.faults.total
        return result
    }
}
