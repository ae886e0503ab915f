// SPDX-License-Identifier: MIT
import Foundation
import HeliosSchema
import HeliosWire
import Testing

/// A car with everything in it, as bytes.
enum GarageBytes {
    static func car(seats: Int8 = 4) throws(SbeError) -> [UInt8] {
        try written { (writer) throws(SbeError) in
            try fields(seats, &writer)
            try writer.group(Garage.Car.Trip.self, count: 2)
            try Garage.Car.Trip.write(distance: 120, to: &writer)
            try writer.group(Garage.Car.Trip.Stop.self, count: 2)
            try Garage.Car.Trip.Stop.write(minutes: -5, to: &writer)
            try Garage.Car.Trip.Stop.writePlace("Home", to: &writer)
            try Garage.Car.Trip.Stop.write(minutes: 30, to: &writer)
            try Garage.Car.Trip.Stop.writePlace("", to: &writer)
            try Garage.Car.Trip.writeRemark("slow", to: &writer)
            try Garage.Car.Trip.write(distance: 7, to: &writer)
            try writer.group(Garage.Car.Trip.Stop.self, count: 0)
            try Garage.Car.Trip.writeRemark("short", to: &writer)
            try writer.group(Garage.Car.Owner.self, count: 1)
            try Garage.Car.Owner.write(year: 2024, price: 31_000, to: &writer)
            try Garage.Car.writeTitle("A car", to: &writer)
            try Garage.Car.writePhoto("\u{1}\u{2}\u{3}", to: &writer)
        }
    }

    static func fields(_ seats: Int8, _ writer: inout SbeWriter) throws(SbeError) {
        try Garage.Car.write(
            serial: 0x0102_0304_0506_0708,
            fuel: .electric,
            spareFuel: nil,
            extras: [.roof, .default],
            model: "GT",
            gears: [1, 2, 3],
            engine: Garage.Engine(
                capacity: 2_000,
                code: SbeText("V8"),
                booster: Garage.Booster(power: 9, kind: .nitro),
                extras: .radio
            ),
            ratio: 0.5,
            value: SbeDecimal(mantissa: 125, exponent: -1),
            heat: 36.5,
            seats: seats,
            to: &writer
        )
    }
}

@Suite("SBE: nested groups, data, composites and arrays, big-endian")
struct SbeGarageTests {
    @Test("what is written is read again, entry by entry")
    func roundTrip() throws {
        try withWire(try GarageBytes.car()) { wire in
            var end = 0
            let car = try Garage.Car(wire, end: &end)
            #expect(end == wire.count)
            #expect(car.serial == 0x0102_0304_0506_0708 && car.fuel == .electric && car.spareFuel == nil)
            #expect(car.extras == [.roof, .default] && car.model.map { $0 == "GT" } == true)
            #expect(Array(car.gears) == [1, 2, 3])
            #expect(car.engine.capacity == 2_000 && car.engine.code == "V8" && Garage.Engine.maxRpm == 9_000)
            #expect(car.engine.booster.power == 9 && car.engine.booster.kind == .nitro)
            #expect(car.engine.extras == .radio && car.ratio == 0.5 && car.heat == 36.5 && car.seats == 4)
            #expect(car.value?.description == "12.5")
            #expect(Garage.Car.maker == "Helios" && Garage.Car.wheels == 4 && Garage.Car.standard == 0)
            #expect(car.trips.map(\.distance) == [120, 7])
            #expect(car.trips.map { $0.stops.map(\.minutes) } == [[-5, 30], []])
            #expect(car.trips.map { $0.stops.map { "\(SbeText($0.place))" } } == [["Home", ""], []])
            #expect(car.trips.map { "\(SbeText($0.remark))" } == ["slow", "short"])
            #expect(car.owners.map(\.year) == [2024] && car.owners.map(\.price) == [31_000])
            #expect(SbeText(car.title) == "A car" && car.photo?.count == 3)
        }
    }

    @Test("the schema alone reads the same")
    func dynamic() throws {
        let decoder = SbeDynamicDecoder(try Repository.model("examples/garage"))
        try withWire(try GarageBytes.car()) { wire in
            let car = try decoder.decode(wire)
            #expect(car.length == wire.count && car.header.version == 3)
            #expect(car.content["fuel"] == .code(300, name: "Electric"))
            #expect(car.content["extras"] == .flags(0x8001, names: ["Roof", "default"]))
            #expect(car.content["gears"] == .array([.integer(1), .integer(2), .integer(3)]))
            #expect(car.content["maker"] == .text("Helios"))
            #expect(car.content["standard"] == .code(0, name: "Petrol"))
            #expect(car.content["value"] == .decimal(SbeDecimal(mantissa: 125, exponent: -1)))
            #expect(car.content.group("Trips").map { $0.group("Stops").count } == [2, 0])
            #expect(car.content.group("Trips")[0].group("Stops")[0]["place"] == .text("Home"))
            #expect(car.content["photo"] == .bytes([1, 2, 3]))
        }
    }

