// SPDX-License-Identifier: MIT
import HeliosSchema
import HeliosWire
import Testing

@Suite("SBE: malformed messages")
struct SbeMalformedTests {
    /// Looks at everything that a car has.
    private func walk(_ car: Garage.Car) -> Int {
        var sum = Int(truncatingIfNeeded: car.serial) & 1 + Array(car.gears).count + (car.model?.count ?? 0)
        sum += Int(car.engine.code.count) + Int(car.seats ?? 0) + (car.heat == nil ? 0 : 1)
        for trip in car.trips {
            sum += Int(truncatingIfNeeded: trip.distance) & 7 + trip.remark.count
            for stop in trip.stops { sum += Int(stop.minutes) & 7 + SbeText(stop.place).count }
        }
        for owner in car.owners { sum += Int(owner.year) + Int(owner.price ?? 0) & 1 }
        return sum + car.title.count + (car.photo?.count ?? 0)
    }

    @Test("every cut of a message is an error, the whole is none")
    func cuts() throws {
        let whole = try GarageBytes.car()
        for count in 0..<whole.count {
            let thrown = fault(Garage.Car.self, Array(whole[..<count]))
            #expect(thrown != nil, "\(count)")
        }
        #expect(fault(Garage.Car.self, whole) == nil)
        #expect(fault(Garage.Car.self, Array(whole[..<11])) == .header(count: 11))
        #expect(fault(Garage.Car.self, Array(whole[..<75])) == .block(length: 63, needed: 64))
        #expect(fault(Garage.Car.self, Array(whole[..<78])) == .group(offset: 0))
    }

    @Test("changed bytes are read within the message or refused, by generated code and by the schema alike")
    func noise() throws {
        let whole = try GarageBytes.car()
        let decoder = SbeDynamicDecoder(try Repository.model("examples/garage"))
        var random = SchemaRandom(99)
        var (good, bad) = (0, 0)
        for _ in 0..<5_000 {
            var bytes = whole
            for _ in 0...random.below(4) { bytes[random.below(bytes.count)] = random.byte() }
            if random.below(4) == 0 { bytes.removeLast(random.below(bytes.count)) }
            withWire(bytes) { wire in
                let byCode = try? Garage.Car(wire)
                let bySchema = try? decoder.decode(wire)
                // Another template id is another message for the one, none for the other: both refuse it.
                #expect((byCode == nil) == (bySchema == nil), "\(bytes)")
                if let byCode, let bySchema {
                    good += 1
                    #expect(walk(byCode) != .min)
                    #expect(byCode.trips.count == bySchema.content.group("Trips").count)
                } else {
                    bad += 1
                }
            }
        }
        #expect(good > 300 && bad > 300, "\(good) good, \(bad) bad")
    }

    @Test("counts that no message could hold are refused at once")
    func counts() throws {
        // Four billion entries of nothing, and of something.
        let head = try Array(GarageBytes.car()[..<76]) + [4, 0, 0, 0]
        for owners in ["0000 ffffffff", "0006 ffffffff", "ffff 00000002"] {
            #expect(fault(Garage.Car.self, head + hex(owners)) == .group(offset: 4))
        }
        #expect(fault(Garage.Car.self, Array(head[..<76]) + [0, 0, 0, 9]) == .group(offset: 0))
        #expect(fault(Garage.Car.self, head + hex("0006 00000000") + [9, 1]) == .data(offset: 10))
        #expect(fault(Garage.Car.self, head + hex("0006 00000000 00 ffffffff")) == .data(offset: 11))
    }

    @Test("random bytes as packets, frames and messages never stop the reader")
    func randomBytes() {
        var random = SchemaRandom(7)
        var read = 0
        for _ in 0..<5_000 {
            let bytes = random.bytes(random.below(120))
            withWire(bytes) { wire in
                if (try? Mdp3.Message(wire)) != nil { read += 1 }
                if let packet = try? Mdp3Packet(wire) { read += packet.messages.reduce(0) { $0 + $1.count } & 1 }
                for framing in [SbeFraming.sofh, .sofhLittle, .size16] {
                    var cursor = 0
                    while (try? SbeFrames(framing, limit: 4_096).next(wire, cursor: &cursor)) != nil {}
                    #expect(cursor <= wire.count)
                }
            }
        }
        #expect(read >= 0)
    }
}

@Suite("SBE: frames")
struct SbeFramingTests {
    @Test("a frame is cut out when it is whole, in each framing", arguments: [SbeFraming.sofh, .sofhLittle, .size16])
    func pieces(_ framing: SbeFraming) throws {
        let bytes = try written { (writer) throws(SbeError) in
            for time in [1, 2] as [UInt64] {
                try writer.beginFrame(framing)
                try Mdp3.Heartbeat.write(to: &writer)
                try Mdp3.ChannelReset.write(transactTime: time, matchEventIndicator: [], to: &writer)
                try writer.group(Mdp3.ChannelReset.Entry.self, count: 0)
                try writer.endFrame()
            }
        }
        let length = framing.length + 8 + 8 + 9 + 3
        #expect(bytes.count == 2 * length)
        for count in 0...bytes.count {
            try withWire(Array(bytes[..<count])) { wire in
                var cursor = 0
                var frames = 0
                while let frame = try SbeFrames(framing).next(wire, cursor: &cursor) {
                    frames += 1
                    #expect(frame.message.count == length - framing.length && frame.encoding == .sbeLittle)
                }
                #expect(frames == count / length && cursor == frames * length)
            }
        }
    }

    @Test("the length is big-endian, little-endian where a venue does so")
    func order() throws {
        func frame(_ framing: SbeFraming) throws -> [UInt8] {
            try written { (writer) throws(SbeError) in
                try writer.beginFrame(framing, .sbeBig)
                try Mdp3.Heartbeat.write(to: &writer)
                try writer.endFrame()
            }
        }
        #expect(try Array(frame(.sofh)[..<6]) == hex("0000000e 5be0"))
        #expect(try Array(frame(.sofhLittle)[..<6]) == hex("0e000000 e05b"))
        #expect(try Array(frame(.size16)[..<2]) == hex("0a00"))
    }

    @Test("a length below the header's or above the limit can't be followed")
    func lengths() {
        for length in [5, 0, 4_294_967_295] {
            let text = "0000000" + String(length, radix: 16)
            withWire(hex(String(text.suffix(8)) + "eb50")) { wire in
                var cursor = 0
                _ = #expect(throws: SbeError.frame(length: length)) {
                    try SbeFrames(.sofh).next(wire, cursor: &cursor)
                }
            }
        }
    }

    @Test("a frame that is not ended, or ends within a message, is an error")
    func unfinished() {
        func attempt(_ body: (inout SbeWriter) throws(SbeError) -> Void) -> SbeError? {
            do throws(SbeError) {
                _ = try written(256, body)
                return nil
            } catch {
                return error
            }
        }
        #expect(attempt { (w) throws(SbeError) in try w.beginFrame(.sofh) } == .order)
        #expect(attempt { (w) throws(SbeError) in try w.endFrame() } == .order)
        let within = attempt { (w) throws(SbeError) in
            try w.beginFrame(.sofh)
            try Mdp3.ChannelReset.write(transactTime: 1, matchEventIndicator: [], to: &w)
            try w.endFrame()
        }
        #expect(within == .order)
        let twice = attempt { (w) throws(SbeError) in
            try w.beginFrame(.sofh)
            try w.beginFrame(.sofh)
        }
        #expect(twice == .order)
    }
}
