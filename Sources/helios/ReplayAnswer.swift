// SPDX-License-Identifier: MIT
import HeliosBook
import HeliosExecution
import HeliosMarket
import HeliosResearch
import HeliosStrategy

/// What `helios replay` tells.
struct ReplayAnswer: Encodable {
    struct Divergence: Encodable {
        struct Field: Encodable {
            var name: String
            var expected: String
            var found: String
        }

        var sequence: UInt64
        var reason: String
        /// What stands in the journal, and what the engine derived.
        var expected: String
        var found: String
        var fields: [Field]
    }

    var journal: String
    var equal: Bool
    var records: Int
    var inputs: Int
    var outputs: Int
    var checkpoints: Int
    /// The record of the snapshot that the replay began with.
    var startedAt: UInt64?
    /// Snapshots that were the replay's state, byte for byte, and those that were not.
    var snapshots: Int
    var differingSnapshots: [UInt64]
    /// Outputs that were derived at the end and not recorded: the writer died there.
    var unrecordedOutputs: Int
    /// Where a block that was not written whole begins.
    var torn: String?
    var outputHash: String
    var seconds: Double
    var recordsPerSecond: Double
    var divergence: Divergence?
    var state: StateAnswer?

    init(_ outcome: ReplayOutcome, _ journal: String, showsState: Bool) {
        self.journal = journal
        equal = outcome.isEqual
        records = outcome.records
        inputs = outcome.inputs
        outputs = outcome.outputs
        checkpoints = outcome.checkpoints
        startedAt = outcome.startedAt
        snapshots = outcome.snapshots
        differingSnapshots = outcome.differingSnapshots
        unrecordedOutputs = outcome.unrecorded
        torn = outcome.tornAt.map { "segment \($0.segment), byte \($0.offset)" }
        outputHash = Figures.hash(outcome.hash)
        seconds = outcome.seconds
        recordsPerSecond = Double(outcome.records) / max(outcome.seconds, 1e-9)
        divergence = outcome.divergence.map { Divergence($0, outcome.state.names) }
        state = showsState ? StateAnswer(outcome.state) : nil
    }

    func text(_ outcome: ReplayOutcome, _ title: String) -> String {
        var text = Console.toned(title, .strong) + "\n"
        let speed = "\(Figures.duration(seconds * 1e9)), \(Figures.rate(recordsPerSecond))"
        text += "  \(Figures.counted(records, "record")) in \(speed)\n"
        if let startedAt {
            text += "  begun with the snapshot behind record \(Figures.count(Int(startedAt)))\n"
        }
        if let torn { text += "  the last block was not written whole (\(torn)); the journal ends before it\n" }
        if let divergence {
            text +=
                "\n" + Console.toned("  differs at record \(divergence.sequence)", .bad) + ": \(divergence.reason)\n"
            text += "    expected  \(divergence.expected)\n    found     \(divergence.found)"
            for field in divergence.fields {
                text += "\n    \(field.name): expected \(field.expected), found \(field.found)"
            }
            return text
        }
        let proof = "\(Figures.counted(inputs, "input")), \(Figures.counted(outputs, "output")) identical"
        let checked = Figures.counted(checkpoints, "checkpoint")
        text += "  " + Console.toned(proof, .good) + ", \(checked) equal, output hash \(outputHash)"
        if snapshots > 0 {
            text += "\n  \(Figures.counted(snapshots, "snapshot")) equal to the replay's state, byte for byte"
        }
        for sequence in differingSnapshots {
            text += "\n  " + Console.toned("the snapshot behind record \(sequence) is another state", .bad)
        }
        if unrecordedOutputs > 0, state == nil {
            text += "\n  \(Figures.counted(unrecordedOutputs, "output")) derived at the end and not recorded: "
            text += "the writer ended there"
        }
        if let state { text += "\n\n" + state.text }
        return text
    }
}

extension ReplayAnswer.Divergence {
    fileprivate init(_ divergence: ReplayDivergence, _ names: InstrumentDirectory) {
        sequence = divergence.sequence
        reason = divergence.reason.rawValue
        switch divergence.reason {
        case .hash:
            expected = "output hash \(Figures.hash(divergence.recorded.detail))"
            found = "output hash \(Figures.hash(divergence.derivedHash))"
        case .hole:
            expected = "record \(divergence.sequence)"
            found = "record \(divergence.recorded.sequence)"
        default:
            expected = Self.words(divergence.recorded, names)
            found = divergence.derived.map { Self.words($0, names) } ?? "nothing"
        }
        fields = divergence.differingFields.map { Field(name: $0.name, expected: $0.recorded, found: $0.derived) }
    }

