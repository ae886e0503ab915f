// SPDX-License-Identifier: MIT
import Foundation
import HeliosSchema
import HeliosWire

/// Reads packets of incremental books, one message of four entries each, in five ways and prints the cost a message, all
/// in one interleaved run: the bare walk over the frames, every field through generated views, every field at hand-written
/// offsets, the feed with its level books, and every field by the schema alone.
@main
enum SbeBenchmark {
    static let packets = 20_000
    static let entries = 4

    static func main() throws {
        guard CommandLine.arguments.count >= 2 else {
            print("usage: SbeBenchmark Schemas/mdp3.xml [ROUNDS]")
            exit(2)
        }
        let rounds = CommandLine.arguments.count > 2 ? max(Int(CommandLine.arguments[2]) ?? 7, 1) : 7
        let model = try SbeModel(contentsOf: URL(fileURLWithPath: CommandLine.arguments[1]))
        let decoder = SbeDynamicDecoder(model)
        let (bytes, starts) = try stream()
        try bytes.withUnsafeBytes { raw in
            let wire = WireBytes(raw)
            let ways: [(name: String, run: () throws -> UInt64)] = [
                ("walk over the frames", { try walk(wire, starts) }),
                ("generated views, all fields", { try views(wire, starts) }),
                ("hand-written offsets, all fields", { try byHand(wire, starts) }),
                ("feed and level books", { feed(wire, starts) }),
                ("by the schema, all fields", { try dynamic(wire, starts, decoder) }),
            ]
            var best = [Double](repeating: .infinity, count: ways.count)
            var sums = [UInt64](repeating: 0, count: ways.count)
            for _ in 0..<rounds {
                for (index, way) in ways.enumerated() {
                    let start = DispatchTime.now().uptimeNanoseconds
                    sums[index] = try way.run()
                    let time = Double(DispatchTime.now().uptimeNanoseconds - start) / Double(packets)
                    best[index] = min(best[index], time)
                }
            }
            guard sums[1] == sums[2], sums[1] == sums[4] else {
                print("the ways disagree: \(sums)")
                exit(1)
            }
            print("\(packets) messages of \(entries) entries, best of \(rounds) interleaved rounds")
            for (index, way) in ways.enumerated() {
                let name = way.name.padding(toLength: 34, withPad: " ", startingAt: 0)
                print(name + String(format: "%10.1f ns/message  %8.1f x views", best[index], best[index] / best[1]))
            }
        }
    }

    /// Packets that put four levels into an empty book and take them out again.
    static func stream() throws -> (bytes: [UInt8], starts: [Int]) {
        var output = WireOutput(capacity: packets * 256)
        var starts = [0]
        for number in 0..<packets {
            try output.write(upTo: 256) { (writer) throws(SbeError) in
                try writer.mdp3Packet(sequence: UInt32(number + 1), sendingTime: UInt64(number))
                try writer.beginFrame(.size16)
                try Mdp3.IncrementalBook.write(
                    transactTime: UInt64(number),
                    matchEventIndicator: .endOfEvent,
                    to: &writer
                )
                try writer.group(Mdp3.IncrementalBook.Entry.self, count: entries)
                for entry in 0..<entries {
                    try Mdp3.IncrementalBook.Entry.write(
                        price: SbeDecimal(mantissa: Int64(number * 10 + entry) * 10, exponent: -9),
                        size: Int32(entry + 1),
                        securityID: Int32(entry * 5),
                        rptSeq: UInt32(number + 1),
                        orderCount: 2,
                        level: 1,
                        action: number % 2 == 0 ? .new : .delete,
                        entryType: entry % 2 == 0 ? .bid : .offer,
                        tradeableSize: nil,
                        to: &writer
                    )
                }
                try writer.group(Mdp3.IncrementalBook.Order.self, count: 0)
                try writer.endFrame()
            }
            starts.append(output.count)
        }
        let bytes = output.bytes
        return ((0..<bytes.count).map { bytes[$0] }, starts)
    }

    @inline(never)
    static func walk(_ bytes: WireBytes, _ starts: [Int]) throws -> UInt64 {
        var sum: UInt64 = 0
        for index in 0..<packets {
            let packet = try Mdp3Packet(bytes.slice(starts[index]..<starts[index + 1]))
            for message in packet.messages { sum &+= UInt64(message.count) }
        }
        return sum
    }

