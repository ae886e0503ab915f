// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosWire

/// A market made for measuring: one symbol in continuous trading whose best bid grows and shrinks, a packet each time.
///
/// ```
///           grown   shrunk
///  ask 10.01  100      100
///  bid  9.99  600      100
/// ```
/// The queue imbalance strategy wants to buy when the bid has grown, and no more when it has shrunk: an order, then its cancel.
public struct LatencyMarket: ~Copyable {
    /// The one symbol.
    public static let symbol = Symbol("HELIOS") ?? Symbol(packed: 0)
    /// Midnight of the day that the messages' times count from: the clock shows ten when the market opens.
    public static let midnight = Timestamp(nanoseconds: 1_767_589_200_000_000_000)
    private let start: Nanoseconds
    private let session: MoldSession
    private var writer = ItchWriter(capacity: 2_048)
    /// The number of the next message.
    private var sequence: UInt64 = 1
    /// Whether the bid has grown.
    public private(set) var isGrown = false
    /// Whether its first packet was made.
    public private(set) var isOpen = false
    private var reference: UInt64 = 100

    /// - Parameters:
    ///   - number: tells this stream from others on the same line.
    ///   - now: a clock that does not go backward.
    public init(number: Int, at now: Nanoseconds) {
        start = now
        session = MoldSession("L\(number % 1_000_000_000)") ?? MoldSession(high: 0, low: 0)
    }

    /// Writes the packet that makes the market: phases, directory, the orders that stay.
    ///
    /// - Returns: its bytes, 0 when `room` is too small.
    public mutating func open(at now: Nanoseconds, into room: UnsafeMutableRawBufferPointer) -> Int {
        isOpen = true
        let time = clock(now)
        let symbol = LatencyMarket.symbol
        writer.reset()
        for code in ["O", "S", "Q"] as [Unicode.Scalar] {
            writer.systemEvent(timestamp: time, code: UInt8(truncatingIfNeeded: code.value))
        }
        writer.stockDirectory(locate: 1, timestamp: time, symbol: symbol)
        writer.tradingAction(locate: 1, timestamp: time, symbol: symbol, state: UInt8(ascii: "T"), reason: .blank)
        add(.buy, 99_900, 100, 1, time)
        add(.sell, 100_100, 100, 2, time)
        return packet(7, into: room)
    }

    /// Writes a packet with which the bid grows, or shrinks again.
    ///
    /// - Returns: its bytes, 0 when `room` is too small.
    public mutating func change(at now: Nanoseconds, into room: UnsafeMutableRawBufferPointer) -> Int {
        writer.reset()
        if isGrown {
            writer.orderDelete(locate: 1, timestamp: clock(now), reference: reference)
        } else {
            reference += 1
            add(.buy, 99_900, 500, reference, clock(now))
        }
        isGrown.toggle()
        return packet(1, into: room)
    }

    private mutating func add(_ side: Side, _ price: UInt32, _ shares: UInt32, _ reference: UInt64, _ time: UInt64) {
        writer.addOrder(
            locate: 1,
            timestamp: time,
            reference: reference,
            side: side,
            shares: shares,
            symbol: LatencyMarket.symbol,
            price: price
        )
    }

    private func clock(_ now: Nanoseconds) -> UInt64 {
        UInt64(min(36_000_000_000_000 + max(now - start, 0), 86_399_999_999_999))
    }

    private mutating func packet(_ messages: UInt16, into room: UnsafeMutableRawBufferPointer) -> Int {
        let size = MoldHeader.length + writer.count
        guard room.count >= size else { return 0 }
        MoldHeader(session: session, sequence: sequence, count: messages).write(to: room)
        writer.withBytes { room[MoldHeader.length..<size].copyBytes(from: $0) }
        sequence += UInt64(messages)
        return size
    }
}
