// SPDX-License-Identifier: MIT
import Foundation
import HeliosMarket
import HeliosSignal

/// The query of `Scripts/cep-beside.py`, which another engine answers, too.
enum StreamQuery {
    private static let symbols = 40
    private static let pairs = 40

    /// Of each pair its z-score, then the pattern.
    private static var text: String {
        (0..<pairs).map { pair in
            let (y, x) = (pair, (pair + 7) % symbols)
            let score = "zscore(mid(S\(y)) - \(0.5 + Double(pair) / 100) * mid(S\(x)), 60 samples)"
            return """
                SELECT \(score) AS z FROM quotes;
                MATCH (\(score) > 2.5) THEN trade(S\(y), size > 900) WITHIN 200 ms;
                """
        }.joined(separator: "\n")
    }

    /// Records of 32 bytes in, of 24 bytes out; see the script.
    static func run(_ events: String, _ answers: String) throws {
        let data = try Data(contentsOf: URL(fileURLWithPath: events))
        let ticks = data.withUnsafeBytes { bytes in
            stride(from: 0, to: bytes.count - 31, by: 32).map { tick(bytes, $0) }
        }
        let plan = try SignalPlan(SignalQuery(text).rules, symbols: (0..<symbols).map { "S\($0)" })
        var machine = SignalMachine(plan)
        var said: [(rule: Int, time: Int64, value: Double)] = []
        said.reserveCapacity(4 * ticks.count)
        let begin = processorTime()
        for tick in ticks {
            machine.begin(tick)
            while let output = machine.next() {
                if output.rule % 2 == 1 {
                    said.append((output.rule, output.time.nanoseconds, 0))
                } else if let value = machine.column(0, of: output) {
                    said.append((output.rule, output.time.nanoseconds, value))
                }
            }
        }
        let seconds = (processorTime() - begin) / 1e9
        var out = Data(capacity: 24 * said.count)
        for answer in said {
            for part in [Int32(answer.rule / 2), Int32(answer.rule % 2)] {
                withUnsafeBytes(of: part.littleEndian) { out.append(contentsOf: $0) }
            }
            withUnsafeBytes(of: answer.time.littleEndian) { out.append(contentsOf: $0) }
            withUnsafeBytes(of: answer.value.bitPattern.littleEndian) { out.append(contentsOf: $0) }
        }
        try out.write(to: URL(fileURLWithPath: answers))
        print(seconds)
    }

    private static func tick(_ bytes: UnsafeRawBufferPointer, _ place: Int) -> SignalTick {
        func read<T: FixedWidthInteger>(_ offset: Int, _: T.Type) -> T {
            T(littleEndian: bytes.loadUnaligned(fromByteOffset: place + offset, as: T.self))
        }
        let time = Timestamp(nanoseconds: read(0, Int64.self))
        let symbol = Int(read(12, Int32.self))
        let first = Double(bitPattern: read(16, UInt64.self))
        let second = Double(bitPattern: read(24, UInt64.self))
        return read(8, Int32.self) == 0
            ? .quote(symbol, bid: first, ask: second, at: time) : .trade(symbol, price: first, size: second, at: time)
    }
}
