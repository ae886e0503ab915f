// SPDX-License-Identifier: MIT
import HeliosFIX
import HeliosMarket
import HeliosWire
import Testing

/// Plays a script against one session, and says where it went otherwise.
///
/// ```
/// logon                          both Logons, numbers 1
/// > D 34=2 11=A 52=+130          the peer sends; CompIDs and SendingTime are added, times are seconds from now
/// >> D 11=A|34=2|49=TW|52=+0     the peer sends exactly these fields; 9 and 10 may be given to be wrong
/// raw 8=FIX.4.4|9=…              the peer sends bytes as they are
/// < 3 34=2 45=2 58=a b|373=9     we send exactly that; without 8, 9, 49, 52, 56, 10; `|` where a value has spaces
/// ! message 2 D                  the session tells
/// + 30                           seconds pass
/// connect, disconnect, restart, send D 11=A, queue D 11=A, pass D 11=A (not stored), logout text, reset, ack, output 100, drain
/// ```
/// What the session sends or tells without being expected fails too.
struct FixPlayer: ~Copyable {
    var configuration: FixSessionConfiguration
    var session: FixSession
    var memory: FixStoreMemory
    var output = WireOutput(capacity: 1 << 16)
    var filler = 0
    var now = Timestamp(nanoseconds: 1_767_323_045_000_000_000)
    var sent: [String] = []
    var told: [String] = []
    var problems: [String] = []
    var refused: Set<String> = []
    /// Whether application messages are sent back as they came, but for those that were seen before.
    var echoes = false
    /// Whether what the session refuses itself is shown too.
    var tellsRefused = false
    private var seen: Set<String> = []
    private var line = ""

    init(_ configuration: FixSessionConfiguration, dictionary: FixDictionary? = nil) {
        self.configuration = configuration
        memory = FixStoreMemory(bytes: 1 << 16)
        session = FixSession(configuration, dictionary: dictionary, store: FixStore(memory: memory))
    }

    var version: FixVersion { configuration.id.version }

    /// Plays all lines; problems are in `problems`.
    mutating func play(_ script: String) {
        for raw in script.split(separator: "\n") {
            line = raw.trimmed
            guard !line.isEmpty, !line.hasPrefix("#") else { continue }
            step()
            if !problems.isEmpty { return }
        }
        collect()
        line = "the end"
        if let first = sent.first { fail("sent without being expected: \(first)") }
        if let first = told.first { fail("told without being expected: \(first)") }
    }

    private mutating func fail(_ text: String) { problems.append("at «\(line)»: \(text)") }

    private mutating func step() {
        let (word, rest) = line.cut(" ")
        switch word {
        case "logon": logon(rest)
        case "connect": session.connected(at: now, into: &output)
        case "disconnect": session.disconnected(at: now)
        case "restart": restart()
        case ">": peer(rest)
        case ">>": exactly(rest)
        case "raw": take(rest.utf8.map { $0 == 0x7C ? 1 : $0 })
        case "<": expect(rest)
        case "!": expectEvent(rest)
        case "+": pass(Int64(rest) ?? 0)
        case "send", "queue", "pass": send(rest, isQueued: word == "queue", isStored: word != "pass")
        case "nosend":
            let (type, _) = rest.cut(" ")
            let number = session.send(FixMsgType(type) ?? .newOrderSingle, at: now, into: &output) { _ in }
            if number != nil { fail("sent") }
        case "logout": session.logout(rest.isEmpty ? nil : rest, at: now, into: &output)
        case "reset": if !session.resetSequence(at: now, into: &output) { fail("not reset") }
        case "ack": session.acknowledge()
        case "output": output = WireOutput(capacity: Int(rest) ?? 1)
        case "drain": collect()
        case "numbers": expectNumbers(rest)
        default: fail("no such step")
        }
        if let event = session.tick(at: now, into: &output) { tell(event) }
    }

    /// Both Logons with number 1, whoever begins.
    private mutating func logon(_ options: String) {
        session.connected(at: now, into: &output)
        let application = version == .fixt11 ? " 1137=9" : ""
        let text = "A 34=1 98=0 108=\(configuration.heartbeat)\(application)\(options.isEmpty ? "" : " " + options)"
        if configuration.role == .initiator {
            expect("A 34=1 98=0 108=\(configuration.heartbeat)\(application)")
            peer(text)
        } else {
            peer(text)
            expect("A 34=1 98=0 108=\(configuration.heartbeat)\(application)")
        }
        expectEvent("loggedOn")
    }

    private mutating func restart() {
        let image = memory.copy()
        memory = FixStoreMemory(bytes: image.count)
        memory.restore(image)
        session = FixSession(configuration, dictionary: nil, store: FixStore(memory: memory))
    }

    // MARK: In