    @Test("the bytes are big-endian, the header as the schema has it, holes are zero")
    func bytes() throws {
        let bytes = try GarageBytes.car()
        #expect(Array(bytes[..<12]) == hex("0003 0007 01 000000 00000040"))
        #expect(Array(bytes[12..<24]) == hex("0102030405060708 012c ffff"))
        // Capacity, a hole of two, the code, a hole of one.
        #expect(Array(bytes[38..<50]) == hex("07d0 0000 563800 00 09 4e 0002"))
    }

    @Test("a part in the wrong place, one too many and one too few are errors")
    func order() throws {
        func attempt(_ body: (inout SbeWriter) throws(SbeError) -> Void) -> SbeError? {
            do throws(SbeError) {
                _ = try written { (writer) throws(SbeError) in
                    try GarageBytes.fields(1, &writer)
                    try body(&writer)
                }
                return nil
            } catch {
                return error
            }
        }
        #expect(attempt { (_) throws(SbeError) in } == .order)
        #expect(attempt { (w) throws(SbeError) in try w.group(Garage.Car.Owner.self, count: 0) } == .order)
        #expect(attempt { (w) throws(SbeError) in try w.group(Garage.Car.Trip.Stop.self, count: 0) } == .order)
        #expect(attempt { (w) throws(SbeError) in try Garage.Car.writeTitle("", to: &w) } == .order)
        #expect(attempt { (w) throws(SbeError) in try Garage.Car.Trip.write(distance: 1, to: &w) } == .order)
        let entries = attempt { (w) throws(SbeError) in try w.group(Garage.Car.Trip.self, count: 255) }
        #expect(entries == .entries(255))
        let tooFew = attempt { (w) throws(SbeError) in
            try w.group(Garage.Car.Trip.self, count: 1)
            try w.group(Garage.Car.Owner.self, count: 0)
        }
        #expect(tooFew == .order)
        let unfinished = attempt { (w) throws(SbeError) in
            try w.group(Garage.Car.Trip.self, count: 1)
            try Garage.Car.Trip.write(distance: 1, to: &w)
            try w.group(Garage.Car.Trip.Stop.self, count: 0)
            try w.group(Garage.Car.Owner.self, count: 0)
        }
        #expect(unfinished == .order)
        let long = attempt { (w) throws(SbeError) in
            try w.group(Garage.Car.Trip.self, count: 0)
            try w.group(Garage.Car.Owner.self, count: 0)
            try Garage.Car.writeTitle(String(repeating: "x", count: 255), to: &w)
        }
        #expect(long == .length(count: 255, limit: 254))
    }

    @Test("a message that does not fit leaves the output as it was")
    func noRoom() throws {
        for limit in [1, 20, 80, 100] {
            var output = WireOutput(capacity: limit)
            var thrown: SbeError?
            do throws(SbeError) {
                try output.write(upTo: limit) { (writer) throws(SbeError) in
                    try GarageBytes.fields(1, &writer)
                    try writer.group(Garage.Car.Trip.self, count: 1)
                    try Garage.Car.Trip.write(distance: 1, to: &writer)
                    try writer.group(Garage.Car.Trip.Stop.self, count: 0)
                    try Garage.Car.Trip.writeRemark("a remark that needs room", to: &writer)
                }
            } catch {
                thrown = error
            }
            #expect(thrown == .buffer)
            let left = output.count
            #expect(left == 0)
        }
    }

    @Test("a decimal that the exponent can't say, or that would read as none, is refused")
    func decimals() throws {
        func price(_ decimal: SbeDecimal) -> SbeError? {
            do throws(SbeError) {
                _ = try written { (writer) throws(SbeError) in
                    try Orders.NewOrder.write(
                        clOrdID: "",
                        account: "",
                        symbol: "",
                        side: .buy,
                        transactTime: 0,
                        orderQty: 0,
                        ordType: .limit,
                        price: SbeDecimal(mantissa: 0, exponent: 0),
                        stopPx: decimal,
                        to: &writer
                    )
                }
                return nil
            } catch {
                return error
            }
        }
        #expect(price(SbeDecimal(mantissa: 12, exponent: 0)) == nil)
        #expect(price(SbeDecimal(mantissa: 1, exponent: -4)) == .decimal)
        #expect(price(SbeDecimal(mantissa: .max, exponent: 0)) == .decimal)
        #expect(price(SbeDecimal(mantissa: .min, exponent: -3)) == .decimal)
    }
}
