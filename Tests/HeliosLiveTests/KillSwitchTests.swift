// SPDX-License-Identifier: MIT
import Foundation
import HeliosLive
import HeliosMarket
import Testing

@Suite("The kill switch and its log")
struct KillSwitchTests {
    private func order(_ strategy: UInt16, _ instrument: UInt32, venue: UInt16 = 0) -> Event {
        var event = Event(orderID: 1, instrument: Instrument(id: instrument), kind: .newOrder)
        event.detail = OrderTag(strategy: strategy).packed
        event.venue = Venue(id: venue)
        return event
    }

    @Test("an order that names no venue goes to the first: a stop of that one stops it")
    func firstVenue() {
        let stop = KillSwitch()
        stop.stop(.venue(2))
        #expect(!stop.stops(order(3, 1)) && !stop.stops(order(3, 1, venue: 1)) && stop.stops(order(3, 1, venue: 2)))
        stop.stop(.venue(1))
        #expect(stop.stops(order(3, 1)) && stop.stops(order(3, 1, venue: 1)) && !stop.stops(order(3, 1, venue: 3)))
    }

    @Test("stops what it covers and nothing else, and lets go what nobody has stopped again")
    func covers() {
        let stop = KillSwitch(instruments: 8)
        #expect(!stop.stops(order(3, 1)))
        let first = stop.stop(.strategies([3, 70]))
        #expect(stop.stops(order(3, 1)) && stop.stops(order(70, 2)) && !stop.stops(order(4, 1)))
        let second = stop.stop(.instrument(Instrument(id: 5)))
        #expect(stop.stops(order(4, 5)) && !stop.stops(order(4, 6)))
        // An instrument that there is no place for is nobody's: it does not leave.
        #expect(stop.stops(order(4, 64)))
        #expect(!stop.lift(.strategies([3]), last: first), "somebody has stopped something since")
        #expect(stop.lift(.strategies([3]), last: second))
        #expect(!stop.stops(order(3, 1)) && stop.stops(order(70, 1)))
        let third = stop.stop(.all)
        #expect(stop.stops(order(9, 9)) && stop.stopsAll)
        #expect(!stop.lift(.all, last: second) && stop.stopsAll)
        #expect(stop.lift(.all, last: third) && !stop.stopsAll && stop.stops(order(70, 1)))
        let before = stop.look
        _ = stop.stop(.all)
        #expect(stop.look != before)
    }

    @Test("a kill is in its log until the journal has it; a line that can't be read is a kill")
    func log() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("kills-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let log = KillLog(directory: folder)
        #expect(log.open().isEmpty)
        var entry = KillEntry(scope: "firm", state: "killed", reason: "a \"test\"\n", person: "me")
        let number = try #require(log.write(entry))
        #expect(KillLog(directory: folder).open().map(\.reason) == ["a \"test\"\n"])
        #expect(try FileManager.default.attributesOfItem(atPath: log.path)[.size] as? Int == KillLog.size)
        (entry.number, entry.record) = (number, 77)
        #expect(log.write(entry) != nil)
        #expect(KillLog(directory: folder).open().isEmpty)
        #expect(KillLog.leave(KillEntry(scope: "firm", state: "halted", reason: "", person: ""), in: folder) == .left)
        #expect(KillLog(directory: folder).open().map(\.state) == ["halted"])
        let handle = try FileHandle(forUpdating: URL(fileURLWithPath: log.path))
        try handle.write(contentsOf: Data("{\"number\":9,\"sco".utf8))
        try handle.close()
        #expect(KillLog(directory: folder).open().contains { $0.scope == "firm" && $0.state == "killed" })
    }
}