    private mutating func peer(_ text: String) {
        let (type, rest) = text.cut(" ")
        var fields = rest.fields
        var begin = "\(version)"
        if let index = fields.firstIndex(where: { $0.tag == "8" }) { begin = fields.remove(at: index).value }
        var header: [(tag: String, value: String)] = []
        var body: [(tag: String, value: String)] = []
        for field in fields where !field.tag.hasPrefix("-") {
            let isHeader = FixTag(rawValue: UInt32(field.tag) ?? 0).isHeader
            let isTime = ["52", "122", "60"].contains(field.tag)
            let value = isTime ? time(field.value) : field.value
            if isHeader { header.append((field.tag, value)) } else { body.append((field.tag, value)) }
        }
        func add(_ tag: String, _ value: String) {
            if !fields.contains(where: { $0.tag == tag || $0.tag == "-" + tag }) { header.append((tag, value)) }
        }
        add("49", configuration.id.target)
        add("52", time("+0"))
        add("56", configuration.id.sender)
        let content = (header + body).map { "\($0.tag)=\($0.value)|" }.joined()
        take(fixText("35=\(type)|" + content, begin: begin).utf8.map { $0 == 0x7C ? 1 : $0 })
    }

    /// Fields in the order given, with a length or sum of its own if there is one.
    private mutating func exactly(_ text: String) {
        let (type, rest) = text.cut(" ")
        var body = "35=\(type)|"
        var length: String?
        var sum: String?
        for field in rest.fields {
            switch field.tag {
            case "9": length = field.value
            case "10": sum = field.value
            case "52", "122", "60": body += "\(field.tag)=\(time(field.value))|"
            default: body += "\(field.tag)=\(field.value)|"
            }
        }
        var whole = fixText(body, begin: "\(version)")
        if let length {
            whole = "8=\(version)|9=\(length)|\(body)"
            whole += "10=\(fixSum(whole + "10=000|"))|"
        }
        if let sum { whole = String(whole.dropLast(4)) + sum + "|" }
        take(whole.utf8.map { $0 == 0x7C ? 1 : $0 })
    }

    private func time(_ text: String) -> String {
        guard let seconds = Double(text) else { return text }
        var writer = FixWriter(capacity: 64)
        writer.begin(.heartbeat)
        writer.put(.sendingTime, now + Int64(seconds * 1e9))
        let bytes = writer.finish(.fix44)
        let shown = bytes?.shown ?? ""
        return shown.fieldsOfWire.first { $0.tag == "52" }?.value ?? ""
    }

    mutating func take(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { raw in
            var rest = WireBytes(raw)
            while let event = session.next(&rest, at: now, into: &output) { tell(event) }
        }
    }

    private mutating func tell(_ event: FixSessionEvent) {
        switch event {
        case .loggedOn(let isReset): told.append(isReset ? "loggedOn reset" : "loggedOn")
        case .message(let message, let delivery):
            told.append(
                "message \(delivery.sequence) \(message.type)" + (delivery.possDup ? " dup" : "")
                    + (delivery.possResend ? " resend" : "")
            )
            if echoes { echo(message, delivery) }
            if refused.contains(message.type.description) {
                _ = session.businessReject(message, reason: 3, at: now, into: &output)
            }
        case .rejected(let message): told.append("rejected \(message[.refSeqNum]?.text ?? "")")
        case .refused(let message, let rejection):
            guard tellsRefused else { return }
            told.append("refused \(message[.msgSeqNum]?.text ?? "") \(rejection.reason)")
        case .gap(let from, let to): told.append("gap \(from) \(to)")
        case .garbled(let reason, _): told.append("garbled \(reason)")
        case .closed(let closure):
            told.append("closed \(closure)")
            collect()
            session.disconnected(at: now)
        }
    }

    private mutating func echo(_ message: FixMessage, _ delivery: FixDelivery) {
        told.removeLast()
        let id = message[.clOrdID]?.text ?? ""
        if !seen.insert(id).inserted, delivery.possResend { return }
        var body: [FixField] = []
        for index in 3..<message.count where !message.tag(index).isHeader { body.append(message.field(index)) }
        let bytes = message.bytes
        _ = session.send(message.type, at: now, into: &output) { writer in
            for field in body.sorted(by: { $0.tag < $1.tag }) {
                writer.put(field.tag, bytes.slice(Int(field.start)..<Int(field.start + field.count)))
            }
        }
    }

    // MARK: Out