    private static func words(_ event: Event, _ names: InstrumentDirectory) -> String {
        let name = names.name(of: event.instrument)
        if let order = NewOrder(record: event) {
            return "order \(order.id): \(order.side) \(order.quantity) \(name) at \(order.price)"
        }
        if let order = NewOrder(replacement: event) {
            return "order \(order.id) in the place of \(event.orderID): \(order.quantity) \(name) at \(order.price)"
        }
        if event.kind == .cancelRequest { return "cancel of order \(event.orderID) in \(name)" }
        return "\(event.kind)" + (event.instrument == .none ? "" : " in \(name)")
    }
}

/// The engine's state as `--until` shows it.
struct StateAnswer: Encodable {
    struct Level: Encodable {
        var price: String
        var quantity: String
        var orders: Int
    }

    struct Book: Encodable {
        var instrument: String
        var bids: [Level]
        var asks: [Level]
    }

    struct Signals: Encodable {
        struct Value: Encodable {
            var name: String
            var value: String
            var unit: String
            var threshold: String?
            var meaning: String
        }

        var strategy: Int
        var name: String
        var active: Bool
        var values: [Value]

        init(_ group: SignalGroup) {
            func text(_ amount: SignalValue.Amount) -> String {
                switch amount {
                case .number(let number): "\(number)"
                case .exact(let text): text
                }
            }
            strategy = group.strategy
            name = group.name
            active = group.isActive
            values = group.signals.map { signal in
                Value(
                    name: signal.name,
                    value: text(signal.value),
                    unit: signal.unit,
                    threshold: signal.threshold.map(text),
                    meaning: signal.meaning
                )
            }
        }
    }

    struct Position: Encodable {
        var instrument: String
        var quantity: String
        var mark: String
        var realised: String
        var unrealised: String
        var fees: String
    }

    struct Order: Encodable {
        var id: UInt64
        var instrument: String
        var side: String
        var price: String
        var quantity: String
        var leaves: String
        var state: String
        var sent: String
    }

    var sequence: UInt64
    var time: String
    var timeNanoseconds: Int64
    var equity: String?
    var realised: String?
    var unrealised: String?
    var fees: String?
    var ordersAsked: Int
    var holds: [String]
    var signals: [Signals]
    var books: [Book]
    var positions: [Position]
    var workingOrders: [Order]

    init(_ state: ReplayState) {
        func clock(_ time: Timestamp) -> String { Figures.clock(time - state.midnight, places: 9) }
        func levels(_ levels: [HeliosBook.Level]) -> [Level] {
            levels.map { Level(price: "\($0.price)", quantity: "\($0.quantity)", orders: $0.orderCount) }
        }
        sequence = state.sequence
        time = clock(state.time)
        timeNanoseconds = state.time.nanoseconds
        equity = state.account.map { "\($0.equity)" }
        realised = state.account.map { "\($0.realised)" }
        unrealised = state.account.map { "\($0.unrealised)" }
        fees = state.account.map { "\($0.fees)" }
        ordersAsked = state.ordersAsked
        holds = [(OrderHold.venue, "venue"), (.journal, "journal"), (.command, "command"), (.standby, "standby")]
            .filter { state.holds.contains($0.0) }.map(\.1)
        signals = state.signals.map(Signals.init)
        books = state.books.map { book in
            Book(instrument: state.names.name(of: book.instrument), bids: levels(book.bids), asks: levels(book.asks))
        }
        positions = state.positions.map { position in
            Position(
                instrument: state.names.name(of: position.instrument),
                quantity: "\(position.quantity)",
                mark: "\(position.mark)",
                realised: "\(position.realised)",
                unrealised: "\(position.unrealised)",
                fees: "\(position.fees)"
            )
        }
        workingOrders = state.orders.map { order in
            Order(
                id: order.order.id,
                instrument: state.names.name(of: order.order.instrument),
                side: "\(order.order.side)",
                price: "\(order.order.price)",
                quantity: "\(order.order.quantity)",
                leaves: "\(order.leaves)",
                state: order.cancelIsPending ? "\(order.state), cancel on its way" : "\(order.state)",
                sent: clock(order.sentTime)
            )
        }
    }
}