    @inline(never)
    static func views(_ bytes: WireBytes, _ starts: [Int]) throws -> UInt64 {
        var sum: UInt64 = 0
        for index in 0..<packets {
            let packet = try Mdp3Packet(bytes.slice(starts[index]..<starts[index + 1]))
            for message in packet.messages {
                let book = try Mdp3.IncrementalBook(message)
                sum &+= book.transactTime &+ UInt64(book.matchEventIndicator.rawValue)
                for entry in book.entries {
                    sum &+= UInt64(bitPattern: entry.price?.mantissa ?? 0) &+ UInt64(entry.size ?? 0)
                    sum &+= UInt64(entry.securityID) &+ UInt64(entry.rptSeq) &+ UInt64(entry.orderCount ?? 0)
                    sum &+= UInt64(entry.level) &+ UInt64(entry.action.rawValue) &+ UInt64(entry.entryType.rawValue)
                    sum &+= UInt64(entry.tradeableSize ?? 0)
                }
            }
        }
        return sum
    }

    /// The same with offsets written down by hand, still checked by `WireBytes`.
    @inline(never)
    static func byHand(_ bytes: WireBytes, _ starts: [Int]) throws -> UInt64 {
        var sum: UInt64 = 0
        for index in 0..<packets {
            let packet = try Mdp3Packet(bytes.slice(starts[index]..<starts[index + 1]))
            for message in packet.messages where message.little(2, as: UInt16.self) == 46 {
                let block = Int(message.little(0, as: UInt16.self))
                sum &+= message.little(8, as: UInt64.self) &+ UInt64(message[16])
                let length = Int(message.little(8 + block, as: UInt16.self))
                let count = Int(message[10 + block])
                for number in 0..<count {
                    let entry = message.slice(11 + block + number * length..<11 + block + (number + 1) * length)
                    let price = entry.little(0, as: Int64.self)
                    let size = entry.little(8, as: Int32.self)
                    let orders = entry.little(20, as: Int32.self)
                    let tradeable = entry.little(27, as: Int32.self)
                    sum &+= price == .max ? 0 : UInt64(bitPattern: price)
                    sum &+= size == .max ? 0 : UInt64(size)
                    sum &+= UInt64(entry.little(12, as: Int32.self)) &+ UInt64(entry.little(16, as: UInt32.self))
                    sum &+= orders == .max ? 0 : UInt64(orders)
                    sum &+= UInt64(entry[24]) &+ UInt64(entry[25]) &+ UInt64(entry[26])
                    sum &+= tradeable == .max ? 0 : UInt64(tradeable)
                }
            }
        }
        return sum
    }

    @inline(never)
    static func feed(_ bytes: WireBytes, _ starts: [Int]) -> UInt64 {
        var configuration = Mdp3FeedConfiguration()
        configuration.instruments = 64
        configuration.packets = 16
        var feed = Mdp3Feed(configuration)
        var books = Mdp3Books(instruments: 64)
        for index in 0..<packets {
            feed.incremental(bytes.slice(starts[index]..<starts[index + 1]), into: &books)
        }
        return books.faults == 0 ? books.eventCount : 0
    }

    @inline(never)
    static func dynamic(_ bytes: WireBytes, _ starts: [Int], _ decoder: SbeDynamicDecoder) throws -> UInt64 {
        var sum: UInt64 = 0
        for index in 0..<packets {
            let packet = try Mdp3Packet(bytes.slice(starts[index]..<starts[index + 1]))
            for message in packet.messages {
                let book = try decoder.decode(message)
                for field in book.content.fields { sum &+= number(field.value) }
                for entry in book.content.group("Entries") {
                    for field in entry.fields { sum &+= number(field.value) }
                }
            }
        }
        return sum
    }

    static func number(_ value: SbeValue) -> UInt64 {
        switch value {
        case .integer(let number), .code(let number, _): UInt64(truncatingIfNeeded: number)
        case .flags(let bits, _): bits
        case .decimal(let decimal): UInt64(bitPattern: decimal.mantissa)
        default: 0
        }
    }
}