    /// Takes the messages of the output, as text.
    mutating func collect() {
        let framer = FixFramer()
        while output.count > 0 {
            guard case .message(let count) = framer.next(output.bytes) else { return fail("output is no message") }
            let text = output.bytes.slice(0..<count).shown
            output.drop(count)
            let fields = text.fieldsOfWire
            if fixSum(text) != fields.last?.value { fail("wrong sum: \(text)") }
            let wanted = [("8", "\(version)"), ("49", configuration.id.sender), ("56", configuration.id.target)]
            for (tag, value) in wanted where fields.first(where: { $0.tag == tag })?.value != value {
                fail("\(tag) is not \(value) in \(text)")
            }
            let header = fields.dropFirst(3).prefix { FixTag(rawValue: UInt32($0.tag) ?? 0).isHeader }
            let tags = header.compactMap { Int($0.tag) }
            if tags != tags.sorted() { fail("header out of order: \(text)") }
            let rest = fields.dropFirst(3).dropLast().filter { !["49", "52", "56"].contains($0.tag) }
            let shown = rest.map { field -> String in
                guard field.tag == "122" else { return "\(field.tag)=\(field.value)" }
                return "122=\(seconds(field.value))"
            }
            sent.append((["\(fields[2].value)"] + shown).joined(separator: "|"))
        }
    }

    private func seconds(_ text: String) -> String {
        let time = Array(text.utf8).withUnsafeBytes { FixValue(WireBytes($0)).timestamp }
        return time.map { String(($0 - now) / 1_000_000_000) } ?? "?"
    }

    private mutating func expect(_ text: String) {
        collect()
        let (type, rest) = text.cut(" ")
        let wanted = ([type] + rest.fields.map { "\($0.tag)=\($0.value)" }).joined(separator: "|")
        guard let first = sent.first else { return fail("nothing was sent") }
        sent.removeFirst()
        if first != wanted { fail("sent \(first)") }
    }

    private mutating func expectEvent(_ text: String) {
        guard let first = told.first else { return fail("nothing was told; sent: \(sent)") }
        told.removeFirst()
        if first != text { fail("told \(first)") }
    }

    private mutating func expectNumbers(_ text: String) {
        let found = "\(session.nextOut) \(session.nextIn)"
        if found != text { fail("numbers are \(found)") }
    }

    private mutating func send(_ text: String, isQueued: Bool, isStored: Bool = true) {
        let (type, rest) = text.cut(" ")
        guard let type = FixMsgType(type) else { return fail("no such type") }
        let fields = rest.fields
        let isResend = fields.contains { $0.tag == "97" }
        let number = session.send(
            type, isPossResend: isResend, isQueued: isQueued, isStored: isStored, at: now, into: &output
        ) { writer in
            for field in fields where field.tag != "97" {
                writer.putText(FixTag(rawValue: UInt32(field.tag) ?? 0), field.value)
            }
        }
        if number == nil { fail("not sent") }
    }

    /// Time passes, and the session is asked when it wants to be.
    private mutating func pass(_ seconds: Int64) {
        let end = now + seconds * 1_000_000_000
        var steps = 0
        while steps < 10_000 {
            let due = session.deadline(after: now)
            guard due <= end else { break }
            now = max(due, now)
            while let event = session.tick(at: now, into: &output) { tell(event) }
            steps += 1
            if session.deadline(after: now) <= now { break }
        }
        if session.deadline(after: now) <= now { fail("a deadline stays due") }
        now = end
        if let event = session.tick(at: now, into: &output) { tell(event) }
    }
}

/// CheckSum of a message shown with `|`.
func fixSum(_ text: String) -> String {
    guard let end = text.range(of: "|10=") else { return "" }
    let sum = text[..<end].utf8.reduce(1) { ($0 + ($1 == 0x7C ? 1 : Int($1))) % 256 }
    return String(repeating: "0", count: 3 - String(sum).count) + String(sum)
}

extension StringProtocol {
    /// The position of `text`, searched from the back.
    func range(of text: String) -> Index? {
        let wanted = Array(text.utf8)
        let all = Array(utf8)
        guard all.count >= wanted.count else { return nil }
        for start in stride(from: all.count - wanted.count, through: 0, by: -1)
        where Array(all[start..<(start + wanted.count)]) == wanted {
            return utf8.index(utf8.startIndex, offsetBy: start)
        }
        return nil
    }

    var trimmed: String {
        let front = drop { $0 == " " }
        return String(front.reversed().drop { $0 == " " }.reversed())
    }

    /// What stands before and behind the first `separator`.
    func cut(_ separator: Character) -> (String, String) {
        guard let index = firstIndex(of: separator) else { return (String(self), "") }
        return (String(self[..<index]), String(self[self.index(after: index)...]).trimmed)
    }

    /// `tag=value` pairs, separated by spaces, or by `|` when there is one.
    var fields: [(tag: String, value: String)] {
        let separator: Character = contains("|") ? "|" : " "
        return split(separator: separator).map { part in
            let text = part.trimmed
            return text.cut2("=")
        }
    }

    var fieldsOfWire: [(tag: String, value: String)] { split(separator: "|").map { String($0).cut2("=") } }
}

extension String {
    fileprivate func cut2(_ separator: Character) -> (tag: String, value: String) {
        guard let index = firstIndex(of: separator) else { return (self, "") }
        return (String(self[..<index]), String(self[self.index(after: index)...]))
    }
}
