// SPDX-License-Identifier: MIT
import HeliosSchema
import HeliosWire
import Testing

/// Each row of the standard's rules for a sender and a reader of different versions.
@Suite("SBE: versions")
struct SbeVersionTests {
    /// A car as a sender of `version` with a block of `length` bytes writes it, `rest` behind the block.
    private func car(_ version: UInt8, _ length: Int, _ rest: [UInt8]) throws -> [UInt8] {
        let whole = try GarageBytes.car()
        var block = Array(whole[12..<12 + min(length, 64)])
        block += [UInt8](repeating: 0xEE, count: max(length - 64, 0))
        return [0, version, 0, 7, 1, 0, 0, 0, 0, 0, 0, UInt8(length)] + block + rest
    }

    /// An empty group of trips, then what the first version has behind it: a title.
    private let first: [UInt8] = [4, 0, 0, 0] + [2, 0x41, 0x42]

    @Test("the same version: everything")
    func same() throws {
        try withWire(try GarageBytes.car()) { wire in
            let car = try Garage.Car(wire)
            #expect(car.heat == 36.5 && car.seats == 4 && car.owners.count == 1 && car.photo != nil)
        }
    }

    @Test("a newer sender: what is known is read, the longer block and entries are passed over, so is what follows")
    func newer() throws {
        // Owners of nine bytes instead of six, and something unknown at the end.
        let owners = hex("0009 00000001 07e8 00007918 eeeeee")
        let rest = [4, 0, 0, 0] + owners + [1, 0x41] + hex("00000001 05") + hex("cafe cafe")
        try withWire(try car(9, 80, rest)) { wire in
            var end = 0
            let car = try Garage.Car(wire, end: &end)
            #expect(car.seats == 4 && car.owners.map(\.price) == [31_000] && SbeText(car.title) == "A")
            #expect(car.photo?.count == 1 && end == wire.count - 4)
        }
    }

    @Test("an older sender: newer fields, groups and data are absent and have no bytes")
    func older() throws {
        try withWire(try car(0, 51, first)) { wire in
            let car = try Garage.Car(wire)
            #expect(car.heat == nil && car.seats == nil && car.owners.isEmpty && car.photo == nil)
            #expect(SbeText(car.title) == "AB" && car.ratio == 0.5)
        }
        let decoder = SbeDynamicDecoder(try Repository.model("examples/garage"))
        try withWire(try car(0, 51, first)) { wire in
            let car = try decoder.decode(wire)
            #expect(car.content["heat"] == .null && car.content["photo"] == .null && car.length == wire.count)
        }
    }

    @Test("a sender in between: what came with its version is there, what came later is not")
    func between() throws {
        let owners = hex("0002 00000001 07e8")
        let rest = [4, 0, 0, 0] + owners + [1, 0x41] + hex("00000000")
        try withWire(try car(2, 60, rest)) { wire in
            let car = try Garage.Car(wire)
            #expect(car.heat == 36.5 && car.seats == nil)
            #expect(car.owners.map(\.year) == [2024] && car.owners.map(\.price) == [nil] && car.photo?.count == 0)
        }
    }

    @Test("a field beyond the block is absent although the version has it")
    func shortBlock() throws {
        let rest = [4, 0, 0, 0] + hex("0006 00000000") + [0] + hex("00000000")
        try withWire(try car(3, 54, rest)) { wire in
            let car = try Garage.Car(wire)
            #expect(car.heat == nil && car.seats == nil && car.value != nil)
        }
    }

    @Test("a block without a field that every version has is refused")
    func tooShort() throws {
        let bytes = try car(3, 50, first)
        #expect(fault(Garage.Car.self, bytes) == .block(length: 50, needed: 51))
    }

    @Test("a message of another schema is not read")
    func otherSchema() throws {
        var bytes = try car(3, 64, first)
        bytes[3] = 8
        #expect(fault(Garage.Car.self, bytes) == .schema(8))
        withWire(bytes) { wire in
            _ = #expect(throws: SbeError.schema(8)) { try Garage.Message(wire) }
        }
    }

    @Test("a message with an unknown template is passed over by its frame")
    func unknownTemplate() throws {
        let known = try GarageBytes.car()
        var unknown = known
        unknown[4] = 77
        let stream = try written(8_192) { (writer) throws(SbeError) in
            for message in [unknown, known] {
                try writer.beginFrame(.sofh, .sbeBig)
                try writer.append(message)
                try writer.endFrame()
            }
        }
        try withWire(stream) { wire in
            var cursor = 0
            var read: [SbeError?] = []
            while let frame = try SbeFrames(.sofh).next(wire, cursor: &cursor) {
                do throws(SbeError) {
                    guard case .car = try Garage.Message(frame.message) else { continue }
                    read.append(nil)
                } catch {
                    read.append(error)
                }
            }
            #expect(read == [.template(77), nil] && cursor == wire.count)
        }
    }
}

extension SbeWriter {
    /// Writes bytes as they are.
    fileprivate mutating func append(_ bytes: [UInt8]) throws(SbeError) {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
        defer { memory.deallocate() }
        memory.copyBytes(from: bytes)
        try append(WireBytes(UnsafeRawBufferPointer(memory)))
    }
}