extension StateAnswer {
    /// Books beyond so many are only in the JSON object.
    private static let shownBooks = 8

    var text: String {
        var parts = ["State after record \(Figures.count(sequence)), at \(time)"]
        if let equity, let realised, let unrealised, let fees {
            let money =
                "realised \(Self.cents(realised)), unrealised \(Self.cents(unrealised)), fees \(Self.cents(fees))"
            parts[0] += "\n  equity \(Self.cents(equity)): \(money)"
        }
        if !holds.isEmpty { parts[0] += "\n  new orders are held back: \(holds.joined(separator: ", "))" }
        parts.append(positionsText)
        parts.append(ordersText)
        if !signals.isEmpty { parts.append(signalsText) }
        parts += shown.map(bookText)
        let hidden = books.count - shown.count
        if hidden > 0 { parts.append("\(Figures.counted(hidden, "other book")) with --json") }
        return parts.joined(separator: "\n\n")
    }

    /// Groups of signals beyond so many are only in the JSON object.
    private static let shownSignals = 12

    /// Signals of what is being traded first; rounded, the JSON object has every digit.
    private var signalsText: String {
        let shown = Array((signals.filter(\.active) + signals.filter { !$0.active }).prefix(StateAnswer.shownSignals))
        var texts: [String] = []
        for group in shown {
            let values = group.values.map { value -> String in
                let number = Double(value.value).map { Figures.fixed($0, 4) } ?? value.value
                return "\(value.name) \(number)" + (value.unit == "s" ? " s" : "")
            }
            texts.append("  \(group.name): " + values.joined(separator: ", "))
        }
        let hidden = signals.count - shown.count
        if hidden > 0 { texts.append("  \(Figures.counted(hidden, "other")) with --json") }
        return "Signals\n" + texts.joined(separator: "\n")
    }

    /// An exact amount to the cent, for people.
    private static func cents(_ amount: String) -> String { Figures.fixed(Double(amount) ?? .nan, 2) }

    /// Books of instruments with working orders or positions first.
    private var shown: [Book] {
        let held = positions.filter { $0.quantity != "0" }.map(\.instrument)
        let busy = Set(workingOrders.map(\.instrument) + held)
        let first = books.filter { busy.contains($0.instrument) }
        return Array((first + books.filter { !busy.contains($0.instrument) }).prefix(StateAnswer.shownBooks))
    }

    private var positionsText: String {
        let open = positions.filter { $0.quantity != "0" }
        guard !open.isEmpty else { return "No open positions" }
        var table = TextTable(
            [.left, .right, .right, .right, .right],
            header: ["instrument", "quantity", "mark", "realised", "unrealised"]
        )
        for row in open {
            table.add(row.instrument, row.quantity, row.mark, Self.cents(row.realised), Self.cents(row.unrealised))
        }
        return "Positions\n" + table.text()
    }

    private var ordersText: String {
        let asked = Figures.counted(ordersAsked, "order")
        guard !workingOrders.isEmpty else { return "No working orders (\(asked) asked for so far)" }
        var table = TextTable(
            [.right, .left, .left, .right, .right, .left, .left],
            header: ["order", "instrument", "side", "left", "price", "state", "sent"]
        )
        for row in workingOrders {
            table.add("\(row.id)", row.instrument, row.side, row.leaves, row.price, row.state, row.sent)
        }
        return "Working orders (\(asked) asked for so far)\n" + table.text()
    }

    private func bookText(_ book: Book) -> String {
        var table = TextTable([.right, .right, .right, .left, .left], header: ["size", "bid", "", "ask", "size"])
        for index in 0..<max(book.bids.count, book.asks.count) {
            let bid = index < book.bids.count ? book.bids[index] : nil
            let ask = index < book.asks.count ? book.asks[index] : nil
            table.add(bid?.quantity ?? "", bid?.price ?? "", "", ask?.price ?? "", ask?.quantity ?? "")
        }
        return book.instrument + "\n" + (table.isEmpty ? "  no orders" : table.text())
    }
}
