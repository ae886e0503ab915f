// SPDX-License-Identifier: MIT
import HeliosMarket
import Testing

/// Reads `bytes` from their start.
private func reading<T>(
    _ bytes: [UInt8],
    _ body: (inout StateReader) throws(StateError) -> T
) throws(StateError) -> T {
    // Kept apart from the closure: a typed error does not pass through `withUnsafeBytes`.
    let result: Result<T, StateError> = bytes.withUnsafeBytes { memory in
        var reader = StateReader(memory)
        do throws(StateError) {
            return .success(try body(&reader))
        } catch {
            return .failure(error)
        }
    }
    return try result.get()
}

/// What `body` complains about in `bytes`, or nil.
private func complaint(_ bytes: [UInt8], _ body: (inout StateReader) throws(StateError) -> Void) -> StateError? {
    do throws(StateError) {
        try reading(bytes, body)
        return nil
    } catch {
        return error
    }
}

private let order = NewOrder(
    id: 0x0102_0304_0506_0708,
    instrument: Instrument(id: 7),
    side: .sell,
    type: .market,
    timeInForce: .immediateOrCancel,
    quantity: Quantity(raw: 12_345),
    price: Price(raw: -9),
    tag: OrderTag(strategy: 3, group: 4, leg: 5)
)

/// One of everything that can be written.
private func everything() -> [UInt8] {
    var writer = StateWriter()
    writer.mark("first")
    writer.write(Int(-5))
    writer.write(UInt8(200))
    writer.write(true)
    writer.write(Double.pi)
    writer.write(Quantity(raw: 77))
    writer.write(TradingState.paused.rawValue)
    writer.mark("second")
    writer.write(Int(3))
    let block: [UInt16] = [1, 2, 3]
    block.withUnsafeBytes { if let base = $0.baseAddress { writer.write(base, count: $0.count) } }
    order.save(to: &writer)
    return writer.bytes
}

private func readEverything(_ reader: inout StateReader) throws(StateError) {
    try reader.expect("first")
    try reader.match(Int(-5), "number")
    try reader.match(UInt8(200), "byte")
    let flag = try reader.readFlag()
    try reader.match(Double.pi, "pi")
    let amount = try reader.readAmount("amount")
    let state = try reader.readCase(TradingState.self)
    try reader.expect("second")
    let count = try reader.readCount(upTo: 3, "count")
    var block: [UInt16] = [0, 0, 0]
    let error: StateError? = block.withUnsafeMutableBytes { memory in
        guard let base = memory.baseAddress else { return nil }
        do throws(StateError) {
            try reader.read(into: base, count: memory.count)
            return nil
        } catch {
            return error
        }
    }
    if let error { throw error }
    let read = try NewOrder(from: &reader)
    #expect(flag && amount.raw == 77 && state == .paused && count == 3 && block == [1, 2, 3])
    #expect(read.id == order.id && read.instrument == order.instrument && read.side == order.side)
    #expect(read.type == order.type && read.timeInForce == order.timeInForce && read.tag == order.tag)
    #expect(read.quantity == order.quantity && read.price == order.price && reader.remaining == 0)
}

@Suite struct StateCodingTests {
    @Test func `numbers stand little-endian and without gaps, sections by their first eight letters`() {
        var writer = StateWriter(reserving: 100)
        writer.mark("abcdefghij")
        writer.write(UInt32(0x0102_0304))
        writer.write(UInt8(9))
        writer.write(false)
        writer.write(UInt16(0x0A0B))
        #expect(writer.bytes == Array("abcdefgh".utf8) + [4, 3, 2, 1, 9, 0, 0x0B, 0x0A])
        writer.overwrite(UInt16(0xFFFE), at: 8)
        #expect(Array(writer.bytes[8..<12]) == [0xFE, 0xFF, 2, 1])
        writer.removeAll()
        #expect(writer.bytes.isEmpty)
    }

