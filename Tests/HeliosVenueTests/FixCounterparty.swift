// SPDX-License-Identifier: MIT
import HeliosFIX
import HeliosMarket
import HeliosVenue
import HeliosWire

/// A message as its fields, in the order of the wire.
struct FixFields {
    var fields: [(UInt32, String)] = []

    init(_ message: FixMessage) {
        for index in 0..<message.count { fields.append((message.tag(index).rawValue, message.value(index).text)) }
    }

    subscript(_ tag: UInt32) -> String? { fields.first { $0.0 == tag }?.1 }
    var type: String { self[35] ?? "" }
    /// Without header: `11=…|38=100|…`.
    var body: String {
        fields.filter { ![8, 9, 35, 34, 49, 52, 56].contains($0.0) }.map { "\($0.0)=\($0.1)" }.joined(separator: "|")
    }
}

/// What a venue keeps over connections: its session's memory, and its orders.
final class FixCounterparty {
    struct Order {
        var quantity: Int
        var filled = 0
        var price: String
        var side: String
        var symbol: String
        var status: String
        var number: Int
        var open: Int { ["0", "1"].contains(status) ? quantity - filled : 0 }
    }

    private var session: FixSession
    var output = WireOutput(capacity: 1 << 20)
    let version: FixVersion
    /// What came, beside session messages.
    var came: [FixFields] = []
    /// Orders are accepted, cancelled and replaced by themselves; questions are answered.
    var isExchange = true
    var answersQuestions = true
    /// What comes is refused on the session's level.
    var refusesBySession = false
    var orders: [String: Order] = [:]
    var executions = 0
    var closed = false
    var loggedOn = 0
    private var now = Timestamp.zero

    static func configuration(_ version: FixVersion, _ role: FixRole, reset: Bool = false) -> FixSessionConfiguration {
        let isVenue = role == .acceptor
        var configuration = FixSessionConfiguration(
            FixSessionID(version, sender: isVenue ? "VENUE" : "HELIOS", target: isVenue ? "HELIOS" : "VENUE"),
            role
        )
        configuration.resetOnLogon = reset
        return configuration
    }

    init(_ version: FixVersion = .fix44) {
        self.version = version
        session = FixSession(
            FixCounterparty.configuration(version, .acceptor),
            dictionary: nil,
            store: .inMemory(bytes: 1 << 22)
        )
    }

    func accept(at now: Timestamp) {
        closed = false
        session.connected(at: now, into: &output)
    }

    func disconnected(at now: Timestamp) {
        session.disconnected(at: now)
        output.removeAll()
    }

    func receive(_ bytes: WireBytes, at now: Timestamp) {
        self.now = now
        var chunk = bytes
        while true {
            let event = session.next(&chunk, at: now, into: &output)
            guard let event else { return }
            switch event {
            case .message(let message, _):
                let fields = FixFields(message)
                came.append(fields)
                if refusesBySession {
                    session.reject(message, FixRejection(.valueOutOfRange), at: now, into: &output)
                    continue
                }
                if isExchange { act(fields) }
            case .loggedOn: loggedOn += 1
            case .closed: closed = true
            default: break
            }
        }
    }

    func tick(at now: Timestamp) { _ = session.tick(at: now, into: &output) }

    func logout(_ text: String, at now: Timestamp) { session.logout(text, at: now, into: &output) }

    /// Sends a message with these fields, as a venue would.
    @discardableResult
    func send(_ type: String, _ fields: [(UInt32, String)], at now: Timestamp? = nil) -> UInt64? {
        guard let type = FixMsgType(type) else { return nil }
        return session.send(type, isQueued: true, at: now ?? self.now, into: &output) { writer in
            for (tag, value) in fields { writer.putText(FixTag(rawValue: tag), value) }
        }
    }

