// SPDX-License-Identifier: MIT
import HeliosFIX
import HeliosMarket
import HeliosWire

/// A port of a FIX door: what is to be said there, until the user's session takes it.
///
/// It knows application messages only. Who runs the session gives it what came in order (`Exchange.receive`) and takes what is to be
/// sent (`next`, `removeFirst`); numbers, header and resending are the session's.
public class FixDoorPort: ExchangePort {
    public final let dialect: FixDialect
    /// Waits for the session.
    final var outbox: FixOutbox
    /// Whether a message found no room: the connection is to be closed.
    public internal(set) final var hasLost = false
    /// The market's time of the message or event under way.
    final var now = Timestamp.zero
    private var scanner: FixScanner
    private var writer: FixWriter

    /// Characters of an id.
    static let idMax = 64

    init(_ settings: PortSettings, _ dialect: FixDialect, number: Int, desk: ExchangeDesk) {
        self.dialect = dialect
        outbox = FixOutbox(capacity: settings.outboxBytes)
        scanner = FixScanner(capacity: FixDialect.fieldMax)
        writer = FixWriter(capacity: FixDialect.largestBody - 1_024)
        super.init(user: SoupText(settings.user) ?? .blank, kind: settings.kind, number: number, desk: desk)
    }

    /// Which fields hold data, as the session's dictionary has it.
    final func use(_ pairs: FixDataPairs) { scanner = FixScanner(capacity: FixDialect.fieldMax, pairs: pairs) }

    // MARK: To the client

    /// The oldest message that the session has not taken.
    public final var next: FixOutgoing? { outbox.next }

    /// Messages that wait.
    public final var waiting: Int { outbox.count }

    /// The session has taken the oldest message.
    public final func removeFirst() { outbox.removeFirst() }

    /// Writes a message; false when it found no room: it is counted, and the session is to be closed.
    final func put(_ type: FixMsgType, _ body: (inout FixWriter) -> Void) -> Bool {
        writer.begin(type)
        body(&writer)
        guard !writer.hasOverflowed,
            outbox.append(FixOutgoing(type: type, fields: [UInt8](writer.fields.unsafeBuffer)))
        else {
            lost += 1
            hasLost = true
            return false
        }
        return true
    }

    /// What a user hears whose messages found no room.
    var lostText: String { "messages were lost: ask for the state of orders" }

    /// A user has logged in again.
    func joined() {}

    /// Tells what has waited for room.
    public func catchUp() {}

    /// The connection is gone: what goes with it.
    func disconnected(at time: Timestamp) { now = time }

    // MARK: From the client

    override final func read(_ message: WireBytes, at time: Timestamp, into commands: inout [MatchingCommand]) {
        now = time
        do throws(FixGarble) {
            take(try scanner.scan(message), into: &commands)
        } catch {
            ignored += 1
            guard let type = FixDoorPort.type(of: message) else { return }
            let isLong = error == .tooManyFields
            let text = isLong ? "more than \(scanner.capacity) fields" : "the message can't be read (\(error))"
            sayBusinessReject(sequence: nil, type: type, 0, text)
        }
    }

    /// A message of the client's.
    func take(_ message: FixMessage, into commands: inout [MatchingCommand]) {}

    /// Refuses a message that would be carried out a second time if it was before; false when that does no harm.
    func refuseRepeated(_ message: FixMessage) -> Bool { false }

    /// Whether a message is a new order.
    public final func isNewOrder(_ message: WireBytes) -> Bool {
        (try? scanner.scan(message))?.type == .newOrderSingle
    }

    /// MsgType of a message whose fields can't be read: it is always the third.
    private static func type(of message: WireBytes) -> WireBytes? {
        var place = 0
        for _ in 0..<2 {
            while place < message.count, message[place] != 1 { place += 1 }
            place += 1
        }
        guard place + 4 < message.count, message[place] == UInt8(ascii: "3"), message[place + 1] == UInt8(ascii: "5"),
            message[place + 2] == UInt8(ascii: "=")
        else { return nil }
        let start = place + 3
        var end = start
        while end < message.count, message[end] != 1, end - start < 8 { end += 1 }
        return end > start ? message.slice(start..<end) : nil
    }

    final func sayBusinessReject(_ message: FixMessage, _ reason: Int, _ text: String, id: String? = nil) {
        sayBusinessReject(sequence: message[.msgSeqNum], type: message.value(2).bytes, reason, text, id: id)
    }

    private func sayBusinessReject(
        sequence: FixValue?,
        type: WireBytes,
        _ reason: Int,
        _ text: String,
        id: String? = nil
    ) {
        _ = put(.businessMessageReject) { writer in
            if let sequence { writer.put(.refSeqNum, sequence) }
            writer.putText(.text, text)
            writer.put(.refMsgType, type)
            if let id { writer.putText(.businessRejectRefID, id) }
            writer.put(.businessRejectReason, reason)
        }
    }
}
