// SPDX-License-Identifier: MIT
import HeliosMarket
import HeliosWire

/// A door of an exchange: who may come in, and what is asked and told there.
///
/// What the client says goes to `Exchange.receive`; what it is told depends on how messages travel: `SoupPort` and `FixDoorPort`.
public class ExchangePort {
    /// Who may log in here.
    public final let user: SoupText
    public final let kind: PortKind
    /// Its place among the exchange's ports; nil for a snapshot, which nobody else reads.
    public final let number: Int?
    /// Messages that are not understood here, came a second time, or were about nothing that is there.
    public internal(set) final var ignored = 0
    /// Answers that found no room.
    public internal(set) final var lost = 0

    final let desk: ExchangeDesk

    init(user: SoupText, kind: PortKind, number: Int?, desk: ExchangeDesk) {
        self.user = user
        self.kind = kind
        self.number = number
        self.desk = desk
    }

    /// The commands that a message asks for, appended to `commands`; what needs none is answered here.
    func read(_ message: WireBytes, at time: Timestamp, into commands: inout [MatchingCommand]) { ignored += 1 }

    /// The message under way has been carried out.
    func finish() {}

    /// Tells the client of the day's phases.
    func systemEvent(_ code: OuchSystemCode, at time: Timestamp) {}
}

/// A door whose messages travel over SoupBinTCP.
///
/// `stream` is what the client reads: all that was said, so that a client that comes back gets what it missed.
public class SoupPort: ExchangePort {
    /// All that was said here, for replay.
    public final var stream: SoupStream
    final var scratch = WireOutput(capacity: 1_024)

    init(user: SoupText, kind: PortKind, number: Int?, stream: consuming SoupStream, desk: ExchangeDesk) {
        self.stream = stream
        super.init(user: user, kind: kind, number: number, desk: desk)
    }

    final func say(_ write: (inout WireOutput) throws(OuchError) -> Void) {
        scratch.removeAll()
        do throws(OuchError) { try write(&scratch) } catch {
            lost += 1
            return
        }
        if !stream.store.append(scratch.bytes) { lost += 1 }
    }
}

/// A door that enters orders: what the exchange asks of it.
protocol OrderTaker: ExchangePort {
    /// Its number in the matching engine.
    var owner: UInt32 { get }
    /// Takes an event about an order of this port; with `isContra` the order is the event's other side.
    func take(_ event: MatchingEvent, isContra: Bool)
    /// The command for an order whose time is up; nil when it is not there any more, or lives longer.
    func expire(_ entry: ExpiryQueue.Entry) -> MatchingCommand?
    /// Refuses the new order that the message under way brought; false when it brought none.
    func refusePending(at time: Timestamp) -> Bool
}

/// What all ports of an exchange share.
final class ExchangeDesk {
    let symbols: [Symbol]
    let bySymbol: [Symbol: Instrument]
    let midnight: Timestamp
    let isDark: Bool
    var dropCopies: [DropCopyPort] = []
    var fixCopies = FixCopies()
    var expiries = ExpiryQueue()
    /// By instrument: whether orders for the next cross can't be cancelled any more.
    var isFrozen: [Bool]

    init(symbols: [Symbol], midnight: Timestamp, isDark: Bool, firstNumber: UInt64?) {
        self.symbols = symbols
        let day = UInt64(clamping: midnight.nanoseconds / 86_400_000_000_000)
        self.firstNumber = firstNumber ?? day * 1_000_000_000_000
        self.midnight = midnight
        self.isDark = isDark
        isFrozen = Array(repeating: false, count: symbols.count)
        bySymbol = Dictionary(
            symbols.enumerated().map { ($1, Instrument(id: UInt32($0))) },
            uniquingKeysWith: { first, _ in first }
        )
    }

    weak var exchange: Exchange?
    /// Who quotes on request; nil for nobody.
    var dealers: FixDealers?

    /// Who looks at the market has changed.
    func updateWatch() {
        guard let exchange else { return }
        exchange.output.watch.isOn = exchange.fixPorts.contains {
            !$0.subscriptions.isEmpty || !$0.waitingPackages.isEmpty
        }
    }

    private var orderNumber: UInt64 = 0
    private var executionNumber: UInt64 = 0

    /// Numbers that no other day of the market has.
    private let firstNumber: UInt64

    /// OrderID of the next order by FIX.
    func nextOrderNumber() -> UInt64 {
        orderNumber += 1
        return firstNumber + orderNumber
    }

    /// ExecID of the next report by FIX.
    func nextExecutionNumber() -> UInt64 {
        executionNumber += 1
        return firstNumber + executionNumber
    }

    func instrument(_ symbol: String) -> Instrument? { Symbol(symbol).flatMap { bySymbol[$0] } }

    func timeOfDay(_ time: Timestamp) -> UInt64 { UInt64(clamping: max(time - midnight, 0)) }

    func tellCopies(_ message: DropCopyMessage) {
        for copy in dropCopies { copy.tell(message) }
    }
}

/// Orders that live for a time, the first to end first.
struct ExpiryQueue {
    struct Entry {
        var time: Timestamp
        var owner: UInt32
        var id: UInt64
    }

    /// A heap; equal times by owner and number, so that the order is the same on every run.
    private var entries: [Entry] = []

    var next: Timestamp? { entries.first?.time }

    private static func isBefore(_ one: Entry, _ other: Entry) -> Bool {
        (one.time, one.owner, one.id) < (other.time, other.owner, other.id)
    }

    mutating func insert(_ entry: Entry) {
        entries.append(entry)
        var place = entries.count - 1
        while place > 0, ExpiryQueue.isBefore(entries[place], entries[(place - 1) / 2]) {
            entries.swapAt(place, (place - 1) / 2)
            place = (place - 1) / 2
        }
    }

    /// Takes the first out, if it is due.
    mutating func pop(upTo time: Timestamp) -> Entry? {
        guard let first = entries.first, first.time <= time else { return nil }
        entries.swapAt(0, entries.count - 1)
        entries.removeLast()
        var place = 0
        while true {
            var least = place
            for child in [2 * place + 1, 2 * place + 2] where child < entries.count {
                if ExpiryQueue.isBefore(entries[child], entries[least]) { least = child }
            }
            if least == place { return first }
            entries.swapAt(place, least)
            place = least
        }
    }
}
