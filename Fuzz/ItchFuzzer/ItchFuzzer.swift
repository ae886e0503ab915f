// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosMarket
import HeliosWire

/// libFuzzer's entry: any bytes as a BinaryFILE through the decoder and into the books.
///
/// Beyond not crashing: every frame is counted as an event or a problem, quantities are positive, levels are sorted, and the
/// number of orders is what the levels hold.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzItch(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    var decoder = ItchDecoder(midnight: .zero, venue: Venue(id: 1))
    guard var books = try? BookSet(capacity: BookCapacity(instruments: 64, orders: 256, levels: 64)) else { return 0 }
    let input = UnsafeRawBufferPointer(start: bytes, count: count)
    let batch = UnsafeMutableBufferPointer<Event>.allocate(capacity: 7)
    defer { batch.deallocate() }
    var cursor = 0
    var events = 0
    while true {
        let written = decoder.decodeFrames(input, cursor: &cursor, into: batch)
        if written == 0 { break }
        events += written
        for event in batch[..<written] { _ = books.apply(event) }
    }
    precondition(cursor <= count, "the cursor left the input")
    precondition(events + decoder.diagnostics.malformed >= decoder.messageCount, "a message was lost")
    var orders = 0
    for index in 0..<64 { orders += check(books, Instrument(id: UInt32(index))) }
    precondition(orders == books.orderCount, "orders are not where they are counted")
    return 0
}

/// Orders of an instrument, after a look at everything that must hold.
private func check(_ books: borrowing BookSet, _ instrument: Instrument) -> Int {
    var orders = 0
    for side in [Side.buy, .sell] {
        var last: Price?
        for depth in 0..<books.levelCount(instrument, side) {
            guard let level = books.level(instrument, side, depth) else { preconditionFailure("a level is missing") }
            if let last { precondition(side == .buy ? level.price < last : level.price > last, "levels out of order") }
            last = level.price
            let queue = books.orders(instrument, side, depth)
            precondition(queue.count == level.orderCount, "a queue is broken")
            precondition(queue.allSatisfy { $0.quantity.raw > 0 }, "an order of nothing")
            precondition(
                queue.reduce(0) { $0 &+ $1.quantity.raw } == level.quantity.raw,
                "a level's quantity is not its orders'"
            )
            orders += queue.count
        }
    }
    return orders
}