    /// Asks for everything again, under a number that its session does not know of.
    func askForAll() {
        var writer = FixWriter(capacity: 256)
        writer.begin(.resendRequest)
        writer.put(.msgSeqNum, unsigned: session.store.nextOut)
        writer.putText(.senderCompID, "VENUE")
        writer.put(.sendingTime, now)
        writer.putText(.targetCompID, "HELIOS")
        writer.putText(FixTag(rawValue: 7), "1")
        writer.putText(FixTag(rawValue: 16), "0")
        if let bytes = writer.finish(version) { _ = output.append(bytes) }
    }

    // MARK: An exchange of its own

    private func act(_ message: FixFields) {
        guard let name = message[11] else { return }
        switch message.type {
        case "D":
            var order = Order(
                quantity: Int(message[38] ?? "") ?? 0,
                price: message[44] ?? "0",
                side: message[54] ?? "1",
                symbol: message[55] ?? "",
                status: "0",
                number: orders.count + 1
            )
            if order.symbol == "BAD" {
                order.status = "8"
                orders[name] = order
                return report(name, "8", more: [(103, "1")])
            }
            orders[name] = order
            report(name, "0")
        case "F":
            guard let original = message[41], let order = orders[original], order.open > 0 else {
                return refuse(message, "1")
            }
            orders[original]?.status = "4"
            report(original, "4", name: name, original: original)
        case "G":
            guard let original = message[41], var order = orders[original], order.open > 0 else {
                return refuse(message, "2")
            }
            orders[original]?.status = "5"
            order.quantity = max(Int(message[38] ?? "") ?? 0, order.filled)
            order.price = message[44] ?? "0"
            order.status = order.filled == order.quantity ? "2" : order.filled > 0 ? "1" : "0"
            orders[name] = order
            report(name, "5", original: original)
        case "H":
            guard answersQuestions else { return }
            if orders[name] != nil {
                report(name, "I")
            } else {
                send(
                    "8",
                    [
                        (6, "0"), (11, name), (14, "0"), (17, execution()), (37, "NONE"), (38, "0"), (39, "8"),
                        (54, message[54] ?? "1"), (55, message[55] ?? "?"), (150, "I"), (151, "0"),
                    ]
                )
            }
        default: break
        }
    }

    private func execution() -> String {
        executions += 1
        return "\(executions)"
    }

    private func refuse(_ message: FixFields, _ to: String) {
        let state = message[41].flatMap { orders[$0]?.status } ?? "8"
        send(
            "9",
            [
                (11, message[11] ?? ""), (37, "NONE"), (39, state), (41, message[41] ?? ""),
                (102, state == "8" ? "1" : "0"), (434, to),
            ]
        )
    }

    /// An ExecutionReport about an order as it stands.
    func report(
        _ order: String,
        _ type: String,
        name: String? = nil,
        original: String? = nil,
        execution: String? = nil,
        last: (Int, String)? = nil,
        more: [(UInt32, String)] = []
    ) {
        guard let its = orders[order] else { return }
        var fields: [(UInt32, String)] = [
            (6, "0"), (11, name ?? order), (14, "\(its.filled)"), (17, execution ?? self.execution()),
            (37, "\(its.number)"), (38, "\(its.quantity)"), (39, its.status), (44, its.price), (54, its.side),
            (55, its.symbol), (60, "20241004-06:00:00.000"), (150, type), (151, "\(its.open)"),
        ]
        if version == .fix42 { fields.append((20, type == "I" ? "3" : "0")) }
        if let original { fields.append((41, original)) }
        if let last { fields += [(32, "\(last.0)"), (31, last.1)] }
        send("8", fields + more)
    }

    /// Executes some of an order.
    func fill(_ order: String, _ quantity: Int, at price: String) {
        guard var its = orders[order] else { return }
        its.filled += quantity
        its.status = its.filled >= its.quantity ? "2" : "1"
        orders[order] = its
        report(order, version == .fix42 ? its.status : "F", last: (quantity, price))
    }
}