    @Test func `what was written is read back, to the last byte`() throws {
        #expect(complaint(everything(), readEverything) == nil)
        // Writer and reader agree wherever in memory the bytes begin.
        #expect(
            complaint([0] + everything()) { reader throws(StateError) in
                _ = try reader.read(UInt8.self)
                try readEverything(&reader)
            } == nil
        )
    }

    @Test func `bytes that end too early are truncated, wherever they end`() {
        let bytes = everything()
        for length in 0..<bytes.count {
            let error = complaint(Array(bytes.prefix(length)), readEverything)
            #expect(error?.code == .truncated, "cut at \(length)")
            #expect((error?.offset ?? .max) <= length)
        }
    }

    @Test func `another section than the expected one is out of step and named`() {
        var writer = StateWriter()
        writer.mark("books")
        let error = complaint(writer.bytes) { reader throws(StateError) in try reader.expect("orders") }
        #expect(error?.code == .outOfStep && error?.section == "orders")
        #expect(error?.description.contains("orders") == true)
    }

    @Test func `another capacity or parameter is a mismatch that names it with both values`() {
        var writer = StateWriter()
        writer.write(Int(512))
        let error = complaint(writer.bytes) { reader throws(StateError) in try reader.match(Int(256), "order capacity")
        }
        #expect(error?.code == .mismatch)
        #expect(error?.reason == "order capacity is 256 here and 512 in the saved state")
    }

    @Test func `a flag, a case, a count, an amount or a number that can't be is damaged`() {
        let minus = [UInt8](repeating: 0xFF, count: 8)
        let codes = [
            complaint([2]) { reader throws(StateError) in _ = try reader.readFlag() },
            complaint([9]) { reader throws(StateError) in _ = try reader.readCase(TradingState.self) },
            complaint(minus) { reader throws(StateError) in _ = try reader.readCount(upTo: 10, "count") },
            complaint([11, 0, 0, 0, 0, 0, 0, 0]) { reader throws(StateError) in
                _ = try reader.readCount(upTo: 10, "count")
            },
            complaint(minus) { reader throws(StateError) in _ = try reader.readAmount("amount") },
            complaint(minus) { reader throws(StateError) in _ = try reader.readTime("time") },
            complaint(minus) { reader throws(StateError) in _ = try reader.readFinite("number") },
            complaint([0, 0, 0, 0, 0, 0, 0, 0x80]) { reader throws(StateError) in
                _ = try reader.readPosition("position")
            },
        ]
        #expect(codes.map { $0?.code } == Array(repeating: .damaged, count: codes.count))
    }

    @Test func `the limits of a count are counts`() throws {
        for value in [0, 10] {
            var writer = StateWriter()
            writer.write(value)
            let read = try reading(writer.bytes) { reader throws(StateError) in
                try reader.readCount(upTo: 10, "count")
            }
            #expect(read == value)
        }
    }

    @Test func `a block longer than the bytes, or of negative length, is refused and nothing is copied`() {
        var target: [UInt8] = [7, 7, 7, 7]
        for count in [4, Int.max, -1] {
            let error = target.withUnsafeMutableBytes { memory in
                complaint([1, 2, 3]) { reader throws(StateError) in
                    if let base = memory.baseAddress { try reader.read(into: base, count: count) }
                }
            }
            #expect(error?.code == .truncated, "\(count)")
        }
        #expect(target == [7, 7, 7, 7])
    }

    @Test func `an order with a side, type or time in force that does not exist is refused`() {
        var writer = StateWriter()
        order.save(to: &writer)
        #expect(writer.bytes.count == 48)
        for index in 36..<40 {
            var bytes = writer.bytes
            bytes[index] = 0xEE
            let error = complaint(bytes) { reader throws(StateError) in _ = try NewOrder(from: &reader) }
            #expect(error?.code == .damaged, "byte \(index)")
        }
    }
}
