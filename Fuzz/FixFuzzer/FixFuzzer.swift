// SPDX-License-Identifier: MIT
import HeliosFIX
import HeliosMarket
import HeliosWire

/// libFuzzer's entry: any bytes through everything that reads FIX.
///
/// The first byte says what they are: a stream to cut and scan, a stream to an acceptor or an initiator, a store after a crash, or a
/// dictionary. Beyond not crashing: what is taken has the right sum and length, no memory is asked for without bound, and nothing is
/// told for ever.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzFix(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    guard count > 1 else { return 0 }
    let input = WireBytes(UnsafeRawBufferPointer(start: bytes + 2, count: count - 2))
    let step = Int(bytes[1]) + 1
    switch bytes[0] & 7 {
    case 0, 1: cut(input, bytes[1] & 1 == 0 ? .nextBeginString : .nextCheckSum)
    case 2, 3: talk(input, step, .acceptor, bytes[0])
    case 4, 5: talk(input, step, .initiator, bytes[0])
    case 6: recover(input)
    default: dictionary(input)
    }
    return 0
}

private func cut(_ input: WireBytes, _ resync: FixResync) {
    let framer = FixFramer(largestBody: 2_048, resync: resync)
    var scanner = FixScanner(capacity: 128)
    var rest = input
    while rest.count > 0 {
        switch framer.next(rest) {
        case .incomplete: return
        case .garbled(let count, _):
            precondition(count > 0 && count <= rest.count, "garbage without length")
            rest = rest.slice(count..<rest.count)
        case .message(let count):
            precondition(count > 0 && count <= rest.count, "a message without length")
            let bytes = rest.slice(0..<count)
            if let message = try? scanner.scan(bytes) { check(message, bytes) }
            rest = rest.slice(count..<rest.count)
        }
    }
}

/// What the scanner took must hold when it is looked at byte by byte.
private func check(_ message: FixMessage, _ bytes: WireBytes) {
    var sum = 0
    for index in 0..<bytes.count - 7 { sum += Int(bytes[index]) }
    let digits = (3..<6).map { Int(bytes[bytes.count - 7 + $0]) - 48 }
    precondition(sum % 256 == digits[0] * 100 + digits[1] * 10 + digits[2], "a wrong sum was taken")
    var place = 0
    for index in 0..<message.count {
        let field = message.field(index)
        let start = Int(field.start)
        precondition(start > place && bytes[start - 1] == UInt8(ascii: "="), "a field begins where none does")
        precondition(bytes[start + Int(field.count)] == 1, "a field ends where none does")
        place = start + Int(field.count)
        let value = message.value(index)
        _ = (value.int, value.unsigned, value.decimal, value.timestamp, value.timeOfDay, value.date, value.bool)
    }
    for entry in message.group(.noMDEntries, opening: .mdEntryType) {
        _ = entry[.mdEntryPx]?.price
        for party in entry.group(.noPartyIDs, opening: .partyID) { _ = party[.partyRole]?.int }
    }
}

private func talk(_ input: WireBytes, _ step: Int, _ role: FixRole, _ choice: UInt8) {
    let version = FixVersion.allCases[Int(choice >> 3) % FixVersion.allCases.count]
    var configuration = FixSessionConfiguration(FixSessionID(version, sender: "A", target: "B"), role)
    configuration.sendingTimeTolerance = nil
    configuration.largestBody = 2_048
    configuration.earlyMessages = 8
    configuration.earlyBytes = 1_024
    configuration.resync = step & 1 == 0 ? .nextBeginString : .nextCheckSum
    var session = FixSession(configuration, dictionary: nil, store: FixStore(memory: FixStoreMemory(bytes: 1 << 14)))
    var output = WireOutput(capacity: 1 << 13)
    var now = Timestamp(nanoseconds: 1_767_323_045_000_000_000)
    session.connected(at: now, into: &output)
    var place = 0
    var events = 0
    while place < input.count {
        let end = min(place + step, input.count)
        var chunk = input.slice(place..<end)
        while let event = session.next(&chunk, at: now, into: &output) {
            events += 1
            precondition(events < 100_000, "the same is told for ever")
            if case .message(_, let delivery) = event {
                precondition(delivery.sequence < session.nextIn + 1, "a message of the future was given")
            }
            if case .closed = event {
                session.disconnected(at: now)
                output.removeAll()
                session.connected(at: now, into: &output)
            }
        }
        _ = session.send(.newOrderSingle, at: now, into: &output) { $0.put(.clOrdID, events) }
        if output.count > 1 << 12 { output.removeAll() }
        now = now + 100_000_000
        while session.tick(at: now, into: &output) != nil {
            events += 1
            precondition(events < 100_000, "the same is told for ever")
        }
        place = end
    }
}

private func recover(_ input: WireBytes) {
    let memory = FixStoreMemory(bytes: 1 << 12)
    memory.restore((0..<input.count).map { input[$0] })
    var store = FixStore(memory: memory)
    let next = store.nextOut
    precondition(next >= 1, "numbers begin with 1")
    if next > 1 { _ = store.message(next - 1) }
    _ = store.append(next, input.slice(0..<min(input.count, 64)))
}

private func dictionary(_ input: WireBytes) {
    let text = String(decoding: (0..<input.count).map { input[$0] }, as: UTF8.self)
    _ = try? FixDictionary(text: text)
}
