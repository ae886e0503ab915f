// SPDX-License-Identifier: MIT
import HeliosFIX
import HeliosMarket
import HeliosWire

/// The messages that both libraries read and write.
enum Samples {
    /// An ExecutionReport of 30 fields and a NewOrderSingle of 18 with those of the header, as a venue and its client send them.
    static let report = whole(
        "35=8|34=1023|49=VENUE|52=20260102-14:30:00.123|56=HELIOS|6=50.125|11=A000000000123|14=300|15=USD|"
            + "17=E1029384756|22=8|31=50.12|32=100|37=O987654321|38=1000|39=1|40=2|44=50.13|48=ABC|54=1|55=LGYM|59=0|"
            + "60=20260102-14:30:00.122|75=20260102|150=F|151=700|207=XNAS|528=P|"
    )
    static let order = whole(
        "35=D|34=1023|49=HELIOS|52=20260102-14:30:00.123|56=VENUE|1=ACC1|11=A000000000123|21=1|38=1000|40=2|44=50.13|"
            + "54=1|55=LGYM|59=0|60=20260102-14:30:00.122|528=P|"
    )

    private static func whole(_ body: String) -> [UInt8] {
        var text = "8=FIX.4.4|9=\(body.utf8.count)|" + body
        let sum = text.utf8.reduce(0) { ($0 + ($1 == UInt8(ascii: "|") ? 1 : Int($1))) % 256 }
        let digits = String(sum)
        text += "10=" + String(repeating: "0", count: 3 - digits.count) + digits + "|"
        return text.utf8.map { $0 == UInt8(ascii: "|") ? 1 : $0 }
    }

    /// Writes the fields behind the header of an ExecutionReport.
    @inline(__always)
    static func fill(report writer: inout FixWriter, at time: Timestamp) {
        writer.put(.avgPx, Price(raw: 5_012_500_000))
        writer.put(.clOrdID, "A000000000123")
        writer.put(.cumQty, Quantity(300))
        writer.put(.currency, "USD")
        writer.put(.execID, "E1029384756")
        writer.put(.securityIDSource, char: UInt8(ascii: "8"))
        writer.put(.lastPx, Price(raw: 5_012_000_000))
        writer.put(.lastQty, Quantity(100))
        writer.put(.orderID, "O987654321")
        writer.put(.orderQty, Quantity(1_000))
        writer.put(.ordStatus, char: UInt8(ascii: "1"))
        writer.put(.ordType, char: UInt8(ascii: "2"))
        writer.put(.price, Price(raw: 5_013_000_000))
        writer.put(.securityID, "ABC")
        writer.put(.side, char: UInt8(ascii: "1"))
        writer.put(.symbol, "LGYM")
        writer.put(.timeInForce, char: UInt8(ascii: "0"))
        writer.put(.transactTime, time)
        writer.put(.tradeDate, date: 20_455)
        writer.put(.execType, char: UInt8(ascii: "F"))
        writer.put(.leavesQty, Quantity(700))
        writer.put(.securityExchange, "XNAS")
        writer.put(.orderCapacity, char: UInt8(ascii: "P"))
    }

    /// Writes the fields behind the header of a NewOrderSingle.
    @inline(__always)
    static func fill(order writer: inout FixWriter, at time: Timestamp) {
        writer.put(.account, "ACC1")
        writer.put(.clOrdID, "A000000000123")
        writer.put(.handlInst, char: UInt8(ascii: "1"))
        writer.put(.orderQty, Quantity(1_000))
        writer.put(.ordType, char: UInt8(ascii: "2"))
        writer.put(.price, Price(raw: 5_013_000_000))
        writer.put(.side, char: UInt8(ascii: "1"))
        writer.put(.symbol, "LGYM")
        writer.put(.timeInForce, char: UInt8(ascii: "0"))
        writer.put(.transactTime, time)
        writer.put(.orderCapacity, char: UInt8(ascii: "P"))
    }

    @inline(__always)
    static func head(_ writer: inout FixWriter, from sender: StaticString, to target: StaticString, at time: Timestamp)
    {
        writer.put(.msgSeqNum, 1_023)
        writer.put(.senderCompID, sender)
        writer.put(.sendingTime, time)
        writer.put(.targetCompID, target)
    }
}
