// SPDX-License-Identifier: MIT
import HeliosFIX
import HeliosMarket
import HeliosVenue
import HeliosWire
import Testing

/// An exchange with two open instruments, ACME and BETA, and participants that speak FIX.
final class FixFloor {
    let exchange: Exchange
    /// 2026-01-05, 10:00 of the market.
    static let midnight = Timestamp(nanoseconds: 20_458 * 86_400_000_000_000)
    var now = FixFloor.midnight + 36_000_000_000_000
    static let time = "20260105-10:00:00.000"
    /// OrderIDs and ExecIDs begin behind this.
    static let base = 20_458_000_000_000_000

    init(
        _ dialects: [FixDialect],
        kind: ExchangeKind = .lit,
        cancelsOnDisconnect: Bool = true,
        phase: MatchingPhase = .open,
        prepare: (inout ExchangeSettings) -> Void = { _ in }
    ) throws {
        let kinds: [FixDialect: PortKind] = [.fix42: .fix42, .fix44: .fix44, .fix50sp2: .fix50sp2]
        var ports: [PortSettings] = []
        for (index, dialect) in dialects.enumerated() {
            var port = PortSettings(user: "U\(index)", kind: try #require(kinds[dialect]))
            port.cancelsOnDisconnect = cancelsOnDisconnect
            ports.append(port)
        }
        ports.append(PortSettings(user: "COPY", kind: .dropCopy))
        var settings = ExchangeSettings(ports: ports)
        settings.kind = kind
        settings.feedMessages = 100_000
        settings.portMessages = 10_000
        prepare(&settings)
        let symbols = [try #require(Symbol("ACME")), try #require(Symbol("BETA"))]
        exchange = try Exchange(symbols: symbols, midnight: FixFloor.midnight, settings: settings)
        exchange.begin(at: now)
        for index in 0..<2 { exchange.apply(.phase(Instrument(id: UInt32(index)), phase, time: now)) }
    }

    func port(_ index: Int) -> FixPort { exchange.fixPorts[index] }

    /// A whole message of the port's version with `|` for separators, as a session would give it.
    static func message(_ dialect: FixDialect, _ body: String, sequence: Int = 7) -> [UInt8] {
        let type = body.prefix { $0 != "|" }
        let rest = body.dropFirst(type.count + 1)
        let text = "\(type)|49=ME|56=ALFA|34=\(sequence)|52=20260101-00:00:00|\(rest)|"
        var bytes = Array("8=\(dialect.version)|9=\(text.utf8.count)|\(text)".utf8)
        for index in bytes.indices where bytes[index] == UInt8(ascii: "|") { bytes[index] = 1 }
        let sum = bytes.reduce(0) { ($0 + Int($1)) % 256 }
        let digits = String(sum)
        return bytes + Array("10=\(String(repeating: "0", count: 3 - digits.count))\(digits)\u{1}".utf8)
    }

    func send(_ index: Int, _ body: String) {
        let bytes = FixFloor.message(port(index).dialect, body)
        bytes.withUnsafeBytes { exchange.receive(WireBytes($0), from: port(index), at: now) }
    }

    /// Sends, and takes what is said to the sender.
    func ask(_ index: Int, _ body: String) -> [String] {
        send(index, body)
        return take(index)
    }

    /// What was said to a port since the last call: `35=8|…|`.
    func take(_ index: Int) -> [String] {
        var all: [String] = []
        while let next = port(index).next {
            all.append("35=\(next.type)|\(next.text)")
            port(index).removeFirst()
            FixFloor.check(all[all.count - 1], port(index).dialect)
        }
        return all
    }

    private static let dictionaries: [FixDialect: FixDictionary] = [
        .fix42: .builtin(.fix42), .fix44: .builtin(.fix44), .fix50sp2: .builtin(.fix50sp2),
    ]

    /// Everything that the venue says is in the dictionary of its version.
    static func check(_ said: String, _ dialect: FixDialect) {
        var scanner = FixScanner()
        FixFloor.message(dialect, String(said.dropLast())).withUnsafeBytes { buffer in
            guard let message = try? scanner.scan(WireBytes(buffer)) else {
                Issue.record("garbled: \(said)")
                return
            }
            if let rejection = FixFloor.dictionaries[dialect]?.check(message) {
                Issue.record("\(rejection): \(said)")
            }
        }
    }

    /// A limit order of the port's version.
    func limit(
        _ id: String,
        _ side: Int,
        _ quantity: Int,
        _ price: String,
        _ more: String = "",
        symbol: String = "ACME"
    ) -> String {
        "35=D|11=\(id)|21=1|55=\(symbol)|54=\(side)|60=20260105-10:00:00|38=\(quantity)|40=2|44=\(price)" + more
    }

    func replace(_ id: String, _ original: String, _ quantity: Int, _ price: String, _ more: String = "") -> String {
        "35=G|11=\(id)|41=\(original)|21=1|55=ACME|54=1|60=20260105-10:00:00|38=\(quantity)|40=2|44=\(price)" + more
    }

    func cancel(_ id: String, _ original: String) -> String {
        "35=F|11=\(id)|41=\(original)|55=ACME|54=1|60=20260105-10:00:00"
    }

    /// A message by OUCH, at a port over SoupBinTCP.
    func sendOuch(_ index: Int, _ write: (inout WireOutput) throws -> Void) throws {
        var output = WireOutput(capacity: 512)
        try write(&output)
        exchange.receive(output.bytes, from: exchange.ports[index], at: now)
    }

    /// A limit order in ACME by OUCH 5.0, with the ClOrdID `C` and its number.
    func enterOuch(_ index: Int, _ number: UInt32, _ side: OuchSide, _ shares: UInt32, _ price: UInt64) throws {
        try sendOuch(index) {
            try Ouch50.EnterOrder.write(
                userRefNum: number,
                side: OuchCode(side),
                quantity: shares,
                symbol: try #require(Symbol("ACME")),
                price: price,
                timeInForce: OuchCode(.day),
                display: OuchCode(.visible),
                capacity: OuchCode(.principal),
                sweep: OuchCode(.no),
                cross: OuchCode(.none),
                clientOrderID: try #require(OuchToken("C\(number)")),
                options: OuchOptionsWriter().options,
                to: &$0
            )
        }
    }

    /// The value of a field; nil without one.
    static func value(_ tag: Int, _ message: String) -> String? {
        for field in message.split(separator: "|") where field.hasPrefix("\(tag)=") {
            return String(field.dropFirst("\(tag)=".count))
        }
        return nil
    }

    /// A report as the table of state changes has it: `ExecType/OrdStatus OrderQty,CumQty,LeavesQty[,LastQty]`; a reject of a
    /// cancel as `9 102/39`.
    static func row(_ message: String) -> String {
        func field(_ tag: Int) -> String { value(tag, message) ?? "-" }
        guard message.hasPrefix("35=8|") else {
            return message.hasPrefix("35=9|") ? "9 \(field(102))/\(field(39))" : String(message.prefix { $0 != "|" })
        }
        let last = value(32, message).map { ",\($0)" } ?? ""
        return "\(field(150))/\(field(39)) \(field(38)),\(field(14)),\(field(151))\(last)"
    }

    /// The rows of what was said since the last call.
    func rows(_ index: Int) -> [String] { take(index).map(FixFloor.row) }
    func rows(_ index: Int, _ body: String) -> [String] { ask(index, body).map(FixFloor.row) }
}
