// SPDX-License-Identifier: MIT
import Foundation
import HeliosMarket
import HeliosVenue
import HeliosWire
import Testing

/// The Python of `Scripts/python-tools.sh`; nil where it can't be had.
private enum PythonTools {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    static let python: String? = {
        let (code, output) = run(root.appendingPathComponent("Scripts/python-tools.sh").path, [])
        return code == 0 ? output.trimmingCharacters(in: .whitespacesAndNewlines) : nil
    }()

    /// In CI a test that can't run is a failure.
    static var isRequired: Bool { ProcessInfo.processInfo.environment["CI"] != nil }

    static func run(_ path: String, _ arguments: [String]) -> (code: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        _ = FileManager.default.createFile(atPath: file.path, contents: nil)
        defer { try? FileManager.default.removeItem(at: file) }
        process.standardOutput = try? FileHandle(forWritingTo: file)
        process.standardInput = FileHandle.nullDevice
        do { try process.run() } catch { return (-1, "\(error)") }
        process.waitUntilExit()
        return (process.terminationStatus, (try? String(contentsOf: file, encoding: .utf8)) ?? "")
    }
}

@Suite("The feed in a stranger's eyes")
struct ItchParserTests {
    @Test(
        "a parser that shares no code with us builds the exchange's books from its feed",
        .enabled(if: PythonTools.python != nil || PythonTools.isRequired, "needs PyPI for Scripts/python-tools.sh"),
        .timeLimit(.minutes(15))
    )
    func books() throws {
        let python = try #require(PythonTools.python, "Scripts/python-tools.sh finds no parser")
        let day = try RecordedDay(symbols: 6, messages: 15_000, seed: 11)
        var settings = ExchangeSettings(ports: [PortSettings(user: "ONE"), PortSettings(user: "TWO", kind: .ouch42)])
        settings.feedMessages = 1 << 17
        let exchange = try Exchange(symbols: day.symbols, midnight: day.midnight, settings: settings)
        exchange.begin(at: day.midnight + 1)
        let every = 2_500
        var frames: [UInt8] = []
        var (next, levels): (UInt64, [String]) = (1, [])
        var number: UInt32 = 0
        for event in day.events {
            exchange.play(event)
            if event.kind == .addOrder {
                number += 1
                try participate(exchange, event, day.symbols[event.instrument.index], number)
            }
            exchange.withFeed { feed in
                while let message = feed[next] {
                    frames += [UInt8(message.count >> 8), UInt8(message.count & 255)]
                    frames += message.unsafeBuffer
                    next += 1
                }
            }
        }
        // The books at the end are the exchange's own.
        levels = Self.levels(exchange, day.symbols, Int(next) - 1)
        let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try Data(frames).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let script = PythonTools.root.appendingPathComponent("Scripts/itch-books.py").path
        let (code, output) = PythonTools.run(python, [script, file.path, "\(every)"])
        #expect(code == 0)
        let lines = output.split(separator: "\n").map(String.init)
        #expect(lines.filter { $0.hasPrefix("\(Int(next) - 1) ") }.sorted() == levels.sorted())
        #expect(levels.count > 20 && lines.count > 5 * levels.count)
        // Everything that a feed may say of orders was said.
        let types = try #require(lines.last { $0.hasPrefix("types ") })
        for letter in ["A", "D", "E", "H", "P", "Q", "R", "S", "U", "X"] { #expect(types.contains(" \(letter)=")) }
    }

    /// Orders of participants: displayed, hidden, replaced.
    private func participate(_ exchange: Exchange, _ event: Event, _ symbol: Symbol, _ number: UInt32) throws {
        guard number % 7 == 0 else { return }
        let price = UInt64(event.price.raw / 10_000)
        var output = WireOutput(capacity: 128)
        func send(_ write: (inout WireOutput) throws -> Void) throws {
            output.removeAll()
            try write(&output)
            exchange.receive(output.bytes, from: exchange.ports[0], at: event.eventTime)
        }
        let side: OuchSide = number % 2 == 0 ? .buy : .sell
        try send {
            try Ouch50.EnterOrder.write(
                userRefNum: number * 2,
                side: OuchCode(side),
                quantity: 100,
                symbol: symbol,
                price: price,
                timeInForce: OuchCode(.day),
                display: OuchCode(number % 3 == 0 ? .hidden : .visible),
                capacity: OuchCode(.principal),
                sweep: OuchCode(.no),
                cross: OuchCode(.none),
                clientOrderID: .blank,
                to: &$0
            )
        }
        guard number % 5 != 0 else { return }
        try send {
            try Ouch50.ReplaceOrder.write(
                originalUserRefNum: number * 2,
                userRefNum: number * 2 + 1,
                quantity: 120,
                price: price,
                timeInForce: OuchCode(.day),
                display: OuchCode(.visible),
                sweep: OuchCode(.no),
                clientOrderID: .blank,
                to: &$0
            )
        }
    }

    private static func levels(_ exchange: Exchange, _ symbols: [Symbol], _ messages: Int) -> [String] {
        var lines: [String] = []
        for (index, symbol) in symbols.enumerated() {
            for (side, letter) in [(Side.buy, "B"), (Side.sell, "S")] {
                var levels: [Int64: (shares: Int64, orders: Int)] = [:]
                exchange.forEachDisplayed(Instrument(id: UInt32(index)), side) {
                    let level = levels[$0.price.raw / 10_000] ?? (0, 0)
                    levels[$0.price.raw / 10_000] = (level.shares + $0.quantity.raw / Quantity.scale, level.orders + 1)
                }
                for (price, level) in levels {
                    lines.append("\(messages) \(symbol) \(letter) \(price) \(level.shares) \(level.orders)")
                }
            }
        }
        return lines
    }
}
